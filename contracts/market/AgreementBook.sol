// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IBilateralMarket} from "../../interfaces/IBilateralMarket.sol";
import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";
import {HourlyEnergy} from "../libraries/HourlyEnergy.sol";
import {MarketTime} from "../libraries/MarketTime.sol";
import {Settlement} from "../libraries/Settlement.sol";
import {MarginAccounts} from "./MarginAccounts.sol";

/// @title Agreements of a market: who may make them, what they reserve, how much is contracted
abstract contract AgreementBook is MarginAccounts, EIP712, IBilateralMarket {
    uint256 public constant REGISTER_CAP = 50;
    bytes32 private constant AGREEMENT_TYPE =
        keccak256(
            "Agreement(uint32 seller,uint32 buyer,uint32 whPerHour,uint32 firstHour,uint8 hourCount,uint256 price,"
            "uint64 expiry,uint256 salt)"
        );

    int8 public immutable utcOffset; // [h]
    uint32 internal immutable _feedIn; // [ticks]
    uint32 internal immutable _purchase; // [ticks]
    uint32 internal immutable _gridFee; // [ticks]

    mapping(uint256 id => AgreementRecord) internal _agreements;
    mapping(uint32 member => mapping(uint32 day => uint256[3])) internal _soldWh; // 24 x uint32 [Wh]
    mapping(uint32 member => mapping(uint32 day => uint256[3])) internal _boughtWh; // 24 x uint32 [Wh]

    constructor(int8 utcOffset_, Tariffs memory tariffs_) EIP712("Gridleaf BilateralMarket", "1") {
        if (tariffs_.feedIn + tariffs_.gridFee > tariffs_.purchase) {
            revert BilateralMarket_NoPriceRoom(tariffs_.feedIn, tariffs_.purchase, tariffs_.gridFee);
        }
        utcOffset = utcOffset_;
        _feedIn = Settlement.toTicks(tariffs_.feedIn);
        _purchase = Settlement.toTicks(tariffs_.purchase);
        _gridFee = Settlement.toTicks(tariffs_.gridFee);
    }

    // Registration

    /// @inheritdoc IBilateralMarket
    function register(
        Agreement[] calldata agreements,
        bytes[] calldata sellerSignatures,
        bytes[] calldata buyerSignatures
    ) external whenNotPaused {
        uint256 size = agreements.length;
        _checkBatch(size, REGISTER_CAP);
        if (sellerSignatures.length != size || buyerSignatures.length != size) {
            revert BilateralMarket_SignatureCount(size, sellerSignatures.length, buyerSignatures.length);
        }
        for (uint256 i; i < size; ++i) _register(agreements[i], sellerSignatures[i], buyerSignatures[i]);
    }

    function _register(
        Agreement calldata agreement,
        bytes calldata sellerSignature,
        bytes calldata buyerSignature
    ) private {
        uint256 id = idOf(agreement);
        uint32 priceTicks = _checkTerms(agreement);
        if (_agreements[id].seller != 0) revert BilateralMarket_AgreementUsed(id);
        uint256 sellerW = _checkParty(agreement.seller, IMemberRegistry.MemberKind.Generator, id, sellerSignature)
            .exportW;
        uint256 buyerW = _checkParty(agreement.buyer, IMemberRegistry.MemberKind.Consumer, id, buyerSignature).importW;
        uint256 margin = _checkMargin(agreement);

        _addContracted(_soldWh[agreement.seller], agreement, agreement.seller, sellerW);
        _addContracted(_boughtWh[agreement.buyer], agreement, agreement.buyer, buyerW);
        _reserve(agreement.buyer, margin);
        _record(id, agreement, priceTicks, margin);
    }

    /// @dev What can be told from the agreement alone; returns its price in ticks.
    function _checkTerms(Agreement calldata agreement) private view returns (uint32 priceTicks) {
        uint256 start = agreement.firstHour;
        if (block.timestamp > agreement.expiry) revert BilateralMarket_Expired(agreement.expiry, block.timestamp);
        if (block.timestamp >= MarketTime.startOf(start)) {
            revert BilateralMarket_WindowPast(agreement.firstHour, block.timestamp);
        }
        uint256 hoursLeft = 24 - MarketTime.hourOfDay(start, utcOffset);
        if (agreement.hourCount == 0 || agreement.hourCount > hoursLeft) {
            revert BilateralMarket_WindowNotInDay(agreement.firstHour, agreement.hourCount);
        }
        if (agreement.whPerHour == 0) revert BilateralMarket_ZeroEnergy();
        if (agreement.seller == agreement.buyer) revert BilateralMarket_SelfTrade(agreement.seller);
        priceTicks = Settlement.toTicks(agreement.price);
        if (priceTicks < _feedIn || priceTicks > _purchase - _gridFee) {
            revert BilateralMarket_PriceOutOfBounds(
                agreement.price,
                _feedIn * Settlement.TICK,
                (_purchase - _gridFee) * Settlement.TICK
            );
        }
    }

    /// @dev A party may trade in this role, has no debt and has signed.
    function _checkParty(
        uint32 member,
        IMemberRegistry.MemberKind role,
        uint256 id,
        bytes calldata signature
    ) private view returns (IMemberRegistry.Member memory party) {
        party = registry.requireMayTrade(member);
        if (party.kind != role && party.kind != IMemberRegistry.MemberKind.Prosumer) {
            revert BilateralMarket_WrongKind(member, uint8(party.kind));
        }
        int256 free = freeOf(member);
        if (free < 0) revert BilateralMarket_Indebted(member, uint256(-free));
        if (!SignatureChecker.isValidSignatureNow(party.account, bytes32(id), signature)) {
            revert BilateralMarket_BadSignature(member, id);
        }
    }

    /// @dev The buyer's margin is there; returns it [point-wei].
    function _checkMargin(Agreement calldata agreement) private view returns (uint256 margin) {
        margin = marginOf(agreement.whPerHour, agreement.hourCount);
        int256 free = freeOf(agreement.buyer);
        if (free < int256(margin)) revert BilateralMarket_MarginTooSmall(agreement.buyer, free, margin);
    }

    /// @dev Raises a member's contracted sums, hour by hour, up to its nameplate.
    function _addContracted(
        mapping(uint32 day => uint256[3]) storage days_,
        Agreement calldata agreement,
        uint32 member,
        uint256 nameplateW
    ) private {
        uint256[3] storage sums = days_[MarketTime.dayOf(agreement.firstHour, utcOffset)];
        uint256 first = MarketTime.hourOfDay(agreement.firstHour, utcOffset);
        for (uint256 hour = first; hour < first + agreement.hourCount; ++hour) {
            uint256 word = sums[HourlyEnergy.wordOf(hour)];
            uint256 sum = HourlyEnergy.read(word, hour) + agreement.whPerHour;
            if (sum > nameplateW) {
                revert BilateralMarket_AboveNameplate(member, agreement.firstHour + hour - first, sum, nameplateW);
            }
            sums[HourlyEnergy.wordOf(hour)] = HourlyEnergy.add(word, hour, agreement.whPerHour);
        }
    }

    function _record(uint256 id, Agreement calldata agreement, uint32 priceTicks, uint256 margin) private {
        _agreements[id] = AgreementRecord({
            seller: agreement.seller,
            buyer: agreement.buyer,
            whPerHour: agreement.whPerHour,
            firstHour: agreement.firstHour,
            hourCount: agreement.hourCount,
            priceTicks: priceTicks,
            settled: false
        });
        emit AgreementRegistered(
            id,
            agreement.seller,
            agreement.buyer,
            agreement.whPerHour,
            agreement.firstHour,
            agreement.hourCount,
            agreement.price,
            margin
        );
    }

    function _checkBatch(uint256 size, uint256 cap) internal pure {
        if (size == 0 || size > cap) revert BilateralMarket_BatchSize(size, cap);
    }

    // Views

    /// @inheritdoc IBilateralMarket
    function idOf(Agreement calldata agreement) public view returns (uint256 id) {
        return uint256(_hashTypedDataV4(keccak256(abi.encode(AGREEMENT_TYPE, agreement))));
    }

    /// @inheritdoc IBilateralMarket
    function marginOf(uint32 whPerHour, uint8 hourCount) public view returns (uint256 margin) {
        return Settlement.cost(uint256(whPerHour) * hourCount, _purchase);
    }

    /// @inheritdoc IBilateralMarket
    function agreementOf(uint256 id) external view returns (AgreementRecord memory) {
        return _agreements[id];
    }

    /// @inheritdoc IBilateralMarket
    function contractedOf(
        uint32 member,
        uint32 day
    ) external view returns (uint256[3] memory soldWh, uint256[3] memory boughtWh) {
        return (_soldWh[member][day], _boughtWh[member][day]);
    }

    /// @inheritdoc IBilateralMarket
    function tariffs() external view returns (Tariffs memory) {
        return
            Tariffs({
                feedIn: _feedIn * Settlement.TICK,
                purchase: _purchase * Settlement.TICK,
                gridFee: _gridFee * Settlement.TICK
            });
    }
}
