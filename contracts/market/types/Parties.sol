// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @dev A party of a new agreement in one word: `Party`, its first field in the lowest bits.
type PartyWord is uint256;

using Parties for PartyWord global;

/// @notice What a market has to know of a party of a new agreement.
struct Party {
    uint32 group; // of one beneficial owner; 0 = nobody else's
    uint32 nameplateW; // of the register that the agreement uses [W]
    uint24 nonce; // of its offer
}

/// @title Parties of new agreements in one word
library Parties {
    uint256 private constant NAMEPLATE_OFFSET = 32;
    uint256 private constant NONCE_OFFSET = 64;

    function create(uint32 group_, uint32 nameplateW_, uint24 nonce_) internal pure returns (PartyWord) {
        uint256 word = uint256(group_) | (uint256(nameplateW_) << NAMEPLATE_OFFSET);
        return PartyWord.wrap(word | (uint256(nonce_) << NONCE_OFFSET));
    }

    function pack(Party memory party) internal pure returns (PartyWord) {
        return create(party.group, party.nameplateW, party.nonce);
    }

    function unpack(PartyWord word) internal pure returns (Party memory) {
        return Party({group: word.group(), nameplateW: uint32(word.nameplateW()), nonce: word.nonce()});
    }

    function group(PartyWord word) internal pure returns (uint32) {
        return uint32(PartyWord.unwrap(word));
    }

    function nameplateW(PartyWord word) internal pure returns (uint256) {
        return uint32(PartyWord.unwrap(word) >> NAMEPLATE_OFFSET);
    }

    function nonce(PartyWord word) internal pure returns (uint24) {
        return uint24(PartyWord.unwrap(word) >> NONCE_OFFSET);
    }
}
