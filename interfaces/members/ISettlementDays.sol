// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title When the market has settled a day
/// @notice Between the submission deadline and the close of a day its sheets stand still.
interface ISettlementDays {
    /// @notice When a market day was closed [s]; 0 while it waits, its end when it has no agreements.
    function closedAt(uint32 day) external view returns (uint64 time);
}
