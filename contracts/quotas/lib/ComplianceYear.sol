// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {MarketTime} from "../../libraries/MarketTime.sol";

/// @title Times and shares of a compliance year
/// @notice A compliance year is the calendar year in the region's fixed offset from UTC. By 30 days after its end all
/// of its sheets are final and drawn down; by 90 days after it every member had time to buy what it misses.
library ComplianceYear {
    using SafeCast for uint256;

    uint16 internal constant OFFSETS = 0; // asset: no year
    uint256 internal constant SETTLED_BY_MEMBER = 30 days; // after the year's end [s]
    uint256 internal constant SETTLED_BY_ANYBODY = 90 days; // after the year's end [s]
    uint256 internal constant WHOLE = 10_000; // parts of a share

    /// @dev The market day of a year's 1 January, from 1970 on: 719,162 days lie between the years 1 and 1970.
    function firstDay(uint256 year) internal pure returns (uint256 day) {
        uint256 before = year - 1;
        return before * 365 + before / 4 - before / 100 + before / 400 - 719_162;
    }

    /// @dev The time at which a year ends [s].
    function endOf(uint256 year, int8 utcOffset) internal pure returns (uint256 time) {
        return MarketTime.endOf((firstDay(year + 1) - 1).toUint32(), utcOffset);
    }

    /// @dev A share [1/10,000] of an amount.
    function partRoundedDown(uint256 amount, uint256 share) internal pure returns (uint256 part) {
        return (amount * share) / WHOLE;
    }
}
