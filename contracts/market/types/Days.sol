// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @dev A market day in one word: `DayBook`, its first field in the lowest bits.
type DayWord is uint256;

using Days for DayWord global;

/// @notice How far a market day is.
struct DayBook {
    uint88 weights; // of the members that settled, as they stand [wad]
    uint56 contractedWh; // by agreements between unrelated members [Wh]
    uint24 agreements;
    uint24 open; // thereof not settled
    uint24 defaults; // whose penalty waits for the close
    uint24 sharers; // members with a settled agreement
}

/// @title Market days in one word
library Days {
    uint256 private constant CONTRACTED_OFFSET = 88;
    uint256 private constant AGREEMENTS_OFFSET = 144;
    uint256 private constant OPEN_OFFSET = 168;
    uint256 private constant DEFAULTS_OFFSET = 192;
    uint256 private constant SHARERS_OFFSET = 216;
    uint256 private constant ONE_MORE = (1 << AGREEMENTS_OFFSET) | (1 << OPEN_OFFSET);

    /// @notice A day holds up to 16 million agreements over 72 PWh.
    error Days_Full(uint256 agreements, uint256 contractedWh);

    /// @dev The day with one more agreement, whose energy counts unless its parties are related [Wh].
    function withAgreement(DayWord word, uint256 wh) internal pure returns (DayWord) {
        unchecked {
            uint256 bits = DayWord.unwrap(word);
            uint256 sum = uint56(bits >> CONTRACTED_OFFSET) + wh;
            if (sum > type(uint56).max || word.agreements() == type(uint24).max) {
                revert Days_Full(word.agreements(), sum);
            }
            return DayWord.wrap(bits + ONE_MORE + (wh << CONTRACTED_OFFSET));
        }
    }

    function pack(DayBook memory day) internal pure returns (DayWord) {
        uint256 bits = uint256(day.weights) | (uint256(day.contractedWh) << CONTRACTED_OFFSET);
        bits |= (uint256(day.agreements) << AGREEMENTS_OFFSET) | (uint256(day.open) << OPEN_OFFSET);
        bits |= (uint256(day.defaults) << DEFAULTS_OFFSET) | (uint256(day.sharers) << SHARERS_OFFSET);
        return DayWord.wrap(bits);
    }

    function unpack(DayWord word) internal pure returns (DayBook memory) {
        uint256 bits = DayWord.unwrap(word);
        return
            DayBook({
                weights: uint88(bits),
                contractedWh: uint56(bits >> CONTRACTED_OFFSET),
                agreements: uint24(bits >> AGREEMENTS_OFFSET),
                open: uint24(bits >> OPEN_OFFSET),
                defaults: uint24(bits >> DEFAULTS_OFFSET),
                sharers: uint24(bits >> SHARERS_OFFSET)
            });
    }

    function agreements(DayWord word) internal pure returns (uint256) {
        return uint24(DayWord.unwrap(word) >> AGREEMENTS_OFFSET);
    }
}
