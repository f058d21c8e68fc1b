// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title What the bilateral market tells about its agreements
interface IAgreements {
    /// @notice An agreement as it is stored.
    struct Agreement {
        uint32 seller; // member
        uint32 buyer; // member
        uint32 whPerHour; // [Wh]
        uint24 price; // [ticks of 1e14 point-wei/kWh]
        uint8 first; // hour of the day in which the window starts
        uint8 hourCount; // [h]
        bool bundled; // with the certificates of the energy
        bool related; // the parties belong to one owner group
        uint96 penalty; // pool entry of a default [point-wei]
    }

    /// @notice An agreement; all zero when there is none.
    function agreementOf(uint32 day, uint32 index) external view returns (Agreement memory);

    /// @notice The sums that a member sold or bought by agreement, 24 x uint32 [Wh].
    function contractedOf(uint32 member, uint32 day, bool selling) external view returns (uint256[3] memory wh);
}
