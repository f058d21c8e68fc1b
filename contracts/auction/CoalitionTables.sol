// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICoalitionTables} from "../../interfaces/auction/ICoalitionTables.sol";
import {IFreezeList} from "../../interfaces/members/IFreezeList.sol";
import {IOrderBook} from "../../interfaces/auction/IOrderBook.sol";
import {CoalitionGame} from "./lib/CoalitionGame.sol";
import {CoalitionTable} from "./types/CoalitionTable.sol";
import {LadderPrice} from "./lib/LadderPrice.sol";
import {OrderList} from "./types/OrderList.sol";
import {WelfareCertificate} from "./lib/WelfareCertificate.sol";
import {TableBook} from "./parts/TableBook.sol";

/// @title Coalition values and allocations under bond
contract CoalitionTables is TableBook {
    using CoalitionGame for CoalitionGame.Part;
    using CoalitionTable for CoalitionTable.Opening;
    using CoalitionTable for CoalitionTable.Region;
    using OrderList for bytes;
    using OrderList for uint256;

    uint256 public constant DEMAND_WINDOW = 15 minutes;
    uint256 public constant ANSWER_TIME = 10 minutes;
    uint256 public constant DEMAND_CAP = 32; // doublings of the deposit
    uint32 public constant WHOLE_REGION = type(uint32).max;
    uint256 public constant REGION_FACTOR = 16; // what showing a region costs, in entries

    uint256 public immutable smallestDeposit; // [point-wei]

    mapping(bytes32 key => Demand) private _demands;

    constructor(
        address authority_,
        IERC20 points_,
        IFreezeList freezeList_,
        IOrderBook book_,
        uint256 smallestBond_,
        uint256 smallestDeposit_
    ) TableBook(authority_, points_, freezeList_, book_, smallestBond_) {
        smallestDeposit = smallestDeposit_;
    }

    // Challenges

    /// @inheritdoc ICoalitionTables
    function challengeEntry(
        uint32 hour,
        CoalitionTable.Opening calldata opening,
        CoalitionGame.Evidence calldata evidence
    ) external {
        _checkWindow(hour, CHALLENGE_WINDOW);
        IOrderBook.Game memory game = book.gameOf(hour);
        CoalitionGame.Part memory part = CoalitionGame.part(game.nodeOrders, opening.region);
        uint256 emission = opening.emissionOf(part, _tables[hour].tableHash);
        bool holds = opening.position + 1 == part.positions()
            ? opening.dispatchHash == game.dispatchHash && emission == game.emission
            : _entryHolds(game, opening, evidence, part, emission);
        if (holds) revert CoalitionTables_EntryHolds(opening.region, opening.position);
        _void(hour, _msgSender(), Fault.Entry);
    }

    function _entryHolds(
        IOrderBook.Game memory game,
        CoalitionTable.Opening calldata opening,
        CoalitionGame.Evidence calldata evidence,
        CoalitionGame.Part memory part,
        uint256 emission
    ) private pure returns (bool) {
        _checkHash(keccak256(evidence.orders), game.ordersHash);
        _checkHash(keccak256(evidence.network), game.networkHash);
        uint256 mask = part.members(evidence.orders, opening.region, opening.position);
        CoalitionGame.Worth memory worth = CoalitionGame.evaluate(evidence, mask);
        if (keccak256(evidence.dispatch) == opening.dispatchHash) {
            return worth.feasible && worth.objective == opening.value && worth.emission == emission;
        }
        uint256 epsilon = WelfareCertificate.tolerance(evidence.orders, uint8(evidence.network[1]));
        return !worth.feasible || worth.objective - opening.value <= int256(epsilon);
    }

    /// @inheritdoc ICoalitionTables
    function challengeAllocation(
        uint32 hour,
        uint256 position,
        bytes calldata orders,
        bytes calldata allocations,
        CoalitionTable.Region calldata region
    ) external {
        _checkWindow(hour, CHALLENGE_WINDOW);
        IOrderBook.Game memory game = book.gameOf(hour);
        _checkHash(keccak256(orders), game.ordersHash);
        _checkHash(keccak256(allocations), _tables[hour].allocationsHash);
        CoalitionGame.Part memory part = CoalitionGame.part(game.nodeOrders, region.node);
        region.checkRegion(part, _tables[hour].tableHash);

        uint256 rank = _rankOf(orders, position, region.node);
        int256 allocation = LadderPrice.allocationAt(allocations, position);
        if (_isOwenValue(allocation, region, part, rank)) revert CoalitionTables_AllocationHolds(position);
        _void(hour, _msgSender(), Fault.Allocation);
    }

    /// @dev How many orders of the node come before the one at a position, which is of that node too.
    function _rankOf(bytes calldata orders, uint256 position, uint256 node) private pure returns (uint256 rank) {
        if (position >= orders.count() || orders.at(position).node() != node) {
            revert CoalitionTables_NotOfRegion(position, node);
        }
        for (uint256 i; i < position; ++i) {
            if (orders.at(i).node() == node) ++rank;
        }
    }

    /// @dev Whether an allocation [gCO2e] is less than 1 off the Owen value; entries are in mgCO2e.
    function _isOwenValue(
        int256 allocation,
        CoalitionTable.Region calldata region,
        CoalitionGame.Part memory part,
        uint256 rank
    ) private pure returns (bool) {
        (int256 numerator, int256 denominator) = CoalitionTable.owenValue(region.blocks, part, rank);
        int256 error = allocation * 1000 * denominator - numerator;
        return error < 1000 * denominator && -error < 1000 * denominator;
    }

    function _checkHash(bytes32 shown, bytes32 committed) private pure {
        if (shown != committed) revert CoalitionTables_OtherHash(shown, committed);
    }

    // Availability

    /// @inheritdoc ICoalitionTables
    function demand(uint32 hour, uint8 region, uint32 position) external {
        _checkWindow(hour, DEMAND_WINDOW);
        Table storage table = _tables[hour];
        uint256 positions = _partOf(hour, region).positions();
        if (position != WHOLE_REGION && position >= positions) {
            revert CoalitionGame.CoalitionGame_Position(position, positions);
        }
        bytes32 key = _key(hour, table.serial, region, position);
        if (_demands[key].account != address(0)) revert CoalitionTables_AlreadyDemanded(region, position);
        uint8 level = table.demands;
        if (level == DEMAND_CAP) revert CoalitionTables_TooManyDemands(level);
        uint256 deposit_ = _depositAt(level, position);

        table.demands = level + 1;
        _demands[key] = Demand(_msgSender(), uint40(block.timestamp + ANSWER_TIME), level);
        _spend(_msgSender(), deposit_);
        emit Demanded(hour, table.serial, region, position, _msgSender(), deposit_);
    }

    /// @inheritdoc ICoalitionTables
    function answerEntry(uint32 hour, CoalitionTable.Opening calldata opening, bytes calldata dispatch) external {
        opening.emissionOf(_partOf(hour, opening.region), _standing(hour).tableHash);
        _checkHash(keccak256(dispatch), opening.dispatchHash);
        _answer(hour, opening.region, opening.position);
    }

    /// @inheritdoc ICoalitionTables
    function answerRegion(uint32 hour, CoalitionTable.Region calldata region) external {
        region.checkRegion(_partOf(hour, region.node), _standing(hour).tableHash);
        _answer(hour, region.node, WHOLE_REGION);
    }

    function _answer(uint32 hour, uint8 region, uint32 position) private {
        Table storage table = _tables[hour];
        (bytes32 key, Demand memory open) = _open(hour, table.serial, region, position);
        if (block.timestamp > open.deadline) revert CoalitionTables_AnswerTime(block.timestamp, open.deadline);
        uint256 earned = _depositAt(0, position);

        delete _demands[key];
        _credit(table.poster, earned);
        emit Answered(hour, table.serial, region, position);
        _burn(_depositAt(open.level, position) - earned, key);
    }

    /// @inheritdoc ICoalitionTables
    function voidUnanswered(uint32 hour, uint8 region, uint32 position) external {
        _checkWindow(hour, CHALLENGE_WINDOW);
        (bytes32 key, Demand memory open) = _open(hour, _tables[hour].serial, region, position);
        if (block.timestamp <= open.deadline) revert CoalitionTables_AnswerTime(block.timestamp, open.deadline);

        delete _demands[key];
        _credit(open.account, _depositAt(open.level, position));
        _void(hour, open.account, Fault.Unanswered);
    }

    /// @inheritdoc ICoalitionTables
    function refundDemand(uint32 hour, uint32 serial, uint8 region, uint32 position) external {
        (bytes32 key, Demand memory open) = _open(hour, serial, region, position);
        Table storage table = _tables[hour];
        bool current = table.standing && table.serial == serial;
        if (current && block.timestamp < table.postedAt + CHALLENGE_WINDOW) {
            revert CoalitionTables_DemandStands(hour, serial);
        }
        uint256 deposit_ = _depositAt(open.level, position);

        delete _demands[key];
        _credit(open.account, deposit_);
        emit DemandRefunded(hour, serial, region, position, deposit_);
    }

    function _partOf(uint32 hour, uint8 region) private view returns (CoalitionGame.Part memory) {
        return CoalitionGame.part(book.gameOf(hour).nodeOrders, region);
    }

    function _open(
        uint32 hour,
        uint32 serial,
        uint8 region,
        uint32 position
    ) private view returns (bytes32 key, Demand memory open) {
        key = _key(hour, serial, region, position);
        open = _demands[key];
        if (open.account == address(0)) revert CoalitionTables_NotDemanded(region, position);
    }

    function _key(uint32 hour, uint32 serial, uint8 region, uint32 position) private pure returns (bytes32) {
        return keccak256(abi.encode(hour, serial, region, position));
    }

    function _depositAt(uint256 level, uint32 position) private view returns (uint256) {
        return (position == WHOLE_REGION ? smallestDeposit * REGION_FACTOR : smallestDeposit) << level;
    }

    // Views

    /// @inheritdoc ICoalitionTables
    function depositOf(uint32 hour, uint32 position) external view returns (uint256) {
        return _depositAt(_tables[hour].demands, position);
    }
}
