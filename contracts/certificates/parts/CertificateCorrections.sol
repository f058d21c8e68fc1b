// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IDaySheets} from "../../../interfaces/members/IDaySheets.sol";
import {IGreenCertificate} from "../../../interfaces/certificates/IGreenCertificate.sol";
import {IMeters} from "../../../interfaces/members/IMeters.sol";
import {CertificateId} from "../types/CertificateId.sol";
import {CertifiedEnergy} from "../types/CertifiedEnergy.sol";
import {HourlyEnergy} from "../../libraries/HourlyEnergy.sol";
import {MeterIds} from "../../libraries/MeterIds.sol";
import {CertificateIssuance} from "./CertificateIssuance.sol";

/// @title What the issuer does about certificates that should not be, or be other
abstract contract CertificateCorrections is CertificateIssuance {
    using BitMaps for BitMaps.BitMap;
    using CertifiedEnergy for CertifiedEnergy.Books;

    /// @inheritdoc IGreenCertificate
    mapping(uint256 id => uint256 wh) public reissuableOf; // [Wh]

    // Withdrawal

    /// @inheritdoc IGreenCertificate
    function withdraw(
        address holder,
        uint256[] memory ids,
        uint256[] memory amounts,
        bytes32 reason
    ) public restricted {
        _checkReason(reason);
        if (holder == address(this)) revert ERC1155InvalidSender(holder); // what is locked has other owners
        _burnBatch(holder, ids, amounts);

        for (uint256 i; i < ids.length; ++i) {
            (uint32 device, ) = _deviceDayOf(ids[i]);
            _books.byDevice[device].withdrawn += uint64(amounts[i]);
            reissuableOf[ids[i]] += amounts[i];
        }
        emit CertificatesWithdrawn(holder, ids, amounts, reason);
    }

    function _checkReason(bytes32 reason) private pure {
        if (reason == 0) revert GreenCertificate_NoReason();
    }

    // Second issuance

    /// @inheritdoc IGreenCertificate
    function reissue(uint256[] memory ids, uint256[] memory amounts, bytes32 reason) public restricted {
        _checkReason(reason);
        if (ids.length == 0) revert GreenCertificate_EmptyBatch();
        if (ids.length != amounts.length) revert ERC1155InvalidArrayLength(ids.length, amounts.length);
        (uint32 device, uint32 day) = _deviceDayOf(ids[0]);
        (uint32 owner, ) = _mayIssue(device);
        uint16 last = _lastRevision(device, day);
        if (last == type(uint16).max) revert GreenCertificate_RevisionRefused(device, day, last, last);
        uint16 revision = last + 1;

        uint256[] memory newIds = new uint256[](ids.length);
        for (uint256 i; i < ids.length; ++i) {
            _takeReissuable(ids[i], amounts[i], device, day);
            newIds[i] = CertificateId.revised(ids[i], revision);
            _books.byDevice[device].issued += uint64(amounts[i]);
        }
        _amendments[device][day].revisions.push(revision);
        address account = _accountOf(owner);
        emit CertificatesReissued(device, day, account, revision, ids, amounts, reason);
        _mintBatch(account, newIds, amounts, "");
    }

    function _takeReissuable(uint256 id, uint256 amount, uint32 device, uint32 day) private {
        (uint32 itsDevice, uint32 itsDay) = _deviceDayOf(id);
        if (itsDevice != device || itsDay != day) revert GreenCertificate_OtherDay(id, device, day);
        uint256 withdrawn = reissuableOf[id];
        if (amount > withdrawn) revert GreenCertificate_AboveWithdrawn(id, withdrawn, amount);
        reissuableOf[id] = withdrawn - amount;
    }

    /// @dev The last revision of a device-day that has been issued.
    function _lastRevision(uint32 device, uint32 day) private view returns (uint16) {
        uint16[] memory revisions = revisionsOf(device, day);
        if (revisions.length == 0) revert GreenCertificate_NotIssued(device, day);
        return revisions[revisions.length - 1];
    }

    // Revocation

    /// @inheritdoc IGreenCertificate
    function revoke(uint32 device, uint32 day, bytes32 reason) external restricted {
        _checkReason(reason);
        if (!dayIssued(device, day)) revert GreenCertificate_NotIssued(device, day);
        if (_revokedDays[device].get(day)) revert GreenCertificate_Revoked(device, day);

        _revokedDays[device].set(day);
        emit DayRevoked(device, day, reason);
    }

    // Correction

    /// @inheritdoc IGreenCertificate
    function correct(
        IDaySheets.DaySheet calldata sheet,
        bytes calldata signature,
        bytes32 reason
    ) external restricted {
        _checkReason(reason);
        IMeters.Meter memory meter = devices.meterOf(sheet.meter);
        uint32 device = sheet.meter - MeterIds.FIRST_DEVICE;
        _checkCorrection(device, sheet, meter.exportW);
        (uint256[3] memory lowered, uint256[3] memory raised) = _differences(
            measuredOf(device, sheet.day),
            sheet.exportWh
        );
        bool anyRaised = raised[0] | raised[1] | raised[2] != 0;
        if (anyRaised) _checkSignature(device, sheet, signature, meter.key);

        _takeBack(device, sheet, lowered, reason);
        _amend(device, sheet);
        if (anyRaised) _raise(device, sheet, raised);
    }

    /// @dev A device that may have no certificates is lowered all the same, never raised.
    function _raise(uint32 device, IDaySheets.DaySheet calldata sheet, uint256[3] memory raised) private {
        (uint32 owner, uint8 carrier) = _mayIssue(device);
        uint256 withheld = _books.raise(device, HourlyEnergy.total(raised));
        _mintDay(device, sheet.day, owner, carrier, sheet.revision, raised, withheld);
    }

    function _checkCorrection(uint32 device, IDaySheets.DaySheet calldata sheet, uint32 nameplateW) private view {
        uint16 last = _lastRevision(device, sheet.day);
        if (sheet.revision <= last) {
            revert GreenCertificate_RevisionRefused(device, sheet.day, sheet.revision, last);
        }
        uint256 limitWh = HourlyEnergy.limitRoundedDown(nameplateW);
        if (HourlyEnergy.anyAbove(sheet.exportWh, limitWh)) {
            revert GreenCertificate_AboveNameplate(device, limitWh);
        }
    }

    function _checkSignature(
        uint32 device,
        IDaySheets.DaySheet calldata sheet,
        bytes calldata signature,
        address key
    ) private view {
        if (!SignatureChecker.isValidSignatureNowCalldata(key, sheets.digestOf(sheet), signature)) {
            revert GreenCertificate_BadSignature(device, key);
        }
    }

    /// @dev How far each hour is lowered and how far it is raised.
    function _differences(
        uint256[3] memory old,
        uint256[3] calldata corrected
    ) private pure returns (uint256[3] memory lowered, uint256[3] memory raised) {
        for (uint256 hour; hour < 24; ++hour) {
            uint256 word = HourlyEnergy.wordOf(hour);
            uint256 before = HourlyEnergy.read(old[word], hour);
            uint256 now_ = HourlyEnergy.read(corrected[word], hour);
            if (now_ < before) lowered[word] = HourlyEnergy.add(lowered[word], hour, before - now_);
            else raised[word] = HourlyEnergy.add(raised[word], hour, now_ - before);
        }
    }

    /// @dev Takes what was lowered from the owner's own certificates; the device owes the rest.
    function _takeBack(
        uint32 device,
        IDaySheets.DaySheet calldata sheet,
        uint256[3] memory lowered,
        bytes32 reason
    ) private {
        address account = _accountOf(devices.deviceOf(device).owner);
        (uint256[] memory ids, uint256[] memory amounts, uint256[3] memory taken) = _collect(
            account,
            _firstIdsOf(device, sheet.day),
            lowered
        );
        uint256 lower = HourlyEnergy.total(lowered);
        uint256 withdrawn = HourlyEnergy.total(taken);

        _books.byDevice[device].withdrawn += uint64(withdrawn);
        _books.byDevice[device].owed += uint64(lower - withdrawn);
        emit DayCorrected(device, sheet.day, sheet.revision, sheet.exportWh, lower, withdrawn, reason);
        if (ids.length != 0) _burnBatch(account, ids, amounts);
    }

    function _amend(uint32 device, IDaySheets.DaySheet calldata sheet) private {
        Amendment storage amendment = _amendments[device][sheet.day];
        amendment.revisions.push(sheet.revision);
        amendment.corrected = true;
        amendment.exportWh = sheet.exportWh;
    }
}
