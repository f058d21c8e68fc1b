// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Agreement} from "../../contracts/market/types/Agreements.sol";

/// @title What the bilateral market tells about its agreements
interface IAgreements {
    /// @notice An agreement; all zero when there is none.
    function agreementOf(uint32 day, uint32 index) external view returns (Agreement memory);

    /// @notice The sums that a member sold or bought by agreement, 24 x uint32 [Wh].
    function contractedOf(uint32 member, uint32 day, bool selling) external view returns (uint256[3] memory wh);
}
