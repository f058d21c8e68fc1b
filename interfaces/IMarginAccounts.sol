// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Margin accounts of the members of a market
/// @notice An account has a free part and a reserved part. A free part below zero is the member's debt: the grid
/// company has fronted it, and later credits pay it first. The free parts plus the reserved parts of all accounts
/// are the points that the market holds, to the wei.
interface IMarginAccounts {
    /// @notice Nothing to deposit or withdraw.
    error MarginAccounts_ZeroAmount();
    /// @notice Only what is free can be withdrawn.
    error MarginAccounts_AboveFree(uint32 member, int256 free, uint256 amount);
    /// @notice The grid company's account cannot cover its own legs and the debts that it fronts.
    error MarginAccounts_GridAccountShort(int256 booked, uint256 fronted);
    /// @notice The stated member is not the grid company.
    error MarginAccounts_NotGridCompany(uint32 member);

    event Deposited(uint32 indexed member, address indexed from, uint256 amount); // [point-wei]
    event Withdrawn(uint32 indexed member, address indexed to, uint256 amount); // [point-wei]
    event DebtChanged(uint32 indexed member, uint256 debt); // [point-wei]

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

    /// @notice Stops deposits and new agreements; withdrawal and settlement go on.
    function pause() external;

    /// @notice Lifts the pause.
    function unpause() external;

    /// @notice The member id of the grid company.
    function gridCompany() external view returns (uint32 member);

    /// @notice What a member can withdraw, below zero its debt; for the grid company less what it fronts [point-wei].
    function freeOf(uint32 member) external view returns (int256 free);

    /// @notice What is reserved for a member's open agreements [point-wei].
    function reservedOf(uint32 member) external view returns (uint256 reserved);

    /// @notice All debts together, fronted by the grid company [point-wei].
    function totalDebt() external view returns (uint256 debt);
}
