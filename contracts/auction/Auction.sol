// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAuction} from "../../interfaces/auction/IAuction.sol";
import {IAuctionRegistry} from "../../interfaces/auction/IAuctionRegistry.sol";
import {ICoalitionTables} from "../../interfaces/auction/ICoalitionTables.sol";
import {IFreezeList} from "../../interfaces/members/IFreezeList.sol";
import {AwardPrice} from "./lib/AwardPrice.sol";
import {GridLimits} from "./types/GridLimits.sol";
import {LadderPrice} from "./lib/LadderPrice.sol";
import {MarketTime} from "../libraries/MarketTime.sol";
import {OrderList} from "./types/OrderList.sol";
import {WelfareCertificate} from "./lib/WelfareCertificate.sol";
import {AuctionAccounts} from "./parts/AuctionAccounts.sol";
import {CoalitionTables} from "./CoalitionTables.sol";
import {OrderBook} from "./parts/OrderBook.sol";

/// @title Low-carbon auction between regions: clearing, ladder price, second clearing, awards
contract Auction is OrderBook, IAuction {
    using GridLimits for bytes;
    using OrderList for bytes;
    using OrderList for uint256;
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @notice What a market is set up with.
    struct Settings {
        int8 utcOffset; // [h]
        LadderPrice.Rule rule;
        uint64 ladderLower; // r1 [point-wei/gCO2e]
        uint64 ladderUpper; // r2 [point-wei/gCO2e]
        AwardPrice.Limits limits;
        uint256 smallestBond; // [point-wei]
        uint256 smallestDeposit; // [point-wei]
        address gridCompany;
    }

    /// @dev What paying an hour adds up.
    struct Payment {
        AwardPrice.Limits limits;
        int256[] nodal; // [1e-9 point-wei/kWh]
        bool congested;
        int256 rent; // [ticks x Wh]
        uint256 ladder; // [ticks x Wh]
        uint256 energy; // [Wh]
        uint32 month;
        bytes32[] leaves;
    }

    uint256 public constant PRICE_WINDOW = 10 minutes;

    LadderPrice.Rule public immutable ladderRule;
    uint64 public immutable ladderLower; // r1 [point-wei/gCO2e]
    uint64 public immutable ladderUpper; // r2 [point-wei/gCO2e]
    /// @inheritdoc IAuction
    address public immutable gridCompany;
    /// @inheritdoc IAuction
    ICoalitionTables public immutable tables;

    mapping(uint32 month => LadderMonth) private _ladderMonths;
    /// @inheritdoc IAuction
    mapping(uint32 month => mapping(address account => uint256)) public ladderEnergy; // [Wh]

    constructor(
        address authority_,
        IERC20 points_,
        IFreezeList freezeList_,
        IAuctionRegistry registry_,
        Settings memory settings
    )
        AccessManaged(authority_)
        AuctionAccounts(points_, freezeList_)
        OrderBook(registry_, settings.utcOffset, settings.limits)
    {
        ladderRule = settings.rule;
        ladderLower = settings.ladderLower;
        ladderUpper = settings.ladderUpper;
        gridCompany = settings.gridCompany;
        tables = new CoalitionTables(
            authority_,
            points_,
            freezeList_,
            this,
            settings.smallestBond,
            settings.smallestDeposit
        );
    }

    // First clearing

    /// @inheritdoc IAuction
    function clear(uint32 hour, WelfareCertificate.Clearing calldata clearing) external {
        Hour storage state = _inPhase(hour, Phase.Closed);
        _checkHash(keccak256(clearing.orders), state.ordersHash);
        _checkHash(keccak256(clearing.network), state.networkHash);
        (uint256 emission, ) = WelfareCertificate.check(clearing);

        state.phase = Phase.Cleared;
        state.emission = emission.toUint48();
        state.dispatchHash = keccak256(clearing.dispatch);
        emit FirstClearing(hour, emission, clearing.dispatch);
    }

    // Ladder price

    /// @inheritdoc IAuction
    function adjust(
        uint32 hour,
        bytes calldata orders,
        bytes calldata dispatch,
        bytes calldata allocations
    ) external {
        Hour storage state = _inPhase(hour, Phase.Cleared);
        _checkHash(keccak256(orders), state.ordersHash);
        _checkHash(keccak256(dispatch), state.dispatchHash);
        _checkHash(keccak256(allocations), tables.finalAllocations(hour));
        bytes memory adjusted = LadderPrice.adjust(
            LadderPrice.Ladder(ladderRule, ladderLower, ladderUpper, priceCeiling),
            orders,
            dispatch,
            allocations
        );

        state.phase = Phase.Adjusted;
        state.adjustedHash = keccak256(adjusted);
        emit QuotesAdjusted(hour, adjusted);
    }

    // Second clearing

    /// @inheritdoc IAuction
    function clearAdjusted(uint32 hour, WelfareCertificate.Clearing calldata clearing) external {
        Hour storage state = _inPhase(hour, Phase.Adjusted);
        _checkHash(keccak256(clearing.orders), state.adjustedHash);
        _checkHash(keccak256(clearing.network), state.networkHash);
        (uint256 emission, bool congested) = WelfareCertificate.check(clearing);
        uint256 finalAt = congested ? block.timestamp + PRICE_WINDOW : block.timestamp;

        state.phase = Phase.Priced;
        state.pricesFinalAt = uint40(finalAt);
        state.resultHash = _resultHash(clearing.dispatch, clearing.prices);
        emit SecondClearing(hour, emission, clearing.dispatch, clearing.prices, finalAt);
    }

    /// @inheritdoc IAuction
    function replacePrices(
        uint32 hour,
        WelfareCertificate.Clearing calldata clearing,
        bytes calldata postedPrices
    ) external {
        Hour storage state = _inPhase(hour, Phase.Priced);
        if (block.timestamp >= state.pricesFinalAt) revert Auction_PricesFinal(hour, state.pricesFinalAt);
        _checkHash(keccak256(clearing.orders), state.adjustedHash);
        _checkHash(keccak256(clearing.network), state.networkHash);
        _checkHash(_resultHash(clearing.dispatch, postedPrices), state.resultHash);
        WelfareCertificate.check(clearing);
        int256 payment = _loadPayment(clearing, clearing.prices);
        int256 posted = _loadPayment(clearing, postedPrices);
        if (payment >= posted) revert Auction_NotCheaper(payment, posted);

        state.resultHash = _resultHash(clearing.dispatch, clearing.prices);
        emit PricesReplaced(hour, clearing.prices, payment);
    }

    /// @dev What all loads pay at these prices, ladder apart [ticks x Wh].
    function _loadPayment(
        WelfareCertificate.Clearing calldata clearing,
        bytes calldata prices
    ) private view returns (int256 payment) {
        (int256[] memory nodal, uint256 pricedLines) = clearing.network.nodalPrices(prices);
        uint256 size = clearing.orders.count();
        for (uint256 i; i < size; ++i) {
            uint256 order = clearing.orders.at(i);
            if (!order.isLoad()) continue;
            uint256 power = clearing.dispatch.powerAt(i);
            payment +=
                AwardPrice.paid(order, power, nodal[order.node()], pricedLines != 0, _limits()) * int256(power);
        }
    }

    function _resultHash(bytes calldata dispatch, bytes calldata prices) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(dispatch, prices));
    }

    // Awards

    /// @inheritdoc IAuction
    function award(uint32 hour, bytes calldata orders, WelfareCertificate.Clearing calldata result) external {
        Hour storage state = _inPhase(hour, Phase.Priced);
        if (block.timestamp < state.pricesFinalAt) revert Auction_PricesNotFinal(hour, state.pricesFinalAt);
        _checkHash(keccak256(orders), state.ordersHash);
        _checkHash(keccak256(result.orders), state.adjustedHash);
        _checkHash(keccak256(result.network), state.networkHash);
        _checkHash(_resultHash(result.dispatch, result.prices), state.resultHash);

        Payment memory payment = _preparePayment(hour, result);
        state.phase = Phase.Awarded;
        for (uint256 i; i < payment.leaves.length; ++i) _pay(hour, payment, orders, result, i);
        state.awardsRoot = AwardPrice.rootOf(payment.leaves);
        _bookHour(hour, payment, state.awardsRoot);
    }

    function _preparePayment(
        uint32 hour,
        WelfareCertificate.Clearing calldata result
    ) private view returns (Payment memory payment) {
        uint256 pricedLines;
        (payment.nodal, pricedLines) = result.network.nodalPrices(result.prices);
        payment.congested = pricedLines != 0;
        payment.limits = _limits();
        payment.month = MarketTime.monthOf(MarketTime.dayOf(hour, utcOffset));
        payment.leaves = new bytes32[](result.orders.count());
    }

    function _pay(
        uint32 hour,
        Payment memory payment,
        bytes calldata orders,
        WelfareCertificate.Clearing calldata result,
        uint256 position
    ) private {
        uint256 order = result.orders.at(position);
        uint256 energy = result.dispatch.powerAt(position); // one hour: Wh = W
        int256 ticks = AwardPrice.paid(
            order,
            energy,
            payment.nodal[order.node()],
            payment.congested,
            payment.limits
        );
        uint256 adder = _adder(orders.at(position).ticks(), order.ticks());
        int256 worth = (order.isLoad() ? ticks : -ticks) * int256(energy); // what the order pays for energy
        payment.rent += worth;
        payment.ladder += adder * energy;
        payment.energy += energy;

        (Placement memory placement, uint256 locked) = _unlock(hour, position);
        int256 leg = -(worth + int256(adder * energy)) * AwardPrice.TICK_PER_WH;
        payment.leaves[position] = AwardPrice.leaf(hour, position, placement.unit, energy, ticks, adder);
        ladderEnergy[payment.month][placement.account] += energy;
        _credit(placement.account, (locked.toInt256() + leg).toUint256());
        emit Awarded(hour, position, placement.unit, energy, ticks, adder, leg);
    }

    function _adder(int256 quoted, int256 adjusted) private pure returns (uint256) {
        return uint256(adjusted > quoted ? adjusted - quoted : quoted - adjusted);
    }

    function _bookHour(uint32 hour, Payment memory payment, bytes32 awardsRoot) private {
        int256 rent = payment.rent * AwardPrice.TICK_PER_WH;
        uint256 ladder = payment.ladder * uint256(AwardPrice.TICK_PER_WH);
        if (rent < 0) (rent, ladder) = _coverRent(rent, ladder);
        else _credit(gridCompany, uint256(rent));
        LadderMonth storage month = _ladderMonths[payment.month];
        month.collected += ladder.toUint128();
        month.energy += payment.energy.toUint128();
        emit HourAwarded(hour, awardsRoot, rent, ladder);
    }

    /// @dev The grid company pays what the hour lacks; what its account cannot pay comes out of the hour's ladder.
    function _coverRent(int256 rent, uint256 ladder) private returns (int256 covered, uint256 rest) {
        uint256 lack = uint256(-rent);
        uint256 fromGrid = Math.min(lack, balanceOf[gridCompany]);
        if (lack - fromGrid > ladder) revert Auction_RentUncovered(lack, fromGrid + ladder);
        _debit(gridCompany, fromGrid);
        return (-int256(fromGrid), ladder - (lack - fromGrid));
    }

    // Return of the ladder

    /// @inheritdoc IAuction
    function claimLadder(uint32 month, address account) external {
        uint32 current = MarketTime.monthOf(MarketTime.dayAt(block.timestamp, utcOffset));
        if (current <= month) revert Auction_MonthNotOver(month, current);
        uint256 energy = ladderEnergy[month][account];
        if (energy == 0) revert Auction_NothingToClaim(month, account);
        LadderMonth storage rest = _ladderMonths[month];
        uint256 amount = (rest.collected * energy) / rest.energy; // the last one to claim takes what is left

        delete ladderEnergy[month][account];
        rest.collected -= uint128(amount);
        rest.energy -= uint128(energy);
        _credit(account, amount);
        emit LadderReturned(month, account, amount);
    }

    /// @inheritdoc IAuction
    function ladderMonth(uint32 month) external view returns (LadderMonth memory) {
        return _ladderMonths[month];
    }
}
