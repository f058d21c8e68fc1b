// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title The contract that the tests of offchain/chain talk to; Counter.json beside it is its compiled form.
contract Counter {
    struct Step {
        uint256 amount;
        string note;
    }

    struct State {
        uint256 total;
        address last;
        Step[] steps;
    }

    error Counter_TooLarge(uint256 amount, uint256 largest);
    error Counter_Closed();
    error Counter_Refused(address who, bytes32 reason, string note);

    event Added(address indexed by, uint256 indexed amount, uint256 total, string note);
    event Closed();

    uint256 public total;
    uint256 public immutable largest;
    bool public closed;
    address public last;
    Step[] internal _steps;

    constructor(uint256 largest_) {
        largest = largest_;
    }

    function add(uint256 amount) external {
        _add(Step(amount, ""));
    }

    function addStep(Step calldata step) external payable {
        _add(step);
    }

    function addAll(Step[] calldata steps) external {
        for (uint256 i = 0; i < steps.length; ++i) _add(steps[i]);
    }

    function close() external {
        if (closed) revert Counter_Closed();
        closed = true;
        emit Closed();
    }

    function refuse(bytes32 reason) external view {
        revert Counter_Refused(msg.sender, reason, "no");
    }

    function overflow() external view returns (uint256) {
        return total - type(uint256).max;
    }

    function requireNothing() external view {
        require(total == type(uint256).max, "never that many");
    }

    function afterTime(uint256 moment) external {
        require(block.timestamp < moment, "too late");
        ++total;
    }

    function burn(uint256 rounds) external {
        for (uint256 i = 0; i < rounds; ++i) total += 1;
    }

    function pick(uint256 a) external pure returns (uint256) {
        return a;
    }

    function pick(address a) external pure returns (address) {
        return a;
    }

    function state() external view returns (State memory) {
        return State(total, last, _steps);
    }

    function pair() external view returns (uint256 sum, address who) {
        return (total, last);
    }

    function _add(Step memory step) private {
        if (closed) revert Counter_Closed();
        if (step.amount > largest) revert Counter_TooLarge(step.amount, largest);
        total += step.amount;
        last = msg.sender;
        if (bytes(step.note).length > 0) _steps.push(step);
        emit Added(msg.sender, step.amount, total, step.note);
    }
}
