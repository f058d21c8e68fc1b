// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Settlement} from "./Settlement.sol";

/// @title What an agreement is worth in the end: energy legs, compensation, penalties
/// @notice Xiong et al. 2023, Eqs. (26)-(34), corrected, see docs/PAPERS.md; in integers: docs/MARKET.md.
/// @dev Unchecked where no product can overflow: energies of a window stay below 2^37 Wh, squares below 2^80 Wh^2,
/// ticks below 2^24, weights below 2^60; an agreement's price lies between S and B - G.
library Penalties {
    uint256 internal constant LEAST_WEIGHT = 5e17; // `Market`: a party is charged as if it had 50 points at least [wad]
    uint256 private constant WHOLE_WEIGHT = 1e18; // [wad]
    uint256 private constant MARKET_FACTOR = 2; // `Market`: largest penalty, in losses
    uint256 private constant PAPER_FACTOR = 100; // `Paper`: weights count in points

    /// @notice What a default costs a party.
    struct Charge {
        uint256 compensation; // to the other party [point-wei]
        uint256 penalty; // to those who share it [point-wei]
    }

    /// @dev V_f and V_y [point-wei]; V_g is their difference:
    ///   V_f = matched U + surplus S,  V_y = matched (U + G) + missing B
    function energyLegs(
        Settlement.Delivery memory delivery,
        uint256 ticks,
        Settlement.Rules memory rules
    ) internal pure returns (uint256 received, uint256 paid) {
        unchecked {
            received = Settlement.cost(delivery.matched, ticks);
            paid = received + Settlement.cost(delivery.matched, rules.gridFeeTicks);
            if (delivery.surplus != 0) received += Settlement.cost(delivery.surplus, rules.feedInTicks);
            if (delivery.missing != 0) paid += Settlement.cost(delivery.missing, rules.purchaseTicks);
        }
    }

    /// @dev What a seller's default costs it with its weight of the day's opening [wad]: loss B - U - G.
    function chargeSeller(
        Settlement.Delivery memory delivery,
        uint256 ticks,
        Settlement.Rules memory rules,
        uint256 weight,
        Charge memory charge
    ) internal pure {
        unchecked {
            uint256 loss = rules.purchaseTicks - ticks - rules.gridFeeTicks;
            _charge(delivery.seller, delivery.unit, loss, weight, rules, charge);
        }
    }

    /// @dev What a buyer's default costs it with its weight of the day's opening [wad]: loss U - S.
    function chargeBuyer(
        Settlement.Delivery memory delivery,
        uint256 ticks,
        Settlement.Rules memory rules,
        uint256 weight,
        Charge memory charge
    ) internal pure {
        unchecked {
            _charge(delivery.buyer, delivery.unit, ticks - rules.feedInTicks, weight, rules, charge);
        }
    }

    /// @dev The penalty is rounded up.
    function _charge(
        Settlement.Default memory party,
        uint256 unit,
        uint256 loss,
        uint256 weight,
        Settlement.Rules memory rules,
        Charge memory charge
    ) private pure {
        unchecked {
            if (party.shortfall == 0) {
                (charge.compensation, charge.penalty) = (0, 0);
                return;
            }
            charge.compensation = Settlement.cost(party.oneSided, loss);
            uint256 scaled = rules.paper ? PAPER_FACTOR * weight : MARKET_FACTOR * Math.max(weight, LEAST_WEIGHT);
            charge.penalty = Math.ceilDiv(Settlement.cost(party.squares, loss) * scaled, WHOLE_WEIGHT * unit);
        }
    }

    /// @dev What seller and buyer receive before their penalties, compensation included [point-wei]; with the grid
    /// company's paid - received it sums to zero.
    function legsOf(
        uint256 received,
        uint256 paid,
        Charge memory sellerCharge,
        Charge memory buyerCharge
    ) internal pure returns (int256 seller, int256 buyer) {
        unchecked {
            int256 transfer = int256(buyerCharge.compensation) - int256(sellerCharge.compensation);
            seller = int256(received) + transfer;
            buyer = -int256(paid) - transfer;
        }
    }

    /// @dev The most that compensation and penalty of a seller and of a buyer can come to over an energy [point-wei].
    function largestPenalties(
        uint256 wh,
        uint256 ticks,
        Settlement.Rules memory rules
    ) internal pure returns (uint256 seller, uint256 buyer) {
        unchecked {
            uint256 losses = 1 + (rules.paper ? PAPER_FACTOR : MARKET_FACTOR);
            seller = Settlement.cost(wh, (rules.purchaseTicks - ticks - rules.gridFeeTicks) * losses);
            buyer = Settlement.cost(wh, (ticks - rules.feedInTicks) * losses);
        }
    }

    /// @dev What an agreement over this energy [Wh] reserves of its parties [point-wei].
    function marginsOf(
        uint256 wh,
        uint256 ticks,
        Settlement.Rules memory rules
    ) internal pure returns (uint256 seller, uint256 buyer) {
        (seller, buyer) = largestPenalties(wh, ticks, rules);
        uint256 all = Settlement.cost(wh, rules.purchaseTicks);
        if (all > buyer) buyer = all;
    }
}
