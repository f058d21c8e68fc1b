// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Roots of the traced carbon intensities, one per hour
/// @notice A leaf is keccak256(keccak256(abi.encode(hour, node, intensity))), three uint256, the intensity in
/// mgCO2e/kWh; inner nodes hash their sorted children.
interface ICarbonLedger {
    /// @notice A batch holds at least one and at most `cap` roots.
    error CarbonLedger_BatchSize(uint256 size, uint256 cap);
    /// @notice A root of zero would mean "none".
    error CarbonLedger_ZeroRoot(uint32 hour);
    /// @notice Emissions are traced when the hour is over.
    error CarbonLedger_HourNotOver(uint32 hour, uint256 time);
    /// @notice A root is never overwritten.
    error CarbonLedger_RootExists(uint32 hour, bytes32 root);
    /// @notice There is no final root of this hour.
    error CarbonLedger_NoFinalRoot(uint32 hour);

    event RootPosted(uint32 indexed hour, bytes32 root);

    /// @notice Posts the roots of consecutive hours (at most 24).
    function post(uint32 firstHour, bytes32[] calldata roots) external;

    /// @notice The root of an hour that can no longer change; reverts when there is none.
    function finalRoot(uint32 hour) external view returns (bytes32 root);

    /// @notice Whether an hour has its final root.
    function hasFinalRoot(uint32 hour) external view returns (bool);

    /// @notice Whether `intensity` [mgCO2e/kWh] is the entry of `node` under the final root of `hour`.
    function verify(
        uint32 hour,
        uint32 node,
        uint256 intensity,
        bytes32[] calldata proof
    ) external view returns (bool);
}
