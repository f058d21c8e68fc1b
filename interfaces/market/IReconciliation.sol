// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IResidualSettlement} from "./IResidualSettlement.sol";

/// @title Reconciliation of agreements on final sheets
/// @notice Energy legs and compensation are corrected by signed differences; weights and pool entries stay. What a
/// party's penalty rises by over the initial run's goes to the market's reserve.
interface IReconciliation {
    /// @notice A batch holds at least one and at most `cap` entries.
    error Reconciliation_BatchSize(uint256 size, uint256 cap);
    /// @notice Only settled agreements are reconciled.
    error Reconciliation_NotSettled(uint32 day, uint32 index);

    /// @notice An agreement, with the former sheets of its parties; one that did not change is not read.
    struct Entry {
        uint32 index; // within the day
        IResidualSettlement.FormerSheet seller;
        IResidualSettlement.FormerSheet buyer;
    }

    /// @dev The grid company's difference is the opposite of the three.
    event AgreementReconciled(
        uint32 indexed day,
        uint32 indexed seller,
        uint32 indexed buyer,
        uint32 index,
        int256 sellerDifference, // [point-wei]
        int256 buyerDifference, // [point-wei]
        uint256 toReserve // [point-wei]
    );

    /// @notice Reconciles agreements of a day (at most 50), by anybody, once the sheets are final. What is reconciled,
    /// or waits for a party's sheet, is passed over.
    function reconcile(uint32 day, Entry[] calldata entries) external;

    /// @notice Whether an agreement is reconciled.
    function reconciled(uint32 day, uint32 index) external view returns (bool);
}
