// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IDaySheets} from "../../../interfaces/members/IDaySheets.sol";
import {HourlyEnergy} from "../../libraries/HourlyEnergy.sol";

/// @title How one revision of a sheet follows another
library SheetRevisions {
    uint256 internal constant LARGEST_STEP = 256; // so that no meter uses its revisions up at once

    /// @dev Whether a revision may follow the last one: above it by at most the largest step. A measured sheet may
    /// also keep the revision of the estimate that it replaces.
    function follows(uint256 revision, uint256 last, bool orEqual) internal pure returns (bool) {
        if (revision == last) return orEqual;
        return revision > last && revision <= last + LARGEST_STEP;
    }

    /// @dev Whether a sheet says what is stored already.
    function isSame(
        IDaySheets.DaySheet calldata sheet,
        IDaySheets.PastRevision memory stored
    ) internal pure returns (bool) {
        if (sheet.revision != stored.revision || stored.mark != IDaySheets.Mark.None) return false;
        for (uint256 i; i < 3; ++i) {
            if (sheet.importWh[i] != stored.importWh[i] || sheet.exportWh[i] != stored.exportWh[i]) return false;
        }
        return true;
    }

    /// @dev The next link of the chain over the replaced revisions.
    function link(bytes30 chain, IDaySheets.PastRevision memory past) internal pure returns (bytes30) {
        return bytes30(keccak256(abi.encode(chain, past)));
    }

    /// @dev Writes the words that differ; returns the signed differences.
    function replace(
        uint256[3] storage slots,
        uint256[3] memory old,
        uint256[3] calldata words
    ) internal returns (uint256[3] memory differences) {
        for (uint256 i; i < 3; ++i) {
            if (words[i] == old[i]) continue;
            slots[i] = words[i];
            differences[i] = HourlyEnergy.difference(words[i], old[i]);
        }
    }
}
