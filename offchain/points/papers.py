"""What is signed about power points (EIP-712), in the domain of `PowerPoint`."""

from offchain.chain.typed_data import fields

PERMIT = {"Permit": fields(owner="address", spender="address", value="uint256", nonce="uint256", deadline="uint256")}
"""By a holder of points (ERC-2612)."""
DEPOSIT_STATEMENT = {
    "DepositStatement": fields(deposits="Deposit[]", deadline="uint256"),
    "Deposit": fields(to="address", amount="uint256", bankReference="bytes32"),
}
"""By the bank's second person."""
BILL = {"Bill": fields(payer="address", amount="uint256", billId="bytes32", deadline="uint256")}
"""By the utility that is paid."""
