"""The administrator greets by the label of a role, on every regional chain."""

from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, HOUR
from tests.offchain.day.greetings.calls import label_role

ROLE = 77
WORDS = "good morning, <rural>"


def greet(region: RegionDay) -> None:
    region.journal.send(label_role(region.client, ROLE, label=WORDS, key=region.role("administrator")))


STEPS = (Step(name="greetings: greet", at=-DAY + HOUR, act=in_every_region(greet)),)
