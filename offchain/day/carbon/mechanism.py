"""The carbon of a trading day: when what happens, how it is checked, what the report shows."""

from offchain.day.carbon.audit import audit_roots, queries
from offchain.day.carbon.section import section
from offchain.day.carbon.steps import STEPS
from offchain.day.driver.mechanism import Mechanism

CARBON = Mechanism(
    name="carbon",
    steps=STEPS,
    audit=audit_roots,
    section=section,
    queries=queries,
    roles=("carbon provider",),
)
