"""The carbon record of a market day: what a statement needs that no event carries.

The intensities of the nodes are proven: they must give the root that stands on the chain. Generation, losses and the
factors of the carriers are computed off chain; a record names the version of the factors.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from offchain.errors import InputError, LawViolation
from offchain.index.records import IndexedEvent
from offchain.market_time import HOURS_PER_DAY
from offchain.merkle import carbon_leaf, merkle_tree
from offchain.units import ratio_half_up


@dataclass(frozen=True, kw_only=True)
class CarbonHour:
    """An hour of a region: energy in Wh, carbon in ugCO2e."""

    hour: int
    """Unix hour."""
    intensity: tuple[int, ...]
    """Of each node [mgCO2e/kWh]."""
    generation_wh: int
    """Of all generators and, while it feeds the region, of the upper grid."""
    generation_ug: int
    load_wh: int
    """Taken by loads, and by the upper grid while the region feeds it."""
    loss_ug: int
    """Carried by what the network lost."""

    @property
    def average(self) -> int:
        """Of the region's generation, rounded half up; 0 without any [mgCO2e/kWh]."""
        return ratio_half_up(self.generation_ug, self.generation_wh) if self.generation_wh else 0

    @property
    def loss_intensity(self) -> int:
        """Carbon of network losses behind a kWh of load, rounded half up; 0 without any load [mgCO2e/kWh]."""
        return ratio_half_up(self.loss_ug, self.load_wh) if self.load_wh else 0

    @property
    def root(self) -> str:
        """The Merkle root over the nodes' intensities, as 0x text."""
        leaves = [carbon_leaf(self.hour, node, value) for node, value in enumerate(self.intensity)]
        return f"0x{merkle_tree(leaves).root.hex()}"


@dataclass(frozen=True, kw_only=True)
class CarbonDay:
    """A market day of a region."""

    chain: str
    day: int
    """Number of the market day."""
    factors: str
    """Version and method of the emission factors."""
    carriers: Mapping[int, int]
    """Intensity of each carrier by its code [mgCO2e/kWh]."""
    names: Mapping[int, str]
    """How retirements name members, by member."""
    hours: tuple[CarbonHour, ...]


def carbon_file(folder: Path, chain: str, day: int) -> Path:
    """Where the record of a day is kept."""
    return folder / f"carbon-{chain}-{day}.json"


def carbon_text(record: CarbonDay) -> str:
    """A record as its file has it."""
    return json.dumps(asdict(record), indent=1) + "\n"


def read_carbon_days(folder: Path, chain: str) -> dict[int, CarbonDay]:
    """Every record of a chain in a folder, by day.

    Raises:
        InputError: a file is damaged.
    """
    found = [_read(file) for file in sorted(folder.glob(f"carbon-{chain}-*.json"))]
    return {record.day: record for record in found}


def check_carbon_day(record: CarbonDay, roots: Mapping[int, IndexedEvent]) -> None:
    """Compare a record with the roots on the chain.

    Raises:
        LawViolation: an hour has no root there, or another one.
    """
    for hour in record.hours:
        posted = roots[hour.hour].values["root"] if hour.hour in roots else "none"
        if hour.root != posted:
            raise LawViolation(f"carbon record of hour {hour.hour} has root {hour.root}, chain {record.chain} {posted}")


def _read(file: Path) -> CarbonDay:
    try:
        document = json.loads(file.read_text("utf-8"))
        hours = tuple(CarbonHour(**hour | {"intensity": tuple(hour["intensity"])}) for hour in document.pop("hours"))
        carriers, names = ({int(key): v for key, v in document.pop(name).items()} for name in ("carriers", "names"))
        record = CarbonDay(**document, carriers=carriers, names=names, hours=hours)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{file} is not a carbon record: {error}") from error
    if len(record.hours) != HOURS_PER_DAY:
        raise InputError(f"{file} has {len(record.hours)} hours instead of {HOURS_PER_DAY}")
    return record
