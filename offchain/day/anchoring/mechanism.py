"""The anchoring of a trading day: when what happens, how it is checked, what the report shows."""

from offchain.day.anchoring.audit import audit_anchors, queries
from offchain.day.anchoring.section import section
from offchain.day.anchoring.steps import anchor
from offchain.day.driver.mechanism import Mechanism

ANCHORING = Mechanism(
    name="anchoring",
    steps=(),
    audit=audit_anchors,
    section=section,
    queries=queries,
    closing=anchor,
    roles=("relayer",),
)
