"""Taking back what tests do on Brownie's chain.

Brownie's own `chain.revert` asks the chain for the code of every contract that it knows, and looks at all its memory:
seconds after each of a thousand tests. Here it forgets what came since.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from brownie import chain, history
from brownie.network import state
from brownie.network.contract import ContractContainer

from tests.support.short_ways import request


@contextmanager
def taken_back() -> Iterator[None]:
    """In the end the chain is as it was, and Brownie knows no more contracts than before."""
    with chain._undo_lock:  # a thread of Brownie's may still be noting the last transaction
        snapshot = chain._current_id = request("evm_snapshot")
    known = set(state._contract_map)
    yield
    with chain._undo_lock:
        chain._undo_buffer.clear()
        assert request("evm_revert", snapshot), "the chain has lost its snapshot"
    for address in state._contract_map.keys() - known:
        _forget(state._contract_map[address])
    history.clear()


def _forget(contract: Any) -> None:
    """Also of containers that are of no project, as those of the test contracts are."""
    for held in [reference() for reference in state._revert_refs]:
        if isinstance(held, ContractContainer) and contract in held._contracts:
            held.remove(contract)
    state._contract_map.pop(contract.address, None)
    contract._reverted = True
