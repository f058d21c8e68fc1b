"""The anchors on the main chain against the blocks that they name."""

from collections.abc import Iterable, Iterator

from offchain.day.anchoring.records import AnchorRow
from offchain.day.driver.audit import refuse
from offchain.day.driver.evidence import BlockQuestion, Evidence


def queries(evidence: Evidence) -> Iterable[BlockQuestion]:
    """The hash of every anchored block."""
    return [BlockQuestion(anchor.chain, anchor.height) for anchor in _anchors(evidence)]


def audit_anchors(evidence: Evidence) -> tuple[AnchorRow, ...]:
    """All anchors, region by region.

    Raises:
        LawViolation: an anchored hash is not the block's.
    """
    anchors = tuple(_anchors(evidence))
    refuse(
        evidence.main.name,
        (
            f"anchor of chain {anchor.chain} at {anchor.height} is not its block's hash"
            for anchor in anchors
            if evidence.chains[anchor.chain].hash_at(anchor.height) != anchor.block_hash
        ),
    )
    return anchors


def _anchors(evidence: Evidence) -> Iterator[AnchorRow]:
    events = evidence.main.of("AnchorBoard", "Anchored")
    for region in evidence.regions:
        for event in events:
            if event.values["chainId"] == region.chain.chain.chain_id:
                yield AnchorRow(chain=region.name, height=event.values["height"], block_hash=event.values["blockHash"])
