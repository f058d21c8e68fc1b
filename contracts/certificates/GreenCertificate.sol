// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {IDaySheets} from "../../interfaces/members/IDaySheets.sol";
import {IGreenCertificate} from "../../interfaces/certificates/IGreenCertificate.sol";
import {CertificateId} from "./types/CertificateId.sol";
import {CertifiedEnergy} from "./types/CertifiedEnergy.sol";
import {CertificateCorrections} from "./parts/CertificateCorrections.sol";
import {CertificateHoldings} from "./parts/CertificateHoldings.sol";
import {CertificateIssuance} from "./parts/CertificateIssuance.sol";

/// @title Green certificates: one unit is one Wh exported by a renewable device in one hour
contract GreenCertificate is CertificateCorrections {
    uint256 public constant BATCH_CAP = 100;
    uint256 private constant WH_PER_CERTIFICATE = 1e6; // [Wh]

    constructor(
        address authority_,
        IDaySheets sheets_,
        uint256 carriers,
        bool trial_,
        string memory uri_
    )
        ERC1155(uri_)
        AccessManaged(authority_)
        CertificateHoldings(sheets_.registry().freezeList(), sheets_.utcOffset(), trial_)
        CertificateIssuance(sheets_, carriers)
    {}

    // Retirement

    /// @inheritdoc IGreenCertificate
    function retire(uint256 id, uint256 amount, bool hourly, Retirement calldata retirement) external {
        address holder = _msgSender();
        _checkFree(holder);
        _retireFor(holder, _single(id), _single(amount), hourly, retirement);
    }

    /// @inheritdoc IGreenCertificate
    function retireBatch(Claim[] calldata claims) external {
        if (claims.length == 0 || claims.length > BATCH_CAP) {
            revert GreenCertificate_BatchSize(claims.length, BATCH_CAP);
        }
        address holder = _msgSender();
        _checkFree(holder);
        for (uint256 i; i < claims.length; ++i) {
            _retireFor(holder, claims[i].ids, claims[i].amounts, claims[i].hourly, claims[i].retirement);
        }
    }

    function _retireFor(
        address holder,
        uint256[] memory ids,
        uint256[] memory amounts,
        bool hourly,
        Retirement calldata retirement
    ) private {
        _checkRetirement(retirement);
        if (hourly) _checkHours(ids, retirement.periodStart, retirement.periodEnd);
        _retire(holder, ids, amounts);
        emit CertificatesRetired(
            holder,
            keccak256(bytes(retirement.beneficiary)),
            ids,
            amounts,
            retirement.beneficiary,
            retirement.purpose,
            retirement.periodStart,
            retirement.periodEnd,
            retirement.country
        );
    }

    function _checkRetirement(Retirement calldata retirement) private pure {
        if (bytes(retirement.beneficiary).length == 0) revert GreenCertificate_NoBeneficiary();
        if (retirement.periodEnd <= retirement.periodStart) {
            revert GreenCertificate_EmptyPeriod(retirement.periodStart, retirement.periodEnd);
        }
        uint256 country = uint16(retirement.country);
        if (!_isLetter(country >> 8) || !_isLetter(uint8(country))) {
            revert GreenCertificate_BadCountry(retirement.country);
        }
    }

    function _checkHours(uint256[] memory ids, uint32 start, uint32 end) private pure {
        for (uint256 i; i < ids.length; ++i) {
            uint256 hour = CertificateId.hourOf(ids[i]);
            if (hour < start || hour >= end) revert GreenCertificate_HourNotMatched(ids[i], start, end);
        }
    }

    function _isLetter(uint256 character) private pure returns (bool) {
        return character >= 0x41 && character <= 0x5a; // A to Z
    }

    // Views

    /// @inheritdoc IGreenCertificate
    function totalsOf(uint32 device) external view returns (Totals memory) {
        CertifiedEnergy.Book memory book = _books.byDevice[device];
        return Totals({issued: book.issued, withdrawn: book.withdrawn, owed: book.owed});
    }

    /// @inheritdoc IGreenCertificate
    function certifiedOf(uint32 device) public view returns (uint256 wh) {
        return _books.byDevice[device].issued - _books.byDevice[device].withdrawn;
    }

    /// @inheritdoc IGreenCertificate
    function wholeCertificates(uint32 device) external view returns (uint256) {
        return certifiedOf(device) / WH_PER_CERTIFICATE;
    }
}
