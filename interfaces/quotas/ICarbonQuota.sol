// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IMemberRegistry} from "../members/IMemberRegistry.sol";

/// @title Carbon allowances and certified offsets of the members
/// @notice Consumption responsibility: a member answers for the traced emissions of what it imports. Amounts are gCO2e,
/// a compliance year is the calendar year in the region's fixed offset from UTC. An *asset* is the year of allowances,
/// or 0 for offsets, which have no year. A year is settled once, by its member from 30 days after its end, by anybody
/// from 90 days after it; a member's years are settled in sequence from the year in which this contract was deployed.
interface ICarbonQuota {
    enum Status {
        Surplus, // nothing is missing so far
        Short, // more was drawn than is there
        Settled
    }

    struct Parameters {
        uint64 yearlyCap; // most that is granted for a year, to all members together [gCO2e]
        uint16 offsetShare; // of a year's verified emissions that offsets may cover [1/10,000]
        uint16 bankedShare; // of a year's surplus that is good for the next year, the rest lapses [1/10,000]
        uint128 penaltyRate; // [point-wei/gCO2e]
    }

    /// @notice A member's year, one word; granted + traded + carried - drawn is its balance.
    struct Year {
        uint64 granted; // [gCO2e]
        int64 traded; // received less sent [gCO2e]
        int64 carried; // from earlier years: banked, less what was missing [gCO2e]
        uint56 drawn; // verified emissions [gCO2e]
        bool settled;
    }

    /// @notice How a year ended, all in gCO2e but the penalty.
    struct Settlement {
        uint64 drawn; // verified emissions
        uint64 offsets; // used
        uint64 banked; // good for the next year
        uint64 lapsed;
        uint64 missing; // taken from the next year
        uint128 penalty; // [point-wei]
    }

    /// @notice Nothing to move.
    error CarbonQuota_ZeroAmount();
    /// @notice A share is at most 10,000 / 10,000.
    error CarbonQuota_BadShare(uint256 share, uint256 whole);
    /// @notice Less is left below the year's cap.
    error CarbonQuota_AboveCap(uint256 year, uint256 left, uint256 amount);
    /// @notice An entry of the offset registry is named, and certified once.
    error CarbonQuota_RecordUsed(bytes32 record);
    /// @notice The account may not move what is the member's.
    error CarbonQuota_NotOperator(uint32 member, address operator);
    /// @notice The member, or the custodian, has less.
    error CarbonQuota_AboveBalance(uint16 asset, int256 balance, uint256 amount);
    /// @notice A member gives nothing away while it owes a penalty.
    error CarbonQuota_PenaltyDue(uint32 member, uint256 due);
    /// @notice The member imported nothing on this day.
    error CarbonQuota_NothingImported(uint32 member, uint32 day);
    /// @notice A member-day is drawn down once.
    error CarbonQuota_AlreadyDrawn(uint32 member, uint32 day);
    /// @notice A day is drawn down from its final sheet.
    error CarbonQuota_NotFinal(uint32 member, uint32 day, uint256 finalFrom);
    /// @notice The intensity is not under the final root of its hour.
    error CarbonQuota_BadProof(uint32 hour, uint32 node, uint256 intensity);
    /// @notice There are no allowances of years before the first one.
    error CarbonQuota_BeforeFirstYear(uint256 year, uint256 firstYear);
    /// @notice The member's year is settled.
    error CarbonQuota_YearClosed(uint32 member, uint256 year);
    /// @notice An earlier year is settled first.
    error CarbonQuota_NotNextYear(uint32 member, uint256 year, uint256 nextYear);
    /// @notice A year is settled later.
    error CarbonQuota_TooEarly(uint256 year, uint256 from, uint256 time);
    /// @notice A member surrenders a year when nothing is missing.
    error CarbonQuota_Short(uint32 member, uint256 year, uint256 missing);
    /// @notice Offsets cover a share of the verified emissions.
    error CarbonQuota_AboveOffsetCap(uint32 member, uint256 cap, uint256 offsets);
    /// @notice Less is owed.
    error CarbonQuota_AbovePenalty(uint32 member, uint256 due, uint256 amount);

    event ParametersSet(Parameters parameters);
    event AllowanceGranted(uint32 indexed member, uint256 indexed year, uint256 amount); // [gCO2e]
    event OffsetsCertified(uint32 indexed member, bytes32 indexed record, uint256 amount); // [gCO2e]
    event OperatorSet(uint32 indexed member, address indexed operator, bool approved);
    event AssetTransferred(uint32 indexed from, uint32 indexed to, uint16 indexed asset, uint256 amount); // [gCO2e]
    /// @dev Into the custody of an operator.
    event AssetPulled(uint32 indexed member, address operator, uint16 indexed asset, uint256 amount); // [gCO2e]
    /// @dev Out of the custody of an operator.
    event AssetPushed(uint32 indexed member, address operator, uint16 indexed asset, uint256 amount); // [gCO2e]
    /// @dev Allowances of a settled year reached the member.
    event LateAllowanceBanked(uint32 indexed member, uint256 indexed year, uint256 banked, uint256 lapsed); // [gCO2e]
    event DayDrawnDown(
        uint32 indexed member,
        uint32 indexed day,
        uint256 indexed year, // that answers for it: the next one where the day's own year was settled before
        uint256 amount, // [gCO2e]
        bool estimated // the sheet is an estimate
    );
    event YearSettled(uint32 indexed member, uint256 indexed year, Settlement settlement);
    event PenaltyPaid(uint32 indexed member, address indexed payer, uint256 amount); // [point-wei]

