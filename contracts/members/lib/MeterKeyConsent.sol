// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title A meter gets another key only with the word of the account that the meter stands for
/// @notice Whoever holds the key states what was measured: the operator alone could measure for everybody else.
library MeterKeyConsent {
    bytes32 private constant CONSENT_TYPE =
        keccak256("MeterKeyConsent(uint32 meter,address meterKey,uint16 keyChanges,uint64 deadline)");

    /// @notice The consent was given until this time.
    error MeterKeyConsent_Expired(uint64 deadline, uint256 time);
    /// @notice The consent is not signed by the account that the meter stands for.
    error MeterKeyConsent_BadSignature(address account, bytes32 digest);

    /// @dev What is signed (EIP-712). Every change of the meter's key ends the consents that were not used.
    function hashOf(
        uint32 meter,
        address meterKey,
        uint16 keyChanges, // so far
        uint64 deadline // [s]
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(CONSENT_TYPE, meter, meterKey, keyChanges, deadline));
    }

    /// @dev The account, of a person or a contract (ERC-1271), has signed the digest and the deadline is not over.
    function requireGiven(
        address account,
        bytes32 digest,
        uint64 deadline, // [s]
        bytes calldata consent
    ) internal view {
        if (block.timestamp > deadline) revert MeterKeyConsent_Expired(deadline, block.timestamp);
        if (!SignatureChecker.isValidSignatureNowCalldata(account, digest, consent)) {
            revert MeterKeyConsent_BadSignature(account, digest);
        }
    }
}
