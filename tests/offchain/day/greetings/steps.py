"""The administrator greets by the label of a role, on every regional chain."""

from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, HOUR

ROLE = 77
WORDS = "good morning, <rural>"


def greet(region: RegionDay) -> None:
    region.send([("RoleManager", "labelRole", (ROLE, WORDS), 1)], region.role("administrator"))


STEPS = (Step(name="greetings: greet", at=-DAY + HOUR, act=in_every_region(greet)),)
