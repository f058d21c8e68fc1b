// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Leaves and charges of the carbon ledger
library CarbonMath {
    /// @dev Wh x mgCO2e/kWh is microgrammes; a million of them make a gramme.
    uint256 internal constant MICROGRAMMES = 1e6; // [ug/g]

    /// @dev The leaf of a node's intensity [mgCO2e/kWh] in an hour, hashed twice so that it can never be taken for an
    /// inner node.
    function leaf(uint256 hour, uint256 node, uint256 intensity) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(hour, node, intensity))));
    }

    /// @dev The emission [gCO2e] of an energy [Wh] at an intensity [mgCO2e/kWh].
    function emissionRoundedUp(uint256 wh, uint256 intensity) internal pure returns (uint256) {
        return Math.ceilDiv(wh * intensity, MICROGRAMMES);
    }
}
