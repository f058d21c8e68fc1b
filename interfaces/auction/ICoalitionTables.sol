// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {CoalitionGame} from "../../contracts/auction/lib/CoalitionGame.sol";
import {CoalitionTable} from "../../contracts/auction/types/CoalitionTable.sol";

/// @title Coalition values and allocations under bond
/// @notice Nobody computes 2^13 clearings on a chain. Somebody posts the table's hash and the allocations under a
/// bond; for half an hour anybody shows one number to be false, in one transaction, and takes half of the bond. The
/// other half is burned, so that challenging oneself never pays. Bytes are those of docs/AUCTION.md.
interface ICoalitionTables {
    /// @notice A posted table.
    struct Table {
        bytes32 tableHash;
        bytes32 allocationsHash;
        address poster; // none once its bond is released
        uint40 postedAt; // [s]
        uint8 bondLevel; // the bond is the smallest one x 2^level
        uint8 demands; // so far
        bool standing; // posted and not void
        uint32 serial; // of the hour's tables, from 1
    }

    /// @notice An open demand: one word.
    struct Demand {
        address account;
        uint40 deadline; // [s]
        uint8 level; // the deposit is the smallest one x 2^level
    }

    /// @notice What a table was voided for.
    enum Fault {
        Entry,
        Allocation,
        Unanswered
    }

    /// @notice The hour's table stands.
    error CoalitionTables_Standing(uint32 hour, uint32 serial);
    /// @notice The hour has no table that stands.
    error CoalitionTables_NoTable(uint32 hour);
    /// @notice Tables are posted until `deadline`.
    error CoalitionTables_TooLate(uint32 hour, uint256 deadline);
    /// @notice What is shown is not what was committed.
    error CoalitionTables_OtherHash(bytes32 shown, bytes32 committed);
    /// @notice After two void tables somebody else posts.
    error CoalitionTables_PosterBarred(address poster, uint256 voids);
    /// @notice Allocations add up to the emission of the first clearing.
    error CoalitionTables_AllocationSum(int256 sum, uint256 emission);
    /// @notice The table can be challenged, or demands made, until `ends`.
    error CoalitionTables_WindowOver(uint32 hour, uint256 ends);
    /// @notice The window is open until `ends`.
    error CoalitionTables_WindowOpen(uint32 hour, uint256 ends);
    /// @notice What is shown does not make this entry false.
    error CoalitionTables_EntryHolds(uint8 region, uint32 position);
    /// @notice The allocation is less than 1 off the Owen value.
    error CoalitionTables_AllocationHolds(uint256 position);
    /// @notice That order is not of that region.
    error CoalitionTables_NotOfRegion(uint256 position, uint256 node);
    /// @notice This is being demanded already.
    error CoalitionTables_AlreadyDemanded(uint8 region, uint32 position);
    /// @notice Nobody has demanded this.
    error CoalitionTables_NotDemanded(uint8 region, uint32 position);
    /// @notice An answer is given until `deadline`, and what is missing shown after it.
    error CoalitionTables_AnswerTime(uint256 time, uint256 deadline);
    /// @notice The demand is against a table that stands and can be answered.
    error CoalitionTables_DemandStands(uint32 hour, uint32 serial);
    /// @notice There is no bond to release.
    error CoalitionTables_NoBond(uint32 hour);
    /// @notice No table can have so many demands.
    error CoalitionTables_TooManyDemands(uint256 demands);

    event TablePosted(
        uint32 indexed hour,
        uint32 serial,
        address indexed poster,
        bytes32 tableHash,
        bytes allocations,
        uint256 bond // [point-wei]
    );
    event TableVoided(
        uint32 indexed hour,
        uint32 serial,
        address indexed poster,
        address indexed challenger,
        Fault fault,
        uint256 reward // [point-wei]
    );
    event Demanded(
        uint32 indexed hour,
        uint32 serial,
        uint8 region,
        uint32 position,
        address indexed account,
        uint256 deposit // [point-wei]
    );
    event Answered(uint32 indexed hour, uint32 serial, uint8 region, uint32 position);
    event DemandRefunded(uint32 indexed hour, uint32 serial, uint8 region, uint32 position, uint256 deposit);
    event BondReleased(uint32 indexed hour, uint32 serial, address indexed poster, uint256 bond); // [point-wei]

    /// @notice Posts a table and the allocations that follow from it, under the caller's bond.
    function postTable(uint32 hour, bytes32 tableHash, bytes calldata allocations) external;

    /// @notice Voids a table by an entry that is false: the dispatch with its hash is infeasible, or has another
    /// objective or emission; or a dispatch of the coalition is better by more than epsilon; or everybody's entry is
    /// not the first clearing.
    function challengeEntry(
        uint32 hour,
        CoalitionTable.Opening calldata opening,
        CoalitionGame.Evidence calldata evidence
    ) external;

    /// @notice Voids a table by an allocation that is off its Owen value by 1 gCO2e or more.
    function challengeAllocation(
        uint32 hour,
        uint256 position, // of the order
        bytes calldata orders,
        bytes calldata allocations,
        CoalitionTable.Region calldata region // of the order
    ) external;

    /// @notice Demands that an entry (or with position 2^32 - 1 a region's blocks) be shown, against a deposit that
    /// doubles with every demand of a table. It comes back if nobody answers; else the answer earns the first, the
    /// rest is burned.
    function demand(uint32 hour, uint8 region, uint32 position) external;

    /// @notice Shows a demanded entry and its dispatch.
    function answerEntry(uint32 hour, CoalitionTable.Opening calldata opening, bytes calldata dispatch) external;

    /// @notice Shows a demanded region's blocks.
    function answerRegion(uint32 hour, CoalitionTable.Region calldata region) external;

    /// @notice Voids a table because a demand was not answered in time; whoever demanded is rewarded.
    function voidUnanswered(uint32 hour, uint8 region, uint32 position) external;

    /// @notice Returns the deposit of a demand that nobody can answer any more.
    function refundDemand(uint32 hour, uint32 serial, uint8 region, uint32 position) external;

    /// @notice Returns the bond of a table that nobody can challenge any more.
    function releaseBond(uint32 hour) external;

    /// @notice The hash of an hour's allocations when nobody can challenge them any more; reverts before.
    function finalAllocations(uint32 hour) external view returns (bytes32);

    /// @notice How many tables of a poster were void.
    function voidsOf(address poster) external view returns (uint8);

    /// @notice The last table of an hour.
    function tableOf(uint32 hour) external view returns (Table memory);

    /// @notice The bond that an account's next table needs [point-wei].
    function bondOf(address poster) external view returns (uint256);

    /// @notice The deposit that an hour's next demand needs [point-wei].
    function depositOf(uint32 hour, uint32 position) external view returns (uint256);
}
