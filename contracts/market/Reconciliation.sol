// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IBilateralMarket} from "../../interfaces/IBilateralMarket.sol";
import {IDaySheets} from "../../interfaces/IDaySheets.sol";
import {IMarginAccounts} from "../../interfaces/IMarginAccounts.sol";
import {IReconciliation} from "../../interfaces/IReconciliation.sol";
import {IResidualSettlement} from "../../interfaces/IResidualSettlement.sol";
import {CreditMath} from "../libraries/CreditMath.sol";
import {FormerSheets} from "../libraries/FormerSheets.sol";
import {Penalties} from "../libraries/Penalties.sol";
import {Settlement} from "../libraries/Settlement.sol";

/// @title Reconciliation of agreements on final sheets
contract Reconciliation is IReconciliation {
    using BitMaps for BitMaps.BitMap;
    using Penalties for IBilateralMarket.Agreement;
    using Settlement for IBilateralMarket.Agreement;

    uint256 public constant BATCH_CAP = 50;

    IBilateralMarket public immutable market;
    IMarginAccounts public immutable accounts; // of the same contract
    IDaySheets public immutable sheets;
    uint256 private immutable FEED_IN; // [ticks]
    uint256 private immutable PURCHASE; // [ticks]
    uint256 private immutable GRID_FEE; // [ticks]
    bool private immutable PAPER;

    mapping(uint32 day => BitMaps.BitMap) private _reconciled;

    constructor(address market_, IDaySheets sheets_) {
        market = IBilateralMarket(market_);
        accounts = IMarginAccounts(market_);
        sheets = sheets_;
        IBilateralMarket.Tariffs memory tariffs = market.tariffs();
        FEED_IN = Settlement.toTicks(tariffs.feedIn);
        PURCHASE = Settlement.toTicks(tariffs.purchase);
        GRID_FEE = Settlement.toTicks(tariffs.gridFee);
        PAPER = market.rulebook() == IBilateralMarket.Rulebook.Paper;
    }

    // Reconciliation

    /// @inheritdoc IReconciliation
    function reconcile(uint32 day, Entry[] calldata entries) external {
        uint256 size = entries.length;
        if (size == 0 || size > BATCH_CAP) revert Reconciliation_BatchSize(size, BATCH_CAP);
        uint256 finalFrom = sheets.finalFrom(day);
        if (block.timestamp < finalFrom) {
            revert IResidualSettlement.ResidualSettlement_TooEarly(day, finalFrom, block.timestamp);
        }
        uint32[] memory members = new uint32[](2 * size);
        int256[] memory legs = new int256[](2 * size);
        uint256 toReserve;
        for (uint256 i; i < size; ++i) {
            if (_reconciled[day].get(entries[i].index)) continue;
            toReserve += _reconcile(day, entries[i], members, legs, 2 * i);
        }
        accounts.book(members, legs, toReserve);
    }

    function _reconcile(
        uint32 day,
        Entry calldata entry,
        uint32[] memory members,
        int256[] memory legs,
        uint256 place
    ) private returns (uint256 toReserve) {
        (bool settled, ) = market.stateOf(day, entry.index);
        if (!settled) revert Reconciliation_NotSettled(day, entry.index);
        IBilateralMarket.Agreement memory agreement = market.agreementOf(day, entry.index);
        (members[place], members[place + 1]) = (agreement.seller, agreement.buyer);
        (legs[place], legs[place + 1], toReserve) = _differencesOf(day, agreement, entry);

        _reconciled[day].set(entry.index);
        emit AgreementReconciled(
            day,
            agreement.seller,
            agreement.buyer,
            entry.index,
            legs[place],
            legs[place + 1],
            toReserve
        );
    }

    /// @dev New less old, without penalties; the penalty of a default that was not seen before goes to the reserve.
    function _differencesOf(
        uint32 day,
        IBilateralMarket.Agreement memory agreement,
        Entry calldata entry
    ) private view returns (int256 seller, int256 buyer, uint256 toReserve) {
        Settlement.Energy memory energy;
        energy.sold = market.contractedOf(agreement.seller, day, true);
        energy.bought = market.contractedOf(agreement.buyer, day, false);
        energy.exported = FormerSheets.settledOf(sheets, agreement.seller, day, entry.seller).exportWh;
        energy.imported = FormerSheets.settledOf(sheets, agreement.buyer, day, entry.buyer).importWh;
        Penalties.Outcome memory old = _outcomeOf(agreement, energy);
        energy.exported = FormerSheets.presentOf(sheets, agreement.seller, day).exportWh;
        energy.imported = FormerSheets.presentOf(sheets, agreement.buyer, day).importWh;
        Penalties.Outcome memory present = _outcomeOf(agreement, energy);

        (old.sellerPenalty, old.buyerPenalty) = (0, 0);
        if (agreement.penalty != 0) (present.sellerPenalty, present.buyerPenalty) = (0, 0);
        toReserve = present.sellerPenalty + present.buyerPenalty;
        (int256 oldSeller, int256 oldBuyer) = Penalties.legsOf(old);
        (seller, buyer) = Penalties.legsOf(present);
        return (seller - oldSeller, buyer - oldBuyer, toReserve);
    }

    /// @dev The weights of the day are not kept: a penalty found so late is that of a newcomer.
    function _outcomeOf(
        IBilateralMarket.Agreement memory agreement,
        Settlement.Energy memory energy
    ) private view returns (Penalties.Outcome memory) {
        Settlement.Rules memory rules = Settlement.Rules(FEED_IN, PURCHASE, GRID_FEE, PAPER);
        Settlement.Delivery memory delivery = agreement.deliver(energy, PAPER);
        return agreement.outcomeOf(delivery, rules, CreditMath.NEWCOMER, CreditMath.NEWCOMER);
    }

    // Views

    /// @inheritdoc IReconciliation
    function reconciled(uint32 day, uint32 index) external view returns (bool) {
        return _reconciled[day].get(index);
    }
}
