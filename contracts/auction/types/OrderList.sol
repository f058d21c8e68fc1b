// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Packed} from "../lib/Packed.sol";

/// @title The orders of an auction hour in packed bytes
/// @notice 16 bytes an order: side and node (8 bits, the highest is 1 for a load), limit price in ticks (int24),
/// intensity (uint16), minimum and maximum (uint40 each). The formats and the bounds of every number are those of
/// docs/AUCTION.md; no sum of products of them reaches 2^240, so that the arithmetic is unchecked.
library OrderList {
    using Packed for bytes;

    uint256 internal constant RECORD = 16; // [bytes]
    uint256 internal constant POWER = 5; // [bytes]
    int256 internal constant TICK = 1e14; // [point-wei/kWh]
    int256 internal constant PER_INTENSITY = 3e10; // [point-wei/kWh per gCO2e/kWh]
    int256 internal constant PER_INDEX = 1e6; // [point-wei/kWh]
    uint256 private constant RECORD_SHIFT = 128;
    uint256 private constant POWER_SHIFT = 216;
    uint256 private constant MINIMUM_OFFSET = 40;
    uint256 private constant INTENSITY_OFFSET = 80;
    uint256 private constant TICKS_OFFSET = 96;
    uint256 private constant NODE_OFFSET = 120;
    uint256 private constant NODE = 0x7f;
    uint256 private constant LOAD = 1 << 127;

    /// @notice A row of numbers has one for each order.
    error OrderList_RowLength(uint256 length, uint256 expected);

    /// @dev An order out of its parts; a load's intensity is 0.
    function pack(
        bool load,
        uint8 node_,
        int24 ticks_,
        uint16 intensity_, // [gCO2e/kWh]
        uint40 minimum_, // [W]
        uint40 maximum_ // [W]
    ) internal pure returns (bytes16) {
        uint256 record = (uint256(node_) << NODE_OFFSET) | (uint256(uint24(ticks_)) << TICKS_OFFSET);
        record |= (uint256(intensity_) << INTENSITY_OFFSET) | (uint256(minimum_) << MINIMUM_OFFSET) | maximum_;
        if (load) record |= LOAD;
        return bytes16(uint128(record));
    }

    /// @dev How many orders a row has.
    function count(bytes calldata orders) internal pure returns (uint256) {
        return orders.length / RECORD;
    }

    /// @dev The order at a position.
    function at(bytes calldata orders, uint256 position) internal pure returns (uint256) {
        unchecked {
            return orders.word(position * RECORD) >> RECORD_SHIFT;
        }
    }

    /// @dev The power [W] at a position of a dispatch.
    function powerAt(bytes calldata dispatch, uint256 position) internal pure returns (uint256) {
        unchecked {
            return dispatch.word(position * POWER) >> POWER_SHIFT;
        }
    }

    /// @dev A dispatch has 5 bytes for each order.
    function checkDispatch(bytes calldata orders, bytes calldata dispatch) internal pure {
        uint256 expected = count(orders) * POWER;
        if (dispatch.length != expected) revert OrderList_RowLength(dispatch.length, expected);
    }

    function isLoad(uint256 order) internal pure returns (bool) {
        return order & LOAD != 0;
    }

    function node(uint256 order) internal pure returns (uint256) {
        return (order >> NODE_OFFSET) & NODE;
    }

    /// @dev The limit price.
    function ticks(uint256 order) internal pure returns (int256) {
        return int24(uint24(order >> TICKS_OFFSET));
    }

    /// @dev [gCO2e/kWh]
    function intensity(uint256 order) internal pure returns (uint256) {
        return uint16(order >> INTENSITY_OFFSET);
    }

    /// @dev [W]
    function minimum(uint256 order) internal pure returns (uint256) {
        return uint40(order >> MINIMUM_OFFSET);
    }

    /// @dev [W]
    function maximum(uint256 order) internal pure returns (uint256) {
        return uint40(order);
    }

    /// @dev The same order at another price.
    function withTicks(uint256 order, int256 newTicks) internal pure returns (bytes16) {
        uint256 others = order & ~(uint256(type(uint24).max) << TICKS_OFFSET);
        return bytes16(uint128(others | (uint256(uint24(int24(newTicks))) << TICKS_OFFSET)));
    }

    /// @dev The price that counts in the objective [point-wei/kWh]. Below the tick it carries the tie-break: lower
    /// intensity, then earlier position.
    function objectivePrice(uint256 order, uint256 position) internal pure returns (int256) {
        unchecked {
            int256 limit = ticks(order) * TICK;
            int256 index = int256(position + 1) * PER_INDEX;
            return isLoad(order) ? limit - index : limit + int256(intensity(order)) * PER_INTENSITY + index;
        }
    }
}
