// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A hostile token that is a member of the market it is traded in: it accepts whatever it is asked to, and
/// while the market pays it out, it calls the market again.
contract StrikingPoints is ERC20, IERC1271 {
    address public market;
    bytes public callOnPayment;
    bool public struckBack;
    bool public strikeSucceeded;
    bytes public strikeReturned;

    constructor() ERC20("Striking Points", "STRIKE") {
        _mint(address(this), 1_000_000 ether);
    }

    function arm(address market_, bytes calldata data) external {
        market = market_;
        callOnPayment = data;
    }

    function callMarket(address market_, bytes calldata data) external {
        _approve(address(this), market_, type(uint256).max);
        (bool success, bytes memory returned) = market_.call(data);
        require(success, string(returned));
    }

    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return IERC1271.isValidSignature.selector;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && from == market && !struckBack) {
            struckBack = true;
            (strikeSucceeded, strikeReturned) = market.call(callOnPayment);
        }
    }
}
