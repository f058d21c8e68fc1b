// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @dev A margin account in one word. From the lowest bit: free 88 (signed) [point-wei], reserved 88 [point-wei], group
/// 32, claimedDay 24, firstNonce 24.
type AccountWord is uint256;

using Accounts for AccountWord global;

/// @title Margin accounts, one word a member
/// @notice What registration, settlement and claim need to know of a member lies in the word that they write anyway.
library Accounts {
    uint256 private constant FREE = type(uint88).max;
    uint256 private constant GROUP = uint256(type(uint32).max) << 176;
    uint256 private constant CLAIMED_DAY = uint256(type(uint24).max) << 208;
    uint256 private constant FIRST_NONCE = uint256(type(uint24).max) << 232;

    /// @notice An account holds up to 154 million points either way, and reserves up to 309 million.
    error Accounts_TooLarge(int256 free, uint256 reserved);

    function free(AccountWord word) internal pure returns (int256) {
        return int88(uint88(AccountWord.unwrap(word)));
    }

    function reserved(AccountWord word) internal pure returns (uint256) {
        return uint88(AccountWord.unwrap(word) >> 88);
    }

    /// @dev The group at the last registration of an agreement.
    function group(AccountWord word) internal pure returns (uint32) {
        return uint32(AccountWord.unwrap(word) >> 176);
    }

    /// @dev The day whose penalty shares were claimed.
    function claimedDay(AccountWord word) internal pure returns (uint256) {
        return uint24(AccountWord.unwrap(word) >> 208);
    }

    /// @dev The lowest nonce of offers that is not void.
    function firstNonce(AccountWord word) internal pure returns (uint256) {
        return AccountWord.unwrap(word) >> 232;
    }

    function withFree(AccountWord word, int256 amount) internal pure returns (AccountWord) {
        if (amount != int88(amount)) revert Accounts_TooLarge(amount, word.reserved());
        return AccountWord.wrap((AccountWord.unwrap(word) & ~FREE) | uint88(int88(amount)));
    }

    /// @dev Moves an amount from the free part, which has it, into the reserved one; notes the owner group.
    function withReserve(AccountWord word, uint256 amount, uint32 group_) internal pure returns (AccountWord) {
        unchecked {
            uint256 sum = word.reserved() + amount;
            if (sum > FREE) revert Accounts_TooLarge(word.free(), sum);
            uint256 bits = AccountWord.unwrap(word.withFree(word.free() - int256(amount))) & ~GROUP;
            return AccountWord.wrap((bits + (amount << 88)) | (uint256(group_) << 176));
        }
    }

    /// @dev Releases a margin, which is reserved, and sets the free part.
    function withRelease(AccountWord word, uint256 margin, int256 amount) internal pure returns (AccountWord) {
        unchecked {
            return AccountWord.wrap(AccountWord.unwrap(word.withFree(amount)) - (margin << 88));
        }
    }

    function withClaimedDay(AccountWord word, uint256 day) internal pure returns (AccountWord) {
        return AccountWord.wrap((AccountWord.unwrap(word) & ~CLAIMED_DAY) | (day << 208));
    }

    function withFirstNonce(AccountWord word, uint256 nonce) internal pure returns (AccountWord) {
        return AccountWord.wrap((AccountWord.unwrap(word) & ~FIRST_NONCE) | (nonce << 232));
    }
}
