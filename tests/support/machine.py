"""What state machines share: transactions and views without Brownie's round trips, errors asked of a model first."""

from functools import cache
from typing import Any, ClassVar

from brownie import web3
from eth_utils import keccak
from hypothesis.stateful import RuleBasedStateMachine

from tests.support.region import actor
from tests.support.short_ways import request

GAS = 5_000_000


def read(*calls: tuple[Any, ...]) -> list[int]:
    """Ask several views at once; returns the words of all their answers."""
    asked = [{"to": view._address, "data": view.encode_input(*arguments)} for view, *arguments in calls]
    answers = web3.provider.make_batch_request([("eth_call", [call, "latest"]) for call in asked])
    words = [bytes.fromhex(answer["result"][2:]) for answer in answers]
    return [int.from_bytes(text[place : place + 32], "big") for text in words for place in range(0, len(text), 32)]


def selectors_of(project: Any, *names: str) -> dict[str, str]:
    """The selector of every error of some contracts, by the error's name."""
    errors = [entry for name in names for entry in project[name].abi if entry["type"] == "error"]
    return {
        entry["name"]: keccak(text=f"{entry['name']}({','.join(field['type'] for field in entry['inputs'])})")[:4].hex()
        for entry in errors
    }


@cache
def address(name: str) -> str:
    return actor(name).address


class ChainMachine(RuleBasedStateMachine):
    """Runs on a snapshot of the chain; `model.now` is the time of the next movement [s]."""

    selectors: ClassVar[dict[str, str]]
    model: Any

    def __init__(self) -> None:
        super().__init__()
        self.snapshot = request("evm_snapshot")

    def tick(self) -> None:
        """Give every movement a second of its own."""
        self.model.now += 1

    def expect(self, error: str | None, call: Any, *arguments: Any, by: str, keep: bool = True) -> None:
        """Send a transaction, which fails with this error, or succeeds where there is none.

        Without `keep`, ask only what would come of it.
        """
        data = call.encode_input(*arguments)
        transaction = {"from": address(by), "to": call._address, "data": data, "gas": hex(GAS), "gasPrice": "0x0"}
        if error is not None or not keep:
            answer = web3.provider.make_request("eth_call", [transaction, "latest", {}, {"time": hex(self.model.now)}])
            if error is None:
                assert "error" not in answer, answer
            else:
                assert "error" in answer, (error, "expected, but it succeeds", arguments)
                assert str(answer["error"]["data"]).startswith("0x" + self.selectors[error]), (error, answer)
            return
        request("evm_setNextBlockTimestamp", self.model.now)
        receipt = request("eth_sendTransactionSync", transaction)
        assert int(receipt["status"], 16) == 1, (call, arguments)
