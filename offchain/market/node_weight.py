"""The weight of every member, out of what is known of it: credit, volume, participation, certificates, carbon, line.

Xiong et al. 2023, Eqs. (8)-(13) and (18)-(23), corrected, see docs/PAPERS.md. All weights are points from 0 to 100 in
exact fractions. A component without a source is absent: it is left out of the sum, never counted as 0, and the largest
weight that the others allow is stated beside it.

Where we differ from the paper: a member's volume of the day is that of all its agreements, and a member that agreed on
nothing that day has volume weight 0; certificates count by energy, not by whole MWh.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction

LARGEST = Fraction(100)
ZERO = Fraction(0)
VOLUME_ADJUSTMENT = Fraction(1, 2)
"""phi of Eq. (18)."""
PARTICIPATION_STEP = Fraction(1)
"""omega of Eq. (19)."""


@dataclass(frozen=True, kw_only=True)
class Components:
    """One number per component of a weight; `None` where it has no source."""

    credit: Fraction | None = None
    """W_a, Eqs. (14)-(17)."""
    volume: Fraction | None = None
    """W_d, Eq. (18)."""
    participation: Fraction | None = None
    """W_g, Eq. (19)."""
    certificates: Fraction | None = None
    """W_gc, Eq. (20)."""
    carbon: Fraction | None = None
    """W_ce, Eq. (21)."""
    line: Fraction | None = None
    """W_b, Eq. (23)."""


GENERATOR = Components(
    credit=Fraction("0.2"),
    volume=Fraction("0.2"),
    participation=Fraction("0.3"),
    certificates=Fraction("0.1"),
    carbon=Fraction("0.1"),
    line=Fraction("0.1"),
)
"""alpha_1, beta_1, gamma_1, eta_1, mu_1 and lambda of the paper's simulation; they sum to 1."""
CONSUMER = Components(
    credit=Fraction("0.2"),
    volume=Fraction("0.2"),
    participation=Fraction("0.3"),
    certificates=Fraction("0.1"),
    carbon=Fraction("0.2"),
)
"""alpha_2, beta_2, gamma_2, eta_2 and mu_2; they sum to 1. A consumer has no line component."""


@dataclass(frozen=True, kw_only=True)
class MemberFacts:
    """What is known of a member; `None` where there is no source."""

    member: int
    generates: bool
    credit: Fraction | None = None
    """[points]"""
    contracted_wh: int | None = None
    """Sum of its agreements of the day [Wh]; 0 when it had none."""
    delivered_wh: int | None = None
    """What it delivered and took of that [Wh]."""
    participation: Fraction | None = None
    """[points]"""
    certificates_wh: int | None = None
    """Certificates held [Wh]."""
    carbon_g: int | None = None
    """Eq. (22): quota and purchases less emissions of the last cycle [gCO2e]."""
    transmissions: int | None = None
    """Eq. (23), C_t: deliveries so far."""
    failures: int | None = None
    """Eq. (23), C_b: those that failed."""


@dataclass(frozen=True, kw_only=True)
class NodeWeight:
    """A member's weight with everything that it consists of."""

    member: int
    coefficients: Components
    components: Components

    @property
    def weight(self) -> Fraction:
        """Eqs. (8)-(13) over the components that are there [points]."""
        return sum((factor * value for factor, value in self._present()), ZERO)

    @property
    def reach(self) -> Fraction:
        """The largest weight that the components that are there allow; 100 when none is absent [points]."""
        return sum((factor * LARGEST for factor, _ in self._present()), ZERO)

    def rows(self) -> Iterable[tuple[str, Fraction, Fraction | None]]:
        """Name, coefficient and value of every component that the member's kind has."""
        for field in fields(Components):
            factor = getattr(self.coefficients, field.name)
            if factor is not None:
                yield field.name, factor, getattr(self.components, field.name)

    def _present(self) -> Iterable[tuple[Fraction, Fraction]]:
        return ((factor, value) for _, factor, value in self.rows() if value is not None)

    def __str__(self) -> str:
        parts = [
            f"{name} {'absent' if value is None else f'{float(value):.2f} x {float(factor):g}'}"
            for name, factor, value in self.rows()
        ]
        return f"member {self.member}: {float(self.weight):.2f} of {float(self.reach):g} ({', '.join(parts)})"


