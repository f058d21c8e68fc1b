// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @dev An agreement in one word: `Agreement`, its first field in the lowest bits, a boolean in eight.
type AgreementWord is uint256;

using Agreements for AgreementWord global;

/// @notice An agreement.
struct Agreement {
    uint32 seller; // member
    uint32 buyer; // member
    uint32 whPerHour; // [Wh]
    uint24 ticks; // price [ticks of 1e14 point-wei/kWh]
    uint8 first; // hour of the day in which the window starts
    uint8 hourCount; // [h]
    bool bundled; // with the certificates of the energy
    bool related; // the parties belong to one owner group
    uint96 penalty; // pool entry F of a default [point-wei]
}

/// @title Agreements in one word
/// @notice Settlement handles them by the hundred: reading fields out of a word is a third of the price of a struct.
library Agreements {
    uint256 private constant BUYER_OFFSET = 32;
    uint256 private constant WH_PER_HOUR_OFFSET = 64;
    uint256 private constant TICKS_OFFSET = 96;
    uint256 private constant FIRST_OFFSET = 120;
    uint256 private constant HOUR_COUNT_OFFSET = 128;
    uint256 private constant BUNDLED_OFFSET = 136;
    uint256 private constant RELATED_OFFSET = 144;
    uint256 private constant PENALTY_OFFSET = 152;

    /// @dev A new agreement, without a penalty.
    function create(
        uint32 seller_,
        uint32 buyer_,
        uint256 whPerHour_,
        uint256 ticks_,
        uint256 first_,
        uint256 hourCount_,
        bool bundled_,
        bool related_
    ) internal pure returns (AgreementWord) {
        uint256 word = uint256(seller_) | (uint256(buyer_) << BUYER_OFFSET) | (whPerHour_ << WH_PER_HOUR_OFFSET);
        word |= (ticks_ << TICKS_OFFSET) | (first_ << FIRST_OFFSET) | (hourCount_ << HOUR_COUNT_OFFSET);
        if (bundled_) word |= 1 << BUNDLED_OFFSET;
        if (related_) word |= 1 << RELATED_OFFSET;
        return AgreementWord.wrap(word);
    }

    function pack(Agreement memory agreement) internal pure returns (AgreementWord word) {
        word = create(
            agreement.seller,
            agreement.buyer,
            agreement.whPerHour,
            agreement.ticks,
            agreement.first,
            agreement.hourCount,
            agreement.bundled,
            agreement.related
        );
        return word.withPenalty(agreement.penalty);
    }

    function unpack(AgreementWord word) internal pure returns (Agreement memory) {
        return
            Agreement({
                seller: word.seller(),
                buyer: word.buyer(),
                whPerHour: uint32(word.whPerHour()),
                ticks: uint24(word.ticks()),
                first: uint8(word.first()),
                hourCount: uint8(word.hourCount()),
                bundled: uint8(AgreementWord.unwrap(word) >> BUNDLED_OFFSET) != 0,
                related: word.related(),
                penalty: word.penalty()
            });
    }

    /// @dev The same agreement with its penalty, which was zero before [point-wei].
    function withPenalty(AgreementWord word, uint256 amount) internal pure returns (AgreementWord) {
        return AgreementWord.wrap(AgreementWord.unwrap(word) | (amount << PENALTY_OFFSET));
    }

    function exists(AgreementWord word) internal pure returns (bool) {
        return AgreementWord.unwrap(word) != 0;
    }

    function seller(AgreementWord word) internal pure returns (uint32) {
        return uint32(AgreementWord.unwrap(word));
    }

    function buyer(AgreementWord word) internal pure returns (uint32) {
        return uint32(AgreementWord.unwrap(word) >> BUYER_OFFSET);
    }

    function whPerHour(AgreementWord word) internal pure returns (uint256) {
        return uint32(AgreementWord.unwrap(word) >> WH_PER_HOUR_OFFSET);
    }

    /// @dev Everything that is agreed [Wh].
    function wh(AgreementWord word) internal pure returns (uint256) {
        unchecked {
            return word.whPerHour() * word.hourCount();
        }
    }

    function ticks(AgreementWord word) internal pure returns (uint256) {
        return uint24(AgreementWord.unwrap(word) >> TICKS_OFFSET);
    }

    function first(AgreementWord word) internal pure returns (uint256) {
        return uint8(AgreementWord.unwrap(word) >> FIRST_OFFSET);
    }

    function hourCount(AgreementWord word) internal pure returns (uint256) {
        return uint8(AgreementWord.unwrap(word) >> HOUR_COUNT_OFFSET);
    }

    function related(AgreementWord word) internal pure returns (bool) {
        return uint8(AgreementWord.unwrap(word) >> RELATED_OFFSET) != 0;
    }

    function penalty(AgreementWord word) internal pure returns (uint96) {
        return uint96(AgreementWord.unwrap(word) >> PENALTY_OFFSET);
    }
}
