// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IMemberRegistry} from "../members/IMemberRegistry.sol";
import {IBilateralMarket} from "./IBilateralMarket.sol";

/// @title Offers that members sign, and the agreements that two of them make
/// @notice A sale and a purchase that cross make an agreement over what both have left, at the price halfway between
/// their limits, rounded down to the tick. Both sides are signed by keys (EIP-712) or contract accounts (ERC-1271).
interface IOfferDesk {
    /// @notice What a member signs (EIP-712).
    struct Offer {
        uint32 member;
        bool selling;
        uint32 counterparty; // member; 0 = anybody
        uint32 whPerHour; // the same in every hour of the window [Wh]
        uint32 firstHour; // unix hour in which the window starts
        uint8 hourCount; // length of the window, within one market day [h]
        uint256 price; // limit, a multiple of 1e14 [point-wei/kWh]
        bool bundled; // with the certificates of the energy
        bool partialFill; // may be filled in parts
        uint64 expiry; // last time at which it can be filled [s]
        uint24 nonce; // used up when filled or cancelled
    }

    /// @notice Two offers that cross, with their signatures.
    struct Match {
        Offer sale;
        Offer purchase;
        bytes saleSignature;
        bytes purchaseSignature;
    }

    /// @notice A batch holds at least one and at most `cap` matches.
    error OfferDesk_BatchSize(uint256 size, uint256 cap);
    /// @notice The gate of the day is closed.
    error OfferDesk_GateClosed(uint32 day, uint256 gateClosure, uint256 time);
    /// @notice A window has 1 to 24 hours, all of one market day.
    error OfferDesk_WindowNotInDay(uint32 firstHour, uint8 hourCount);
    /// @notice Outside these bounds a party could profit from its own default.
    error OfferDesk_PriceOutOfBounds(uint256 price, uint256 lowest, uint256 highest);
    /// @notice Nobody trades with itself.
    error OfferDesk_SelfTrade(uint32 member);
    /// @notice Generators and prosumers sell, consumers and prosumers buy.
    error OfferDesk_WrongKind(uint32 member, IMemberRegistry.MemberKind kind);
    /// @notice The first offer of a match sells, the second one buys.
    error OfferDesk_WrongSides(uint32 first, uint32 second);
    /// @notice An offer delivers something.
    error OfferDesk_ZeroEnergy(uint32 member);
    /// @notice An offer can be filled until this time.
    error OfferDesk_Expired(uint32 member, uint64 expiry, uint256 time);
    /// @notice Window and certificates of the two offers are the same.
    error OfferDesk_TermsDiffer(uint32 seller, uint32 buyer);
    /// @notice A seller's limit is not above its buyer's.
    error OfferDesk_PricesDoNotCross(uint256 sale, uint256 purchase);
    /// @notice The offer is for another counterparty.
    error OfferDesk_NotCounterparty(uint32 member, uint32 counterparty, uint32 other);
    /// @notice The nonce was filled or cancelled.
    error OfferDesk_NonceUsed(uint32 member, uint24 nonce);
    /// @notice The offer is filled whole or not at all.
    error OfferDesk_NotWhole(uint32 member, uint256 wh, uint32 whPerHour);
    /// @notice The signature is not the member's.
    error OfferDesk_BadSignature(uint32 member, bytes32 digest);
    /// @notice Nonces below this one are void already.
    error OfferDesk_FirstNonceNotRaised(uint32 member, uint24 firstNonce);

    event OfferCancelled(uint32 indexed member, uint24 nonce);
    event OffersCancelledBelow(uint32 indexed member, uint24 firstNonce);

    /// @notice Registers agreements (at most 50) from offers that cross; anybody may bring them.
    function register(Match[] calldata matches) external;

    /// @notice Voids what is left of the caller's offers with this nonce.
    function cancel(uint24 nonce) external;

    /// @notice Voids all of the caller's offers with nonces below this one.
    function cancelBelow(uint24 firstNonce) external;

    /// @notice The EIP-712 digest that the member signs.
    function digestOf(Offer calldata offer) external view returns (bytes32 digest);

    /// @notice The market into which the agreements are entered.
    function market() external view returns (IBilateralMarket);

    /// @notice How much of the offers with this nonce was taken [Wh/h]; all ones when it was cancelled.
    function filledOf(uint32 member, uint24 nonce) external view returns (uint32 wh);

    /// @notice The time at which the gate of a day closes: 13 h before it begins [s].
    function gateClosure(uint32 day) external view returns (uint256 time);
}
