"""Sending transactions: gas, fees, nonces, signatures, receipts, and why some were refused."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median_low

from offchain.chain.abi import Call
from offchain.chain.connection import BATCH_REQUESTS, Connection, RpcError
from offchain.chain.keys import DynamicFeeTransaction, Key
from offchain.chain.receipts import Receipt, await_receipts
from offchain.chain.reverts import ErrorBook, Revert, RevertedError
from offchain.errors import ChainError

TRANSACTION_GAS_LIMIT = 16_777_216  # EIP-7825
GAS_MARGIN_PERCENT = 130  # of the estimate: the state may change between estimate and block
FEE_BLOCKS = 5  # how many blocks' tips are looked at


@dataclass(frozen=True)
class Transaction:
    """A call to be sent by `key`.

    `gas` None is estimated on the latest block; give it when the call stands on one that is not mined yet.
    """

    call: Call
    key: Key
    value: int = 0  # [wei]
    gas: int | None = None  # [gas]
    items: int = 1
    """How many things it carries, such as agreements or sheets."""

    @property
    def request(self) -> dict[str, str]:
        """The call as JSON-RPC takes it."""
        fields = {"from": self.key.address, "data": f"0x{self.call.data.hex()}", "value": hex(self.value)}
        return fields if self.call.to is None else fields | {"to": self.call.to}


@dataclass(frozen=True)
class Terms:
    """What transactions cost at the moment."""

    max_fee: int  # [wei/gas]
    tip: int  # [wei/gas]
    gas_limit: int  # [gas] that one transaction may take


class Sender:
    """Sends transactions to one chain and keeps each account's next nonce."""

    def __init__(self, connection: Connection, *, errors: ErrorBook, deadline: float) -> None:
        self._connection = connection
        self._errors = errors
        self._deadline = deadline  # [s] of real time until a receipt must be there
        self._nonces: dict[str, int] = {}

    def send(self, transactions: Sequence[Transaction]) -> list[Receipt]:
        """Send all at once, in their order, and collect their receipts in the same order.

        Raises:
            RevertedError: contracts refused some: while estimating, then nothing was sent; or when mined.
            ChainError: the chain refused one, it needs more gas than allowed, or a receipt did not come in time.
        """
        if not transactions:
            return []
        terms = self._terms()
        limits = self._gas_limits(transactions, terms)
        labels = [transaction.call.label for transaction in transactions]
        try:
            raw, hashes = self._sign(transactions, limits, terms=terms)
            with self._held_mining(len(transactions)) as mine:
                self._submit(transactions, raw)
                receipts = await_receipts(self._connection, hashes, labels=labels, deadline=self._deadline, mine=mine)
        except ChainError:
            self._nonces.clear()  # which of them the chain took is for the chain to say
            raise
        self._check(transactions, receipts, limits=limits)
        return receipts

    def _terms(self) -> Terms:
        """Fees that hold for the next blocks (EIP-1559): twice the base fee, and the usual tip on top."""
        history, block = self._connection.batch(
            [("eth_feeHistory", (hex(FEE_BLOCKS), "latest", [50])), ("eth_getBlockByNumber", ("latest", False))]
        )
        tip = median_low([int(reward[0], 16) for reward in history.get("reward") or [["0x0"]]])
        base_fee = int(history["baseFeePerGas"][-1], 16)
        limit = min(TRANSACTION_GAS_LIMIT, int(block["gasLimit"], 16))
        return Terms(max_fee=2 * base_fee + tip, tip=tip, gas_limit=limit)

    def _gas_limits(self, transactions: Sequence[Transaction], terms: Terms) -> list[int]:
        """The gas limit of each: as given, else the estimate with its margin, within what a transaction may take."""
        unknown = [position for position, transaction in enumerate(transactions) if transaction.gas is None]
        answers = self._connection.try_batch(("eth_estimateGas", [transactions[p].request]) for p in unknown)
        limits = {p: transaction.gas for p, transaction in enumerate(transactions) if transaction.gas is not None}
        for position, answer in zip(unknown, answers, strict=True):
            if isinstance(answer, RpcError):
                what = f"{_place(transactions, position)} would fail, nothing was sent"
                raise refusal(answer, self._errors, what=what, position=position)
            estimate = int(answer, 16)
            limits[position] = max(estimate, min(estimate * GAS_MARGIN_PERCENT // 100, terms.gas_limit))
        for position, limit in sorted(limits.items()):
            if limit > terms.gas_limit:
                raise ChainError(
                    f"{self._connection.endpoint}: {_place(transactions, position)} needs {limit} gas, "
                    f"one transaction may take {terms.gas_limit}"
                )
        return [limits[position] for position in range(len(transactions))]

    def _sign(
        self, transactions: Sequence[Transaction], limits: Sequence[int], *, terms: Terms
    ) -> tuple[list[str], list[str]]:
        """The raw transactions and their hashes, with consecutive nonces for each sender."""
        senders = {transaction.key.address for transaction in transactions}
        unknown = sorted(senders - self._nonces.keys())
        counts = self._connection.batch(("eth_getTransactionCount", [address, "pending"]) for address in unknown)
        for address, count in zip(unknown, counts, strict=True):
            self._nonces[address] = int(count, 16)
        signed = []
        for transaction, limit in zip(transactions, limits, strict=True):
            unsigned = DynamicFeeTransaction(
                chain_id=self._connection.endpoint.chain_id,
                nonce=self._nonces[transaction.key.address],
                tip=terms.tip,
                max_fee=terms.max_fee,
                gas=limit,
                to=transaction.call.to,
                value=transaction.value,
                data=transaction.call.data,
            )
            signed.append(unsigned.signed(transaction.key))
            self._nonces[transaction.key.address] += 1
        return [f"0x{raw.hex()}" for raw, _ in signed], [value for _, value in signed]

    def _submit(self, transactions: Sequence[Transaction], raw: Sequence[str]) -> None:
        """Hand all to the chain, up to the batch in which it refuses one.

        A chain that takes up the requests of a batch in any order gets them one by one.
        """
        size = BATCH_REQUESTS if self._connection.endpoint.abilities.ordered_batches else 1
        for start in range(0, len(raw), size):
            requests = [("eth_sendRawTransaction", [value]) for value in raw[start : start + size]]
            for position, answer in enumerate(self._connection.try_batch(requests), start):
                if isinstance(answer, RpcError):
                    place = _place(transactions, position)
                    raise ChainError(f"{self._connection.endpoint} refused {place}: {answer.reason}") from answer

    @contextmanager
    def _held_mining(self, count: int) -> Iterator[Callable[[], object] | None]:
        """Where mining is ours many transactions share blocks that we mine: faster, and the same on every machine.

        Left to itself a chain packs what has arrived when it looks, so block numbers would depend on timing.
        """
        mining = self._connection.endpoint.abilities.mining
        if count == 1 or mining is None:
            yield None
            return
        mining.hold(self._connection)
        try:
            yield partial(mining.mine, self._connection)
        finally:
            mining.release(self._connection)

    def _check(
        self, transactions: Sequence[Transaction], receipts: Sequence[Receipt], *, limits: Sequence[int]
    ) -> None:
        """Raise for the transactions that were mined but reverted."""
        failed = [position for position, receipt in enumerate(receipts) if not receipt.succeeded]
        if not failed:
            return
        failures = {p: self._why(transactions[p], receipts[p], limit=limits[p]) for p in failed}
        first = failed[0]
        what = f"{_place(transactions, first)} reverted in block {receipts[first].block}: {failures[first]}"
        if len(failed) > 1:
            what = f"{len(failed)} of {len(transactions)} transactions failed, first {what}"
        raise RevertedError(f"{self._connection.endpoint}: {what}", failures=failures, receipts=receipts)

    def _why(self, transaction: Transaction, receipt: Receipt, *, limit: int) -> Revert:
        """Why a mined transaction failed: replayed on the state after its block, then on the state before."""
        request = transaction.request | {"gas": hex(limit)}
        for height in (receipt.block, receipt.block - 1):
            try:
                self._connection.request("eth_call", request, hex(height))
            except RpcError as error:
                if error.revert_data:
                    return self._errors.explain(error.revert_data)
        if receipt.gas_used == limit:
            return Revert("", text=f"ran out of its {limit} gas")
        return self._errors.explain(b"")


def refusal(error: RpcError, errors: ErrorBook, *, what: str, position: int = 0) -> ChainError:
    """The error to raise when a chain refused a call or an estimate: in the contract's own words if it reverted."""
    if error.revert_data is None:
        return ChainError(f"{error.endpoint}: {what}: {error.reason}")
    revert = errors.explain(error.revert_data)
    return RevertedError(f"{error.endpoint}: {what}: {revert}", failures={position: revert})


def _place(transactions: Sequence[Transaction], position: int) -> str:
    """`Contract.function`, and its number where there are several."""
    label = transactions[position].call.label
    return label if len(transactions) == 1 else f"transaction {position + 1} of {len(transactions)} ({label})"
