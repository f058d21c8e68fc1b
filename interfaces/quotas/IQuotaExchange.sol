// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Limit orders for allowances and offsets against points
/// @notice Members trade with points that they have deposited here. What an order offers is held until it is taken,
/// cancelled or over; every order ends by itself. A trade is made at the maker's price, in whole or in part. An asset
/// is the year of allowances, or 0 for offsets. No function runs over orders.
interface IQuotaExchange {
    struct Order {
        uint32 maker; // member
        uint16 asset;
        bool purchase; // the maker buys
        uint32 priceTicks; // [1e14 point-wei/tCO2e]
        uint64 left; // [gCO2e]
        uint40 expiry; // last time at which it can be taken [s]
    }

    /// @notice Orders and trades are of something.
    error QuotaExchange_ZeroAmount();
    /// @notice Prices are whole ticks, at least one and at most 2^32 - 1 of them.
    error QuotaExchange_BadPrice(uint256 price, uint256 tick);
    /// @notice An order ends in the future, `latest` at the latest.
    error QuotaExchange_BadExpiry(uint256 expiry, uint256 time, uint256 latest);
    /// @notice There is no such order, or no longer.
    error QuotaExchange_NoOrder(uint64 id);
    /// @notice The order can no longer be taken.
    error QuotaExchange_Expired(uint64 id, uint256 expiry, uint256 time);
    /// @notice The order has less left.
    error QuotaExchange_AboveOrder(uint64 id, uint256 left, uint256 amount);
    /// @notice The maker's price is worse than the taker's limit.
    error QuotaExchange_WorseThanLimit(uint64 id, uint256 price, uint256 limit);
    /// @notice Nobody trades with itself.
    error QuotaExchange_SelfTrade(uint64 id, uint32 member);
    /// @notice The maker of a purchase has settled the year of the allowances that it wanted.
    error QuotaExchange_YearSettled(uint64 id, uint32 maker, uint16 asset);
    /// @notice Before its end an order is cancelled by its maker only.
    error QuotaExchange_NotMaker(uint64 id, uint32 maker, address caller);
    /// @notice The member has fewer free points here.
    error QuotaExchange_AboveFree(uint32 member, uint256 free, uint256 amount);

    event Deposited(uint32 indexed member, address indexed payer, uint256 amount); // [point-wei]
    event OrderPlaced(
        uint64 indexed id,
        uint32 indexed maker,
        uint16 indexed asset,
        bool purchase, // the maker buys
        uint256 amount, // [gCO2e]
        uint256 price, // [point-wei/tCO2e]
        uint256 expiry // [s]
    );
    event OrderTaken(
        uint64 indexed id,
        uint32 indexed maker,
        uint32 indexed taker,
        uint256 amount, // [gCO2e]
        uint256 paid // by whoever buys [point-wei]
    );
    event OrderCancelled(uint64 indexed id, uint32 indexed maker, uint256 amount); // that was left [gCO2e]
    event Withdrawn(uint32 indexed member, address indexed account, uint256 amount); // [point-wei]

    /// @notice Credits a member with the caller's points by allowance.
    function deposit(uint32 member, uint256 amount) external; // [point-wei]

    /// @notice Places an order. A sale takes the asset into custody (this exchange is the seller's operator), a
    /// purchase reserves free points.
    /// @param price a multiple of 1e14 [point-wei/tCO2e]
    /// @param expiry last time at which it can be taken [s]; 0 = in 30 days
    /// @return id numbers count from 1
    function place(
        bool purchase,
        uint16 asset,
        uint64 amount, // [gCO2e]
        uint256 price,
        uint64 expiry
    ) external returns (uint64 id);

    /// @notice Takes an order or a part of it: of a sale with free points, of a purchase with what the caller's member
    /// has (this exchange is its operator).
    /// @param limit the most that the caller gives, the least that it takes [point-wei/tCO2e]
    /// @return paid by whoever buys [point-wei]
    function take(
        uint64 id,
        uint64 amount, // [gCO2e]
        uint256 limit
    ) external returns (uint256 paid);

    /// @notice Ends an order and gives back what is left of it: by its maker, or by anybody once it is over.
    function cancel(uint64 id) external;

    /// @notice Pays free points of the caller's member to the caller.
    function withdraw(uint256 amount) external; // [point-wei]

    /// @notice Stops deposits, new orders and trades; cancelling and withdrawing go on.
    function pause() external;

    /// @notice Lets them in again.
    function unpause() external;

    /// @notice An order; all zero when there is none, or no longer.
    function orderOf(uint64 id) external view returns (Order memory);

    /// @notice Number of orders placed so far, which is also the highest id.
    function orderCount() external view returns (uint64 count);

    /// @notice What a member may spend or withdraw, and what its purchases hold.
    function accountOf(uint32 member) external view returns (uint256 free, uint256 reserved); // [point-wei]

    /// @notice What an amount costs at a price; exact.
    function costOf(uint64 amount, uint256 price) external pure returns (uint256 points); // [point-wei]
}
