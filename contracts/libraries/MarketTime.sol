// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Market days and hours
/// @notice An hour is the unix hour, timestamp / 3600. A market day is 24 consecutive hours of the region's local
/// time, which has a fixed offset from UTC and no daylight saving: day = (hour + offset) / 24.
library MarketTime {
    using SafeCast for int256;
    using SafeCast for uint256;

    int8 internal constant LOWEST_OFFSET = -12; // [h]
    int8 internal constant HIGHEST_OFFSET = 14; // [h]

    /// @notice No place on earth has this offset from UTC.
    error MarketTime_BadOffset(int8 utcOffset, int8 lowest, int8 highest);

    /// @dev Returns the offset when it is one.
    function checkedOffset(int8 utcOffset) internal pure returns (int8) {
        if (utcOffset < LOWEST_OFFSET || utcOffset > HIGHEST_OFFSET) {
            revert MarketTime_BadOffset(utcOffset, LOWEST_OFFSET, HIGHEST_OFFSET);
        }
        return utcOffset;
    }

    /// @dev The market day of a unix hour.
    function dayOf(uint256 hour, int8 utcOffset) internal pure returns (uint32) {
        return ((hour.toInt256() + utcOffset).toUint256() / 24).toUint32();
    }

    /// @dev The first unix hour of a market day.
    function firstHour(uint256 day, int8 utcOffset) internal pure returns (uint32) {
        return ((day * 24).toInt256() - utcOffset).toUint256().toUint32();
    }

    /// @dev The market day in which a unix hour lies, and which hour of it that is, 0 to 23.
    function placeOf(uint32 hour, int8 utcOffset) internal pure returns (uint32 day, uint256 hourOfDay) {
        unchecked {
            uint256 local = (int256(uint256(hour)) + utcOffset).toUint256();
            return (uint32(local / 24), local % 24);
        }
    }

    /// @dev The time at which a unix hour starts [s].
    function startOf(uint256 hour) internal pure returns (uint256) {
        return hour * 1 hours;
    }

    /// @dev The time at which a market day ends [s].
    function endOf(uint32 day, int8 utcOffset) internal pure returns (uint256) {
        unchecked {
            return uint256(int256((uint256(day) + 1) * 1 days) - int256(utcOffset) * 1 hours);
        }
    }

    /// @dev The market day in which a time [s] lies.
    function dayAt(uint256 time, int8 utcOffset) internal pure returns (uint32) {
        return dayOf(time / 1 hours, utcOffset);
    }

    /// @dev The year of the Gregorian calendar in which a market day lies.
    function yearOf(uint256 day) internal pure returns (uint256) {
        return monthOf(day) / 12;
    }

    /// @dev The month of the Gregorian calendar in which a market day lies, counted from January of the year 0. Years
    /// are counted from 1 March of the year 0 in eras of 400 years = 146,097 days, so that the leap day is the last
    /// of its year; 153 days are five months of 31, 30, 31, 30 and 31 days.
    function monthOf(uint256 day) internal pure returns (uint32) {
        uint256 shifted = day + 719_468; // days since 0000-03-01
        uint256 dayOfEra = shifted % 146_097;
        uint256 yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        uint256 dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        uint256 marchYear = (shifted / 146_097) * 400 + yearOfEra;
        return (marchYear * 12 + 2 + (5 * dayOfYear + 2) / 153).toUint32();
    }
}
