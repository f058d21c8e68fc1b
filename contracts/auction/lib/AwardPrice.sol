// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {GridLimits} from "../types/GridLimits.sol";
import {OrderList} from "../types/OrderList.sol";

/// @title What an award is settled at, what an order locks for it, and the root of an hour's awards
/// @notice Ticks of 1e14 point-wei/kWh and whole Wh: one tick x Wh is 1e11 point-wei, and every amount is exact.
library AwardPrice {
    using OrderList for uint256;

    int256 internal constant TICK_PER_WH = 1e11; // [point-wei/Wh]
    int256 private constant SCALED_TICK = OrderList.TICK * GridLimits.SCALE; // [1e-9 point-wei/kWh]

    /// @notice Prices of a market lie between these.
    struct Limits {
        int24 floor; // at most 0 [ticks]
        int24 ceiling; // at least 0 [ticks]
    }

    /// @dev The price [ticks] of an adjusted order with power [W] at the nodal price [1e-9 point-wei/kWh]. Without
    /// congestion it is the nearest tick for all (which takes the tie-break away), with congestion the tick below for
    /// generators and the tick above for loads. Who is above its minimum never gets less or pays more than its limit
    /// price; who is at its minimum takes the price as it is.
    function paid(
        uint256 order,
        uint256 power,
        int256 nodal,
        bool congested,
        Limits memory limits
    ) internal pure returns (int256 ticks) {
        bool load = order.isLoad();
        if (!congested) ticks = _floorDiv(2 * nodal + SCALED_TICK, 2 * SCALED_TICK);
        else ticks = load ? -_floorDiv(-nodal, SCALED_TICK) : _floorDiv(nodal, SCALED_TICK);

        if (power > order.minimum()) {
            int256 limit = order.ticks();
            if (load ? ticks > limit : ticks < limit) ticks = limit;
        }
        if (ticks < limits.floor) ticks = limits.floor;
        if (ticks > limits.ceiling) ticks = limits.ceiling;
    }

    function _floorDiv(int256 numerator, int256 divisor) private pure returns (int256 quotient) {
        quotient = numerator / divisor;
        if (numerator % divisor < 0) --quotient;
    }

    /// @dev The most that an order can be asked to pay, ladder included [ticks x Wh].
    function mostPayable(uint256 order, Limits memory limits) internal pure returns (uint256) {
        int256 ticks = order.ticks();
        int256 most = int256(order.maximum());
        int256 least = int256(order.minimum());
        int256 atWill = (order.isLoad() ? ticks : -ticks) * most;
        int256 forced = order.isLoad()
            ? (limits.ceiling + (ticks > 0 ? ticks : int256(0))) * least
            : (int256(limits.ceiling) - ticks - limits.floor) * least;
        return uint256(_larger(0, _larger(atWill, forced)));
    }

    function _larger(int256 a, int256 b) private pure returns (int256) {
        return a > b ? a : b;
    }

    /// @dev The leaf of an award, hashed twice so that it can never be taken for an inner node.
    function leaf(
        uint32 hour,
        uint256 position,
        uint32 unit,
        uint256 energy, // [Wh]
        int256 ticks, // price
        uint256 adder // [ticks]
    ) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(hour, position, unit, energy, ticks, adder))));
    }

    /// @dev The Merkle root of leaves, which it overwrites; a level of odd length hands its last one up unchanged.
    function rootOf(bytes32[] memory level) internal pure returns (bytes32) {
        for (uint256 count = level.length; count > 1; count = Math.ceilDiv(count, 2)) {
            for (uint256 i; i < count; i += 2) {
                level[i / 2] = i + 1 < count ? Hashes.commutativeKeccak256(level[i], level[i + 1]) : level[i];
            }
        }
        return level[0];
    }
}
