"""A statement as one printable HTML page: no script, no request to anywhere."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from offchain.drawing import formats
from offchain.market_time import date_of_day
from offchain.statements.document import FIGURES, local_hour, totals
from offchain.statements.statement import Statement

LABELS = {
    "location_based": ("Location-based", "Scope 2"),
    "market_based": ("Market-based", "Scope 2"),
    "flow_traced": ("Flow-traced", "outside the standard"),
    "network_losses": ("Network losses", "Scope 3, category 3"),
}
"""Heading and place of each figure."""
_FILTERS = (formats.number, formats.kwh, formats.points, formats.kg, formats.intensity)


def render(statement: Statement) -> str:
    """The page as HTML text."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update({function.__name__: function for function in _FILTERS})
    calendar = statement.calendar
    return environment.get_template("statement.html.j2").render(
        statement=statement,
        subject=statement.beneficiary,
        figures=[(*LABELS[name], grams, FIGURES[name]) for name, grams in totals(statement).items()],
        days=[date_of_day(day).isoformat() for day in statement.days],
        date_of=lambda day: date_of_day(day).isoformat(),
        hour=lambda hour: local_hour(calendar, hour)[:16].replace("T", " "),
        moment=lambda time: calendar.local_time(time).strftime("%Y-%m-%d %H:%M"),
        amount=_amount,
        consumed=sum(hour.wh for hour in statement.hours),
        certified=sum(hour.certified_wh for hour in statement.hours),
    )


def _amount(amount: int, unit: str) -> str:
    """In kWh, kgCO2e or points."""
    return {"Wh": formats.kwh, "gCO2e": formats.kg, "point-wei": formats.points}[unit](amount)
