// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {GridLimits} from "../types/GridLimits.sol";
import {OrderList} from "../types/OrderList.sol";

/// @title Proof that no clearing of an hour is better than the one that is shown
/// @notice Luo et al. 2022, Eq. (1) with DC line limits, corrected, see docs/PAPERS.md. For any energy price and any
/// line prices the dual value bounds the best possible welfare from above (weak duality), so that nobody has to be
/// trusted for having solved anything. For a feasible dispatch the distance to that bound is
///   gap = sum over orders of margin x (M - P) where the margin is positive, margin x (m - P) where it is negative
///       + sum over lines of |nu| F - nu x flow,
/// the margin being what a watt more of the order adds to welfare at its node's price. No term is negative.
/// Everything stays multiplied by 1e9 and nothing is divided.
library WelfareCertificate {
    using GridLimits for bytes;
    using OrderList for bytes;
    using OrderList for uint256;

    int256 private constant SCALE = GridLimits.SCALE;
    /// @dev A line has a price only if it is full to within this, so that no poster gets a tolerance (and with it a say
    /// among equal quotes) where no line binds. Rounding to whole watts leaves less room.
    int256 internal constant FULL = 100 * SCALE; // [1e-9 W]

    /// @notice What a clearing is shown with, see docs/AUCTION.md.
    struct Clearing {
        bytes orders;
        bytes network;
        bytes dispatch;
        bytes prices;
    }

    /// @notice What keeps a dispatch from being feasible.
    enum Fault {
        None,
        Bounds, // of the order at that position
        Balance, // generation is not load
        Line // that line is beyond its limit
    }

    struct Sums {
        int256[] nodal; // prices [1e-9 point-wei/kWh]
        int256[] injections; // generation less load, by node [W]
        int256 gap; // [1e-9 W x point-wei/kWh]
        uint256 emission; // [mgCO2e]
        uint256 pricedLines;
        bool marginal; // a price one lower would certify no more
    }

    /// @notice The dispatch breaks a limit: `fault` as in `Fault`, at that order or line.
    error WelfareCertificate_Infeasible(Fault fault, uint256 at);
    /// @notice The prices leave room for a welfare that is higher by more than epsilon.
    error WelfareCertificate_Gap(int256 gap, uint256 epsilon);
    /// @notice A line that has a price is full; this one has room [1e-9 W].
    error WelfareCertificate_LineNotFull(uint256 line, int256 room);
    /// @notice Where no line has a price, the energy price is the lowest that certifies.
    error WelfareCertificate_PriceNotLowest(int256 price, int256 lowestOrder);

    /// @dev Accepts a clearing or reverts. The caller has checked the hashes of orders and network.
    function check(Clearing calldata clearing) internal pure returns (uint256 emission, bool congested) {
        clearing.orders.checkDispatch(clearing.dispatch);
        Sums memory sums;
        (sums.nodal, sums.pricedLines) = clearing.network.nodalPrices(clearing.prices);
        sums.injections = new int256[](sums.nodal.length);
        congested = sums.pricedLines != 0;

        _addOrders(sums, clearing.orders, clearing.dispatch);
        _addLines(sums, clearing.network, clearing.prices);
        uint256 epsilon = congested ? tolerance(clearing.orders, sums.pricedLines) * uint256(SCALE) : 0;
        if (sums.gap > int256(epsilon)) revert WelfareCertificate_Gap(sums.gap, epsilon);
        if (!congested && !sums.marginal) _checkLowest(clearing.orders, clearing.prices.energyPrice());
        return (sums.emission, congested);
    }

    function _addOrders(Sums memory sums, bytes calldata orders, bytes calldata dispatch) private pure {
        unchecked {
            uint256 size = orders.count();
            for (uint256 i; i < size; ++i) {
                uint256 order = orders.at(i);
                int256 power = int256(dispatch.powerAt(i));
                int256 above = power - int256(order.minimum());
                int256 below = int256(order.maximum()) - power;
                if (above < 0 || below < 0) revert WelfareCertificate_Infeasible(Fault.Bounds, i);

                uint256 node = order.node();
                int256 margin = order.objectivePrice(i) * SCALE - sums.nodal[node];
                if (order.isLoad()) {
                    sums.injections[node] -= power;
                    if (margin == 0 && below != 0) sums.marginal = true;
                } else {
                    sums.injections[node] += power;
                    sums.emission += uint256(power) * order.intensity();
                    if (margin == 0 && above != 0) sums.marginal = true;
                    margin = -margin;
                }
                sums.gap += margin > 0 ? margin * below : -margin * above;
            }
        }
    }

    function _addLines(Sums memory sums, bytes calldata network, bytes calldata prices) private pure {
        unchecked {
            if (GridLimits.balance(sums.injections) != 0) revert WelfareCertificate_Infeasible(Fault.Balance, 0);
            (, uint256 lines) = network.size();
            for (uint256 line; line < lines; ++line) {
                (int256 flow, int256 limit) = network.flow(line, sums.injections);
                if (flow > limit || -flow > limit) revert WelfareCertificate_Infeasible(Fault.Line, line);
                int256 price = prices.linePrice(line);
                if (price == 0) continue;
                int256 room = price < 0 ? limit + flow : limit - flow;
                if (room > FULL) revert WelfareCertificate_LineNotFull(line, room);
                sums.gap += (price < 0 ? -price : price) * room;
            }
        }
    }

    /// @dev Where no order sets the price from below, lower prices certify for ever: then it is the lowest price of
    /// an order that can move, and 0 if none can.
    function _checkLowest(bytes calldata orders, int256 energyPrice) private pure {
        int256 lowest = type(int256).max;
        uint256 size = orders.count();
        for (uint256 i; i < size; ++i) {
            uint256 order = orders.at(i);
            int256 price = order.objectivePrice(i);
            if (order.minimum() < order.maximum() && price < lowest) lowest = price;
        }
        if (lowest == type(int256).max) lowest = 0;
        if (energyPrice != lowest) revert WelfareCertificate_PriceNotLowest(energyPrice, lowest);
    }

    /// @dev What rounding to whole watts may cost: one watt for each of those lines and one more, at the largest
    /// limit price of all orders [W x point-wei/kWh].
    function tolerance(bytes calldata orders, uint256 lines) internal pure returns (uint256) {
        uint256 largest; // [ticks]
        uint256 size = orders.count();
        for (uint256 i; i < size; ++i) {
            int256 ticks = orders.at(i).ticks();
            uint256 absolute = uint256(ticks < 0 ? -ticks : ticks);
            if (absolute > largest) largest = absolute;
        }
        return (lines + 1) * largest * uint256(OrderList.TICK);
    }
}
