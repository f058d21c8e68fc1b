// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Numbers of the roles that Gridleaf's contracts are guarded by
/// @notice Who holds a role, and which functions it opens, is kept by the access manager and can be read back.
library Roles {
    uint64 internal constant OPERATOR = 1; // registers members, opens welcome grants
    uint64 internal constant BANK = 2; // mints against escrow, states the escrow's balance
    uint64 internal constant REGULATOR = 3; // grants allowances, closes years, names renewable carriers, freezes
    uint64 internal constant CARBON_PROVIDER = 4; // posts carbon roots
    uint64 internal constant GUARDIAN = 5; // pauses entry
    uint64 internal constant RELAYER = 6; // anchors regional blocks
    uint64 internal constant FREEZE_COSIGNER = 7; // second person of the regulator
    uint64 internal constant BANK_COSIGNER = 8; // second person of the bank
    uint64 internal constant UTILITY = 9; // signs bills
    uint64 internal constant REWARDER = 10; // pays rewards: contracts only
}
