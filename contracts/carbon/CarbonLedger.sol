// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {ICarbonLedger} from "../../interfaces/carbon/ICarbonLedger.sol";
import {CarbonMath} from "../libraries/CarbonMath.sol";
import {MarketTime} from "../libraries/MarketTime.sol";

/// @title Roots of the traced carbon intensities, one per hour
contract CarbonLedger is AccessManaged, ICarbonLedger {
    uint256 public constant BATCH_CAP = 24;

    mapping(uint32 hour => bytes32) private _roots;

    constructor(address authority_) AccessManaged(authority_) {}

    // Posting

    /// @inheritdoc ICarbonLedger
    function post(uint32 firstHour, bytes32[] calldata roots) external restricted {
        uint256 size = roots.length;
        if (size == 0 || size > BATCH_CAP) revert CarbonLedger_BatchSize(size, BATCH_CAP);
        for (uint32 i; i < size; ++i) _post(firstHour + i, roots[i]);
    }

    function _post(uint32 hour, bytes32 root) private {
        if (root == 0) revert CarbonLedger_ZeroRoot(hour);
        if (block.timestamp < MarketTime.startOf(uint256(hour) + 1)) {
            revert CarbonLedger_HourNotOver(hour, block.timestamp);
        }
        if (_roots[hour] != 0) revert CarbonLedger_RootExists(hour, _roots[hour]);

        _roots[hour] = root;
        emit RootPosted(hour, root);
    }

    // Views

    /// @inheritdoc ICarbonLedger
    function finalRoot(uint32 hour) public view returns (bytes32 root) {
        root = _roots[hour];
        if (root == 0) revert CarbonLedger_NoFinalRoot(hour);
    }

    /// @inheritdoc ICarbonLedger
    function hasFinalRoot(uint32 hour) external view returns (bool) {
        return _roots[hour] != 0;
    }

    /// @inheritdoc ICarbonLedger
    function verify(
        uint32 hour,
        uint32 node,
        uint256 intensity,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return MerkleProof.verifyCalldata(proof, finalRoot(hour), CarbonMath.leaf(hour, node, intensity));
    }
}
