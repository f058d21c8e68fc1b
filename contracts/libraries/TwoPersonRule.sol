// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Acts that need a second person's signature
/// @notice The second person signs the act's EIP-712 digest with a key (65 bytes) or a contract account (ERC-1271).
library TwoPersonRule {
    /// @notice Who signed, and how.
    struct CoSignature {
        address signer;
        bytes signature;
    }

    /// @notice The signer does not hold the role that has to sign.
    error TwoPersonRule_WrongSigner(address signer, uint64 role);
    /// @notice The signature over the digest is not the signer's.
    error TwoPersonRule_BadSignature(address signer, bytes32 digest);
    /// @notice Nobody may hold both roles of an act, let alone sign for himself.
    error TwoPersonRule_SamePerson(address account, uint64 firstRole, uint64 secondRole);
    /// @notice A call through the access manager hides which person makes it.
    error TwoPersonRule_ThroughManager(address manager);

    /// @dev A holder of `role` has signed the digest.
    function requireSigned(
        address manager,
        uint64 role,
        bytes32 digest,
        CoSignature calldata second
    ) internal view {
        if (!_holds(manager, role, second.signer)) revert TwoPersonRule_WrongSigner(second.signer, role);
        if (!SignatureChecker.isValidSignatureNowCalldata(second.signer, digest, second.signature)) {
            revert TwoPersonRule_BadSignature(second.signer, digest);
        }
    }

    /// @dev The caller acts in `firstRole` and a holder of `secondRole` has signed the digest; neither holds both.
    function requireBoth(
        address manager,
        uint64 firstRole,
        uint64 secondRole,
        bytes32 digest,
        CoSignature calldata second
    ) internal view {
        if (msg.sender == manager) revert TwoPersonRule_ThroughManager(manager);
        requireSigned(manager, secondRole, digest, second);
        if (_holds(manager, firstRole, second.signer)) {
            revert TwoPersonRule_SamePerson(second.signer, firstRole, secondRole);
        }
        if (_holds(manager, secondRole, msg.sender)) {
            revert TwoPersonRule_SamePerson(msg.sender, firstRole, secondRole);
        }
    }

    function _holds(address manager, uint64 role, address account) private view returns (bool held) {
        (held, ) = IAccessManager(manager).hasRole(role, account);
    }
}
