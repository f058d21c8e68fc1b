// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IDaySheets} from "../members/IDaySheets.sol";

/// @title Certificates of agreements, and rewards for clean energy sold, bought and used
/// @notice Once the sheets of a day are final, anybody hands the certificates of its bundled agreements to the buyers.
/// The certified energy earns rewards at the rates of the reward pool, every Wh once, which is marked:
///                unrelated parties     related parties
///   bundled      sold, bought, used    used
///   unbundled    sold                  nothing
/// Three days after the sheets are final the day is closed: when its rewards exceed what the pool can pay, all are
/// scaled by the same factor.
interface IEnergyRewards {
    /// @notice What a member earned on a day.
    struct Earned {
        uint64 sold; // [Wh]
        uint64 bought; // [Wh]
        uint64 used; // [Wh]
    }

    /// @notice Rewards of a market day; rates and cap are those of its first entry.
    struct Book {
        uint64 soldRate; // [point-wei/kWh]
        uint64 boughtRate; // [point-wei/kWh]
        uint64 usedRate; // [point-wei/kWh]
        uint64 factor; // all rewards are scaled by it; 0 until the day is closed [wad]
        uint128 memberCap; // [point-wei]
        uint128 sum; // of all members, before scaling [point-wei]
    }

    /// @notice There is no such agreement.
    error EnergyRewards_UnknownAgreement(uint32 day, uint32 index);
    /// @notice Only final, measured sheets count.
    error EnergyRewards_NotMeasured(uint32 member, uint32 day, IDaySheets.Status status, IDaySheets.Mark mark);
    /// @notice Certificates come from devices of the seller.
    error EnergyRewards_NotSellers(uint32 device, uint32 owner, uint32 seller);
    /// @notice An agreement without certificates is entered by its seller.
    error EnergyRewards_NotSeller(address seller, address caller);
    /// @notice The agreement has had its due, or nothing of this device is left for it.
    error EnergyRewards_NothingDue(uint32 day, uint32 index, uint32 device);
    /// @notice A day is closed once, three days after its sheets are final, when it has rewards.
    error EnergyRewards_CannotClose(uint32 day, uint256 from, uint256 time);
    /// @notice The pool can grant nothing at present.
    error EnergyRewards_PoolEmpty(uint32 day);
    /// @notice Rewards of a closed day are claimed.
    error EnergyRewards_NotClosed(uint32 day);
    /// @notice The member has nothing more to claim of this day, or the pool's caps leave nothing today.
    error EnergyRewards_NothingToClaim(uint32 member, uint32 day);

    /// @dev A day that is closed already earns nothing more; its certificates are still delivered.
    event AgreementDelivered(
        uint32 indexed day,
        uint32 indexed index,
        uint32 indexed device,
        uint32 seller,
        uint32 buyer,
        uint256[3] wh, // 24 x uint32 [Wh]
        uint256[3] counted, // thereof not in another agreement's rewards already, 24 x uint32 [Wh]
        bool rewarded
    );
    event RewardsClosed(uint32 indexed day, uint256 sum, uint256 factor); // [point-wei], [wad]
    event RewardsClaimed(uint32 indexed member, uint32 indexed day, uint256 granted); // [point-wei]

    /// @notice Delivers the certificates of an agreement from a device of the seller and enters the rewards. Anybody
    /// may call, for as many devices as it takes; without certificates the seller.
    function deliver(uint32 day, uint32 index, uint32 device) external;

    /// @notice Closes the rewards of a day. Anybody may call.
    function close(uint32 day) external;

    /// @notice Pays a member's rewards of a closed day into the pool's credit, as far as the pool's caps and points of
    /// today allow; the rest can be claimed another day. Anybody may call.
    function claim(uint32 member, uint32 day) external returns (uint256 granted); // [point-wei]

    /// @notice What was delivered and taken under an agreement by the final sheets, in the agreed shares, 24 x uint32
    /// [Wh].
    function matchedOf(uint32 day, uint32 index) external view returns (uint256[3] memory wh);

    /// @notice What has been delivered of an agreement, 24 x uint32 [Wh].
    function deliveredOf(uint32 day, uint32 index) external view returns (uint256[3] memory wh);

    /// @notice Which of a device's certified energy has been counted, 24 x uint32 [Wh].
    function markedOf(uint32 device, uint32 day) external view returns (uint256[3] memory wh);

    /// @notice What a member earned on a day.
    function earnedOf(uint32 member, uint32 day) external view returns (Earned memory);

    /// @notice The rewards of a day.
    function bookOf(uint32 day) external view returns (Book memory);

    /// @notice What a member can still claim of a closed day, the pool's caps aside [point-wei].
    function claimableOf(uint32 member, uint32 day) external view returns (uint256 amount);

    /// @notice Rewards of closed days that nobody has claimed [point-wei].
    function reserved() external view returns (uint256 amount);

    /// @notice The time from which a day can be closed: three days after its sheets are final [s].
    function closableFrom(uint32 day) external view returns (uint256 time);
}
