"""New members accept their terms, and the operator registers them: every problem first, then nothing or everything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from offchain.chain.batches import batches
from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.chain.reverts import RevertedError
from offchain.chain.sender import Transaction
from offchain.chain.typed_data import domain_of
from offchain.errors import InputError
from offchain.members.papers import REGISTRATION
from offchain.members.registrations import Registration

CONTRACT = "MemberRegistry"
REGISTER_BATCH = 100


@dataclass(frozen=True, kw_only=True)
class PlannedBatch:
    """A transaction that would register some members."""

    members: int
    gas: int
    """As the chain estimates it now."""


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A member and its number."""

    id: int
    account: str
    reference: str


def accept(client: Client, registrations: Sequence[Registration], *, keys: Sequence[Key]) -> list[Registration]:
    """The registrations, each with its member's signature under the terms; `keys` in the same order.

    Raises:
        InputError: a key is not that of its account.
    """
    domain = domain_of(client, client.contract(CONTRACT))
    accepted = []
    for entry, key in zip(registrations, keys, strict=True):
        if key.address.lower() != entry.account.lower():
            raise InputError(f"key {key.name} is of {key.address}, the terms are for {entry.account}")
        accepted.append(replace(entry, acceptance=domain.sign(key, REGISTRATION, entry.terms)))
    return accepted


def register(client: Client, registrations: Sequence[Registration], *, key: Key) -> list[Transaction]:
    """Register members who have accepted, up to 100 in a transaction; `key` is the operator's."""
    contract = client.contract(CONTRACT)
    return [
        Transaction(
            contract("register", [entry.terms for entry in batch], [entry.acceptance for entry in batch]),
            key,
            items=len(batch),
        )
        for batch in batches(registrations, REGISTER_BATCH)
    ]


def check_registrations(client: Client, registrations: Sequence[Registration], *, operator: Key) -> None:
    """Ask the contract about every registration on its own, as if the operator sent it now.

    Raises:
        InputError: it would refuse some; names each with its reason.
        ChainError: the chain does not answer.
    """
    contract = client.contract(CONTRACT)
    problems = []
    for position, entry in enumerate(registrations, 1):
        try:
            client.call(contract("register", [entry.terms], [entry.acceptance]), sender=operator.address)
        except RevertedError as error:
            name = f" ({entry.reference})" if entry.reference else ""
            problems.append(f"member {position} of the file{name}, account {entry.account}: {error.revert}")
    if problems:
        raise InputError(
            f"{client.endpoint} would refuse {len(problems)} of {len(registrations)}: {'; '.join(problems)}"
        )


def plan_registrations(client: Client, registrations: Sequence[Registration], *, operator: Key) -> list[PlannedBatch]:
    """What would be sent, and its gas; nothing is.

    Raises:
        InputError: as `check_registrations`.
        ChainError: the chain does not answer.
    """
    check_registrations(client, registrations, operator=operator)
    planned = register(client, registrations, key=operator)
    answers = client.connection.batch(("eth_estimateGas", [transaction.request]) for transaction in planned)
    return [
        PlannedBatch(members=transaction.items, gas=int(gas, 16))
        for transaction, gas in zip(planned, answers, strict=True)
    ]


def register_members(client: Client, registrations: Sequence[Registration], *, operator: Key) -> list[Registered]:
    """Register new members, once the contract would take every one, and say which number each has got.

    Raises:
        InputError: as `check_registrations`; nothing is sent.
        RevertedError: the contract refused a batch.
        ChainError: the chain did not take or mine a transaction.
    """
    check_registrations(client, registrations, operator=operator)
    receipts = client.send_many(register(client, registrations, key=operator))
    events = [event for receipt in receipts for event in client.receipt_events(receipt)]
    return [
        Registered(id=event.values.id, account=event.values.account, reference=entry.reference)
        for event, entry in zip(events, registrations, strict=True)
    ]
