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
import {MarketTime} from "../libraries/MarketTime.sol";
import {MeterIds} from "../libraries/MeterIds.sol";
import {SheetStates} from "../libraries/SheetStates.sol";
import {SheetWindows} from "../libraries/SheetWindows.sol";

/// @title Signed meter readings, one sheet per meter and market day
contract DaySheets is AccessManaged, EIP712, IDaySheets {
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
        address key = _checkReading(sheet.meter, sheet.day, sheet.importWh, sheet.exportWh);
        if (key == address(0)) revert DaySheets_KeyRevoked(sheet.meter);
        _checkSignature(sheet, signature, key);

        if (_states[sheet.meter].get(sheet.day) == SheetStates.State.None) _accept(sheet);
        else _correct(sheet);
    }

    /// @dev The day is over and not final, the meter was in service and could have measured this; returns its key.
    function _checkReading(
        uint32 meter,
        uint32 day,
        uint256[3] calldata importWh,
        uint256[3] calldata exportWh
    ) private view returns (address key) {
        uint256 endsAt = MarketTime.endOf(day, utcOffset);
        if (block.timestamp < endsAt) revert DaySheets_DayNotOver(day, endsAt, block.timestamp);
        if (block.timestamp >= finalFrom(day)) revert DaySheets_WindowClosed(day, finalFrom(day), block.timestamp);
        IMeters source = meter < MeterIds.FIRST_DEVICE ? IMeters(registry) : IMeters(devices);
        IMeters.Meter memory record = source.meterOf(meter);
        if (day < record.firstDay || day > record.lastDay) {
            revert DaySheets_OutOfService(meter, day, record.firstDay, record.lastDay);
        }
        _checkEnergy(meter, importWh, HourlyEnergy.limitRoundedDown(record.importW));
        _checkEnergy(meter, exportWh, HourlyEnergy.limitRoundedDown(record.exportW));
        return record.key;
    }

    function _checkEnergy(uint32 meter, uint256[3] calldata words, uint256 limitWh) private pure {
        for (uint256 i; i < 3; ++i) {
            if (!HourlyEnergy.anyAbove(words[i], limitWh)) continue;
            uint256 hour = 8 * i;
            while (HourlyEnergy.read(words[i], hour) <= limitWh) ++hour;
            revert DaySheets_AboveNameplate(meter, hour, HourlyEnergy.read(words[i], hour), limitWh);
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

    function _accept(DaySheet calldata sheet) private {
        _states[sheet.meter].set(sheet.day, SheetStates.State.Measured);
        if (sheet.revision != 0) _histories[sheet.meter][sheet.day].revision = sheet.revision;
        _writeNew(_importWh[sheet.meter][sheet.day], sheet.importWh);
        _writeNew(_exportWh[sheet.meter][sheet.day], sheet.exportWh);
        emit SheetAccepted(sheet.meter, sheet.day, sheet.revision, sheet.importWh, sheet.exportWh);
    }

    /// @dev A word of zeros costs nothing: the slot is zero before the first revision.
    function _writeNew(uint256[3] storage slots, uint256[3] calldata words) private {
        for (uint256 i; i < 3; ++i) {
            if (words[i] != 0) slots[i] = words[i];
        }
    }

    // Correction

    function _correct(DaySheet calldata sheet) private {
        History storage history = _histories[sheet.meter][sheet.day];
        uint16 last = history.revision;
        if (sheet.revision <= last) {
            revert DaySheets_RevisionRefused(sheet.meter, sheet.day, sheet.revision, last);
        }
        PastRevision memory past = PastRevision({
            revision: last,
            mark: _markOf(_states[sheet.meter].get(sheet.day)),
            importWh: _importWh[sheet.meter][sheet.day],
            exportWh: _exportWh[sheet.meter][sheet.day]
        });

        _histories[sheet.meter][sheet.day] = History({chain: _link(history.chain, past), revision: sheet.revision});
        if (past.mark == Mark.Estimate) _states[sheet.meter].set(sheet.day, SheetStates.State.Measured);
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
        uint256 deadline = submissionDeadline(entry.day);
        if (block.timestamp < deadline) revert DaySheets_DeadlineNotOver(entry.day, deadline, block.timestamp);
        if (hasSheet(entry.meter, entry.day)) revert DaySheets_SheetExists(entry.meter, entry.day);
        _checkReading(entry.meter, entry.day, entry.importWh, entry.exportWh);

        _states[entry.meter].set(entry.day, SheetStates.State.Estimated);
        _writeNew(_importWh[entry.meter][entry.day], entry.importWh);
        _writeNew(_exportWh[entry.meter][entry.day], entry.exportWh);
        emit SheetEstimated(entry.meter, entry.day, entry.importWh, entry.exportWh);
    }

    // Views

    /// @inheritdoc IDaySheets
    function digestOf(DaySheet calldata sheet) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        SHEET_TYPE,
                        sheet.meter,
                        sheet.day,
                        sheet.revision,
                        keccak256(abi.encode(sheet.importWh)),
                        keccak256(abi.encode(sheet.exportWh))
                    )
                )
            );
    }

    /// @inheritdoc IDaySheets
    function submissionDeadline(uint32 day) public view returns (uint256) {
        return SheetWindows.submissionDeadline(day, utcOffset);
    }

    /// @inheritdoc IDaySheets
    function finalFrom(uint32 day) public view returns (uint256) {
        return SheetWindows.finalFrom(day, utcOffset);
    }

    /// @inheritdoc IDaySheets
    function hasSheet(uint32 meter, uint32 day) public view returns (bool) {
        return _states[meter].get(day) != SheetStates.State.None;
    }

    /// @inheritdoc IDaySheets
    function statusOf(
        uint32 meter,
        uint32 day
    ) external view returns (Status status, Mark mark, uint16 revision) {
        SheetStates.State state = _states[meter].get(day);
        if (state == SheetStates.State.None) return (Status.None, Mark.None, 0);
        status = block.timestamp < finalFrom(day) ? Status.Accepted : Status.Final;
        return (status, _markOf(state), _histories[meter][day].revision);
    }

    /// @inheritdoc IDaySheets
    function markOf(uint32 meter, uint32 day) external view returns (Mark mark) {
        return _markOf(_existing(meter, day));
    }

    function _existing(uint32 meter, uint32 day) private view returns (SheetStates.State state) {
        state = _states[meter].get(day);
        if (state == SheetStates.State.None) revert DaySheets_NoSheet(meter, day);
    }

    function _markOf(SheetStates.State state) private pure returns (Mark) {
        return state == SheetStates.State.Estimated ? Mark.Estimate : Mark.None;
    }

    /// @inheritdoc IDaySheets
    function importOf(uint32 meter, uint32 day) external view returns (uint256[3] memory importWh) {
        _existing(meter, day);
        return _importWh[meter][day];
    }

    /// @inheritdoc IDaySheets
    function exportOf(uint32 meter, uint32 day) external view returns (uint256[3] memory exportWh) {
        _existing(meter, day);
        return _exportWh[meter][day];
    }

    /// @inheritdoc IDaySheets
    function importWordOf(uint32 meter, uint32 day, uint256 word) external view returns (uint256 importWh) {
        _existing(meter, day);
        return _importWh[meter][day][word];
    }

    /// @inheritdoc IDaySheets
    function exportWordOf(uint32 meter, uint32 day, uint256 word) external view returns (uint256 exportWh) {
        _existing(meter, day);
        return _exportWh[meter][day][word];
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
