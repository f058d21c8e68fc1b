// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {ICarbonLedger} from "../../interfaces/ICarbonLedger.sol";
import {ICarbonQuota} from "../../interfaces/ICarbonQuota.sol";
import {IDaySheets} from "../../interfaces/IDaySheets.sol";
import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";
import {CarbonMath} from "../libraries/CarbonMath.sol";
import {HourlyEnergy} from "../libraries/HourlyEnergy.sol";
import {MarketTime} from "../libraries/MarketTime.sol";

/// @title Carbon allowances per member and compliance year
contract CarbonQuota is AccessManaged, ICarbonQuota {
    using BitMaps for BitMaps.BitMap;
    using SafeCast for uint256;

    struct Year {
        uint112 granted; // [gCO2e]
        uint112 drawn; // [gCO2e]
        bool surrendered;
    }

    IMemberRegistry public immutable registry;
    IDaySheets public immutable sheets;
    ICarbonLedger public immutable ledger;
    int8 public immutable utcOffset; // [h]

    mapping(uint32 member => mapping(uint256 year => Year)) private _years;
    mapping(uint32 member => BitMaps.BitMap) private _drawnDays;

    constructor(
        address authority_,
        IMemberRegistry registry_,
        IDaySheets sheets_,
        ICarbonLedger ledger_
    ) AccessManaged(authority_) {
        registry = registry_;
        sheets = sheets_;
        ledger = ledger_;
        utcOffset = sheets_.utcOffset();
    }

    // Grant

    /// @inheritdoc ICarbonQuota
    function grant(uint32 member, uint16 year, uint112 amount) external restricted {
        registry.member(member);
        if (amount == 0) revert CarbonQuota_ZeroAmount();
        Year storage account = _openYear(member, year);

        account.granted += amount;
        emit AllowanceGranted(member, year, amount);
    }

    function _openYear(uint32 member, uint256 year) private view returns (Year storage account) {
        account = _years[member][year];
        if (account.surrendered) revert CarbonQuota_YearClosed(member, year);
    }

    // Draw-down

    /// @inheritdoc ICarbonQuota
    function drawDownDay(
        uint32 member,
        uint32 day,
        uint32[24] calldata intensities,
        bytes32[][24] calldata proofs
    ) external {
        uint256 year = MarketTime.yearOf(day);
        Year storage account = _openYear(member, year);
        if (_drawnDays[member].get(day)) revert CarbonQuota_AlreadyDrawn(member, day);
        (IDaySheets.Status status, IDaySheets.Mark mark, ) = sheets.statusOf(member, day);
        if (status != IDaySheets.Status.Final) revert CarbonQuota_NotFinal(member, day, sheets.finalFrom(day));
        uint256 emission = _emissionOf(member, day, intensities, proofs);

        _drawnDays[member].set(day);
        account.drawn += emission.toUint112();
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

    // Surrender

    /// @inheritdoc ICarbonQuota
    function surrender(uint32 member, uint16 year) external restricted {
        registry.member(member);
        uint256 currentYear = MarketTime.yearOf(MarketTime.dayAt(block.timestamp, utcOffset));
        if (year >= currentYear) revert CarbonQuota_YearNotOver(year, currentYear);
        Year storage account = _openYear(member, year);
        if (account.drawn > account.granted) {
            revert CarbonQuota_Short(member, year, account.drawn - account.granted);
        }

        account.surrendered = true;
        emit YearSurrendered(member, year, account.drawn, account.granted - account.drawn);
    }

    // Views

    /// @inheritdoc ICarbonQuota
    function dayDrawn(uint32 member, uint32 day) external view returns (bool) {
        return _drawnDays[member].get(day);
    }

    /// @inheritdoc ICarbonQuota
    function statusOf(
        uint32 member,
        uint16 year
    ) external view returns (Status status, uint256 granted, uint256 drawn) {
        Year memory account = _years[member][year];
        if (account.surrendered) status = Status.Surrendered;
        else if (account.drawn > account.granted) status = Status.Short;
        return (status, account.granted, account.drawn);
    }
}
