// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AgreementWord} from "../../contracts/market/types/Agreements.sol";
import {CreditWord} from "../../contracts/market/types/Credits.sol";
import {DayBook} from "../../contracts/market/types/Days.sol";
import {PartyWord} from "../../contracts/market/types/Parties.sol";
import {Penalties} from "../../contracts/market/lib/Penalties.sol";
import {ISettlementDays} from "../members/ISettlementDays.sol";

/// @title Bilateral day-ahead market: agreements, their settlement, credit weights and penalty shares
/// @notice Settlement, penalties and weights follow Xiong et al. 2023, Eqs. (14)-(17), (24) and (26)-(34), corrected,
/// see docs/PAPERS.md; docs/MARKET.md states every integer.
interface IBilateralMarket is ISettlementDays {
    /// @notice Which formulas a market goes by, for good.
    enum Rulebook {
        Market, // hour by hour, penalties proportional and bounded
        Paper // the paper to the letter: once over the window, one agreement per member and day
    }

    /// @notice Tariffs of the region, multiples of 1e14.
    struct Tariffs {
        uint256 feedIn; // what the grid company pays for surplus [point-wei/kWh]
        uint256 purchase; // what the grid company asks for missing energy [point-wei/kWh]
        uint256 gridFee; // what the buyer pays for using the grid [point-wei/kWh]
    }

    /// @notice Penalties of a day that its members share.
    struct PenaltyPool {
        uint136 rate; // per weight [point-wei / wad * 2^80]
        uint56 contractedWh; // M of the day [Wh]
        uint40 closedAt; // 0 while the day is open [s]
    }

    /// @notice What an agreement's energy came to.
    struct Energy {
        uint256 received; // by the seller [point-wei]
        uint256 paid; // by the buyer [point-wei]
        uint256 sources; // of the seller's sheet, and of the buyer's x 4, as IDaySheets.tradeOf says
    }

    /// @notice Penalty shares of the day before that a settlement booked along.
    struct Shares {
        uint256 seller; // [point-wei]
        uint256 buyer; // [point-wei]
    }

    /// @notice A batch holds at least one and at most `cap` entries.
    error BilateralMarket_BatchSize(uint256 size, uint256 cap);
    /// @notice Tariffs leave room for a price: feedIn <= purchase - gridFee.
    error BilateralMarket_NoPriceRoom(uint256 feedIn, uint256 purchase, uint256 gridFee);
    /// @notice All offers with nonces below a higher one were cancelled.
    error BilateralMarket_NonceVoid(uint32 member, uint24 nonce);
    /// @notice A member in debt makes no new agreement.
    error BilateralMarket_Indebted(uint32 member, uint256 debt);
    /// @notice A party reserves the most that the agreement can cost it.
    error BilateralMarket_MarginTooSmall(uint32 member, int256 free, uint256 needed);
    /// @notice The sum of a member's agreements in an hour stays within its nameplate.
    error BilateralMarket_AboveNameplate(uint32 member, uint256 hourOfDay, uint256 wh, uint256 nameplateW);
    /// @notice The grid company's account is below its floor.
    error BilateralMarket_GridAccountLow(int256 funds, uint256 floor);
    /// @notice Rulebook `Paper` takes one agreement of a member and day.
    error BilateralMarket_SecondAgreement(uint32 member, uint32 day);
    /// @notice There is no such agreement.
    error BilateralMarket_UnknownAgreement(uint32 day, uint32 index);
    /// @notice Settlement begins at the submission deadline of the sheets.
    error BilateralMarket_TooEarly(uint32 day, uint256 deadline, uint256 time);
    /// @notice The sheet is missing and may still be estimated.
    error BilateralMarket_SheetMissing(uint32 member, uint32 day, uint256 silentFrom, uint256 time);
    /// @notice Days are settled and closed one after the other.
    error BilateralMarket_NotOpenDay(uint32 day, uint32 openDay);
    /// @notice A day closes once all its agreements are settled.
    error BilateralMarket_AgreementsOpen(uint32 day, uint256 open);
    /// @notice The member has no shares to claim.
    error BilateralMarket_NothingToClaim(uint32 member);
    /// @notice A weight is entered once, before the member's first settlement, up to 1e18.
    error BilateralMarket_WeightRefused(uint32 member, uint64 weight);

