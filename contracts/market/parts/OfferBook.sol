// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMemberRegistry} from "../../../interfaces/members/IMemberRegistry.sol";
import {IOfferBook} from "../../../interfaces/market/IOfferBook.sol";
import {AgreementWord, Agreements} from "../types/Agreements.sol";
import {MarketTime} from "../../libraries/MarketTime.sol";
import {Settlement} from "../lib/Settlement.sol";
import {AgreementBook} from "./AgreementBook.sol";

/// @title Offers that members sign, and the agreements that two of them make
abstract contract OfferBook is AgreementBook, EIP712, IOfferBook {
    uint256 public constant REGISTER_CAP = 50;
    uint32 private constant CANCELLED = type(uint32).max;
    bytes32 private constant OFFER_TYPE =
        keccak256(
            "Offer(uint32 member,bool selling,uint32 counterparty,uint32 whPerHour,uint32 firstHour,uint8 hourCount,"
            "uint256 price,bool bundled,bool partialFill,uint64 expiry,uint24 nonce)"
        );

    uint256 private constant GATE_LEAD = 13 hours; // from gate closure to the beginning of the day

    mapping(uint256 memberAndBucket => uint256) private _filled; // 8 x uint32 [Wh/h]

    constructor() EIP712("Gridleaf BilateralMarket", "1") {}

    // Registration

    /// @inheritdoc IOfferBook
    function register(Match[] calldata matches) external whenNotPaused {
        uint256 size = matches.length;
        if (size == 0 || size > REGISTER_CAP) revert OfferBook_BatchSize(size, REGISTER_CAP);
        for (uint256 i; i < size; ++i) _register(matches[i]);
    }

    function _register(Match calldata entry) private {
        (Offer memory sale, Offer memory purchase) = (entry.sale, entry.purchase);
        _checkCross(sale, purchase);
        (uint32 day, uint256 first) = _windowOf(sale.firstHour, sale.hourCount);
        Party memory seller = _checkOffer(sale, purchase.member, digestOf(entry.sale), entry.saleSignature);
        Party memory buyer = _checkOffer(purchase, sale.member, digestOf(entry.purchase), entry.purchaseSignature);
        uint256 ticks = (_ticksOf(sale.price) + _ticksOf(purchase.price)) / 2;
        AgreementWord agreement = Agreements.create(
            sale.member,
            purchase.member,
            _fill(sale, purchase),
            ticks,
            first,
            sale.hourCount,
            sale.bundled,
            seller.group != 0 && seller.group == buyer.group
        );
        _enter(day, agreement, seller, buyer);
    }

    /// @dev The two offers are of one window and their prices cross.
    function _checkCross(Offer memory sale, Offer memory purchase) private pure {
        if (!sale.selling || purchase.selling) revert OfferBook_WrongSides(sale.member, purchase.member);
        if (sale.member == purchase.member) revert OfferBook_SelfTrade(sale.member);
        if (
            sale.firstHour != purchase.firstHour ||
            sale.hourCount != purchase.hourCount ||
            sale.bundled != purchase.bundled
        ) revert OfferBook_TermsDiffer(sale.member, purchase.member);
        if (sale.price > purchase.price) revert OfferBook_PricesDoNotCross(sale.price, purchase.price);
    }

    /// @dev Prices outside their bounds could pay a defaulter.
    function _ticksOf(uint256 price) private view returns (uint256 ticks) {
        ticks = Settlement.toTicks(price);
        (uint256 lowest, uint256 highest) = (FEED_IN, PURCHASE - GRID_FEE);
        if (ticks < lowest || ticks > highest) {
            revert OfferBook_PriceOutOfBounds(price, lowest * Settlement.TICK, highest * Settlement.TICK);
        }
    }

    function _windowOf(uint32 firstHour, uint256 hourCount) private view returns (uint32 day, uint256 first) {
        day = MarketTime.dayOf(firstHour, utcOffset);
        first = MarketTime.hourOfDay(firstHour, utcOffset);
        uint256 closure = gateClosure(day);
        if (block.timestamp >= closure) revert OfferBook_GateClosed(day, closure, block.timestamp);
        if (hourCount == 0 || first + hourCount > 24) revert OfferBook_WindowNotInDay(firstHour, uint8(hourCount));
    }

    /// @dev The offer stands, its member may trade in this role and has signed it.
    function _checkOffer(
        Offer memory offer,
        uint32 other,
        bytes32 digest,
        bytes calldata signature
    ) private view returns (Party memory party) {
        if (block.timestamp > offer.expiry) {
            revert OfferBook_Expired(offer.member, offer.expiry, block.timestamp);
        }
        if (offer.counterparty != 0 && offer.counterparty != other) {
            revert OfferBook_NotCounterparty(offer.member, offer.counterparty, other);
        }
        if (offer.whPerHour == 0) revert OfferBook_ZeroEnergy(offer.member);
        IMemberRegistry.Member memory record = registry.requireMayTrade(offer.member);
        IMemberRegistry.MemberKind role = offer.selling
            ? IMemberRegistry.MemberKind.Generator
            : IMemberRegistry.MemberKind.Consumer;
        if (record.kind != role && record.kind != IMemberRegistry.MemberKind.Prosumer) {
            revert OfferBook_WrongKind(offer.member, record.kind);
        }
        _checkSignature(offer.member, record.account, digest, signature);
        uint32 nameplateW = offer.selling ? record.exportW : record.importW;
        return Party({member: offer.member, group: record.group, nameplateW: nameplateW, nonce: offer.nonce});
    }

    function _checkSignature(
        uint32 member,
        address account,
        bytes32 digest,
        bytes calldata signature
    ) private view {
        (address signer, , ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (signer == account) return;
        if (
            account.code.length == 0 ||
            !SignatureChecker.isValidERC1271SignatureNowCalldata(account, digest, signature)
        ) revert OfferBook_BadSignature(member, digest);
    }

    // What is left of an offer

    /// @dev Fills both offers with what both have left [Wh/h].
    function _fill(Offer memory sale, Offer memory purchase) private returns (uint256 wh) {
        wh = Math.min(_leftOf(sale), _leftOf(purchase));
        _take(sale, wh);
        _take(purchase, wh);
    }

    function _leftOf(Offer memory offer) private view returns (uint256 wh) {
        uint256 filled = filledOf(offer.member, offer.nonce);
        if (filled >= offer.whPerHour) revert OfferBook_NonceUsed(offer.member, offer.nonce);
        unchecked {
            return offer.whPerHour - filled;
        }
    }

    function _take(Offer memory offer, uint256 wh) private {
        if (!offer.partialFill && wh != offer.whPerHour) {
            revert OfferBook_NotWhole(offer.member, wh, offer.whPerHour);
        }
        unchecked {
            _filled[_bucket(offer.member, offer.nonce)] += wh << _shift(offer.nonce);
        }
    }

    function _bucket(uint32 member, uint24 nonce) private pure returns (uint256) {
        return (uint256(member) << 32) | (nonce >> 3);
    }

    function _shift(uint24 nonce) private pure returns (uint256) {
        return (nonce & 7) << 5;
    }

    // Cancellation

    /// @inheritdoc IOfferBook
    function cancel(uint24 nonce) external {
        uint32 member = _caller();
        _filled[_bucket(member, nonce)] |= uint256(CANCELLED) << _shift(nonce);
        emit OfferCancelled(member, nonce);
    }

    function _caller() private view returns (uint32 member) {
        return registry.idOf(_msgSender());
    }

    /// @inheritdoc IOfferBook
    function cancelBelow(uint24 firstNonce) external {
        uint32 member = _caller();
        if (firstNonce <= firstNonceOf(member)) revert OfferBook_FirstNonceNotRaised(member, firstNonceOf(member));

        _accounts[member] = _accounts[member].withFirstNonce(firstNonce);
        emit OffersCancelledBelow(member, firstNonce);
    }

    // Views

    /// @inheritdoc IOfferBook
    function digestOf(Offer calldata offer) public view returns (bytes32 digest) {
        return _hashTypedDataV4(keccak256(abi.encodePacked(OFFER_TYPE, _encoded(offer))));
    }

    /// @dev The fields as they came: they are encoded like that already. Reading any of them checks its width. The
    /// compiler would decode and encode them anew, at 3,000 gas.
    function _encoded(Offer calldata offer) private pure returns (bytes calldata fields) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            fields.offset := offer
            fields.length := 352
        }
    }

    /// @inheritdoc IOfferBook
    function filledOf(uint32 member, uint24 nonce) public view returns (uint32 wh) {
        return uint32(_filled[_bucket(member, nonce)] >> _shift(nonce));
    }

    /// @inheritdoc IOfferBook
    function firstNonceOf(uint32 member) public view returns (uint24 nonce) {
        return uint24(_accounts[member].firstNonce());
    }

    /// @inheritdoc IOfferBook
    function gateClosure(uint32 day) public view returns (uint256 time) {
        return MarketTime.startOf(MarketTime.firstHour(day, utcOffset)) - GATE_LEAD;
    }
}
