// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IMarginAccounts} from "./IMarginAccounts.sol";

/// @title Where points go into a market's margin accounts and come out again
/// @notice The desk holds the points of all accounts; the market keeps the book.
interface IMarginDesk {
    /// @notice Nothing to deposit or to withdraw.
    error MarginDesk_ZeroAmount();
    /// @notice With more than 120 million points an account could not take in what settlement adds.
    error MarginDesk_TooMuch(uint32 member, int256 held, int256 largest);
    /// @notice While the grid company's funds are below zero the reserve stands in for them.
    error MarginDesk_ReserveNeeded(uint256 amount, int256 available);

    event Deposited(uint32 indexed member, address indexed from, uint256 amount); // [point-wei]
    event Withdrawn(uint32 indexed member, address indexed to, uint256 amount); // [point-wei]
    event ReservePaid(address indexed to, uint256 amount); // [point-wei]

    /// @notice Deposits the caller's points for a member, by allowance.
    function deposit(uint32 member, uint256 amount) external; // amount [point-wei]

    /// @notice The same with a permit. A permit that somebody else has used already does not block the deposit.
    function depositWithPermit(
        uint32 member,
        uint256 amount, // [point-wei]
        uint256 deadline, // [s]
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Withdraws free points of the caller's own account, also while paused.
    function withdraw(uint256 amount) external; // amount [point-wei]

    /// @notice Pays points out of the market's reserve.
    function payReserve(address to, uint256 amount) external; // amount [point-wei]

    /// @notice The market's accounts.
    function accounts() external view returns (IMarginAccounts);
}
