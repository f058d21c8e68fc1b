// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IDeferredCredits} from "./IDeferredCredits.sol";

/// @title Margin accounts of the members of a market
/// @notice An account has a free part and a reserved part. A free part below zero is the member's debt: the grid
/// company fronts it, and later credits pay it first. A credit that the grid company's own account cannot cover is
/// owed to the member and paid in the order of days. docs/MARKET.md has the sum that equals the points held.
interface IMarginAccounts {
    /// @notice What a contract may do in the market.
    enum Admission {
        None,
        Desk, // deposit and withdraw
        Settlement, // book legs
        Offers // enter agreements
    }

    /// @notice What the grid company's legs add up to, and what it lends out.
    struct GridBook {
        int120 booked; // [point-wei]
        uint128 fronted; // all debts together [point-wei]
        bool owing; // some member waits for the grid company's money
    }

    /// @notice Only what is free can be withdrawn.
    error MarginAccounts_AboveFree(uint32 member, int256 free, uint256 amount);
    /// @notice The stated member is not the grid company.
    error MarginAccounts_NotGridCompany(uint32 member);
    /// @notice The caller was not admitted to this.
    error MarginAccounts_NotAdmitted(address caller, Admission needed);

    event DebtChanged(uint32 indexed member, uint256 debt); // [point-wei]
    event ReserveRaised(uint256 amount); // [point-wei]
    event Admitted(address indexed caller, Admission admission);

    /// @notice Credits points that the desk has received, also to the reserve (member 0). The first deposit opens the
    /// member's account.
    function deposit(uint32 member, uint256 amount) external; // amount [point-wei]

    /// @notice Debits free points that the desk pays out, also of the reserve (member 0).
    function withdraw(uint32 member, uint256 amount) external; // amount [point-wei]

    /// @notice Moves what the grid company has paid of a member's deferred credits of a closed day to its free part.
    function collect(uint32 member, uint32 day) external;

    /// @notice Books signed legs of members (at most 100), for a settlement contract; the grid company's legs are
    /// their opposite, less what goes to the reserve.
    function book(uint32[] calldata members, int256[] calldata legs, uint256 toReserve) external; // [point-wei]

    /// @notice Lets a contract deposit and withdraw, or book legs, or enter agreements, or none of it.
    function admit(address caller, Admission admission) external;

    /// @notice What a contract may do to the accounts.
    function admissionOf(address caller) external view returns (Admission);

    /// @notice Stops deposits and new agreements; withdrawal and settlement go on.
    function pause() external;

    /// @notice Lifts the pause.
    function unpause() external;

    /// @notice The member id of the grid company.
    function gridCompany() external view returns (uint32 member);

    /// @notice Below this the grid company's account closes the gate for new agreements [point-wei].
    function gridFloor() external view returns (uint256 amount);

    /// @notice Whether it is below.
    function gridLow() external view returns (bool);

    /// @notice What a member can withdraw, below zero its debt; for the grid company less what it fronts;
    /// member 0 is the reserve: penalties that nobody may share [point-wei].
    function freeOf(uint32 member) external view returns (int256 free);

    /// @notice What is reserved for a member's open agreements [point-wei].
    function reservedOf(uint32 member) external view returns (uint256 reserved);

    /// @notice What the grid company owes members because its account was empty.
    function deferred() external view returns (IDeferredCredits);

    /// @notice What the grid company's account has: its legs less what it fronts [point-wei].
    function funds() external view returns (int256);

    /// @notice All debts together, fronted by the grid company [point-wei].
    function totalDebt() external view returns (uint256 debt);

    /// @notice The first market day that is not closed.
    function openDay() external view returns (uint32 day);
}
