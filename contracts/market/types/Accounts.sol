// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @dev A margin account in one word: `Account`, its first field in the lowest bits.
type AccountWord is uint256;

using Accounts for AccountWord global;

/// @notice The margin account of a member.
struct Account {
    int88 free; // below zero: debt [point-wei]
    uint88 reserved; // for open agreements [point-wei]
    uint32 group; // of one beneficial owner, at the last registration of an agreement
    uint24 claimedDay; // whose penalty shares were claimed
    uint24 firstNonce; // the lowest one of offers that is not void
}

/// @title Margin accounts, one word a member
/// @notice What registration, settlement and claim need to know of a member lies in the word that they write anyway.
library Accounts {
    uint256 private constant RESERVED_OFFSET = 88;
    uint256 private constant GROUP_OFFSET = 176;
    uint256 private constant CLAIMED_DAY_OFFSET = 208;
    uint256 private constant FIRST_NONCE_OFFSET = 232;
    uint256 private constant FREE = type(uint88).max;
    uint256 private constant GROUP = uint256(type(uint32).max) << GROUP_OFFSET;
    uint256 private constant CLAIMED_DAY = uint256(type(uint24).max) << CLAIMED_DAY_OFFSET;
    uint256 private constant FIRST_NONCE = uint256(type(uint24).max) << FIRST_NONCE_OFFSET;

    /// @notice An account holds up to 154 million points either way, and reserves up to 309 million.
    error Accounts_TooLarge(int256 free, uint256 reserved);

    function pack(Account memory account) internal pure returns (AccountWord) {
        uint256 bits = uint88(account.free) | (uint256(account.reserved) << RESERVED_OFFSET);
        bits |= (uint256(account.group) << GROUP_OFFSET) | (uint256(account.claimedDay) << CLAIMED_DAY_OFFSET);
        return AccountWord.wrap(bits | (uint256(account.firstNonce) << FIRST_NONCE_OFFSET));
    }

    function unpack(AccountWord word) internal pure returns (Account memory) {
        return
            Account({
                free: int88(word.free()),
                reserved: uint88(word.reserved()),
                group: word.group(),
                claimedDay: uint24(word.claimedDay()),
                firstNonce: uint24(word.firstNonce())
            });
    }

    function free(AccountWord word) internal pure returns (int256) {
        return int88(uint88(AccountWord.unwrap(word)));
    }

    function reserved(AccountWord word) internal pure returns (uint256) {
        return uint88(AccountWord.unwrap(word) >> RESERVED_OFFSET);
    }

    function group(AccountWord word) internal pure returns (uint32) {
        return uint32(AccountWord.unwrap(word) >> GROUP_OFFSET);
    }

    function claimedDay(AccountWord word) internal pure returns (uint256) {
        return uint24(AccountWord.unwrap(word) >> CLAIMED_DAY_OFFSET);
    }

    function firstNonce(AccountWord word) internal pure returns (uint256) {
        return AccountWord.unwrap(word) >> FIRST_NONCE_OFFSET;
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
            return AccountWord.wrap((bits + (amount << RESERVED_OFFSET)) | (uint256(group_) << GROUP_OFFSET));
        }
    }

    /// @dev Releases a margin, which is reserved, and sets the free part.
    function withRelease(AccountWord word, uint256 margin, int256 amount) internal pure returns (AccountWord) {
        unchecked {
            return AccountWord.wrap(AccountWord.unwrap(word.withFree(amount)) - (margin << RESERVED_OFFSET));
        }
    }

    function withClaimedDay(AccountWord word, uint256 day) internal pure returns (AccountWord) {
        return AccountWord.wrap((AccountWord.unwrap(word) & ~CLAIMED_DAY) | (day << CLAIMED_DAY_OFFSET));
    }

    function withFirstNonce(AccountWord word, uint256 nonce) internal pure returns (AccountWord) {
        return AccountWord.wrap((AccountWord.unwrap(word) & ~FIRST_NONCE) | (nonce << FIRST_NONCE_OFFSET));
    }
}
