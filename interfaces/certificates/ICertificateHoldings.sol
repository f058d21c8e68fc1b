// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Who holds certificates, and what holders may do with them
/// @notice ERC-1155; one unit is one Wh. A certificate moves for 365 days after its hour, is retired within 548 days,
/// and neither once its device-day is revoked. Frozen accounts move nothing. What is locked is held by this contract
/// until its keeper lets it go.
interface ICertificateHoldings {
    /// @notice The certificate could be moved, or retired, before this time.
    error GreenCertificate_Expired(uint256 id, uint256 expiry, uint256 time);
    /// @notice The issuer has revoked the certificates of this device and day.
    error GreenCertificate_Revoked(uint32 device, uint32 day);
    /// @notice The receiver takes certificates from listed senders only.
    error GreenCertificate_SenderNotListed(address receiver, address sender, address operator);
    /// @notice A batch has something in it.
    error GreenCertificate_EmptyBatch();

    event ReceivingRestricted(address indexed receiver, bool listedOnly);
    event SendersListed(address indexed receiver, address[] senders, bool listed);
    event CertificatesLocked(
        address indexed keeper,
        address indexed account,
        uint256[] ids,
        uint256[] amounts // [Wh]
    );
    event CertificatesUnlocked(
        address indexed keeper,
        address indexed account,
        uint256[] ids,
        uint256[] amounts // [Wh]
    );
    event CertificatesDelivered(
        uint32 indexed device,
        uint32 indexed day,
        address indexed to,
        address from,
        uint256[3] wh // 24 x uint32 [Wh]
    );

    /// @notice Says whether the caller receives certificates from everybody or from listed senders only.
    function restrictReceiving(bool listedOnly) external;

    /// @notice Lists senders, and operators that send for others, from whom the caller receives; or strikes them off.
    function listSenders(address[] calldata senders, bool listed) external;

    /// @notice Locks certificates of an account that has approved the calling keeper: neither moved nor retired from
    /// now on.
    function lock(address account, uint256[] calldata ids, uint256[] calldata amounts) external; // [Wh]

    /// @notice Gives certificates that the calling keeper has locked back to their account.
    function unlock(address account, uint256[] calldata ids, uint256[] calldata amounts) external; // [Wh]

    /// @notice Hands over certificates of a device-day under an agreement that both accounts have signed: of each hour
    /// what `from` has of it, up to `wh`. Neither a freeze nor the receiver's list stops what was agreed.
    /// @param wh 24 x uint32 [Wh]
    /// @return moved 24 x uint32 [Wh]
    function deliver(
        address from,
        address to,
        uint32 device,
        uint32 day,
        uint256[3] calldata wh
    ) external returns (uint256[3] memory moved);

    /// @notice What an account has retired of a certificate [Wh].
    function retiredOf(address account, uint256 id) external view returns (uint256 wh);

    /// @notice What a keeper has locked of an account [Wh].
    function lockedOf(address keeper, address account, uint256 id) external view returns (uint256 wh);

    /// @notice Whether a receiver takes certificates that an operator sends for a sender.
    function accepts(address receiver, address sender, address operator) external view returns (bool);

    /// @notice Whether the issuer has revoked a device-day.
    function revoked(uint32 device, uint32 day) external view returns (bool);

    /// @notice Whether these are certificates of trial devices: another contract, and marked in every id.
    function trial() external view returns (bool);

    /// @notice The parts of a certificate id.
    function describe(
        uint256 id
    ) external pure returns (bool trial, uint32 device, uint32 hour, uint8 carrier, uint16 revision);
}
