// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AgreementWord} from "../types/Agreements.sol";
import {HourlyEnergy} from "../../libraries/HourlyEnergy.sol";

/// @title What became of the energy of an agreement
/// @notice Xiong et al. 2023, Eqs. (26)-(33), corrected, see docs/PAPERS.md; in integers: docs/MARKET.md. Prices are
/// counted in ticks of 1e14 point-wei/kWh, which is 1e11 point-wei/Wh: every energy leg is exact.
/// @dev Unchecked where no sum can overflow: hours are uint32 Wh, a day has 24 of them, squares stay below 2^80.
library Settlement {
    uint256 internal constant TICK = 1e14; // [point-wei/kWh]
    uint256 internal constant TICK_PER_WH = 1e11; // [point-wei/Wh]
    uint256 private constant LARGEST_WH = type(uint32).max; // of an hour [Wh]

    /// @notice What a market settles by.
    struct Rules {
        uint256 feedInTicks; // S
        uint256 purchaseTicks; // B
        uint256 gridFeeTicks; // G
        bool paper; // rulebook
    }

    /// @notice Eight hours of the parties' registers and contracted sums, 8 x uint32 [Wh] each.
    struct Words {
        uint256 exported; // by the seller
        uint256 imported; // by the buyer
        uint256 sold; // by all agreements of the seller
        uint256 bought; // by all agreements of the buyer
    }

    /// @notice How a party broke its word, over the units of an agreement: its hours, or the window at once.
    struct Default {
        uint256 contracted; // in units with a shortfall [Wh]
        uint256 shortfall; // [Wh]
        uint256 squares; // of the units' shortfalls [Wh^2]
        uint256 oneSided; // shortfall in units that the other party performed [Wh]
    }

    /// @notice What became of the agreed energy.
    struct Delivery {
        uint256 unit; // contracted in a unit [Wh]
        uint256 delivered; // in the window so far, rulebook `Paper` [Wh]
        uint256 taken; // in the window so far, rulebook `Paper` [Wh]
        uint256 matched; // delivered and taken: min(E_f, E_y) [Wh]
        uint256 surplus; // delivered, not taken: (E_f - E_y)+ [Wh]
        uint256 missing; // taken, not delivered: (E_y - E_f)+ [Wh]
        Default seller;
        Default buyer;
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
        unchecked {
            return wh * ticks * TICK_PER_WH;
        }
    }

    /// @dev Begins a delivery anew, in the memory of the last one.
    function begin(Delivery memory delivery, AgreementWord agreement, bool paper) internal pure {
        unchecked {
            uint256 wh = agreement.whPerHour();
            delivery.unit = paper ? wh * agreement.hourCount() : wh;
            (delivery.delivered, delivery.taken) = (0, 0);
            (delivery.matched, delivery.surplus, delivery.missing) = (0, 0, 0);
            if (delivery.seller.shortfall != 0) _clear(delivery.seller);
            if (delivery.buyer.shortfall != 0) _clear(delivery.buyer);
        }
    }

    function _clear(Default memory party) private pure {
        (party.contracted, party.shortfall, party.squares, party.oneSided) = (0, 0, 0, 0);
    }

    /// @dev Adds the hours from `hour` to below `end` of one word, each a unit of its own; all at once where
    /// the registers cover every contracted sum.
    function addHours(Delivery memory delivery, Words memory words, uint256 hour, uint256 end) internal pure {
        unchecked {
            uint256 unit = delivery.unit;
            if (HourlyEnergy.allCovered(words.exported, words.sold, hour, end)) {
                if (HourlyEnergy.allCovered(words.imported, words.bought, hour, end)) {
                    delivery.matched += unit * (end - hour);
                    return;
                }
            }
            for (; hour < end; ++hour) {
                uint256 shift = (hour & 7) << 5;
                uint256 delivered = HourlyEnergy.shareRoundedDown(
                    (words.exported >> shift) & LARGEST_WH,
                    unit,
                    (words.sold >> shift) & LARGEST_WH
                );
                uint256 taken = HourlyEnergy.shareRoundedDown(
                    (words.imported >> shift) & LARGEST_WH,
                    unit,
                    (words.bought >> shift) & LARGEST_WH
                );
                addUnit(delivery, delivered, taken);
            }
        }
    }

    /// @dev Adds the hours from `hour` to below `end` of one word to the window, rulebook `Paper`.
    function addToWindow(Delivery memory delivery, Words memory words, uint256 hour, uint256 end) internal pure {
        unchecked {
            for (; hour < end; ++hour) {
                uint256 shift = (hour & 7) << 5;
                delivery.delivered += (words.exported >> shift) & LARGEST_WH;
                delivery.taken += (words.imported >> shift) & LARGEST_WH;
            }
        }
    }

    /// @dev Adds what was delivered and taken in a unit.
    function addUnit(Delivery memory delivery, uint256 delivered, uint256 taken) internal pure {
        unchecked {
            uint256 unit = delivery.unit;
            if (delivered < taken) {
                delivery.matched += delivered;
                delivery.missing += taken - delivered;
            } else {
                delivery.matched += taken;
                if (delivered != taken) delivery.surplus += delivered - taken;
            }
            if (delivered < unit) _addDefault(delivery.seller, unit, unit - delivered, taken >= unit);
            if (taken < unit) _addDefault(delivery.buyer, unit, unit - taken, delivered >= unit);
        }
    }

    function _addDefault(Default memory party, uint256 unit, uint256 shortfall, bool oneSided) private pure {
        unchecked {
            party.contracted += unit;
            party.shortfall += shortfall;
            party.squares += shortfall * shortfall;
            if (oneSided) party.oneSided += shortfall;
        }
    }
}
