"""Contract handles: what a contract answers to, and the bytes of its calls, results, errors and events."""

from collections import namedtuple
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_utils.address import to_checksum_address

from offchain.errors import ChainError, InputError
from offchain.merkle import keccak256

Abi: TypeAlias = Sequence[Mapping[str, Any]]
"""A contract's JSON interface as the compiler writes it."""

Value: TypeAlias = Any
"""What an ABI type holds: int, bool, str, bytes, or tuples of them."""

UNFIT = (EncodingError, TypeError, ValueError, KeyError)
"""How a value fails that does not fit its type."""


@dataclass(frozen=True)
class Parameter:
    """One argument, result or field of a struct."""

    name: str
    type: str
    """The canonical type; a struct is written as the tuple of its fields' types."""
    fields: tuple["Parameter", ...] = ()
    indexed: bool = False

    @property
    def element(self) -> "Parameter":
        """What an array of this type holds."""
        return Parameter(name=self.name, type=self.type[: self.type.rindex("[")], fields=self.fields)


@dataclass(frozen=True)
class Signature:
    """A function, error or event: its name and its parameters."""

    name: str
    inputs: tuple[Parameter, ...] = ()
    outputs: tuple[Parameter, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({','.join(parameter.type for parameter in self.inputs)})"

    @property
    def topic(self) -> bytes:
        """The hash that an event's log begins with, 32 bytes."""
        return _hash(str(self))

    @property
    def selector(self) -> bytes:
        """The four bytes that a call or a custom error begins with."""
        return self.topic[:4]


@dataclass(frozen=True)
class Call:
    """A call ready to be read, estimated or sent; `to` is None for the creation of a contract."""

    label: str
    to: str | None
    data: bytes
    outputs: tuple[Parameter, ...] = ()


@dataclass(frozen=True)
class Contract:
    """A contract on a chain; `contract("transfer", to, amount)` is a `Call`."""

    name: str
    address: str
    block: int = 0
    """The block of its creation: no event is older."""
    functions: Mapping[str, Signature] = field(default_factory=dict, compare=False, repr=False)
    events: Mapping[bytes, Signature] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, function: str, *arguments: Value) -> Call:
        """The call of `function`, given by name or, where overloaded, by signature.

        A struct is a sequence of its fields or a mapping from their names.

        Raises:
            InputError: the contract has no such function, or it takes other arguments.
        """
        if function not in self.functions:
            allowed = ", ".join(sorted(key for key in self.functions if "(" not in key))
            overloads = [key for key in self.functions if key.startswith(f"{function}(")]
            raise InputError(f"{self.name} has no function {function}; it has {', '.join(overloads) or allowed}")
        signature = self.functions[function]
        data = signature.selector + encode(signature.inputs, arguments, label=f"{self.name}.{signature.name}")
        return Call(f"{self.name}.{signature.name}", self.address, data, signature.outputs)

    def event(self, name: str) -> Signature:
        """The event of that name.

        Raises:
            InputError: the contract has no such event.
        """
        for signature in self.events.values():
            if signature.name == name:
                return signature
        known = ", ".join(sorted(signature.name for signature in self.events.values()))
        raise InputError(f"{self.name} has no event {name}; it has {known}")


def contract_at(name: str, address: str, *, abi: Abi, block: int = 0) -> Contract:
    """The handle of the contract at `address`, created in `block`."""
    functions = signatures(abi, kind="function")
    names = [function.name for function in functions]
    by_name = {function.name: function for function in functions if names.count(function.name) == 1}
    return Contract(
        name=name,
        address=to_checksum_address(address),
        block=block,
        functions=by_name | {str(function): function for function in functions},
        events={event.topic: event for event in signatures(abi, kind="event")},
    )


def creation(name: str, *arguments: Value, abi: Abi, bytecode: str) -> Call:
    """The call that creates a contract from its hexadecimal creation code."""
    inputs = next((_parameters(entry["inputs"]) for entry in abi if entry["type"] == "constructor"), ())
    data = bytes.fromhex(bytecode.removeprefix("0x")) + encode(inputs, arguments, label=f"constructor of {name}")
    return Call(f"constructor of {name}", None, data)


