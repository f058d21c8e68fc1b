// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICertificateSale} from "../../interfaces/certificates/ICertificateSale.sol";
import {IMemberRegistry} from "../../interfaces/members/IMemberRegistry.sol";

/// @title Sale of certificates against points
contract CertificateSale is EIP712, ICertificateSale {
    using SafeERC20 for IERC20;

    uint256 private constant CANCELLED = type(uint256).max;
    uint256 private constant WH_PER_KWH = 1_000;
    bytes32 private constant OFFER_TYPE =
        keccak256(
            "Offer(address seller,uint256[] ids,uint256 wh,uint256 price,address buyer,uint64 expiry,uint256 nonce)"
        );

    IERC1155 public immutable certificates;
    IERC20 public immutable points;
    IMemberRegistry public immutable registry;

    /// @inheritdoc ICertificateSale
    mapping(address seller => mapping(uint256 nonce => uint256 wh)) public soldOf; // [Wh]

    constructor(
        IERC1155 certificates_,
        IERC20 points_,
        IMemberRegistry registry_
    ) EIP712("Gridleaf CertificateSale", "1") {
        certificates = certificates_;
        points = points_;
        registry = registry_;
    }

    // Purchase

    /// @inheritdoc ICertificateSale
    function buy(
        Offer calldata offer,
        bytes calldata signature,
        Pick[] calldata picks,
        uint256 limit,
        uint64 deadline
    ) external returns (uint256 paid) {
        _checkTerms(offer, limit, deadline);
        bytes32 digest = digestOf(offer);
        if (!SignatureChecker.isValidSignatureNowCalldata(offer.seller, digest, signature)) {
            revert CertificateSale_BadSignature(offer.seller, digest);
        }
        (uint256[] memory ids, uint256[] memory amounts, uint256 wh) = _picked(offer.ids, picks);
        paid = costOf(wh, offer.price);

        _count(offer, wh);
        _announce(digest, offer, ids, amounts, paid);
        if (paid != 0) points.safeTransferFrom(msg.sender, offer.seller, paid);
        certificates.safeBatchTransferFrom(offer.seller, msg.sender, ids, amounts, "");
    }

    function _count(Offer calldata offer, uint256 wh) private {
        uint256 sold = soldOf[offer.seller][offer.nonce];
        uint256 left = Math.saturatingSub(offer.wh, sold);
        if (wh > left) revert CertificateSale_AboveOffer(left, wh);
        soldOf[offer.seller][offer.nonce] = sold + wh;
    }

    function _announce(
        bytes32 digest,
        Offer calldata offer,
        uint256[] memory ids,
        uint256[] memory amounts,
        uint256 paid
    ) private {
        uint32 seller = _memberOf(offer.seller);
        uint32 buyer = _memberOf(msg.sender);
        emit GreenAgreementSigned(digest, seller, buyer, ids, amounts, offer.price, paid);
    }

    /// @dev The member that an account serves, when it may trade.
    function _memberOf(address account) private view returns (uint32 member) {
        member = registry.idOf(account);
        registry.requireMayTrade(member);
    }

    function _checkTerms(Offer calldata offer, uint256 limit, uint64 deadline) private view {
        if (block.timestamp > offer.expiry) revert CertificateSale_Expired(offer.expiry, block.timestamp);
        if (block.timestamp > deadline) revert CertificateSale_Expired(deadline, block.timestamp);
        if (offer.price > limit) revert CertificateSale_AboveLimit(offer.price, limit);
        if (offer.buyer != address(0) && offer.buyer != msg.sender) {
            revert CertificateSale_NotBuyer(offer.buyer, msg.sender);
        }
        if (offer.seller == msg.sender) revert CertificateSale_SelfTrade(msg.sender);
    }

    /// @dev The certificates that a purchase takes, each once.
    function _picked(
        uint256[] calldata offered,
        Pick[] calldata picks
    ) private pure returns (uint256[] memory ids, uint256[] memory amounts, uint256 wh) {
        if (picks.length == 0) revert CertificateSale_BadPick(0, 0, offered.length);
        ids = new uint256[](picks.length);
        amounts = new uint256[](picks.length);
        for (uint256 i; i < picks.length; ++i) {
            uint256 index = picks[i].index;
            if (index >= offered.length || (i != 0 && index <= picks[i - 1].index)) {
                revert CertificateSale_BadPick(i, index, offered.length);
            }
            (ids[i], amounts[i]) = (offered[index], picks[i].wh);
            wh += picks[i].wh;
        }
    }

    // Cancellation

    /// @inheritdoc ICertificateSale
    function cancel(uint256 nonce) external {
        if (soldOf[msg.sender][nonce] == CANCELLED) revert CertificateSale_AlreadyCancelled(msg.sender, nonce);
        soldOf[msg.sender][nonce] = CANCELLED;
        emit OfferCancelled(msg.sender, nonce);
    }

    // Views

    /// @inheritdoc ICertificateSale
    function digestOf(Offer calldata offer) public view returns (bytes32) {
        bytes32 ids = keccak256(abi.encodePacked(offer.ids));
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        OFFER_TYPE,
                        offer.seller,
                        ids,
                        offer.wh,
                        offer.price,
                        offer.buyer,
                        offer.expiry,
                        offer.nonce
                    )
                )
            );
    }

    /// @inheritdoc ICertificateSale
    function costOf(uint256 wh, uint256 price) public pure returns (uint256) {
        return Math.mulDiv(wh, price, WH_PER_KWH, Math.Rounding.Ceil);
    }
}
