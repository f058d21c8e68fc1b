// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPowerPoint} from "../../interfaces/IPowerPoint.sol";

/// @title Power points: bill credit backed one to one by an escrow account
contract PowerPoint is ERC20Permit, AccessManaged, IPowerPoint {
    using SafeCast for uint256;

    /// @dev Counted on their own, so that supply = deposited - withdrawn can be checked.
    struct Escrow {
        uint128 deposited; // [point-wei]
        uint128 withdrawn; // [point-wei]
    }

    /// @inheritdoc IPowerPoint
    mapping(bytes32 bankReference => bool) public referenceUsed;

    Escrow private _escrow;

    constructor(
        address authority_
    ) ERC20("Gridleaf Power Point", "POINT") ERC20Permit("Gridleaf Power Point") AccessManaged(authority_) {}

    // Deposit into escrow

    /// @inheritdoc IPowerPoint
    function mint(address to, uint256 amount, bytes32 bankReference) external restricted {
        _checkMovement(amount, bankReference);
        if (referenceUsed[bankReference]) revert PowerPoint_ReferenceUsed(bankReference);

        referenceUsed[bankReference] = true;
        _escrow.deposited += amount.toUint128();
        _mint(to, amount);
        emit PointsMinted(to, amount, bankReference);
    }

    // Withdrawal from escrow

    /// @inheritdoc IPowerPoint
    function burn(uint256 amount, bytes32 withdrawalReference) external {
        _checkMovement(amount, withdrawalReference);

        _escrow.withdrawn += amount.toUint128();
        _burn(_msgSender(), amount);
        emit PointsBurned(_msgSender(), amount, withdrawalReference);
    }

    function _checkMovement(uint256 amount, bytes32 bankReference) private pure {
        if (amount == 0) revert PowerPoint_ZeroAmount();
        if (bankReference == 0) revert PowerPoint_ZeroReference();
    }

    // Views

    /// @inheritdoc IPowerPoint
    function escrow() external view returns (uint256 deposited, uint256 withdrawn) {
        return (_escrow.deposited, _escrow.withdrawn);
    }
}
