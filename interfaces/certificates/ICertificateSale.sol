// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Sale of certificates against points
/// @notice A seller signs an offer; whoever buys signs the green-power agreement by its purchase: certificates and
/// points change hands in the same transaction or not at all (Pan et al., section 3.2). Certificates and
/// points stay with their holders until then.
interface ICertificateSale {
    /// @notice What a seller signs (EIP-712).
    struct Offer {
        address seller;
        uint256[] ids; // certificates to choose from
        uint256 wh; // the most that is sold, of all of them together [Wh]
        uint256 price; // [point-wei/kWh]
        address buyer; // zero = any member
        uint64 expiry; // last time at which it can be taken [s]
        uint256 nonce; // offers with one nonce share what was sold
    }

    /// @notice What a buyer takes of an offered certificate.
    struct Pick {
        uint256 index; // among the offered ids
        uint256 wh; // [Wh]
    }

    /// @notice The offer, or the buyer's patience, has ended.
    error CertificateSale_Expired(uint256 expiry, uint256 time);
    /// @notice The price is above the buyer's limit.
    error CertificateSale_AboveLimit(uint256 price, uint256 limit);
    /// @notice The offer is for another buyer.
    error CertificateSale_NotBuyer(address buyer, address caller);
    /// @notice Nobody buys from itself.
    error CertificateSale_SelfTrade(address account);
    /// @notice A purchase takes something of at least one certificate and nothing twice: indices rise.
    error CertificateSale_BadPick(uint256 position, uint256 index, uint256 ids);
    /// @notice The offer has less left, or none once it was cancelled.
    error CertificateSale_AboveOffer(uint256 left, uint256 wh);
    /// @notice The signature is not the seller's.
    error CertificateSale_BadSignature(address seller, bytes32 digest);
    /// @notice The offer is cancelled already.
    error CertificateSale_AlreadyCancelled(address seller, uint256 nonce);

    event OfferCancelled(address indexed seller, uint256 indexed nonce);
    /// @dev Both have signed: the seller its offer, the buyer this transaction.
    event GreenAgreementSigned(
        bytes32 indexed offer, // digest
        uint32 indexed seller, // member
        uint32 indexed buyer, // member
        uint256[] ids,
        uint256[] amounts, // [Wh]
        uint256 price, // [point-wei/kWh]
        uint256 paid // [point-wei]
    );

    /// @notice Buys from a seller's offer. The buyer has given this contract an allowance of points, the seller its
    /// approval for certificates.
    /// @param limit the most that the buyer pays [point-wei/kWh]
    /// @param deadline last time at which the buyer wants it [s]
    /// @return paid rounded up to the point-wei [point-wei]
    function buy(
        Offer calldata offer,
        bytes calldata signature,
        Pick[] calldata picks,
        uint256 limit,
        uint64 deadline
    ) external returns (uint256 paid);

    /// @notice Voids what is left of the caller's offers with this nonce.
    function cancel(uint256 nonce) external;

    /// @notice The EIP-712 digest that the seller signs.
    function digestOf(Offer calldata offer) external view returns (bytes32);

    /// @notice What was sold of the offers with this nonce [Wh]; all ones when they were cancelled.
    function soldOf(address seller, uint256 nonce) external view returns (uint256 wh);

    /// @notice What energy costs at a price, rounded up [point-wei].
    function costOf(uint256 wh, uint256 price) external pure returns (uint256 points);
}
