// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IBilateralMarket} from "../../interfaces/IBilateralMarket.sol";
import {Settlement} from "./Settlement.sol";

/// @title What an agreement is worth in the end: energy legs, compensation, penalties
/// @notice Xiong et al. 2023, Eqs. (26)-(34), corrected, see docs/PAPERS.md; in integers: docs/MARKET.md.
library Penalties {
    uint256 internal constant LEAST_WEIGHT = 5e17; // `Market`: a party is charged as if it had 50 points at least [wad]
    uint256 private constant WHOLE_WEIGHT = 1e18; // [wad]
    uint256 private constant MARKET_FACTOR = 2; // `Market`: largest penalty, in losses
    uint256 private constant PAPER_FACTOR = 100; // `Paper`: weights count in points

    /// @notice What it is worth.
    struct Outcome {
        uint256 received; // V_f, by the seller [point-wei]
        uint256 paid; // V_y, by the buyer [point-wei]
        uint256 sellerCompensation; // to the buyer [point-wei]
        uint256 buyerCompensation; // to the seller [point-wei]
        uint256 sellerPenalty; // [point-wei]
        uint256 buyerPenalty; // [point-wei]
    }

    /// @dev The legs of an agreement with the weights that its parties opened the day with [wad]:
    ///   V_f = matched U + surplus S,  V_y = matched (U + G) + missing B
    ///   loss_f = B - U - G, loss_y = U - S per Wh of shortfall
    function outcomeOf(
        IBilateralMarket.Agreement memory agreement,
        Settlement.Delivery memory delivery,
        Settlement.Rules memory rules,
        uint256 sellerWeight,
        uint256 buyerWeight
    ) internal pure returns (Outcome memory outcome) {
        uint256 price = agreement.price;
        outcome.received = Settlement.cost(delivery.matched, price) + Settlement.cost(delivery.surplus, rules.feedIn);
        outcome.paid = Settlement.cost(delivery.matched, price + rules.gridFee) + Settlement.cost(delivery.missing, rules.purchase);
        if (delivery.seller.shortfall != 0) {
            uint256 loss = rules.purchase - price - rules.gridFee;
            outcome.sellerCompensation = Settlement.cost(delivery.seller.oneSided, loss);
            outcome.sellerPenalty = penaltyRoundedUp(delivery.seller.squares, delivery.unit, loss, sellerWeight, rules);
        }
        if (delivery.buyer.shortfall != 0) {
            uint256 loss = price - rules.feedIn;
            outcome.buyerCompensation = Settlement.cost(delivery.buyer.oneSided, loss);
            outcome.buyerPenalty = penaltyRoundedUp(delivery.buyer.squares, delivery.unit, loss, buyerWeight, rules);
        }
    }

    /// @dev F [point-wei] of a party with the unit's contract [Wh], loss [ticks] and weight [wad].
    function penaltyRoundedUp(
        uint256 squares,
        uint256 unit,
        uint256 loss,
        uint256 weight,
        Settlement.Rules memory rules
    ) internal pure returns (uint256) {
        uint256 scaled = rules.paper
            ? PAPER_FACTOR * weight
            : MARKET_FACTOR * Math.max(weight, LEAST_WEIGHT);
        return Math.ceilDiv(Settlement.cost(squares, loss) * scaled, WHOLE_WEIGHT * unit);
    }

    /// @dev The most that compensation and penalty of a seller and of a buyer can come to [point-wei].
    function largestPenalties(
        uint256 wh,
        uint256 price,
        Settlement.Rules memory rules
    ) internal pure returns (uint256 seller, uint256 buyer) {
        uint256 losses = 1 + (rules.paper ? PAPER_FACTOR : MARKET_FACTOR);
        return (
            Settlement.cost(wh, (rules.purchase - price - rules.gridFee) * losses),
            Settlement.cost(wh, (price - rules.feedIn) * losses)
        );
    }

    /// @dev What an agreement of this energy [Wh] reserves of its parties [point-wei].
    function margins(
        uint256 wh,
        uint256 price,
        Settlement.Rules memory rules
    ) internal pure returns (uint256 seller, uint256 buyer) {
        (seller, buyer) = largestPenalties(wh, price, rules);
        buyer = Math.max(buyer, Settlement.cost(wh, rules.purchase));
    }

    /// @dev What a settlement changes on the accounts of seller and buyer [point-wei]; with the penalties and the grid
    /// company's paid - received it sums to zero.
    function legsOf(Outcome memory outcome) internal pure returns (int256 seller, int256 buyer) {
        seller = int256(outcome.received + outcome.buyerCompensation);
        seller -= int256(outcome.sellerCompensation + outcome.sellerPenalty);
        buyer = int256(outcome.sellerCompensation);
        buyer -= int256(outcome.paid + outcome.buyerCompensation + outcome.buyerPenalty);
    }
}
