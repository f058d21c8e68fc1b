"""What a pause stops, as docs/DEPLOY.md says it."""

import re

from offchain.files import PROJECT


def stopped_in_source() -> dict[str, set[str]]:
    """The functions that a pause stops, by the deployed contract whose pause it is."""
    texts = {file.stem: file.read_text() for file in (PROJECT / "contracts").rglob("*.sol")}
    paused = [name for name, text in texts.items() if re.search(rf"^contract {name}\b", text, re.MULTILINE)]
    found = {}
    for name in paused:
        layers = [name, *_bases(name, texts)]
        stopped = {
            function
            for layer in layers
            for function, rest in re.findall(r"function (\w+)\([^)]*\)([^{;]*)\{", texts[layer])
            if "whenNotPaused" in rest
        }
        if stopped:
            found[name] = stopped
    return found


def _bases(name: str, texts: dict[str, str]) -> list[str]:
    """The layers that a contract stands on, all the way down."""
    declared = re.search(rf"contract {name} is ([^{{]+)\{{", texts[name])
    own = [base.split("(")[0].strip() for base in declared.group(1).split(",")] if declared else []
    return [layer for base in own if base in texts for layer in (base, *_bases(base, texts))]


def test_the_document_says_what_a_pause_stops():
    text = (PROJECT / "docs" / "DEPLOY.md").read_text().split("## What a pause stops")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE)
    said = {contract: set(re.findall(r"`([a-z]\w*)`", stops)) for contract, stops in rows}
    assert said == stopped_in_source()
