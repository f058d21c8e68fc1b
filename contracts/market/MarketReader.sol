// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IAgreements} from "../../interfaces/market/IAgreements.sol";
import {IBilateralMarket} from "../../interfaces/market/IBilateralMarket.sol";
import {IMarketReader} from "../../interfaces/market/IMarketReader.sol";
import {Agreement} from "./types/Agreements.sol";
import {Credit, CreditWord} from "./types/Credits.sol";
import {Penalties} from "./lib/Penalties.sol";
import {Settlement} from "./lib/Settlement.sol";

/// @title What members and auditors read of a market
contract MarketReader is IMarketReader {
    /// @inheritdoc IMarketReader
    IBilateralMarket public immutable market;

    constructor(IBilateralMarket market_) {
        market = market_;
    }

    /// @inheritdoc IAgreements
    function agreementOf(uint32 day, uint32 index) external view returns (Agreement memory) {
        return market.agreementWordOf(day, index).unpack();
    }

    /// @inheritdoc IAgreements
    function contractedOf(uint32 member, uint32 day, bool selling) external view returns (uint256[3] memory wh) {
        return market.contractedOf(member, day, selling);
    }

    /// @inheritdoc IMarketReader
    function creditOf(uint32 member) external view returns (Credit memory) {
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
            feedInTicks: Settlement.toTicks(tariffs.feedIn),
            purchaseTicks: Settlement.toTicks(tariffs.purchase),
            gridFeeTicks: Settlement.toTicks(tariffs.gridFee),
            paper: market.rulebook() == IBilateralMarket.Rulebook.Paper
        });
        uint256 ticks = Settlement.toTicks(price);
        if (ticks < rules.feedInTicks || ticks > rules.purchaseTicks - rules.gridFeeTicks) {
            revert MarketReader_PriceOutOfBounds(price, tariffs.feedIn, tariffs.purchase - tariffs.gridFee);
        }
        uint256 wh = uint256(whPerHour) * hourCount;
        quote.gridFee = Settlement.cost(wh, rules.gridFeeTicks);
        (quote.sellerPenalty, quote.buyerPenalty) = Penalties.largestPenalties(wh, ticks, rules);
        (quote.sellerMargin, quote.buyerMargin) = Penalties.marginsOf(wh, ticks, rules);
    }
}