    /// @dev The id of an agreement is its day << 32 | its index within the day.
    event AgreementRegistered(
        uint256 indexed id,
        uint32 indexed seller,
        uint32 indexed buyer,
        AgreementWord agreement, // as in contracts/market/types/Agreements.sol
        uint24 saleNonce,
        uint24 purchaseNonce
    );
    /// @dev Both kept their word: received and paid are their legs, paid = received + the grid company's leg.
    event AgreementSettled(
        uint256 indexed id,
        uint32 indexed seller,
        uint32 indexed buyer,
        Energy energy,
        Shares shares
    );
    /// @dev The seller's leg is received - sellerCharge - its penalty + the buyer's compensation, the buyer's the
    /// mirror image with paid; both penalties together are one entry of the day's pool.
    event AgreementDefaulted(
        uint256 indexed id,
        uint32 indexed seller,
        uint32 indexed buyer,
        Energy energy,
        Shares shares,
        Penalties.Charge sellerCharge,
        Penalties.Charge buyerCharge
    );
    event PenaltyPooled(uint256 indexed id, uint256 penalty, uint256 rate); // rate 0: it goes to the reserve
    /// @dev By a claim; what a settlement harvests is in its own event.
    event SharesClaimed(uint32 indexed member, uint32 indexed day, uint256 amount); // [point-wei]
    event WeightEntered(uint32 indexed member, uint64 weight); // [wad]
    event DayClosed(uint32 indexed day, uint256 weights, uint256 rate); // [wad], [point-wei / wad * 2^80]

    /// @notice Enters an agreement whose window, price, parties and signatures an admitted contract has checked.
    function enter(
        uint32 day,
        AgreementWord agreement,
        PartyWord seller,
        PartyWord buyer
    ) external;

    /// @notice Voids all offers of a member with lower nonces, for the contract that takes its offers.
    function raiseFirstNonce(uint32 member, uint24 firstNonce) external;

    /// @notice Settles agreements of a day (at most 128) by their indices, in any order, by anybody. An agreement that
    /// is settled already is passed over, so that two callers cannot block each other. Of a day without agreements it
    /// closes those before it and passes over all indices.
    function settle(uint32 day, uint32[] calldata indices) external;

    /// @notice Enters penalties of a day (at most 128) into its pool, by the indices of the defaulted agreements, and
    /// closes the day when none is left; by anybody, once all agreements are settled. What is entered already is passed
    /// over.
    function close(uint32 day, uint32[] calldata defaulted) external;

    /// @notice Books a member's penalty shares of the last day on which it settled to its margin account; by anybody.
    function claim(uint32 member) external;

    /// @notice Enters the weight with which a member opens, from a market that this one replaces.
    function enterWeight(uint32 member, uint64 weight) external; // [wad]

    /// @notice An agreement; zero when there is none.
    function agreementWordOf(uint32 day, uint32 index) external view returns (AgreementWord);

    /// @notice A member's credit as of the last day on which it settled.
    function creditWordOf(uint32 member) external view returns (CreditWord);

    /// @notice Whether an agreement is settled, and whether its penalty still waits for the close.
    function stateOf(uint32 day, uint32 index) external view returns (bool settled, bool penaltyWaits);

    /// @notice The sums that a member sold or bought by agreement, 24 x uint32 [Wh].
    function contractedOf(
        uint32 member,
        uint32 day,
        bool selling
    ) external view returns (uint256[3] memory wh);

    /// @notice The lowest nonce of a member's offers that is not void.
    function firstNonceOf(uint32 member) external view returns (uint24 nonce);

    /// @notice How far a day is.
    function dayOf(uint32 day) external view returns (DayBook memory);

    /// @notice The penalties that are shared under a day.
    function poolOf(uint32 day) external view returns (PenaltyPool memory);

    /// @notice Penalty shares that a member can claim [point-wei].
    function claimableOf(uint32 member) external view returns (uint256 amount);

    /// @notice The tariffs of this market.
    function tariffs() external view returns (Tariffs memory);

    /// @notice Which formulas this market goes by.
    function rulebook() external view returns (Rulebook);

    /// @notice The first market day of this market; decay counts from it.
    function firstDay() external view returns (uint32 day);

    /// @notice Hours that the region's local time is ahead of UTC [h], fixed, no daylight saving.
    function utcOffset() external view returns (int8);
}
