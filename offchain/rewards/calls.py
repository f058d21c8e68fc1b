"""What is sent to the contracts of rewards: welcome grants, deliveries of bundled agreements, a day's rewards."""

from collections.abc import Mapping, Sequence

from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.chain.sender import Transaction
from offchain.points.calls import transfer

POOL, ENERGY = "RewardPool", "EnergyRewards"


def fund(client: Client, amount: int, *, key: Key) -> list[Transaction]:
    """Move points of the key's account into the pool [point-wei]."""
    return transfer(client, client.contract(POOL).address, amount=amount, key=key)


def open_welcomes(client: Client, organisations: Mapping[int, bytes], *, key: Key) -> list[Transaction]:
    """Open the welcome grants of devices, one in a transaction.

    `organisations` are salted hashes of their owners' codes by device; `key` is the operator's.
    """
    pool = client.contract(POOL)
    return [
        Transaction(pool("openWelcome", device, organisation), key) for device, organisation in organisations.items()
    ]


def claim_welcome(client: Client, device: int, *, key: Key) -> list[Transaction]:
    """Claim what has vested of a device's welcome grant, by its owner."""
    return [Transaction(client.contract(POOL)("claimWelcome", device), key)]


def deliver(client: Client, devices: Sequence[tuple[int, int]], *, day: int, key: Key) -> list[Transaction]:
    """Move the certificates of bundled agreements to their buyers, one agreement in a transaction. Anybody may.

    Each is the index of an agreement within its market day and the device that certifies its energy.
    """
    contract = client.contract(ENERGY)
    return [Transaction(contract("deliver", day, index, device), key) for index, device in devices]


def close_rewards(client: Client, day: int, *, key: Key) -> list[Transaction]:
    """Scale the rewards of a market day to what the pool has. Anybody may."""
    return [Transaction(client.contract(ENERGY)("close", day), key)]


def claim_rewards(client: Client, members: Sequence[int], *, day: int, key: Key) -> list[Transaction]:
    """Credit members with their rewards of a closed day, one in a transaction. Anybody may."""
    contract = client.contract(ENERGY)
    return [Transaction(contract("claim", member, day), key) for member in members]
