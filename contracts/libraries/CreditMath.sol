// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IBilateralMarket} from "../../interfaces/IBilateralMarket.sol";

/// @title Credit weights
/// @notice Xiong et al. 2023, Eqs. (14)-(17) and (24), in a form that no order of settlement changes: docs/MARKET.md.
library CreditMath {
    uint256 internal constant WHOLE = 1e18; // 100 points [wad]
    uint64 internal constant NEWCOMER = 5e17; // [wad]
    uint256 internal constant DECAY = 951_229_424_500_714_009; // exp(-0.05) [wad]
    uint256 internal constant DECAY_PERIOD = 30; // closed days
    uint256 private constant LONGEST = 779; // one step more and the index is 0

    /// @dev W1, with the day's contracted energy M [Wh]: gains are rounded down, losses up. It stays within [0, 1e18],
    /// as P <= M and D <= O.
    function weightAfter(
        IBilateralMarket.Credit memory credit,
        uint256 marketWh
    ) internal pure returns (uint256 weight) {
        uint256 opening = credit.weight;
        weight = opening;
        if (credit.performedWh != 0) weight += ((WHOLE - opening) * credit.performedWh) / marketWh;
        if (credit.shortfallWh != 0) weight -= Math.ceilDiv(opening * credit.shortfallWh, credit.contractedWh);
    }

    /// @dev A weight after some steps of the global decay index, rounded down.
    function decayedRoundedDown(uint256 weight, uint256 steps) internal pure returns (uint256) {
        if (steps == 0) return weight;
        if (steps > LONGEST) return 0;
        uint256 index = DECAY;
        for (uint256 i = 1; i < steps; ++i) index = (index * DECAY) / WHOLE;
        return (weight * index) / WHOLE;
    }
}
