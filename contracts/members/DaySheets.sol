// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IDaySheets} from "../../interfaces/IDaySheets.sol";
import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";
import {HourlyEnergy} from "../libraries/HourlyEnergy.sol";
import {MarketTime} from "../libraries/MarketTime.sol";

/// @title Signed meter readings, one sheet per meter and market day
contract DaySheets is EIP712, IDaySheets {
    using BitMaps for BitMaps.BitMap;

    uint256 public constant BATCH_CAP = 64;
    uint256 public constant TOLERANCE_PERCENT = 105; // of the nameplate [%]
    uint16 private constant FIRST_REVISION = 0;
    bytes32 private constant SHEET_TYPE =
        keccak256("DaySheet(uint32 meter,uint32 day,uint16 revision,uint256[3] importWh,uint256[3] exportWh)");

    IMemberRegistry public immutable registry;
    /// @inheritdoc IDaySheets
    int8 public immutable utcOffset; // [h]

    mapping(uint32 meter => BitMaps.BitMap) private _days;
    mapping(uint32 meter => mapping(uint32 day => uint256[3])) private _importWh; // 24 x uint32 [Wh]
    mapping(uint32 meter => mapping(uint32 day => uint256[3])) private _exportWh; // 24 x uint32 [Wh]

    constructor(IMemberRegistry registry_, int8 utcOffset_) EIP712("Gridleaf DaySheets", "1") {
        registry = registry_;
        utcOffset = MarketTime.checkedOffset(utcOffset_);
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
        IMemberRegistry.Member memory owner = registry.member(sheet.meter);
        uint256 endsAt = MarketTime.endOf(sheet.day, utcOffset);
        if (block.timestamp < endsAt) revert DaySheets_DayNotOver(sheet.day, endsAt, block.timestamp);
        if (_days[sheet.meter].get(sheet.day)) revert DaySheets_AlreadySubmitted(sheet.meter, sheet.day);
        if (sheet.revision != FIRST_REVISION) {
            revert DaySheets_RevisionRefused(sheet.meter, sheet.day, sheet.revision, FIRST_REVISION);
        }
        uint256 limitWh = (uint256(owner.nameplateW) * TOLERANCE_PERCENT) / 100;
        _checkEnergy(sheet.meter, sheet.importWh, limitWh);
        _checkEnergy(sheet.meter, sheet.exportWh, limitWh);
        (address signer, , ) = ECDSA.tryRecover(digestOf(sheet), signature);
        if (signer != owner.meterKey) revert DaySheets_BadSignature(sheet.meter, signer, owner.meterKey);

        _days[sheet.meter].set(sheet.day);
        _store(_importWh[sheet.meter][sheet.day], sheet.importWh);
        _store(_exportWh[sheet.meter][sheet.day], sheet.exportWh);
        emit SheetAccepted(sheet.meter, sheet.day, sheet.revision, sheet.importWh, sheet.exportWh);
    }

    function _checkEnergy(uint32 meter, uint256[3] calldata words, uint256 limitWh) private pure {
        for (uint256 hour; hour < 24; ++hour) {
            uint256 wh = HourlyEnergy.read(words[HourlyEnergy.wordOf(hour)], hour);
            if (wh > limitWh) revert DaySheets_AboveNameplate(meter, hour, wh, limitWh);
        }
    }

    /// @dev A word of zeros costs nothing: the slot is zero before the first revision.
    function _store(uint256[3] storage slots, uint256[3] calldata words) private {
        for (uint256 i; i < 3; ++i) {
            if (words[i] != 0) slots[i] = words[i];
        }
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
    function hasSheet(uint32 meter, uint32 day) external view returns (bool) {
        return _days[meter].get(day);
    }

    /// @inheritdoc IDaySheets
    function importOf(uint32 meter, uint32 day) external view returns (uint256[3] memory importWh) {
        if (!_days[meter].get(day)) revert DaySheets_NoSheet(meter, day);
        return _importWh[meter][day];
    }

    /// @inheritdoc IDaySheets
    function exportOf(uint32 meter, uint32 day) external view returns (uint256[3] memory exportWh) {
        if (!_days[meter].get(day)) revert DaySheets_NoSheet(meter, day);
        return _exportWh[meter][day];
    }
}
