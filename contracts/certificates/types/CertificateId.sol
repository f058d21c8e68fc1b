// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Id of a green certificate
/// @notice trial << 88 | device << 56 | hour << 24 | carrier << 16 | revision: the id says what it certifies, nothing
/// is stored.
library CertificateId {
    uint256 private constant TRIAL = 1 << 88;

    /// @dev The id of the energy that a device exported in a unix hour, as of a revision of its day sheet.
    function pack(
        bool trial,
        uint32 device,
        uint32 hour,
        uint8 carrier,
        uint16 revision
    ) internal pure returns (uint256 id) {
        id = (uint256(device) << 56) | (uint256(hour) << 24) | (uint256(carrier) << 16) | revision;
        if (trial) id |= TRIAL;
    }

    /// @dev The id of the same device's energy some hours later.
    function later(uint256 id, uint256 hours_) internal pure returns (uint256) {
        return id + (hours_ << 24);
    }

    /// @dev The same energy under another revision.
    function revised(uint256 id, uint16 revision) internal pure returns (uint256) {
        return ((id >> 16) << 16) | revision;
    }

    /// @dev The unix hour of an id.
    function hourOf(uint256 id) internal pure returns (uint256) {
        return uint32(id >> 24);
    }

    /// @dev The parts of an id.
    function unpack(
        uint256 id
    ) internal pure returns (bool trial, uint32 device, uint32 hour, uint8 carrier, uint16 revision) {
        return (id & TRIAL != 0, uint32(id >> 56), uint32(id >> 24), uint8(id >> 16), uint16(id));
    }
}
