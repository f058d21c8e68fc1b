// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {GridLimits} from "../types/GridLimits.sol";
import {OrderList} from "../types/OrderList.sol";

/// @title Who takes part in a coalition, and what its dispatch is worth
/// @notice Regions are the nodes that have orders. In the part of the table that belongs to region k, bit r of a
/// position says whether the r-th of its own orders takes part, the bits above whether the other regions do, as a
/// whole.
library CoalitionGame {
    using GridLimits for bytes;
    using OrderList for bytes;
    using OrderList for uint256;

    /// @notice A region's part of the game.
    struct Part {
        uint256 occupied; // nodes that have orders, by bit
        uint256 regions; // m: how many nodes have orders
        uint256 rank; // how many of them come before this one
        uint256 own; // n_k: orders of this one
    }

    /// @notice A dispatch, and what it is a dispatch of.
    struct Evidence {
        bytes orders;
        bytes network;
        bytes dispatch;
    }

    /// @notice What a dispatch is worth.
    struct Worth {
        bool feasible;
        int256 objective; // [W x point-wei/kWh]
        uint256 emission; // [mgCO2e]
    }

    /// @notice That node has no orders.
    error CoalitionGame_NoRegion(uint256 node);
    /// @notice A region's part has 2^(regions - 1 + own orders) positions.
    error CoalitionGame_Position(uint256 position, uint256 positions);

    /// @dev The part of the region at a node, out of the orders counted by node (8 bits each, node 0 lowest).
    function part(uint256 nodeOrders, uint256 node) internal pure returns (Part memory result) {
        result.own = (nodeOrders >> (node * 8)) & 0xff;
        if (node > 7 || result.own == 0) revert CoalitionGame_NoRegion(node);
        unchecked {
            for (uint256 n; nodeOrders != 0; ++n) {
                if (nodeOrders & 0xff != 0) {
                    result.occupied |= 1 << n;
                    ++result.regions;
                    if (n < node) ++result.rank;
                }
                nodeOrders >>= 8;
            }
        }
    }

    /// @dev How many positions a part has.
    function positions(Part memory self) internal pure returns (uint256) {
        return 1 << (self.regions - 1 + self.own);
    }

    /// @dev The orders that take part at a position, by bit; the position with all bits set is everybody.
    function members(
        Part memory self,
        bytes calldata orders,
        uint256 node,
        uint256 position
    ) internal pure returns (uint256 mask) {
        if (position >= positions(self)) revert CoalitionGame_Position(position, positions(self));
        uint256 others = _regionsTakingPart(self, position >> self.own);
        uint256 size = orders.count();
        unchecked {
            for (uint256 i; i < size; ++i) {
                uint256 at = orders.at(i).node();
                if (at == node) {
                    mask |= (position & 1) << i;
                    position >>= 1;
                } else {
                    mask |= ((others >> at) & 1) << i;
                }
            }
        }
    }

    /// @dev The nodes whose whole region takes part, by bit: bit j of `which` is the j-th other region.
    function _regionsTakingPart(Part memory self, uint256 which) private pure returns (uint256 nodes) {
        uint256 occupied = self.occupied;
        uint256 rank;
        unchecked {
            for (uint256 n; occupied >> n != 0; ++n) {
                if ((occupied >> n) & 1 == 0) continue;
                if (rank != self.rank) {
                    nodes |= (which & 1) << n;
                    which >>= 1;
                }
                ++rank;
            }
        }
    }

    /// @dev Whether a dispatch is feasible for the orders whose bits are set, minimum outputs relaxed to 0, and what
    /// it is worth.
    function evaluate(Evidence calldata evidence, uint256 mask) internal pure returns (Worth memory worth) {
        evidence.orders.checkDispatch(evidence.dispatch);
        (uint256 nodes, uint256 lines) = evidence.network.size();
        int256[] memory injections = new int256[](nodes); // generation less load [W]
        worth.feasible = true;
        _addOrders(worth, injections, evidence.orders, evidence.dispatch, mask);
        if (GridLimits.balance(injections) != 0) worth.feasible = false;
        for (uint256 line; line < lines && worth.feasible; ++line) {
            (int256 flow, int256 limit) = evidence.network.flow(line, injections);
            worth.feasible = flow <= limit && -flow <= limit;
        }
    }

    function _addOrders(
        Worth memory worth,
        int256[] memory injections,
        bytes calldata orders,
        bytes calldata dispatch,
        uint256 mask
    ) private pure {
        int256 objective;
        uint256 emission;
        unchecked {
            uint256 size = orders.count();
            for (uint256 i; i < size; ++i) {
                uint256 power = dispatch.powerAt(i);
                if (power == 0) continue;
                uint256 order = orders.at(i);
                if ((mask >> i) & 1 == 0 || power > order.maximum()) worth.feasible = false;

                int256 taken = order.isLoad() ? int256(power) : -int256(power);
                injections[order.node()] -= taken;
                objective += order.objectivePrice(i) * taken;
                emission += order.intensity() * power;
            }
            worth.objective = objective;
            worth.emission = emission;
        }
    }
}
