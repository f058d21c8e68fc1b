// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IAuctionAccounts} from "../../../interfaces/auction/IAuctionAccounts.sol";
import {IFreezeList} from "../../../interfaces/members/IFreezeList.sol";
import {IPowerPoint} from "../../../interfaces/points/IPowerPoint.sol";

/// @title Accounts of the auction between regions
abstract contract AuctionAccounts is AccessManaged, Pausable, IAuctionAccounts {
    using SafeERC20 for IERC20;

    IERC20 public immutable points;
    IFreezeList public immutable freezeList;

    /// @inheritdoc IAuctionAccounts
    mapping(address account => uint256) public balanceOf; // [point-wei]

    constructor(IERC20 points_, IFreezeList freezeList_) {
        points = points_;
        freezeList = freezeList_;
    }

    // Deposit and withdrawal

    /// @inheritdoc IAuctionAccounts
    function deposit(address account, uint256 amount) external whenNotPaused {
        if (amount == 0) revert AuctionAccounts_ZeroAmount();
        _credit(account, amount);
        emit PointsDeposited(account, _msgSender(), amount);
        points.safeTransferFrom(_msgSender(), address(this), amount);
    }

    /// @inheritdoc IAuctionAccounts
    function withdraw(uint256 amount) external {
        if (amount == 0) revert AuctionAccounts_ZeroAmount();
        _spend(_msgSender(), amount);
        emit PointsWithdrawn(_msgSender(), amount);
        points.safeTransfer(_msgSender(), amount);
    }

    // The book

    function _credit(address account, uint256 amount) internal {
        balanceOf[account] += amount;
    }

    function _debit(address account, uint256 amount) internal {
        uint256 balance = balanceOf[account];
        if (balance < amount) revert AuctionAccounts_Short(account, balance, amount);
        balanceOf[account] = balance - amount;
    }

    /// @dev What an account does with its points of its own will, which a frozen one cannot.
    function _spend(address account, uint256 amount) internal {
        freezeList.requireNotFrozen(account);
        _debit(account, amount);
    }

    /// @dev Burns points that the auction holds and no account owns any more.
    function _burn(uint256 amount, bytes32 burnReference) internal {
        if (amount != 0) IPowerPoint(address(points)).burn(amount, burnReference);
    }

    // Administration

    /// @inheritdoc IAuctionAccounts
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IAuctionAccounts
    function unpause() external restricted {
        _unpause();
    }
}
