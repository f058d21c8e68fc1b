// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDaySheets} from "../../../interfaces/members/IDaySheets.sol";
import {IDeviceRegistry} from "../../../interfaces/members/IDeviceRegistry.sol";
import {IGreenCertificate} from "../../../interfaces/certificates/IGreenCertificate.sol";
import {IMemberRegistry} from "../../../interfaces/members/IMemberRegistry.sol";
import {CertificateId} from "../types/CertificateId.sol";
import {CertifiedEnergy} from "../types/CertifiedEnergy.sol";
import {HourlyEnergy} from "../../libraries/HourlyEnergy.sol";
import {MeterIds} from "../../libraries/MeterIds.sol";
import {CertificateHoldings} from "./CertificateHoldings.sol";

/// @title Issuance of certificates from final, measured day sheets
abstract contract CertificateIssuance is CertificateHoldings, IGreenCertificate {
    using CertifiedEnergy for CertifiedEnergy.Books;

    /// @dev What has become of a device-day since it was issued; empty for most.
    struct Amendment {
        uint16[] revisions; // later than the one of the final sheet
        bool corrected;
        uint256[3] exportWh; // as corrected, 24 x uint32 [Wh]
    }

    /// @inheritdoc IGreenCertificate
    IDeviceRegistry public immutable devices;
    /// @inheritdoc IGreenCertificate
    IDaySheets public immutable sheets;
    IMemberRegistry public immutable registry;

    /// @inheritdoc IGreenCertificate
    uint256 public renewableCarriers;
    CertifiedEnergy.Books internal _books;
    mapping(uint32 device => mapping(uint32 day => Amendment)) internal _amendments;

    constructor(IDaySheets sheets_, uint256 carriers) {
        devices = sheets_.devices();
        registry = sheets_.registry();
        sheets = sheets_;
        _setRenewableCarriers(carriers);
    }

    // Issuance

    /// @inheritdoc IGreenCertificate
    function issueDay(uint32 device, uint32 day) external {
        (uint32 owner, uint8 carrier) = _mayIssue(device);
        (uint16 revision, uint256[3] memory exportWh) = _final(device, day);
        if (exportWh[0] | exportWh[1] | exportWh[2] == 0) revert GreenCertificate_NothingExported(device, day);

        (bool before, uint256 withheld) = _books.issue(device, day, HourlyEnergy.total(exportWh));
        if (before) revert GreenCertificate_AlreadyIssued(device, day);
        _mintDay(device, day, owner, carrier, revision, exportWh, withheld);
    }

    /// @dev The device may have certificates: it has a bond and a renewable carrier.
    function _mayIssue(uint32 device) internal view returns (uint32 owner, uint8 carrier) {
        (owner, carrier) = devices.requireMayIssue(device);
        if ((renewableCarriers >> carrier) & 1 == 0) {
            revert GreenCertificate_NotRenewable(device, carrier, renewableCarriers);
        }
    }

    /// @dev The export register of a device-day that can no longer change and was measured.
    function _final(uint32 device, uint32 day) private view returns (uint16 revision, uint256[3] memory exportWh) {
        IDaySheets.Status status;
        IDaySheets.Mark mark;
        (status, mark, revision, exportWh) = sheets.exportRecordOf(MeterIds.FIRST_DEVICE + device, day);
        if (status != IDaySheets.Status.Final) {
            revert GreenCertificate_NotFinal(device, day, sheets.deviceFinalFrom(day));
        }
        if (mark != IDaySheets.Mark.None) revert GreenCertificate_Estimated(device, day);
    }

    function _accountOf(uint32 owner) internal view returns (address) {
        return registry.accountOf(owner);
    }

    /// @dev Mints energy of a device-day to its owner, without its first `withheld` Wh.
    function _mintDay(
        uint32 device,
        uint32 day,
        uint32 owner,
        uint8 carrier,
        uint16 revision,
        uint256[3] memory exportWh,
        uint256 withheld
    ) internal {
        address account = _accountOf(owner);
        uint256 firstId = CertificateId.pack(trial, device, _firstHourOf(day), carrier, revision);
        (uint256[] memory ids, uint256[] memory amounts) = _certificatesOf(firstId, exportWh, withheld);

        if (withheld != 0) emit EnergyWithheld(device, day, revision, withheld);
        if (ids.length != 0) _mintBatch(account, ids, amounts, "");
    }

    /// @dev One id for each hour with export, in the order of the hours; the first `withheld` Wh are left out.
    function _certificatesOf(
        uint256 firstId,
        uint256[3] memory exportWh,
        uint256 withheld
    ) private pure returns (uint256[] memory ids, uint256[] memory amounts) {
        (ids, amounts) = (new uint256[](24), new uint256[](24));
        uint256 count;
        for (uint256 word; word < 3; ++word) {
            uint256 id = CertificateId.later(firstId, 8 * word);
            for (uint256 rest = exportWh[word]; rest != 0; rest >>= 32) {
                uint256 wh = uint32(rest);
                uint256 kept = withheld == 0 ? 0 : Math.min(withheld, wh);
                unchecked {
                    (withheld, wh) = (withheld - kept, wh - kept);
                    if (wh != 0) {
                        (ids[count], amounts[count]) = (id, wh);
                        ++count;
                    }
                    id = CertificateId.later(id, 1);
                }
            }
        }
        _shorten(ids, count);
        _shorten(amounts, count);
    }

    // Administration

    /// @inheritdoc IGreenCertificate
    function setRenewableCarriers(uint256 carriers) external restricted {
        _setRenewableCarriers(carriers);
    }

    function _setRenewableCarriers(uint256 carriers) private {
        if (carriers & 1 != 0) revert GreenCertificate_CarrierZero();
        renewableCarriers = carriers;
        emit RenewableCarriersSet(carriers);
    }

    // Views

    /// @inheritdoc IGreenCertificate
    function dayIssued(uint32 device, uint32 day) public view returns (bool) {
        return _books.isIssued(device, day);
    }

    /// @inheritdoc IGreenCertificate
    function measuredOf(uint32 device, uint32 day) public view returns (uint256[3] memory exportWh) {
        if (!dayIssued(device, day)) return exportWh;
        Amendment storage amendment = _amendments[device][day];
        if (amendment.corrected) return amendment.exportWh;
        return sheets.exportOf(MeterIds.FIRST_DEVICE + device, day);
    }

    /// @inheritdoc IGreenCertificate
    function revisionsOf(uint32 device, uint32 day) public view returns (uint16[] memory revisions) {
        if (!dayIssued(device, day)) return revisions;
        uint16[] storage later = _amendments[device][day].revisions;
        revisions = new uint16[](later.length + 1);
        (, , revisions[0]) = sheets.statusOf(MeterIds.FIRST_DEVICE + device, day);
        for (uint256 i; i < later.length; ++i) revisions[i + 1] = later[i];
    }

    /// @dev The ids of the first hour of a device-day, one for each revision.
    function _firstIdsOf(uint32 device, uint32 day) internal view override returns (uint256[] memory firstIds) {
        uint16[] memory revisions = revisionsOf(device, day);
        uint8 carrier = devices.deviceOf(device).carrier;
        uint32 hour = _firstHourOf(day);
        firstIds = new uint256[](revisions.length);
        for (uint256 i; i < revisions.length; ++i) {
            firstIds[i] = CertificateId.pack(trial, device, hour, carrier, revisions[i]);
        }
    }
}
