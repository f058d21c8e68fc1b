// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title Roles of a chain
/// @notice OpenZeppelin's access manager with the numbers of the roles that Gridleaf's contracts are guarded by. Who
/// holds a role, and which function it opens, is set at deployment and can be read back.
contract RoleManager is AccessManager {
    uint64 public constant OPERATOR = 1; // registers members
    uint64 public constant BANK = 2; // mints against escrow
    uint64 public constant REGULATOR = 3; // grants allowances, closes years, names renewable carriers
    uint64 public constant CARBON_PROVIDER = 4; // posts carbon roots
    uint64 public constant GUARDIAN = 5; // pauses entry
    uint64 public constant RELAYER = 6; // anchors regional blocks

    constructor(address initialAdmin) AccessManager(initialAdmin) {}
}
