"""The statements of a trading day: when what happens, how it is checked, what the report shows."""

from offchain.day.driver.mechanism import Mechanism
from offchain.day.statements.audit import audit_statements
from offchain.day.statements.section import section

STATEMENTS = Mechanism(name="statements", steps=(), audit=audit_statements, section=section)
