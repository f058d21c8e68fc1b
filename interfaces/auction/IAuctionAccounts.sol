// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Accounts of the auction between regions
/// @notice Points of the main chain. Orders, bonds and deposits are taken from an account and come back to it;
/// everybody withdraws for themselves. What all accounts hold, plus what orders, bonds, demands and ladder months
/// hold, is what the auction holds in points, to the wei.
interface IAuctionAccounts {
    /// @notice Nothing to deposit or withdraw.
    error AuctionAccounts_ZeroAmount();
    /// @notice The account does not hold what is asked of it.
    error AuctionAccounts_Short(address account, uint256 balance, uint256 amount);

    event PointsDeposited(address indexed account, address indexed from, uint256 amount); // [point-wei]
    event PointsWithdrawn(address indexed account, uint256 amount); // [point-wei]

    /// @notice Deposits the caller's points for an account, by allowance.
    function deposit(address account, uint256 amount) external; // amount [point-wei]

    /// @notice Withdraws points from the caller's own account, also while paused. A frozen account cannot withdraw,
    /// order, post or demand; it is still paid, and what it has ordered is settled.
    function withdraw(uint256 amount) external; // amount [point-wei]

    /// @notice Stops deposits and new orders; everything that is under way goes on.
    function pause() external;

    /// @notice Lifts the pause.
    function unpause() external;

    /// @notice What an account holds [point-wei].
    function balanceOf(address account) external view returns (uint256);
}
