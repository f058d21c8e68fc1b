// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IFreezeList} from "../../interfaces/IFreezeList.sol";
import {IMarginAccounts} from "../../interfaces/IMarginAccounts.sol";
import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";

/// @title Margin accounts of the members of a market
/// @dev The core book of the market: signed additions only. What the grid company fronts is not booked member by
/// member: its free part is what its legs add up to, and `totalDebt` of it is lent out.
abstract contract MarginAccounts is AccessManaged, Pausable, IMarginAccounts {
    using SafeCast for int256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    struct Account {
        int128 free; // below zero: debt [point-wei]
        uint128 reserved; // [point-wei]
    }

    IERC20 public immutable points;
    IMemberRegistry public immutable registry;
    IFreezeList public immutable freezeList;
    /// @inheritdoc IMarginAccounts
    uint32 public immutable gridCompany;

    /// @inheritdoc IMarginAccounts
    uint256 public totalDebt; // [point-wei]
    mapping(uint32 member => Account) private _accounts;

    constructor(IERC20 points_, IMemberRegistry registry_, uint32 gridCompany_) {
        if (registry_.member(gridCompany_).kind != IMemberRegistry.MemberKind.GridCompany) {
            revert MarginAccounts_NotGridCompany(gridCompany_);
        }
        points = points_;
        registry = registry_;
        freezeList = registry_.freezeList();
        gridCompany = gridCompany_;
    }

    // Deposit

    /// @inheritdoc IMarginAccounts
    function deposit(uint32 member, uint256 amount) external whenNotPaused {
        _deposit(member, amount);
    }

    /// @inheritdoc IMarginAccounts
    function depositWithPermit(
        uint32 member,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external whenNotPaused {
        // A permit that was used before us has done its work: what counts is the allowance.
        try IERC20Permit(address(points)).permit(_msgSender(), address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(member, amount);
    }

    function _deposit(uint32 member, uint256 amount) private {
        registry.member(member);
        if (amount == 0) revert MarginAccounts_ZeroAmount();

        _book(member, amount.toInt256());
        emit Deposited(member, _msgSender(), amount);
        points.safeTransferFrom(_msgSender(), address(this), amount);
    }

    // Withdrawal

    /// @inheritdoc IMarginAccounts
    function withdraw(uint256 amount) external {
        uint32 member = registry.idOf(_msgSender());
        freezeList.requireNotFrozen(_msgSender());
        if (amount == 0) revert MarginAccounts_ZeroAmount();
        int256 free = freeOf(member);
        if (amount.toInt256() > free) revert MarginAccounts_AboveFree(member, free, amount);

        _book(member, -amount.toInt256());
        emit Withdrawn(member, _msgSender(), amount);
        points.safeTransfer(_msgSender(), amount);
    }

    // The book

    /// @dev Adds a leg to a member's free part and keeps the sum of the debts.
    function _book(uint32 member, int256 leg) internal {
        int256 free = _accounts[member].free;
        uint256 debt = _debt(free);
        uint256 newDebt = _debt(free + leg);

        _accounts[member].free = (free + leg).toInt128();
        if (newDebt != debt) {
            totalDebt = totalDebt + newDebt - debt;
            emit DebtChanged(member, newDebt);
        }
    }

    /// @dev Books the grid company's legs of a batch; it has to cover them and the debts of everybody.
    function _bookGrid(int256 leg) internal {
        int256 booked = _accounts[gridCompany].free + leg;
        if (booked < totalDebt.toInt256()) revert MarginAccounts_GridAccountShort(booked, totalDebt);
        _accounts[gridCompany].free = booked.toInt128();
    }

    /// @dev Moves a member's free part into reserve. The caller has checked that it is there.
    function _reserve(uint32 member, uint256 amount) internal {
        Account storage account = _accounts[member];
        account.free -= amount.toInt256().toInt128();
        account.reserved += amount.toUint128();
    }

    /// @dev Takes an amount out of a member's reserve and books it together with a leg.
    function _release(uint32 member, uint256 amount, int256 leg) internal {
        _accounts[member].reserved -= amount.toUint128();
        _book(member, amount.toInt256() + leg);
    }

    function _debt(int256 free) private pure returns (uint256) {
        return free < 0 ? uint256(-free) : 0;
    }

    // Administration

    /// @inheritdoc IMarginAccounts
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IMarginAccounts
    function unpause() external restricted {
        _unpause();
    }

    // Views

    /// @inheritdoc IMarginAccounts
    function freeOf(uint32 member) public view returns (int256 free) {
        free = _accounts[member].free;
        if (member == gridCompany) free -= totalDebt.toInt256();
    }

    /// @inheritdoc IMarginAccounts
    function reservedOf(uint32 member) external view returns (uint256 reserved) {
        return _accounts[member].reserved;
    }
}
