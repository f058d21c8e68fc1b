// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IBilateralMarket} from "../../interfaces/IBilateralMarket.sol";
import {IDaySheets} from "../../interfaces/IDaySheets.sol";
import {ISettlementDays} from "../../interfaces/ISettlementDays.sol";
import {AgreementStates} from "../libraries/AgreementStates.sol";
import {HourlyEnergy} from "../libraries/HourlyEnergy.sol";
import {MarketTime} from "../libraries/MarketTime.sol";
import {Penalties} from "../libraries/Penalties.sol";
import {Settlement} from "../libraries/Settlement.sol";
import {SheetWindows} from "../libraries/SheetWindows.sol";
import {AgreementBook} from "./AgreementBook.sol";
import {MarginAccounts} from "./MarginAccounts.sol";
import {MemberCredit} from "./MemberCredit.sol";

/// @title Bilateral day-ahead market: agreements signed by both, settled from signed sheets
contract BilateralMarket is AgreementBook {
    using AgreementStates for AgreementStates.Map;
    using Penalties for Agreement;
    using Penalties for Penalties.Outcome;
    using Settlement for Agreement;

    /// @notice What a market is made of.
    struct Setup {
        IERC20 points;
        IDaySheets sheets;
        uint32 gridCompany; // member
        uint256 gridFloor; // [point-wei]
        Tariffs tariffs;
        Rulebook rulebook;
    }

    /// @dev One agreement on its way through settlement.
    struct Run {
        uint32 day;
        uint32 index;
        IDaySheets.Source sellerSource;
        IDaySheets.Source buyerSource;
    }

    IDaySheets public immutable sheets;

    constructor(
        address authority_,
        Setup memory setup
    )
        AccessManaged(authority_)
        MarginAccounts(setup.points, setup.sheets.registry(), setup.gridCompany, setup.gridFloor)
        MemberCredit(MarketTime.dayAt(block.timestamp, setup.sheets.utcOffset()))
        AgreementBook(setup.sheets.utcOffset(), setup.tariffs, setup.rulebook)
    {
        sheets = setup.sheets;
    }

    // Settlement

    /// @inheritdoc IBilateralMarket
    function settle(uint32 day, uint32[] calldata indices) external {
        _checkBatch(indices.length, BATCH_CAP);
        if (day < openDay) return;
        if (day > openDay) _skipEmptyDays(day);
        uint256 deadline = SheetWindows.submissionDeadline(day, utcOffset);
        if (block.timestamp < deadline) revert BilateralMarket_TooEarly(day, deadline, block.timestamp);
        Run memory run;
        run.day = day;
        DayBook memory dayBook = dayOf(day);
        GridBook memory grid = _gridBook();

        for (uint256 i; i < indices.length; ++i) {
            run.index = indices[i];
            if (_states.get(day, run.index) == AgreementStates.OPEN) _settle(run, dayBook, grid);
        }
        _saveDay(day, dayBook);
        _saveGrid(grid);
    }

    function _settle(Run memory run, DayBook memory dayBook, GridBook memory grid) private {
        Agreement memory agreement = agreementOf(run.day, run.index);
        if (agreement.seller == 0) revert BilateralMarket_UnknownAgreement(run.day, run.index);
        Settlement.Delivery memory delivery = agreement.deliver(
            _energyOf(agreement, run),
            rulebook == Rulebook.Paper
        );
        (Credit memory seller, uint256 sellerShares) = _openCredit(agreement.seller, run.day, dayBook);
        (Credit memory buyer, uint256 buyerShares) = _openCredit(agreement.buyer, run.day, dayBook);
        Penalties.Outcome memory outcome = agreement.outcomeOf(delivery, _rules(), seller.weight, buyer.weight);

        if (!agreement.related) {
            _count(seller, delivery.seller, delivery.contracted, dayBook);
            _count(buyer, delivery.buyer, delivery.contracted, dayBook);
        }
        _saveCredit(agreement.seller, seller);
        _saveCredit(agreement.buyer, buyer);
        _close(run, agreement, outcome, dayBook);
        _pay(agreement, outcome, sellerShares, buyerShares, grid);
        _report(run, agreement, delivery, outcome);
    }

    function _saveCredit(uint32 member, Credit memory credit) private {
        _credits[member] = credit;
    }

    /// @dev The registers and contracted sums of the window.
    function _energyOf(
        Agreement memory agreement,
        Run memory run
    ) private view returns (Settlement.Energy memory energy) {
        run.sellerSource = _read(agreement, agreement.seller, run, true, energy.exported, energy.sold);
        run.buyerSource = _read(agreement, agreement.buyer, run, false, energy.imported, energy.bought);
    }

    function _read(
        Agreement memory agreement,
        uint32 member,
        Run memory run,
        bool selling,
        uint256[3] memory metered,
        uint256[3] memory contracted
    ) private view returns (IDaySheets.Source source) {
        uint256[3] storage sums = (selling ? _soldWh : _boughtWh)[member][run.day];
        uint256 last = HourlyEnergy.wordOf(uint256(agreement.first) + agreement.hourCount - 1);
        for (uint256 word = HourlyEnergy.wordOf(agreement.first); word <= last; ++word) {
            (source, metered[word]) = sheets.readingOf(member, run.day, word, selling);
            contracted[word] = sums[word];
        }
        if (source != IDaySheets.Source.Missing) return source;
        uint256 silentFrom = SheetWindows.silentFrom(run.day, utcOffset);
        if (block.timestamp < silentFrom) {
            revert BilateralMarket_SheetMissing(member, run.day, silentFrom, block.timestamp);
        }
    }

    function _close(
        Run memory run,
        Agreement memory agreement,
        Penalties.Outcome memory outcome,
        DayBook memory dayBook
    ) private {
        --dayBook.open;
        uint256 penalty = outcome.sellerPenalty + outcome.buyerPenalty;
        if (penalty == 0) {
            _states.raise(run.day, run.index, AgreementStates.SETTLED);
            return;
        }
        ++dayBook.defaults;
        _states.raise(run.day, run.index, AgreementStates.WAITING);
        // Backed by margin, it is no more than the points that the market holds.
        _agreements[run.day][run.index].penalty = uint96(penalty);
        agreement.penalty = uint96(penalty);
    }

    /// @dev Who pays comes first: no credit is deferred that the agreement itself covers.
    function _pay(
        Agreement memory agreement,
        Penalties.Outcome memory outcome,
        uint256 sellerShares,
        uint256 buyerShares,
        GridBook memory grid
    ) private {
        uint256 wh = uint256(agreement.whPerHour) * agreement.hourCount;
        (uint256 sellerMargin, uint256 buyerMargin) = Penalties.margins(wh, agreement.price, _rules());
        (int256 sellerLeg, int256 buyerLeg) = outcome.legsOf();
        grid.booked += int120(int256(outcome.paid) - int256(outcome.received));
        if (sellerLeg < 0) _settleAccount(agreement.seller, sellerMargin, sellerShares, sellerLeg, grid);
        _settleAccount(agreement.buyer, buyerMargin, buyerShares, buyerLeg, grid);
        if (sellerLeg >= 0) _settleAccount(agreement.seller, sellerMargin, sellerShares, sellerLeg, grid);
    }

    function _report(
        Run memory run,
        Agreement memory agreement,
        Settlement.Delivery memory delivery,
        Penalties.Outcome memory outcome
    ) private {
        emit AgreementSettled(
            run.day,
            agreement.seller,
            agreement.buyer,
            run.index,
            outcome.received,
            outcome.paid,
            run.sellerSource,
            run.buyerSource
        );
        if (delivery.seller.shortfall != 0) {
            emit PartyDefaulted(
                run.day,
                agreement.seller,
                run.index,
                delivery.seller.shortfall,
                outcome.sellerCompensation,
                outcome.sellerPenalty
            );
        }
        if (delivery.buyer.shortfall != 0) {
            emit PartyDefaulted(
                run.day,
                agreement.buyer,
                run.index,
                delivery.buyer.shortfall,
                outcome.buyerCompensation,
                outcome.buyerPenalty
            );
        }
    }

    // Views

    /// @inheritdoc ISettlementDays
    function closedAt(uint32 day) external view returns (uint64 time) {
        if (_days[day].agreements == 0) return uint64(MarketTime.endOf(day, utcOffset));
        return _closedAt[day];
    }
}
