// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IBilateralMarket} from "../../interfaces/market/IBilateralMarket.sol";
import {IDaySheets} from "../../interfaces/members/IDaySheets.sol";
import {IMarginAccounts} from "../../interfaces/market/IMarginAccounts.sol";
import {IReconciliation} from "../../interfaces/market/IReconciliation.sol";
import {IResidualSettlement} from "../../interfaces/market/IResidualSettlement.sol";
import {AgreementWord} from "./types/Agreements.sol";
import {Credits} from "./types/Credits.sol";
import {FormerSheets} from "./lib/FormerSheets.sol";
import {Penalties} from "./lib/Penalties.sol";
import {Settlement} from "./lib/Settlement.sol";

/// @title Reconciliation of agreements on final sheets
contract Reconciliation is IReconciliation {
    using BitMaps for BitMaps.BitMap;
    using Penalties for Settlement.Delivery;
    using Settlement for Settlement.Delivery;

    /// @dev What a settlement changes on the two accounts, and its penalties by themselves [point-wei].
    struct Outcome {
        int256 seller; // without its penalty
        int256 buyer; // without its penalty
        uint256 sellerPenalty;
        uint256 buyerPenalty;
    }

    /// @dev The day's registers and contracted sums of the two parties, 24 x uint32 each [Wh].
    struct Energy {
        uint256[3] exported;
        uint256[3] imported;
        uint256[3] sold;
        uint256[3] bought;
    }

    uint256 public constant BATCH_CAP = 50;

    IBilateralMarket public immutable market;
    IMarginAccounts public immutable accounts; // of the same contract
    IDaySheets public immutable sheets;
    uint256 private immutable FEED_IN_TICKS;
    uint256 private immutable PURCHASE_TICKS;
    uint256 private immutable GRID_FEE_TICKS;
    bool private immutable PAPER;

    mapping(uint32 day => BitMaps.BitMap) private _reconciled;

    constructor(address market_, IDaySheets sheets_) {
        market = IBilateralMarket(market_);
        accounts = IMarginAccounts(market_);
        sheets = sheets_;
        IBilateralMarket.Tariffs memory tariffs = market.tariffs();
        FEED_IN_TICKS = Settlement.toTicks(tariffs.feedIn);
        PURCHASE_TICKS = Settlement.toTicks(tariffs.purchase);
        GRID_FEE_TICKS = Settlement.toTicks(tariffs.gridFee);
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
        AgreementWord agreement = market.agreementWordOf(day, entry.index);
        // Who was silent is not done with its day before its estimate, however late that comes.
        if (!sheets.hasSheet(agreement.seller(), day) || !sheets.hasSheet(agreement.buyer(), day)) return 0;
        (members[place], members[place + 1]) = (agreement.seller(), agreement.buyer());
        (legs[place], legs[place + 1], toReserve) = _differencesOf(day, agreement, entry);

        _reconciled[day].set(entry.index);
        emit AgreementReconciled(
            day,
            agreement.seller(),
            agreement.buyer(),
            entry.index,
            legs[place],
            legs[place + 1],
            toReserve
        );
    }

    /// @dev New less old, without penalties; what a party's penalty rises by goes to the reserve.
    function _differencesOf(
        uint32 day,
        AgreementWord agreement,
        Entry calldata entry
    ) private view returns (int256 seller, int256 buyer, uint256 toReserve) {
        Energy memory energy;
        energy.sold = market.contractedOf(agreement.seller(), day, true);
        energy.bought = market.contractedOf(agreement.buyer(), day, false);
        energy.exported = FormerSheets.settledOf(sheets, agreement.seller(), day, entry.seller).exportWh;
        energy.imported = FormerSheets.settledOf(sheets, agreement.buyer(), day, entry.buyer).importWh;
        Outcome memory old = _outcomeOf(agreement, energy);
        energy.exported = FormerSheets.presentOf(sheets, agreement.seller(), day).exportWh;
        energy.imported = FormerSheets.presentOf(sheets, agreement.buyer(), day).importWh;
        Outcome memory present = _outcomeOf(agreement, energy);

        (seller, buyer) = (present.seller - old.seller, present.buyer - old.buyer);
        uint256 sellerPenalty = Math.saturatingSub(present.sellerPenalty, old.sellerPenalty);
        uint256 buyerPenalty = Math.saturatingSub(present.buyerPenalty, old.buyerPenalty);
        seller -= int256(sellerPenalty);
        buyer -= int256(buyerPenalty);
        toReserve = sellerPenalty + buyerPenalty;
    }

    /// @dev The weights of the day are not kept: a penalty found so late is that of a newcomer.
    function _outcomeOf(AgreementWord agreement, Energy memory energy) private view returns (Outcome memory outcome) {
        Settlement.Rules memory rules = Settlement.Rules(FEED_IN_TICKS, PURCHASE_TICKS, GRID_FEE_TICKS, PAPER);
        Settlement.Delivery memory delivery = _deliveryOf(agreement, energy);
        uint256 ticks = agreement.ticks();
        (uint256 received, uint256 paid) = delivery.energyLegs(ticks, rules);
        Penalties.Charge memory seller;
        Penalties.Charge memory buyer;
        delivery.chargeSeller(ticks, rules, Credits.NEWCOMER, seller);
        delivery.chargeBuyer(ticks, rules, Credits.NEWCOMER, buyer);
        (outcome.sellerPenalty, outcome.buyerPenalty) = (seller.penalty, buyer.penalty);
        (outcome.seller, outcome.buyer) = Penalties.legsOf(received, paid, seller, buyer);
    }

    function _deliveryOf(
        AgreementWord agreement,
        Energy memory energy
    ) private view returns (Settlement.Delivery memory delivery) {
        delivery.begin(agreement, PAPER);
        uint256 end = agreement.first() + agreement.hourCount();
        for (uint256 hour = agreement.first(); hour < end; ) {
            uint256 word = hour >> 3;
            uint256 stop = Math.min((word + 1) << 3, end);
            Settlement.Words memory words = Settlement.Words(
                energy.exported[word],
                energy.imported[word],
                energy.sold[word],
                energy.bought[word]
            );
            if (PAPER) delivery.addToWindow(words, hour, stop);
            else delivery.addHours(words, hour, stop);
            hour = stop;
        }
        if (PAPER) delivery.addUnit(delivery.delivered, delivery.taken);
    }

    // Views

    /// @inheritdoc IReconciliation
    function reconciled(uint32 day, uint32 index) external view returns (bool) {
        return _reconciled[day].get(index);
    }
}
