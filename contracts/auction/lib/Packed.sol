// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Numbers out of packed calldata
library Packed {
    /// @dev The 32 bytes that start at `offset`; past the end of the row they are whatever follows, so that callers
    /// check the row's length first and keep only the bytes that are theirs. (Slices check both ends and cost four
    /// times as much, in the loops that are most of an auction's gas.)
    function word(bytes calldata row, uint256 offset) internal pure returns (uint256 value) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            value := calldataload(add(row.offset, offset))
        }
    }
}
