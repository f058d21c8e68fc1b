"""Slither's findings of high and medium impact, each of them explained: `python -m analysis.slither`.

`slither.toml` holds the explanations. A finding without one, and an explanation without a finding, end with status 1.
"""

import json
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.programs import FOLDER, SOLC, run, sources

EXPLANATIONS = FOLDER / "slither.toml"


@dataclass(frozen=True, order=True)
class Finding:
    """What a detector says of a place."""

    detector: str
    place: str
    """Contract.function, or with a variable's name behind it."""


def main() -> int:
    """Compare findings with explanations."""
    found, explained = _findings(), _explained()
    for finding in sorted(found.keys() - explained):
        print(f"{finding.detector} at {finding.place} is not explained: {found[finding]}")
    for finding in sorted(explained - found.keys()):
        print(f"{finding.detector} at {finding.place} is explained, and not found any more")
    if found.keys() != explained:
        return 1
    print(f"slither: {len(found)} findings of high or medium impact, every one explained in {EXPLANATIONS.name}")
    return 0


def _findings() -> dict[Finding, str]:
    """What slither finds in all contracts, with its first line of each."""
    settings = {
        "remappings": ["@openzeppelin=node_modules/@openzeppelin"],
        "evmVersion": "prague",
        "optimizer": {"enabled": False},
        "outputSelection": {"*": {"*": ["abi", "metadata", "evm.bytecode", "evm.deployedBytecode"], "": ["ast"]}},
    }
    task = {"language": "Solidity", "sources": {name: {"urls": [name]} for name in sources()}, "settings": settings}
    ignored = [name for name, _ in _ignored()]
    with tempfile.TemporaryDirectory() as folder:
        file, answer = Path(folder) / "contracts.json", Path(folder) / "answer.json"
        file.write_text(json.dumps(task), encoding="utf-8")
        done = run(
            "slither",
            [
                *(file, "--compile-force-framework", "Solc-json", "--solc", SOLC),
                *("--solc-args", "--base-path . --include-path . --allow-paths .", "--filter-paths", "node_modules"),
                *("--exclude-informational", "--exclude-low", "--exclude-optimization"),
                *("--exclude", ",".join(ignored), "--json", answer),
            ],
        )
        if not answer.exists():
            raise SystemExit(f"slither failed: {done.stderr.strip()[-2000:]}")
        results = json.loads(answer.read_text(encoding="utf-8"))
    if not results["success"]:
        raise SystemExit(f"slither failed: {results['error']}")
    return {
        Finding(result["check"], _place(result["elements"][0])): result["description"].split("\n")[0]
        for result in results["results"].get("detectors", [])
    }


def _place(element: Mapping[str, Any]) -> str:
    """Contract, function and variable of an element of a finding, from outside to inside."""
    parent = element.get("type_specific_fields", {}).get("parent")
    names = {"contract": [element["name"]], "node": []}.get(element["type"], [element["name"]])
    inside = parent is not None and parent["type"] in {"contract", "function", "variable"}
    return ".".join(([_place(parent)] if inside else []) + names)


def _explained() -> set[Finding]:
    """What `slither.toml` explains."""
    groups = tomllib.loads(EXPLANATIONS.read_text(encoding="utf-8"))["finding"]
    return {Finding(group["detector"], place) for group in groups for place in group["places"]}


def _ignored() -> Iterator[tuple[str, str]]:
    """Detectors that say nothing here, with the reason."""
    for detector in tomllib.loads(EXPLANATIONS.read_text(encoding="utf-8"))["ignored"]:
        yield detector["detector"], detector["reason"]


if __name__ == "__main__":
    sys.exit(main())
