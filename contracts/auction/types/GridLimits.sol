// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Packed} from "../lib/Packed.sol";

/// @title Limited lines of a network in packed bytes: flows and nodal prices
/// @notice Node count and line count (one byte each), then per line its limit (uint40 [W]) and one coefficient per
/// node (int32, PTDF x 1e9): the flow that one watt injected at the node puts on the line. Prices are int96 each: the
/// energy price, then one of each line. No sum of products reaches 2^240, so that the arithmetic is unchecked.
library GridLimits {
    using Packed for bytes;

    int256 internal constant SCALE = 1e9; // of coefficients
    uint256 private constant HEAD = 2; // [bytes]
    uint256 private constant LIMIT = 5; // [bytes]
    uint256 private constant LIMIT_SHIFT = 216;
    uint256 private constant COEFFICIENT = 4; // [bytes]
    uint256 private constant COEFFICIENT_SHIFT = 224;
    uint256 private constant PRICE = 12; // [bytes]
    uint256 private constant PRICE_SHIFT = 160;

    /// @notice The bytes are not a network of that many nodes and lines.
    error GridLimits_NetworkLength(uint256 length, uint256 expected);
    /// @notice There is one energy price and one price of each line.
    error GridLimits_PricesLength(uint256 length, uint256 expected);

    /// @dev How many nodes and lines there are; the length is the one that they ask for.
    function size(bytes calldata network) internal pure returns (uint256 nodes, uint256 lines) {
        if (network.length < HEAD) revert GridLimits_NetworkLength(network.length, HEAD);
        nodes = uint8(network[0]);
        lines = uint8(network[1]);
        uint256 expected = HEAD + lines * (LIMIT + nodes * COEFFICIENT);
        if (network.length != expected) revert GridLimits_NetworkLength(network.length, expected);
    }

    /// @dev Generation less load of all nodes [W].
    function balance(int256[] memory injections) internal pure returns (int256 sum) {
        unchecked {
            uint256 nodes = injections.length;
            for (uint256 n; n < nodes; ++n) sum += injections[n];
        }
    }

    /// @dev A line's flow and its limit [1e-9 W] at injections of all nodes [W].
    function flow(
        bytes calldata network,
        uint256 line,
        int256[] memory injections
    ) internal pure returns (int256 flow_, int256 limit) {
        unchecked {
            uint256 nodes = injections.length;
            uint256 offset = _start(line, nodes);
            limit = int256(network.word(offset) >> LIMIT_SHIFT) * SCALE;
            offset += LIMIT;
            for (uint256 n; n < nodes; ++n) {
                flow_ += (int256(network.word(offset)) >> COEFFICIENT_SHIFT) * injections[n];
                offset += COEFFICIENT;
            }
        }
    }

    /// @dev The price of energy at each node [1e-9 point-wei/kWh], and how many lines have a price.
    function nodalPrices(
        bytes calldata network,
        bytes calldata prices
    ) internal pure returns (int256[] memory nodal, uint256 pricedLines) {
        nodal = _uniform(network, prices);
        unchecked {
            uint256 lines = uint8(network[1]);
            for (uint256 line; line < lines; ++line) {
                int256 price = linePrice(prices, line);
                if (price == 0) continue;
                ++pricedLines;
                uint256 offset = _start(line, nodal.length) + LIMIT;
                for (uint256 n; n < nodal.length; ++n) {
                    nodal[n] -= price * (int256(network.word(offset)) >> COEFFICIENT_SHIFT);
                    offset += COEFFICIENT;
                }
            }
        }
    }

    function _uniform(
        bytes calldata network,
        bytes calldata prices
    ) private pure returns (int256[] memory nodal) {
        (uint256 nodes, uint256 lines) = size(network);
        uint256 expected = (lines + 1) * PRICE;
        if (prices.length != expected) revert GridLimits_PricesLength(prices.length, expected);
        nodal = new int256[](nodes);
        unchecked {
            int256 price = energyPrice(prices) * SCALE;
            for (uint256 n; n < nodes; ++n) nodal[n] = price;
        }
    }

    function _start(uint256 line, uint256 nodes) private pure returns (uint256) {
        unchecked {
            return HEAD + line * (LIMIT + nodes * COEFFICIENT);
        }
    }

    /// @dev mu [point-wei/kWh].
    function energyPrice(bytes calldata prices) internal pure returns (int256) {
        return int256(prices.word(0)) >> PRICE_SHIFT;
    }

    /// @dev nu of a line: positive in its own direction, negative against it [point-wei/kWh].
    function linePrice(bytes calldata prices, uint256 line) internal pure returns (int256) {
        unchecked {
            return int256(prices.word((line + 1) * PRICE)) >> PRICE_SHIFT;
        }
    }
}
