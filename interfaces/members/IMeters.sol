// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Meters by id
/// @notice A member's settlement meter has the id of the member; the meter of production device n has the id
/// 2^31 + n. Both registries answer here, at the price of one storage slot.
interface IMeters {
    /// @notice What a day sheet is checked against.
    struct Meter {
        address key; // signs the day sheets; zero once revoked
        uint32 importW; // largest import [W]
        uint32 exportW; // largest export [W]
        uint32 firstDay; // first market day in service
        uint32 lastDay; // last market day in service
    }

    /// @notice The meter with this id; reverts when there is none.
    function meterOf(uint32 meter) external view returns (Meter memory);
}
