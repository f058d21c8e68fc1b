// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Roles} from "../libraries/Roles.sol";

/// @title Roles of a chain
/// @notice OpenZeppelin's access manager with the numbers of the roles that Gridleaf's contracts are guarded by. Who
/// holds a role, and which function it opens, is set at deployment and can be read back.
contract RoleManager is AccessManager {
    uint64 public constant OPERATOR = Roles.OPERATOR;
    uint64 public constant BANK = Roles.BANK;
    uint64 public constant REGULATOR = Roles.REGULATOR;
    uint64 public constant CARBON_PROVIDER = Roles.CARBON_PROVIDER;
    uint64 public constant GUARDIAN = Roles.GUARDIAN;
    uint64 public constant RELAYER = Roles.RELAYER;
    uint64 public constant FREEZE_COSIGNER = Roles.FREEZE_COSIGNER;
    uint64 public constant BANK_COSIGNER = Roles.BANK_COSIGNER;
    uint64 public constant UTILITY = Roles.UTILITY;
    uint64 public constant REWARDER = Roles.REWARDER;

    constructor(address initialAdmin) AccessManager(initialAdmin) {}
}
