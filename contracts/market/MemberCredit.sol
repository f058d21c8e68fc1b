// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IBilateralMarket} from "../../interfaces/IBilateralMarket.sol";
import {CreditMath} from "../libraries/CreditMath.sol";
import {Settlement} from "../libraries/Settlement.sol";
import {PenaltyPools} from "./PenaltyPools.sol";

/// @title Credit of the members: opened once a day, counted up agreement by agreement
/// @dev At every moment the weights of a day are the sum of the weights of its sharers as they stand, so that they are
/// right when the last agreement is settled, whatever the order was.
abstract contract MemberCredit is PenaltyPools {
    using CreditMath for Credit;

    /// @inheritdoc IBilateralMarket
    uint32 public immutable firstDay;

    constructor(uint32 firstDay_) {
        firstDay = firstDay_;
        openDay = firstDay_;
    }

    // Before the first settlement

    /// @inheritdoc IBilateralMarket
    function enterWeights(uint32[] calldata members, uint64[] calldata weights) external restricted {
        for (uint256 i; i < members.length; ++i) _enterWeight(members[i], weights[i]);
    }

    function _enterWeight(uint32 member, uint64 weight) private {
        if (_credits[member].day != 0 || weight > CreditMath.WHOLE) {
            revert BilateralMarket_WeightRefused(member, weight);
        }
        _credits[member].weight = weight;
        _credits[member].known = true;
        emit WeightEntered(member, weight);
    }

    /// @dev The words that settlement and close write are in use from here on.
    function _openAccount(uint32 member) internal override {
        if (member == gridCompany || _credits[member].known) return;
        _credits[member].weight = CreditMath.NEWCOMER;
        _credits[member].known = true;
        _exclusions[member].day = 1;
    }

    // Settlement

    /// @dev A member's credit on a day; at its first settlement of the day it is carried over from the last one, whose
    /// penalty shares are harvested.
    function _openCredit(
        uint32 member,
        uint32 day,
        DayBook memory dayBook
    ) internal returns (Credit memory credit, uint256 shares) {
        credit = creditOf(member);
        uint32 lastDay = credit.day;
        if (lastDay == day) return (credit, 0);
        uint256 weight = credit.known ? credit.weight : CreditMath.NEWCOMER;
        if (lastDay != 0) {
            weight = credit.weightAfter(_days[lastDay].contractedWh);
            shares = _harvest(member, credit, weight);
            weight = CreditMath.decayedRoundedDown(weight, _decays(day) - _decays(lastDay));
        }

        credit = Credit({
            weight: uint64(weight),
            day: day,
            group: _accounts[member].group,
            performedWh: 0,
            contractedWh: 0,
            shortfallWh: 0,
            known: true
        });
        ++dayBook.sharers;
        dayBook.weights += uint88(weight);
        if (credit.group != 0) _groupDays[credit.group][day].weights += uint96(weight);
        emit WeightOpened(member, day, credit.weight, credit.group);
    }

    /// @dev Counts what a member contracted and how it performed; the weights of the day and of its group follow.
    function _count(
        Credit memory credit,
        Settlement.Performance memory performance,
        uint256 contracted,
        DayBook memory dayBook
    ) internal {
        uint256 before = credit.weightAfter(dayBook.contractedWh);
        credit.performedWh += uint40(performance.performed);
        credit.contractedWh += uint40(contracted);
        credit.shortfallWh += uint40(performance.shortfall);
        uint256 weight = credit.weightAfter(dayBook.contractedWh);

        dayBook.weights = uint88(dayBook.weights + weight - before);
        if (credit.group == 0) return;
        GroupDay storage groupDay = _groupDays[credit.group][credit.day];
        groupDay.weights = uint96(groupDay.weights + weight - before);
    }

    /// @dev Steps of the decay index before a day.
    function _decays(uint32 day) private view returns (uint256) {
        return (day - firstDay) / CreditMath.DECAY_PERIOD;
    }
}
