// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAuctionRegistry} from "../../interfaces/auction/IAuctionRegistry.sol";
import {GridLimits} from "./types/GridLimits.sol";

/// @title Units that may bid in the auction between regions, and the network that limits it
contract AuctionRegistry is AccessManaged, IAuctionRegistry {
    uint256 public constant NODE_CAP = 8;
    uint256 public constant LINE_CAP = 8;
    uint256 public constant LARGEST_INTENSITY = 1_500; // [gCO2e/kWh]

    uint32 private _unitCount;
    mapping(uint32 unit => Unit) private _units;
    bytes32 private _networkHash;
    uint256 private _nodes;

    constructor(address authority_) AccessManaged(authority_) {}

    // Units

    /// @inheritdoc IAuctionRegistry
    function registerUnit(Unit calldata entry) external restricted returns (uint32 unit) {
        if (entry.account == address(0)) revert AuctionRegistry_ZeroAccount();
        if (entry.minimum > entry.capacity) {
            revert AuctionRegistry_MinimumAboveCapacity(entry.minimum, entry.capacity);
        }
        if (entry.node >= NODE_CAP) revert AuctionRegistry_NodeAbove(entry.node, NODE_CAP);
        uint256 allowed = entry.load ? 0 : LARGEST_INTENSITY;
        if (entry.intensity > allowed) revert AuctionRegistry_Intensity(entry.intensity, allowed);

        unit = ++_unitCount;
        _units[unit] = entry;
        emit UnitRegistered(
            unit,
            entry.account,
            entry.capacity,
            entry.minimum,
            entry.node,
            entry.load,
            entry.intensity
        );
    }

    /// @inheritdoc IAuctionRegistry
    function retireUnit(uint32 unit) external restricted {
        unitOf(unit);
        _units[unit].capacity = 0;
        _units[unit].minimum = 0;
        emit UnitRetired(unit);
    }

    // Network

    /// @inheritdoc IAuctionRegistry
    function setNetwork(bytes calldata network_) external restricted {
        (uint256 nodes, uint256 lines) = GridLimits.size(network_);
        if (nodes == 0 || nodes > NODE_CAP || lines > LINE_CAP) revert AuctionRegistry_NetworkSize(nodes, lines);

        _networkHash = keccak256(network_);
        _nodes = nodes;
        emit NetworkSet(_networkHash, network_);
    }

    // Views

    /// @inheritdoc IAuctionRegistry
    function unitOf(uint32 unit) public view returns (Unit memory entry) {
        entry = _units[unit];
        if (entry.account == address(0)) revert AuctionRegistry_UnknownUnit(unit);
    }

    /// @inheritdoc IAuctionRegistry
    function network() external view returns (bytes32 networkHash, uint256 nodes) {
        if (_nodes == 0) revert AuctionRegistry_NoNetwork();
        return (_networkHash, _nodes);
    }
}
