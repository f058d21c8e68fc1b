// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {CarbonMath} from "../../../contracts/libraries/CarbonMath.sol";
import {CertificateId} from "../../../contracts/certificates/types/CertificateId.sol";
import {DayBook, Days} from "../../../contracts/market/types/Days.sol";
import {HourlyEnergy} from "../../../contracts/libraries/HourlyEnergy.sol";
import {HourlyHoldings} from "../../../contracts/certificates/lib/HourlyHoldings.sol";
import {MarketTime} from "../../../contracts/libraries/MarketTime.sol";
import {Penalties} from "../../../contracts/market/lib/Penalties.sol";
import {Settlement} from "../../../contracts/market/lib/Settlement.sol";

/// @notice Opens the libraries to tests, many cases in one call.
contract LibraryHarness {
    using HourlyHoldings for HourlyHoldings.Map;
    using Penalties for Settlement.Delivery;
    using Settlement for Settlement.Delivery;

    struct MarketTimes {
        uint32 day;
        uint32 firstHour;
        uint256 hourOfDay;
        uint256 endsAt;
        uint256 year;
        uint256 month;
    }

    HourlyHoldings.Map private _holdings;

    function marketTimes(uint256[] calldata hours_, int8 utcOffset) external pure returns (MarketTimes[] memory times) {
        times = new MarketTimes[](hours_.length);
        for (uint256 i; i < hours_.length; ++i) {
            uint32 day = MarketTime.dayOf(hours_[i], utcOffset);
            (uint32 sameDay, uint256 hourOfDay) = MarketTime.placeOf(uint32(hours_[i]), utcOffset);
            if (sameDay != day) revert("another day");
            times[i] = MarketTimes({
                day: day,
                firstHour: MarketTime.firstHour(day, utcOffset),
                hourOfDay: hourOfDay,
                endsAt: MarketTime.endOf(day, utcOffset),
                year: MarketTime.yearOf(day),
                month: MarketTime.monthOf(day)
            });
        }
    }

    function checkedOffset(int8 utcOffset) external pure returns (int8) {
        return MarketTime.checkedOffset(utcOffset);
    }

    function readAll(uint256[3] calldata words) external pure returns (uint256[24] memory wh, uint256 total) {
        for (uint256 hour; hour < 24; ++hour) wh[hour] = HourlyEnergy.read(words[HourlyEnergy.wordOf(hour)], hour);
        total = HourlyEnergy.total(words);
    }

    function anyAbove(uint256[3] calldata words, uint256 limit) external pure returns (bool) {
        return HourlyEnergy.anyAbove(words, limit);
    }

    function difference(uint256 a, uint256 b) external pure returns (uint256) {
        return HourlyEnergy.difference(a, b);
    }

    function add(uint256 word, uint256 hourOfDay, uint256 wh) external pure returns (uint256) {
        return HourlyEnergy.add(word, hourOfDay, wh);
    }

    /// @notice Settles agreements of one hour each.
    function settleHours(
        uint256[] calldata delivered,
        uint256[] calldata taken,
        uint256[] calldata priceTicks,
        Settlement.Rules calldata rules
    ) external pure returns (Settlement.Delivery[] memory deliveries, uint256[2][] memory legs) {
        deliveries = new Settlement.Delivery[](delivered.length);
        legs = new uint256[2][](delivered.length);
        for (uint256 i; i < delivered.length; ++i) {
            deliveries[i].addUnit(delivered[i], taken[i]);
            (legs[i][0], legs[i][1]) = deliveries[i].energyLegs(priceTicks[i], rules);
        }
    }

    function allCovered(uint256 a, uint256 b, uint256 hour, uint256 end) external pure returns (bool) {
        return HourlyEnergy.allCovered(a, b, hour, end);
    }

    function shares(uint256 metered, uint256[] calldata contracted) external pure returns (uint256[] memory parts) {
        uint256 sum;
        for (uint256 i; i < contracted.length; ++i) sum += contracted[i];
        parts = new uint256[](contracted.length);
        for (uint256 i; i < contracted.length; ++i) {
            parts[i] = HourlyEnergy.shareRoundedDown(metered, contracted[i], sum);
        }
    }

    /// @notice A day with one more agreement.
    function withAgreement(
        DayBook calldata day,
        uint256 wh
    ) external pure returns (DayBook memory) {
        return Days.pack(day).withAgreement(wh).unpack();
    }

    /// @notice Adds to what an account has of certificates; returns what it then has of the last.
    function hold(address account, uint256[] calldata ids, uint256[] calldata amounts) external returns (uint256) {
        _holdings.change(account, ids, amounts, 0, true);
        return _holdings.get(account, ids[ids.length - 1], 0);
    }

    function toTicks(uint256 price) external pure returns (uint32) {
        return Settlement.toTicks(price);
    }

    function emissionRoundedUp(uint256 wh, uint256 intensity) external pure returns (uint256) {
        return CarbonMath.emissionRoundedUp(wh, intensity);
    }

    function certificateId(
        bool trial,
        uint32 device,
        uint32 hour,
        uint8 carrier,
        uint16 revision
    ) external pure returns (uint256) {
        return CertificateId.pack(trial, device, hour, carrier, revision);
    }
}
