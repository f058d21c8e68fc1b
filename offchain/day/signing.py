"""What members and meters sign on a trading day (EIP-712), each with its own key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from offchain.chain.abi import Contract
from offchain.chain.client import Client
from offchain.chain.keys import Key, local_key
from offchain.chain.typed_data import sign_typed
from offchain.day.participants import Participant

Fields = Sequence[Mapping[str, str]]


def _fields(**types: str) -> Fields:
    return [{"name": name, "type": kind} for name, kind in types.items()]


PERMIT = {
    "Permit": _fields(owner="address", spender="address", value="uint256", nonce="uint256", deadline="uint256")
}  # ERC-2612
DAY_SHEET = {
    "DaySheet": _fields(meter="uint32", day="uint32", revision="uint16", importWh="uint256[3]", exportWh="uint256[3]")
}
REGISTRATION = {
    "Registration": _fields(
        account="address",
        meterKey="address",
        node="uint32",
        kind="uint8",
        group="uint32",
        importW="uint32",
        exportW="uint32",
        deadline="uint64",
    )
}
DEPOSIT_STATEMENT = {
    "DepositStatement": _fields(deposits="Deposit[]", deadline="uint256"),
    "Deposit": _fields(to="address", amount="uint256", bankReference="bytes32"),
}
BILL = {"Bill": _fields(payer="address", amount="uint256", billId="bytes32", deadline="uint256")}


@dataclass(frozen=True)
class Domain:
    """A contract's EIP-712 domain, as the contract itself states it."""

    fields: Mapping[str, Any]

    def sign(self, key: Key, types: Mapping[str, Fields], message: Mapping[str, Any]) -> bytes:
        """The signature of a message by `key`, 65 bytes."""
        return sign_typed(key, self.fields, types=types, message=message)


def domain_of(client: Client, contract: Contract) -> Domain:
    """Ask a contract for its domain (ERC-5267)."""
    stated = client.call(contract("eip712Domain"))
    return Domain(
        {
            "name": stated.name,
            "version": stated.version,
            "chainId": stated.chainId,
            "verifyingContract": stated.verifyingContract,
        }
    )


def member_key(region: str, member: int) -> Key:
    """A member's key on local chains."""
    return local_key(f"{region}: member {member}")


def meter_key(region: str, member: int) -> Key:
    """The key inside a member's settlement meter on local chains."""
    return local_key(f"{region}: meter of member {member}")


def device_key(region: str, device: int) -> Key:
    """The key inside a production device's meter on local chains."""
    return local_key(f"{region}: meter of device {device}")


def registration_of(region: str, member: Participant, *, deadline: int) -> dict[str, Any]:
    """The terms of a member's registration that it signs; `deadline` [s] is the last time for it."""
    return {
        "account": member_key(region, member.id).address,
        "meterKey": meter_key(region, member.id).address,
        "node": member.node,
        "kind": int(member.kind),
        "group": 0,
        "importW": member.import_w,
        "exportW": member.export_w,
        "deadline": deadline,
    }
