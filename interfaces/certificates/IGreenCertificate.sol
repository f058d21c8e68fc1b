// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ICertificateHoldings} from "./ICertificateHoldings.sol";
import {IDaySheets} from "../members/IDaySheets.sol";
import {IDeviceRegistry} from "../members/IDeviceRegistry.sol";

/// @title Green certificates: one unit is one Wh exported by a renewable device in one hour
/// @notice id = trial << 88 | device << 56 | hour << 24 | carrier << 16 | revision, where device is its number in the
/// device registry, hour the unix hour and revision that of the day sheet. An id is minted once: what comes later, for
/// a correction upwards or for energy that was withdrawn, has a revision above all earlier ones of its device-day.
interface IGreenCertificate is ICertificateHoldings {
    /// @notice For whom, what for, when and where the certified energy was used.
    struct Retirement {
        string beneficiary; // a legal person's name, or a natural person's salted hash
        string purpose;
        uint32 periodStart; // consumption period, first unix hour
        uint32 periodEnd; // consumption period, unix hour after the last
        bytes2 country; // ISO 3166-1 alpha-2, upper case
    }

    /// @notice Certificates retired for one beneficiary.
    struct Claim {
        uint256[] ids;
        uint256[] amounts; // [Wh]
        bool hourly; // consumed in the hours of production: all of them lie in the consumption period
        Retirement retirement;
    }

    /// @notice A device's energy so far; issued - withdrawn is held, locked or retired.
    struct Totals {
        uint64 issued; // [Wh]
        uint64 withdrawn; // [Wh]
        uint64 owed; // certified and sold beyond what was measured; kept back from the next issuance [Wh]
    }

    /// @notice Carrier code 0 means "none" and cannot be renewable.
    error GreenCertificate_CarrierZero();
    /// @notice The device's carrier is not among the renewable ones.
    error GreenCertificate_NotRenewable(uint32 device, uint8 carrier, uint256 renewableCarriers);
    /// @notice A device-day is issued once.
    error GreenCertificate_AlreadyIssued(uint32 device, uint32 day);
    /// @notice A device-day is issued from its final sheet.
    error GreenCertificate_NotFinal(uint32 device, uint32 day, uint256 finalFrom);
    /// @notice An estimate is not certified.
    error GreenCertificate_Estimated(uint32 device, uint32 day);
    /// @notice The device exported nothing on this day.
    error GreenCertificate_NothingExported(uint32 device, uint32 day);
    /// @notice This is for device-days that have been issued.
    error GreenCertificate_NotIssued(uint32 device, uint32 day);
    /// @notice A batch names at least one and at most `cap` beneficiaries.
    error GreenCertificate_BatchSize(uint256 size, uint256 cap);
    /// @notice A retirement names its beneficiary.
    error GreenCertificate_NoBeneficiary();
    /// @notice The consumption period ends after it starts.
    error GreenCertificate_EmptyPeriod(uint32 periodStart, uint32 periodEnd);
    /// @notice A country is two letters A-Z.
    error GreenCertificate_BadCountry(bytes2 country);
    /// @notice Hourly matching: the hour of production lies in the consumption period.
    error GreenCertificate_HourNotMatched(uint256 id, uint32 periodStart, uint32 periodEnd);
    /// @notice What the issuer does states its reason.
    error GreenCertificate_NoReason();
    /// @notice A revision is above all earlier ones of the device-day.
    error GreenCertificate_RevisionRefused(uint32 device, uint32 day, uint16 revision, uint16 last);
    /// @notice Energy is raised only on a sheet that the device's meter has signed.
    error GreenCertificate_BadSignature(uint32 device, address meterKey);
    /// @notice A corrected sheet keeps to the nameplate with its tolerance.
    error GreenCertificate_AboveNameplate(uint32 device, uint256 limitWh);
    /// @notice Less of this certificate was withdrawn than is to be issued again.
    error GreenCertificate_AboveWithdrawn(uint256 id, uint256 withdrawn, uint256 amount);
    /// @notice Energy is issued again for one device-day at a time.
    error GreenCertificate_OtherDay(uint256 id, uint32 device, uint32 day);

