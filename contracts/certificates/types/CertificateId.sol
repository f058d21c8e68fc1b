// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Id of a green certificate
/// @notice trial << 88 | device << 56 | hour << 24 | carrier << 16 | revision: the id says what it certifies, nothing
/// is stored.
library CertificateId {
    uint256 private constant CARRIER_OFFSET = 16;
    uint256 private constant HOUR_OFFSET = 24;
    uint256 private constant DEVICE_OFFSET = 56;
    uint256 private constant TRIAL = 1 << 88;
    uint256 private constant REVISION = type(uint16).max;

    /// @dev The id of the energy that a device exported in a unix hour, as of a revision of its day sheet.
    function pack(
        bool trial,
        uint32 device,
        uint32 hour,
        uint8 carrier,
        uint16 revision
    ) internal pure returns (uint256 id) {
        id = (uint256(device) << DEVICE_OFFSET) | (uint256(hour) << HOUR_OFFSET);
        id |= (uint256(carrier) << CARRIER_OFFSET) | revision;
        if (trial) id |= TRIAL;
    }

    /// @dev The id of the same device's energy some hours later.
    function later(uint256 id, uint256 hours_) internal pure returns (uint256) {
        return id + (hours_ << HOUR_OFFSET);
    }

    /// @dev The same energy under another revision.
    function revised(uint256 id, uint16 revision) internal pure returns (uint256) {
        return (id & ~REVISION) | revision;
    }

    /// @dev The unix hour of an id.
    function hourOf(uint256 id) internal pure returns (uint256) {
        return uint32(id >> HOUR_OFFSET);
    }

    /// @dev The parts of an id.
    function unpack(
        uint256 id
    ) internal pure returns (bool trial, uint32 device, uint32 hour, uint8 carrier, uint16 revision) {
        return (
            id & TRIAL != 0,
            uint32(id >> DEVICE_OFFSET),
            uint32(id >> HOUR_OFFSET),
            uint8(id >> CARRIER_OFFSET),
            uint16(id)
        );
    }
}
