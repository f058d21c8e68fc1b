// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IFreezeList} from "../../interfaces/members/IFreezeList.sol";
import {IMarginAccounts} from "../../interfaces/market/IMarginAccounts.sol";
import {IMarginDesk} from "../../interfaces/market/IMarginDesk.sol";
import {IMemberRegistry} from "../../interfaces/members/IMemberRegistry.sol";

/// @title Where points go into a market's margin accounts and come out again
contract MarginDesk is AccessManaged, IMarginDesk {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    uint32 private constant RESERVE = 0; // an account without a member
    int256 private constant LARGEST_HELD = 120e24; // leaves room in the account for what settlement adds [point-wei]

    IERC20 public immutable points;
    /// @inheritdoc IMarginDesk
    IMarginAccounts public immutable accounts;
    IMemberRegistry public immutable registry;
    IFreezeList public immutable freezeList;

    constructor(
        address authority_,
        IERC20 points_,
        IMarginAccounts accounts_,
        IMemberRegistry registry_
    ) AccessManaged(authority_) {
        points = points_;
        accounts = accounts_;
        registry = registry_;
        freezeList = registry_.freezeList();
    }

    // Deposit

    /// @inheritdoc IMarginDesk
    function deposit(uint32 member, uint256 amount) external {
        _deposit(member, amount);
    }

    /// @inheritdoc IMarginDesk
    function depositWithPermit(
        uint32 member,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        // A permit that was used before us has done its work: what counts is the allowance.
        try IERC20Permit(address(points)).permit(_msgSender(), address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(member, amount);
    }

    function _deposit(uint32 member, uint256 amount) private {
        registry.member(member);
        if (amount == 0) revert MarginDesk_ZeroAmount();

        accounts.deposit(member, amount);
        int256 held = accounts.freeOf(member) + int256(accounts.reservedOf(member));
        if (held > LARGEST_HELD) revert MarginDesk_TooMuch(member, held, LARGEST_HELD);
        emit Deposited(member, _msgSender(), amount);
        points.safeTransferFrom(_msgSender(), address(this), amount);
    }

    // Withdrawal

    /// @inheritdoc IMarginDesk
    function withdraw(uint256 amount) external {
        uint32 member = registry.idOf(_msgSender());
        freezeList.requireNotFrozen(_msgSender());
        if (amount == 0) revert MarginDesk_ZeroAmount();

        accounts.withdraw(member, amount);
        emit Withdrawn(member, _msgSender(), amount);
        points.safeTransfer(_msgSender(), amount);
    }

    // Administration

    /// @inheritdoc IMarginDesk
    function payReserve(address to, uint256 amount) external restricted {
        if (amount == 0) revert MarginDesk_ZeroAmount();
        int256 funds = accounts.funds();
        int256 available = accounts.freeOf(RESERVE) + (funds < 0 ? funds : int256(0));
        if (amount.toInt256() > available) revert MarginDesk_ReserveNeeded(amount, available);

        accounts.withdraw(RESERVE, amount);
        emit ReservePaid(to, amount);
        points.safeTransfer(to, amount);
    }
}
