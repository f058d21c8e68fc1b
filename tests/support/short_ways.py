"""Brownie's three hot paths, shortened: a request, a view, a transaction.

For one transaction Brownie 1.22 asks the chain nine times, starts two threads and takes a snapshot for its `undo`; for
one that reverts it fetches every step of the trace and looks each up in its source maps; and each of its requests takes
the way of a browser's. Here a request is written to one open socket, a view is one request, and a transaction is one
that the chain answers with the receipt; why it reverted, or what it returned, is read from its outermost call alone.

Senders need no keys: the chain acts for them. Undoing, confirmations, fees and Brownie's history of transactions are
left out, and whoever names one of them is refused. Coverage needs Brownie's own ways, as it reads every trace.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

from brownie import web3
from brownie.exceptions import VirtualMachineError
from brownie.network import account, contract, event, state
from brownie.test.managers.runner import PytestBrownieRunner
from web3 import HTTPProvider
from web3._utils.method_formatters import receipt_formatter
from web3.datastructures import AttributeDict

from offchain.chain.sender import TRANSACTION_GAS_LIMIT

TIMEOUT: Final = 60.0  # [s]
DEFAULTS: Final = {"required_confs": 1}  # of options that Brownie passes on whether named or not
OUTERMOST: Final = {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": True}}


def shorten() -> None:
    """On the chain that Brownie is connected to; for as long as this process lives."""
    web3.provider = HTTPProvider(web3.provider.endpoint_uri, session=_Wire())
    account._PrivateKeyAccount.transfer = _transfer
    account._PrivateKeyAccount.deploy = _deploy
    contract._ContractMethod.call = _call
    PytestBrownieRunner._get_hash = _no_hash


def request(method: str, *arguments: Any) -> Any:
    """The result of a request, which the chain does not refuse."""
    answer = web3.provider.make_request(method, arguments)
    assert "error" not in answer, answer
    return answer["result"]


@dataclass(frozen=True)
class Mined:
    """What became of a transaction, by the names that Brownie has for it."""

    receipt: dict[str, Any]
    method: Any
    """Of the contract that was called, if it is known."""

    @property
    def status(self) -> int:
        return int(self.receipt["status"], 16)

    @property
    def gas_used(self) -> int:
        return int(self.receipt["gasUsed"], 16)

    @property
    def block_number(self) -> int:
        return int(self.receipt["blockNumber"], 16)

    @property
    def contract_address(self) -> str | None:
        return self.receipt["contractAddress"]

    @cached_property
    def events(self) -> Any:
        logs = AttributeDict.recursive(receipt_formatter(self.receipt)["logs"])
        return event._decode_logs(logs, contracts={log.address: state._find_contract(log.address) for log in logs})

    @property
    def return_value(self) -> Any:
        return self.method.decode_output(self.output)

    @cached_property
    def output(self) -> str:
        """What the outermost call returned or reverted with."""
        return str(request("debug_traceTransaction", self.receipt["transactionHash"], OUTERMOST).get("output", "0x"))


class _Wire:
    """A session of requests, as far as web3 uses one: a connection to this machine that stays open."""

    def __init__(self) -> None:
        self._open: HTTPConnection | None = None

    def post(self, uri: str, *, data: bytes, headers: dict[str, str], **_: Any) -> "_Answer":
        if self._open is None:
            self._open = HTTPConnection(urlsplit(uri).netloc, timeout=TIMEOUT)
        try:
            self._open.request("POST", "/", data, headers)
            return _Answer(self._open.getresponse().read())
        except (OSError, HTTPException):
            self._open = None  # the next request begins anew
            raise


@dataclass(frozen=True)
class _Answer:
    content: bytes

    def raise_for_status(self) -> None:
        """The chain says in its answers what went wrong."""

    def __enter__(self) -> "_Answer":
        return self

    def __exit__(self, *_: Any) -> None: ...


def _transfer(
    self: Any,
    to: Any = None,
    amount: int = 0,
    gas_limit: int | None = None,
    data: str | None = None,
    **others: Any,
) -> Mined:
    """Send a transaction.

    Raises:
        VirtualMachineError: it reverted.
    """
    _refuse(others)
    known = state._find_contract(str(to)) if data else None
    method = known.get_method_object(data) if known else None
    return _send(self, {"to": str(to), "value": hex(amount), "data": data or "0x"}, gas=gas_limit, method=method)


def _deploy(self: Any, container: Any, *arguments: Any, amount: int = 0, gas_limit: int | None = None, **others: Any):
    """Create a contract.

    Raises:
        VirtualMachineError: it reverted.
    """
    _refuse(others)
    creation = {"value": hex(amount), "data": container.deploy.encode_input(*arguments)}
    mined = _send(self, creation, gas=gas_limit, method=None)
    return container.at(mined.contract_address, self, mined)


def _send(sender: Any, transaction: dict[str, str], *, gas: int | None, method: Any) -> Mined:
    _act_for(sender.address)
    fields = transaction | {"from": sender.address, "gas": hex(gas or TRANSACTION_GAS_LIMIT), "gasPrice": "0x0"}
    answer = web3.provider.make_request("eth_sendTransactionSync", [fields])
    if "error" in answer:
        raise VirtualMachineError(ValueError(answer["error"]))
    mined = Mined(answer["result"], method)
    if not mined.status:
        raise VirtualMachineError(ValueError({"message": "execution reverted", "data": mined.output}))
    return mined


@cache
def _act_for(address: str) -> None:
    request("anvil_impersonateAccount", address)


_own_call: Final = contract._ContractMethod.call


def _call(self: Any, *arguments: Any, block_identifier: Any = None, override: Any = None) -> Any:
    """Ask a view.

    Raises:
        VirtualMachineError: it reverted.
    """
    inputs, options = contract._get_tx(self._owner, arguments)
    if block_identifier is not None or override is not None or options["value"] or options["gas"]:
        return _own_call(self, *arguments, block_identifier=block_identifier, override=override)
    question = {"to": str(self._address), "data": self.encode_input(*inputs)}
    if options["from"]:
        question["from"] = str(options["from"])
    answer = web3.provider.make_request("eth_call", [question, "latest"])
    if "error" in answer:
        raise VirtualMachineError(ValueError(answer["error"]))
    if self.abi["outputs"] and answer["result"] == "0x":
        raise ValueError("No data was returned - the call likely reverted")
    return self.decode_output(answer["result"])


def _no_hash(self: Any, path: str) -> str:
    """Of a test module and all that it builds on: Brownie keeps it for `--update`, which then runs every test."""
    return ""


def _refuse(options: dict[str, Any]) -> None:
    """Those of Brownie's that are left out, unless they are as they are when nobody names them."""
    named = {
        name: value
        for name, value in options.items()
        if value is not None and value is not False and value != DEFAULTS.get(name)
    }
    assert not named, named
