// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IDaySheets} from "../../interfaces/IDaySheets.sol";
import {IDeviceRegistry} from "../../interfaces/IDeviceRegistry.sol";
import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";
import {IMeters} from "../../interfaces/IMeters.sol";
import {HourlyEnergy} from "../libraries/HourlyEnergy.sol";
import {MeterIds} from "../libraries/MeterIds.sol";
import {SheetStates} from "../libraries/SheetStates.sol";
import {SheetHold} from "./SheetHold.sol";

/// @title Signed meter readings, one sheet per meter and market day
contract DaySheets is SheetHold, EIP712 {
    using SheetStates for SheetStates.Map;

    /// @dev Empty while revision 0 stands: most sheets never need this word.
    struct History {
        bytes30 chain; // over the revisions that were replaced
        uint16 revision; // the present one
    }

    uint256 public constant BATCH_CAP = 64;
    bytes32 private constant SHEET_TYPE =
        keccak256("DaySheet(uint32 meter,uint32 day,uint16 revision,uint256[3] importWh,uint256[3] exportWh)");

    /// @inheritdoc IDaySheets
    IMemberRegistry public immutable registry;
    /// @inheritdoc IDaySheets
    IDeviceRegistry public immutable devices;
    /// @inheritdoc IDaySheets
    int8 public immutable utcOffset; // [h]

    mapping(uint32 meter => SheetStates.Map) private _states;
    mapping(uint32 meter => mapping(uint32 day => History)) private _histories;
    mapping(uint32 meter => mapping(uint32 day => uint256[3])) private _importWh; // 24 x uint32 [Wh]
    mapping(uint32 meter => mapping(uint32 day => uint256[3])) private _exportWh; // 24 x uint32 [Wh]

    constructor(
        address authority_,
        IDeviceRegistry devices_
    ) AccessManaged(authority_) EIP712("Gridleaf DaySheets", "1") {
        registry = devices_.registry();
        devices = devices_;
        utcOffset = devices_.utcOffset();
    }

    // Submission

    /// @inheritdoc IDaySheets
    function submit(DaySheet[] calldata sheets, bytes[] calldata signatures) external {
        uint256 size = sheets.length;
        if (size == 0 || size > BATCH_CAP || signatures.length != size) {
            revert DaySheets_BatchSize(size, signatures.length, BATCH_CAP);
        }
        for (uint256 i; i < size; ++i) _submit(sheets[i], signatures[i]);
    }

    function _submit(DaySheet calldata sheet, bytes calldata signature) private {
        bool settled = _checkWindow(sheet.day, false);
        address key = _checkReading(sheet.meter, sheet.day, sheet.importWh, sheet.exportWh);
        if (key == address(0)) revert DaySheets_KeyRevoked(sheet.meter);
        _checkSignature(sheet, signature, key);

        uint256 state = SheetStates.stateOf(SheetStates.MEASURED, sheet.importWh, sheet.exportWh);
        uint256 oldState = _states[sheet.meter].swap(sheet.day, state);
        if (oldState == SheetStates.NONE) _accept(sheet, state, settled);
        else _correct(sheet, oldState, settled);
    }

    /// @dev The meter was in service and could have measured this; returns its key.
    function _checkReading(
        uint32 meter,
        uint32 day,
        uint256[3] calldata importWh,
        uint256[3] calldata exportWh
    ) private view returns (address key) {
        IMeters source = meter < MeterIds.FIRST_DEVICE ? IMeters(registry) : IMeters(devices);
        IMeters.Meter memory record = source.meterOf(meter);
        if (day < record.firstDay || day > record.lastDay) {
            revert DaySheets_OutOfService(meter, day, record.firstDay, record.lastDay);
        }
        _checkEnergy(meter, importWh, record.importW);
        _checkEnergy(meter, exportWh, record.exportW);
        return record.key;
    }

    function _checkEnergy(uint32 meter, uint256[3] calldata words, uint32 nameplateW) private pure {
        uint256 limitWh = HourlyEnergy.limitRoundedDown(nameplateW);
        if (!HourlyEnergy.anyAbove(words, limitWh)) return;
        for (uint256 hour; hour < 24; ++hour) {
            uint256 wh = HourlyEnergy.read(words[HourlyEnergy.wordOf(hour)], hour);
            if (wh > limitWh) revert DaySheets_AboveNameplate(meter, hour, wh, limitWh);
        }
    }

    /// @dev A metering operator may sign for its meters with a contract account (ERC-1271).
    function _checkSignature(DaySheet calldata sheet, bytes calldata signature, address key) private view {
        bytes32 digest = digestOf(sheet);
        (address signer, , ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (signer == key) return;
        if (key.code.length != 0 && SignatureChecker.isValidERC1271SignatureNowCalldata(key, digest, signature)) {
            return;
        }
        revert DaySheets_BadSignature(sheet.meter, signer, key);
    }

    function _accept(DaySheet calldata sheet, uint256 state, bool settled) private {
        if (sheet.revision != 0) _histories[sheet.meter][sheet.day].revision = sheet.revision;
        _writeNew(sheet.meter, sheet.day, state, settled, sheet.importWh, sheet.exportWh);
        emit SheetAccepted(sheet.meter, sheet.day, sheet.revision, sheet.importWh, sheet.exportWh);
    }

    /// @dev Writes the registers that moved; the words of the others are zero, before and after.
    function _writeNew(
        uint32 meter,
        uint32 day,
        uint256 state,
        bool settled,
        uint256[3] calldata importWh,
        uint256[3] calldata exportWh
    ) private {
        uint256[3] memory nothing;
        if (settled) _keepFormer(meter, day, nothing, nothing);
        if (state & SheetStates.IMPORTED != 0) _importWh[meter][day] = importWh;
        if (state & SheetStates.EXPORTED != 0) _exportWh[meter][day] = exportWh;
    }

    // Correction

    function _correct(DaySheet calldata sheet, uint256 oldState, bool settled) private {
        History memory history = _histories[sheet.meter][sheet.day];
        if (sheet.revision <= history.revision) {
            revert DaySheets_RevisionRefused(sheet.meter, sheet.day, sheet.revision, history.revision);
        }
        PastRevision memory past = PastRevision({
            revision: history.revision,
            mark: _markOf(oldState),
            importWh: _read(_importWh[sheet.meter][sheet.day], oldState & SheetStates.IMPORTED),
            exportWh: _read(_exportWh[sheet.meter][sheet.day], oldState & SheetStates.EXPORTED)
        });

        if (settled) _keepFormer(sheet.meter, sheet.day, past.importWh, past.exportWh);
        _histories[sheet.meter][sheet.day] = History({chain: _link(history.chain, past), revision: sheet.revision});
        emit SheetCorrected(
            sheet.meter,
            sheet.day,
            sheet.revision,
            _replace(_importWh[sheet.meter][sheet.day], past.importWh, sheet.importWh),
            _replace(_exportWh[sheet.meter][sheet.day], past.exportWh, sheet.exportWh)
        );
    }

    /// @dev The next link of the chain over the replaced revisions.
    function _link(bytes30 chain, PastRevision memory past) private pure returns (bytes30) {
        return bytes30(keccak256(abi.encode(chain, past)));
    }

    /// @dev Writes the words that differ; returns the signed differences.
    function _replace(
        uint256[3] storage slots,
        uint256[3] memory old,
        uint256[3] calldata words
    ) private returns (uint256[3] memory differences) {
        for (uint256 i; i < 3; ++i) {
            if (words[i] == old[i]) continue;
            slots[i] = words[i];
            differences[i] = HourlyEnergy.difference(words[i], old[i]);
        }
    }

    // Estimates

    /// @inheritdoc IDaySheets
    function estimate(Estimate[] calldata estimates) external restricted {
        uint256 size = estimates.length;
        if (size == 0 || size > BATCH_CAP) revert DaySheets_BatchSize(size, 0, BATCH_CAP);
        for (uint256 i; i < size; ++i) _estimate(estimates[i]);
    }

    function _estimate(Estimate calldata entry) private {
        (uint32 meter, uint32 day) = (entry.meter, entry.day);
        bool settled = _checkWindow(day, true);
        _checkReading(meter, day, entry.importWh, entry.exportWh);
        uint256 state = SheetStates.stateOf(SheetStates.ESTIMATED, entry.importWh, entry.exportWh);
        if (_states[meter].swap(day, state) != SheetStates.NONE) revert DaySheets_SheetExists(meter, day);

        _writeNew(meter, day, state, settled, entry.importWh, entry.exportWh);
        emit SheetEstimated(meter, day, entry.importWh, entry.exportWh);
    }

    // Views

    function _offset() internal view override returns (int8) {
        return utcOffset;
    }

    /// @inheritdoc IDaySheets
    function digestOf(DaySheet calldata sheet) public view returns (bytes32) {
        bytes32 importHash = keccak256(abi.encode(sheet.importWh));
        bytes32 exportHash = keccak256(abi.encode(sheet.exportWh));
        bytes32 structHash = keccak256(
            abi.encode(SHEET_TYPE, sheet.meter, sheet.day, sheet.revision, importHash, exportHash)
        );
        return _hashTypedDataV4(structHash);
    }

    /// @inheritdoc IDaySheets
    function hasSheet(uint32 meter, uint32 day) public view returns (bool) {
        return _states[meter].get(day) != SheetStates.NONE;
    }

    /// @inheritdoc IDaySheets
    function statusOf(
        uint32 meter,
        uint32 day
    ) external view returns (Status status, Mark mark, uint16 revision) {
        uint256 state = _states[meter].get(day);
        if (state == SheetStates.NONE) return (Status.None, Mark.None, 0);
        status = block.timestamp < finalFrom(day) ? Status.Accepted : Status.Final;
        return (status, _markOf(state), _histories[meter][day].revision);
    }

    /// @inheritdoc IDaySheets
    function markOf(uint32 meter, uint32 day) external view returns (Mark mark) {
        return _markOf(_existing(meter, day));
    }

    function _existing(uint32 meter, uint32 day) private view returns (uint256 state) {
        state = _states[meter].get(day);
        if (state == SheetStates.NONE) revert DaySheets_NoSheet(meter, day);
    }

    function _markOf(uint256 state) private pure returns (Mark) {
        return state & SheetStates.ESTIMATED != 0 ? Mark.Estimate : Mark.None;
    }

    /// @dev A register's words; all zero where it stood still.
    function _read(uint256[3] storage slots, uint256 moved) private view returns (uint256[3] memory words) {
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
    function importWordOf(
        uint32 meter,
        uint32 day,
        uint256 word
    ) external view returns (uint256 importWh, Mark mark) {
        uint256 state = _existing(meter, day);
        if (state & SheetStates.IMPORTED != 0) importWh = _importWh[meter][day][word];
        return (importWh, _markOf(state));
    }

    /// @inheritdoc IDaySheets
    function exportWordOf(
        uint32 meter,
        uint32 day,
        uint256 word
    ) external view returns (uint256 exportWh, Mark mark) {
        uint256 state = _existing(meter, day);
        if (state & SheetStates.EXPORTED != 0) exportWh = _exportWh[meter][day][word];
        return (exportWh, _markOf(state));
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
        for (uint256 i; i < past.length; ++i) chain = _link(chain, past[i]);
        return chain == _histories[meter][day].chain;
    }
}
