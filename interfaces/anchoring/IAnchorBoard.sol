// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Block hashes of the regional chains, kept on the main chain
interface IAnchorBoard {
    /// @notice A regional chain has a chain id that is neither zero nor this chain's.
    error AnchorBoard_BadChainId(uint64 chainId);
    /// @notice The chain is registered already.
    error AnchorBoard_ChainExists(uint64 chainId);
    /// @notice The chain is not registered.
    error AnchorBoard_UnknownChain(uint64 chainId);
    /// @notice Heights increase strictly, so an anchor is never overwritten.
    error AnchorBoard_HeightNotAbove(uint64 chainId, uint64 height, uint64 last);
    /// @notice A block hash of zero would mean "none".
    error AnchorBoard_ZeroHash(uint64 chainId, uint64 height);

    event ChainRegistered(uint64 indexed chainId);
    event Anchored(uint64 indexed chainId, uint64 indexed height, bytes32 blockHash);

    /// @notice Registers a regional chain.
    function registerChain(uint64 chainId) external;

    /// @notice Records the hash of a regional block.
    function anchor(uint64 chainId, uint64 height, bytes32 blockHash) external;

    /// @notice Whether a regional chain is registered.
    function isRegistered(uint64 chainId) external view returns (bool);

    /// @notice The hash recorded for a block, zero when there is none.
    function anchorOf(uint64 chainId, uint64 height) external view returns (bytes32 blockHash);

    /// @notice The latest anchor of a chain, zeros before the first.
    function latest(uint64 chainId) external view returns (uint64 height, bytes32 blockHash);
}
