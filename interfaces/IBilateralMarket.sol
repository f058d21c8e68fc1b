// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Bilateral day-ahead market: agreements signed by both, settled from signed sheets
/// @notice Settlement follows Xiong et al. 2023, Eqs. (26)-(31), corrected, see docs/PAPERS.md, hour by hour. Energy
/// outside agreements is settled with the grid company.
interface IBilateralMarket {
    /// @notice What seller and buyer both sign (EIP-712). The id of an agreement is the digest of this.
    struct Agreement {
        uint32 seller; // member
        uint32 buyer; // member
        uint32 whPerHour; // the same in every hour of the window [Wh]
        uint32 firstHour; // unix hour in which the window starts
        uint8 hourCount; // length of the window, within one market day [h]
        uint256 price; // a multiple of 1e14 [point-wei/kWh]
        uint64 expiry; // last time at which it can be registered [s]
        uint256 salt; // tells two otherwise equal agreements apart
    }

    /// @notice An agreement as it is stored: one word.
    struct AgreementRecord {
        uint32 seller;
        uint32 buyer;
        uint32 whPerHour; // [Wh]
        uint32 firstHour;
        uint8 hourCount; // [h]
        uint32 priceTicks; // [1e14 point-wei/kWh]
        bool settled;
    }

    /// @notice Tariffs of the region, multiples of 1e14.
    struct Tariffs {
        uint256 feedIn; // what the grid company pays for surplus [point-wei/kWh]
        uint256 purchase; // what the grid company asks for missing energy [point-wei/kWh]
        uint256 gridFee; // what the buyer pays for using the grid [point-wei/kWh]
    }

    /// @notice A batch holds at least one and at most `cap` entries.
    error BilateralMarket_BatchSize(uint256 size, uint256 cap);
    /// @notice Both parties sign every agreement of a batch.
    error BilateralMarket_SignatureCount(uint256 agreements, uint256 sellers, uint256 buyers);
    /// @notice Tariffs leave room for a price: feedIn <= purchase - gridFee.
    error BilateralMarket_NoPriceRoom(uint256 feedIn, uint256 purchase, uint256 gridFee);
    /// @notice Outside these bounds a party could profit from its own default.
    error BilateralMarket_PriceOutOfBounds(uint256 price, uint256 lowest, uint256 highest);
    /// @notice The signatures were given until this time.
    error BilateralMarket_Expired(uint64 expiry, uint256 time);
    /// @notice A window lies in the future.
    error BilateralMarket_WindowPast(uint32 firstHour, uint256 time);
    /// @notice A window has 1 to 24 hours, all of one market day.
    error BilateralMarket_WindowNotInDay(uint32 firstHour, uint8 hourCount);
    /// @notice An agreement delivers something.
    error BilateralMarket_ZeroEnergy();
    /// @notice Nobody trades with itself.
    error BilateralMarket_SelfTrade(uint32 member);
    /// @notice Generators and prosumers sell, consumers and prosumers buy.
    error BilateralMarket_WrongKind(uint32 member, uint8 kind);
    /// @notice An agreement is registered once.
    error BilateralMarket_AgreementUsed(uint256 id);
    /// @notice There is no such agreement.
    error BilateralMarket_UnknownAgreement(uint256 id);
    /// @notice The signature is not the member's.
    error BilateralMarket_BadSignature(uint32 member, uint256 id);
    /// @notice A member in debt makes no new agreement.
    error BilateralMarket_Indebted(uint32 member, uint256 debt);
    /// @notice The buyer reserves the most that it can come to pay.
    error BilateralMarket_MarginTooSmall(uint32 member, int256 free, uint256 needed);
    /// @notice The sum of a member's agreements in an hour stays within its nameplate.
    error BilateralMarket_AboveNameplate(uint32 member, uint256 hour, uint256 wh, uint256 nameplateW);

    event AgreementRegistered(
        uint256 indexed id,
        uint32 indexed seller,
        uint32 indexed buyer,
        uint32 whPerHour, // [Wh]
        uint32 firstHour,
        uint8 hourCount, // [h]
        uint256 price, // [point-wei/kWh]
        uint256 reserved // taken from the buyer's free balance [point-wei]
    );
    /// @dev paid = received + gridRevenue; the reserved margin returns to the buyer's free balance first.
    event AgreementSettled(
        uint256 indexed id,
        uint32 indexed seller,
        uint32 indexed buyer,
        uint256 matchedWh, // delivered and taken [Wh]
        uint256 surplusWh, // delivered, not taken [Wh]
        uint256 shortfallWh, // taken, not delivered [Wh]
        uint256 received, // by the seller [point-wei]
        uint256 paid, // by the buyer [point-wei]
        int256 gridRevenue, // [point-wei]
        bool estimated // a party's sheet is an estimate
    );
    /// @dev The grid company's leg is the opposite of the member's.
    event ResidualSettled(
        uint32 indexed member,
        uint32 indexed day,
        uint256 exportWh, // outside agreements [Wh]
        uint256 importWh, // outside agreements [Wh]
        int256 memberLeg, // [point-wei]
        bool estimated // the member's sheet is an estimate
    );

    /// @notice Registers agreements (at most 50) signed by both parties; anybody may bring them.
    function register(
        Agreement[] calldata agreements,
        bytes[] calldata sellerSignatures,
        bytes[] calldata buyerSignatures
    ) external;

    /// @notice Settles agreements (at most 100) whose parties' sheets are here, in any order, by anybody. An agreement
    /// that is settled already is passed over, so that two callers cannot block each other.
    function settle(uint256[] calldata ids) external;

    /// @notice Settles with the grid company what members (at most 100) metered on a day outside their agreements.
    /// A member-day that is settled already is passed over.
    function settleResidual(uint32[] calldata members, uint32 day) external;

    /// @notice The EIP-712 digest that both parties sign, as a number the agreement's id.
    function idOf(Agreement calldata agreement) external view returns (uint256 id);

    /// @notice The margin that an agreement reserves: the buyer's largest payment [point-wei].
    function marginOf(uint32 whPerHour, uint8 hourCount) external view returns (uint256 margin);

    /// @notice A registered agreement; all zero when there is none.
    function agreementOf(uint256 id) external view returns (AgreementRecord memory);

    /// @notice The sums that a member sold and bought by agreement, 24 x uint32 each [Wh].
    function contractedOf(
        uint32 member,
        uint32 day
    ) external view returns (uint256[3] memory soldWh, uint256[3] memory boughtWh);

    /// @notice Whether a member-day's energy outside agreements is settled.
    function residualSettled(uint32 member, uint32 day) external view returns (bool);

    /// @notice The tariffs of this market.
    function tariffs() external view returns (Tariffs memory);
}
