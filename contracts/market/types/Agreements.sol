// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IBilateralMarket} from "../../../interfaces/market/IBilateralMarket.sol";

/// @dev An agreement in one word. From the lowest bit: seller 32, buyer 32, whPerHour 32 [Wh], price 24 [ticks],
/// first 8 [hour of the day], hourCount 8 [h], bundled 8, related 8, penalty 96 [point-wei].
type AgreementWord is uint256;

using Agreements for AgreementWord global;

/// @title Agreements in one word
/// @notice Settlement handles them by the hundred: reading fields out of a word is a third of the price of a struct.
library Agreements {
    uint256 private constant PENALTY_BIT = 152;

    /// @dev A new agreement, without a penalty.
    function create(
        uint32 seller_,
        uint32 buyer_,
        uint256 whPerHour_,
        uint256 price_,
        uint256 first_,
        uint256 hourCount_,
        bool bundled_,
        bool related_
    ) internal pure returns (AgreementWord) {
        uint256 word = uint256(seller_) | (uint256(buyer_) << 32) | (whPerHour_ << 64) | (price_ << 96);
        word |= (first_ << 120) | (hourCount_ << 128);
        if (bundled_) word |= 1 << 136;
        if (related_) word |= 1 << 144;
        return AgreementWord.wrap(word);
    }

    function unpack(AgreementWord word) internal pure returns (IBilateralMarket.Agreement memory) {
        return
            IBilateralMarket.Agreement({
                seller: word.seller(),
                buyer: word.buyer(),
                whPerHour: uint32(word.whPerHour()),
                price: uint24(word.price()),
                first: uint8(word.first()),
                hourCount: uint8(word.hourCount()),
                bundled: uint8(AgreementWord.unwrap(word) >> 136) != 0,
                related: word.related(),
                penalty: word.penalty()
            });
    }

    /// @dev The same agreement with its penalty, which was zero before [point-wei].
    function withPenalty(AgreementWord word, uint256 amount) internal pure returns (AgreementWord) {
        return AgreementWord.wrap(AgreementWord.unwrap(word) | (amount << PENALTY_BIT));
    }

    function exists(AgreementWord word) internal pure returns (bool) {
        return AgreementWord.unwrap(word) != 0;
    }

    function seller(AgreementWord word) internal pure returns (uint32) {
        return uint32(AgreementWord.unwrap(word));
    }

    function buyer(AgreementWord word) internal pure returns (uint32) {
        return uint32(AgreementWord.unwrap(word) >> 32);
    }

    function whPerHour(AgreementWord word) internal pure returns (uint256) {
        return uint32(AgreementWord.unwrap(word) >> 64);
    }

    /// @dev Everything that is agreed [Wh].
    function wh(AgreementWord word) internal pure returns (uint256) {
        unchecked {
            return word.whPerHour() * word.hourCount();
        }
    }

    function price(AgreementWord word) internal pure returns (uint256) {
        return uint24(AgreementWord.unwrap(word) >> 96);
    }

    function first(AgreementWord word) internal pure returns (uint256) {
        return uint8(AgreementWord.unwrap(word) >> 120);
    }

    function hourCount(AgreementWord word) internal pure returns (uint256) {
        return uint8(AgreementWord.unwrap(word) >> 128);
    }

    function related(AgreementWord word) internal pure returns (bool) {
        return uint8(AgreementWord.unwrap(word) >> 144) != 0;
    }

    function penalty(AgreementWord word) internal pure returns (uint96) {
        return uint96(AgreementWord.unwrap(word) >> PENALTY_BIT);
    }
}
