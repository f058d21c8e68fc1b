"""Gas of certificates beside that of public systems: ours as committed and held by tests, theirs as measured before.

Ours are read from gas.json, which `tests/contracts/test_gas.py` measures again in every run; theirs from
peers_gas.toml, whose head says where they come from. A ratio above 1 says how many times as much a peer uses. Like is
set beside like: what stores a hash beside our least text, what stores text beside our 576 bytes. Issuance of ours has
no text at all, since the id of a certificate tells its device, hour and carrier.
"""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SYSTEMS = ("origin", "greenproof", "hyperledger", "toucan")
KINDS = {"hash": "hash only", "text": "same payload"}


def rows(peers: dict[str, Any], ours: dict[str, int]) -> Iterator[tuple[str, str, int, dict[str, float]]]:
    """Operation, kind of payload, our gas, and each peer's gas in units of it."""
    for operation in peers["operation"]:
        for kind, label in KINDS.items():
            found = {s: operation[s]["gas"] for s in SYSTEMS if operation.get(s, {}).get("payload") == kind}
            if found:
                gas = ours[operation[f"ours_{kind}"]]
                yield operation["name"], label, gas, {system: theirs / gas for system, theirs in found.items()}


def main() -> None:
    """Print the table."""
    peers = tomllib.loads((HERE / "peers_gas.toml").read_text())
    ours = json.loads((HERE / "gas.json").read_text())
    print("gas of Gridleaf, and of peers in units of it")
    print(f"{'operation':42}{'payload':14}{'Gridleaf':>10}" + "".join(f"{name:>13}" for name in SYSTEMS))
    for name, kind, gas, ratios in rows(peers, ours):
        cells = "".join(f"{ratios[s]:12.2f}x" if s in ratios else f"{'-':>13}" for s in SYSTEMS)
        print(f"{name:42}{kind:14}{gas:10,}{cells}")
    for name in SYSTEMS:
        print(f"{name}: {peers['systems'][name]}")


if __name__ == "__main__":
    main()
