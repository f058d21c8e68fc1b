"""The points of a trading day: when what happens, how it is checked, what the report shows."""

from offchain.day.driver.mechanism import Mechanism
from offchain.day.points.audit import audit_points, queries
from offchain.day.points.section import section
from offchain.day.points.steps import STEPS

POINTS = Mechanism(
    name="points",
    steps=STEPS,
    audit=audit_points,
    section=section,
    queries=queries,
    roles=("bank",),
)
