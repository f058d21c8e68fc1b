"""Registrations of new members, from a CSV file: what the operator states and what each member has signed."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offchain.chain.keys import NOBODY
from offchain.errors import InputError
from offchain.members.records import Kind

COLUMNS = ("account", "meter_key", "node", "kind", "group", "import_w", "export_w", "deadline", "acceptance")
REFERENCE = "reference"
"""A column of the operator's own, which stays off chain."""
LIMITS = {"node": 2**32, "group": 2**32, "import_w": 2**32, "export_w": 2**32, "deadline": 2**64}
ADDRESS_DIGITS = 40


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A new member's terms and its signature under them."""

    account: str
    meter_key: str
    """Zero for operators and providers, who have no meter."""
    node: int
    kind: Kind
    group: int
    import_w: int
    export_w: int
    deadline: int
    """[s, unix]"""
    acceptance: bytes
    reference: str
    """The operator's own name for the member; never on chain."""

    @property
    def terms(self) -> dict[str, Any]:
        """What the member signs, as the contract takes it."""
        return {
            "account": self.account,
            "meterKey": self.meter_key,
            "node": self.node,
            "kind": int(self.kind),
            "group": self.group,
            "importW": self.import_w,
            "exportW": self.export_w,
            "deadline": self.deadline,
        }


def read_registrations(file: Path, *, accepted: bool = True) -> list[Registration]:
    """The registrations of a CSV file with the columns of `COLUMNS` and, if wanted, `REFERENCE`.

    With `accepted` every row must have its acceptance; else it may be empty.

    Raises:
        InputError: the file is missing or damaged; names every problem by its line.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: cannot be read as CSV: {error}") from error
    header = list(rows[0]) if rows else []
    if set(header) - {REFERENCE} != set(COLUMNS):
        raise InputError(f"{file}: needs a line of columns {','.join(COLUMNS)} (and maybe {REFERENCE}), then members")
    problems = [
        f"line {line}: {text}" for line, row in enumerate(rows, 2) for text in _problems(row, accepted=accepted)
    ]
    if not problems:
        problems = list(_repeated(rows))
    if problems:
        raise InputError(f"{file}: {'; '.join(problems)}")
    return [_registration(row) for row in rows]


def registrations_text(registrations: Sequence[Registration]) -> str:
    """The content of a registrations' file."""
    output = io.StringIO()
    table = csv.DictWriter(output, fieldnames=[REFERENCE, *COLUMNS], lineterminator="\n")
    table.writeheader()
    for entry in registrations:
        fields = vars(entry) | {"kind": entry.kind.name.lower()}
        table.writerow(fields | {"acceptance": f"0x{entry.acceptance.hex()}" if entry.acceptance else ""})
    return output.getvalue()


def _problems(row: Mapping[str | None, Any], *, accepted: bool) -> Iterator[str]:
    if None in row or None in row.values():
        yield "it has not as many cells as the first line"
        return
    for name in ("account", "meter_key"):
        if not _is_address(row[name]) and not (name == "meter_key" and not row[name]):
            yield f"{name} must be an address (0x and {ADDRESS_DIGITS} digits), not {row[name]!r}"
    for name, limit in LIMITS.items():
        if not row[name].isdecimal() or int(row[name]) >= limit:
            yield f"{name} must be a whole number below {limit}, not {row[name]!r}"
    if row["kind"].upper() not in Kind.__members__:
        yield f"kind must be one of {', '.join(kind.name.lower() for kind in Kind)}, not {row['kind']!r}"
    if not _is_hexadecimal(row["acceptance"]) and (accepted or row["acceptance"]):
        yield f"acceptance must be a signature, 0x..., not {row['acceptance']!r}"


def _repeated(rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Accounts and meter keys that stand in several lines."""
    for name in ("account", "meter_key"):
        counts = Counter(row[name].lower() for row in rows if row[name] not in {"", NOBODY})
        for value, count in counts.items():
            if count > 1:
                lines = [str(line) for line, row in enumerate(rows, 2) if row[name].lower() == value]
                yield f"lines {', '.join(lines)}: {name} {value} is given {count} times"


def _registration(row: Mapping[str, str]) -> Registration:
    return Registration(
        account=row["account"],
        meter_key=row["meter_key"] or NOBODY,
        kind=Kind[row["kind"].upper()],
        **{name: int(row[name]) for name in LIMITS},
        acceptance=bytes.fromhex(row["acceptance"][2:]),
        reference=row.get(REFERENCE, ""),
    )


def _is_address(text: str) -> bool:
    return _is_hexadecimal(text) and len(text) == len("0x") + ADDRESS_DIGITS


def _is_hexadecimal(text: str) -> bool:
    if not text.startswith("0x") or len(text) == len("0x"):
        return False
    try:
        bytes.fromhex(text[2:])
    except ValueError:
        return False
    return True
