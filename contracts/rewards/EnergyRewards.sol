// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAgreements} from "../../interfaces/market/IAgreements.sol";
import {IEnergyRewards} from "../../interfaces/rewards/IEnergyRewards.sol";
import {IGreenCertificate} from "../../interfaces/certificates/IGreenCertificate.sol";
import {IRewardPool} from "../../interfaces/rewards/IRewardPool.sol";
import {Agreement} from "../market/types/Agreements.sol";
import {AgreementDelivery} from "./parts/AgreementDelivery.sol";

/// @title Certificates of agreements, and rewards for clean energy sold, bought and used
contract EnergyRewards is AgreementDelivery {
    using SafeCast for uint256;

    uint256 public constant SETTLING = 3 days; // from final sheets to the close [s]
    uint256 private constant WAD = 1e18;
    uint256 private constant WH_PER_KWH = 1_000;

    IRewardPool public immutable pool;

    /// @inheritdoc IEnergyRewards
    uint256 public reserved; // [point-wei]
    mapping(uint32 day => Book) private _books;
    mapping(uint32 day => mapping(uint32 member => Earned)) private _earned;
    mapping(uint32 day => mapping(uint32 member => uint256)) private _paid; // [point-wei]

    constructor(
        IAgreements agreements_,
        IGreenCertificate certificates_,
        IRewardPool pool_
    ) AgreementDelivery(agreements_, certificates_) {
        pool = pool_;
    }

    // Entry

    /// @dev The first entry of a day fixes its rates and its cap, which is never 0 then.
    /// @inheritdoc AgreementDelivery
    function _enter(
        uint32 day,
        Agreement memory agreement,
        uint256 wh
    ) internal override returns (bool rewarded) {
        Book memory book = _books[day];
        if (wh == 0 || book.factor != 0) return false;
        if (book.memberCap == 0) {
            IRewardPool.Parameters memory parameters = pool.parameters();
            if (parameters.memberDayCap == 0) return false;
            book.soldRate = parameters.soldRate;
            book.boughtRate = parameters.boughtRate;
            book.usedRate = parameters.usedRate;
            book.memberCap = parameters.memberDayCap;
        }

        uint64 energy = wh.toUint64();
        uint64 unrelated = agreement.related ? 0 : energy;
        uint256 value = _earn(book, day, agreement.seller, Earned({sold: unrelated, bought: 0, used: 0}));
        if (agreement.bundled) {
            value += _earn(book, day, agreement.buyer, Earned({sold: 0, bought: unrelated, used: energy}));
        }
        book.sum += value.toUint128();
        _books[day] = book;
        return true;
    }

    /// @dev Returns by how much the member's reward of the day rises [point-wei].
    function _earn(
        Book memory book,
        uint32 day,
        uint32 member,
        Earned memory more
    ) private returns (uint256 value) {
        Earned memory old = _earned[day][member];
        Earned memory sum = Earned({
            sold: old.sold + more.sold,
            bought: old.bought + more.bought,
            used: old.used + more.used
        });
        _earned[day][member] = sum;
        return _capped(book, sum) - _capped(book, old);
    }

    // Close

    /// @inheritdoc IEnergyRewards
    function close(uint32 day) external {
        Book storage book = _books[day];
        uint256 from = closableFrom(day);
        if (book.sum == 0 || book.factor != 0 || block.timestamp < from) {
            revert EnergyRewards_CannotClose(day, from, block.timestamp);
        }
        uint256 available = Math.saturatingSub(pool.headroom(), reserved);
        uint256 sum = book.sum;
        uint256 factor = sum <= available ? WAD : (available * WAD) / sum;
        if (factor == 0) revert EnergyRewards_PoolEmpty(day);

        book.factor = factor.toUint64();
        reserved += (sum * factor) / WAD;
        emit RewardsClosed(day, sum, factor);
    }

    // Claim

    /// @inheritdoc IEnergyRewards
    function claim(uint32 member, uint32 day) external nonReentrant returns (uint256 granted) {
        Book memory book = _books[day];
        if (book.factor == 0) revert EnergyRewards_NotClosed(day);
        uint256[3] memory ends = _endsOf(book, _earned[day][member]);
        uint256 paid = _paid[day][member];
        uint256 headroom = pool.headroom();
        for (uint256 i; i < 3; ++i) {
            uint256 asked = Math.min(Math.saturatingSub(ends[i], paid + granted), headroom - granted);
            if (asked == 0) continue;
            IRewardPool.Cause cause = IRewardPool.Cause(uint256(IRewardPool.Cause.Sold) + i);
            uint256 part = pool.reward(member, asked, cause);
            granted += part;
            if (part < asked) break;
        }
        if (granted == 0) revert EnergyRewards_NothingToClaim(member, day);

        _paid[day][member] = paid + granted;
        reserved -= granted;
        emit RewardsClaimed(member, day, granted);
    }

    // Arithmetic

    /// @dev What a member's reward comes to, cause after cause, scaled and rounded down; the last is all of it.
    function _endsOf(Book memory book, Earned memory earned) private pure returns (uint256[3] memory ends) {
        ends[0] = uint256(earned.sold) * book.soldRate;
        ends[1] = ends[0] + uint256(earned.bought) * book.boughtRate;
        ends[2] = ends[1] + uint256(earned.used) * book.usedRate;
        for (uint256 i; i < 3; ++i) {
            ends[i] = (Math.min(ends[i] / WH_PER_KWH, book.memberCap) * book.factor) / WAD;
        }
    }

    /// @dev A member's reward before scaling [point-wei].
    function _capped(Book memory book, Earned memory earned) private pure returns (uint256) {
        uint256 value = uint256(earned.sold) *
            book.soldRate +
            uint256(earned.bought) *
            book.boughtRate +
            uint256(earned.used) *
            book.usedRate;
        return Math.min(value / WH_PER_KWH, book.memberCap);
    }

    // Views

    /// @inheritdoc IEnergyRewards
    function closableFrom(uint32 day) public view returns (uint256 time) {
        return sheets.finalFrom(day) + SETTLING;
    }

    /// @inheritdoc IEnergyRewards
    function earnedOf(uint32 member, uint32 day) external view returns (Earned memory) {
        return _earned[day][member];
    }

    /// @inheritdoc IEnergyRewards
    function bookOf(uint32 day) external view returns (Book memory) {
        return _books[day];
    }

    /// @inheritdoc IEnergyRewards
    function claimableOf(uint32 member, uint32 day) external view returns (uint256 amount) {
        return _endsOf(_books[day], _earned[day][member])[2] - _paid[day][member];
    }
}
