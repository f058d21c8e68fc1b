// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IDaySheets} from "../../interfaces/members/IDaySheets.sol";
import {IDeviceRegistry} from "../../interfaces/members/IDeviceRegistry.sol";
import {IMemberRegistry} from "../../interfaces/members/IMemberRegistry.sol";
import {IMeters} from "../../interfaces/members/IMeters.sol";
import {HourlyEnergy} from "../libraries/HourlyEnergy.sol";
import {MeterIds} from "../libraries/MeterIds.sol";
import {SheetRevisions} from "./lib/SheetRevisions.sol";
import {SheetStates} from "./types/SheetStates.sol";
import {SheetStore} from "./parts/SheetStore.sol";

/// @title Signed meter readings, one sheet per meter and market day
contract DaySheets is SheetStore, EIP712 {
    using SheetStates for SheetStates.Map;

    uint256 public constant BATCH_CAP = 64;
    bytes32 private constant SHEET_TYPE =
        keccak256("DaySheet(uint32 meter,uint32 day,uint16 revision,uint256[3] importWh,uint256[3] exportWh)");

    /// @inheritdoc IDaySheets
    IMemberRegistry public immutable registry;
    /// @inheritdoc IDaySheets
    IDeviceRegistry public immutable devices;
    /// @inheritdoc IDaySheets
    int8 public immutable utcOffset; // [h]

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
        bool settled = _checkWindow(sheet.meter, sheet.day, false);
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
        _checkRevision(sheet, 0, true);
        if (sheet.revision != 0) _histories[sheet.meter][sheet.day].revision = sheet.revision;
        _writeNew(sheet.meter, sheet.day, state, settled, sheet.importWh, sheet.exportWh);
        emit SheetAccepted(sheet.meter, sheet.day, sheet.revision, sheet.importWh, sheet.exportWh);
    }

    function _checkRevision(DaySheet calldata sheet, uint16 last, bool orEqual) private pure {
        if (!SheetRevisions.follows(sheet.revision, last, orEqual)) {
            revert DaySheets_RevisionRefused(sheet.meter, sheet.day, sheet.revision, last);
        }
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
        if (settled) {
            uint256[3] memory nothing;
            _keepFormer(meter, day, nothing, nothing);
        }
        if (state & SheetStates.IMPORTED != 0) _importWh[meter][day] = importWh;
        if (state & SheetStates.EXPORTED != 0) _exportWh[meter][day] = exportWh;
    }

    // Correction

    /// @dev A sheet that is here already changes nothing: nobody stops a batch by sending one of its sheets first.
    function _correct(DaySheet calldata sheet, uint256 oldState, bool settled) private {
        History memory history = _histories[sheet.meter][sheet.day];
        PastRevision memory past = PastRevision({
            revision: history.revision,
            mark: _markOf(oldState),
            importWh: _read(_importWh[sheet.meter][sheet.day], oldState & SheetStates.IMPORTED),
            exportWh: _read(_exportWh[sheet.meter][sheet.day], oldState & SheetStates.EXPORTED)
        });
        if (SheetRevisions.isSame(sheet, past)) return;
        _checkRevision(sheet, history.revision, past.mark == Mark.Estimate);

        if (settled) _keepFormer(sheet.meter, sheet.day, past.importWh, past.exportWh);
        bytes30 chain = SheetRevisions.link(history.chain, past);
        _histories[sheet.meter][sheet.day] = History({chain: chain, revision: sheet.revision});
        emit SheetCorrected(
            sheet.meter,
            sheet.day,
            sheet.revision,
            SheetRevisions.replace(_importWh[sheet.meter][sheet.day], past.importWh, sheet.importWh),
            SheetRevisions.replace(_exportWh[sheet.meter][sheet.day], past.exportWh, sheet.exportWh)
        );
    }

    // Estimates

    /// @inheritdoc IDaySheets
    function estimate(Estimate[] calldata estimates) external restricted {
        uint256 size = estimates.length;
        if (size == 0 || size > BATCH_CAP) revert DaySheets_BatchSize(size, 0, BATCH_CAP);
        for (uint256 i; i < size; ++i) _estimate(estimates[i]);
    }

    /// @dev However late: energy without a sheet is on nobody's bill.
    function _estimate(Estimate calldata entry) private {
        (uint32 meter, uint32 day) = (entry.meter, entry.day);
        bool settled = _checkWindow(meter, day, true);
        if (hasSheet(meter, day)) return;
        _checkReading(meter, day, entry.importWh, entry.exportWh);
        uint256 state = SheetStates.stateOf(SheetStates.ESTIMATED, entry.importWh, entry.exportWh);

        _states[meter].swap(day, state);
        _writeNew(meter, day, state, settled, entry.importWh, entry.exportWh);
        emit SheetEstimated(meter, day, entry.importWh, entry.exportWh);
    }

    // Views

    /// @inheritdoc IDaySheets
    function digestOf(DaySheet calldata sheet) public view returns (bytes32) {
        bytes32 importHash = keccak256(abi.encode(sheet.importWh));
        bytes32 exportHash = keccak256(abi.encode(sheet.exportWh));
        bytes32 structHash = keccak256(
            abi.encode(SHEET_TYPE, sheet.meter, sheet.day, sheet.revision, importHash, exportHash)
        );
        return _hashTypedDataV4(structHash);
    }

    function _offset() internal view override returns (int8) {
        return utcOffset;
    }
}
