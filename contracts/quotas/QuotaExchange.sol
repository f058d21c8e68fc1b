// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ICarbonQuota} from "../../interfaces/quotas/ICarbonQuota.sol";
import {IFreezeList} from "../../interfaces/members/IFreezeList.sol";
import {IMemberRegistry} from "../../interfaces/members/IMemberRegistry.sol";
import {IQuotaExchange} from "../../interfaces/quotas/IQuotaExchange.sol";
import {ComplianceYear} from "./lib/ComplianceYear.sol";

/// @title Limit orders for allowances and offsets against points
/// @dev An order takes one word, and so does a member's account.
contract QuotaExchange is AccessManaged, Pausable, IQuotaExchange {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    struct Account {
        uint128 free; // [point-wei]
        uint128 reserved; // for purchases [point-wei]
    }

    uint256 public constant TICK = 1e14; // [point-wei/tCO2e]
    uint256 private constant TICK_PER_GRAMME = 1e8; // [point-wei/gCO2e]
    uint256 public constant DEFAULT_LIFE = 30 days; // [s]
    uint256 public constant LONGEST_LIFE = 90 days; // [s]

    ICarbonQuota public immutable quota;
    IERC20 public immutable points;
    IMemberRegistry public immutable registry;
    IFreezeList public immutable freezeList;

    /// @inheritdoc IQuotaExchange
    uint64 public orderCount;
    mapping(uint64 id => Order) private _orders;
    mapping(uint32 member => Account) private _accounts;

    constructor(address authority_, ICarbonQuota quota_) AccessManaged(authority_) {
        quota = quota_;
        points = quota_.points();
        registry = quota_.registry();
        freezeList = registry.freezeList();
    }

    // Deposit

    /// @inheritdoc IQuotaExchange
    function deposit(uint32 member, uint256 amount) external whenNotPaused {
        registry.member(member);
        if (amount == 0) revert QuotaExchange_ZeroAmount();

        _accounts[member].free += amount.toUint128();
        emit Deposited(member, _msgSender(), amount);
        points.safeTransferFrom(_msgSender(), address(this), amount);
    }

    // Order

    /// @inheritdoc IQuotaExchange
    function place(
        bool purchase,
        uint16 asset,
        uint64 amount,
        uint256 price,
        uint64 expiry
    ) external whenNotPaused returns (uint64 id) {
        uint32 maker = _trader();
        if (amount == 0) revert QuotaExchange_ZeroAmount();
        Order memory order = Order({
            maker: maker,
            asset: asset,
            purchase: purchase,
            priceTicks: _toTicks(price),
            left: amount,
            expiry: _checkedExpiry(asset, expiry)
        });

        id = ++orderCount;
        _orders[id] = order;
        if (purchase) _reserve(maker, _cost(amount, order.priceTicks));
        emit OrderPlaced(id, maker, asset, purchase, amount, price, order.expiry);
        if (!purchase) quota.pull(maker, asset, amount);
    }

    function _reserve(uint32 member, uint128 amount) private {
        _spend(member, amount);
        _accounts[member].reserved += amount;
    }

    function _spend(uint32 member, uint256 amount) private {
        uint128 free = _accounts[member].free;
        if (amount > free) revert QuotaExchange_AboveFree(member, free, amount);
        _accounts[member].free = free - uint128(amount); // no more than free
    }

    /// @dev An order ends by itself, at the latest when anybody may settle the year of its allowances.
    function _checkedExpiry(uint16 asset, uint64 expiry) private view returns (uint40) {
        uint256 latest = block.timestamp + LONGEST_LIFE;
        if (asset != ComplianceYear.OFFSETS) {
            (, uint256 byAnybody) = quota.settlementTimes(asset);
            latest = Math.min(latest, byAnybody);
        }
        uint256 end = expiry == 0 ? Math.min(block.timestamp + DEFAULT_LIFE, latest) : expiry;
        if (end <= block.timestamp || end > latest) revert QuotaExchange_BadExpiry(end, block.timestamp, latest);
        return end.toUint40();
    }

    // Trade

    /// @inheritdoc IQuotaExchange
    function take(uint64 id, uint64 amount, uint256 limit) external whenNotPaused returns (uint256) {
        Order memory order = _order(id);
        uint32 taker = _trader();
        _checkTake(id, order, amount, limit);
        if (taker == order.maker) revert QuotaExchange_SelfTrade(id, taker);
        _checkMaker(id, order);
        uint128 cost = _cost(amount, order.priceTicks);

        if (amount == order.left) delete _orders[id];
        else _orders[id].left = order.left - amount;
        if (order.purchase) _accounts[order.maker].reserved -= cost;
        else _spend(taker, cost);
        _accounts[order.purchase ? taker : order.maker].free += cost;
        emit OrderTaken(id, order.maker, taker, amount, cost);
        if (order.purchase) quota.transferFrom(taker, order.maker, order.asset, amount);
        else quota.push(taker, order.asset, amount);
        return cost;
    }

    /// @dev A purchase ends with its maker's year: allowances of it are worth less from then on.
    function _checkMaker(uint64 id, Order memory order) private view {
        registry.requireMayTrade(order.maker);
        if (!order.purchase || order.asset == ComplianceYear.OFFSETS) return;
        if (order.asset < quota.openYearOf(order.maker)) {
            revert QuotaExchange_YearSettled(id, order.maker, order.asset);
        }
    }

    function _checkTake(uint64 id, Order memory order, uint64 amount, uint256 limit) private view {
        if (block.timestamp > order.expiry) revert QuotaExchange_Expired(id, order.expiry, block.timestamp);
        if (amount == 0) revert QuotaExchange_ZeroAmount();
        if (amount > order.left) revert QuotaExchange_AboveOrder(id, order.left, amount);
        uint256 price = order.priceTicks * TICK;
        if (order.purchase ? price < limit : price > limit) revert QuotaExchange_WorseThanLimit(id, price, limit);
    }

    // End of an order

    /// @inheritdoc IQuotaExchange
    function cancel(uint64 id) external {
        Order memory order = _order(id);
        if (block.timestamp <= order.expiry && registry.idOf(_msgSender()) != order.maker) {
            revert QuotaExchange_NotMaker(id, order.maker, _msgSender());
        }

        delete _orders[id];
        if (order.purchase) _release(order.maker, _cost(order.left, order.priceTicks));
        emit OrderCancelled(id, order.maker, order.left);
        if (!order.purchase) quota.push(order.maker, order.asset, order.left);
    }

    function _release(uint32 member, uint128 amount) private {
        Account storage account = _accounts[member];
        account.reserved -= amount;
        account.free += amount;
    }

    // Withdrawal

    /// @inheritdoc IQuotaExchange
    function withdraw(uint256 amount) external {
        uint32 member = registry.idOf(_msgSender());
        freezeList.requireNotFrozen(_msgSender());
        if (amount == 0) revert QuotaExchange_ZeroAmount();

        _spend(member, amount);
        emit Withdrawn(member, _msgSender(), amount);
        points.safeTransfer(_msgSender(), amount);
    }

    // Administration

    /// @inheritdoc IQuotaExchange
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IQuotaExchange
    function unpause() external restricted {
        _unpause();
    }

    // Views

    /// @inheritdoc IQuotaExchange
    function orderOf(uint64 id) external view returns (Order memory) {
        return _orders[id];
    }

    /// @inheritdoc IQuotaExchange
    function accountOf(uint32 member) external view returns (uint256 free, uint256 reserved) {
        return (_accounts[member].free, _accounts[member].reserved);
    }

    /// @inheritdoc IQuotaExchange
    function costOf(uint64 amount, uint256 price) external pure returns (uint256) {
        return _cost(amount, _toTicks(price));
    }

    /// @dev The caller's member, which may trade.
    function _trader() private view returns (uint32 member) {
        member = registry.idOf(_msgSender());
        registry.requireMayTrade(member);
    }

    function _order(uint64 id) private view returns (Order memory order) {
        order = _orders[id];
        if (order.left == 0) revert QuotaExchange_NoOrder(id);
    }

    function _toTicks(uint256 price) private pure returns (uint32) {
        uint256 ticks = price / TICK;
        if (ticks == 0 || ticks * TICK != price || ticks > type(uint32).max) {
            revert QuotaExchange_BadPrice(price, TICK);
        }
        return uint32(ticks);
    }

    /// @dev What grammes cost at a price in ticks [point-wei]: exact, and below 2^123.
    function _cost(uint64 amount, uint32 ticks) private pure returns (uint128) {
        unchecked {
            return uint128(uint256(amount) * ticks * TICK_PER_GRAMME);
        }
    }
}
