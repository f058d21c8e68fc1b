// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title What the grid company owes members of a market because its account was empty
/// @notice Paid in the order of days as soon as the account has funds again, within a day to everybody in proportion.
/// The points are the market's; this contract only keeps the record.
interface IDeferredCredits {
    /// @notice The record is the market's.
    error DeferredCredits_NotMarket(address caller);
    /// @notice What is owed under a day is paid out once the day is closed.
    error DeferredCredits_DayNotClosed(uint32 day, uint32 openDay);
    /// @notice Nothing is owed, or nothing is paid yet.
    error DeferredCredits_NothingToCollect(uint32 member, uint32 day);

    event CreditDeferred(uint32 indexed member, uint32 indexed day, uint256 amount); // [point-wei]
    event DeferredPaid(uint256 amount); // by the grid company [point-wei]
    event DeferredCollected(uint32 indexed member, uint32 indexed day, uint256 amount); // [point-wei]

    /// @notice Notes what a member is owed under the open day.
    function defer(uint32 member, uint32 openDay, uint256 amount) external; // [point-wei]

    /// @notice Pays as much of what is owed as there are funds.
    function pay(uint256 funds) external returns (uint256 paid, bool allPaid); // [point-wei]

    /// @notice Marks as collected what is paid of a member's part of a closed day.
    function collect(uint32 member, uint32 day, uint32 openDay) external returns (uint256 amount); // [point-wei]

    /// @notice What a member is still owed under a day, and how much of it could be collected were the day closed
    /// [point-wei].
    function owedTo(uint32 member, uint32 day) external view returns (uint256 owed, uint256 paid);

    /// @notice Everything so far: owed, paid by the grid company, collected by members [point-wei].
    function totals() external view returns (uint256 owed, uint256 paid, uint256 collected);
}
