// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IBilateralMarket} from "../../../interfaces/market/IBilateralMarket.sol";

/// @dev A member's credit in one word. From the lowest bit: weight W0 64 [wad], day 32, group 32, performed P 40 [Wh],
/// contracted O 40 [Wh], shortfall D 40 [Wh], known 8.
type CreditWord is uint256;

using Credits for CreditWord global;

/// @title Credit weights, one word a member
/// @notice Xiong et al. 2023, Eqs. (14)-(17) and (24), in a form that no order of settlement changes: docs/MARKET.md.
library Credits {
    uint256 internal constant WHOLE = 1e18; // 100 points [wad]
    uint256 internal constant NEWCOMER = 5e17; // [wad]
    uint256 internal constant DECAY = 951_229_424_500_714_009; // exp(-0.05) [wad]
    uint256 internal constant DECAY_PERIOD = 30; // closed days
    uint256 private constant LONGEST = 779; // one step more and the index is 0
    uint256 private constant KNOWN = 1 << 248;

    /// @dev The credit with which a member opens a day.
    function opened(uint256 weight_, uint32 day_, uint32 group_) internal pure returns (CreditWord) {
        return CreditWord.wrap(KNOWN | weight_ | (uint256(day_) << 64) | (uint256(group_) << 96));
    }

    function unpack(CreditWord word) internal pure returns (IBilateralMarket.Credit memory) {
        uint256 bits = CreditWord.unwrap(word);
        return
            IBilateralMarket.Credit({
                weight: uint64(word.weight()),
                day: word.day(),
                group: word.group(),
                performedWh: uint40(bits >> 128),
                contractedWh: uint40(bits >> 168),
                shortfallWh: uint40(bits >> 208)
            });
    }

    /// @dev The weight of who has not settled yet: entered, or a newcomer's.
    function firstWeight(CreditWord word) internal pure returns (uint256) {
        return word.known() ? word.weight() : NEWCOMER;
    }

    /// @dev Counts what the member contracted, performed and missed [Wh]: 24 hours of 2 GW in two roles fit.
    function counted(
        CreditWord word,
        uint256 contracted,
        uint256 performed,
        uint256 shortfall
    ) internal pure returns (CreditWord) {
        unchecked {
            uint256 added = (performed << 128) + (contracted << 168) + (shortfall << 208);
            return CreditWord.wrap(CreditWord.unwrap(word) + added);
        }
    }

    /// @dev W1, with the day's contracted energy M [Wh]: gains are rounded down, losses up. It stays within [0, 1e18],
    /// as P <= M and D <= O.
    function weightAfter(CreditWord word, uint256 marketWh) internal pure returns (uint256 after_) {
        unchecked {
            uint256 bits = CreditWord.unwrap(word);
            uint256 opening = uint64(bits);
            uint256 performed = uint40(bits >> 128);
            uint256 shortfall = uint40(bits >> 208);
            after_ = opening;
            if (performed != 0) after_ += ((WHOLE - opening) * performed) / marketWh;
            if (shortfall == 0) return after_;
            uint256 contracted = uint40(bits >> 168);
            after_ -= (opening * shortfall + contracted - 1) / contracted;
        }
    }

    /// @dev A weight after some steps of the global decay index, rounded down.
    function decayedRoundedDown(uint256 weight_, uint256 steps) internal pure returns (uint256) {
        if (steps == 0) return weight_;
        if (steps > LONGEST) return 0;
        uint256 index = DECAY;
        for (uint256 i = 1; i < steps; ++i) index = (index * DECAY) / WHOLE;
        return (weight_ * index) / WHOLE;
    }

    function weight(CreditWord word) internal pure returns (uint256) {
        return uint64(CreditWord.unwrap(word));
    }

    function day(CreditWord word) internal pure returns (uint32) {
        return uint32(CreditWord.unwrap(word) >> 64);
    }

    function group(CreditWord word) internal pure returns (uint32) {
        return uint32(CreditWord.unwrap(word) >> 96);
    }

    function known(CreditWord word) internal pure returns (bool) {
        return CreditWord.unwrap(word) & KNOWN != 0;
    }
}
