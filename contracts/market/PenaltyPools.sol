// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IBilateralMarket} from "../../interfaces/IBilateralMarket.sol";
import {AgreementStates} from "../libraries/AgreementStates.sol";
import {CreditMath} from "../libraries/CreditMath.sol";
import {MarginAccounts} from "./MarginAccounts.sol";

/// @title Market days, their close, and the shares in the penalties of a day
/// @notice Xiong et al. 2023, Eq. (34), corrected, see docs/PAPERS.md. Every entry raises the rate of its day for everybody
/// and notes it for those who may not share in it, so neither entry nor claim looks at other members.
abstract contract PenaltyPools is MarginAccounts, IBilateralMarket {
    using AgreementStates for AgreementStates.Map;
    using CreditMath for Credit;
    using SafeCast for uint256;

    /// @dev Serves the last day on which the member settled: before it settles again, that day is harvested.
    struct Exclusion {
        uint136 rate; // [point-wei / wad * 2^80]
        uint32 day;
    }

    struct GroupDay {
        uint96 weights; // of its sharers, as they stand [wad]
        uint136 excludedRate; // [point-wei / wad * 2^80]
    }

    uint256 internal constant BATCH_CAP = 128;
    uint256 private constant LEAST_WEIGHTS = 1e15; // among which a penalty is shared: 0.1 point [wad]
    uint256 private constant RATE_BITS = 80;

    mapping(uint32 day => DayBook) internal _days;
    mapping(uint32 day => uint64) internal _closedAt; // [s]
    mapping(uint32 day => PenaltyPool) internal _pools;
    mapping(uint32 day => mapping(uint32 index => Agreement)) internal _agreements;
    AgreementStates.Map internal _states;
    mapping(uint32 member => Credit) internal _credits;
    mapping(uint32 member => Exclusion) internal _exclusions;
    mapping(uint32 group => mapping(uint32 day => GroupDay)) internal _groupDays;

    // Close of a day

    /// @inheritdoc IBilateralMarket
    function close(uint32 day, uint32[] calldata defaulted) external {
        if (defaulted.length > BATCH_CAP) revert BilateralMarket_BatchSize(defaulted.length, BATCH_CAP);
        if (day != openDay) revert BilateralMarket_NotOpenDay(day, openDay);
        DayBook memory dayBook = dayOf(day);
        if (dayBook.agreements == 0 || dayBook.open != 0) revert BilateralMarket_AgreementsOpen(day, dayBook.open);

        if (dayBook.defaults != 0) {
            PenaltyPool memory pool = poolOf(day);
            pool.sharers = dayBook.sharers;
            for (uint256 i; i < defaulted.length; ++i) _poolPenalty(day, defaulted[i], dayBook, pool);
            _savePool(day, pool);
            _days[day].defaults = dayBook.defaults;
        }
        if (dayBook.defaults != 0) return;
        openDay = day + 1;
        _closedAt[day] = uint64(block.timestamp);
        emit DayClosed(day, dayBook.weights, _pools[day].rate);
    }

    function _poolPenalty(uint32 day, uint32 index, DayBook memory dayBook, PenaltyPool memory pool) private {
        if (_states.get(day, index) != AgreementStates.WAITING) return;
        Agreement memory agreement = agreementOf(day, index);
        Credit memory seller = creditOf(agreement.seller);
        Credit memory buyer = creditOf(agreement.buyer);
        bool oneParty = seller.group != 0 && seller.group == buyer.group;
        uint256 rest = dayBook.weights - _partyWeight(seller, dayBook);
        if (!oneParty) rest -= _partyWeight(buyer, dayBook);

        _states.raise(day, index, AgreementStates.POOLED);
        --dayBook.defaults;
        uint256 rate;
        if (rest < LEAST_WEIGHTS) {
            _addReserve(agreement.penalty);
        } else {
            rate = (uint256(agreement.penalty) << RATE_BITS) / rest;
            pool.rate += rate.toUint136();
            pool.unclaimed += agreement.penalty;
            _exclude(agreement.seller, seller, rate);
            if (!oneParty) _exclude(agreement.buyer, buyer, rate);
        }
        emit PenaltyPooled(day, index, agreement.penalty, rate);
    }

    /// @dev The weight of a party of an agreement: a member, or all sharers of its owner group.
    function _partyWeight(Credit memory credit, DayBook memory dayBook) private view returns (uint256) {
        if (credit.group != 0) return _groupDays[credit.group][credit.day].weights;
        return credit.weightAfter(dayBook.contractedWh);
    }

    function _exclude(uint32 member, Credit memory credit, uint256 rate) private {
        if (credit.group != 0) {
            _groupDays[credit.group][credit.day].excludedRate += uint136(rate);
            return;
        }
        Exclusion memory exclusion = _exclusions[member];
        if (exclusion.day == credit.day) rate += exclusion.rate;
        _exclusions[member] = Exclusion({rate: uint136(rate), day: credit.day});
    }

    /// @dev Days without agreements close by themselves: nobody can agree on them any more.
    function _skipEmptyDays(uint32 day) internal {
        uint32 open = openDay;
        while (open < day && _days[open].agreements == 0) ++open;
        if (open != day) revert BilateralMarket_NotOpenDay(day, open);
        openDay = open;
    }

    // Shares

    /// @inheritdoc IBilateralMarket
    function claim(uint32 member) external {
        Credit memory credit = creditOf(member);
        if (credit.day >= openDay) revert BilateralMarket_NothingToClaim(member);
        uint256 shares = _harvest(member, credit, credit.weightAfter(_days[credit.day].contractedWh));
        if (shares == 0) revert BilateralMarket_NothingToClaim(member);

        _accounts[member].claimedDay = uint24(credit.day);
        _credit(member, shares);
    }

    /// @dev Takes a member's shares of the closed day on which it settled last out of the pool. The caller sees to it that
    /// this happens once.
    function _harvest(uint32 member, Credit memory credit, uint256 weight) internal returns (uint256 shares) {
        PenaltyPool memory pool = poolOf(credit.day);
        if (pool.rate == 0 || _accounts[member].claimedDay == credit.day) return 0;
        shares = _sharesRoundedDown(member, credit, weight, pool.rate);

        pool.unclaimed -= uint96(shares);
        if (--pool.sharers == 0) {
            if (pool.unclaimed != 0) _addReserve(pool.unclaimed);
            pool.unclaimed = 0;
        }
        _savePool(credit.day, pool);
        emit SharesHarvested(member, credit.day, shares);
    }

    function _sharesRoundedDown(
        uint32 member,
        Credit memory credit,
        uint256 weight,
        uint256 rate
    ) private view returns (uint256) {
        if (credit.group != 0) rate -= _groupDays[credit.group][credit.day].excludedRate;
        else if (_exclusions[member].day == credit.day) rate -= _exclusions[member].rate;
        return (weight * rate) >> RATE_BITS;
    }

    function _savePool(uint32 day, PenaltyPool memory pool) private {
        _pools[day] = pool;
    }

    // Views

    /// @inheritdoc IBilateralMarket
    function weightOf(uint32 member) public view returns (uint256 weight) {
        Credit memory credit = creditOf(member);
        if (credit.day == 0 && !credit.known) return CreditMath.NEWCOMER;
        return credit.weightAfter(_days[credit.day].contractedWh);
    }

    /// @inheritdoc IBilateralMarket
    function claimableOf(uint32 member) external view returns (uint256 amount) {
        Credit memory credit = creditOf(member);
        if (credit.day >= openDay || _accounts[member].claimedDay == credit.day) return 0;
        return _sharesRoundedDown(member, credit, weightOf(member), _pools[credit.day].rate);
    }

    /// @inheritdoc IBilateralMarket
    function stateOf(uint32 day, uint32 index) external view returns (bool settled, bool penaltyWaits) {
        uint256 state = _states.get(day, index);
        return (state != AgreementStates.OPEN, state == AgreementStates.WAITING);
    }

    /// @inheritdoc IBilateralMarket
    function agreementOf(uint32 day, uint32 index) public view returns (Agreement memory) {
        return _agreements[day][index];
    }

    /// @inheritdoc IBilateralMarket
    function dayOf(uint32 day) public view returns (DayBook memory) {
        return _days[day];
    }

    /// @inheritdoc IBilateralMarket
    function poolOf(uint32 day) public view returns (PenaltyPool memory) {
        return _pools[day];
    }

    /// @inheritdoc IBilateralMarket
    function creditOf(uint32 member) public view returns (Credit memory) {
        return _credits[member];
    }
}
