// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Whether there is a sheet of a day, and of which sort
/// @notice Two bits a day, 128 days to a word: most sheets find their word in use already.
library SheetStates {
    enum State {
        None,
        Measured,
        Estimated
    }

    struct Map {
        mapping(uint256 bucket => uint256) words;
    }

    /// @dev The state of a day.
    function get(Map storage map, uint256 day) internal view returns (State) {
        return State((map.words[day >> 7] >> _shift(day)) & 3);
    }

    /// @dev Sets the state of a day.
    function set(Map storage map, uint256 day, State state) internal {
        uint256 rest = map.words[day >> 7] & ~(3 << _shift(day));
        map.words[day >> 7] = rest | (uint256(state) << _shift(day));
    }

    function _shift(uint256 day) private pure returns (uint256) {
        return (day & 127) << 1;
    }
}
