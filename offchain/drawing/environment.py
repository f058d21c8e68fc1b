"""How templates are filled: escaped, strict about names, with the number formats as filters."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from offchain.drawing import formats

_FILTERS: tuple[Callable[..., str], ...] = (
    formats.number,
    formats.mwh,
    formats.kwh,
    formats.points,
    formats.price,
    formats.weight,
    formats.kg,
    formats.tonnes,
    formats.intensity,
    formats.tiny,
    formats.percent,
    formats.window,
    formats.long_date,
)


def environment(folder: Path, **names: Any) -> Environment:
    """An environment for the templates of a folder, in which all of them know `names`."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update({function.__name__: function for function in _FILTERS})
    made.globals.update(names)
    return made
