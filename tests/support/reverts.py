"""A revert test names the error and all its values."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from brownie.exceptions import VirtualMachineError


@contextmanager
def reverts(error: str, *values: Any) -> Iterator[None]:
    """Assert that the block reverts with exactly this custom error and exactly these values."""
    with pytest.raises(VirtualMachineError) as caught:
        yield
    expected = f"{error}: {', '.join(_rendered(value) for value in values)}"
    assert caught.value.revert_msg == expected


def _rendered(value: Any) -> str:
    """Render a value as Brownie does when it decodes a revert."""
    if isinstance(value, bytes):
        return str(bytes(value))
    text = str(getattr(value, "address", value))
    return text.lower() if text.startswith("0x") else text
