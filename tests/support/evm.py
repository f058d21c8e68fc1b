"""An EVM in this process, for arithmetic that no chain is needed for: some thirty times faster than one."""

from collections.abc import Sequence
from typing import Any, Final

from pyrevm import EVM, BlockEnv

from offchain.chain.abi import Call, Contract, Value, contract_at, creation, decode

CALLER: Final = "0x" + "ca" * 20
GAS: Final = 9 * 10**8  # of a call
BLOCK_GAS: Final = 10**10
PRAGUE: Final = "PRAGUE"

Block = tuple[int, Sequence[Call]]
"""Time [s] and what is called then."""


class Evm:
    """Contracts and their state; nothing of any chain is in it."""

    def __init__(self, time: int) -> None:
        """Begin at this time [s]; contracts are created then."""
        self._evm = EVM(gas_limit=BLOCK_GAS, spec_id=PRAGUE)
        self._at(time)

    def deploy(self, container: Any, *arguments: Any) -> Contract:
        """Create a contract of one of Brownie's containers."""
        name, abi = container._name, container.abi
        code = creation(name, *arguments, abi=abi, bytecode=container.bytecode).data
        return contract_at(name, self._evm.deploy(CALLER, code), abi=abi)

    def send(self, contract: Contract, function: str, *arguments: Any) -> bytes:
        """Call a contract and keep what it did; returns its answer."""
        return self._call(contract(function, *arguments))

    def ask(self, contract: Contract, function: str, *arguments: Any) -> tuple[Value, ...]:
        """The answer of a view."""
        call = contract(function, *arguments)
        return decode(call.outputs, self._call(call), label=call.label)

    def simulate(self, blocks: Sequence[Block]) -> list[tuple[int, bytes]]:
        """Call contracts in blocks of given times that nobody keeps; returns the gas and the answer of every call."""
        before = self._evm.snapshot()
        found = []
        for time, calls in blocks:
            self._at(time)
            for call in calls:
                answer = self._call(call)
                found.append((self._evm.result.gas_used, answer))
        self._evm.revert(before)
        return found

    def _at(self, time: int) -> None:
        self._evm.set_block_env(BlockEnv(number=1, timestamp=time, gas_limit=BLOCK_GAS))

    def _call(self, call: Call) -> bytes:
        return self._evm.message_call(CALLER, call.to, calldata=call.data, gas=GAS)
