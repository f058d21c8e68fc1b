"""All that a line of MECHANISMS needs."""

from offchain.day.driver.mechanism import Mechanism
from tests.offchain.day.greetings.audit import audit, queries
from tests.offchain.day.greetings.section import section
from tests.offchain.day.greetings.steps import STEPS

GREETINGS = Mechanism(name="greetings", steps=STEPS, audit=audit, section=section, queries=queries)
