// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {OrderList} from "../types/OrderList.sol";
import {Packed} from "./Packed.sol";

/// @title Ladder carbon price and the quotes that it adjusts
/// @notice Luo et al. 2022, Eqs. (7)-(8), corrected, see docs/PAPERS.md. `Paper` takes the emission allocated to an
/// order as it is and adds nothing to an order without power; `Repaired` counts negative allocations as 0 and divides
/// by the maximum where there is no power. Costs stay multiplied by the number of orders of their side, so that the
/// average is never divided.
library LadderPrice {
    using OrderList for bytes;
    using OrderList for uint256;
    using Packed for bytes;

    uint256 internal constant ALLOCATION = 6; // [bytes]
    uint256 private constant IDLE = 1; // up to here an order has no power [W]

    enum Rule {
        Paper,
        Repaired
    }

    /// @notice Parameters of the ladder.
    struct Ladder {
        Rule rule;
        uint64 lower; // r1, up to the average [point-wei/gCO2e]
        uint64 upper; // r2, above it [point-wei/gCO2e]
        int24 ceiling; // of adjusted prices [ticks]
    }

    /// @dev One side of the market.
    struct Side {
        int256 size; // orders
        int256 sum; // of their bases [gCO2e]
        int256 lowest; // base [gCO2e]
    }

    /// @dev The orders at their adjusted prices. A load's price does not fall below 0.
    function adjust(
        Ladder memory ladder,
        bytes calldata orders,
        bytes calldata dispatch, // of the first clearing
        bytes calldata allocations
    ) internal pure returns (bytes memory adjusted) {
        Side[2] memory sides = _sides(ladder.rule, orders, allocations);
        for (uint256 i; i < orders.count(); ++i) {
            bytes16 order = _adjust(ladder, sides, orders.at(i), dispatch.powerAt(i), allocationAt(allocations, i));
            adjusted = bytes.concat(adjusted, order);
        }
    }

    function _adjust(
        Ladder memory ladder,
        Side[2] memory sides,
        uint256 order,
        uint256 power,
        int256 allocation
    ) private pure returns (bytes16) {
        int256 adder = _adderOf(ladder, sides, order, power, allocation);
        return order.withTicks(_adjustedTicks(order, adder, ladder.ceiling));
    }

    function _adderOf(
        Ladder memory ladder,
        Side[2] memory sides,
        uint256 order,
        uint256 power,
        int256 allocation
    ) private pure returns (int256) {
        if (power <= IDLE) {
            if (ladder.rule == Rule.Paper) return 0;
            power = order.maximum();
        }
        Side memory side = sides[order.isLoad() ? 1 : 0];
        return _adder(_cost(ladder, side, _base(ladder.rule, allocation)), side.size, power);
    }

    function _sides(
        Rule rule,
        bytes calldata orders,
        bytes calldata allocations
    ) private pure returns (Side[2] memory sides) {
        uint256 size = orders.count();
        for (uint256 i; i < size; ++i) {
            Side memory side = sides[orders.at(i).isLoad() ? 1 : 0];
            int256 base = _base(rule, allocationAt(allocations, i));
            if (side.size == 0 || base < side.lowest) side.lowest = base;
            side.sum += base;
            ++side.size;
        }
    }

    function _base(Rule rule, int256 allocation) private pure returns (int256) {
        return rule == Rule.Repaired && allocation < 0 ? int256(0) : allocation;
    }

    /// @dev Eq. (7), times the number of orders of the side [point-wei].
    function _cost(Ladder memory ladder, Side memory side, int256 base) private pure returns (uint256) {
        int256 scaled = side.size * base;
        int256 start = side.size * side.lowest;
        int256 lower = int256(uint256(ladder.lower));
        if (scaled <= side.sum) return uint256(lower * (scaled - start));
        return uint256(lower * (side.sum - start) + int256(uint256(ladder.upper)) * (scaled - side.sum));
    }

    /// @dev Eq. (8) in ticks: the cost of an hour's energy per kWh, to the nearest tick, ties up.
    function _adder(uint256 scaledCost, int256 size, uint256 power) private pure returns (int256) {
        if (power == 0) return 0;
        uint256 divisor = uint256(size) * power * uint256(OrderList.TICK);
        uint256 ticks = (2000 * scaledCost + divisor) / (2 * divisor);
        return int256(Math.min(ticks, type(uint128).max));
    }

    function _adjustedTicks(uint256 order, int256 adder, int256 ceiling) private pure returns (int256 ticks) {
        ticks = order.ticks();
        if (!order.isLoad()) return ticks + adder < ceiling ? ticks + adder : ceiling;
        if (ticks > 0) ticks = adder < ticks ? ticks - adder : int256(0);
    }

    /// @dev The emission allocated to an order [gCO2e].
    function allocationAt(bytes calldata allocations, uint256 position) internal pure returns (int256) {
        unchecked {
            return int256(allocations.word(position * ALLOCATION)) >> 208;
        }
    }
}
