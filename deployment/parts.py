"""What a plan is made of: contracts, the parts that subjects bring, and a chain's whole set of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from deployment.roles import Admission, Role
from offchain.chain.abi import Call, Contract, Value
from offchain.chain.client import Client

S_contra = TypeVar("S_contra", contravariant=True)
"""The settings that arguments are taken from."""

Addresses: TypeAlias = Mapping[str, str]
"""Name of a contract that stands already -> its address; `DEPLOYER` -> who deploys."""

DEPLOYER = "deployer"

PAUSABLE: Mapping[str, Role] = {"pause": Role.GUARDIAN, "unpause": Role.GUARDIAN}
"""Functions of a contract that can be paused."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """What stands on a chain so far."""

    client: Client
    contracts: dict[str, Contract]
    """By name, in the order of deployment."""
    entries: dict[str, dict[str, Any]]
    """What the record keeps of each that was deployed here."""

    @property
    def addresses(self) -> Addresses:
        """Where the contracts are."""
        return {name: contract.address for name, contract in self.contracts.items()}


@dataclass(frozen=True, kw_only=True)
class ContractPlan(Generic[S_contra]):
    """One contract of a subject."""

    name: str
    arguments: Callable[[Addresses, S_contra], tuple[Value, ...]]
    """What it is constructed with."""
    found_by: tuple[str, str] | None = None
    """(contract, view): that contract has deployed it and the view says where."""
    functions: Mapping[str, Role] = field(default_factory=dict)
    """Function -> the role that may call it. Functions not listed are open to all or, if restricted, governance's."""
    links: Mapping[str, str] = field(default_factory=dict)
    """View -> the contract whose address it returns."""
    bounds: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """View -> the constructor argument that it returns: its position, then that inside a struct."""
    holds: tuple[Role, ...] = ()
    """Roles that this contract holds, alone."""
    admission: Admission = Admission.NONE
    """What the market admits it to."""


Acts: TypeAlias = Callable[[Site, S_contra], Iterator[Call]]
"""What the deployer sends while it still may do everything."""


@dataclass(frozen=True, kw_only=True)
class Part(Generic[S_contra]):
    """What one subject brings to a chain."""

    contracts: tuple[ContractPlan[S_contra], ...]
    """In the order of their deployment."""
    signers: tuple[Role, ...] = ()
    """Roles that open no function: their holders sign what others bring."""
    acts: tuple[Acts[S_contra], ...] = ()
    """What is done as soon as its contracts stand."""
    links: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(contract of an earlier part, view) -> the contract that these acts let it point to."""


@dataclass(frozen=True, kw_only=True)
class Plan(Generic[S_contra]):
    """One chain's set of contracts."""

    parts: tuple[Part[S_contra], ...]
    """In the order of their deployment."""

    @property
    def contracts(self) -> tuple[ContractPlan[S_contra], ...]:
        """Every contract, in the order of deployment."""
        return tuple(contract for part in self.parts for contract in part.contracts)

    @property
    def functions(self) -> dict[tuple[str, str], Role]:
        """(contract, function) -> the role that may call it."""
        return {(c.name, function): role for c in self.contracts for function, role in c.functions.items()}

    @property
    def links(self) -> dict[tuple[str, str], str]:
        """(contract, view) -> the contract whose address the view returns."""
        own = {(c.name, view): target for c in self.contracts for view, target in c.links.items()}
        return own | {key: target for part in self.parts for key, target in part.links.items()}

    @property
    def admissions(self) -> dict[str, Admission]:
        """Contract -> what the market admits it to; no other contract is admitted."""
        return {c.name: c.admission for c in self.contracts if c.admission}

    @property
    def contract_holders(self) -> dict[Role, str]:
        """Role -> the contract that holds it, alone."""
        return {role: c.name for c in self.contracts for role in c.holds}

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that exist on this chain, in the order of their ids."""
        signers = (role for part in self.parts for role in part.signers)
        return tuple(sorted({*self.functions.values(), *signers, *self.contract_holders}))
