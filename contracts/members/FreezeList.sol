// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IFreezeList} from "../../interfaces/members/IFreezeList.sol";
import {Roles} from "../libraries/Roles.sol";
import {TwoPersonRule} from "../libraries/TwoPersonRule.sol";

/// @title Accounts whose value may not move for the time being
contract FreezeList is AccessManaged, EIP712, IFreezeList {
    /// @dev One word: reading a freeze costs one slot.
    struct Freeze {
        uint64 until; // [s]
        uint64 nonce;
    }

    uint256 public constant LONGEST_FREEZE = 30 days;
    bytes32 private constant FREEZE_TYPE =
        keccak256("Freeze(address account,uint64 until,bytes32 reason,uint64 nonce,uint64 deadline)");
    bytes32 private constant LIFT_TYPE =
        keccak256("Lift(address account,bytes32 reason,uint64 nonce,uint64 deadline)");

    mapping(address account => Freeze) private _freezes;

    constructor(address authority_) AccessManaged(authority_) EIP712("Gridleaf FreezeList", "1") {}

    // Freezing

    /// @inheritdoc IFreezeList
    function freeze(
        address account,
        uint64 until,
        bytes32 reason,
        uint64 deadline,
        TwoPersonRule.CoSignature calldata second
    ) external restricted {
        if (until <= block.timestamp || until > block.timestamp + LONGEST_FREEZE) {
            revert FreezeList_BadEnd(until, block.timestamp, LONGEST_FREEZE);
        }
        _checkAct(account, reason, deadline, freezeDigest(account, until, reason, deadline), second);

        _freezes[account] = Freeze({until: until, nonce: _freezes[account].nonce + 1});
        emit AccountFrozen(account, until, reason, _msgSender(), second.signer);
    }

    // Lifting

    /// @inheritdoc IFreezeList
    function lift(
        address account,
        bytes32 reason,
        uint64 deadline,
        TwoPersonRule.CoSignature calldata second
    ) external restricted {
        if (block.timestamp >= _freezes[account].until) revert FreezeList_NotFrozen(account);
        _checkAct(account, reason, deadline, liftDigest(account, reason, deadline), second);

        _freezes[account] = Freeze({until: 0, nonce: _freezes[account].nonce + 1});
        emit FreezeLifted(account, reason, _msgSender(), second.signer);
    }

    /// @dev The act has a reason, and two persons stand for it.
    function _checkAct(
        address account,
        bytes32 reason,
        uint64 deadline,
        bytes32 digest,
        TwoPersonRule.CoSignature calldata second
    ) private view {
        if (reason == 0) revert FreezeList_NoReason(account);
        if (block.timestamp > deadline) revert FreezeList_Expired(deadline, block.timestamp);
        TwoPersonRule.requireBoth(authority(), Roles.REGULATOR, Roles.FREEZE_COSIGNER, digest, second);
    }

    // Views

    /// @inheritdoc IFreezeList
    function requireNotFrozen(address account) external view {
        uint64 until = _freezes[account].until;
        if (block.timestamp < until) revert FreezeList_Frozen(account, until);
    }

    /// @inheritdoc IFreezeList
    function frozenUntil(address account) external view returns (uint64) {
        return _freezes[account].until;
    }

    /// @inheritdoc IFreezeList
    function nonceOf(address account) external view returns (uint64) {
        return _freezes[account].nonce;
    }

    /// @inheritdoc IFreezeList
    function freezeDigest(
        address account,
        uint64 until,
        bytes32 reason,
        uint64 deadline
    ) public view returns (bytes32) {
        uint64 nonce = _freezes[account].nonce;
        return _hashTypedDataV4(keccak256(abi.encode(FREEZE_TYPE, account, until, reason, nonce, deadline)));
    }

    /// @inheritdoc IFreezeList
    function liftDigest(address account, bytes32 reason, uint64 deadline) public view returns (bytes32) {
        uint64 nonce = _freezes[account].nonce;
        return _hashTypedDataV4(keccak256(abi.encode(LIFT_TYPE, account, reason, nonce, deadline)));
    }
}
