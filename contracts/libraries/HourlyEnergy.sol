// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title 24 hourly energies in three words
/// @notice Eight uint32 [Wh] to a word, hour 0 in the lowest bits: up to 4.29 GWh in an hour.
library HourlyEnergy {
    uint256 internal constant LARGEST = type(uint32).max; // [Wh]

    /// @dev The word that holds an hour of the day.
    function wordOf(uint256 hourOfDay) internal pure returns (uint256) {
        return hourOfDay >> 3;
    }

    /// @dev An hour's energy [Wh] out of the word that holds it.
    function read(uint256 word, uint256 hourOfDay) internal pure returns (uint256) {
        return (word >> ((hourOfDay & 7) << 5)) & LARGEST;
    }

    /// @dev The word with an hour's energy raised by `wh`; the sum must not exceed `LARGEST`.
    function add(uint256 word, uint256 hourOfDay, uint256 wh) internal pure returns (uint256) {
        return word + (wh << ((hourOfDay & 7) << 5));
    }

    /// @dev The energy of the whole day [Wh].
    function total(uint256[3] memory words) internal pure returns (uint256 wh) {
        for (uint256 hour; hour < 24; ++hour) wh += read(words[wordOf(hour)], hour);
    }
}
