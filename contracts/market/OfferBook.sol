// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IBilateralMarket} from "../../interfaces/IBilateralMarket.sol";
import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";
import {IOfferBook} from "../../interfaces/IOfferBook.sol";
import {MarketTime} from "../libraries/MarketTime.sol";
import {Penalties} from "../libraries/Penalties.sol";
import {Settlement} from "../libraries/Settlement.sol";

/// @title Offers that members sign, and the agreements that two of them make
contract OfferBook is EIP712, IOfferBook {
    uint256 public constant REGISTER_CAP = 50;
    uint32 private constant CANCELLED = type(uint32).max;
    bytes32 private constant OFFER_TYPE =
        keccak256(
            "Offer(uint32 member,bool selling,uint32 counterparty,uint32 whPerHour,uint32 firstHour,uint8 hourCount,"
            "uint256 price,bool bundled,bool partialFill,uint64 expiry,uint24 nonce)"
        );

    uint256 private constant GATE_LEAD = 13 hours; // from gate closure to the beginning of the day

    /// @inheritdoc IOfferBook
    IBilateralMarket public immutable market;
    IMemberRegistry public immutable registry;
    int8 public immutable utcOffset; // [h]
    uint256 private immutable FEED_IN; // [ticks]
    uint256 private immutable PURCHASE; // [ticks]
    uint256 private immutable GRID_FEE; // [ticks]
    bool private immutable PAPER;

    /// @inheritdoc IOfferBook
    mapping(uint32 member => uint24 nonce) public firstNonceOf;
    mapping(uint32 member => mapping(uint256 bucket => uint256)) private _filled; // 8 x uint32 [Wh/h]

    constructor(IBilateralMarket market_, IMemberRegistry registry_) EIP712("Gridleaf OfferBook", "1") {
        IBilateralMarket.Tariffs memory tariffs = market_.tariffs();
        market = market_;
        registry = registry_;
        utcOffset = market_.utcOffset();
        FEED_IN = Settlement.toTicks(tariffs.feedIn);
        PURCHASE = Settlement.toTicks(tariffs.purchase);
        GRID_FEE = Settlement.toTicks(tariffs.gridFee);
        PAPER = market_.rulebook() == IBilateralMarket.Rulebook.Paper;
    }

    // Registration

    /// @inheritdoc IOfferBook
    function register(Match[] calldata matches) external {
        uint256 size = matches.length;
        if (size == 0 || size > REGISTER_CAP) revert OfferBook_BatchSize(size, REGISTER_CAP);
        for (uint256 i; i < size; ++i) _register(matches[i]);
    }

    function _register(Match calldata entry) private {
        Offer calldata sale = entry.sale;
        Offer calldata purchase = entry.purchase;
        IBilateralMarket.Entry memory agreed;
        _setTerms(agreed, sale, purchase);
        _checkOffer(sale, purchase.member, agreed.seller, entry.saleSignature);
        _checkOffer(purchase, sale.member, agreed.buyer, entry.purchaseSignature);
        agreed.whPerHour = _fill(sale, purchase);
        market.enter(agreed);
    }

    /// @dev The two offers are of one window within a day whose gate is open, and their prices cross.
    function _setTerms(
        IBilateralMarket.Entry memory agreed,
        Offer calldata sale,
        Offer calldata purchase
    ) private view {
        if (!sale.selling) revert OfferBook_WrongSide(sale.member, false);
        if (purchase.selling) revert OfferBook_WrongSide(purchase.member, true);
        if (sale.member == purchase.member) revert OfferBook_SelfTrade(sale.member);
        if (
            sale.firstHour != purchase.firstHour ||
            sale.hourCount != purchase.hourCount ||
            sale.bundled != purchase.bundled
        ) revert OfferBook_TermsDiffer(sale.member, purchase.member);
        if (sale.price > purchase.price) revert OfferBook_PricesDoNotCross(sale.price, purchase.price);
        agreed.price = uint24((_ticksOf(sale.price) + _ticksOf(purchase.price)) / 2);
        (agreed.day, agreed.first) = _windowOf(sale.firstHour, sale.hourCount);
        (agreed.hourCount, agreed.bundled) = (sale.hourCount, sale.bundled);
        (agreed.saleNonce, agreed.purchaseNonce) = (sale.nonce, purchase.nonce);
    }

    /// @dev Prices outside their bounds could pay a defaulter.
    function _ticksOf(uint256 price) private view returns (uint256 ticks) {
        ticks = Settlement.toTicks(price);
        (uint256 lowest, uint256 highest) = (FEED_IN, PURCHASE - GRID_FEE);
        if (ticks < lowest || ticks > highest) {
            revert OfferBook_PriceOutOfBounds(price, lowest * Settlement.TICK, highest * Settlement.TICK);
        }
    }

    function _windowOf(uint32 firstHour, uint8 hourCount) private view returns (uint32 day, uint8 first) {
        day = MarketTime.dayOf(firstHour, utcOffset);
        first = uint8(MarketTime.hourOfDay(firstHour, utcOffset));
        uint256 closure = gateClosure(day);
        if (block.timestamp >= closure) revert OfferBook_GateClosed(day, closure, block.timestamp);
        if (hourCount == 0 || first + hourCount > 24) revert OfferBook_WindowNotInDay(firstHour, hourCount);
    }

    /// @dev The offer stands, its member may trade in this role and has signed it; fills in the party.
    function _checkOffer(
        Offer calldata offer,
        uint32 other,
        IBilateralMarket.Party memory party,
        bytes calldata signature
    ) private view {
        if (block.timestamp > offer.expiry) {
            revert OfferBook_Expired(offer.member, offer.expiry, block.timestamp);
        }
        if (offer.counterparty != 0 && offer.counterparty != other) {
            revert OfferBook_NotCounterparty(offer.member, offer.counterparty, other);
        }
        IMemberRegistry.Member memory record = registry.requireMayTrade(offer.member);
        IMemberRegistry.MemberKind role = offer.selling
            ? IMemberRegistry.MemberKind.Generator
            : IMemberRegistry.MemberKind.Consumer;
        if (record.kind != role && record.kind != IMemberRegistry.MemberKind.Prosumer) {
            revert OfferBook_WrongKind(offer.member, record.kind);
        }
        party.member = offer.member;
        party.group = record.group;
        party.nameplateW = offer.selling ? record.exportW : record.importW;
        _checkSignature(offer, record.account, signature);
    }

    function _checkSignature(Offer calldata offer, address account, bytes calldata signature) private view {
        bytes32 digest = digestOf(offer);
        (address signer, , ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (signer == account) return;
        if (
            account.code.length == 0 ||
            !SignatureChecker.isValidERC1271SignatureNowCalldata(account, digest, signature)
        ) revert OfferBook_BadSignature(offer.member, digest);
    }

    // What is left of an offer

    /// @dev Fills both offers with what both have left [Wh/h].
    function _fill(Offer calldata sale, Offer calldata purchase) private returns (uint32 wh) {
        wh = uint32(Math.min(_leftOf(sale), _leftOf(purchase)));
        _take(sale, wh);
        _take(purchase, wh);
    }

    function _leftOf(Offer calldata offer) private view returns (uint256 wh) {
        uint256 filled = filledOf(offer.member, offer.nonce);
        if (filled >= offer.whPerHour && filled != 0 || offer.nonce < firstNonceOf[offer.member]) {
            revert OfferBook_NonceUsed(offer.member, offer.nonce);
        }
        return offer.whPerHour - filled;
    }

    function _take(Offer calldata offer, uint32 wh) private {
        if (!offer.partialFill && wh != offer.whPerHour) {
            revert OfferBook_NotWhole(offer.member, wh, offer.whPerHour);
        }
        _filled[offer.member][offer.nonce >> 3] += uint256(wh) << _shift(offer.nonce);
    }

    function _shift(uint24 nonce) private pure returns (uint256) {
        return (nonce & 7) << 5;
    }

    // Cancellation

    /// @inheritdoc IOfferBook
    function cancel(uint24[] calldata nonces) external {
        uint32 member = registry.idOf(msg.sender);
        for (uint256 i; i < nonces.length; ++i) {
            _filled[member][nonces[i] >> 3] |= uint256(CANCELLED) << _shift(nonces[i]);
        }
        emit OffersCancelled(member, nonces);
    }

    /// @inheritdoc IOfferBook
    function cancelBelow(uint24 firstNonce) external {
        uint32 member = registry.idOf(msg.sender);
        if (firstNonce <= firstNonceOf[member]) {
            revert OfferBook_FirstNonceNotRaised(member, firstNonceOf[member]);
        }
        firstNonceOf[member] = firstNonce;
        emit OffersCancelledBelow(member, firstNonce);
    }

    // Views

    /// @inheritdoc IOfferBook
    function digestOf(Offer calldata offer) public view returns (bytes32 digest) {
        return _hashTypedDataV4(keccak256(abi.encode(OFFER_TYPE, offer)));
    }

    /// @inheritdoc IOfferBook
    function filledOf(uint32 member, uint24 nonce) public view returns (uint32 wh) {
        return uint32(_filled[member][nonce >> 3] >> _shift(nonce));
    }

    /// @inheritdoc IOfferBook
    function quoteOf(uint32 whPerHour, uint8 hourCount, uint256 price) external view returns (Quote memory quote) {
        uint256 wh = uint256(whPerHour) * hourCount;
        uint256 ticks = _ticksOf(price);
        Settlement.Rules memory rules = Settlement.Rules(FEED_IN, PURCHASE, GRID_FEE, PAPER);
        quote.gridFee = Settlement.cost(wh, GRID_FEE);
        (quote.sellerPenalty, quote.buyerPenalty) = Penalties.largestPenalties(wh, ticks, rules);
        (quote.sellerMargin, quote.buyerMargin) = Penalties.margins(wh, ticks, rules);
    }

    /// @inheritdoc IOfferBook
    function gateClosure(uint32 day) public view returns (uint256 time) {
        return MarketTime.startOf(MarketTime.firstHour(day, utcOffset)) - GATE_LEAD;
    }
}
