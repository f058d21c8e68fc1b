// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IPowerPoint} from "../points/IPowerPoint.sol";
import {TwoPersonRule} from "../../contracts/libraries/TwoPersonRule.sol";

/// @title Rewards in bill credit, paid from points that are there beforehand
/// @notice Points sent to the pool fund it. A reward is credit of a member: never withdrawn, never transferred, spent
/// on signed bills, mature three days after its market day, expired two years after its month. Credit is kept in
/// buckets by calendar month and spent oldest first. Days, months and years are the region's.
interface IRewardPool {
    /// @notice What a member is rewarded for.
    enum Cause {
        Welcome, // first certified energy
        Sold, // clean energy sold
        Bought, // clean energy bought
        Used, // clean energy used
        Compute, // computation or its verification
        Block // block produced
    }

    /// @notice What governance sets. Rewarding contracts read their rates here.
    struct Parameters {
        uint64 soldRate; // [point-wei/kWh]
        uint64 boughtRate; // [point-wei/kWh]
        uint64 usedRate; // [point-wei/kWh]
        uint128 welcome; // a whole welcome grant [point-wei]
        uint128 memberDayCap; // all causes together [point-wei]
        uint128 computeDayCap; // cause Compute [point-wei]
        uint128 yearlyBudget; // [point-wei]
    }

    /// @notice A welcome grant that a device earns for its owner.
    struct Welcome {
        uint32 member; // 0 = none
        uint40 endsAt; // [s]
        uint64 baselineWh; // certified before [Wh]
        uint120 paid; // [point-wei]
    }

    /// @notice Together the rates would pay for trading with oneself.
    error RewardPool_Arbitrage(uint256 rates, uint256 fees);
    /// @notice Welcome grants are opened and claimed, not paid by others.
    error RewardPool_WelcomeByGrantOnly();
    /// @notice The year's budget has less left.
    error RewardPool_AboveBudget(uint256 year, uint256 left, uint256 amount);
    /// @notice The pool's points back other credit already, up to `free`.
    error RewardPool_AboveFunds(uint256 free, uint256 amount);
    /// @notice An organisation, a member and a group of one beneficial owner each have one welcome grant, ever.
    error RewardPool_WelcomeUsed(uint32 device, uint32 member, uint32 group, bytes32 organisation);
    /// @notice A welcome grant names the organisation.
    error RewardPool_ZeroOrganisation();
    /// @notice A meter without a key certifies nothing.
    error RewardPool_NoMeterKey(uint32 device);
    /// @notice Nothing to reward.
    error RewardPool_ZeroAmount();
    /// @notice There is no welcome grant for this device of this member.
    error RewardPool_NoWelcome(uint32 device, uint32 member);
    /// @notice What was not claimed in time has lapsed.
    error RewardPool_WelcomeOver(uint32 device, uint256 endedAt, uint256 time);
    /// @notice No more certified energy since the last claim, or the day's cap, the budget or the funds are used up.
    error RewardPool_NothingVested(uint32 device, uint256 certifiedWh);
    /// @notice Credit pays bills of its own member only.
    error RewardPool_NotPayer(address payer, address caller);
    /// @notice Credit covers at most the bill, and at least something of it.
    error RewardPool_BadShare(uint256 credit, uint256 bill);
    /// @notice The member has less mature credit.
    error RewardPool_AboveCredit(uint32 member, uint256 available, uint256 credit);

    event ParametersSet(Parameters parameters);
    event WelcomeOpened(
        uint32 indexed device,
        uint32 indexed member,
        bytes32 indexed organisation, // salted hash of the organisation's code
        address meterKey,
        uint256 baselineWh, // [Wh]
        uint256 endsAt // [s]
    );
    event WelcomeClaimed(uint32 indexed device, uint32 indexed member, uint256 granted); // [point-wei]
    event Rewarded(
        uint32 indexed member,
        Cause indexed cause,
        uint32 indexed day,
        uint256 asked, // [point-wei]
        uint256 granted // [point-wei]
    );
    event CreditSpent(uint32 indexed member, bytes32 indexed billId, uint256 amount); // [point-wei]
    event CreditExpired(uint32 indexed member, uint256 indexed month, uint256 amount); // [point-wei]
    event PointsReleased(address indexed to, uint256 amount); // [point-wei]

    /// @notice Opens the welcome grant of a device's owner: once for an organisation, a member and its group. A meter
    /// key counts together with its organisation only, whatever the key: a metering operator's signs for many honest
    /// members, and another one is free to make.
    /// @param organisation hash of the organisation's code with the region's salt, which never changes: under a second
    /// salt the same organisation would be another one
    function openWelcome(uint32 device, bytes32 organisation) external;

    /// @notice Credits the caller with what has vested: the welcome amount pro rata over the first 50 kWh that the
    /// device has certified since the opening, as far as the day's cap and the `headroom` go. What is not claimed
    /// within 90 days lapses.
    function claimWelcome(uint32 device) external returns (uint256 granted); // [point-wei]

    /// @notice Credits a member. What is above the member's caps of the day is not granted; what is above the
    /// `headroom` of budget and funds reverts, so the caller scales before.
    function reward(
        uint32 member,
        uint256 amount, // [point-wei]
        Cause cause
    ) external returns (uint256 granted); // [point-wei]

    /// @notice Pays the caller's bill with its credit, and the rest with its points by allowance.
    function payBill(
        IPowerPoint.Bill calldata bill,
        TwoPersonRule.CoSignature calldata utility,
        uint256 credit // [point-wei]
    ) external;

    /// @notice Gives the expired credit of a member back to the pool. Anybody may call.
    function expire(uint32 member) external returns (uint256 expired); // [point-wei]

    /// @notice Returns points that back no credit.
    function release(address to, uint256 amount) external; // [point-wei]

    /// @notice Sets the parameters; rates together may not exceed what a trade of the energy costs.
    function setParameters(Parameters calldata parameters_) external;

    /// @notice The parameters in force.
    function parameters() external view returns (Parameters memory);

    /// @notice What a traded kWh costs: the grid fee; the market charges no other [point-wei/kWh].
    function feesPerKwh() external view returns (uint256 fees);

    /// @notice What can be granted to anybody now: left of the year's budget and of the pool's funds [point-wei].
    function headroom() external view returns (uint256 amount);

    /// @notice Points that back no credit [point-wei].
    function freeFunds() external view returns (uint256 amount);

    /// @notice Credit of all members, granted and neither spent nor given back [point-wei].
    function outstanding() external view returns (uint256 amount);

    /// @notice What was granted in a year [point-wei].
    function grantedIn(uint256 year) external view returns (uint256 amount);

    /// @notice What was granted to a member on a market day, all causes and Compute alone [point-wei].
    function grantedOn(uint32 member, uint32 day) external view returns (uint256 amount, uint256 compute);

    /// @notice Credit that a member can spend now: mature and not expired [point-wei].
    function availableOf(uint32 member) external view returns (uint256 credit);

    /// @notice Credit in the bucket of a month, counted from January of the year 0 [point-wei].
    function bucketOf(uint32 member, uint256 month) external view returns (uint256 credit);

    /// @notice The welcome grant of a device.
    function welcomeOf(uint32 device) external view returns (Welcome memory);

    /// @notice Whether an organisation has opened a welcome grant.
    function welcomeUsed(bytes32 organisation) external view returns (bool);

    /// @notice Whether a member has opened a welcome grant.
    function welcomeUsedByMember(uint32 member) external view returns (bool);

    /// @notice Whether a member of a group has opened a welcome grant.
    function welcomeUsedByGroup(uint32 group) external view returns (bool);
}
