"""The market of a trading day: when what happens, how it is checked, what the report shows."""

from offchain.day.driver.mechanism import Mechanism
from offchain.day.market.audit import audit_market, queries
from offchain.day.market.section import section
from offchain.day.market.steps import STEPS

MARKET = Mechanism(
    name="market",
    steps=STEPS,
    audit=audit_market,
    section=section,
    queries=queries,
    roles=("courier",),
)
