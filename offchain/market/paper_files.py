"""JSON in and out for a day under rulebook `paper`: numbers are read and written as decimals, never as floats.

Input: `{"params": {"feed_in_S", "grid_purchase_B", "grid_fee_G", "W_a_max"}, "nodes": [{"node", "role" ("gen" or
"load"), "partner", "price_yuan_per_kWh", "contract_kWh", "actual_kWh", "credit_before"}, ...]}`; other fields are not
read. A number may stand in quotes.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from offchain.errors import InputError
from offchain.market.paper import LARGEST_WEIGHT, PaperNode, PaperResult, PaperTariffs

DIGITS = 50
"""Significant digits of a number that no finite decimal equals, such as a third."""
_LARGEST_EXPONENT = 30
_ROLES = {"gen": True, "load": False}


def read_paper_day(file: Path) -> tuple[tuple[PaperNode, ...], PaperTariffs]:
    """Read a day's nodes and tariffs.

    Raises:
        InputError: the file is not such JSON; names every field that is missing or no number.

    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal, parse_constant=_refuse)
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: cannot be read as JSON: {error}") from error
    if not isinstance(document, Mapping):
        raise InputError(f"{file}: an object with params and nodes is expected")
    problems: list[str] = []
    params = _Row(document.get("params"), "params", problems)
    tariffs = PaperTariffs(
        feed_in=params.number("feed_in_S"),
        purchase=params.number("grid_purchase_B"),
        grid_fee=params.number("grid_fee_G"),
        largest_weight=params.number("W_a_max", LARGEST_WEIGHT),
    )
    rows = document.get("nodes")
    if not isinstance(rows, list):
        problems.append("nodes is not a list")
        rows = []
    nodes = tuple(_node(_Row(row, f"row {i}", problems)) for i, row in enumerate(rows, start=1))
    if problems:
        raise InputError(f"{file}: {'; '.join(problems)}")
    return nodes, tariffs


def paper_day_json(results: Sequence[PaperResult]) -> str:
    """The results as JSON: money in yuan and weights in points, decimal strings, unrounded."""
    columns = ("money", "grid_revenue", "credit_after", "penalty", "compensation", "allocation")
    rows = [
        {"node": result.node, **{column: decimal_text(getattr(result, column)) for column in columns}}
        for result in results
    ]
    return json.dumps({"nodes": rows}, indent=1)


def decimal_text(value: Fraction) -> str:
    """A fraction as decimal text: exact if a finite decimal equals it, else `DIGITS` significant digits."""
    rest, fives = value.denominator, 0
    twos = (rest & -rest).bit_length() - 1
    rest >>= twos
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    if rest == 1:
        places = max(twos, fives)
        digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
        text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
        return f"-{text}" if value < 0 else text
    return f"{Context(prec=DIGITS).divide(Decimal(value.numerator), Decimal(value.denominator)):f}"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _node(row: "_Row") -> PaperNode:
    return PaperNode(
        node=row.whole("node"),
        sells=row.take("role", lambda text: _ROLES[text], f"one of {', '.join(_ROLES)}", default=False),
        partner=row.whole("partner"),
        price=row.number("price_yuan_per_kWh"),
        contracted=row.number("contract_kWh"),
        actual=row.number("actual_kWh"),
        weight=row.number("credit_before"),
    )


class _Row:
    """Reads the fields of one JSON object and collects what is wrong with them."""

    def __init__(self, fields: Any, place: str, problems: list[str]) -> None:
        self.place, self.problems = place, problems
        self.fields = fields if isinstance(fields, Mapping) else {}
        if not isinstance(fields, Mapping):
            problems.append(f"{place} is no object")

    def take(self, name: str, convert: Callable[[Any], Any], allowed: str, *, default: Any) -> Any:
        """A field converted, or `default` with a problem noted."""
        try:
            return convert(self.fields[name])
        except KeyError:
            if name not in self.fields:
                self.problems.append(f"{self.place}: {name} is missing")
                return default
        except (TypeError, ValueError, InvalidOperation):
            pass
        self.problems.append(f"{self.place}: {name} {self.fields[name]!r} is not {allowed}")
        return default

    def number(self, name: str, default: int | None = None) -> Fraction:
        """A decimal number; `default`, where there is one, stands in for a missing field."""
        if default is not None and name not in self.fields:
            return Fraction(default)
        value: Fraction = self.take(
            name, _fraction, f"a decimal number within 1e±{_LARGEST_EXPONENT}", default=Fraction(0)
        )
        return value

    def whole(self, name: str) -> int:
        """A whole number."""
        value: int = self.take(name, _whole, "a whole number", default=0)
        return value


def _fraction(value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise TypeError(value)
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > _LARGEST_EXPONENT or len(number.as_tuple().digits) > DIGITS:
        raise ValueError(value)
    return Fraction(number)


def _whole(value: Any) -> int:
    number = _fraction(value)
    if number.denominator != 1:
        raise ValueError(value)
    return int(number)
