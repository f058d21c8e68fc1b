// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Green certificates: one unit is one Wh exported by a renewable device in one hour
/// @notice ERC-1155. id = device << 56 | hour << 24 | carrier << 16 | revision, where device is its number in the
/// device registry, hour the unix hour and revision that of the final day sheet.
interface IGreenCertificate {
    /// @notice For whom, what for and where the certified energy was used.
    struct Retirement {
        string beneficiary; // a legal person's name, or a natural person's salted hash
        string purpose;
        uint32 periodStart; // consumption period, first unix hour
        uint32 periodEnd; // consumption period, unix hour after the last
        bytes2 country; // ISO 3166-1 alpha-2, upper case
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
    /// @notice Zero amounts are neither moved nor retired.
    error GreenCertificate_ZeroAmount(uint256 id);
    /// @notice A retirement names its beneficiary.
    error GreenCertificate_NoBeneficiary();
    /// @notice The consumption period ends after it starts.
    error GreenCertificate_EmptyPeriod(uint32 periodStart, uint32 periodEnd);
    /// @notice A country is two letters A-Z.
    error GreenCertificate_BadCountry(bytes2 country);

    event RenewableCarriersSet(uint256 carriers); // bit c set: carrier code c is renewable
    event DayIssued(uint32 indexed device, uint32 indexed day, address indexed account, uint256 wh); // [Wh]
    event CertificateRetired(address indexed holder, uint256 indexed id, uint256 wh, Retirement retirement); // [Wh]

    /// @notice Issues a device-day to the account of the device's owner, straight from the export register of its final
    /// sheet. Anybody may call.
    function issueDay(uint32 device, uint32 day) external;

    /// @notice Retires the caller's certificates for ever.
    function retire(uint256 id, uint256 amount, Retirement calldata retirement) external; // amount [Wh]

    /// @notice Sets which carriers are renewable: bit c for carrier code c, bit 0 clear.
    function setRenewableCarriers(uint256 carriers) external;

    /// @notice Which carriers are renewable.
    function renewableCarriers() external view returns (uint256 carriers);

    /// @notice Whether a device-day has been issued.
    function dayIssued(uint32 device, uint32 day) external view returns (bool);

    /// @notice Energy of a device that was certified, and that was retired, so far [Wh].
    function totalsOf(uint32 device) external view returns (uint256 issuedWh, uint256 retiredWh);

    /// @notice Whole certificates of 1 MWh: the cumulative certified energy of a device, rounded down, so that the
    /// remainder is carried (Xiong et al. 2023, Eq. (6), corrected, see docs/PAPERS.md).
    function wholeCertificates(uint32 device) external view returns (uint256);

    /// @notice The parts of a certificate id.
    function describe(
        uint256 id
    ) external pure returns (uint32 device, uint32 hour, uint8 carrier, uint16 revision);
}
