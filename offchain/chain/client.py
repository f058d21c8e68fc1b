"""Reading from and writing to one chain through contract handles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from offchain.chain.abi import Call, Contract, Value, decode
from offchain.chain.connection import Connection, RpcError
from offchain.chain.endpoints import Endpoint
from offchain.chain.events import Event, decode_log
from offchain.chain.keys import Key
from offchain.chain.receipts import Receipt
from offchain.chain.reverts import ErrorBook
from offchain.chain.sender import Sender, Transaction, refusal
from offchain.errors import ChainError, InputError

LOG_BLOCKS = 10_000  # blocks to one eth_getLogs request


@dataclass(frozen=True)
class Block:
    """What is asked of a block header."""

    number: int
    hash: str
    time: int  # [s]
    base_fee: int  # [wei/gas]
    gas_limit: int  # [gas]


class Client:
    """One chain: its contracts by name, calls, transactions and events."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        contracts: Iterable[Contract] = (),
        errors: ErrorBook | None = None,
        deadline: float = 60.0,
    ) -> None:
        self.endpoint = endpoint
        self.connection = Connection(endpoint)
        self._contracts = {contract.name: contract for contract in contracts}
        self._errors = errors or ErrorBook()
        self._sender = Sender(self.connection, errors=self._errors, deadline=deadline)

    def contract(self, name: str) -> Contract:
        """The deployed contract of that name.

        Raises:
            InputError: none has it.
        """
        if name not in self._contracts:
            raise InputError(f"{self.endpoint} has no contract {name}; it has {', '.join(sorted(self._contracts))}")
        return self._contracts[name]

    @property
    def contracts(self) -> tuple[Contract, ...]:
        """Every known contract, in the order of deployment."""
        return tuple(self._contracts.values())

    def block(self, number: int | str = "latest") -> Block:
        """The header of a block, by height or tag.

        Raises:
            ChainError: there is no such block.
        """
        found = self.connection.request("eth_getBlockByNumber", _height(number), False)
        if found is None:
            raise ChainError(f"{self.endpoint} has no block {number}")
        return Block(
            number=int(found["number"], 16),
            hash=found["hash"],
            time=int(found["timestamp"], 16),
            base_fee=int(found.get("baseFeePerGas", "0x0"), 16),
            gas_limit=int(found["gasLimit"], 16),
        )

    def balance(self, address: str) -> int:
        """What the account holds of the chain's own coin [wei]."""
        return int(self.connection.request("eth_getBalance", address, "latest"), 16)

    def call(self, call: Call, *, sender: str | None = None, block: int | str = "latest") -> Value:
        """The result of reading `call`: nothing, one value, or a named tuple of several.

        Raises:
            RevertedError: the contract refused.
            ChainError: the chain does not answer, or with something else.
        """
        request = {"to": call.to, "data": f"0x{call.data.hex()}"} | ({"from": sender} if sender else {})
        try:
            return self._decoded(call, self.connection.request("eth_call", request, _height(block)))
        except RpcError as error:
            return self._decoded(call, error)

    def call_many(self, calls: Sequence[Call]) -> list[Value]:
        """The results of reading many calls on the latest block, in their order; each as `call` gives it.

        Raises:
            RevertedError: a contract refused one.
            ChainError: the chain does not answer, or with something else.
        """
        requests = [{"to": call.to, "data": f"0x{call.data.hex()}"} for call in calls]
        answers = self.connection.try_batch(("eth_call", [request, "latest"]) for request in requests)
        return [self._decoded(call, answer) for call, answer in zip(calls, answers, strict=True)]

    def _decoded(self, call: Call, answer: str | RpcError) -> Value:
        if isinstance(answer, RpcError):
            raise refusal(answer, self._errors, what=f"{call.label} reverted") from answer
        values = decode(call.outputs, bytes.fromhex(answer[2:]), label=f"{self.endpoint}: {call.label}")
        return values if len(values) > 1 else next(iter(values), None)

    def send(self, call: Call, key: Key, *, value: int = 0, gas: int | None = None) -> Receipt:
        """Send one transaction and wait for its receipt; `value` in wei.

        Raises:
            RevertedError: the contract refused, while estimating (nothing is sent then) or when mined.
            ChainError: the chain refused the transaction, or there is no receipt before the deadline.
        """
        return self._sender.send([Transaction(call, key, value=value, gas=gas)])[0]

    def send_many(self, transactions: Sequence[Transaction]) -> list[Receipt]:
        """Send all at once and collect their receipts in the same order.

        The transactions of one account keep their order everywhere, those of several accounts where
        mining is ours.

        Raises:
            RevertedError: as `send`; its `failures` name the transactions by position, the others are done.
            ChainError: as `send`.
        """
        return self._sender.send(transactions)

    def events(
        self, contract: Contract, name: str | None = None, *, first: int | None = None, last: int | str = "latest"
    ) -> list[Event]:
        """The events of a contract in the blocks `first` to `last`, in their order; by default all of its life.

        Raises:
            InputError: the contract has no event of that name.
        """
        criteria: dict[str, Any] = {"address": contract.address}
        if name is not None:
            criteria["topics"] = [f"0x{contract.event(name).topic.hex()}"]
        start = contract.block if first is None else first
        end = last if isinstance(last, int) else self.block(last).number
        found: list[Event] = []
        for low in range(start, end + 1, LOG_BLOCKS):
            limits = {"fromBlock": hex(low), "toBlock": hex(min(low + LOG_BLOCKS - 1, end))}
            logs = self.connection.request("eth_getLogs", criteria | limits)
            found += [event for log in logs if (event := decode_log(contract, log))]
        return found

    def receipt_events(self, receipt: Receipt) -> list[Event]:
        """The events of this chain's known contracts in a receipt, in their order."""
        by_address = {contract.address.lower(): contract for contract in self._contracts.values()}
        known = [(by_address.get(log["address"].lower()), log) for log in receipt.logs]
        return [event for contract, log in known if contract and (event := decode_log(contract, log))]


def _height(number: int | str) -> str:
    return hex(number) if isinstance(number, int) else number