    event RenewableCarriersSet(uint256 carriers); // bit c set: carrier code c is renewable
    /// @dev Issuance is told by the ERC-1155's own event, from address zero: its ids say device, hour and revision.
    /// This is what of it was kept back for what the device owed.
    event EnergyWithheld(
        uint32 indexed device,
        uint32 indexed day,
        uint16 revision,
        uint256 wh // [Wh]
    );
    /// @dev Final as it stands: no text is edited later.
    event CertificatesRetired(
        address indexed holder,
        bytes32 indexed beneficiaryHash, // keccak256 of its text
        uint256[] ids,
        uint256[] amounts, // [Wh]
        string beneficiary,
        string purpose,
        uint32 periodStart,
        uint32 periodEnd,
        bytes2 country
    );
    event CertificatesWithdrawn(address indexed holder, uint256[] ids, uint256[] amounts, bytes32 reason); // [Wh]
    event CertificatesReissued(
        uint32 indexed device,
        uint32 indexed day,
        address indexed account,
        uint16 revision, // of the new certificates
        uint256[] ids, // the withdrawn ones
        uint256[] amounts, // [Wh]
        bytes32 reason
    );
    event DayRevoked(uint32 indexed device, uint32 indexed day, bytes32 reason);
    /// @dev lowered = withdrawn + what was added to `owed`; what was raised is issued.
    event DayCorrected(
        uint32 indexed device,
        uint32 indexed day,
        uint16 revision,
        uint256[3] exportWh, // 24 x uint32 [Wh]
        uint256 lowered, // [Wh]
        uint256 withdrawn, // from the owner's certificates [Wh]
        bytes32 reason
    );

    /// @notice Issues a device-day to the account of the device's owner, straight from the export register of its final
    /// sheet, less what the device owes. Anybody may call.
    function issueDay(uint32 device, uint32 day) external;

    /// @notice Retires the caller's certificates for ever.
    /// @param amount [Wh]
    /// @param hourly whether the hour of production has to lie in the consumption period
    function retire(uint256 id, uint256 amount, bool hourly, Retirement calldata retirement) external;

    /// @notice Retires the caller's certificates for several beneficiaries (at most 100).
    function retireBatch(Claim[] calldata claims) external;

    /// @notice Takes certificates from a holder, for cause. Expired and revoked ones too.
    function withdraw(
        address holder,
        uint256[] calldata ids,
        uint256[] calldata amounts, // [Wh]
        bytes32 reason
    ) external;

    /// @notice Issues withdrawn energy of one device-day again, to the device's owner, under the next revision.
    function reissue(uint256[] calldata ids, uint256[] calldata amounts, bytes32 reason) external; // amounts [Wh]

    /// @notice Stops all certificates of a device-day, for cause and for good: neither moved nor retired.
    function revoke(uint32 device, uint32 day, bytes32 reason) external;

    /// @notice Corrects a device-day after issuance. What it is lower is taken from the owner's own certificates, the
    /// rest from the device's next issuance, so that buyers keep theirs; what it is higher is issued under the sheet's
    /// revision.
    /// @param sheet the corrected sheet of the device's meter
    /// @param signature by the meter's key (EIP-712, of DaySheets); needed where an hour is raised
    function correct(IDaySheets.DaySheet calldata sheet, bytes calldata signature, bytes32 reason) external;

    /// @notice Sets which carriers are renewable: bit c for carrier code c, bit 0 clear.
    function setRenewableCarriers(uint256 carriers) external;

    /// @notice The production devices.
    function devices() external view returns (IDeviceRegistry);

    /// @notice The day sheets.
    function sheets() external view returns (IDaySheets);

    /// @notice Which carriers are renewable.
    function renewableCarriers() external view returns (uint256 carriers);

    /// @notice Whether a device-day has been issued.
    function dayIssued(uint32 device, uint32 day) external view returns (bool);

    /// @notice The energy that a device-day is certified on, 24 x uint32 [Wh]: of the final sheet, or as corrected
    /// since; zero before issuance.
    function measuredOf(uint32 device, uint32 day) external view returns (uint256[3] memory exportWh);

    /// @notice The revisions under which a device-day has certificates, oldest first.
    function revisionsOf(uint32 device, uint32 day) external view returns (uint16[] memory revisions);

    /// @notice A device's energy so far.
    function totalsOf(uint32 device) external view returns (Totals memory);

    /// @notice What is certified of a device: issued and not withdrawn [Wh].
    function certifiedOf(uint32 device) external view returns (uint256 wh);

    /// @notice What can be issued again of a withdrawn certificate [Wh].
    function reissuableOf(uint256 id) external view returns (uint256 wh);

    /// @notice Whole certificates of 1 MWh: the cumulative certified energy of a device, rounded down, so that the
    /// remainder is carried (Xiong et al. 2023, Eq. (6), corrected, see docs/PAPERS.md).
    function wholeCertificates(uint32 device) external view returns (uint256);
}
