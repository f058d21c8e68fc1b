"""What a closed day and the ledgers say of every member, as far as its node weight asks for it.

Credit and volume come from the day's close, certificates from holdings, carbon from quotas, purchases and emissions.
What nobody hands in has no source and stays absent: participation until nodes elect leaders, lines until outages are
recorded.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from offchain.market.credit import WAD
from offchain.market.day_close import DayClose
from offchain.market.node_weight import LARGEST, MemberFacts


@dataclass(frozen=True, kw_only=True)
class CarbonBook:
    """A member's carbon over the last cycle, Xiong et al. 2023, Eq. (22) [gCO2e]."""

    quota: int
    bought: int
    """Less what was sold."""
    emitted: int

    @property
    def balance(self) -> int:
        """A_ce [gCO2e]."""
        return self.quota + self.bought - self.emitted


def day_facts(
    close: DayClose,
    generates: Mapping[int, bool],
    *,
    credit: Mapping[int, int] | None = None,
    certificates: Mapping[int, int] | None = None,
    carbon: Mapping[int, CarbonBook] | None = None,
) -> tuple[MemberFacts, ...]:
    """Collect what is known of members after a day, by member id.

    Args:
        close: of the day.
        generates: who is weighed, and whether as a generator.
        credit: weights of members that did not settle that day [wad].
        certificates: holdings [Wh]; `None` when there is no such ledger.
        carbon: balances of the last cycle; `None` when there is no such ledger.
    """
    contracted, missing = defaultdict[int, int](int), defaultdict[int, int](int)
    for item in close.settlement.agreements:
        agreement = item.agreement
        for member, short in ((agreement.seller, item.seller_short), (agreement.buyer, item.buyer_short)):
            contracted[member] += agreement.wh
            missing[member] += short.wh
    weights = {**(credit or {}), **dict(close.weights)}
    return tuple(
        MemberFacts(
            member=member,
            generates=generating,
            credit=LARGEST * Fraction(weights[member], WAD) if member in weights else None,
            contracted_wh=contracted[member],
            delivered_wh=contracted[member] - missing[member],
            certificates_wh=None if certificates is None else certificates.get(member, 0),
            carbon_g=carbon[member].balance if carbon and member in carbon else None,
        )
        for member, generating in sorted(generates.items())
    )
