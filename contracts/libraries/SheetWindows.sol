// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {MarketTime} from "./MarketTime.sol";

/// @title When day sheets are due and when they are final
library SheetWindows {
    uint256 internal constant SUBMISSION = 12 hours; // after the end of the day
    uint256 internal constant ESTIMATION = 6 hours; // after the submission deadline
    uint256 internal constant CORRECTION = 7 days; // after the end of the day
    uint256 internal constant AFTER_CLOSE = 24 hours; // in which a settled day can still be corrected

    /// @dev The time from which a missing sheet may be estimated [s].
    function submissionDeadline(uint32 day, int8 utcOffset) internal pure returns (uint256) {
        return MarketTime.endOf(day, utcOffset) + SUBMISSION;
    }

    /// @dev The time from which a missing sheet counts as silence [s].
    function silentFrom(uint32 day, int8 utcOffset) internal pure returns (uint256) {
        return submissionDeadline(day, utcOffset) + ESTIMATION;
    }

    /// @dev The time from which the sheets of a market day can no longer change, unless its settlement took longer [s].
    function finalFrom(uint32 day, int8 utcOffset) internal pure returns (uint256) {
        unchecked {
            return uint256(int256((uint256(day) + 1) * 1 days + CORRECTION) - int256(utcOffset) * 1 hours);
        }
    }
}
