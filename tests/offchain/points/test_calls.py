"""Points: what is sent says what was given, and the second person's signature is over it."""

import pytest

from offchain.points.calls import approve, mint, pay_bill, sign_bill, state_escrow, transfer
from offchain.points.records import Bill, Deposit
from tests.support.paper_client import PaperClient, key_of, sent, signed_by
from tests.support.signing import DEPOSIT_STATEMENT

DEADLINE = 4_102_444_800
DOCUMENT = b"\x0d" * 32
BILL = {
    "Bill": [
        {"name": "payer", "type": "address"},
        {"name": "amount", "type": "uint256"},
        {"name": "billId", "type": "bytes32"},
        {"name": "deadline", "type": "uint256"},
    ]
}


@pytest.fixture
def client():
    return PaperClient("PowerPoint", "MarginDesk")


def deposits(count):
    account = key_of("holder").address
    return [Deposit(to=account, amount=10**16 * n, reference=n.to_bytes(32)) for n in range(1, count + 1)]


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1])])
def test_deposits_are_minted_up_to_100_in_a_transaction(client, count, sizes):
    given = deposits(count)
    transactions = mint(client, given, deadline=DEADLINE, second=key_of("second"), key=key_of("bank"))
    assert [transaction.items for transaction in transactions] == sizes
    minted = []
    for contract, function, ((batch, deadline), (signer, signature)), key in sent(client, transactions):
        assert (contract, function, deadline, key) == ("PowerPoint", "mint", DEADLINE, "paper bank")
        paper = {"types": DEPOSIT_STATEMENT, "message": (list(batch), deadline), "signature": signature}
        assert signer == key_of("second").address == signed_by(client, "PowerPoint", **paper)
        minted += batch
    assert minted == [(deposit.to, deposit.amount, deposit.reference) for deposit in given]


def test_a_bill_is_paid_with_the_utility_s_signature(client):
    payer, utility = key_of("payer"), key_of("utility")
    bill = Bill(payer=payer.address, amount=7, reference=DOCUMENT, deadline=DEADLINE)
    signature = sign_bill(client, bill, key=utility)
    message = (payer.address, 7, DOCUMENT, DEADLINE)
    assert sent(client, pay_bill(client, bill, utility=signature, key=payer)) == [
        ("PowerPoint", "payBill", (message, (utility.address, signature[1])), "paper payer")
    ]
    assert signed_by(client, "PowerPoint", types=BILL, message=message, signature=signature[1]) == utility.address


def test_points_move_and_the_escrow_is_stated(client):
    holder, other = key_of("holder"), key_of("other").address
    (allowed,) = approve(client, "MarginDesk", amount=5, key=holder, gas=60_000)
    assert allowed.gas == 60_000
    transactions = [
        allowed,
        *transfer(client, other, amount=6, key=holder),
        *state_escrow(client, 9, document=DOCUMENT, key=key_of("bank")),
    ]
    assert sent(client, transactions) == [
        ("PowerPoint", "approve", (client.contract("MarginDesk").address, 5), "paper holder"),
        ("PowerPoint", "transfer", (other, 6), "paper holder"),
        ("PowerPoint", "stateEscrow", (9, DOCUMENT), "paper bank"),
    ]
