// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICarbonQuota} from "../../../interfaces/quotas/ICarbonQuota.sol";
import {IFreezeList} from "../../../interfaces/members/IFreezeList.sol";
import {IMemberRegistry} from "../../../interfaces/members/IMemberRegistry.sol";
import {ComplianceYear} from "../lib/ComplianceYear.sol";

/// @title Who has which allowances and offsets, and how they move
/// @dev The core book: signed additions only. A member's year and its account take one word each.
abstract contract AllowanceBook is Context, ICarbonQuota {
    using SafeCast for int256;
    using SafeCast for uint256;

    struct Account {
        uint64 offsets; // [gCO2e]
        uint16 settledYears; // counted from the first year
        uint128 penalty; // owed [point-wei]
    }

    uint16 private constant OFFSETS = ComplianceYear.OFFSETS; // asset

    /// @inheritdoc ICarbonQuota
    IMemberRegistry public immutable registry;
    IFreezeList public immutable freezeList;
    /// @inheritdoc ICarbonQuota
    uint16 public immutable firstYear;

    /// @inheritdoc ICarbonQuota
    mapping(address operator => mapping(uint16 asset => uint256 amount)) public custodyOf; // [gCO2e]
    /// @dev By account, so that a member's next account starts without operators.
    mapping(address account => mapping(address operator => bool)) private _operators;
    Parameters internal _parameters;
    mapping(uint32 member => Account) internal _accounts;
    mapping(uint32 member => mapping(uint256 year => Year)) internal _years;

    constructor(IMemberRegistry registry_, uint256 firstYear_) {
        registry = registry_;
        freezeList = registry_.freezeList();
        firstYear = firstYear_.toUint16();
    }

    // Transfer

    /// @inheritdoc ICarbonQuota
    function transfer(uint32 to, uint16 asset, uint64 amount) external {
        _transfer(registry.idOf(_msgSender()), to, asset, amount);
    }

    /// @inheritdoc ICarbonQuota
    function setOperator(address operator, bool approved) external {
        uint32 member = registry.idOf(_msgSender());

        _operators[_msgSender()][operator] = approved;
        emit OperatorSet(member, operator, approved);
    }

    /// @inheritdoc ICarbonQuota
    function transferFrom(uint32 from, uint32 to, uint16 asset, uint64 amount) external {
        _checkOperator(from);
        _transfer(from, to, asset, amount);
    }

    function _transfer(uint32 from, uint32 to, uint16 asset, uint64 amount) private {
        registry.member(to);

        _take(from, asset, amount);
        _give(to, asset, amount);
        emit AssetTransferred(from, to, asset, amount);
    }

    // Custody

    /// @inheritdoc ICarbonQuota
    function pull(uint32 member, uint16 asset, uint64 amount) external {
        _checkOperator(member);

        _take(member, asset, amount);
        custodyOf[_msgSender()][asset] += amount;
        emit AssetPulled(member, _msgSender(), asset, amount);
    }

    /// @inheritdoc ICarbonQuota
    function push(uint32 member, uint16 asset, uint64 amount) external {
        uint256 held = custodyOf[_msgSender()][asset];
        if (amount == 0) revert CarbonQuota_ZeroAmount();
        if (amount > held) revert CarbonQuota_AboveBalance(asset, held.toInt256(), amount);

        custodyOf[_msgSender()][asset] = held - amount;
        _give(member, asset, amount);
        emit AssetPushed(member, _msgSender(), asset, amount);
    }

    function _checkOperator(uint32 member) private view {
        if (!isOperator(member, _msgSender())) revert CarbonQuota_NotOperator(member, _msgSender());
    }

    // The book

    /// @dev Takes from a member what it has. Nothing leaves a frozen account, or one that owes a penalty.
    function _take(uint32 member, uint16 asset, uint64 amount) private {
        freezeList.requireNotFrozen(registry.member(member).account);
        Account storage account = _accounts[member];
        if (amount == 0) revert CarbonQuota_ZeroAmount();
        if (account.penalty != 0) revert CarbonQuota_PenaltyDue(member, account.penalty);
        if (asset != OFFSETS) _checkOpen(member, asset);
        int256 balance = balanceOf(member, asset);
        if (balance < int256(uint256(amount))) revert CarbonQuota_AboveBalance(asset, balance, amount);

        if (asset == OFFSETS) account.offsets -= amount;
        else _years[member][asset].traded -= uint256(amount).toInt256().toInt64();
    }

    /// @dev Gives to a member. Allowances of a year that it has settled are banked as if they had been there, once for
    /// every year that it has settled since.
    function _give(uint32 member, uint16 asset, uint64 amount) private {
        if (asset == OFFSETS) {
            _accounts[member].offsets += amount;
            return;
        }
        Year storage year = _years[member][asset];
        if (!year.settled) {
            year.traded += uint256(amount).toInt256().toInt64();
            return;
        }
        uint256 share = _parameters.bankedShare;
        uint256 openYear = openYearOf(member);
        uint256 banked = amount;
        for (uint256 y = asset; y < openYear; ++y) banked = ComplianceYear.partRoundedDown(banked, share);
        _carry(member, openYear, banked.toInt256());
        emit LateAllowanceBanked(member, asset, banked, amount - banked);
    }

    function _carry(uint32 member, uint256 year, int256 amount) internal {
        _years[member][year].carried += amount.toInt64();
    }

    function _checkOpen(uint32 member, uint16 year) internal view {
        if (year < openYearOf(member)) revert CarbonQuota_YearClosed(member, year);
    }

    // Views

    /// @inheritdoc ICarbonQuota
    function isOperator(uint32 member, address operator) public view returns (bool) {
        return _operators[registry.accountOf(member)][operator];
    }

    /// @inheritdoc ICarbonQuota
    function balanceOf(uint32 member, uint16 asset) public view returns (int256 amount) {
        if (asset == OFFSETS) return int256(uint256(_accounts[member].offsets));
        Year memory year = _years[member][asset];
        return int256(uint256(year.granted)) + year.traded + year.carried - int256(uint256(year.drawn));
    }

    /// @inheritdoc ICarbonQuota
    function openYearOf(uint32 member) public view returns (uint16 year) {
        return firstYear + _accounts[member].settledYears;
    }
}
