// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDaySheets} from "../../../interfaces/members/IDaySheets.sol";
import {ISettlementDays} from "../../../interfaces/members/ISettlementDays.sol";
import {MarketTime} from "../../libraries/MarketTime.sol";
import {MeterIds} from "../../libraries/MeterIds.sol";
import {SheetWindows} from "../../libraries/SheetWindows.sol";

/// @title When day sheets are taken, and what the market settled on
/// @dev Between the submission deadline and the close of a day the sheets of settlement meters stand still, so that no
/// order of settlement changes a result. The first change after it leaves the hash of what the day was settled on. No
/// settlement reads the sheets of devices: they neither stand still nor wait for a close.
abstract contract SheetHold is AccessManaged, IDaySheets {
    /// @inheritdoc IDaySheets
    ISettlementDays public market;
    /// @inheritdoc IDaySheets
    mapping(uint32 meter => mapping(uint32 day => bytes32)) public formerHashOf;

    /// @inheritdoc IDaySheets
    function attachMarket(ISettlementDays market_) external restricted {
        if (address(market) != address(0)) revert DaySheets_MarketAttached(address(market));
        market = market_;
        emit MarketAttached(address(market_));
    }

    function _offset() internal view virtual returns (int8);

    /// @dev The day is over, its sheets do not stand still, and a measured one is not too late; returns whether it is
    /// settled.
    function _checkWindow(uint32 meter, uint32 day, bool estimated) internal view returns (bool settled) {
        uint256 endsAt = MarketTime.endOf(day, _offset());
        uint256 deadline = endsAt + SheetWindows.SUBMISSION;
        if (estimated && block.timestamp < deadline) {
            revert DaySheets_DeadlineNotOver(day, deadline, block.timestamp);
        }
        if (block.timestamp < endsAt) revert DaySheets_DayNotOver(day, endsAt, block.timestamp);
        if (block.timestamp < deadline) return false;
        uint256 finalAt = _finalFrom(meter, day);
        if (!estimated && block.timestamp >= finalAt) revert DaySheets_WindowClosed(day, finalAt, block.timestamp);
        if (meter >= MeterIds.FIRST_DEVICE || address(market) == address(0)) return false;
        settled = market.closedAt(day) != 0;
        if (!settled && !(estimated && block.timestamp < deadline + SheetWindows.ESTIMATION)) {
            revert DaySheets_InSettlement(day);
        }
    }

    /// @dev Keeps the hash of what a settlement meter's day was settled on, at its first change after that.
    function _keepFormer(
        uint32 meter,
        uint32 day,
        uint256[3] memory importWh,
        uint256[3] memory exportWh
    ) internal {
        if (meter >= MeterIds.FIRST_DEVICE || formerHashOf[meter][day] != 0) return;
        formerHashOf[meter][day] = keccak256(abi.encode(importWh, exportWh));
    }

    // Views

    /// @inheritdoc IDaySheets
    function submissionDeadline(uint32 day) public view returns (uint256) {
        return SheetWindows.submissionDeadline(day, _offset());
    }

    /// @dev The time from which a meter's sheet is final [s].
    function _finalFrom(uint32 meter, uint32 day) internal view returns (uint256 time) {
        return meter < MeterIds.FIRST_DEVICE ? finalFrom(day) : deviceFinalFrom(day);
    }

    /// @inheritdoc IDaySheets
    function deviceFinalFrom(uint32 day) public view returns (uint256) {
        return SheetWindows.finalFrom(day, _offset());
    }

    /// @inheritdoc IDaySheets
    function finalFrom(uint32 day) public view returns (uint256 time) {
        time = deviceFinalFrom(day);
        if (address(market) == address(0)) return time;
        uint256 closedAt = market.closedAt(day);
        return closedAt == 0 ? type(uint256).max : Math.max(time, closedAt + SheetWindows.AFTER_CLOSE);
    }
}
