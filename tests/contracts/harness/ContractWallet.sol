// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC1155Holder} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Holder.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice A member whose account is a contract: its owner signs for it (ERC-1271) and calls through it. When it
/// receives certificates it can strike back with one call, whose outcome it keeps.
contract ContractWallet is IERC1271, ERC1155Holder {
    address public immutable owner;
    address public target;
    bytes public callOnReceipt;
    bool public struckBack;
    bool public strikeSucceeded;
    bytes public strikeReturned;

    constructor(address owner_) {
        owner = owner_;
    }

    function strikeOnReceipt(address target_, bytes calldata data) external {
        target = target_;
        callOnReceipt = data;
    }

    function execute(address target_, bytes calldata data) external returns (bytes memory) {
        require(msg.sender == owner, "not the owner");
        (bool success, bytes memory returned) = target_.call(data);
        require(success, "call failed");
        return returned;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer, , ) = ECDSA.tryRecover(hash, signature);
        return signer == owner ? IERC1271.isValidSignature.selector : bytes4(0);
    }

    function onERC1155BatchReceived(
        address operator,
        address from,
        uint256[] memory ids,
        uint256[] memory values,
        bytes memory data
    ) public override returns (bytes4) {
        if (target != address(0)) {
            struckBack = true;
            (strikeSucceeded, strikeReturned) = target.call(callOnReceipt);
        }
        return super.onERC1155BatchReceived(operator, from, ids, values, data);
    }
}
