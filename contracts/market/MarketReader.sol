// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IBilateralMarket} from "../../interfaces/IBilateralMarket.sol";
import {IMarketReader} from "../../interfaces/IMarketReader.sol";
import {CreditWord} from "../libraries/Credits.sol";
import {Penalties} from "../libraries/Penalties.sol";
import {Settlement} from "../libraries/Settlement.sol";

/// @title What members and auditors read of a market
contract MarketReader is IMarketReader {
    /// @inheritdoc IMarketReader
    IBilateralMarket public immutable market;

    constructor(IBilateralMarket market_) {
        market = market_;
    }

    /// @inheritdoc IMarketReader
    function agreementOf(uint32 day, uint32 index) external view returns (IBilateralMarket.Agreement memory) {
        return market.agreementWordOf(day, index).unpack();
    }

    /// @inheritdoc IMarketReader
    function creditOf(uint32 member) external view returns (IBilateralMarket.Credit memory) {
        return market.creditWordOf(member).unpack();
    }

    /// @inheritdoc IMarketReader
    function weightOf(uint32 member) external view returns (uint256 weight) {
        CreditWord credit = market.creditWordOf(member);
        uint32 day = credit.day();
        return day == 0 ? credit.firstWeight() : credit.weightAfter(market.dayOf(day).contractedWh);
    }

    /// @inheritdoc IMarketReader
    function quoteOf(uint32 whPerHour, uint8 hourCount, uint256 price) external view returns (Quote memory quote) {
        IBilateralMarket.Tariffs memory tariffs = market.tariffs();
        Settlement.Rules memory rules = Settlement.Rules({
            feedIn: Settlement.toTicks(tariffs.feedIn),
            purchase: Settlement.toTicks(tariffs.purchase),
            gridFee: Settlement.toTicks(tariffs.gridFee),
            paper: market.rulebook() == IBilateralMarket.Rulebook.Paper
        });
        uint256 ticks = Settlement.toTicks(price);
        if (ticks < rules.feedIn || ticks > rules.purchase - rules.gridFee) {
            revert MarketReader_PriceOutOfBounds(price, tariffs.feedIn, tariffs.purchase - tariffs.gridFee);
        }
        uint256 wh = uint256(whPerHour) * hourCount;
        quote.gridFee = Settlement.cost(wh, rules.gridFee);
        (quote.sellerPenalty, quote.buyerPenalty) = Penalties.largestPenalties(wh, ticks, rules);
        (quote.sellerMargin, quote.buyerMargin) = Penalties.marginsOf(wh, ticks, rules);
    }
}
