// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {CertifiedEnergy} from "../../../contracts/certificates/types/CertifiedEnergy.sol";

/// @notice Opens the books of devices to tests.
contract CertifiedEnergyHarness {
    using CertifiedEnergy for CertifiedEnergy.Books;

    CertifiedEnergy.Books private _books;

    /// @notice Issues days one after the other; which of them were issued before, and the totals that must stay.
    function issueAll(uint32 device, uint32[] calldata order) external returns (bool[] memory before) {
        _books.byDevice[device].issued = 7;
        _books.byDevice[device].owed = type(uint64).max;
        before = new bool[](order.length);
        for (uint256 i; i < order.length; ++i) {
            (before[i], ) = _books.issue(device, order[i], 0);
        }
    }

    function enter(uint32 device, uint64 owed, uint256 wh, bool again) external returns (uint256 withheld) {
        _books.byDevice[device].owed = owed;
        if (again) return _books.raise(device, wh);
        (, withheld) = _books.issue(device, 1, wh);
    }

    function issued(uint32 device, uint32[] calldata asked) external view returns (bool[] memory found) {
        found = new bool[](asked.length);
        for (uint256 i; i < asked.length; ++i) found[i] = _books.isIssued(device, asked[i]);
    }

    function book(uint32 device) external view returns (CertifiedEnergy.Book memory) {
        return _books.byDevice[device];
    }
}
