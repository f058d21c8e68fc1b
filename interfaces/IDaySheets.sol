// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Signed meter readings, one sheet per meter and market day
/// @notice A sheet holds 24 hourly imports and 24 hourly exports, eight uint32 Wh to a word, hour 0 in the lowest
/// bits. A meter has the id of its member.
interface IDaySheets {
    /// @notice What the meter signs (EIP-712).
    struct DaySheet {
        uint32 meter;
        uint32 day; // market day
        uint16 revision;
        uint256[3] importWh; // 24 x uint32 [Wh]
        uint256[3] exportWh; // 24 x uint32 [Wh]
    }

    /// @notice A batch holds at least one and at most `cap` sheets, and one signature for each.
    error DaySheets_BatchSize(uint256 sheets, uint256 signatures, uint256 cap);
    /// @notice The only revision accepted is the first one.
    error DaySheets_RevisionRefused(uint32 meter, uint32 day, uint16 revision, uint16 allowed);
    /// @notice This meter's sheet of this day is here already.
    error DaySheets_AlreadySubmitted(uint32 meter, uint32 day);
    /// @notice A sheet is taken once its day is over.
    error DaySheets_DayNotOver(uint32 day, uint256 endsAt, uint256 time);
    /// @notice A meter cannot measure more than its nameplate with 5 % tolerance.
    error DaySheets_AboveNameplate(uint32 meter, uint256 hourOfDay, uint256 wh, uint256 limitWh);
    /// @notice The signature is not by the registered key of the meter.
    error DaySheets_BadSignature(uint32 meter, address signer, address meterKey);
    /// @notice There is no sheet of this meter and day.
    error DaySheets_NoSheet(uint32 meter, uint32 day);

    event SheetAccepted(
        uint32 indexed meter,
        uint32 indexed day,
        uint16 revision,
        uint256[3] importWh, // 24 x uint32 [Wh]
        uint256[3] exportWh // 24 x uint32 [Wh]
    );

    /// @notice Takes signed sheets (at most 64) from anybody.
    function submit(DaySheet[] calldata sheets, bytes[] calldata signatures) external;

    /// @notice The EIP-712 digest that the meter signs.
    function digestOf(DaySheet calldata sheet) external view returns (bytes32);

    /// @notice Hours that the region's local time is ahead of UTC [h], fixed, no daylight saving.
    function utcOffset() external view returns (int8);

    /// @notice Whether the sheet of this meter and day is here.
    function hasSheet(uint32 meter, uint32 day) external view returns (bool);

    /// @notice The import register of a day, 24 x uint32 [Wh]; reverts without a sheet.
    function importOf(uint32 meter, uint32 day) external view returns (uint256[3] memory importWh);

    /// @notice The export register of a day, 24 x uint32 [Wh]; reverts without a sheet.
    function exportOf(uint32 meter, uint32 day) external view returns (uint256[3] memory exportWh);
}
