// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IDeviceRegistry} from "../../../interfaces/members/IDeviceRegistry.sol";
import {MeterIds} from "../../libraries/MeterIds.sol";

/// @title Devices as they are stored, and what others read of them
abstract contract DeviceStore is IDeviceRegistry {
    uint32 internal constant IN_SERVICE = type(uint32).max;

    mapping(uint32 device => Device) internal _devices;

    /// @dev A device has a capacity, whether or not its key was revoked.
    function _existing(uint32 device) internal view returns (Device storage entry) {
        entry = _devices[device];
        if (entry.capacityW == 0) revert DeviceRegistry_UnknownDevice(device);
    }

    // Views

    /// @inheritdoc IDeviceRegistry
    function deviceOf(uint32 device) external view returns (Device memory) {
        return _existing(device);
    }

    /// @inheritdoc IDeviceRegistry
    function requireMayIssue(uint32 device) external view returns (uint32 owner, uint8 carrier) {
        Device storage entry = _devices[device];
        if (entry.bondState == BondState.Missing) {
            _existing(device);
            revert DeviceRegistry_WrongBondState(device, BondState.Missing, BondState.Posted);
        }
        return (entry.owner, entry.carrier);
    }

    /// @inheritdoc IDeviceRegistry
    function meterIdOf(uint32 device) public pure returns (uint32 meter) {
        return MeterIds.FIRST_DEVICE + device;
    }

    /// @dev Reads the meter's word alone. What a device imports for itself is bounded like what it exports.
    function meterOf(uint32 meter) external view returns (Meter memory) {
        if (meter < MeterIds.FIRST_DEVICE) revert DeviceRegistry_NotADeviceMeter(meter, MeterIds.FIRST_DEVICE);
        Device storage entry = _existing(meter - MeterIds.FIRST_DEVICE);
        return
            Meter({
                key: entry.meterKey,
                importW: entry.capacityW,
                exportW: entry.capacityW,
                firstDay: entry.commissioningDay,
                lastDay: entry.lastDay
            });
    }
}
