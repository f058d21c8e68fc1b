// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {CoalitionGame} from "../lib/CoalitionGame.sol";
import {Packed} from "../lib/Packed.sol";

/// @title The committed table of coalition values: openings and Owen values
/// @notice Sixteen entries make a block, a region's blocks make its root, the regions' roots make the table's hash;
/// the bytes are those of docs/AUCTION.md. Owen value: Luo et al. 2022, Eqs. (3)-(6), as one double sum.
library CoalitionTable {
    using CoalitionGame for CoalitionGame.Part;
    using Packed for bytes;

    uint256 internal constant BLOCK_ENTRIES = 16;
    uint256 private constant EMISSION = 6; // [bytes]
    uint256 private constant EMISSION_SHIFT = 208;
    uint256 private constant BLOCK = 128; // sixteen emissions and the entries' root [bytes]

    /// @notice One entry of the table and what leads from it to the table's hash.
    struct Opening {
        uint8 region; // its node
        uint32 position;
        int128 value; // the objective [W x point-wei/kWh]
        bytes32 dispatchHash;
        bytes32[] entrySiblings; // within the block
        bytes emissions; // sixteen uint48 of the block [mgCO2e]
        bytes32[] blockSiblings;
        bytes32[] roots; // of all regions
    }

    /// @notice All of a region's part of the table.
    struct Region {
        uint8 node;
        bytes blocks; // 128 bytes each: sixteen emissions, the entries' root
        bytes32[] roots; // of all regions
    }

    /// @notice What is shown does not lead to the hash that was committed.
    error CoalitionTable_NotInTable(bytes32 shown, bytes32 committed);
    /// @notice A block has four levels of entries, 96 bytes of emissions and a region 128 bytes for each block.
    error CoalitionTable_Length(uint256 length, uint256 expected);

    /// @dev Checks that an opening belongs to the table; returns the emission that the table says [mgCO2e].
    function emissionOf(
        Opening calldata opening,
        CoalitionGame.Part memory part,
        bytes32 tableHash
    ) internal pure returns (uint256) {
        uint256 positions = part.positions();
        if (opening.position >= positions) revert CoalitionGame.CoalitionGame_Position(opening.position, positions);
        if (opening.entrySiblings.length != 4) revert CoalitionTable_Length(opening.entrySiblings.length, 4);
        if (opening.emissions.length != BLOCK_ENTRIES * EMISSION) {
            revert CoalitionTable_Length(opening.emissions.length, BLOCK_ENTRIES * EMISSION);
        }

        bytes32 node = keccak256(abi.encodePacked(opening.position, opening.value, opening.dispatchHash));
        node = MerkleProof.processProofCalldata(opening.entrySiblings, node);
        node = keccak256(abi.encodePacked(opening.position / uint32(BLOCK_ENTRIES), opening.emissions, node));
        node = MerkleProof.processProofCalldata(opening.blockSiblings, node);
        _checkRoot(opening.roots, part, node, tableHash);
        return opening.emissions.word((opening.position % BLOCK_ENTRIES) * EMISSION) >> EMISSION_SHIFT;
    }

    /// @dev Checks that a region's blocks belong to the table.
    function checkRegion(
        Region calldata region,
        CoalitionGame.Part memory part,
        bytes32 tableHash
    ) internal pure {
        _checkRoot(region.roots, part, _rootOf(region.blocks, part), tableHash);
    }

    function _checkRoot(
        bytes32[] calldata roots,
        CoalitionGame.Part memory part,
        bytes32 root,
        bytes32 tableHash
    ) private pure {
        if (roots.length != part.regions) revert CoalitionTable_Length(roots.length, part.regions);
        if (root != roots[part.rank]) revert CoalitionTable_NotInTable(root, roots[part.rank]);
        bytes32 shown = keccak256(abi.encodePacked(roots));
        if (shown != tableHash) revert CoalitionTable_NotInTable(shown, tableHash);
    }

    function _rootOf(bytes calldata blocks, CoalitionGame.Part memory part) private pure returns (bytes32) {
        uint256 count = part.positions() / BLOCK_ENTRIES;
        if (count == 0) count = 1;
        if (blocks.length != count * BLOCK) revert CoalitionTable_Length(blocks.length, count * BLOCK);
        bytes32[] memory level = new bytes32[](count);
        for (uint256 i; i < count; ++i) {
            level[i] = keccak256(abi.encodePacked(uint32(i), blocks[i * BLOCK:(i + 1) * BLOCK]));
        }
        for (; count > 1; count /= 2) {
            for (uint256 i; i < count; i += 2) level[i / 2] = Hashes.commutativeKeccak256(level[i], level[i + 1]);
        }
        return level[0];
    }

    /// @dev The Owen value of the order of that rank within its region, times the denominator: exact.
    function owenValue(
        bytes calldata blocks, // of the order's region
        CoalitionGame.Part memory part,
        uint256 rank
    ) internal pure returns (int256 numerator, int256 denominator) {
        int256[] memory ownWeights = _weights(part.own, rank); // by the own orders that take part
        uint256[] memory factorials = _factorials();
        uint256 own = 1 << part.own;
        uint256 positions = part.positions();
        unchecked {
            for (uint256 first; first < positions; first += own) {
                uint256 others = _ones(first >> part.own);
                int256 sum; // over the own orders that take part
                for (uint256 i; i < own; ++i) sum += ownWeights[i] * int256(_emissionAt(blocks, first + i));
                numerator += sum * int256(factorials[others] * factorials[part.regions - 1 - others]);
            }
        }
        denominator = int256(factorials[part.regions] * factorials[part.own]);
    }

    function _emissionAt(bytes calldata blocks, uint256 position) private pure returns (uint256) {
        unchecked {
            uint256 offset = (position / BLOCK_ENTRIES) * BLOCK + (position % BLOCK_ENTRIES) * EMISSION;
            return blocks.word(offset) >> EMISSION_SHIFT;
        }
    }

    /// @dev For each set of a region's orders, r of n: (r - 1)! (n - r)! if the order is among them, -r! (n - r - 1)!
    /// if it is not.
    function _weights(uint256 size, uint256 rank) private pure returns (int256[] memory weights) {
        uint256[] memory factorials = _factorials();
        weights = new int256[](1 << size);
        for (uint256 set; set < weights.length; ++set) {
            uint256 ones = _ones(set);
            weights[set] = (set >> rank) & 1 != 0
                ? int256(factorials[ones - 1] * factorials[size - ones])
                : -int256(factorials[ones] * factorials[size - ones - 1]);
        }
    }

    function _factorials() private pure returns (uint256[] memory factorials) {
        factorials = new uint256[](15);
        factorials[0] = 1;
        for (uint256 i = 1; i < 15; ++i) factorials[i] = factorials[i - 1] * i;
    }

    function _ones(uint256 bits) private pure returns (uint256 ones) {
        for (; bits != 0; bits &= bits - 1) ++ones;
    }
}
