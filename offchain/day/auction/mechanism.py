"""The auction of a trading day: when what happens, how it is checked, what the report shows."""

from offchain.day.auction.audit import audit_auction, queries
from offchain.day.auction.section import section
from offchain.day.auction.steps import STEPS
from offchain.day.driver.mechanism import Mechanism

AUCTION = Mechanism(name="auction", steps=STEPS, audit=audit_auction, section=section, queries=queries)
