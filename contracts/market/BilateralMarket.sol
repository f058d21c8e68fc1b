// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IDaySheets} from "../../interfaces/members/IDaySheets.sol";
import {IBilateralMarket} from "../../interfaces/market/IBilateralMarket.sol";
import {ISettlementDays} from "../../interfaces/members/ISettlementDays.sol";
import {AgreementStates} from "./types/AgreementStates.sol";
import {AgreementWord} from "./types/Agreements.sol";
import {CreditWord} from "./types/Credits.sol";
import {DayBook} from "./types/Days.sol";
import {MarketTime} from "../libraries/MarketTime.sol";
import {Penalties} from "./lib/Penalties.sol";
import {Settlement} from "./lib/Settlement.sol";
import {SheetWindows} from "../libraries/SheetWindows.sol";
import {AgreementBook} from "./parts/AgreementBook.sol";
import {MarginAccounts} from "./parts/MarginAccounts.sol";
import {MemberCredit} from "./parts/MemberCredit.sol";

/// @title Bilateral day-ahead market: agreements signed by both, settled from signed sheets
contract BilateralMarket is AgreementBook {
    using AgreementStates for mapping(uint256 => uint256);
    using Penalties for Settlement.Delivery;
    using Settlement for Settlement.Delivery;

    /// @notice What a market is made of.
    struct Setup {
        IDaySheets sheets;
        uint32 gridCompany; // member
        uint256 gridFloor; // [point-wei]
        Tariffs tariffs;
        Rulebook rulebook;
    }

    /// @dev What the agreements of one call share; nothing in it is allocated anew for the next one.
    struct Batch {
        uint32 day;
        uint256 index; // of the agreement in settlement
        Energy energy;
        Shares shares;
        DayBook dayBook;
        GridBook grid;
        LastDay last;
        Settlement.Rules rules;
        Settlement.Words words;
        Settlement.Delivery delivery;
        Penalties.Charge sellerCharge;
        Penalties.Charge buyerCharge;
    }

    IDaySheets public immutable sheets;

    constructor(
        address authority_,
        Setup memory setup
    )
        AccessManaged(authority_)
        MarginAccounts(setup.sheets.registry(), setup.gridCompany, setup.gridFloor)
        MemberCredit(MarketTime.dayAt(block.timestamp, setup.sheets.utcOffset()))
        AgreementBook(setup.sheets.utcOffset(), setup.tariffs, setup.rulebook)
    {
        sheets = setup.sheets;
    }

    // Settlement

    /// @inheritdoc IBilateralMarket
    function settle(uint32 day, uint32[] calldata indices) external {
        uint256 size = indices.length;
        if (size == 0 || size > BATCH_CAP) revert BilateralMarket_BatchSize(size, BATCH_CAP);
        uint256 deadline = SheetWindows.submissionDeadline(day, utcOffset);
        if (block.timestamp < deadline) revert BilateralMarket_TooEarly(day, deadline, block.timestamp);
        if (day < openDay) return;
        if (day > openDay) _skipEmptyDays(day);
        Batch memory batch;
        (batch.day, batch.dayBook, batch.grid, batch.rules) = (day, dayOf(day), _gridBook(), _rules());

        if (batch.dayBook.agreements == 0) return; // it has moved the open day on
        mapping(uint256 => uint256) storage states = _states[day];
        for (uint256 i; i < size; ++i) {
            uint256 index = indices[i];
            if (states.get(index) != AgreementStates.OPEN) continue;
            bool defaulted = _settle(batch, index);
            states.raise(index, defaulted ? AgreementStates.WAITING : AgreementStates.SETTLED);
        }
        _saveDay(day, batch.dayBook);
        _saveGrid(batch.grid);
    }

    function _settle(Batch memory batch, uint256 index) private returns (bool defaulted) {
        AgreementWord agreement = _agreements[_key(batch.day, index)];
        if (!agreement.exists()) revert BilateralMarket_UnknownAgreement(batch.day, uint32(index));
        batch.index = index;
        _deliver(batch, agreement);
        uint256 sellerWeight;
        uint256 buyerWeight;
        (batch.shares.seller, sellerWeight) = _performOf(batch, agreement, true);
        (batch.shares.buyer, buyerWeight) = _performOf(batch, agreement, false);

        defaulted = _charge(batch, agreement, sellerWeight, buyerWeight);
        _pay(batch, agreement);
    }

    /// @dev Reads the registers and contracted sums of the window, eight hours at once.
    function _deliver(Batch memory batch, AgreementWord agreement) private view {
        Settlement.Words memory words = batch.words;
        Settlement.Delivery memory delivery = batch.delivery;
        delivery.begin(agreement, batch.rules.paper);
        (uint32 seller, uint32 buyer) = (agreement.seller(), agreement.buyer());
        uint256 hour = agreement.first();
        uint256 end = hour + agreement.hourCount();
        while (hour < end) {
            uint256 word = hour >> 3;
            (batch.energy.sources, words.exported, words.imported) = sheets.tradeOf(seller, buyer, batch.day, word);
            words.sold = _contracted[_sumKey(seller, batch.day, true) | word];
            words.bought = _contracted[_sumKey(buyer, batch.day, false) | word];
            uint256 stop = (word + 1) << 3;
            if (stop > end) stop = end;
            if (batch.rules.paper) delivery.addToWindow(words, hour, stop);
            else delivery.addHours(words, hour, stop);
            hour = stop;
        }
        if (batch.rules.paper) delivery.addUnit(delivery.delivered, delivery.taken);
        uint256 sources = batch.energy.sources;
        if (sources & 3 == 0) _checkSilence(seller, batch.day);
        if (sources >> 2 == 0) _checkSilence(buyer, batch.day);
    }

    /// @dev A missing sheet counts as zero energy once it cannot be estimated any more.
    function _checkSilence(uint32 member, uint32 day) private view {
        uint256 silentFrom = SheetWindows.silentFrom(day, utcOffset);
        if (block.timestamp < silentFrom) {
            revert BilateralMarket_SheetMissing(member, day, silentFrom, block.timestamp);
        }
    }

    /// @dev Brings a party's credit up to date; returns its penalty shares of the last day and its opening weight.
    function _performOf(
        Batch memory batch,
        AgreementWord agreement,
        bool selling
    ) private returns (uint256 shares, uint256 weight) {
        uint32 member = selling ? agreement.seller() : agreement.buyer();
        CreditWord credit;
        (credit, shares) = _openCredit(member, batch.day, batch.dayBook, batch.last);
        weight = credit.weight();
        if (!agreement.related()) {
            uint256 wh = agreement.wh();
            credit = _count(credit, wh, selling ? batch.delivery.seller : batch.delivery.buyer, batch.dayBook);
        }
        _credits[member] = credit;
    }

    /// @dev What the parties' defaults cost them; their penalties together are one entry of the day's pool, if any.
    function _charge(
        Batch memory batch,
        AgreementWord agreement,
        uint256 sellerWeight,
        uint256 buyerWeight
    ) private returns (bool defaulted) {
        unchecked {
            Settlement.Delivery memory delivery = batch.delivery;
            delivery.chargeSeller(agreement.ticks(), batch.rules, sellerWeight, batch.sellerCharge);
            delivery.chargeBuyer(agreement.ticks(), batch.rules, buyerWeight, batch.buyerCharge);
            uint256 penalty = batch.sellerCharge.penalty + batch.buyerCharge.penalty;
            --batch.dayBook.open;
            if (penalty == 0) return false;
            ++batch.dayBook.defaults;
            // Backed by margin, it is no more than the points that the market holds: 96 bits are enough.
            _agreements[_key(batch.day, batch.index)] = agreement.withPenalty(penalty);
            return true;
        }
    }

    /// @dev Who pays comes first: no credit is deferred that the agreement itself covers.
    function _pay(Batch memory batch, AgreementWord agreement) private {
        unchecked {
            Energy memory energy = batch.energy;
            (energy.received, energy.paid) = batch.delivery.energyLegs(agreement.ticks(), batch.rules);
            (uint256 sellerMargin, uint256 buyerMargin) = Penalties.marginsOf(
                agreement.wh(),
                agreement.ticks(),
                batch.rules
            );
            (int256 seller, int256 buyer) = Penalties.legsOf(
                energy.received,
                energy.paid,
                batch.sellerCharge,
                batch.buyerCharge
            );
            batch.grid.booked += int120(int256(energy.paid) - int256(energy.received));
            if (seller < 0) _settleSeller(batch, agreement, sellerMargin, seller);
            uint256 penalty = batch.buyerCharge.penalty;
            _settleAccount(agreement.buyer(), buyerMargin, batch.shares.buyer, buyer, penalty, batch.grid);
            if (seller >= 0) _settleSeller(batch, agreement, sellerMargin, seller);
        }
        _report(batch, agreement);
    }

    function _settleSeller(Batch memory batch, AgreementWord agreement, uint256 margin, int256 credit) private {
        uint256 penalty = batch.sellerCharge.penalty;
        _settleAccount(agreement.seller(), margin, batch.shares.seller, credit, penalty, batch.grid);
    }

    function _report(Batch memory batch, AgreementWord agreement) private {
        uint256 id = _key(batch.day, batch.index);
        if (batch.delivery.seller.shortfall | batch.delivery.buyer.shortfall == 0) {
            emit AgreementSettled(id, agreement.seller(), agreement.buyer(), batch.energy, batch.shares);
            return;
        }
        emit AgreementDefaulted(
            id,
            agreement.seller(),
            agreement.buyer(),
            batch.energy,
            batch.shares,
            batch.sellerCharge,
            batch.buyerCharge
        );
    }

    // Views

    /// @inheritdoc ISettlementDays
    function closedAt(uint32 day) external view returns (uint64 time) {
        if (_days[day].agreements() == 0) return uint64(MarketTime.endOf(day, utcOffset));
        return _pools[day].closedAt;
    }
}
