// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Ids of meters
/// @notice A settlement meter has the id of its member, the meter of device n has the id FIRST_DEVICE + n.
library MeterIds {
    uint32 internal constant FIRST_DEVICE = 2 ** 31; // of device 0, which does not exist
}
