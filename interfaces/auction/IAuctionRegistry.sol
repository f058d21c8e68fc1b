// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Units that may bid in the auction between regions, and the network that limits it
/// @notice A unit is a generator or the load of a feeder, aggregated by region. What an order could lie about (node,
/// side, intensity, size) is stated here by the operator and not in the order.
interface IAuctionRegistry {
    /// @notice A unit as it is stored: one word. A capacity of 0 bids no more.
    struct Unit {
        address account; // places its orders, pays and is paid
        uint32 capacity; // largest maximum of an order [W]
        uint32 minimum; // largest minimum of an order [W]
        uint8 node; // of the network: its region
        bool load;
        uint16 intensity; // at most 1,500; 0 for a load [gCO2e/kWh]
    }

    /// @notice A unit names an account.
    error AuctionRegistry_ZeroAccount();
    /// @notice The minimum exceeds the capacity.
    error AuctionRegistry_MinimumAboveCapacity(uint32 minimum, uint32 capacity);
    /// @notice The node lies beyond the largest network.
    error AuctionRegistry_NodeAbove(uint256 node, uint256 cap);
    /// @notice The intensity is above the largest one, or that of a load is not 0.
    error AuctionRegistry_Intensity(uint16 intensity, uint256 allowed);
    /// @notice There is no such unit.
    error AuctionRegistry_UnknownUnit(uint32 unit);
    /// @notice A network has 1 to 8 nodes and at most 8 limited lines.
    error AuctionRegistry_NetworkSize(uint256 nodes, uint256 lines);
    /// @notice No network has been set.
    error AuctionRegistry_NoNetwork();

    event UnitRegistered(
        uint32 indexed unit,
        address indexed account,
        uint32 capacity, // [W]
        uint32 minimum, // [W]
        uint8 node,
        bool load,
        uint16 intensity // [gCO2e/kWh]
    );
    event UnitRetired(uint32 indexed unit);
    event NetworkSet(bytes32 indexed networkHash, bytes network);

    /// @notice Registers a unit; ids count from 1.
    function registerUnit(Unit calldata entry) external returns (uint32 unit);

    /// @notice Lets a unit bid no more. What it has ordered stands.
    function retireUnit(uint32 unit) external;

    /// @notice Sets the network (docs/AUCTION.md) for all hours that have no order yet.
    function setNetwork(bytes calldata network) external;

    /// @notice A unit; reverts when there is none.
    function unitOf(uint32 unit) external view returns (Unit memory);

    /// @notice The hash of the network in force and its number of nodes; reverts when there is none.
    function network() external view returns (bytes32 networkHash, uint256 nodes);
}
