"""Why a call failed, in the contract's own words: custom errors decoded into name and values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from offchain.chain.abi import Abi, Parameter, Signature, Value, decode, signatures
from offchain.chain.receipts import Receipt
from offchain.errors import ChainError

REASON = Signature("Error", (Parameter("reason", "string"),))
PANIC = Signature("Panic", (Parameter("code", "uint256"),))
PANICS = {  # Solidity documentation, "Panic via assert and Error via require"
    0x00: "compiler-inserted panic",
    0x01: "assertion failed",
    0x11: "arithmetic overflow",
    0x12: "division by zero",
    0x21: "value outside an enum",
    0x22: "damaged storage byte array",
    0x31: "pop on an empty array",
    0x32: "index outside an array",
    0x41: "too much memory",
    0x51: "call of an uninitialised function",
}


@dataclass(frozen=True)
class Revert:
    """A decoded failure: `Market_PriceOutOfBounds` and its values as a named tuple."""

    name: str
    values: tuple[Value, ...] = ()
    text: str = ""
    """What a user reads; empty: name and values speak for themselves."""

    def __str__(self) -> str:
        if self.text:
            return self.text
        names = getattr(self.values, "_fields", ())
        values = (f"{name}={_plain(value)}" for name, value in zip(names, self.values, strict=True))
        return f"{self.name}({', '.join(values)})"


@dataclass(frozen=True)
class ErrorBook:
    """All custom errors of a set of contracts, by selector."""

    errors: Mapping[bytes, Signature] = field(default_factory=dict)

    def explain(self, data: bytes) -> Revert:
        """What the bytes that a reverted execution returned mean."""
        if not data:
            return Revert("", text="reverted without a reason")
        known = {REASON.selector: REASON, PANIC.selector: PANIC} | dict(self.errors)
        signature = known.get(data[:4])
        if signature is None:
            return Revert("", text=f"reverted with unknown data 0x{data.hex()}")
        try:
            values = decode(signature.inputs, data[4:], label=signature.name)
        except ChainError:
            return Revert(signature.name, text=f"{signature.name} with damaged values 0x{data[4:].hex()}")
        if signature == REASON:
            return Revert("Error", values, text=values[0] or "reverted with an empty reason")
        if signature == PANIC:
            return Revert("Panic", values, text=f"Panic(0x{values[0]:02x}): {PANICS.get(values[0], 'unknown code')}")
        return Revert(signature.name, values)


class RevertedError(ChainError):
    """A contract refused a call or transactions."""

    def __init__(self, message: str, *, failures: Mapping[int, Revert], receipts: Sequence[Receipt] = ()) -> None:
        super().__init__(message)
        self.failures = failures
        """Position among the transactions given -> why."""
        self.receipts = receipts
        """The receipts of all, in the order given; empty when nothing was sent."""

    @property
    def revert(self) -> Revert:
        """Why the first of them was refused."""
        return self.failures[min(self.failures)]


def error_book(abis: Iterable[Abi]) -> ErrorBook:
    """The custom errors of every interface given."""
    return ErrorBook({error.selector: error for abi in abis for error in signatures(abi, kind="error")})


def _plain(value: Value) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
