// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICoalitionTables} from "../../../interfaces/auction/ICoalitionTables.sol";
import {IFreezeList} from "../../../interfaces/members/IFreezeList.sol";
import {IOrderBook} from "../../../interfaces/auction/IOrderBook.sol";
import {LadderPrice} from "../lib/LadderPrice.sol";
import {OrderList} from "../types/OrderList.sol";
import {AuctionAccounts} from "./AuctionAccounts.sol";

/// @title Posted coalition tables, their bonds and their end
abstract contract TableBook is AuctionAccounts, ICoalitionTables {
    uint256 public constant POSTING_TIME = 2 hours; // after gate closure
    uint256 public constant CHALLENGE_WINDOW = 30 minutes;
    uint256 public constant VOID_CAP = 2; // tables of one poster

    IOrderBook public immutable book;
    uint256 public immutable smallestBond; // [point-wei]

    mapping(uint32 hour => Table) internal _tables;
    /// @inheritdoc ICoalitionTables
    mapping(address poster => uint8) public voidsOf;

    constructor(
        address authority_,
        IERC20 points_,
        IFreezeList freezeList_,
        IOrderBook book_,
        uint256 smallestBond_
    ) AccessManaged(authority_) AuctionAccounts(points_, freezeList_) {
        book = book_;
        smallestBond = smallestBond_;
    }

    // Posting

    /// @inheritdoc ICoalitionTables
    function postTable(uint32 hour, bytes32 tableHash, bytes calldata allocations) external {
        Table storage table = _tables[hour];
        if (table.standing) revert CoalitionTables_Standing(hour, table.serial);
        uint256 deadline = book.gateOf(hour) + POSTING_TIME;
        if (block.timestamp > deadline) revert CoalitionTables_TooLate(hour, deadline);
        uint8 voids = voidsOf[_msgSender()];
        if (voids >= VOID_CAP) revert CoalitionTables_PosterBarred(_msgSender(), voids);
        _checkSum(hour, allocations);
        uint256 bond = bondOf(_msgSender());

        table.tableHash = tableHash;
        table.allocationsHash = keccak256(allocations);
        table.poster = _msgSender();
        table.postedAt = uint40(block.timestamp);
        table.bondLevel = voids;
        table.demands = 0;
        table.standing = true;
        ++table.serial;
        _spend(_msgSender(), bond);
        emit TablePosted(hour, table.serial, _msgSender(), tableHash, allocations, bond);
    }

    function _checkSum(uint32 hour, bytes calldata allocations) private view {
        IOrderBook.Game memory game = book.gameOf(hour);
        uint256 length = game.orderCount * LadderPrice.ALLOCATION;
        if (allocations.length != length) revert OrderList.OrderList_RowLength(allocations.length, length);
        int256 sum;
        for (uint256 i; i < game.orderCount; ++i) sum += LadderPrice.allocationAt(allocations, i);
        uint256 emission = (uint256(game.emission) + 500) / 1000; // [gCO2e]
        if (sum != int256(emission)) revert CoalitionTables_AllocationSum(sum, emission);
    }

    // Void tables

    /// @dev Half of the bond goes to whoever showed the fault, half is burned.
    function _void(uint32 hour, address challenger, Fault fault) internal {
        Table storage table = _tables[hour];
        address poster = table.poster;
        uint256 bond = smallestBond << table.bondLevel;
        uint256 reward = bond / 2;

        table.standing = false;
        table.poster = address(0);
        ++voidsOf[poster];
        _credit(challenger, reward);
        emit TableVoided(hour, table.serial, poster, challenger, fault, reward);
        _burn(bond - reward, bytes32((uint256(hour) << 32) | table.serial));
    }

    // Bonds

    /// @inheritdoc ICoalitionTables
    function releaseBond(uint32 hour) external {
        Table storage table = _tables[hour];
        address poster = table.poster;
        if (poster == address(0)) revert CoalitionTables_NoBond(hour);
        uint256 ends = table.postedAt + CHALLENGE_WINDOW;
        if (block.timestamp < ends) revert CoalitionTables_WindowOpen(hour, ends);
        uint256 bond = smallestBond << table.bondLevel;

        table.poster = address(0);
        _credit(poster, bond);
        emit BondReleased(hour, table.serial, poster, bond);
    }

    // Time

    /// @dev Within so much time [s] of its posting a table that stands can be questioned.
    function _checkWindow(uint32 hour, uint256 time) internal view {
        Table storage table = _standing(hour);
        uint256 ends = table.postedAt + time;
        if (block.timestamp >= ends) revert CoalitionTables_WindowOver(hour, ends);
    }

    function _standing(uint32 hour) internal view returns (Table storage table) {
        table = _tables[hour];
        if (!table.standing) revert CoalitionTables_NoTable(hour);
    }

    // Views

    /// @inheritdoc ICoalitionTables
    function finalAllocations(uint32 hour) external view returns (bytes32) {
        Table storage table = _standing(hour);
        uint256 ends = table.postedAt + CHALLENGE_WINDOW;
        if (block.timestamp < ends) revert CoalitionTables_WindowOpen(hour, ends);
        return table.allocationsHash;
    }

    /// @inheritdoc ICoalitionTables
    function tableOf(uint32 hour) external view returns (Table memory) {
        return _tables[hour];
    }

    /// @inheritdoc ICoalitionTables
    function bondOf(address poster) public view returns (uint256) {
        return smallestBond << voidsOf[poster];
    }
}