    /// @notice Grants allowances to a member, within the year's cap.
    function grant(uint32 member, uint16 year, uint64 amount) external; // [gCO2e]

    /// @notice Credits certified emission reductions to a member.
    /// @param record hash of their entry in the offset registry
    function certifyOffsets(uint32 member, uint64 amount, bytes32 record) external; // [gCO2e]

    /// @notice Gives something of the caller's member to another member.
    function transfer(uint32 to, uint16 asset, uint64 amount) external; // [gCO2e]

    /// @notice Lets an operator, such as an exchange, move what is the caller's member's; or no longer.
    function setOperator(address operator, bool approved) external;

    /// @notice Moves between members, by an operator of the giving one.
    function transferFrom(uint32 from, uint32 to, uint16 asset, uint64 amount) external; // [gCO2e]

    /// @notice Takes from a member into the custody of the caller, its operator.
    function pull(uint32 member, uint16 asset, uint64 amount) external; // [gCO2e]

    /// @notice Gives a member something out of the caller's custody. The caller knows that there is this member.
    function push(uint32 member, uint16 asset, uint64 amount) external; // [gCO2e]

    /// @notice Draws a member's allowances down by a day's traced emissions: for each hour the imported Wh of the final
    /// sheet times the proven intensity of the member's node, rounded up. Anybody may call; allowances may go short.
    /// @param intensities of the member's node [mgCO2e/kWh]; hours without import are not read
    /// @param proofs one per hour; hours without import are not read
    function drawDownDay(
        uint32 member,
        uint32 day,
        uint32[24] calldata intensities,
        bytes32[][24] calldata proofs
    ) external;

    /// @notice Settles the caller's year when nothing is missing.
    /// @param offsets to use, at most a share of the year's verified emissions [gCO2e]
    function surrender(uint16 year, uint64 offsets) external;

    /// @notice Settles a year that its member did not surrender in time: offsets cover what they may, what is missing
    /// then costs a penalty and is taken from the next year. Anybody may call.
    function close(uint32 member, uint16 year) external;

    /// @notice Pays something of what a member owes, with the caller's points by allowance.
    function payPenalty(uint32 member, uint256 amount) external; // [point-wei]

    /// @notice Changes the rules; years already settled stay as they are.
    function setParameters(Parameters calldata parameters_) external;

    /// @notice Whose allowances these are.
    function registry() external view returns (IMemberRegistry);

    /// @notice What penalties are paid in.
    function points() external view returns (IERC20);

    /// @notice Gets the penalties.
    function penaltyReceiver() external view returns (address);

    /// @notice The first compliance year.
    function firstYear() external view returns (uint16 year);

    /// @notice The rules in force.
    function parameters() external view returns (Parameters memory);

    /// @notice What was granted for a year, to all members together.
    function grantedIn(uint256 year) external view returns (uint256 amount); // [gCO2e]

    /// @notice Whether an entry of the offset registry was certified.
    function recordUsed(bytes32 record) external view returns (bool);

    /// @notice Whether a member-day has been drawn down.
    function dayDrawn(uint32 member, uint32 day) external view returns (bool);

    /// @notice Whether an operator may move what is the member's: approved by its present account.
    function isOperator(uint32 member, address operator) external view returns (bool);

    /// @notice What a member has of an asset; of a year's allowances below zero when it is short. For a year this is
    /// the settlement amount A_ce of Xiong et al. 2023, Eq. (21): quota plus purchases less emissions.
    function balanceOf(uint32 member, uint16 asset) external view returns (int256 amount); // [gCO2e]

    /// @notice What an operator holds in custody.
    function custodyOf(address operator, uint16 asset) external view returns (uint256 amount); // [gCO2e]

    /// @notice A member's year and what it says.
    function statusOf(
        uint32 member,
        uint16 year
    ) external view returns (Status status, uint256 granted, int256 traded, int256 carried, uint256 drawn); // [gCO2e]

    /// @notice The first year of a member that is not settled.
    function openYearOf(uint32 member) external view returns (uint16 year);

    /// @notice What a member owes for years that it did not cover.
    function penaltyOf(uint32 member) external view returns (uint256 due); // [point-wei]

    /// @notice From when a year is settled by its member, and from when by anybody.
    function settlementTimes(uint16 year) external view returns (uint256 byMember, uint256 byAnybody); // [s]
}
