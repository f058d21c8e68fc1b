// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IBilateralMarket} from "../../interfaces/IBilateralMarket.sol";
import {HourlyEnergy} from "./HourlyEnergy.sol";

/// @title What became of the energy of an agreement
/// @notice Xiong et al. 2023, Eqs. (26)-(33), corrected, see docs/PAPERS.md; in integers: docs/MARKET.md. Prices are
/// counted in ticks of 1e14 point-wei/kWh, which is 1e11 point-wei/Wh: every energy leg is exact.
library Settlement {
    uint256 internal constant TICK = 1e14; // [point-wei/kWh]
    uint256 internal constant TICK_PER_WH = 1e11; // [point-wei/Wh]

    /// @notice What a market settles by.
    struct Rules {
        uint256 feedIn; // S [ticks]
        uint256 purchase; // B [ticks]
        uint256 gridFee; // G [ticks]
        bool paper; // rulebook
    }

    /// @notice Registers and contracted sums of the two parties, 24 x uint32 each [Wh]; only the window's words are read.
    struct Energy {
        uint256[3] exported; // by the seller
        uint256[3] imported; // by the buyer
        uint256[3] sold; // by all agreements of the seller
        uint256[3] bought; // by all agreements of the buyer
    }

    /// @notice How a party kept its word, over the units of an agreement: its hours, or the window at once.
    struct Performance {
        uint256 performed; // contracted in units without a default [Wh]
        uint256 shortfall; // [Wh]
        uint256 squares; // of the units' shortfalls [Wh^2]
        uint256 oneSided; // shortfall in units that the other party performed [Wh]
    }

    /// @notice What became of the agreed energy.
    struct Delivery {
        uint256 unit; // contracted in a unit [Wh]
        uint256 contracted; // in all units [Wh]
        uint256 matched; // delivered and taken: min(E_f, E_y) [Wh]
        uint256 surplus; // delivered, not taken: (E_f - E_y)+ [Wh]
        uint256 missing; // taken, not delivered: (E_y - E_f)+ [Wh]
        Performance seller;
        Performance buyer;
    }

    /// @notice Prices are whole ticks, at most 2^24 - 1 of them.
    error Settlement_PriceOffTick(uint256 price, uint256 tick);

    /// @dev A price [point-wei/kWh] in ticks.
    function toTicks(uint256 price) internal pure returns (uint24) {
        uint256 ticks = price / TICK;
        if (ticks * TICK != price || ticks > type(uint24).max) revert Settlement_PriceOffTick(price, TICK);
        return uint24(ticks);
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

    /// @dev What the parties delivered and took, unit by unit.
    function deliver(
        IBilateralMarket.Agreement memory agreement,
        Energy memory energy,
        bool paper
    ) internal pure returns (Delivery memory delivery) {
        uint256 wh = agreement.whPerHour;
        uint256 end = uint256(agreement.first) + agreement.hourCount;
        delivery.contracted = wh * agreement.hourCount;
        delivery.unit = paper ? delivery.contracted : wh;
        (uint256 delivered, uint256 taken) = (0, 0);
        for (uint256 hour = agreement.first; hour < end; ++hour) {
            uint256 word = HourlyEnergy.wordOf(hour);
            uint256 exported = HourlyEnergy.read(energy.exported[word], hour);
            uint256 imported = HourlyEnergy.read(energy.imported[word], hour);
            if (paper) {
                (delivered, taken) = (delivered + exported, taken + imported);
                continue;
            }
            exported = shareRoundedDown(exported, wh, HourlyEnergy.read(energy.sold[word], hour));
            imported = shareRoundedDown(imported, wh, HourlyEnergy.read(energy.bought[word], hour));
            _addUnit(delivery, exported, imported);
        }
        if (paper) _addUnit(delivery, delivered, taken);
    }

    function _addUnit(Delivery memory delivery, uint256 delivered, uint256 taken) private pure {
        if (delivered < taken) {
            delivery.matched += delivered;
            delivery.missing += taken - delivered;
        } else {
            delivery.matched += taken;
            delivery.surplus += delivered - taken;
        }
        uint256 unit = delivery.unit;
        _addPerformance(delivery.seller, unit, delivered, taken >= unit);
        _addPerformance(delivery.buyer, unit, taken, delivered >= unit);
    }

    function _addPerformance(Performance memory party, uint256 unit, uint256 actual, bool otherPerformed) private pure {
        if (actual >= unit) {
            party.performed += unit;
            return;
        }
        uint256 shortfall = unit - actual;
        party.shortfall += shortfall;
        party.squares += shortfall * shortfall;
        if (otherPerformed) party.oneSided += shortfall;
    }
}
