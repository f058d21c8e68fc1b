// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAnchorBoard} from "../../interfaces/anchoring/IAnchorBoard.sol";

/// @title Block hashes of the regional chains, kept on the main chain
contract AnchorBoard is AccessManaged, IAnchorBoard {
    struct Chain {
        bool registered;
        uint64 latestHeight;
    }

    mapping(uint64 chainId => Chain) private _chains;
    mapping(uint64 chainId => mapping(uint64 height => bytes32)) private _hashes;

    constructor(address authority_) AccessManaged(authority_) {}

    // Registration

    /// @inheritdoc IAnchorBoard
    function registerChain(uint64 chainId) external restricted {
        if (chainId == 0 || chainId == block.chainid) revert AnchorBoard_BadChainId(chainId);
        if (_chains[chainId].registered) revert AnchorBoard_ChainExists(chainId);

        _chains[chainId].registered = true;
        emit ChainRegistered(chainId);
    }

    // Anchoring

    /// @inheritdoc IAnchorBoard
    function anchor(uint64 chainId, uint64 height, bytes32 blockHash) external restricted {
        Chain storage chain = _chains[chainId];
        if (!chain.registered) revert AnchorBoard_UnknownChain(chainId);
        if (height <= chain.latestHeight) revert AnchorBoard_HeightNotAbove(chainId, height, chain.latestHeight);
        if (blockHash == 0) revert AnchorBoard_ZeroHash(chainId, height);

        chain.latestHeight = height;
        _hashes[chainId][height] = blockHash;
        emit Anchored(chainId, height, blockHash);
    }

    // Views

    /// @inheritdoc IAnchorBoard
    function isRegistered(uint64 chainId) external view returns (bool) {
        return _chains[chainId].registered;
    }

    /// @inheritdoc IAnchorBoard
    function anchorOf(uint64 chainId, uint64 height) external view returns (bytes32 blockHash) {
        return _hashes[chainId][height];
    }

    /// @inheritdoc IAnchorBoard
    function latest(uint64 chainId) external view returns (uint64 height, bytes32 blockHash) {
        height = _chains[chainId].latestHeight;
        blockHash = _hashes[chainId][height];
    }
}
