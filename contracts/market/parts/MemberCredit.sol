// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IBilateralMarket} from "../../../interfaces/market/IBilateralMarket.sol";
import {AccountWord} from "../types/Accounts.sol";
import {CreditWord, Credits} from "../types/Credits.sol";
import {DayBook} from "../types/Days.sol";
import {Settlement} from "../lib/Settlement.sol";
import {PenaltyPools} from "./PenaltyPools.sol";

/// @title Credit of the members: opened once a day, counted up agreement by agreement
/// @dev At every moment the weights of a day are the sum of the weights of its sharers as they stand, so that they are
/// right when the last agreement is settled, whatever the order was.
abstract contract MemberCredit is PenaltyPools {
    /// @dev The day on which the members of a batch settled last, mostly one and the same.
    struct LastDay {
        uint32 day;
        uint256 decays; // steps of the decay index since
        PenaltyPool pool;
    }

    /// @inheritdoc IBilateralMarket
    uint32 public immutable firstDay;

    constructor(uint32 firstDay_) {
        firstDay = firstDay_;
        openDay = firstDay_;
    }

    // Before the first settlement

    /// @inheritdoc IBilateralMarket
    function enterWeight(uint32 member, uint64 weight) external restricted {
        if (_credits[member].day() != 0 || weight > Credits.WHOLE) {
            revert BilateralMarket_WeightRefused(member, weight);
        }
        _credits[member] = Credits.opened(weight, 0, 0);
        emit WeightEntered(member, weight);
    }

    /// @dev The words that settlement and close write are in use from the first deposit on.
    function _openAccount(uint32 member) internal override {
        if (member == gridCompany || _credits[member].known()) return;
        _credits[member] = Credits.opened(Credits.NEWCOMER, 0, 0);
        _exclusions[member].day = 1;
    }

    // Settlement

    /// @dev A member's credit on a day; at its first settlement of the day it is carried over from the last one, whose
    /// penalty shares are harvested.
    function _openCredit(
        uint32 member,
        uint32 day,
        DayBook memory dayBook,
        LastDay memory last
    ) internal returns (CreditWord credit, uint256 shares) {
        credit = _credits[member];
        uint32 lastDay = credit.day();
        if (lastDay == day) return (credit, 0);
        AccountWord account = _accounts[member];
        uint256 weight;
        if (lastDay == 0) {
            weight = credit.firstWeight();
        } else {
            if (lastDay != last.day) {
                (last.day, last.pool) = (lastDay, poolOf(lastDay));
                last.decays = _decays(day) - _decays(lastDay);
            }
            shares = _sharesOf(member, credit, account, last.pool);
            weight = credit.weightAfter(last.pool.contractedWh);
            weight = Credits.decayedRoundedDown(weight, last.decays);
        }

        uint32 group = account.group();
        credit = Credits.opened(weight, day, group);
        unchecked {
            ++dayBook.sharers;
            dayBook.weights += uint88(weight);
        }
        if (group != 0) _groupDays[group][day].weights += uint96(weight);
    }

    /// @dev Counts what a member contracted and how it performed; the weights of the day and of its group follow.
    function _count(
        CreditWord credit,
        uint256 contracted,
        Settlement.Default memory party,
        DayBook memory dayBook
    ) internal returns (CreditWord counted) {
        unchecked {
            uint256 marketWh = dayBook.contractedWh;
            counted = credit.counted(contracted, contracted - party.contracted, party.shortfall);
            uint256 gained = counted.weightAfter(marketWh) - credit.weightAfter(marketWh); // two's complement
            dayBook.weights = uint88(dayBook.weights + gained);
            uint32 group = credit.group();
            if (group == 0) return counted;
            GroupDay storage groupDay = _groupDays[group][credit.day()];
            groupDay.weights = uint96(groupDay.weights + gained);
        }
    }

    /// @dev Steps of the decay index before a day.
    function _decays(uint32 day) private view returns (uint256) {
        return (day - firstDay) / Credits.DECAY_PERIOD;
    }
}
