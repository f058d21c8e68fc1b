// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IBilateralMarket} from "../../interfaces/market/IBilateralMarket.sol";
import {IDaySheets} from "../../interfaces/members/IDaySheets.sol";
import {IMarginAccounts} from "../../interfaces/market/IMarginAccounts.sol";
import {IResidualSettlement} from "../../interfaces/market/IResidualSettlement.sol";
import {FormerSheets} from "./lib/FormerSheets.sol";
import {HourlyEnergy} from "../libraries/HourlyEnergy.sol";
import {Settlement} from "./lib/Settlement.sol";

/// @title Energy outside agreements, settled with the grid company
contract ResidualSettlement is IResidualSettlement {
    using BitMaps for BitMaps.BitMap;

    uint256 public constant BATCH_CAP = 100;

    IBilateralMarket public immutable market;
    IMarginAccounts public immutable accounts; // of the same contract
    IDaySheets public immutable sheets;
    uint32 public immutable gridCompany;
    uint256 private immutable FEED_IN_TICKS;
    uint256 private immutable PURCHASE_TICKS;
    bool private immutable PAPER;
    uint32 private immutable FIRST_DAY;

    // By day: the members of a batch share their words.
    mapping(uint32 day => BitMaps.BitMap) private _settled;
    mapping(uint32 day => BitMaps.BitMap) private _reconciled;

    constructor(address market_, IDaySheets sheets_) {
        market = IBilateralMarket(market_);
        accounts = IMarginAccounts(market_);
        sheets = sheets_;
        gridCompany = accounts.gridCompany();
        FEED_IN_TICKS = Settlement.toTicks(market.tariffs().feedIn);
        PURCHASE_TICKS = Settlement.toTicks(market.tariffs().purchase);
        PAPER = market.rulebook() == IBilateralMarket.Rulebook.Paper;
        FIRST_DAY = market.firstDay();
    }

    // Initial run

    /// @inheritdoc IResidualSettlement
    function settle(uint32 day, uint32[] calldata members) external {
        _checkBatch(members.length, members.length);
        _checkTime(day, sheets.submissionDeadline(day));
        int256[] memory legs = new int256[](members.length);
        for (uint256 i; i < members.length; ++i) legs[i] = _settle(members[i], day);
        accounts.book(members, legs, 0);
    }

    function _settle(uint32 member, uint32 day) private returns (int256 leg) {
        if (member == gridCompany) revert ResidualSettlement_GridCompany(member);
        if (_settled[day].get(member)) return 0;
        if (!sheets.hasSheet(member, day)) revert ResidualSettlement_NoSheet(member, day);
        if (sheets.formerHashOf(member, day) != 0) revert ResidualSettlement_Corrected(member, day);
        FormerSheet memory sheet = FormerSheets.presentOf(sheets, member, day);
        uint256 exportWh = _outsideOf(sheet.exportWh, member, day, true);
        uint256 importWh = _outsideOf(sheet.importWh, member, day, false);
        leg = _legOf(exportWh, importWh);

        _settled[day].set(member);
        emit ResidualSettled(member, day, exportWh, importWh, leg);
    }

    // Reconciliation

    /// @inheritdoc IResidualSettlement
    function reconcile(uint32 day, uint32[] calldata members, FormerSheet[] calldata former) external {
        _checkBatch(members.length, former.length);
        _checkTime(day, sheets.finalFrom(day));
        int256[] memory legs = new int256[](members.length);
        for (uint256 i; i < members.length; ++i) legs[i] = _reconcile(members[i], day, former[i]);
        accounts.book(members, legs, 0);
    }

    function _reconcile(uint32 member, uint32 day, FormerSheet calldata former) private returns (int256 difference) {
        if (member == gridCompany) revert ResidualSettlement_GridCompany(member);
        if (_reconciled[day].get(member) || !sheets.hasSheet(member, day)) return 0;
        difference = _legOfSheet(FormerSheets.presentOf(sheets, member, day), member, day);
        if (_settled[day].get(member)) {
            difference -= _legOfSheet(FormerSheets.settledOf(sheets, member, day, former), member, day);
        } else {
            _settled[day].set(member); // in full: the initial run comes too late
        }

        _reconciled[day].set(member);
        emit ResidualReconciled(member, day, difference);
    }

    // Energy and legs

    function _legOfSheet(FormerSheet memory sheet, uint32 member, uint32 day) private view returns (int256 leg) {
        uint256 exportWh = _outsideOf(sheet.exportWh, member, day, true);
        return _legOf(exportWh, _outsideOf(sheet.importWh, member, day, false));
    }

    function _legOf(uint256 exportWh, uint256 importWh) private view returns (int256 leg) {
        return int256(Settlement.cost(exportWh, FEED_IN_TICKS)) - int256(Settlement.cost(importWh, PURCHASE_TICKS));
    }

    /// @dev What a register counted outside agreements [Wh].
    function _outsideOf(
        uint256[3] memory metered,
        uint32 member,
        uint32 day,
        bool selling
    ) private view returns (uint256 wh) {
        if (metered[0] | metered[1] | metered[2] == 0) return 0;
        uint256[3] memory contracted = market.contractedOf(member, day, selling);
        for (uint256 hour; hour < 24; ++hour) {
            uint256 word = HourlyEnergy.wordOf(hour);
            uint256 sum = HourlyEnergy.read(contracted[word], hour);
            if (PAPER && sum != 0) continue; // all of it is the agreement's
            wh += Math.saturatingSub(HourlyEnergy.read(metered[word], hour), sum);
        }
    }

    function _checkBatch(uint256 members, uint256 formerSheets) private pure {
        if (members == 0 || members > BATCH_CAP || formerSheets != members) {
            revert ResidualSettlement_BatchSize(members, formerSheets, BATCH_CAP);
        }
    }

    /// @dev Sheets are older than a market: what was before it, another one has billed.
    function _checkTime(uint32 day, uint256 from) private view {
        if (day < FIRST_DAY) revert ResidualSettlement_BeforeMarket(day, FIRST_DAY);
        if (block.timestamp < from) revert ResidualSettlement_TooEarly(day, from, block.timestamp);
    }

    // Views

    /// @inheritdoc IResidualSettlement
    function stateOf(uint32 member, uint32 day) external view returns (bool settled, bool reconciled) {
        return (_settled[day].get(member), _reconciled[day].get(member));
    }
}
