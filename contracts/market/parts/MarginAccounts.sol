// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IDeferredCredits} from "../../../interfaces/market/IDeferredCredits.sol";
import {IMarginAccounts} from "../../../interfaces/market/IMarginAccounts.sol";
import {IMemberRegistry} from "../../../interfaces/members/IMemberRegistry.sol";
import {AccountWord} from "../types/Accounts.sol";
import {DeferredCredits} from "../DeferredCredits.sol";

/// @title Margin accounts of the members of a market
/// @dev The core book of the market: signed additions only. The grid company's part of it travels through a batch in
/// memory and is written once.
abstract contract MarginAccounts is AccessManaged, Pausable, IMarginAccounts {
    using SafeCast for int256;
    using SafeCast for uint256;

    uint32 internal constant RESERVE = 0; // an account without a member
    int256 private constant LARGEST_FREE = type(int88).max; // [point-wei]

    IMemberRegistry public immutable registry;
    /// @inheritdoc IMarginAccounts
    uint32 public immutable gridCompany;
    /// @inheritdoc IMarginAccounts
    uint256 public immutable gridFloor; // [point-wei]
    /// @inheritdoc IMarginAccounts
    IDeferredCredits public immutable deferred;

    /// @inheritdoc IMarginAccounts
    uint32 public openDay;
    /// @inheritdoc IMarginAccounts
    bool public gridLow;
    GridBook internal _grid;
    mapping(uint32 member => AccountWord) internal _accounts;
    /// @inheritdoc IMarginAccounts
    mapping(address caller => Admission) public admissionOf;

    constructor(IMemberRegistry registry_, uint32 gridCompany_, uint256 gridFloor_) {
        if (registry_.member(gridCompany_).kind != IMemberRegistry.MemberKind.GridCompany) {
            revert MarginAccounts_NotGridCompany(gridCompany_);
        }
        registry = registry_;
        gridCompany = gridCompany_;
        gridFloor = gridFloor_;
        gridLow = gridFloor_ != 0;
        deferred = new DeferredCredits();
    }

    // Deposit and withdrawal, at the desk that holds the points

    /// @inheritdoc IMarginAccounts
    function deposit(uint32 member, uint256 amount) external whenNotPaused {
        _checkAdmitted(Admission.Desk);
        _openAccount(member);
        _credit(member, amount);
    }

    /// @dev Makes room for what a member will need, before its first settlement does.
    function _openAccount(uint32 member) internal virtual;

    /// @inheritdoc IMarginAccounts
    function withdraw(uint32 member, uint256 amount) external {
        _checkAdmitted(Admission.Desk);
        int256 free = freeOf(member);
        if (amount.toInt256() > free) revert MarginAccounts_AboveFree(member, free, amount);
        if (member == gridCompany) {
            GridBook memory grid = _gridBook();
            grid.booked -= int120(int256(amount)); // what is free fits
            _saveGrid(grid);
        } else {
            _accounts[member] = _accounts[member].withFree(free - int256(amount));
        }
    }

    /// @inheritdoc IMarginAccounts
    function collect(uint32 member, uint32 day) external {
        _credit(member, deferred.collect(member, day, openDay));
    }

    // The book

    /// @dev Adds points that are there to an account; they pay its debt first.
    function _credit(uint32 member, uint256 amount) internal {
        if (member == gridCompany) {
            GridBook memory grid = _gridBook();
            grid.booked += amount.toInt256().toInt120();
            _saveGrid(grid);
        } else {
            _accounts[member] = _credited(_accounts[member], member, amount);
        }
    }

    /// @dev The account with points added to it; its debt falls by them.
    function _credited(AccountWord account, uint32 member, uint256 amount) internal returns (AccountWord) {
        int256 before = account.free();
        int256 free = before + amount.toInt256();
        if (before < 0) {
            GridBook memory grid = _gridBook();
            _shiftDebt(member, before, free, grid);
            _saveGrid(grid);
        }
        return account.withFree(free);
    }

    /// @dev Releases margin, adds penalty shares, and books a credit (below zero: what is paid) less a penalty. Of a
    /// credit, what the grid company's funds do not cover is deferred, and so is what an account has no room for; a
    /// penalty never is: the pool is full at once.
    /// The grid company's own leg has been booked before.
    function _settleAccount(
        uint32 member,
        uint256 released, // margin
        uint256 shares,
        int256 credit,
        uint256 penalty,
        GridBook memory grid
    ) internal {
        unchecked {
            AccountWord account = _accounts[member];
            int256 before = account.free();
            int256 free = before + int256(released + shares) + credit - int256(penalty);
            if (before < 0 || free < 0) _shiftDebt(member, before, free, grid);
            int256 owed = int256(uint256(grid.fronted)) - int256(grid.booked);
            if (owed > credit) owed = credit;
            if (owed > free) owed = free;
            if (owed < free - LARGEST_FREE) owed = free - LARGEST_FREE;
            if (owed > 0) {
                free -= owed;
                _defer(member, owed, grid);
            }
            _accounts[member] = account.withRelease(released, free);
        }
    }

    function _defer(uint32 member, int256 owed, GridBook memory grid) private {
        grid.booked += int120(owed); // a sum of accounts
        grid.owing = true;
        deferred.defer(member, openDay, uint256(owed));
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
        int256 left = _fundsOf(grid);
        if (grid.owing && left > 0) {
            (uint256 paid, bool allPaid) = deferred.pay(uint256(left));
            grid.booked -= int120(int256(paid)); // less than what is left
            grid.owing = !allPaid;
        }
        _grid = grid;
        bool low = _fundsOf(grid) < int256(gridFloor);
        if (low != gridLow) gridLow = low;
    }

    function _fundsOf(GridBook memory grid) internal pure returns (int256) {
        return int256(grid.booked) - int256(uint256(grid.fronted));
    }

    function _debt(int256 free) private pure returns (uint256) {
        return free < 0 ? uint256(-free) : 0;
    }

    function _addReserve(uint256 amount) internal {
        _credit(RESERVE, amount);
        emit ReserveRaised(amount);
    }

    /// @inheritdoc IMarginAccounts
    function book(uint32[] calldata members, int256[] calldata legs, uint256 toReserve) external {
        _checkAdmitted(Admission.Settlement);
        GridBook memory grid = _gridBook();
        int256 sum = toReserve.toInt256();
        // Who pays comes first: no credit is deferred that the batch itself covers.
        for (uint256 i; i < legs.length; ++i) {
            sum += legs[i];
            if (legs[i] < 0) _settleAccount(members[i], 0, 0, legs[i], 0, grid);
        }
        grid.booked = (grid.booked - sum).toInt120();
        // The reserve is the first to wait: no member's credit is deferred for a penalty that nobody could pay.
        if (toReserve != 0) {
            _settleAccount(RESERVE, 0, 0, int256(toReserve), 0, grid);
            emit ReserveRaised(toReserve);
        }
        for (uint256 i; i < legs.length; ++i) if (legs[i] > 0) _settleAccount(members[i], 0, 0, legs[i], 0, grid);
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
        return member == gridCompany ? _fundsOf(_gridBook()) : _accounts[member].free();
    }

    /// @inheritdoc IMarginAccounts
    function reservedOf(uint32 member) external view returns (uint256 reserved) {
        return _accounts[member].reserved();
    }

    /// @inheritdoc IMarginAccounts
    function funds() external view returns (int256) {
        return _fundsOf(_gridBook());
    }

    /// @inheritdoc IMarginAccounts
    function totalDebt() external view returns (uint256 debt) {
        return _grid.fronted;
    }
}
