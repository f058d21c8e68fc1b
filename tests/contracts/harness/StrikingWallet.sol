// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @notice A member's account that does something else when it is asked for its signature (ERC-1271): it strikes with one
/// call, and says yes or no by what came of it, or it burns all gas that it is given.
contract StrikingWallet {
    address public immutable owner;
    address public target;
    bytes public strike;
    bool public yesWhenStruck;
    bool public burning;

    constructor(address owner_) {
        owner = owner_;
    }

    function prepare(address target_, bytes calldata strike_, bool yesWhenStruck_) external {
        (target, strike, yesWhenStruck) = (target_, strike_, yesWhenStruck_);
    }

    function burn(bool burning_) external {
        burning = burning_;
    }

    function execute(address target_, bytes calldata data) external {
        require(msg.sender == owner, "not the owner");
        (bool success, ) = target_.call(data);
        require(success, "call failed");
    }

    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        while (burning) {}
        (bool struck, ) = target.call(strike);
        return struck == yesWhenStruck ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
