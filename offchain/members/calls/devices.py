"""Production devices: recorded by the operator, backed by a bond of their owner, their meters' keys replaced."""

from collections.abc import Sequence

from offchain.chain.batches import batches
from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.chain.sender import Transaction
from offchain.chain.typed_data import domain_of
from offchain.members.papers import BOND_FORFEITURE, METER_KEY_CONSENT
from offchain.members.records import FIRST_DEVICE_METER, NewDevice

CONTRACT = "DeviceRegistry"
REGISTER_BATCH = 100


def register_devices(client: Client, devices: Sequence[NewDevice], *, key: Key) -> list[Transaction]:
    """Record devices, up to 100 in a transaction; `key` is the operator's."""
    contract = client.contract(CONTRACT)
    return [
        Transaction(contract("register", [device.terms for device in batch]), key, items=len(batch))
        for batch in batches(devices, REGISTER_BATCH)
    ]


def bond_amount(client: Client) -> int:
    """The bond of a device [point-wei].

    Raises:
        ChainError: the chain does not answer.
    """
    return int(client.call(client.contract(CONTRACT)("bondAmount")))


def post_bond(client: Client, device: int, *, key: Key, gas: int | None = None) -> list[Transaction]:
    """Post the bond of a device by its owner, who has given the registry an allowance of points.

    `gas` must be given when the allowance is sent with it [gas].
    """
    return [Transaction(client.contract(CONTRACT)("postBond", device), key, gas=gas)]


def forfeit_bond(
    client: Client, device: int, *, beneficiary: str, reason: bytes, deadline: int, second: Key, key: Key
) -> list[Transaction]:
    """Give the bond that a device has now to a beneficiary, for cause.

    Args:
        client: of the chain.
        device: whose bond.
        beneficiary: account that gets it.
        reason: hash of the decision.
        deadline: until when the second person's signature holds [s].
        second: the regulator's second person.
        key: the regulator's.

    Raises:
        ChainError: the chain does not answer.
    """
    contract = client.contract(CONTRACT)
    message = {
        "device": device,
        "beneficiary": beneficiary,
        "reason": reason,
        "bondCount": client.call(contract("deviceOf", device)).bondCount,
        "deadline": deadline,
    }
    signed = domain_of(client, contract).co_sign(second, BOND_FORFEITURE, message)
    return [Transaction(contract("forfeitBond", device, beneficiary, reason, deadline, signed), key)]


def replace_device_key(
    client: Client, device: int, *, meter_key: str, deadline: int, owner: Key, key: Key
) -> list[Transaction]:
    """Put another key into a device's meter, with its owner's consent until `deadline` [s]; `key` is the operator's.

    Raises:
        ChainError: the chain does not answer.
    """
    contract = client.contract(CONTRACT)
    message = {
        "meter": FIRST_DEVICE_METER + device,
        "meterKey": meter_key,
        "keyChanges": client.call(contract("deviceOf", device)).keyChanges,
        "deadline": deadline,
    }
    consent = domain_of(client, contract).sign(owner, METER_KEY_CONSENT, message)
    return [Transaction(contract("replaceMeterKey", device, meter_key, deadline, consent), key)]
