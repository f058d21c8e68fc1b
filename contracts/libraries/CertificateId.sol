// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Id of a green certificate
/// @notice device << 56 | hour << 24 | carrier << 16 | revision: the id says what it certifies, nothing is stored.
library CertificateId {
    /// @dev The id of the energy that a device exported in a unix hour, as of a revision of its day sheet.
    function pack(uint32 device, uint32 hour, uint8 carrier, uint16 revision) internal pure returns (uint256) {
        return (uint256(device) << 56) | (uint256(hour) << 24) | (uint256(carrier) << 16) | revision;
    }

    /// @dev The id of the same device's energy some hours later.
    function later(uint256 id, uint256 hours_) internal pure returns (uint256) {
        return id + (hours_ << 24);
    }

    /// @dev The parts of an id.
    function unpack(
        uint256 id
    ) internal pure returns (uint32 device, uint32 hour, uint8 carrier, uint16 revision) {
        return (uint32(id >> 56), uint32(id >> 24), uint8(id >> 16), uint16(id));
    }
}
