// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IRewardPool} from "../../../interfaces/rewards/IRewardPool.sol";

/// @title Credit of members in buckets by calendar month
/// @dev A core book without external calls. Credit is added in the month that runs, so buckets fill in order; every
/// touch drops the expired ones first, so at most 25 of a member lie between its oldest and its newest.
abstract contract RewardBuckets is IRewardPool {
    using SafeCast for uint256;

    struct Account {
        uint32 oldest; // month of the oldest bucket that may hold something
        uint32 newest; // month of the newest
        uint128 total; // of all buckets [point-wei]
    }

    uint256 public constant LIFETIME = 24; // full months after the one of the reward

    /// @inheritdoc IRewardPool
    uint256 public outstanding; // [point-wei]
    mapping(uint32 member => Account) private _accounts;
    mapping(uint32 member => mapping(uint256 month => uint256)) private _buckets; // [point-wei]

    function _add(uint32 member, uint256 month, uint256 amount) internal {
        _expire(member, month);
        Account memory account = _accounts[member];

        _buckets[member][month] += amount;
        outstanding += amount;
        _accounts[member] = Account({
            oldest: account.total == 0 ? month.toUint32() : account.oldest,
            newest: month.toUint32(),
            total: account.total + amount.toUint128()
        });
    }

    /// @dev Takes oldest credit first. The caller has checked that it is there.
    function _take(uint32 member, uint256 month, uint256 amount) internal {
        _expire(member, month);
        Account storage account = _accounts[member];
        account.total -= amount.toUint128();
        outstanding -= amount;

        uint256 bucket = account.oldest;
        uint256 left = amount;
        while (true) {
            uint256 taken = Math.min(left, _buckets[member][bucket]);
            if (taken != 0) _buckets[member][bucket] -= taken;
            left -= taken;
            if (left == 0) break;
            ++bucket;
        }
        account.oldest = uint32(bucket);
    }

    /// @dev Drops the buckets that are past their lifetime; their points are the pool's again.
    function _expire(uint32 member, uint256 month) internal returns (uint256 expired) {
        Account memory account = _accounts[member];
        if (account.total == 0 || !_isPast(account.oldest, month)) return 0;

        uint32 bucket = account.oldest;
        for (; bucket <= account.newest && _isPast(bucket, month); ++bucket) {
            uint256 amount = _buckets[member][bucket];
            if (amount == 0) continue;
            delete _buckets[member][bucket];
            expired += amount;
            emit CreditExpired(member, bucket, amount);
        }
        account.oldest = bucket;
        account.total -= expired.toUint128();
        _accounts[member] = account;
        outstanding -= expired;
    }

    /// @dev A member's credit that has not expired [point-wei].
    function _liveOf(uint32 member, uint256 month) internal view returns (uint256 live) {
        Account memory account = _accounts[member];
        live = account.total;
        for (uint256 b = account.oldest; live != 0 && b <= account.newest && _isPast(b, month); ++b) {
            live -= _buckets[member][b];
        }
    }

    function _isPast(uint256 bucket, uint256 month) private pure returns (bool) {
        return bucket + LIFETIME < month;
    }

    /// @inheritdoc IRewardPool
    function bucketOf(uint32 member, uint256 month) external view returns (uint256 credit) {
        return _buckets[member][month];
    }
}
