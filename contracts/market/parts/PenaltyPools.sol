// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IBilateralMarket} from "../../../interfaces/market/IBilateralMarket.sol";
import {AccountWord} from "../types/Accounts.sol";
import {AgreementStates} from "../types/AgreementStates.sol";
import {AgreementWord} from "../types/Agreements.sol";
import {CreditWord} from "../types/Credits.sol";
import {DayBook, DayWord, Days} from "../types/Days.sol";
import {MarginAccounts} from "./MarginAccounts.sol";

/// @title Market days, their close, and the shares in the penalties of a day
/// @notice Xiong et al. 2023, Eq. (34), corrected, see docs/PAPERS.md. Every entry raises the rate of its day for
/// everybody and notes it for those who may not share in it, so neither entry nor claim looks at other members.
abstract contract PenaltyPools is MarginAccounts, IBilateralMarket {
    using AgreementStates for mapping(uint256 => uint256);
    using Days for DayBook;
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

    mapping(uint32 day => DayWord) internal _days;
    mapping(uint32 day => PenaltyPool) internal _pools;
    mapping(uint256 dayAndIndex => AgreementWord) internal _agreements;
    mapping(uint32 day => mapping(uint256 bucket => uint256)) internal _states;
    mapping(uint32 member => CreditWord) internal _credits;
    mapping(uint32 member => Exclusion) internal _exclusions;
    mapping(uint32 group => mapping(uint32 day => GroupDay)) internal _groupDays;

    // Close of a day

    /// @inheritdoc IBilateralMarket
    function close(uint32 day, uint32[] calldata defaulted) external {
        if (defaulted.length > BATCH_CAP) revert BilateralMarket_BatchSize(defaulted.length, BATCH_CAP);
        if (day != openDay) revert BilateralMarket_NotOpenDay(day, openDay);
        DayBook memory dayBook = dayOf(day);
        if (dayBook.agreements == 0 || dayBook.open != 0) revert BilateralMarket_AgreementsOpen(day, dayBook.open);

        PenaltyPool memory pool = poolOf(day);
        for (uint256 i; i < defaulted.length; ++i) _poolPenalty(day, defaulted[i], dayBook, pool);
        if (dayBook.defaults == 0) {
            pool.contractedWh = dayBook.contractedWh;
            pool.closedAt = uint40(block.timestamp);
            openDay = day + 1;
            emit DayClosed(day, dayBook.weights, pool.rate);
        }
        _pools[day] = pool;
        _saveDay(day, dayBook);
    }

    function _poolPenalty(uint32 day, uint32 index, DayBook memory dayBook, PenaltyPool memory pool) private {
        if (_states[day].get(index) != AgreementStates.WAITING) return;
        AgreementWord agreement = _agreements[_key(day, index)];
        CreditWord seller = _credits[agreement.seller()];
        CreditWord buyer = _credits[agreement.buyer()];
        bool oneParty = seller.group() != 0 && seller.group() == buyer.group();
        uint256 rest = dayBook.weights - _partyWeight(seller, dayBook);
        if (!oneParty) rest -= _partyWeight(buyer, dayBook);
        uint256 rate = rest < LEAST_WEIGHTS ? 0 : (uint256(agreement.penalty()) << RATE_BITS) / rest;

        _states[day].raise(index, AgreementStates.POOLED);
        --dayBook.defaults;
        if (rate == 0) {
            _addReserve(agreement.penalty());
        } else {
            pool.rate += rate.toUint136();
            _exclude(agreement.seller(), seller, rate);
            if (!oneParty) _exclude(agreement.buyer(), buyer, rate);
        }
        emit PenaltyPooled(_key(day, index), agreement.penalty(), rate);
    }

    /// @dev The weight of a party of an agreement: a member, or all sharers of its owner group.
    function _partyWeight(CreditWord credit, DayBook memory dayBook) private view returns (uint256) {
        if (credit.group() != 0) return _groupDays[credit.group()][credit.day()].weights;
        return credit.weightAfter(dayBook.contractedWh);
    }

    function _exclude(uint32 member, CreditWord credit, uint256 rate) private {
        uint32 day = credit.day();
        if (credit.group() != 0) {
            _groupDays[credit.group()][day].excludedRate += uint136(rate);
            return;
        }
        Exclusion memory exclusion = _exclusions[member];
        if (exclusion.day == day) rate += exclusion.rate;
        _exclusions[member] = Exclusion({rate: uint136(rate), day: day});
    }

    /// @dev Days without agreements close by themselves: nobody can agree on them any more.
    function _skipEmptyDays(uint32 day) internal {
        uint32 open = openDay;
        while (open < day && _days[open].agreements() == 0) ++open;
        if (open != day) revert BilateralMarket_NotOpenDay(day, open);
        openDay = open;
    }

    // Shares

    /// @inheritdoc IBilateralMarket
    function claim(uint32 member) external {
        CreditWord credit = _credits[member];
        AccountWord account = _accounts[member];
        uint256 shares = _sharesOf(member, credit, account, poolOf(credit.day()));
        if (shares == 0) revert BilateralMarket_NothingToClaim(member);

        _accounts[member] = _credited(account.withClaimedDay(credit.day()), member, shares);
        emit SharesClaimed(member, credit.day(), shares);
    }

    /// @dev A member's shares in the last day on which it settled, rounded down; none while that day is open or once
    /// they were claimed.
    function _sharesOf(
        uint32 member,
        CreditWord credit,
        AccountWord account,
        PenaltyPool memory pool
    ) internal view returns (uint256) {
        unchecked {
            uint256 rate = pool.rate;
            uint32 day = credit.day();
            if (rate == 0 || pool.closedAt == 0 || account.claimedDay() == day) return 0;
            if (credit.group() != 0) {
                rate -= _groupDays[credit.group()][day].excludedRate;
            } else {
                Exclusion storage exclusion = _exclusions[member];
                if (exclusion.day == day) rate -= exclusion.rate;
            }
            return (credit.weightAfter(pool.contractedWh) * rate) >> RATE_BITS;
        }
    }

    function _saveDay(uint32 day, DayBook memory dayBook) internal {
        _days[day] = dayBook.pack();
    }

    /// @dev Where an agreement of a day is kept.
    function _key(uint32 day, uint256 index) internal pure returns (uint256) {
        return (uint256(day) << 32) | index;
    }

    // Views

    /// @inheritdoc IBilateralMarket
    function claimableOf(uint32 member) external view returns (uint256 amount) {
        CreditWord credit = _credits[member];
        return _sharesOf(member, credit, _accounts[member], poolOf(credit.day()));
    }

    /// @inheritdoc IBilateralMarket
    function stateOf(uint32 day, uint32 index) external view returns (bool settled, bool penaltyWaits) {
        uint256 state = _states[day].get(index);
        return (state != AgreementStates.OPEN, state == AgreementStates.WAITING);
    }

    /// @inheritdoc IBilateralMarket
    function agreementWordOf(uint32 day, uint32 index) external view returns (AgreementWord) {
        return _agreements[_key(day, index)];
    }

    /// @inheritdoc IBilateralMarket
    function dayOf(uint32 day) public view returns (DayBook memory) {
        return _days[day].unpack();
    }

    /// @inheritdoc IBilateralMarket
    function poolOf(uint32 day) public view returns (PenaltyPool memory) {
        return _pools[day];
    }

    /// @inheritdoc IBilateralMarket
    function creditWordOf(uint32 member) external view returns (CreditWord) {
        return _credits[member];
    }
}
