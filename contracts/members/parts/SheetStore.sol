// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IDaySheets} from "../../../interfaces/members/IDaySheets.sol";
import {SheetRevisions} from "../lib/SheetRevisions.sol";
import {SheetStates} from "../types/SheetStates.sol";
import {SheetHold} from "./SheetHold.sol";

/// @title What is kept of the sheets, and how others read it
abstract contract SheetStore is SheetHold {
    using SheetStates for SheetStates.Map;

    /// @dev Empty while revision 0 stands: most sheets never need this word.
    struct History {
        bytes30 chain; // over the revisions that were replaced
        uint16 revision; // the present one
    }

    mapping(uint32 meter => SheetStates.Map) internal _states;
    mapping(uint32 meter => mapping(uint32 day => History)) internal _histories;
    mapping(uint32 meter => mapping(uint32 day => uint256[3])) internal _importWh; // 24 x uint32 [Wh]
    mapping(uint32 meter => mapping(uint32 day => uint256[3])) internal _exportWh; // 24 x uint32 [Wh]

    /// @inheritdoc IDaySheets
    function hasSheet(uint32 meter, uint32 day) public view returns (bool) {
        return _states[meter].get(day) != SheetStates.NONE;
    }

    /// @inheritdoc IDaySheets
    function statusOf(
        uint32 meter,
        uint32 day
    ) external view returns (Status status, Mark mark, uint16 revision) {
        (, status, mark, revision) = _statusOf(meter, day);
    }

    /// @inheritdoc IDaySheets
    function exportRecordOf(
        uint32 meter,
        uint32 day
    ) external view returns (Status status, Mark mark, uint16 revision, uint256[3] memory exportWh) {
        uint256 state;
        (state, status, mark, revision) = _statusOf(meter, day);
        exportWh = _read(_exportWh[meter][day], state & SheetStates.EXPORTED);
    }

    function _statusOf(
        uint32 meter,
        uint32 day
    ) private view returns (uint256 state, Status status, Mark mark, uint16 revision) {
        state = _states[meter].get(day);
        if (state == SheetStates.NONE) return (state, Status.None, Mark.None, 0);
        status = block.timestamp < _finalFrom(meter, day) ? Status.Accepted : Status.Final;
        return (state, status, _markOf(state), _histories[meter][day].revision);
    }

    /// @inheritdoc IDaySheets
    function markOf(uint32 meter, uint32 day) external view returns (Mark mark) {
        return _markOf(_existing(meter, day));
    }

    function _existing(uint32 meter, uint32 day) private view returns (uint256 state) {
        state = _states[meter].get(day);
        if (state == SheetStates.NONE) revert DaySheets_NoSheet(meter, day);
    }

    function _markOf(uint256 state) internal pure returns (Mark) {
        return state & SheetStates.ESTIMATED != 0 ? Mark.Estimate : Mark.None;
    }

    /// @dev A register's words; all zero where it stood still.
    function _read(uint256[3] storage slots, uint256 moved) internal view returns (uint256[3] memory words) {
        if (moved != 0) words = slots;
    }

    /// @inheritdoc IDaySheets
    function importOf(uint32 meter, uint32 day) external view returns (uint256[3] memory importWh) {
        return _read(_importWh[meter][day], _existing(meter, day) & SheetStates.IMPORTED);
    }

    /// @inheritdoc IDaySheets
    function exportOf(uint32 meter, uint32 day) external view returns (uint256[3] memory exportWh) {
        return _read(_exportWh[meter][day], _existing(meter, day) & SheetStates.EXPORTED);
    }

    /// @inheritdoc IDaySheets
    function tradeOf(
        uint32 seller,
        uint32 buyer,
        uint32 day,
        uint256 word
    ) external view returns (uint256 sources, uint256 exportWh, uint256 importWh) {
        uint256 state = _states[seller].get(day);
        if (state & SheetStates.EXPORTED != 0) exportWh = _exportWh[seller][day][word];
        sources = state & SheetStates.SORT;
        state = _states[buyer].get(day);
        if (state & SheetStates.IMPORTED != 0) importWh = _importWh[buyer][day][word];
        sources |= (state & SheetStates.SORT) << 2;
    }

    /// @inheritdoc IDaySheets
    function historyOf(uint32 meter, uint32 day) external view returns (bytes30 chain) {
        return _histories[meter][day].chain;
    }

    /// @inheritdoc IDaySheets
    function verifyHistory(uint32 meter, uint32 day, PastRevision[] calldata past) external view returns (bool) {
        bytes30 chain;
        for (uint256 i; i < past.length; ++i) chain = SheetRevisions.link(chain, past[i]);
        return chain == _histories[meter][day].chain;
    }
}
