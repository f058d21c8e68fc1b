"""The quotas of a trading day: when what happens, how it is checked, what the report shows."""

from offchain.day.driver.mechanism import Mechanism
from offchain.day.quotas.audit import audit_quotas, queries
from offchain.day.quotas.section import section
from offchain.day.quotas.steps import STEPS

QUOTAS = Mechanism(
    name="quotas",
    steps=STEPS,
    audit=audit_quotas,
    section=section,
    queries=queries,
    roles=("regulator", "courier", "bank"),
)
