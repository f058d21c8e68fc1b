// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IDeferredCredits} from "../../interfaces/IDeferredCredits.sol";
import {IFreezeList} from "../../interfaces/IFreezeList.sol";
import {IMarginAccounts} from "../../interfaces/IMarginAccounts.sol";
import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";
import {DeferredCredits} from "./DeferredCredits.sol";

/// @title Margin accounts of the members of a market
/// @dev The core book of the market: signed additions only. The grid company's part of it travels through a batch in
/// memory and is written once.
abstract contract MarginAccounts is AccessManaged, Pausable, IMarginAccounts {
    using SafeCast for int256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev One word; it also keeps what a registration and a claim need to know of a member.
    struct Account {
        int88 free; // below zero: debt [point-wei]
        uint88 reserved; // [point-wei]
        uint32 group; // at the last registration of an agreement
        uint24 claimedDay; // whose penalty shares were claimed
    }

    IERC20 public immutable points;
    IMemberRegistry public immutable registry;
    IFreezeList public immutable freezeList;
    /// @inheritdoc IMarginAccounts
    uint32 public immutable gridCompany;
    /// @inheritdoc IMarginAccounts
    uint256 public immutable gridFloor; // [point-wei]
    /// @inheritdoc IMarginAccounts
    IDeferredCredits public immutable deferred;

    /// @inheritdoc IMarginAccounts
    uint32 public openDay;
    GridBook internal _grid;
    /// @inheritdoc IMarginAccounts
    uint256 public reserve; // [point-wei]
    mapping(uint32 member => Account) internal _accounts;
    /// @inheritdoc IMarginAccounts
    mapping(address caller => Admission) public admissionOf;

    constructor(IERC20 points_, IMemberRegistry registry_, uint32 gridCompany_, uint256 gridFloor_) {
        if (registry_.member(gridCompany_).kind != IMemberRegistry.MemberKind.GridCompany) {
            revert MarginAccounts_NotGridCompany(gridCompany_);
        }
        points = points_;
        registry = registry_;
        freezeList = registry_.freezeList();
        gridCompany = gridCompany_;
        gridFloor = gridFloor_;
        deferred = new DeferredCredits();
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

        _openAccount(member);
        _credit(member, amount);
        emit Deposited(member, _msgSender(), amount);
        points.safeTransferFrom(_msgSender(), address(this), amount);
    }

    /// @dev Makes room for what a member will need, before its first settlement does.
    function _openAccount(uint32 member) internal virtual;

    // Withdrawal

    /// @inheritdoc IMarginAccounts
    function withdraw(uint256 amount) external {
        uint32 member = registry.idOf(_msgSender());
        freezeList.requireNotFrozen(_msgSender());
        if (amount == 0) revert MarginAccounts_ZeroAmount();
        int256 free = freeOf(member);
        if (amount.toInt256() > free) revert MarginAccounts_AboveFree(member, free, amount);

        // What is free fits its own width.
        if (member == gridCompany) _grid.booked -= int120(int256(amount));
        else _accounts[member].free -= int88(int256(amount));
        emit Withdrawn(member, _msgSender(), amount);
        points.safeTransfer(_msgSender(), amount);
    }

    /// @inheritdoc IMarginAccounts
    function collect(uint32 member, uint32 day) external {
        _credit(member, deferred.collect(member, day, openDay));
    }

    // The book

    /// @dev Adds points that are there to an account; they pay its debt first.
    function _credit(uint32 member, uint256 amount) internal {
        GridBook memory grid;
        if (member == gridCompany) {
            grid = _gridBook();
            grid.booked += amount.toInt256().toInt120();
            _saveGrid(grid);
            return;
        }
        int256 free = _accounts[member].free;
        _accounts[member].free = (free + amount.toInt256()).toInt88();
        if (free >= 0) return;
        grid = _gridBook();
        _shiftDebt(member, free, free + amount.toInt256(), grid);
        _saveGrid(grid);
    }

    /// @dev Releases margin, adds penalty shares, and books a leg. A credit that the grid company's funds do not cover
    /// is deferred. The grid company's own leg has been booked before.
    function _settleAccount(
        uint32 member,
        uint256 margin,
        uint256 shares,
        int256 leg,
        GridBook memory grid
    ) internal {
        Account storage account = _accounts[member];
        int256 before = account.free;
        int256 free = before + int256(margin + shares) + leg;
        _shiftDebt(member, before, free, grid);
        int256 funds = _fundsOf(grid);
        if (funds < 0 && leg > 0 && free > 0) {
            uint256 owed = Math.min(uint256(-funds), Math.min(uint256(leg), uint256(free)));
            free -= int256(owed);
            grid.booked += int256(owed).toInt120();
            grid.owing = true;
            deferred.defer(member, openDay, owed);
        }
        account.free = free.toInt88();
        if (margin != 0) account.reserved -= uint88(margin);
    }

    /// @dev The grid company fronts debts.
    function _shiftDebt(uint32 member, int256 from, int256 to, GridBook memory grid) private {
        uint256 debt = _debt(from);
        uint256 newDebt = _debt(to);
        if (newDebt == debt) return;
        grid.fronted = (grid.fronted + newDebt - debt).toUint128();
        emit DebtChanged(member, newDebt);
    }

    function _gridBook() internal view returns (GridBook memory) {
        return _grid;
    }

    /// @dev Writes the grid company's book back; what it owes is paid from what came in.
    function _saveGrid(GridBook memory grid) internal {
        int256 funds = _fundsOf(grid);
        if (grid.owing && funds > 0) {
            (uint256 paid, bool allPaid) = deferred.pay(uint256(funds));
            grid.booked -= int256(paid).toInt120();
            grid.owing = !allPaid;
        }
        _grid = grid;
    }

    function _fundsOf(GridBook memory grid) internal pure returns (int256) {
        return int256(grid.booked) - int256(uint256(grid.fronted));
    }

    function _debt(int256 free) private pure returns (uint256) {
        return free < 0 ? uint256(-free) : 0;
    }

    function _addReserve(uint256 amount) internal {
        reserve += amount;
        emit ReserveRaised(amount);
    }

    /// @inheritdoc IMarginAccounts
    function book(uint32[] calldata members, int256[] calldata legs, uint256 toReserve) external {
        _checkAdmitted(Admission.Settlement);
        GridBook memory grid = _gridBook();
        int256 sum = toReserve.toInt256();
        for (uint256 i; i < legs.length; ++i) sum += legs[i];
        grid.booked = (grid.booked - sum).toInt120();
        // Who pays comes first: no credit is deferred that the batch itself covers.
        for (uint256 i; i < legs.length; ++i) if (legs[i] < 0) _settleAccount(members[i], 0, 0, legs[i], grid);
        for (uint256 i; i < legs.length; ++i) if (legs[i] > 0) _settleAccount(members[i], 0, 0, legs[i], grid);
        if (toReserve != 0) _addReserve(toReserve);
        _saveGrid(grid);
    }

    // Administration

    /// @inheritdoc IMarginAccounts
    function admit(address caller, Admission admission) external restricted {
        admissionOf[caller] = admission;
        emit Admitted(caller, admission);
    }

    function _checkAdmitted(Admission needed) internal view {
        if (admissionOf[msg.sender] != needed) revert MarginAccounts_NotAdmitted(msg.sender, needed);
    }

    /// @inheritdoc IMarginAccounts
    function payReserve(address to, uint256 amount) external restricted {
        // While funds are below zero the reserve stands in for them.
        int256 funds = _fundsOf(_gridBook());
        int256 available = reserve.toInt256() + (funds < 0 ? funds : int256(0));
        if (amount.toInt256() > available) revert MarginAccounts_AboveReserve(amount, reserve);

        reserve -= amount;
        emit ReservePaid(to, amount);
        points.safeTransfer(to, amount);
    }

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
        return member == gridCompany ? _fundsOf(_gridBook()) : _accounts[member].free;
    }

    /// @inheritdoc IMarginAccounts
    function reservedOf(uint32 member) external view returns (uint256 reserved) {
        return _accounts[member].reserved;
    }

    /// @inheritdoc IMarginAccounts
    function totalDebt() external view returns (uint256 debt) {
        return _grid.fronted;
    }
}
