// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IDeferredCredits} from "../../interfaces/market/IDeferredCredits.sol";

/// @title What the grid company owes members because its account was empty
/// @dev One line over all days: each day that owes something covers a stretch of it, and what has been paid so far is a
/// point on it. So earlier days are paid first, without a loop over days or members; within a day everybody is
/// paid in proportion, once no more can be owed under it. The market creates this contract.
contract DeferredCredits is IDeferredCredits {
    using SafeCast for uint256;

    struct DayStretch {
        uint128 start; // owed before this day [point-wei]
        uint128 owed; // under this day [point-wei]
    }

    struct MemberPart {
        uint128 owed; // [point-wei]
        uint128 collected; // thereof by the member [point-wei]
    }

    address public immutable market;

    uint256 private _owed; // so far [point-wei]
    uint256 private _paid; // thereof by the grid company [point-wei]
    uint256 private _collected; // thereof by members [point-wei]
    mapping(uint32 day => DayStretch) private _stretches;
    mapping(uint32 member => mapping(uint32 day => MemberPart)) private _parts;

    modifier onlyMarket() {
        if (msg.sender != market) revert DeferredCredits_NotMarket(msg.sender);
        _;
    }

    constructor() {
        market = msg.sender;
    }

    /// @inheritdoc IDeferredCredits
    function defer(uint32 member, uint32 openDay, uint256 amount) external onlyMarket {
        DayStretch storage stretch = _stretches[openDay];
        if (stretch.owed == 0) stretch.start = _owed.toUint128();

        stretch.owed += amount.toUint128();
        _owed += amount;
        _parts[member][openDay].owed += amount.toUint128();
        emit CreditDeferred(member, openDay, amount);
    }

    /// @inheritdoc IDeferredCredits
    function pay(uint256 funds) external onlyMarket returns (uint256 paid, bool allPaid) {
        paid = Math.min(funds, _owed - _paid);

        _paid += paid;
        emit DeferredPaid(paid);
        return (paid, _paid == _owed);
    }

    /// @inheritdoc IDeferredCredits
    function collect(uint32 member, uint32 day, uint32 openDay) external onlyMarket returns (uint256 amount) {
        if (day >= openDay) revert DeferredCredits_DayNotClosed(day, openDay);
        (, amount) = owedTo(member, day);
        if (amount == 0) revert DeferredCredits_NothingToCollect(member, day);

        _parts[member][day].collected += amount.toUint128();
        _collected += amount;
        emit DeferredCollected(member, day, amount);
    }

    // Views

    /// @inheritdoc IDeferredCredits
    function owedTo(uint32 member, uint32 day) public view returns (uint256 owed, uint256 paid) {
        DayStretch memory stretch = _stretches[day];
        MemberPart memory part = _parts[member][day];
        if (part.owed == 0) return (0, 0);
        uint256 paidOfDay = Math.min(Math.saturatingSub(_paid, stretch.start), stretch.owed);
        return (part.owed - part.collected, (part.owed * paidOfDay) / stretch.owed - part.collected);
    }

    /// @inheritdoc IDeferredCredits
    function totals() external view returns (uint256 owed, uint256 paid, uint256 collected) {
        return (_owed, _paid, _collected);
    }
}
