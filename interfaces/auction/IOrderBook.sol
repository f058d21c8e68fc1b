// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Orders of the auction hours, and how far each hour has come
/// @notice An hour is a unix hour of delivery. The gate of all hours of a market day closes at 11:00 local time of
/// the day before. Bytes are those of docs/AUCTION.md.
interface IOrderBook {
    /// @notice How far an hour has come.
    enum Phase {
        Open, // takes orders
        Closed, // its order list is fixed
        Cleared, // first clearing certified
        Adjusted, // quotes carry the ladder price
        Priced, // second clearing certified
        Awarded // paid
    }

    /// @notice An hour as it is stored.
    struct Hour {
        bytes32 ordersHash; // rolled over the orders while the hour is open, of their row from then on
        bytes32 networkHash; // pinned by the first order
        Phase phase;
        uint8 orderCount;
        uint8 nodeCount;
        uint64 nodeOrders; // orders of each node, 8 bits each, node 0 lowest
        uint48 emission; // of the first clearing [mgCO2e]
        uint40 pricesFinalAt; // until then better prices replace the posted ones [s]
        bytes32 dispatchHash; // of the first clearing
        bytes32 adjustedHash; // of the row of adjusted orders
        bytes32 resultHash; // of dispatch and prices of the second clearing
        bytes32 awardsRoot;
    }

    /// @notice What the coalition game of an hour that has cleared is played with.
    struct Game {
        bytes32 ordersHash;
        bytes32 networkHash;
        bytes32 dispatchHash; // of the first clearing
        uint48 emission; // of the first clearing [mgCO2e]
        uint8 orderCount;
        uint64 nodeOrders; // as in `Hour`
    }

    /// @notice Who placed an order and what it has locked: one word.
    struct Placement {
        address account;
        uint32 unit;
        uint64 locked; // [ticks x Wh = 1e11 point-wei]
    }

    /// @notice The hour takes orders from `opens` until `closes`.
    error OrderBook_GateClosed(uint32 hour, uint256 time, uint256 opens, uint256 closes);
    /// @notice A unit's orders are placed by its account.
    error OrderBook_NotOfUnit(uint32 unit, address caller);
    /// @notice A unit has one order an hour.
    error OrderBook_AlreadyOrdered(uint32 hour, uint32 unit);
    /// @notice The price lies outside the market's limits.
    error OrderBook_PriceOutOfLimits(int24 price, int24 floor, int24 ceiling);
    /// @notice The bounds are in order and neither is beyond what the unit may order; a retired unit may order
    /// nothing.
    error OrderBook_Bounds(uint40 minimum, uint40 maximum, uint32 unitMinimum, uint32 unitCapacity);
    /// @notice The unit's node is not of the hour's network.
    error OrderBook_UnknownNode(uint8 node, uint8 nodes);
    /// @notice The hour has as many orders as it can take, in all or at that node.
    error OrderBook_Full(uint256 orders, uint256 cap);
    /// @notice The hour is in another phase.
    error OrderBook_Phase(uint32 hour, Phase phase, Phase expected);
    /// @notice The step had to be done by `deadline`; the hour has expired.
    error OrderBook_Expired(uint32 hour, uint256 deadline);
    /// @notice The hour has not expired.
    error OrderBook_NotExpired(uint32 hour, uint256 deadline);
    /// @notice What is shown is not what was committed.
    error OrderBook_OtherHash(bytes32 shown, bytes32 committed);
    /// @notice There is no such order, or it has been settled.
    error OrderBook_NoOrder(uint32 hour, uint256 position);

    event OrderPlaced(
        uint32 indexed hour,
        uint256 indexed position,
        uint32 indexed unit,
        bytes16 record,
        uint256 locked // [point-wei]
    );
    event OrdersClosed(uint32 indexed hour, bytes32 ordersHash, bytes32 networkHash);
    event OrderExpired(uint32 indexed hour, uint256 indexed position, address account, uint256 released); // [point-wei]

    /// @notice Places a unit's order and locks the most that it can be asked to pay. It cannot be taken back.
    function placeOrder(
        uint32 hour,
        uint32 unit,
        int24 price, // [ticks]
        uint40 minimum, // [W]
        uint40 maximum // [W]
    ) external;

    /// @notice Fixes the list of orders after gate closure.
    function close(uint32 hour, bytes calldata orders) external;

    /// @notice Releases an order of an hour that has expired, for whoever placed it.
    function release(uint32 hour, uint256 position) external;

    /// @notice An hour as it is stored.
    function hourOf(uint32 hour) external view returns (Hour memory);

    /// @notice The game of an hour that waits for its allocations; reverts in other phases and after its deadline.
    function gameOf(uint32 hour) external view returns (Game memory);

    /// @notice An order's account, unit and lock.
    function placementOf(uint32 hour, uint256 position) external view returns (Placement memory);

    /// @notice When an hour's gate closes [s].
    function gateOf(uint32 hour) external view returns (uint256);

    /// @notice Until when an hour's next step has to be done [s].
    function deadlineOf(uint32 hour) external view returns (uint256);
}
