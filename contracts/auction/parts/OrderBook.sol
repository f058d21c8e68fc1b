// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IAuctionRegistry} from "../../../interfaces/auction/IAuctionRegistry.sol";
import {IOrderBook} from "../../../interfaces/auction/IOrderBook.sol";
import {AwardPrice} from "../lib/AwardPrice.sol";
import {MarketTime} from "../../libraries/MarketTime.sol";
import {OrderList} from "../types/OrderList.sol";
import {AuctionAccounts} from "./AuctionAccounts.sol";

/// @title Orders of the auction hours, and how far each hour has come
abstract contract OrderBook is AuctionAccounts, IOrderBook {
    using BitMaps for BitMaps.BitMap;
    using OrderList for bytes;
    using SafeCast for uint256;

    uint256 public constant ORDER_CAP = 40;
    /// @dev A region of n orders in a network of m nodes has 2^(m - 1 + n) coalitions: at most 2^13.
    uint256 public constant NODE_AND_ORDER_CAP = 14;
    uint256 public constant GATE_BEFORE_DAY = 13 hours;
    uint256 public constant ORDERS_OPEN_FOR = 24 hours;
    /// @dev After gate closure.
    uint256 public constant CLEARING_TIME = 30 minutes;
    uint256 public constant RESULT_TIME = 4 hours;

    IAuctionRegistry public immutable registry;
    int8 public immutable utcOffset; // [h]
    int24 public immutable priceFloor; // [ticks]
    int24 public immutable priceCeiling; // [ticks]

    mapping(uint32 hour => Hour) internal _hours;
    mapping(uint32 hour => mapping(uint256 position => Placement)) internal _placements;
    mapping(uint32 hour => BitMaps.BitMap units) private _ordered;

    constructor(IAuctionRegistry registry_, int8 utcOffset_, AwardPrice.Limits memory limits) {
        registry = registry_;
        utcOffset = MarketTime.checkedOffset(utcOffset_);
        if (limits.floor > 0 || limits.ceiling < 0) {
            revert OrderBook_PriceOutOfLimits(0, limits.floor, limits.ceiling);
        }
        priceFloor = limits.floor;
        priceCeiling = limits.ceiling;
    }

    // Orders

    /// @inheritdoc IOrderBook
    function placeOrder(
        uint32 hour,
        uint32 unit,
        int24 price,
        uint40 minimum,
        uint40 maximum
    ) external whenNotPaused {
        _checkOpen(hour);
        if (price < priceFloor || price > priceCeiling) {
            revert OrderBook_PriceOutOfLimits(price, priceFloor, priceCeiling);
        }
        IAuctionRegistry.Unit memory entry = registry.unitOf(unit);
        if (entry.account != _msgSender()) revert OrderBook_NotOfUnit(unit, _msgSender());
        if (entry.capacity == 0 || minimum > maximum || minimum > entry.minimum || maximum > entry.capacity) {
            revert OrderBook_Bounds(minimum, maximum, entry.minimum, entry.capacity);
        }
        if (_ordered[hour].get(unit)) revert OrderBook_AlreadyOrdered(hour, unit);

        _ordered[hour].set(unit);
        _append(hour, unit, entry, OrderList.pack(entry.load, entry.node, price, entry.intensity, minimum, maximum));
    }

    function _checkOpen(uint32 hour) private view {
        uint256 closes = gateOf(hour);
        uint256 opens = closes - ORDERS_OPEN_FOR;
        if (block.timestamp < opens || block.timestamp >= closes) {
            revert OrderBook_GateClosed(hour, block.timestamp, opens, closes);
        }
    }

    function _append(uint32 hour, uint32 unit, IAuctionRegistry.Unit memory entry, bytes16 record) private {
        Hour storage state = _hours[hour];
        uint256 position = state.orderCount;
        if (position == 0) _pinNetwork(state);
        _count(state, entry.node);
        uint256 locked = AwardPrice.mostPayable(uint128(record), _limits());
        uint256 amount = locked * uint256(AwardPrice.TICK_PER_WH);

        state.ordersHash = keccak256(abi.encodePacked(state.ordersHash, record));
        _placements[hour][position] = Placement({account: entry.account, unit: unit, locked: locked.toUint64()});
        _spend(entry.account, amount);
        emit OrderPlaced(hour, position, unit, record, amount);
    }

    /// @dev The network cannot change any more once somebody has ordered.
    function _pinNetwork(Hour storage state) private {
        (bytes32 networkHash, uint256 nodes) = registry.network();
        state.networkHash = networkHash;
        state.nodeCount = nodes.toUint8();
    }

    function _count(Hour storage state, uint8 node) private {
        if (node >= state.nodeCount) revert OrderBook_UnknownNode(node, state.nodeCount);
        if (state.orderCount == ORDER_CAP) revert OrderBook_Full(ORDER_CAP, ORDER_CAP);
        uint256 atNode = (state.nodeOrders >> (node * 8)) & 0xff;
        uint256 cap = NODE_AND_ORDER_CAP - state.nodeCount;
        if (atNode == cap) revert OrderBook_Full(atNode, cap);

        ++state.orderCount;
        state.nodeOrders += uint64(1) << (node * 8);
    }

    // Closing

    /// @inheritdoc IOrderBook
    function close(uint32 hour, bytes calldata orders) external {
        Hour storage state = _inPhase(hour, Phase.Open);
        if (block.timestamp < gateOf(hour)) {
            revert OrderBook_GateClosed(hour, block.timestamp, gateOf(hour), deadlineOf(hour));
        }
        uint256 size = state.orderCount;
        if (orders.length != size * OrderList.RECORD) {
            revert OrderList.OrderList_RowLength(orders.length, size * OrderList.RECORD);
        }
        bytes32 rolled;
        for (uint256 i; i < size; ++i) rolled = keccak256(abi.encodePacked(rolled, bytes16(uint128(orders.at(i)))));
        if (rolled != state.ordersHash) revert OrderBook_OtherHash(rolled, state.ordersHash);

        state.ordersHash = keccak256(orders);
        state.phase = Phase.Closed;
        emit OrdersClosed(hour, state.ordersHash, state.networkHash);
    }

    // Expiry

    /// @inheritdoc IOrderBook
    function release(uint32 hour, uint256 position) external {
        if (_hours[hour].phase == Phase.Awarded) revert OrderBook_NoOrder(hour, position);
        uint256 deadline = deadlineOf(hour);
        if (block.timestamp <= deadline) revert OrderBook_NotExpired(hour, deadline);

        (Placement memory placement, uint256 amount) = _unlock(hour, position);
        _credit(placement.account, amount);
        emit OrderExpired(hour, position, placement.account, amount);
    }

    /// @dev Takes an order out of the book; the caller books what it had locked [point-wei].
    function _unlock(uint32 hour, uint256 position) internal returns (Placement memory placement, uint256 amount) {
        placement = _placements[hour][position];
        if (placement.account == address(0)) revert OrderBook_NoOrder(hour, position);
        delete _placements[hour][position];
        amount = placement.locked * uint256(AwardPrice.TICK_PER_WH);
    }

    // Phases

    /// @dev The hour, if it is in that phase and has not expired.
    function _inPhase(uint32 hour, Phase expected) internal view returns (Hour storage state) {
        state = _hours[hour];
        if (state.phase != expected) revert OrderBook_Phase(hour, state.phase, expected);
        uint256 deadline = _deadline(hour, expected);
        if (block.timestamp > deadline) revert OrderBook_Expired(hour, deadline);
    }

    function _deadline(uint32 hour, Phase phase) private view returns (uint256) {
        if (phase == Phase.Awarded) return type(uint256).max;
        if (phase == Phase.Priced) return MarketTime.startOf(hour);
        return gateOf(hour) + (phase < Phase.Cleared ? CLEARING_TIME : RESULT_TIME);
    }

    function _checkHash(bytes32 shown, bytes32 committed) internal pure {
        if (shown != committed) revert OrderBook_OtherHash(shown, committed);
    }

    // Views

    /// @inheritdoc IOrderBook
    function hourOf(uint32 hour) external view returns (Hour memory) {
        return _hours[hour];
    }

    /// @inheritdoc IOrderBook
    function gameOf(uint32 hour) external view returns (Game memory) {
        Hour storage state = _inPhase(hour, Phase.Cleared);
        return
            Game({
                ordersHash: state.ordersHash,
                networkHash: state.networkHash,
                dispatchHash: state.dispatchHash,
                emission: state.emission,
                orderCount: state.orderCount,
                nodeOrders: state.nodeOrders
            });
    }

    /// @inheritdoc IOrderBook
    function placementOf(uint32 hour, uint256 position) external view returns (Placement memory) {
        return _placements[hour][position];
    }

    /// @inheritdoc IOrderBook
    function gateOf(uint32 hour) public view returns (uint256) {
        uint32 day = MarketTime.dayOf(hour, utcOffset);
        return MarketTime.startOf(MarketTime.firstHour(day, utcOffset)) - GATE_BEFORE_DAY;
    }

    /// @inheritdoc IOrderBook
    function deadlineOf(uint32 hour) public view returns (uint256) {
        return _deadline(hour, _hours[hour].phase);
    }

    function _limits() internal view returns (AwardPrice.Limits memory) {
        return AwardPrice.Limits({floor: priceFloor, ceiling: priceCeiling});
    }
}
