// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IDeviceRegistry} from "./IDeviceRegistry.sol";
import {IMemberRegistry} from "./IMemberRegistry.sol";
import {ISettlementDays} from "./ISettlementDays.sol";

/// @title Signed meter readings, one sheet per meter and market day
/// @notice A sheet holds 24 hourly imports and 24 hourly exports, eight uint32 Wh to a word, hour 0 in the lowest
/// bits. Sheets and their corrections are taken from the end of their day until seven days later, or a day after the
/// market closed it, when they are final; not between the submission deadline and the close. Where a sheet is missing
/// after the deadline, the operator may enter an estimate, which is marked as one; of a final day it is final at once.
interface IDaySheets {
    enum Status {
        None,
        Accepted, // can still be corrected
        Final
    }

    enum Mark {
        None, // measured and signed
        Estimate // entered by the operator
    }

    /// @notice Where a reading comes from.
    enum Source {
        Missing,
        Measured,
        Estimated
    }

    /// @notice What the meter signs (EIP-712).
    struct DaySheet {
        uint32 meter;
        uint32 day; // market day
        uint16 revision; // above all earlier ones, by 256 at most
        uint256[3] importWh; // 24 x uint32 [Wh]
        uint256[3] exportWh; // 24 x uint32 [Wh]
    }

    /// @notice What the operator enters for a missing sheet; it becomes revision 0, as the first measured one may be.
    struct Estimate {
        uint32 meter;
        uint32 day; // market day
        uint256[3] importWh; // 24 x uint32 [Wh]
        uint256[3] exportWh; // 24 x uint32 [Wh]
    }

    /// @notice A revision that a later one has replaced.
    struct PastRevision {
        uint16 revision;
        Mark mark;
        uint256[3] importWh; // 24 x uint32 [Wh]
        uint256[3] exportWh; // 24 x uint32 [Wh]
    }

    /// @notice A batch holds at least one and at most `cap` sheets, and one signature for each that is measured.
    error DaySheets_BatchSize(uint256 sheets, uint256 signatures, uint256 cap);
    /// @notice A sheet is taken once its day is over.
    error DaySheets_DayNotOver(uint32 day, uint256 endsAt, uint256 time);
    /// @notice A sheet that is final is not corrected, and none comes late.
    error DaySheets_WindowClosed(uint32 day, uint256 finalFrom, uint256 time);
    /// @notice An estimate is entered once the submission deadline has passed.
    error DaySheets_DeadlineNotOver(uint32 day, uint256 deadline, uint256 time);
    /// @notice The meter was not in service on this day.
    error DaySheets_OutOfService(uint32 meter, uint32 day, uint32 firstDay, uint32 lastDay);
    /// @notice The key of the meter was revoked.
    error DaySheets_KeyRevoked(uint32 meter);
    /// @notice The signature over this chain's and this contract's digest is not by the registered key of the meter.
    error DaySheets_BadSignature(uint32 meter, address signer, address meterKey);
    /// @notice A revision is above the last one, 0 before the first, by 256 at most.
    error DaySheets_RevisionRefused(uint32 meter, uint32 day, uint16 revision, uint16 last);
    /// @notice A meter cannot measure more than its nameplate with 5 % tolerance.
    error DaySheets_AboveNameplate(uint32 meter, uint256 hourOfDay, uint256 wh, uint256 limitWh);
    /// @notice The sheets of a day stand still from the submission deadline until the market has closed the day.
    error DaySheets_InSettlement(uint32 day);
    /// @notice The market is attached once.
    error DaySheets_MarketAttached(address market);
    /// @notice There is no sheet of this meter and day.
    error DaySheets_NoSheet(uint32 meter, uint32 day);

    event MarketAttached(address indexed market);
    event SheetAccepted(
        uint32 indexed meter,
        uint32 indexed day,
        uint16 revision,
        uint256[3] importWh, // 24 x uint32 [Wh]
        uint256[3] exportWh // 24 x uint32 [Wh]
    );
    event SheetEstimated(
        uint32 indexed meter,
        uint32 indexed day,
        uint256[3] importWh, // 24 x uint32 [Wh]
        uint256[3] exportWh // 24 x uint32 [Wh]
    );
    /// @dev New minus old, two's complement. The sheet is a measured one from now on.
    event SheetCorrected(
        uint32 indexed meter,
        uint32 indexed day,
        uint16 revision,
        uint256[3] importDifference, // 24 x int32 [Wh]
        uint256[3] exportDifference // 24 x int32 [Wh]
    );