def signatures(abi: Abi, *, kind: str) -> tuple[Signature, ...]:
    """Every entry of one kind (`function`, `event`, `error`), in the interface's order."""
    return tuple(
        Signature(entry["name"], _parameters(entry["inputs"]), _parameters(entry.get("outputs", ())))
        for entry in abi
        if entry["type"] == kind
    )


def encode(parameters: Sequence[Parameter], values: Sequence[Value], *, label: str) -> bytes:
    """The ABI encoding of `values`; `label` says in errors whose arguments they are.

    Raises:
        InputError: a value is missing, too many or does not fit its type.
    """
    expected = ", ".join(f"{parameter.type} {parameter.name}".strip() for parameter in parameters)
    if len(values) != len(parameters):
        raise InputError(f"{label} takes {len(parameters)} arguments ({expected}), got {len(values)}")
    try:
        return _encode(parameters, values)
    except UNFIT as error:
        parameter, value = next(pair for pair in zip(parameters, values, strict=True) if not _fits(*pair))
        raise InputError(f"{label}: {parameter.type} {parameter.name} cannot be {value!r}") from error


def decode(parameters: Sequence[Parameter], data: bytes, *, label: str) -> tuple[Value, ...]:
    """The values in ABI-encoded `data`, as a named tuple; structs are named tuples too.

    Raises:
        ChainError: the data is something else; `label` says what was read.
    """
    try:
        values = abi_decode([parameter.type for parameter in parameters], data)
    except (DecodingError, ValueError, OverflowError) as error:
        raise ChainError(f"{label} returned {len(data)} bytes that do not fit its interface") from error
    return _named(parameters, values)


def named_values(parameters: Sequence[Parameter], values: Sequence[Value]) -> tuple[Value, ...]:
    """`values` as a named tuple; a parameter without a name is called by its position, `_0`."""
    return _tuple_type(tuple(parameter.name for parameter in parameters))(*values)


def _encode(parameters: Sequence[Parameter], values: Sequence[Value]) -> bytes:
    wire = [_to_wire(parameter, value) for parameter, value in zip(parameters, values, strict=True)]
    return abi_encode([parameter.type for parameter in parameters], wire)


def _fits(parameter: Parameter, value: Value) -> bool:
    try:
        _encode([parameter], [value])
    except UNFIT:
        return False
    return True


def _to_wire(parameter: Parameter, value: Value) -> Value:
    """`value` with every struct as a plain tuple."""
    if parameter.type.endswith("]"):
        return [_to_wire(parameter.element, item) for item in value]
    if not parameter.fields:
        return value
    if isinstance(value, Mapping):
        value = [value[item.name] for item in parameter.fields]
    return tuple(_to_wire(item, part) for item, part in zip(parameter.fields, value, strict=True))


def _from_wire(parameter: Parameter, value: Value) -> Value:
    """`value` with every struct as a named tuple and every address in checksum case."""
    if parameter.type.endswith("]"):
        return tuple(_from_wire(parameter.element, item) for item in value)
    if parameter.fields:
        return _named(parameter.fields, value)
    return to_checksum_address(value) if parameter.type == "address" else value


def _named(parameters: Sequence[Parameter], values: Iterable[Any]) -> tuple[Value, ...]:
    return named_values(parameters, [_from_wire(p, value) for p, value in zip(parameters, values, strict=True)])


@cache
def _tuple_type(names: tuple[str, ...]) -> type[tuple[Value, ...]]:
    return namedtuple("Values", names, rename=True)


@cache
def _hash(text: str) -> bytes:
    return keccak256(text.encode())


def _parameters(entries: Iterable[Mapping[str, Any]]) -> tuple[Parameter, ...]:
    return tuple(_parameter(entry) for entry in entries)


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    fields = _parameters(entry.get("components", ()))
    kind = entry["type"]
    if fields:
        kind = f"({','.join(item.type for item in fields)}){kind.removeprefix('tuple')}"
    return Parameter(name=entry["name"], type=kind, fields=fields, indexed=entry.get("indexed", False))
