"""Once sheets are final: carbon roots are posted."""

from offchain.carbon.calls import post_roots
from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY


def post_carbon(region: RegionDay) -> None:
    """The carbon provider posts the roots of the day."""
    roots = [tree.root for tree in region.plan.trees]
    region.journal.send(
        post_roots(region.client, roots, first_hour=region.plan.hours.start, key=region.role("carbon provider"))
    )


STEPS = (Step(name="carbon: post roots", at=8 * DAY, act=in_every_region(post_carbon)),)