    /// @notice Takes signed sheets and corrections (at most 64) from anybody. A sheet that is here already is skipped.
    function submit(DaySheet[] calldata sheets, bytes[] calldata signatures) external;

    /// @notice Enters estimates (at most 64) for sheets that are missing after the submission deadline: in the 6 hours
    /// that follow it, and again once the day is closed, however late. Days that have a sheet are skipped.
    function estimate(Estimate[] calldata estimates) external;

    /// @notice Names the market whose settlement the sheets wait for, once.
    function attachMarket(ISettlementDays market) external;

    /// @notice The market whose settlement the sheets wait for.
    function market() external view returns (ISettlementDays);

    /// @notice keccak256(abi.encode(importWh, exportWh)) of what a settlement meter's day was settled on, kept at the
    /// first change after that; zero while there was none.
    function formerHashOf(uint32 meter, uint32 day) external view returns (bytes32);

    /// @notice The EIP-712 digest that the meter signs.
    function digestOf(DaySheet calldata sheet) external view returns (bytes32);

    /// @notice The members, whose settlement meters have their ids.
    function registry() external view returns (IMemberRegistry);

    /// @notice The production devices and their meters.
    function devices() external view returns (IDeviceRegistry);

    /// @notice Hours that the region's local time is ahead of UTC [h], fixed, no daylight saving.
    function utcOffset() external view returns (int8);

    /// @notice The time from which a missing sheet may be estimated: 12 h after the end of the day [s].
    function submissionDeadline(uint32 day) external view returns (uint256);

    /// @notice The time from which the sheets of settlement meters of a day are final: 7 x 24 h after its end, or 24 h
    /// after its close if that is later; the largest number while it waits for its close [s].
    function finalFrom(uint32 day) external view returns (uint256);

    /// @notice The time from which the sheets of devices of a day are final: 7 x 24 h after its end [s].
    function deviceFinalFrom(uint32 day) external view returns (uint256);

    /// @notice Whether the sheet of this meter and day is here.
    function hasSheet(uint32 meter, uint32 day) external view returns (bool);

    /// @notice How a sheet stands; revision 0 and no mark when there is none.
    function statusOf(uint32 meter, uint32 day) external view returns (Status status, Mark mark, uint16 revision);

    /// @notice Whether the present sheet is an estimate; reverts without a sheet.
    function markOf(uint32 meter, uint32 day) external view returns (Mark mark);

    /// @notice The import register of a day, 24 x uint32 [Wh]; reverts without a sheet.
    function importOf(uint32 meter, uint32 day) external view returns (uint256[3] memory importWh);

    /// @notice The export register of a day, 24 x uint32 [Wh]; reverts without a sheet.
    function exportOf(uint32 meter, uint32 day) external view returns (uint256[3] memory exportWh);

    /// @notice The status of a sheet with its export register, 24 x uint32 [Wh].
    function exportRecordOf(
        uint32 meter,
        uint32 day
    ) external view returns (Status status, Mark mark, uint16 revision, uint256[3] memory exportWh);

    /// @notice Eight hours of a seller's export and of a buyer's import, 8 x uint32 [Wh] each, zero without a sheet;
    /// sources has where the seller's come from in its lowest two bits, where the buyer's come from in the next two
    /// (Source).
    function tradeOf(
        uint32 seller,
        uint32 buyer,
        uint32 day,
        uint256 word // 0 to 2
    ) external view returns (uint256 sources, uint256 exportWh, uint256 importWh);

    /// @notice The hash chain over the revisions that were replaced; zero without a correction. Starting from zero,
    /// each link is the first 30 bytes of keccak256(abi.encode(bytes30 link, PastRevision)).
    function historyOf(uint32 meter, uint32 day) external view returns (bytes30 chain);

    /// @notice Whether these are all the replaced revisions of a sheet, oldest first.
    function verifyHistory(uint32 meter, uint32 day, PastRevision[] calldata past) external view returns (bool);
}
