// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title How far the agreements of a market day are
/// @notice Two bits an agreement, 128 agreements to a word.
library AgreementStates {
    uint256 internal constant OPEN = 0;
    uint256 internal constant SETTLED = 1;
    uint256 internal constant WAITING = 2; // settled, its penalty waits for the close
    uint256 internal constant POOLED = 3; // settled, its penalty is shared out
    uint256 private constant INDEX_BITS = 7; // of an agreement within its word
    uint256 private constant LAST_IN_WORD = 127;
    uint256 private constant STATE_MASK = 3;

    /// @dev The state of an agreement in the words of its day.
    function get(
        mapping(uint256 bucket => uint256) storage words,
        uint256 index
    ) internal view returns (uint256 state) {
        return (words[index >> INDEX_BITS] >> _offset(index)) & STATE_MASK;
    }

    /// @dev Moves an agreement on; states only gain bits.
    function raise(mapping(uint256 bucket => uint256) storage words, uint256 index, uint256 state) internal {
        words[index >> INDEX_BITS] |= state << _offset(index);
    }

    function _offset(uint256 index) private pure returns (uint256) {
        return (index & LAST_IN_WORD) << 1;
    }
}
