// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {ERC165, IERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";

/// @notice A receiver of certificates that accepts, refuses, answers wrongly or strikes back with one call, and remembers
/// what it was told. It can call other contracts for whoever asks.
contract CertificateReceiver is ERC165, IERC1155Receiver {
    enum Manner {
        Accepts,
        AnswersWrongly,
        Refuses,
        RefusesSilently,
        Strikes
    }

    error Refused(address operator, address from);

    Manner public manner;
    address public target;
    bytes public strike;
    bool public struck;
    bool public strikeSucceeded;
    bytes public strikeReturned;

    bool public batch;
    address public operator;
    address public origin;
    uint256[] private _ids;
    uint256[] private _values;
    bytes public data;
    uint256 public calls;

    function behave(Manner manner_, address target_, bytes calldata strike_) external {
        (manner, target, strike) = (manner_, target_, strike_);
    }

    function execute(address to, bytes calldata call) external returns (bytes memory) {
        (bool success, bytes memory returned) = to.call(call);
        require(success, "call failed");
        return returned;
    }

    function onERC1155Received(
        address operator_,
        address from_,
        uint256 id,
        uint256 value,
        bytes calldata data_
    ) external returns (bytes4) {
        uint256[] memory ids = new uint256[](1);
        uint256[] memory values = new uint256[](1);
        (ids[0], values[0]) = (id, value);
        return _received(false, operator_, from_, ids, values, data_);
    }

    function onERC1155BatchReceived(
        address operator_,
        address from_,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data_
    ) external returns (bytes4) {
        return _received(true, operator_, from_, ids, values, data_);
    }

    function _received(
        bool batch_,
        address operator_,
        address from_,
        uint256[] memory ids,
        uint256[] memory values,
        bytes calldata data_
    ) private returns (bytes4) {
        if (manner == Manner.Refuses) revert Refused(operator_, from_);
        if (manner == Manner.RefusesSilently) revert();
        (batch, operator, origin, _ids, _values, data) = (batch_, operator_, from_, ids, values, data_);
        ++calls;
        if (manner == Manner.Strikes && !struck) {
            struck = true;
            (strikeSucceeded, strikeReturned) = target.call(strike);
        }
        if (manner == Manner.AnswersWrongly) return bytes4(0xdeadbeef);
        return batch_ ? this.onERC1155BatchReceived.selector : this.onERC1155Received.selector;
    }

    function received() external view returns (uint256[] memory ids, uint256[] memory values) {
        return (_ids, _values);
    }

    function supportsInterface(bytes4 interfaceId) public view override(ERC165, IERC165) returns (bool) {
        return interfaceId == type(IERC1155Receiver).interfaceId || super.supportsInterface(interfaceId);
    }
}
