// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IFreezeList} from "../../interfaces/members/IFreezeList.sol";
import {IPowerPoint} from "../../interfaces/points/IPowerPoint.sol";
import {Roles} from "../libraries/Roles.sol";
import {TwoPersonRule} from "../libraries/TwoPersonRule.sol";

/// @title Power points: bill credit backed one to one by an escrow account
contract PowerPoint is ERC20Permit, AccessManaged, IPowerPoint {
    using SafeCast for uint256;

    /// @dev Counted on their own, so that supply = deposited - withdrawn can be checked.
    struct Escrow {
        uint112 deposited; // [point-wei]
        uint112 withdrawn; // [point-wei]
        uint32 day; // of the last movement, counted from 1 January 1970
    }

    uint256 public constant BATCH_CAP = 100;
    uint256 public constant UNIT = 1e16; // 0.01 yuan, the least that a bank account or a bill knows [point-wei]
    bytes32 private constant DEPOSIT_TYPE = keccak256("Deposit(address to,uint256 amount,bytes32 bankReference)");
    bytes32 private constant STATEMENT_TYPE =
        keccak256(
            "DepositStatement(Deposit[] deposits,uint256 deadline)"
            "Deposit(address to,uint256 amount,bytes32 bankReference)"
        );
    bytes32 private constant BILL_TYPE =
        keccak256("Bill(address payer,uint256 amount,bytes32 billId,uint256 deadline)");

    IFreezeList public immutable freezes;

    /// @inheritdoc IPowerPoint
    uint256 public dailyMintLimit; // [point-wei]
    /// @inheritdoc IPowerPoint
    mapping(uint256 day => uint256 amount) public mintedOn; // [point-wei]
    /// @inheritdoc IPowerPoint
    mapping(bytes32 bankReference => bool) public referenceUsed;
    /// @inheritdoc IPowerPoint
    mapping(address utility => mapping(bytes32 billId => bool)) public billPaid;

    Escrow private _escrow; // slot 13, to be proven below the state root of any block
    uint256 private _supplyBefore; // before the first movement of that day [point-wei]
    mapping(uint256 day => EscrowStatement) private _statements;

    constructor(
        address authority_,
        IFreezeList freezes_,
        uint256 dailyMintLimit_
    ) ERC20("Gridleaf Power Point", "POINT") ERC20Permit("Gridleaf Power Point") AccessManaged(authority_) {
        freezes = freezes_;
        _setDailyMintLimit(dailyMintLimit_);
    }

    // Deposit into escrow

    /// @inheritdoc IPowerPoint
    function mint(
        DepositStatement calldata statement,
        TwoPersonRule.CoSignature calldata coSignature
    ) external restricted {
        uint256 size = statement.deposits.length;
        if (size == 0 || size > BATCH_CAP) revert PowerPoint_BatchSize(size, BATCH_CAP);
        _checkDeadline(statement.deadline);
        TwoPersonRule.requireBoth(
            authority(),
            Roles.BANK,
            Roles.BANK_COSIGNER,
            statementDigest(statement),
            coSignature
        );

        uint256 total;
        for (uint256 i; i < size; ++i) total += _mintDeposit(statement.deposits[i]);
        _countEscrow(total, 0);
        _countMinted(total);
    }

    function _mintDeposit(Deposit calldata deposit) private returns (uint256 amount) {
        amount = deposit.amount;
        _checkMovement(amount, deposit.bankReference);
        if (referenceUsed[deposit.bankReference]) revert PowerPoint_ReferenceUsed(deposit.bankReference);

        referenceUsed[deposit.bankReference] = true;
        _mint(deposit.to, amount);
        emit PointsMinted(deposit.to, amount, deposit.bankReference);
    }

    function _countMinted(uint256 amount) private {
        uint256 day = _today();
        uint256 minted = mintedOn[day] + amount;
        if (minted > dailyMintLimit) revert PowerPoint_AboveDailyLimit(day, minted, dailyMintLimit);
        mintedOn[day] = minted;
    }

    /// @dev The first movement of a day keeps what the days before closed with. One word is written anew once a day; a
    /// supply for every day would cost a new one.
    function _countEscrow(uint256 deposited, uint256 withdrawn) private {
        Escrow memory sums = _escrow;
        uint32 day = uint32(_today());
        if (sums.day != day) _supplyBefore = sums.deposited - sums.withdrawn;
        _escrow = Escrow({
            deposited: (sums.deposited + deposited).toUint112(),
            withdrawn: (sums.withdrawn + withdrawn).toUint112(),
            day: day
        });
    }

    // Withdrawal from escrow

    /// @inheritdoc IPowerPoint
    function burn(uint256 amount, bytes32 withdrawalReference) external {
        _checkMovement(amount, withdrawalReference);

        _withdraw(amount);
        emit PointsBurned(_msgSender(), amount, withdrawalReference);
    }

    /// @inheritdoc IPowerPoint
    function payBill(Bill calldata bill, TwoPersonRule.CoSignature calldata utility) external {
        _checkMovement(bill.amount, bill.billId);
        _checkDeadline(bill.deadline);
        if (billPaid[utility.signer][bill.billId]) revert PowerPoint_BillPaid(utility.signer, bill.billId);
        TwoPersonRule.requireSigned(authority(), Roles.UTILITY, billDigest(bill), utility);

        billPaid[utility.signer][bill.billId] = true;
        _withdraw(bill.amount);
        emit BillPaid(bill.billId, utility.signer, bill.payer, _msgSender(), bill.amount);
    }

    function _withdraw(uint256 amount) private {
        _countEscrow(0, amount);
        _burn(_msgSender(), amount);
    }

    function _checkMovement(uint256 amount, bytes32 movement) private pure {
        if (amount == 0) revert PowerPoint_ZeroAmount();
        if (amount % UNIT != 0) revert PowerPoint_PartOfUnit(amount, UNIT);
        if (movement == 0) revert PowerPoint_ZeroReference();
    }

    function _checkDeadline(uint256 deadline) private view {
        if (block.timestamp > deadline) revert PowerPoint_Expired(deadline, block.timestamp);
    }

    // Movement

    /// @dev Every movement of points comes through here: none may leave a frozen account.
    function _update(address from, address to, uint256 value) internal override {
        if (from != address(0)) freezes.requireNotFrozen(from);
        super._update(from, to, value);
    }

    /// @dev Nor may a frozen account move the points of others.
    function _spendAllowance(address owner, address spender, uint256 value) internal override {
        freezes.requireNotFrozen(spender);
        super._spendAllowance(owner, spender, value);
    }

    // Escrow statement

    /// @inheritdoc IPowerPoint
    function stateEscrow(uint256 balance, bytes32 documentHash) external restricted {
        uint256 day = _today() - 1;
        if (documentHash == 0) revert PowerPoint_ZeroReference();
        uint256 supply = closingSupply();
        if (balance != supply) revert PowerPoint_StatementDiffers(balance, supply);
        if (_statements[day].documentHash != 0) revert PowerPoint_StatementPosted(day);

        _statements[day] = EscrowStatement({
            documentHash: documentHash,
            balance: balance.toUint128(),
            blockNumber: uint64(block.number)
        });
        emit EscrowStated(day, documentHash, balance);
    }

    // Administration

    /// @inheritdoc IPowerPoint
    function setDailyMintLimit(uint256 limit) external restricted {
        _setDailyMintLimit(limit);
    }

    function _setDailyMintLimit(uint256 limit) private {
        dailyMintLimit = limit;
        emit DailyMintLimitSet(limit);
    }

    // Views

    /// @inheritdoc IPowerPoint
    function statementDigest(DepositStatement calldata statement) public view returns (bytes32) {
        uint256 size = statement.deposits.length;
        bytes32[] memory hashes = new bytes32[](size);
        for (uint256 i; i < size; ++i) hashes[i] = keccak256(abi.encode(DEPOSIT_TYPE, statement.deposits[i]));
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(STATEMENT_TYPE, keccak256(abi.encodePacked(hashes)), statement.deadline)
                )
            );
    }

    /// @inheritdoc IPowerPoint
    function billDigest(Bill calldata bill) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(BILL_TYPE, bill)));
    }

    /// @inheritdoc IPowerPoint
    function escrow() external view returns (uint256 deposited, uint256 withdrawn) {
        return (_escrow.deposited, _escrow.withdrawn);
    }

    /// @inheritdoc IPowerPoint
    function closingSupply() public view returns (uint256 supply) {
        return _escrow.day == _today() ? _supplyBefore : totalSupply();
    }

    /// @inheritdoc IPowerPoint
    function statementOf(uint256 day) external view returns (EscrowStatement memory) {
        return _statements[day];
    }

    function _today() private view returns (uint256 day) {
        return block.timestamp / 1 days;
    }
}
