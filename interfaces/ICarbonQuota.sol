// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Carbon allowances per member and compliance year
/// @notice Consumption responsibility: a member answers for the traced emissions of what it imports. Amounts are
/// gCO2e, a year is the calendar year in the region's fixed offset from UTC.
interface ICarbonQuota {
    enum Status {
        Surplus,
        Short,
        Surrendered
    }

    /// @notice Nothing to grant.
    error CarbonQuota_ZeroAmount();
    /// @notice The member imported nothing on this day.
    error CarbonQuota_NothingImported(uint32 member, uint32 day);
    /// @notice A member-day is drawn down once.
    error CarbonQuota_AlreadyDrawn(uint32 member, uint32 day);
    /// @notice A day is drawn down from its final sheet.
    error CarbonQuota_NotFinal(uint32 member, uint32 day, uint256 finalFrom);
    /// @notice The intensity is not under the final root of its hour.
    error CarbonQuota_BadProof(uint32 hour, uint32 node, uint256 intensity);
    /// @notice The member's year was surrendered and is closed.
    error CarbonQuota_YearClosed(uint32 member, uint256 year);
    /// @notice A year is surrendered when it is over.
    error CarbonQuota_YearNotOver(uint256 year, uint256 currentYear);
    /// @notice A year is surrendered when nothing is missing.
    error CarbonQuota_Short(uint32 member, uint256 year, uint256 missing);

    event AllowanceGranted(uint32 indexed member, uint256 indexed year, uint256 amount); // [gCO2e]
    event DayDrawnDown(
        uint32 indexed member,
        uint32 indexed day,
        uint256 indexed year,
        uint256 amount, // [gCO2e]
        bool estimated // the sheet is an estimate
    );
    event YearSurrendered(uint32 indexed member, uint256 indexed year, uint256 drawn, uint256 surplus); // [gCO2e]

    /// @notice Grants allowances to a member.
    function grant(uint32 member, uint16 year, uint112 amount) external; // amount [gCO2e]

    /// @notice Draws a member's allowances down by a day's traced emissions: for each hour the imported Wh of the final
    /// sheet times the proven intensity of the member's node, rounded up. Anybody may call; allowances may go short.
    /// @param intensities of the member's node [mgCO2e/kWh]; hours without import are not read
    /// @param proofs one per hour; hours without import are not read
    function drawDownDay(
        uint32 member,
        uint32 day,
        uint32[24] calldata intensities,
        bytes32[][24] calldata proofs
    ) external;

    /// @notice Closes a member's year when it is over and nothing is missing.
    function surrender(uint32 member, uint16 year) external;

    /// @notice Whether a member-day has been drawn down.
    function dayDrawn(uint32 member, uint32 day) external view returns (bool);

    /// @notice A member's year: granted, drawn, and what they say [gCO2e].
    function statusOf(
        uint32 member,
        uint16 year
    ) external view returns (Status status, uint256 granted, uint256 drawn);
}
