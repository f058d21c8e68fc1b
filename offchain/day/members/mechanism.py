"""The members of a trading day: when what happens, how it is checked, what the report shows."""

from offchain.day.driver.mechanism import Mechanism
from offchain.day.members.audit import audit_sheets
from offchain.day.members.section import section
from offchain.day.members.steps import STEPS

MEMBERS = Mechanism(name="members", steps=STEPS, audit=audit_sheets, section=section)
