// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IDaySheets} from "../../../interfaces/members/IDaySheets.sol";
import {IResidualSettlement} from "../../../interfaces/market/IResidualSettlement.sol";

/// @title Sheets as they are, and as their day was settled on
library FormerSheets {
    /// @notice These are not the words that the sheet held before the first change after the close.
    error FormerSheets_NotTheFormer(uint32 member, uint32 day, bytes32 hash, bytes32 formerHash);

    /// @dev The present sheet; all zero when there is none.
    function presentOf(
        IDaySheets sheets,
        uint32 member,
        uint32 day
    ) internal view returns (IResidualSettlement.FormerSheet memory sheet) {
        if (!sheets.hasSheet(member, day)) return sheet;
        sheet.importWh = sheets.importOf(member, day);
        sheet.exportWh = sheets.exportOf(member, day);
    }

    /// @dev The sheet that the day was settled on: the present one, or the former one that is handed in.
    function settledOf(
        IDaySheets sheets,
        uint32 member,
        uint32 day,
        IResidualSettlement.FormerSheet calldata former
    ) internal view returns (IResidualSettlement.FormerSheet memory sheet) {
        bytes32 formerHash = sheets.formerHashOf(member, day);
        if (formerHash == 0) return presentOf(sheets, member, day);
        bytes32 hash = keccak256(abi.encode(former.importWh, former.exportWh));
        if (hash != formerHash) revert FormerSheets_NotTheFormer(member, day, hash, formerHash);
        return former;
    }
}
