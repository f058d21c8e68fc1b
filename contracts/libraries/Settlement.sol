// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Settlement of an agreement
/// @notice Xiong et al. 2023, Eqs. (26)-(31), corrected, see docs/PAPERS.md. Prices are counted in ticks of
/// 1e14 point-wei/kWh, which is 1e11 point-wei/Wh: every amount is exact and there is no division.
library Settlement {
    uint256 internal constant TICK = 1e14; // [point-wei/kWh]
    uint256 internal constant TICK_PER_WH = 1e11; // [point-wei/Wh]

    /// @notice What became of the agreed energy.
    struct Delivery {
        uint256 matched; // delivered and taken: min(E_f, E_y) [Wh]
        uint256 surplus; // delivered, not taken: (E_f - E_y)+ [Wh]
        uint256 shortfall; // taken, not delivered: (E_y - E_f)+ [Wh]
    }

    /// @notice What it is worth: paid = received + gridRevenue.
    struct Legs {
        uint256 received; // V_f, by the seller [point-wei]
        uint256 paid; // V_y, by the buyer [point-wei]
        int256 gridRevenue; // V_g [point-wei]
    }

    /// @notice Tariffs in ticks.
    struct TickTariffs {
        uint32 feedIn; // S
        uint32 purchase; // B
        uint32 gridFee; // G
    }

    /// @notice Prices are whole ticks, at most 2^32 - 1 of them.
    error Settlement_PriceOffTick(uint256 price, uint256 tick);

    /// @dev A price [point-wei/kWh] in ticks.
    function toTicks(uint256 price) internal pure returns (uint32) {
        uint256 ticks = price / TICK;
        if (ticks * TICK != price || ticks > type(uint32).max) revert Settlement_PriceOffTick(price, TICK);
        return uint32(ticks);
    }

    /// @dev What energy [Wh] costs [point-wei] at a price in ticks.
    function cost(uint256 wh, uint256 ticks) internal pure returns (uint256) {
        return wh * ticks * TICK_PER_WH;
    }

    /// @dev An agreement's part of a metered energy, in proportion to the contracted sum, rounded down and never
    /// above what it contracts. Enough energy for all is enough for each: metered >= sum gives contracted.
    function shareRoundedDown(uint256 metered, uint256 contracted, uint256 sum) internal pure returns (uint256) {
        return metered < sum ? (metered * contracted) / sum : contracted;
    }

    /// @dev Adds an hour in which the agreement's seller delivered and its buyer took [Wh].
    function addHour(Delivery memory delivery, uint256 delivered, uint256 taken) internal pure {
        if (delivered < taken) {
            delivery.matched += delivered;
            delivery.shortfall += taken - delivered;
        } else {
            delivery.matched += taken;
            delivery.surplus += delivered - taken;
        }
    }

    /// @dev The legs of an agreement at a price in ticks:
    ///   V_f = matched U + surplus S
    ///   V_y = matched (U + G) + shortfall B
    ///   V_g = matched G - surplus S + shortfall B = V_y - V_f
    function legs(
        Delivery memory delivery,
        uint256 priceTicks,
        TickTariffs memory tariffs
    ) internal pure returns (Legs memory result) {
        result.received = cost(delivery.matched, priceTicks) + cost(delivery.surplus, tariffs.feedIn);
        result.paid = cost(delivery.matched, priceTicks + tariffs.gridFee) + cost(delivery.shortfall, tariffs.purchase);
        result.gridRevenue = int256(result.paid) - int256(result.received);
    }
}
