// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ICoalitionTables} from "./ICoalitionTables.sol";
import {WelfareCertificate} from "../../contracts/auction/lib/WelfareCertificate.sol";

/// @title Low-carbon auction between regions: clearing, ladder price, second clearing, awards
/// @notice Luo et al. 2022, corrected, see docs/PAPERS.md. Anybody may take every step. A clearing is accepted with a
/// certificate that no better one exists; ladder prices and payments are computed here; only the coalition table
/// could be false, so only its poster puts up a bond. Whoever waits for nothing loses nothing: an hour that is not
/// finished in time expires, and orders and bond go back.
interface IAuction {
    /// @notice A month's ladder payments that have not been returned yet.
    struct LadderMonth {
        uint128 collected; // [point-wei]
        uint128 energy; // awarded to accounts that have not claimed [Wh]
    }

    /// @notice Prices that replace others ask less of the loads.
    error Auction_NotCheaper(int256 payment, int256 posted);
    /// @notice Better prices replace the posted ones until `finalAt`.
    error Auction_PricesFinal(uint32 hour, uint256 finalAt);
    /// @notice Better prices may replace the posted ones until `finalAt`.
    error Auction_PricesNotFinal(uint32 hour, uint256 finalAt);
    /// @notice Neither the grid company's account nor the hour's ladder covers what the loads pay too little.
    error Auction_RentUncovered(uint256 lack, uint256 held);
    /// @notice A month's ladder payments go back when it is over.
    error Auction_MonthNotOver(uint32 month, uint32 now_);
    /// @notice The account has nothing to claim for that month.
    error Auction_NothingToClaim(uint32 month, address account);

    event FirstClearing(uint32 indexed hour, uint256 emission, bytes dispatch); // emission [mgCO2e]
    event QuotesAdjusted(uint32 indexed hour, bytes orders);
    event SecondClearing(
        uint32 indexed hour,
        uint256 emission, // [mgCO2e]
        bytes dispatch,
        bytes prices,
        uint256 pricesFinalAt // [s]
    );
    event PricesReplaced(uint32 indexed hour, bytes prices, int256 payment); // of the loads [ticks x Wh]
    event Awarded(
        uint32 indexed hour,
        uint256 indexed position,
        uint32 indexed unit,
        uint256 energy, // [Wh]
        int256 price, // [ticks]
        uint256 adder, // [ticks]
        int256 leg // what the account gets [point-wei]
    );
    event HourAwarded(uint32 indexed hour, bytes32 awardsRoot, int256 rent, uint256 ladder); // [point-wei]
    event LadderReturned(uint32 indexed month, address indexed account, uint256 amount); // [point-wei]

    /// @notice Accepts the first clearing of an hour.
    function clear(uint32 hour, WelfareCertificate.Clearing calldata clearing) external;

    /// @notice Adds the ladder price to the quotes once nobody can challenge the table any more.
    function adjust(
        uint32 hour,
        bytes calldata orders,
        bytes calldata dispatch,
        bytes calldata allocations
    ) external;

    /// @notice Accepts the second clearing of an hour, on the adjusted quotes.
    function clearAdjusted(uint32 hour, WelfareCertificate.Clearing calldata clearing) external;

    /// @notice Replaces the prices of a congested hour by others that certify the same dispatch and cost the loads
    /// less.
    function replacePrices(
        uint32 hour,
        WelfareCertificate.Clearing calldata clearing,
        bytes calldata postedPrices
    ) external;

    /// @notice Pays the awards of an hour: once, all together, summing to zero.
    function award(
        uint32 hour,
        bytes calldata orders,
        WelfareCertificate.Clearing calldata result
    ) external;

    /// @notice Returns to an account its part of what a month's orders paid for the ladder, in proportion to energy.
    function claimLadder(uint32 month, address account) external;

    /// @notice Where coalition tables are posted and challenged; deployed together with the auction.
    function tables() external view returns (ICoalitionTables);

    /// @notice The account that congestion rent goes to.
    function gridCompany() external view returns (address);

    /// @notice A month's ladder payments and energy that are not yet claimed. A month is year x 12 + month - 1.
    function ladderMonth(uint32 month) external view returns (LadderMonth memory);

    /// @notice The energy awarded to an account in a month that it has not claimed for [Wh].
    function ladderEnergy(uint32 month, address account) external view returns (uint256);
}
