// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @dev A member's credit in one word: `Credit`, its first field in the lowest bits, then a byte, 1 once it is known.
type CreditWord is uint256;

using Credits for CreditWord global;

/// @notice Credit of a member as of the last day on which it settled.
struct Credit {
    uint64 weight; // W0 at the opening of that day [wad]
    uint32 day; // 0 before the first one
    uint32 group; // of one beneficial owner, on that day
    uint40 performedWh; // P, contracted in units that the member performed [Wh]
    uint40 contractedWh; // O, contracted in all units [Wh]
    uint40 shortfallWh; // D [Wh]
}

/// @title Credit weights, one word a member
/// @notice Xiong et al. 2023, Eqs. (14)-(17) and (24), in a form that no order of settlement changes: docs/MARKET.md.
library Credits {
    uint256 internal constant WHOLE = 1e18; // 100 points [wad]
    uint256 internal constant NEWCOMER = 5e17; // [wad]
    uint256 internal constant DECAY = 951_229_424_500_714_009; // exp(-0.05) [wad]
    uint256 internal constant DECAY_PERIOD = 30; // closed days
    uint256 private constant LONGEST = 779; // one step more and the index is 0
    uint256 private constant DAY_OFFSET = 64;
    uint256 private constant GROUP_OFFSET = 96;
    uint256 private constant PERFORMED_OFFSET = 128;
    uint256 private constant CONTRACTED_OFFSET = 168;
    uint256 private constant SHORTFALL_OFFSET = 208;
    uint256 private constant KNOWN = 1 << 248;

    /// @dev The credit with which a member opens a day.
    function opened(uint256 weight_, uint32 day_, uint32 group_) internal pure returns (CreditWord) {
        return
            CreditWord.wrap(KNOWN | weight_ | (uint256(day_) << DAY_OFFSET) | (uint256(group_) << GROUP_OFFSET));
    }

    /// @dev The credit of a member that is known.
    function pack(Credit memory credit) internal pure returns (CreditWord) {
        return
            opened(credit.weight, credit.day, credit.group).counted(
                credit.contractedWh,
                credit.performedWh,
                credit.shortfallWh
            );
    }

    function unpack(CreditWord word) internal pure returns (Credit memory) {
        uint256 bits = CreditWord.unwrap(word);
        return
            Credit({
                weight: uint64(word.weight()),
                day: word.day(),
                group: word.group(),
                performedWh: uint40(bits >> PERFORMED_OFFSET),
                contractedWh: uint40(bits >> CONTRACTED_OFFSET),
                shortfallWh: uint40(bits >> SHORTFALL_OFFSET)
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
            uint256 added = (performed << PERFORMED_OFFSET) + (contracted << CONTRACTED_OFFSET);
            added += shortfall << SHORTFALL_OFFSET;
            return CreditWord.wrap(CreditWord.unwrap(word) + added);
        }
    }

    /// @dev W1, with the day's contracted energy M [Wh]: gains are rounded down, losses up. It stays within [0, 1e18],
    /// as P <= M and D <= O.
    function weightAfter(CreditWord word, uint256 marketWh) internal pure returns (uint256 after_) {
        unchecked {
            uint256 bits = CreditWord.unwrap(word);
            uint256 opening = uint64(bits);
            uint256 performed = uint40(bits >> PERFORMED_OFFSET);
            uint256 shortfall = uint40(bits >> SHORTFALL_OFFSET);
            after_ = opening;
            if (performed != 0) after_ += ((WHOLE - opening) * performed) / marketWh;
            if (shortfall == 0) return after_;
            uint256 contracted = uint40(bits >> CONTRACTED_OFFSET);
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
        return uint32(CreditWord.unwrap(word) >> DAY_OFFSET);
    }

    function group(CreditWord word) internal pure returns (uint32) {
        return uint32(CreditWord.unwrap(word) >> GROUP_OFFSET);
    }

    function known(CreditWord word) internal pure returns (bool) {
        return CreditWord.unwrap(word) & KNOWN != 0;
    }
}
