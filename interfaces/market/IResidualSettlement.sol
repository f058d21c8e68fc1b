// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Energy outside agreements, settled with the grid company: once on accepted sheets, once on final ones
interface IResidualSettlement {
    /// @notice The words that a sheet held before the first change after the close of its day.
    struct FormerSheet {
        uint256[3] importWh; // 24 x uint32 [Wh]
        uint256[3] exportWh; // 24 x uint32 [Wh]
    }

    /// @notice A batch holds at least one and at most `cap` members, and a former sheet for each that is reconciled.
    error ResidualSettlement_BatchSize(uint256 members, uint256 formerSheets, uint256 cap);
    /// @notice The grid company does not settle with itself.
    error ResidualSettlement_GridCompany(uint32 member);
    /// @notice Settlement begins at the submission deadline of the sheets.
    error ResidualSettlement_TooEarly(uint32 day, uint256 from, uint256 time);
    /// @notice The market had not begun yet.
    error ResidualSettlement_BeforeMarket(uint32 day, uint32 firstDay);
    /// @notice There is no sheet of this member and day.
    error ResidualSettlement_NoSheet(uint32 member, uint32 day);
    /// @notice The sheet has changed since the day was settled: it is settled when it is final.
    error ResidualSettlement_Corrected(uint32 member, uint32 day);

    /// @dev The grid company's leg is the opposite of the member's.
    event ResidualSettled(
        uint32 indexed member,
        uint32 indexed day,
        uint256 exportWh, // outside agreements [Wh]
        uint256 importWh, // outside agreements [Wh]
        int256 memberLeg // [point-wei]
    );
    event ResidualReconciled(uint32 indexed member, uint32 indexed day, int256 difference); // [point-wei]

    /// @notice Settles what members (at most 100) metered on a day outside their agreements. A member-day that is
    /// settled already is passed over.
    function settle(uint32 day, uint32[] calldata members) external;

    /// @notice Books the differences that final sheets make, for members (at most 100) whose sheets of the day have
    /// changed since; each with its former sheet, all zero where there was none. What is reconciled, or has no sheet
    /// yet, is passed over.
    function reconcile(uint32 day, uint32[] calldata members, FormerSheet[] calldata former) external;

    /// @notice Whether the initial run, and the reconciliation, of a member-day are done; a reconciliation in full is
    /// both.
    function stateOf(uint32 member, uint32 day) external view returns (bool settled, bool reconciled);
}
