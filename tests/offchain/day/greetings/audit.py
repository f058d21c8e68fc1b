"""Everybody was greeted, once and in these words, and whoever is asked who manages the role says the administrator."""

from collections.abc import Iterable

from offchain.day.driver.audit import refuse
from offchain.day.driver.evidence import Evidence, Question
from tests.offchain.day.greetings.steps import ROLE, WORDS


def queries(evidence: Evidence) -> Iterable[Question]:
    return [Question(region.name, "RoleManager", "getRoleAdmin", (ROLE,)) for region in evidence.regions]


def audit(evidence: Evidence) -> dict[str, tuple[str, int]]:
    found = {}
    for region in evidence.regions:
        labels = [event.values["label"] for event in region.chain.of("RoleManager", "RoleLabel")]
        refuse(region.name, [] if labels == [WORDS] else [f"greetings are {labels}, planned {[WORDS]}"])
        found[region.name] = labels[0], region.chain.answer("RoleManager", "getRoleAdmin", ROLE)
    return found
