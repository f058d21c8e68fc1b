"""The market regions: which grid, which fixed UTC offset, which tariffs. One table, data/regions.toml."""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from offchain.errors import InputError
from offchain.files import PROJECT
from offchain.market.records import Tariffs
from offchain.market.validation import tariff_problems
from offchain.units import POINT, PRICE_TICK

REGIONS_FILE = PROJECT / "data" / "regions.toml"
GRIDS = PROJECT / "data" / "grids"
FIELDS = ("grid", "country", "utc_offset_hours", "feed_in", "purchase", "grid_fee")


@dataclass(frozen=True, kw_only=True)
class Region:
    """A market region on a chain of its own."""

    name: str
    grid: str
    """Code of the grid, a folder under data/grids."""
    country: str
    """ISO 3166-1 alpha-2; also names the mix of the upper grid."""
    utc_offset_hours: int
    tariffs: Tariffs

    @property
    def folder(self) -> Path:
        """Where the grid's files are."""
        return GRIDS / self.grid


def load_regions(file: Path = REGIONS_FILE) -> dict[str, Region]:
    """Every region by name, in the order of the file.

    Raises:
        InputError: the file is missing or damaged; names every problem.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: cannot be read as TOML: {error}") from error
    regions, problems = {}, []
    for name, table in document.items():
        if not isinstance(table, dict) or set(table) != set(FIELDS):
            problems.append(f"region {name}: fields must be {', '.join(FIELDS)}")
            continue
        try:
            tariffs = Tariffs(**{field: _price(table[field]) for field in ("feed_in", "purchase", "grid_fee")})
        except (ArithmeticError, TypeError, ValueError):
            problems.append(f"region {name}: tariffs are points per kWh in quotes, whole multiples of 0.0001")
            continue
        problems += [f"region {name}: {text}" for text in tariff_problems(tariffs)]
        plain = {field: table[field] for field in ("grid", "country", "utc_offset_hours")}
        regions[name] = Region(name=name, tariffs=tariffs, **plain)
    if problems:
        raise InputError(f"{file}: {'; '.join(problems)}")
    return regions


def _price(text: str) -> int:
    """A price in points per kWh as point-wei per kWh."""
    ticks = Decimal(text) * POINT / PRICE_TICK
    if ticks != int(ticks):
        raise ValueError(text)
    return int(ticks) * PRICE_TICK
