"""Tables 1 and 2 of Xiong et al. 2023, and how a settled day is held against them."""

import json
import sys
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from offchain.files import PROJECT

VECTORS = PROJECT / "tests" / "vectors" / "market" / "golden.json"
GOLDEN = json.loads(VECTORS.read_text(encoding="utf-8"), parse_float=Decimal)
ROWS = {row["node"]: row for row in GOLDEN["nodes"]}
COLUMNS = {
    "money": "money_yuan",
    "grid_revenue": "grid_revenue_yuan",
    "credit_after": "credit_after",
    "penalty": "penalty_yuan",
    "allocation": "allocation_yuan",
}
"""Field of a result -> column of the tables."""
NOT_REPRODUCED = {(cell["node"], cell["column"]): cell["computed"] for cell in GOLDEN["not_reproduced"]}
"""Cells that no arithmetic on the printed inputs gives, with what it does give: explained in the file."""


def two_decimals(value):
    """A fraction as the paper prints it: half up."""
    value = Fraction(value)
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def compare(results):
    """Hold 30 results {node: {field: Fraction}} against every printed cell; prints the tables side by side.

    Returns the cells that differ, and the listed cells that turn out otherwise than listed.
    """
    differing, changed = set(), set()
    lines = ["node  " + "  ".join(f"{column:>23}" for column in COLUMNS.values())]
    for node, row in ROWS.items():
        cells = []
        for field, column in COLUMNS.items():
            printed, value = Decimal(row["printed"][column]), two_decimals(results[node][field])
            differs = value != printed
            if differs:
                differing.add((node, column))
            listed = NOT_REPRODUCED.get((node, column))
            if listed is not None and abs(Fraction(results[node][field]) - Fraction(listed)) > Fraction(1, 10**5):
                changed.add((node, column))
            cells.append(f"{printed:>10} {value:>10}{' *' if differs else '  '}")
        lines.append(f"{node:>4}  " + "  ".join(cells))
    sys.stdout.write("\n".join(["", *lines, "* differs", ""]))
    return differing, changed
