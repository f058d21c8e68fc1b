// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {ICarbonLedger} from "../../interfaces/carbon/ICarbonLedger.sol";
import {ICarbonQuota} from "../../interfaces/quotas/ICarbonQuota.sol";
import {IDaySheets} from "../../interfaces/members/IDaySheets.sol";
import {CarbonMath} from "../libraries/CarbonMath.sol";
import {ComplianceYear} from "./lib/ComplianceYear.sol";
import {HourlyEnergy} from "../libraries/HourlyEnergy.sol";
import {MarketTime} from "../libraries/MarketTime.sol";
import {AllowanceBook} from "./parts/AllowanceBook.sol";

/// @title Carbon allowances per member and compliance year
contract CarbonQuota is AllowanceBook, AccessManaged {
    using BitMaps for BitMaps.BitMap;
    using SafeCast for int256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    IDaySheets public immutable sheets;
    ICarbonLedger public immutable ledger;
    /// @inheritdoc ICarbonQuota
    IERC20 public immutable points;
    /// @inheritdoc ICarbonQuota
    address public immutable penaltyReceiver;
    int8 public immutable utcOffset; // [h]

    /// @inheritdoc ICarbonQuota
    mapping(uint256 year => uint256 amount) public grantedIn; // [gCO2e]
    /// @inheritdoc ICarbonQuota
    mapping(bytes32 record => bool) public recordUsed;
    mapping(uint32 member => BitMaps.BitMap) private _drawnDays;

    constructor(
        address authority_,
        IDaySheets sheets_,
        ICarbonLedger ledger_,
        IERC20 points_,
        address penaltyReceiver_,
        Parameters memory parameters_
    )
        AllowanceBook(
            sheets_.registry(),
            MarketTime.yearOf(MarketTime.dayAt(block.timestamp, sheets_.utcOffset()))
        )
        AccessManaged(authority_)
    {
        sheets = sheets_;
        ledger = ledger_;
        points = points_;
        penaltyReceiver = penaltyReceiver_;
        utcOffset = sheets_.utcOffset();
        _setParameters(parameters_);
    }

    // Grant

    /// @inheritdoc ICarbonQuota
    function grant(uint32 member, uint16 year, uint64 amount) external restricted {
        registry.member(member);
        if (amount == 0) revert CarbonQuota_ZeroAmount();
        _checkOpen(member, year);
        uint256 left = Math.saturatingSub(_parameters.yearlyCap, grantedIn[year]);
        if (amount > left) revert CarbonQuota_AboveCap(year, left, amount);

        grantedIn[year] += amount;
        _years[member][year].granted += amount;
        emit AllowanceGranted(member, year, amount);
    }

    /// @inheritdoc ICarbonQuota
    function certifyOffsets(uint32 member, uint64 amount, bytes32 record) external restricted {
        registry.member(member);
        if (amount == 0) revert CarbonQuota_ZeroAmount();
        if (record == 0 || recordUsed[record]) revert CarbonQuota_RecordUsed(record);

        recordUsed[record] = true;
        _accounts[member].offsets += amount;
        emit OffsetsCertified(member, record, amount);
    }

    // Draw-down

    /// @inheritdoc ICarbonQuota
    function drawDownDay(
        uint32 member,
        uint32 day,
        uint32[24] calldata intensities,
        bytes32[][24] calldata proofs
    ) external {
        if (_drawnDays[member].get(day)) revert CarbonQuota_AlreadyDrawn(member, day);
        (IDaySheets.Status status, IDaySheets.Mark mark, ) = sheets.statusOf(member, day);
        if (status != IDaySheets.Status.Final) revert CarbonQuota_NotFinal(member, day, sheets.finalFrom(day));
        uint256 emission = _emissionOf(member, day, intensities, proofs);
        uint256 year = Math.max(MarketTime.yearOf(day), openYearOf(member));

        _drawnDays[member].set(day);
        _years[member][year].drawn += emission.toUint56();
        emit DayDrawnDown(member, day, year, emission, mark == IDaySheets.Mark.Estimate);
    }

    /// @dev Proven emission of a member-day [gCO2e].
    function _emissionOf(
        uint32 member,
        uint32 day,
        uint32[24] calldata intensities,
        bytes32[][24] calldata proofs
    ) private view returns (uint256 emission) {
        uint32 node = registry.member(member).node;
        uint32 firstHour = MarketTime.firstHour(day, utcOffset);
        uint256[3] memory importWh = sheets.importOf(member, day);
        bool imported;
        for (uint32 i; i < 24; ++i) {
            uint256 wh = HourlyEnergy.read(importWh[HourlyEnergy.wordOf(i)], i);
            if (wh == 0) continue;
            imported = true;
            if (!ledger.verify(firstHour + i, node, intensities[i], proofs[i])) {
                revert CarbonQuota_BadProof(firstHour + i, node, intensities[i]);
            }
            emission += CarbonMath.emissionRoundedUp(wh, intensities[i]);
        }
        if (!imported) revert CarbonQuota_NothingImported(member, day);
    }

    // Settlement

    /// @inheritdoc ICarbonQuota
    function surrender(uint16 year, uint64 offsets) external {
        uint32 member = registry.idOf(_msgSender());
        (uint256 byMember, ) = settlementTimes(year);
        _checkTurn(member, year, byMember);
        uint256 cap = _offsetCapOf(member, year);
        if (offsets > cap) revert CarbonQuota_AboveOffsetCap(member, cap, offsets);
        uint64 held = _accounts[member].offsets;
        if (offsets > held) revert CarbonQuota_AboveBalance(ComplianceYear.OFFSETS, int256(uint256(held)), offsets);
        int256 left = balanceOf(member, year) + int256(uint256(offsets));
        if (left < 0) revert CarbonQuota_Short(member, year, uint256(-left));

        _settle(member, year, offsets);
    }

    /// @inheritdoc ICarbonQuota
    function close(uint32 member, uint16 year) external {
        registry.member(member);
        (, uint256 byAnybody) = settlementTimes(year);
        _checkTurn(member, year, byAnybody);
        int256 balance = balanceOf(member, year);
        uint256 usable = Math.min(_offsetCapOf(member, year), _accounts[member].offsets);

        _settle(member, year, balance < 0 ? Math.min(usable, uint256(-balance)).toUint64() : 0);
    }

    /// @dev The year is the member's next one, and its time has come.
    function _checkTurn(uint32 member, uint16 year, uint256 from) private view {
        _checkOpen(member, year);
        uint16 nextYear = openYearOf(member);
        if (year != nextYear) revert CarbonQuota_NotNextYear(member, year, nextYear);
        if (block.timestamp < from) revert CarbonQuota_TooEarly(year, from, block.timestamp);
    }

    /// @dev Ends a year: a surplus is banked in part, what is missing costs a penalty and is taken from the next year.
    function _settle(uint32 member, uint16 year, uint64 offsets) private {
        Parameters memory rules = _parameters;
        int256 left = balanceOf(member, year) + int256(uint256(offsets));
        uint256 surplus = left > 0 ? uint256(left) : 0;
        Settlement memory ended;
        ended.drawn = _years[member][year].drawn;
        ended.offsets = offsets;
        ended.banked = ComplianceYear.partRoundedDown(surplus, rules.bankedShare).toUint64();
        ended.lapsed = (surplus - ended.banked).toUint64();
        ended.missing = left < 0 ? uint256(-left).toUint64() : 0;
        ended.penalty = (ended.missing * uint256(rules.penaltyRate)).toUint128();

        Account storage account = _accounts[member];
        _years[member][year].settled = true;
        account.offsets -= offsets;
        ++account.settledYears;
        account.penalty += ended.penalty;
        _carry(member, uint256(year) + 1, left < 0 ? left : uint256(ended.banked).toInt256());
        emit YearSettled(member, year, ended);
    }

    /// @dev Offsets that may cover a member's emissions of a year [gCO2e].
    function _offsetCapOf(uint32 member, uint16 year) private view returns (uint256 cap) {
        return ComplianceYear.partRoundedDown(_years[member][year].drawn, _parameters.offsetShare);
    }

    // Penalty

    /// @inheritdoc ICarbonQuota
    function payPenalty(uint32 member, uint256 amount) external {
        uint128 due = _accounts[member].penalty;
        if (amount == 0) revert CarbonQuota_ZeroAmount();
        if (amount > due) revert CarbonQuota_AbovePenalty(member, due, amount);

        _accounts[member].penalty = due - amount.toUint128();
        emit PenaltyPaid(member, _msgSender(), amount);
        points.safeTransferFrom(_msgSender(), penaltyReceiver, amount);
    }

    // Administration

    /// @inheritdoc ICarbonQuota
    function setParameters(Parameters calldata parameters_) external restricted {
        _setParameters(parameters_);
    }

    function _setParameters(Parameters memory parameters_) private {
        uint256 highest = Math.max(parameters_.offsetShare, parameters_.bankedShare);
        if (highest > ComplianceYear.WHOLE) revert CarbonQuota_BadShare(highest, ComplianceYear.WHOLE);

        _parameters = parameters_;
        emit ParametersSet(parameters_);
    }

    // Views

    /// @inheritdoc ICarbonQuota
    function parameters() external view returns (Parameters memory) {
        return _parameters;
    }

    /// @inheritdoc ICarbonQuota
    function dayDrawn(uint32 member, uint32 day) external view returns (bool) {
        return _drawnDays[member].get(day);
    }

    /// @inheritdoc ICarbonQuota
    function statusOf(
        uint32 member,
        uint16 year
    ) external view returns (Status status, uint256 granted, int256 traded, int256 carried, uint256 drawn) {
        Year memory account = _years[member][year];
        if (account.settled) status = Status.Settled;
        else if (balanceOf(member, year) < 0) status = Status.Short;
        return (status, account.granted, account.traded, account.carried, account.drawn);
    }

    /// @inheritdoc ICarbonQuota
    function penaltyOf(uint32 member) external view returns (uint256 due) {
        return _accounts[member].penalty;
    }

    /// @inheritdoc ICarbonQuota
    function settlementTimes(uint16 year) public view returns (uint256 byMember, uint256 byAnybody) {
        if (year < firstYear) revert CarbonQuota_BeforeFirstYear(year, firstYear);
        uint256 end = ComplianceYear.endOf(year, utcOffset);
        return (end + ComplianceYear.SETTLED_BY_MEMBER, end + ComplianceYear.SETTLED_BY_ANYBODY);
    }
}