def node_weights(facts: Sequence[MemberFacts]) -> tuple[NodeWeight, ...]:
    """Weigh every member, by member id."""
    facts = sorted(facts, key=lambda fact: fact.member)
    volumes = volume_weights(
        {
            fact.member: (fact.delivered_wh, fact.contracted_wh)
            for fact in facts
            if fact.delivered_wh is not None and fact.contracted_wh is not None
        }
    )
    certificates = _known(facts, lambda fact: fact.certificates_wh, certificate_weights)
    carbon = _known(facts, lambda fact: fact.carbon_g, carbon_weights)
    return tuple(
        NodeWeight(
            member=fact.member,
            coefficients=GENERATOR if fact.generates else CONSUMER,
            components=Components(
                credit=fact.credit,
                volume=volumes.get(fact.member),
                participation=fact.participation,
                certificates=certificates.get(fact.member),
                carbon=carbon.get(fact.member),
                line=line_weight(fact.transmissions, fact.failures) if fact.generates else None,
            ),
        )
        for fact in facts
    )


def volume_weights(
    volumes: Mapping[int, tuple[int, int]], *, adjustment: Fraction = VOLUME_ADJUSTMENT
) -> dict[int, Fraction]:
    """Eq. (18): by member, (delivered, contracted) in one unit of energy to [points].

    Smallest and largest are taken over the members that had an agreement; the others weigh 0.
    """
    traded = [pair for pair in volumes.values() if pair[1]]
    if not traded:
        return dict.fromkeys(volumes, ZERO)
    floor = adjustment * min(min(pair) for pair in traded)
    span = max(agreed for _, agreed in traded) - floor
    return {
        member: LARGEST * (min(actual, agreed) - floor) / span if agreed and span else ZERO
        for member, (actual, agreed) in volumes.items()
    }


def participation_weight(weight: Fraction, rank: int, *, step: Fraction = PARTICIPATION_STEP) -> Fraction:
    """Eq. (19) for a valid reply in consensus `rank` >= 1, up to 100 [points]."""
    return min(LARGEST, weight + step * Fraction(rank + 1, rank))


def certificate_weights(holdings: Mapping[int, int]) -> dict[int, Fraction]:
    """Eq. (20): shares of all certificates held, by member [points]; 0 while nobody holds any."""
    total = sum(holdings.values())
    return {member: Fraction(100 * held, total) if total else ZERO for member, held in holdings.items()}


def carbon_weights(balances: Mapping[int, int]) -> dict[int, Fraction]:
    """Eq. (21): carbon balances of Eq. (22) between the least and the greatest, by member [points].

    0 for everybody while all are equal.
    """
    least, greatest = min(balances.values(), default=0), max(balances.values(), default=0)
    span = greatest - least
    return {m: Fraction(100 * (balance - least), span) if span else ZERO for m, balance in balances.items()}


def line_weight(transmissions: int | None, failures: int | None) -> Fraction | None:
    """Eq. (23) [points]: 100 before the first delivery, `None` without a source."""
    if transmissions is None or failures is None:
        return None
    return Fraction(100 * (transmissions - failures), transmissions) if transmissions else LARGEST


def _known(
    facts: Sequence[MemberFacts],
    fact: Callable[[MemberFacts], int | None],
    weights: Callable[[Mapping[int, int]], dict[int, Fraction]],
) -> dict[int, Fraction]:
    """Weigh the members for whom a fact is known among each other."""
    return weights({f.member: value for f in facts if (value := fact(f)) is not None})
