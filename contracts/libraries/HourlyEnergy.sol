// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title 24 hourly energies in three words
/// @notice Eight uint32 [Wh] to a word, hour 0 in the lowest bits: up to 4.29 GWh in an hour.
library HourlyEnergy {
    uint256 internal constant LARGEST = type(uint32).max; // [Wh]
    /// @dev With the tolerance, an hour's metered energy stays below 2^31 Wh, so that the difference of two of them
    /// fits an int32.
    uint32 internal constant LARGEST_NAMEPLATE = 2e9; // [W]
    uint256 private constant HOUR_BITS = 3; // of an hour within its word
    uint256 private constant LAST_IN_WORD = 7;
    uint256 private constant WIDTH_BITS = 5; // an hour has 1 << WIDTH_BITS bits
    uint256 private constant TOLERANCE_PERCENT = 105; // of the nameplate
    uint256 private constant ONES = 0x0000000100000001000000010000000100000001000000010000000100000001;
    uint256 private constant EVEN_HOURS = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
    uint256 private constant TOP_BITS = ONES << 31;
    uint256 private constant BELOW_TOP_BIT = 2 ** 31 - 1;

    /// @dev The word that holds an hour of the day.
    function wordOf(uint256 hourOfDay) internal pure returns (uint256) {
        return hourOfDay >> HOUR_BITS;
    }

    /// @dev An hour's energy [Wh] out of the word that holds it.
    function read(uint256 word, uint256 hourOfDay) internal pure returns (uint256) {
        return (word >> ((hourOfDay & LAST_IN_WORD) << WIDTH_BITS)) & LARGEST;
    }

    /// @dev The word with an hour's energy raised by `wh`; the sum must not exceed `LARGEST`.
    function add(uint256 word, uint256 hourOfDay, uint256 wh) internal pure returns (uint256) {
        return word + (wh << ((hourOfDay & LAST_IN_WORD) << WIDTH_BITS));
    }

    /// @dev The energy of the whole day [Wh]. Every second hour at once: the sums of six hours fit 64 bits.
    function total(uint256[3] memory words) internal pure returns (uint256 wh) {
        unchecked {
            uint256 pairs = (words[0] & EVEN_HOURS) + ((words[0] >> 32) & EVEN_HOURS);
            pairs += (words[1] & EVEN_HOURS) + ((words[1] >> 32) & EVEN_HOURS);
            pairs += (words[2] & EVEN_HOURS) + ((words[2] >> 32) & EVEN_HOURS);
            pairs = (pairs >> 128) + uint128(pairs);
            return (pairs >> 64) + uint64(pairs);
        }
    }

    /// @dev The most that a meter can measure in an hour [Wh]: its nameplate [W] with tolerance.
    function limitRoundedDown(uint32 nameplateW) internal pure returns (uint256) {
        unchecked {
            return (nameplateW * TOLERANCE_PERCENT) / 100;
        }
    }

    /// @dev Whether any hour of the day is above a limit [Wh] below 2^31. Eight hours at once: one that is not above it
    /// has a clear top bit, and adding 2^31 - 1 - limit leaves it clear. No hour carries into the next one.
    function anyAbove(uint256[3] calldata words, uint256 limit) internal pure returns (bool) {
        unchecked {
            uint256 room = ONES * (BELOW_TOP_BIT - limit);
            uint256 bits = words[0] | ((words[0] & ~TOP_BITS) + room);
            bits |= words[1] | ((words[1] & ~TOP_BITS) + room);
            bits |= words[2] | ((words[2] & ~TOP_BITS) + room);
            return bits & TOP_BITS != 0;
        }
    }

    /// @dev Eight signed differences a - b [Wh], int32 each, of energies below 2^31. All hours at once: with the top
    /// bit added to `a` no hour borrows from the next one; taking it off again leaves two's complement.
    function difference(uint256 a, uint256 b) internal pure returns (uint256) {
        unchecked {
            return ((a | TOP_BITS) - b) ^ TOP_BITS;
        }
    }

    /// @dev An agreement's part of a metered energy, in proportion to the contracted sum, rounded down and never
    /// above what it contracts. Enough energy for all is enough for each: metered >= sum gives contracted.
    function shareRoundedDown(uint256 metered, uint256 contracted, uint256 sum) internal pure returns (uint256) {
        unchecked {
            return metered < sum ? (metered * contracted) / sum : contracted;
        }
    }

    /// @dev Whether the hours from `hour` to below `end` of one word of energies cover those of another one; with
    /// energies of 2^31 Wh and more it does not say so. All hours at once: with the top bit added to `a` no hour
    /// borrows from the next one, and the bit stays where `a` is not below `b`.
    function allCovered(uint256 a, uint256 b, uint256 hour, uint256 end) internal pure returns (bool) {
        unchecked {
            if ((a | b) & TOP_BITS != 0) return false;
            uint256 unused = 8 - (end - (hour & ~LAST_IN_WORD)); // hours above the window
            uint256 window = TOP_BITS << ((hour & LAST_IN_WORD) << WIDTH_BITS);
            window &= TOP_BITS >> (unused << WIDTH_BITS);
            return ((a | TOP_BITS) - b) & window == window;
        }
    }
}
