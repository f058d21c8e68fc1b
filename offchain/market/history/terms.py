"""What a market was made with, for good: read from the chain once, kept with its index as plain facts."""

from collections.abc import Mapping
from dataclasses import dataclass

from offchain.chain.client import Client
from offchain.errors import InputError
from offchain.index.records import FollowedChain, Plain
from offchain.market.history.margins import CONTRACTS
from offchain.market.records import Tariffs
from offchain.market.rulebooks import RULEBOOKS, Rulebook, rulebook_of
from offchain.units import PRICE_TICK

TARIFFS = ("feed_in", "purchase", "grid_fee")


@dataclass(frozen=True, kw_only=True)
class MarketTerms:
    """What a market was made with."""

    grid_company: int
    """The member around which it is built."""
    utc_offset_hours: int
    """Of the market days."""
    tariffs: Tariffs
    rulebook: Rulebook

    @property
    def facts(self) -> Mapping[str, Plain]:
        """As an index keeps them; tariffs in ticks."""
        return {
            "grid_company": self.grid_company,
            "utc_offset_hours": self.utc_offset_hours,
            "rulebook": self.rulebook.name,
            **{name: getattr(self.tariffs, name) // PRICE_TICK for name in TARIFFS},
        }


def terms_of(chain: FollowedChain) -> MarketTerms | None:
    """The market of a chain, from the facts that its index keeps; None without a market."""
    facts = chain.facts
    if not facts:
        return None
    return MarketTerms(
        grid_company=facts["grid_company"],
        utc_offset_hours=facts["utc_offset_hours"],
        tariffs=Tariffs(**{name: facts[name] * PRICE_TICK for name in TARIFFS}),
        rulebook=RULEBOOKS[facts["rulebook"]],
    )


def market_facts(client: Client) -> Mapping[str, Plain]:
    """What an index has to know of a chain's market; nothing without one.

    Raises:
        InputError: the chain has a market, but not all of its contracts are known; points would move unseen.
        ChainError: the chain does not answer.
    """
    names = {contract.name for contract in client.contracts}
    if "BilateralMarket" not in names:
        return {}
    missing = sorted(CONTRACTS - names)
    if missing:
        raise InputError(
            f"{client.endpoint} has a market without {', '.join(missing)}; its points could not be followed"
        )
    market = client.contract("BilateralMarket")
    tariffs = client.call(market("tariffs"))
    return MarketTerms(
        grid_company=client.call(market("gridCompany")),
        utc_offset_hours=client.call(market("utcOffset")),
        tariffs=Tariffs(feed_in=tariffs.feedIn, purchase=tariffs.purchase, grid_fee=tariffs.gridFee),
        rulebook=rulebook_of(client.call(market("rulebook"))),
    ).facts
