"""The rewards of a trading day: when what happens, how it is checked, what the report shows."""

from offchain.day.driver.mechanism import Mechanism
from offchain.day.rewards.audit import audit_rewards, queries
from offchain.day.rewards.section import section
from offchain.day.rewards.steps import STEPS

REWARDS = Mechanism(
    name="rewards",
    steps=STEPS,
    audit=audit_rewards,
    section=section,
    queries=queries,
    roles=("operator", "courier"),
)
