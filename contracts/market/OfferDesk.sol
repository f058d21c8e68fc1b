// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IBilateralMarket} from "../../interfaces/market/IBilateralMarket.sol";
import {IMemberRegistry} from "../../interfaces/members/IMemberRegistry.sol";
import {IOfferDesk} from "../../interfaces/market/IOfferDesk.sol";
import {MarketTime} from "../libraries/MarketTime.sol";
import {Settlement} from "./lib/Settlement.sol";
import {AgreementWord, Agreements} from "./types/Agreements.sol";
import {Parties, PartyWord} from "./types/Parties.sol";

/// @title Offers that members sign, and the agreements that two of them make
contract OfferDesk is EIP712, IOfferDesk {
    uint256 public constant REGISTER_CAP = 50;
    uint32 private constant CANCELLED = type(uint32).max;
    bytes32 private constant OFFER_TYPE =
        keccak256(
            "Offer(uint32 member,bool selling,uint32 counterparty,uint32 whPerHour,uint32 firstHour,uint8 hourCount,"
            "uint256 price,bool bundled,bool partialFill,uint64 expiry,uint24 nonce)"
        );

    uint256 private constant GATE_LEAD = 37 hours; // from gate closure to the end of the day

    /// @inheritdoc IOfferDesk
    IBilateralMarket public immutable market;
    IMemberRegistry public immutable registry;
    int8 private immutable UTC_OFFSET; // [h]
    uint256 private immutable LOWEST_TICKS;
    uint256 private immutable HIGHEST_TICKS;

    mapping(uint256 memberAndBucket => uint256) private _filled; // 8 x uint32 [Wh/h]

    constructor(IBilateralMarket market_, IMemberRegistry registry_) EIP712("Gridleaf OfferDesk", "1") {
        market = market_;
        registry = registry_;
        UTC_OFFSET = market_.utcOffset();
        IBilateralMarket.Tariffs memory tariffs = market_.tariffs();
        LOWEST_TICKS = Settlement.toTicks(tariffs.feedIn);
        HIGHEST_TICKS = Settlement.toTicks(tariffs.purchase - tariffs.gridFee);
    }

    // Registration

    /// @inheritdoc IOfferDesk
    function register(Match[] calldata matches) external {
        uint256 size = matches.length;
        if (size == 0 || size > REGISTER_CAP) revert OfferDesk_BatchSize(size, REGISTER_CAP);
        for (uint256 i; i < size; ++i) _register(matches[i]);
    }

    function _register(Match calldata entry) private {
        (Offer memory sale, Offer memory purchase) = (entry.sale, entry.purchase);
        _checkCross(sale, purchase);
        (uint32 day, uint256 first) = _windowOf(sale.firstHour, sale.hourCount);
        PartyWord seller = _checkOffer(sale, purchase.member, digestOf(entry.sale), entry.saleSignature);
        PartyWord buyer = _checkOffer(purchase, sale.member, digestOf(entry.purchase), entry.purchaseSignature);
        uint256 ticks = (_ticksOf(sale.price) + _ticksOf(purchase.price)) / 2;
        AgreementWord agreement = Agreements.create(
            sale.member,
            purchase.member,
            _fill(sale, purchase),
            ticks,
            first,
            sale.hourCount,
            sale.bundled,
            seller.group() != 0 && seller.group() == buyer.group()
        );
        market.enter(day, agreement, seller, buyer);
    }

    /// @dev The two offers are of one window and their prices cross.
    function _checkCross(Offer memory sale, Offer memory purchase) private pure {
        if (!sale.selling || purchase.selling) revert OfferDesk_WrongSides(sale.member, purchase.member);
        if (sale.member == purchase.member) revert OfferDesk_SelfTrade(sale.member);
        if (
            sale.firstHour != purchase.firstHour ||
            sale.hourCount != purchase.hourCount ||
            sale.bundled != purchase.bundled
        ) revert OfferDesk_TermsDiffer(sale.member, purchase.member);
        if (sale.price > purchase.price) revert OfferDesk_PricesDoNotCross(sale.price, purchase.price);
    }

    /// @dev Prices outside their bounds could pay a defaulter.
    function _ticksOf(uint256 price) private view returns (uint256 ticks) {
        ticks = Settlement.toTicks(price);
        if (ticks < LOWEST_TICKS || ticks > HIGHEST_TICKS) {
            revert OfferDesk_PriceOutOfBounds(
                price,
                LOWEST_TICKS * Settlement.TICK,
                HIGHEST_TICKS * Settlement.TICK
            );
        }
    }

    function _windowOf(uint32 firstHour, uint256 hourCount) private view returns (uint32 day, uint256 first) {
        (day, first) = MarketTime.placeOf(firstHour, UTC_OFFSET);
        uint256 closure = gateClosure(day);
        if (block.timestamp >= closure) revert OfferDesk_GateClosed(day, closure, block.timestamp);
        if (hourCount == 0 || first + hourCount > 24) revert OfferDesk_WindowNotInDay(firstHour, uint8(hourCount));
    }

    /// @dev The offer stands, its member may trade in this role and has signed it.
    function _checkOffer(
        Offer memory offer,
        uint32 other,
        bytes32 digest,
        bytes calldata signature
    ) private view returns (PartyWord) {
        if (block.timestamp > offer.expiry) {
            revert OfferDesk_Expired(offer.member, offer.expiry, block.timestamp);
        }
        if (offer.counterparty != 0 && offer.counterparty != other) {
            revert OfferDesk_NotCounterparty(offer.member, offer.counterparty, other);
        }
        if (offer.whPerHour == 0) revert OfferDesk_ZeroEnergy(offer.member);
        (address account, IMemberRegistry.MemberKind kind, uint32 group, uint32 nameplateW) = registry.traderOf(
            offer.member,
            offer.selling
        );
        IMemberRegistry.MemberKind role = offer.selling
            ? IMemberRegistry.MemberKind.Generator
            : IMemberRegistry.MemberKind.Consumer;
        if (kind != role && kind != IMemberRegistry.MemberKind.Prosumer) {
            revert OfferDesk_WrongKind(offer.member, kind);
        }
        _checkSignature(offer.member, account, digest, signature);
        return Parties.create(group, nameplateW, offer.nonce);
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
        ) revert OfferDesk_BadSignature(member, digest);
    }

    // What is left of an offer

    /// @dev Fills both offers with what both have left [Wh/h].
    function _fill(Offer memory sale, Offer memory purchase) private returns (uint256 wh) {
        (uint256 salePlace, uint256 saleWord, uint256 saleLeft) = _leftOf(sale);
        (uint256 purchasePlace, uint256 purchaseWord, uint256 purchaseLeft) = _leftOf(purchase);
        wh = Math.min(saleLeft, purchaseLeft);
        _checkWhole(sale, wh);
        _checkWhole(purchase, wh);

        unchecked {
            _filled[salePlace] = saleWord + (wh << _offset(sale.nonce));
            _filled[purchasePlace] = purchaseWord + (wh << _offset(purchase.nonce));
        }
    }

    /// @dev What an offer has left [Wh/h], with the word that says so.
    function _leftOf(Offer memory offer) private view returns (uint256 place, uint256 word, uint256 left) {
        (uint32 member, uint24 nonce) = (offer.member, offer.nonce);
        place = _bucket(member, nonce);
        word = _filled[place];
        (uint256 whole, uint256 filled) = (offer.whPerHour, uint32(word >> _offset(nonce)));
        if (filled >= whole) revert OfferDesk_NonceUsed(member, nonce);
        unchecked {
            left = whole - filled;
        }
    }

    function _checkWhole(Offer memory offer, uint256 wh) private pure {
        if (!offer.partialFill && wh != offer.whPerHour) {
            revert OfferDesk_NotWhole(offer.member, wh, offer.whPerHour);
        }
    }

    function _bucket(uint32 member, uint24 nonce) private pure returns (uint256) {
        return (uint256(member) << 32) | (nonce >> 3);
    }

    /// @dev Where the sum of a nonce lies in its word.
    function _offset(uint24 nonce) private pure returns (uint256) {
        return (nonce & 7) << 5;
    }

    // Cancellation

    /// @inheritdoc IOfferDesk
    function cancel(uint24 nonce) external {
        uint32 member = _caller();
        _filled[_bucket(member, nonce)] |= uint256(CANCELLED) << _offset(nonce);
        emit OfferCancelled(member, nonce);
    }

    function _caller() private view returns (uint32 member) {
        return registry.idOf(msg.sender);
    }

    /// @inheritdoc IOfferDesk
    function cancelBelow(uint24 firstNonce) external {
        uint32 member = _caller();
        uint24 present = market.firstNonceOf(member);
        if (firstNonce <= present) revert OfferDesk_FirstNonceNotRaised(member, present);

        market.raiseFirstNonce(member, firstNonce);
        emit OffersCancelledBelow(member, firstNonce);
    }

    // Views

    /// @inheritdoc IOfferDesk
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

    /// @inheritdoc IOfferDesk
    function filledOf(uint32 member, uint24 nonce) public view returns (uint32 wh) {
        return uint32(_filled[_bucket(member, nonce)] >> _offset(nonce));
    }

    /// @inheritdoc IOfferDesk
    function gateClosure(uint32 day) public view returns (uint256 time) {
        return MarketTime.endOf(day, UTC_OFFSET) - GATE_LEAD;
    }
}
