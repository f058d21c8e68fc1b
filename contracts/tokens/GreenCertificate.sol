// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IDaySheets} from "../../interfaces/IDaySheets.sol";
import {IDeviceRegistry} from "../../interfaces/IDeviceRegistry.sol";
import {IGreenCertificate} from "../../interfaces/IGreenCertificate.sol";
import {CertificateId} from "../libraries/CertificateId.sol";
import {HourlyEnergy} from "../libraries/HourlyEnergy.sol";
import {MarketTime} from "../libraries/MarketTime.sol";

/// @title Green certificates: one unit is one Wh exported by a renewable device in one hour
contract GreenCertificate is ERC1155, AccessManaged, IGreenCertificate {
    using BitMaps for BitMaps.BitMap;
    using SafeCast for uint256;

    struct Totals {
        uint128 issued; // [Wh]
        uint128 retired; // [Wh]
    }

    uint256 private constant WH_PER_CERTIFICATE = 1e6; // [Wh]

    IDeviceRegistry public immutable devices;
    IDaySheets public immutable sheets;
    int8 public immutable utcOffset; // [h]

    /// @inheritdoc IGreenCertificate
    uint256 public renewableCarriers;
    mapping(uint32 device => BitMaps.BitMap) private _issuedDays;
    mapping(uint32 device => Totals) private _totals;

    constructor(
        address authority_,
        IDaySheets sheets_,
        uint256 carriers,
        string memory uri_
    ) ERC1155(uri_) AccessManaged(authority_) {
        devices = sheets_.devices();
        sheets = sheets_;
        utcOffset = sheets_.utcOffset();
        _setRenewableCarriers(carriers);
    }

    // Issuance

    /// @inheritdoc IGreenCertificate
    function issueDay(uint32 device, uint32 day) external {
        (uint32 owner, uint8 carrier) = devices.requireMayIssue(device);
        if ((renewableCarriers >> carrier) & 1 == 0) {
            revert GreenCertificate_NotRenewable(device, carrier, renewableCarriers);
        }
        if (_issuedDays[device].get(day)) revert GreenCertificate_AlreadyIssued(device, day);
        (uint16 revision, uint256[3] memory exportWh) = _measured(device, day);
        uint256 wh = HourlyEnergy.total(exportWh);
        if (wh == 0) revert GreenCertificate_NothingExported(device, day);
        (uint256[] memory ids, uint256[] memory amounts) = _certificatesOf(
            CertificateId.pack(device, MarketTime.firstHour(day, utcOffset), carrier, revision),
            exportWh
        );
        address account = devices.registry().member(owner).account;

        _issuedDays[device].set(day);
        _totals[device].issued += wh.toUint128();
        emit DayIssued(device, day, account, wh);
        _mintBatch(account, ids, amounts, "");
    }

    /// @dev The export register of a device-day that can no longer change and was measured.
    function _measured(uint32 device, uint32 day) private view returns (uint16 revision, uint256[3] memory exportWh) {
        uint32 meter = devices.meterIdOf(device);
        IDaySheets.Status status;
        IDaySheets.Mark mark;
        (status, mark, revision) = sheets.statusOf(meter, day);
        if (status != IDaySheets.Status.Final) {
            revert GreenCertificate_NotFinal(device, day, sheets.finalFrom(day));
        }
        if (mark != IDaySheets.Mark.None) revert GreenCertificate_Estimated(device, day);
        return (revision, sheets.exportOf(meter, day));
    }

    /// @dev One id for each hour with export, in the order of the hours.
    function _certificatesOf(
        uint256 firstId,
        uint256[3] memory exportWh
    ) private pure returns (uint256[] memory ids, uint256[] memory amounts) {
        uint256 count;
        for (uint256 i; i < 24; ++i) {
            if (HourlyEnergy.read(exportWh[HourlyEnergy.wordOf(i)], i) != 0) ++count;
        }
        ids = new uint256[](count);
        amounts = new uint256[](count);
        for (uint256 i = 24; i > 0; --i) {
            uint256 wh = HourlyEnergy.read(exportWh[HourlyEnergy.wordOf(i - 1)], i - 1);
            if (wh == 0) continue;
            ids[--count] = CertificateId.later(firstId, i - 1);
            amounts[count] = wh;
        }
    }

    // Retirement

    /// @inheritdoc IGreenCertificate
    function retire(uint256 id, uint256 amount, Retirement calldata retirement) external {
        if (bytes(retirement.beneficiary).length == 0) revert GreenCertificate_NoBeneficiary();
        if (retirement.periodEnd <= retirement.periodStart) {
            revert GreenCertificate_EmptyPeriod(retirement.periodStart, retirement.periodEnd);
        }
        if (!_isLetter(retirement.country[0]) || !_isLetter(retirement.country[1])) {
            revert GreenCertificate_BadCountry(retirement.country);
        }

        (uint32 device, , , ) = CertificateId.unpack(id);
        _burn(_msgSender(), id, amount);
        _totals[device].retired += amount.toUint128();
        emit CertificateRetired(_msgSender(), id, amount, retirement);
    }

    function _isLetter(bytes1 character) private pure returns (bool) {
        return character >= "A" && character <= "Z";
    }

    /// @dev Issuance, transfer and retirement all come through here.
    function _update(address from, address to, uint256[] memory ids, uint256[] memory values) internal override {
        for (uint256 i; i < values.length; ++i) {
            if (values[i] == 0) revert GreenCertificate_ZeroAmount(ids[i]);
        }
        super._update(from, to, ids, values);
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
    function dayIssued(uint32 device, uint32 day) external view returns (bool) {
        return _issuedDays[device].get(day);
    }

    /// @inheritdoc IGreenCertificate
    function totalsOf(uint32 device) external view returns (uint256 issuedWh, uint256 retiredWh) {
        return (_totals[device].issued, _totals[device].retired);
    }

    /// @inheritdoc IGreenCertificate
    function wholeCertificates(uint32 device) external view returns (uint256) {
        return _totals[device].issued / WH_PER_CERTIFICATE;
    }

    /// @inheritdoc IGreenCertificate
    function describe(
        uint256 id
    ) external pure returns (uint32 device, uint32 hour, uint8 carrier, uint16 revision) {
        return CertificateId.unpack(id);
    }
}
