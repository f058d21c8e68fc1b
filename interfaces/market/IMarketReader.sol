// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Credit} from "../../contracts/market/types/Credits.sol";
import {IAgreements} from "./IAgreements.sol";
import {IBilateralMarket} from "./IBilateralMarket.sol";

/// @title What members and auditors read of a market
interface IMarketReader is IAgreements {
    /// @notice What an agreement can cost, to be read before signing.
    struct Quote {
        uint256 gridFee; // when all is delivered and taken, in the buyer's price [point-wei]
        uint256 sellerPenalty; // largest, compensation included [point-wei]
        uint256 buyerPenalty; // largest, compensation included [point-wei]
        uint256 sellerMargin; // reserved [point-wei]
        uint256 buyerMargin; // reserved [point-wei]
    }

    /// @notice No agreement is made at this price.
    error MarketReader_PriceOutOfBounds(uint256 price, uint256 lowest, uint256 highest);

    /// @notice The market that is read.
    function market() external view returns (IBilateralMarket);

    /// @notice A member's credit as of the last day on which it settled.
    function creditOf(uint32 member) external view returns (Credit memory);

    /// @notice A member's weight, after the last day on which it settled and before any decay since [wad].
    function weightOf(uint32 member) external view returns (uint256 weight);

    /// @notice What an agreement can cost at a price; at its limit an offer costs its maker the most.
    function quoteOf(uint32 whPerHour, uint8 hourCount, uint256 price) external view returns (Quote memory);
}
