// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IBilateralMarket} from "../../../interfaces/market/IBilateralMarket.sol";

/// @dev How far a market day is, in one word. From the lowest bit: weights 88 [wad], contracted 56 [Wh], agreements 24,
/// open 24, defaults 24, sharers 24.
type DayWord is uint256;

using Days for DayWord global;

/// @title Market days in one word
library Days {
    uint256 private constant ONE_MORE = (1 << 144) | (1 << 168); // agreement, and open one

    /// @notice A day holds up to 16 million agreements over 72 PWh.
    error Days_Full(uint256 agreements, uint256 contractedWh);

    /// @dev The day with one more agreement, whose energy counts unless its parties are related [Wh].
    function withAgreement(DayWord word, uint256 wh) internal pure returns (DayWord) {
        unchecked {
            uint256 bits = DayWord.unwrap(word);
            uint256 sum = uint56(bits >> 88) + wh;
            if (sum > type(uint56).max || word.agreements() == type(uint24).max) {
                revert Days_Full(word.agreements(), sum);
            }
            return DayWord.wrap(bits + ONE_MORE + (wh << 88));
        }
    }

    function pack(IBilateralMarket.DayBook memory day) internal pure returns (DayWord) {
        uint256 bits = uint256(day.weights) | (uint256(day.contractedWh) << 88) | (uint256(day.agreements) << 144);
        bits |= (uint256(day.open) << 168) | (uint256(day.defaults) << 192) | (uint256(day.sharers) << 216);
        return DayWord.wrap(bits);
    }

    function unpack(DayWord word) internal pure returns (IBilateralMarket.DayBook memory) {
        uint256 bits = DayWord.unwrap(word);
        return
            IBilateralMarket.DayBook({
                weights: uint88(bits),
                contractedWh: uint56(bits >> 88),
                agreements: uint24(bits >> 144),
                open: uint24(bits >> 168),
                defaults: uint24(bits >> 192),
                sharers: uint24(bits >> 216)
            });
    }

    function agreements(DayWord word) internal pure returns (uint256) {
        return uint24(DayWord.unwrap(word) >> 144);
    }
}
