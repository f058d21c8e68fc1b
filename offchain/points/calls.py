"""What is sent to PowerPoint: deposits minted, points moved, bills paid, the escrow account stated."""

from collections.abc import Sequence

from offchain.chain.batches import batches
from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.chain.sender import Transaction
from offchain.chain.typed_data import CoSignature, domain_of
from offchain.points.papers import BILL, DEPOSIT_STATEMENT
from offchain.points.records import Bill, Deposit

CONTRACT = "PowerPoint"
DEPOSIT_BATCH = 100


def mint(client: Client, deposits: Sequence[Deposit], *, deadline: int, second: Key, key: Key) -> list[Transaction]:
    """Mint against deposits, up to 100 in a transaction.

    Args:
        client: of the chain.
        deposits: in their order.
        deadline: until when the second person's confirmation holds [s].
        second: the bank's second person.
        key: the bank's.
    """
    contract = client.contract(CONTRACT)
    domain = domain_of(client, contract)
    transactions = []
    for batch in batches(deposits, DEPOSIT_BATCH):
        statement = {"deposits": [deposit.message for deposit in batch], "deadline": deadline}
        signed = domain.co_sign(second, DEPOSIT_STATEMENT, statement)
        transactions.append(Transaction(contract("mint", statement, signed), key, items=len(batch)))
    return transactions


def state_escrow(client: Client, balance: int, *, document: bytes, key: Key) -> list[Transaction]:
    """State what the escrow account held at the end of the day before [point-wei]; `document` is the paper's hash."""
    return [Transaction(client.contract(CONTRACT)("stateEscrow", balance, document), key)]


def approve(client: Client, spender: str, *, amount: int, key: Key, gas: int | None = None) -> list[Transaction]:
    """Let the contract of that name take so many points [point-wei]."""
    return [Transaction(client.contract(CONTRACT)("approve", client.contract(spender).address, amount), key, gas=gas)]


def transfer(client: Client, account: str, *, amount: int, key: Key) -> list[Transaction]:
    """Move points to an account [point-wei]."""
    return [Transaction(client.contract(CONTRACT)("transfer", account, amount), key)]


def sign_bill(client: Client, bill: Bill, *, key: Key) -> CoSignature:
    """The utility's signature under a bill."""
    return domain_of(client, client.contract(CONTRACT)).co_sign(key, BILL, bill.message)


def pay_bill(client: Client, bill: Bill, *, utility: CoSignature, key: Key) -> list[Transaction]:
    """Pay a bill that a utility has signed, with the payer's key."""
    return [Transaction(client.contract(CONTRACT)("payBill", bill.message, utility), key)]
