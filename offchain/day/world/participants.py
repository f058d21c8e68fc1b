"""Who takes part in a region's market: the grid company, every load as a consumer, every generator as a generator."""

from dataclasses import dataclass

from offchain.carbon.factors import GRID_MIX, EmissionFactors
from offchain.errors import InputError
from offchain.grid.case import Generator, GridCase, Load
from offchain.members.records import Kind
from offchain.units import WATTS_PER_MEGAWATT


@dataclass(frozen=True, kw_only=True)
class Participant:
    """A member of the market and the connection it stands for."""

    id: int
    """Member id, in the order of registration from 1."""
    name: str
    kind: Kind
    node: int
    carrier: str | None
    carrier_code: int
    """0 for consumers."""
    nameplate_w: int
    """Capacity of the unit or the connection [W]."""
    device: int | None = None
    """Number of the generator's production device, in the order of registration from 1."""

    @property
    def import_w(self) -> int:
        """Capacity of the connection for import [W]."""
        return 0 if self.kind is Kind.GENERATOR else self.nameplate_w

    @property
    def export_w(self) -> int:
        """Capacity of the connection for export [W]."""
        return 0 if self.kind is Kind.CONSUMER else self.nameplate_w


@dataclass(frozen=True, kw_only=True)
class Participants:
    """All members of a region; ids run on from the grid company over the consumers to the generators."""

    grid_company: Participant
    consumers: tuple[Participant, ...]
    """One per load of the case, in its order."""
    generators: tuple[Participant, ...]
    """One per generator of the case, in its order."""

    @property
    def traders(self) -> tuple[Participant, ...]:
        """Everybody but the grid company, by id."""
        return self.consumers + self.generators

    @property
    def everybody(self) -> tuple[Participant, ...]:
        """All, by id."""
        return (self.grid_company, *self.traders)

    def by_id(self, member: int) -> Participant:
        """The participant with this member id."""
        return self.everybody[member - 1]


def participants(case: GridCase, factors: EmissionFactors) -> Participants:
    """Name the members of a grid.

    Raises:
        InputError: a generator's carrier is not in the factor table, or an element has no rated power.
    """
    problems = [f"carrier {g.carrier} of {g.name}" for g in case.generators if g.carrier not in factors.carriers]
    elements: list[Load | Generator] = [*case.loads, *case.generators]
    problems += [f"rated power of {element.name}" for element in elements if element.p_mw <= 0]
    if problems:
        raise InputError(f"{case.code} cannot trade, unknown or zero: {', '.join(problems)}")
    capacity_mva = sum(t.sn_mva for t in case.transformers if t.hv_node == case.external_grid.node)
    grid_company = Participant(
        id=1,
        name=f"Grid company, {case.external_grid.name}",
        kind=Kind.GRID_COMPANY,
        node=case.external_grid.node,
        carrier=GRID_MIX,
        carrier_code=factors.carriers[GRID_MIX].code,
        nameplate_w=_watts(capacity_mva),
    )
    consumers = tuple(
        Participant(
            id=number,
            name=load.name,
            kind=Kind.CONSUMER,
            node=load.node,
            carrier=None,
            carrier_code=0,
            nameplate_w=_watts(load.p_mw),
        )
        for number, load in enumerate(case.loads, start=2)
    )
    generators = tuple(
        Participant(
            id=number,
            name=generator.name,
            kind=Kind.GENERATOR,
            node=generator.node,
            carrier=generator.carrier,
            carrier_code=factors.carriers[generator.carrier].code,
            nameplate_w=_watts(generator.p_mw),
            device=device,
        )
        for device, (number, generator) in enumerate(enumerate(case.generators, start=2 + len(consumers)), start=1)
    )
    return Participants(grid_company=grid_company, consumers=consumers, generators=generators)


def _watts(power_mw: float) -> int:
    """Rated power in whole W, to the nearest."""
    return round(power_mw * WATTS_PER_MEGAWATT)
