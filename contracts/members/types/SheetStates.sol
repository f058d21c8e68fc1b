// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Whether there is a sheet of a day, of which sort, and which of its registers moved
/// @notice Four bits a day, 64 days to a word: most sheets find their word in use already, and the words of a register
/// that stood still are neither written nor read.
library SheetStates {
    uint256 internal constant NONE = 0;
    uint256 internal constant MEASURED = 1;
    uint256 internal constant ESTIMATED = 2;
    uint256 internal constant SORT = 3; // the two bits above
    uint256 internal constant IMPORTED = 4;
    uint256 internal constant EXPORTED = 8;
    uint256 private constant STATE = 15; // all bits of a day
    uint256 private constant DAY_BITS = 6; // of a day within its word
    uint256 private constant LAST_IN_WORD = 63;

    struct Map {
        mapping(uint256 bucket => uint256) words;
    }

    /// @dev The state of a sheet of this sort with these registers.
    function stateOf(
        uint256 sort,
        uint256[3] calldata importWh,
        uint256[3] calldata exportWh
    ) internal pure returns (uint256 state) {
        state = sort;
        if (importWh[0] | importWh[1] | importWh[2] != 0) state |= IMPORTED;
        if (exportWh[0] | exportWh[1] | exportWh[2] != 0) state |= EXPORTED;
    }

    /// @dev The state of a day.
    function get(Map storage map, uint256 day) internal view returns (uint256 state) {
        return (map.words[day >> DAY_BITS] >> _offset(day)) & STATE;
    }

    /// @dev Sets the state of a day; returns the one before.
    function swap(Map storage map, uint256 day, uint256 state) internal returns (uint256 oldState) {
        uint256 word = map.words[day >> DAY_BITS];
        oldState = (word >> _offset(day)) & STATE;
        if (state != oldState) map.words[day >> DAY_BITS] = word ^ ((state ^ oldState) << _offset(day));
    }

    function _offset(uint256 day) private pure returns (uint256) {
        return (day & LAST_IN_WORD) << 2;
    }
}
