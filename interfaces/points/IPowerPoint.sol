// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {TwoPersonRule} from "../../contracts/libraries/TwoPersonRule.sol";

/// @title Power points: bill credit backed one to one by an escrow account
/// @notice 1 point = 1 yuan = 1e18 point-wei. An ERC-20 token with permit (ERC-2612); supply = escrow at every block.
/// Points leave a frozen account by no way; they still reach it. Days are days of UTC. What enters and leaves escrow
/// is a multiple of 0.01 yuan; between accounts points are divisible down to the wei.
interface IPowerPoint {
    /// @notice Money that has arrived in the escrow account for somebody.
    struct Deposit {
        address to;
        uint256 amount; // [point-wei]
        bytes32 bankReference; // of the bank movement
    }

    /// @notice What a second person of the bank signs (EIP-712).
    struct DepositStatement {
        Deposit[] deposits;
        uint256 deadline; // [s]
    }

    /// @notice What the utility signs (EIP-712): the bill is settled once this amount is burned.
    struct Bill {
        address payer;
        uint256 amount; // [point-wei]
        bytes32 billId; // of the utility's books
        uint256 deadline; // [s]
    }

    /// @notice The bank's word on a day's escrow.
    struct EscrowStatement {
        bytes32 documentHash; // keccak256 of the bank's document
        uint128 balance; // at the end of the day, and the supply then [point-wei]
        uint64 blockNumber; // in which it was stated
    }

    /// @notice A statement holds at least one and at most `cap` deposits.
    error PowerPoint_BatchSize(uint256 size, uint256 cap);
    /// @notice Nothing to mint or burn.
    error PowerPoint_ZeroAmount();
    /// @notice A bank account and a bill count in units of 0.01 yuan.
    error PowerPoint_PartOfUnit(uint256 amount, uint256 unit);
    /// @notice Every mint and burn names its bank movement, bill or document.
    error PowerPoint_ZeroReference();
    /// @notice A bank reference backs one mint only.
    error PowerPoint_ReferenceUsed(bytes32 bankReference);
    /// @notice The day's mints may not exceed the limit.
    error PowerPoint_AboveDailyLimit(uint256 day, uint256 minted, uint256 limit);
    /// @notice The signed terms have lapsed.
    error PowerPoint_Expired(uint256 deadline, uint256 time);
    /// @notice A utility's bill is paid once.
    error PowerPoint_BillPaid(address utility, bytes32 billId);
    /// @notice The escrow account did not hold what the points said at the end of the day.
    error PowerPoint_StatementDiffers(uint256 balance, uint256 supply);
    /// @notice A day has one escrow statement.
    error PowerPoint_StatementPosted(uint256 day);

    event PointsMinted(address indexed to, uint256 amount, bytes32 indexed bankReference); // amount [point-wei]
    event PointsBurned(address indexed holder, uint256 amount, bytes32 indexed withdrawalReference); // [point-wei]
    event BillPaid(
        bytes32 indexed billId,
        address indexed utility,
        address indexed payer,
        address from, // whose points were burned
        uint256 amount // [point-wei]
    );
    event EscrowStated(uint256 indexed day, bytes32 indexed documentHash, uint256 balance); // balance [point-wei]
    event DailyMintLimitSet(uint256 limit); // [point-wei]

    /// @notice Mints against deposits (at most 100) that a second person of the bank has confirmed.
    function mint(
        DepositStatement calldata statement,
        TwoPersonRule.CoSignature calldata coSignature
    ) external;

    /// @notice Burns the caller's points against a withdrawal from escrow.
    function burn(uint256 amount, bytes32 withdrawalReference) external; // amount [point-wei]

    /// @notice Burns the caller's points against a bill that the utility has signed: the escrow behind them is the
    /// utility's. Anybody may pay for the payer.
    function payBill(Bill calldata bill, TwoPersonRule.CoSignature calldata utility) external;

    /// @notice Records the bank's statement of the day before, which must equal the supply at its end: no movement of
    /// today can come in between.
    function stateEscrow(uint256 balance, bytes32 documentHash) external; // balance [point-wei]

    /// @notice Sets how much may be minted in a day.
    function setDailyMintLimit(uint256 limit) external; // [point-wei]

    /// @notice The EIP-712 digest that the second person of the bank signs.
    function statementDigest(DepositStatement calldata statement) external view returns (bytes32);

    /// @notice The EIP-712 digest that the utility signs.
    function billDigest(Bill calldata bill) external view returns (bytes32);

    /// @notice Whether a bank reference has backed a mint.
    function referenceUsed(bytes32 bankReference) external view returns (bool);

    /// @notice Whether a utility's bill has been paid.
    function billPaid(address utility, bytes32 billId) external view returns (bool);

    /// @notice All deposits so far and all withdrawals so far [point-wei]; their difference is the supply.
    function escrow() external view returns (uint256 deposited, uint256 withdrawn);

    /// @notice How much may be minted in a day [point-wei].
    function dailyMintLimit() external view returns (uint256 limit);

    /// @notice What was minted on a day, counted from 1 January 1970 [point-wei].
    function mintedOn(uint256 day) external view returns (uint256 amount);

    /// @notice The supply at the end of the day before [point-wei].
    function closingSupply() external view returns (uint256 supply);

    /// @notice The bank's statement of a day; empty without one.
    function statementOf(uint256 day) external view returns (EscrowStatement memory);
}
