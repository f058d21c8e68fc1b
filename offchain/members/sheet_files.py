"""Files of meters: hourly readings as CSV, signed sheets as JSON."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from offchain.errors import InputError
from offchain.market_time import HOURS_PER_DAY
from offchain.members.sheet_words import energy_problems
from offchain.members.signer import SignedSheet

READINGS_HEADER = ["hour", "import_wh", "export_wh"]
SHEET_FIELDS = ("chainId", "contract", "meter", "day", "revision", "importWh", "exportWh", "signature")
LIMITS = {"chainId": 2**63, "meter": 2**32, "day": 2**32, "revision": 2**16}


def read_readings(file: Path) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A day's imports and exports [Wh] from a CSV file with the columns hour, import_wh and export_wh.

    Raises:
        InputError: the file is missing or damaged, or its hours are not 0 to 23; names every problem.
    """
    rows = _rows(file)
    if not rows or rows[0] != READINGS_HEADER:
        raise InputError(f"{file}: the first line must be {','.join(READINGS_HEADER)}")
    problems, imports, exports = [], [], []
    for number, row in enumerate(rows[1:]):
        try:
            hour, import_wh, export_wh = (int(cell) for cell in row)
        except ValueError:
            problems.append(f"line {number + 2}: {','.join(row)} is not three whole numbers")
            continue
        if hour != number:
            problems.append(f"line {number + 2}: hour {hour} stands where {number} belongs")
        imports.append(import_wh)
        exports.append(export_wh)
    if len(rows) != HOURS_PER_DAY + 1:
        problems.append(f"{len(rows) - 1} hours instead of {HOURS_PER_DAY}")
    if not problems:
        problems = [f"import {text}" for text in energy_problems(imports)]
        problems += [f"export {text}" for text in energy_problems(exports)]
    if problems:
        raise InputError(f"{file}: {'; '.join(problems)}")
    return tuple(imports), tuple(exports)


def sheet_text(sheet: SignedSheet) -> str:
    """The content of a signed sheet's file."""
    document = {
        "chainId": sheet.chain_id,
        "contract": sheet.contract,
        "meter": sheet.meter,
        "day": sheet.day,
        "revision": sheet.revision,
        "importWh": list(sheet.import_wh),
        "exportWh": list(sheet.export_wh),
        "signature": f"0x{sheet.signature.hex()}",
    }
    return json.dumps(document, indent=1) + "\n"


def read_sheets(files: Sequence[Path]) -> list[SignedSheet]:
    """The signed sheets of some files, in their order.

    Raises:
        InputError: a file is missing or damaged; names every problem of all files.
    """
    sheets, problems = [], []
    for file in files:
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            problems.append(f"{file}: cannot be read as JSON: {error}")
            continue
        found = [f"{file}: {text}" for text in _problems(document)]
        problems += found
        if not found:
            sheets.append(_sheet(document))
    if problems:
        raise InputError("; ".join(problems))
    return sheets


def _problems(document: Any) -> list[str]:
    if not isinstance(document, dict) or set(document) != set(SHEET_FIELDS):
        return [f"a signed sheet has the fields {', '.join(SHEET_FIELDS)}"]
    problems = []
    for name, limit in LIMITS.items():
        value = document[name]
        if type(value) is not int or not 0 <= value < limit:
            problems.append(f"{name} must be a whole number below {limit}, not {value!r}")
    for name in ("importWh", "exportWh"):
        values = document[name]
        if not isinstance(values, list) or any(type(value) is not int for value in values):
            problems.append(f"{name} must be a list of whole numbers")
        else:
            problems += [f"{name}: {text}" for text in energy_problems(values)]
    if not isinstance(document["contract"], str):
        problems.append(f"contract must be an address, not {document['contract']!r}")
    if _bytes(document["signature"]) is None:
        problems.append("signature must be hexadecimal, 0x...")
    return problems


def _bytes(text: Any) -> bytes | None:
    if not isinstance(text, str) or not text.startswith("0x"):
        return None
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        return None


def _sheet(document: dict[str, Any]) -> SignedSheet:
    return SignedSheet(
        chain_id=document["chainId"],
        contract=document["contract"],
        meter=document["meter"],
        day=document["day"],
        revision=document["revision"],
        import_wh=tuple(document["importWh"]),
        export_wh=tuple(document["exportWh"]),
        signature=_bytes(document["signature"]) or b"",
    )


def _rows(file: Path) -> list[list[str]]:
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            return [row for row in csv.reader(stream) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: cannot be read as CSV: {error}") from error
