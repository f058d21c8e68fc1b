// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {TwoPersonRule} from "../../contracts/libraries/TwoPersonRule.sol";

/// @title Accounts whose value may not move for the time being
/// @notice Two persons of the regulator freeze an account, for 30 days at most; a freeze ends by itself. A frozen
/// account cannot pay, withdraw, claim or agree; it still receives, and what it agreed before is still settled.
interface IFreezeList {
    /// @notice A freeze ends in the future, `cap` from now at the latest.
    error FreezeList_BadEnd(uint64 until, uint256 time, uint256 cap);
    /// @notice A freeze and its lifting state their reason.
    error FreezeList_NoReason(address account);
    /// @notice The second person's signature was given until this time.
    error FreezeList_Expired(uint64 deadline, uint256 time);
    /// @notice Only what is frozen can be lifted.
    error FreezeList_NotFrozen(address account);
    /// @notice The account's value may not move before `until`.
    error FreezeList_Frozen(address account, uint64 until);

    event AccountFrozen(address indexed account, uint64 until, bytes32 reason, address regulator, address coSigner);
    event FreezeLifted(address indexed account, bytes32 reason, address regulator, address coSigner);

    /// @notice Freezes an account, or moves the end of its freeze.
    /// @param until end of the freeze [s]
    /// @param reason hash of the decision, which stays with the regulator
    /// @param deadline of the second person's signature [s]
    function freeze(
        address account,
        uint64 until,
        bytes32 reason,
        uint64 deadline,
        TwoPersonRule.CoSignature calldata second
    ) external;

    /// @notice Ends a freeze before its time; the same two roles.
    function lift(
        address account,
        bytes32 reason,
        uint64 deadline, // [s]
        TwoPersonRule.CoSignature calldata second
    ) external;

    /// @notice The EIP-712 digest that the second person signs for the next freeze of this account.
    function freezeDigest(
        address account,
        uint64 until, // [s]
        bytes32 reason,
        uint64 deadline // [s]
    ) external view returns (bytes32);

    /// @notice The EIP-712 digest that the second person signs to lift the present freeze of this account.
    function liftDigest(address account, bytes32 reason, uint64 deadline) external view returns (bytes32); // [s]

    /// @notice Reverts while the account is frozen.
    function requireNotFrozen(address account) external view;

    /// @notice End of the account's freeze [s]; 0 or past when it is not frozen.
    function frozenUntil(address account) external view returns (uint64);

    /// @notice Number of acts on this account so far; the next one signs it.
    function nonceOf(address account) external view returns (uint64);
}
