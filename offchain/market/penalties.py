"""What a default costs, in the integers that the contracts use (docs/MARKET.md).

Xiong et al. 2023, Eqs. (32)-(33), corrected, see docs/PAPERS.md: who falls short pays for the other party's loss,
unless that one fell short as well, and a penalty that grows with the shortfall and with its own credit weight.

Where we differ from the paper, under rulebook `market`: the penalty is in proportion, at most twice the loss, and never
below that of weight 50. The paper's runs up to a hundred times the loss and is least for who is trusted least.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from offchain.market.records import Agreement, Tariffs
from offchain.market.rulebooks import WAD, Rulebook
from offchain.market.settlement import AgreementSettlement, Shortfall, amount

WH_PER_KWH = 1000


@dataclass(frozen=True, kw_only=True)
class Penalties:
    """What the parties of an agreement pay for their defaults [point-wei]."""

    agreement: Agreement
    seller_compensation: int
    """From the seller to the buyer."""
    buyer_compensation: int
    """From the buyer to the seller."""
    seller_penalty: int
    """From the seller into the pool."""
    buyer_penalty: int
    """From the buyer into the pool."""

    @property
    def seller_leg(self) -> int:
        """Positive for what the seller receives."""
        return self.buyer_compensation - self.seller_compensation - self.seller_penalty

    @property
    def buyer_leg(self) -> int:
        """Positive for what the buyer receives."""
        return self.seller_compensation - self.buyer_compensation - self.buyer_penalty

    @property
    def pool_entry(self) -> int:
        """F of Eq. (34)."""
        return self.seller_penalty + self.buyer_penalty


@dataclass(frozen=True, kw_only=True)
class Margins:
    """The most that an agreement can cost each party, reserved until it is settled [point-wei]."""

    seller: int
    buyer: int


def seller_loss_rate(price: int, *, tariffs: Tariffs) -> int:
    """What the buyer loses for every kWh that the seller does not deliver [point-wei/kWh]."""
    return tariffs.highest_price - price


def buyer_loss_rate(price: int, *, tariffs: Tariffs) -> int:
    """What the seller loses for every kWh that the buyer does not take [point-wei/kWh]."""
    return price - tariffs.feed_in


def largest_factor(rulebook: Rulebook) -> int:
    """Compensation and penalty together are at most this many times the loss."""
    return 1 + rulebook.penalty_factor


def penalty_rounded_up(shortfall: Shortfall, *, rate: int, weight: int, rulebook: Rulebook) -> int:
    """What goes into the pool for one party's shortfall at its weight of the day's opening [wad], in point-wei.

    At most `largest_factor - 1` times the loss, because the shortfall of a unit is at most what is owed in it.
    """
    weight = max(weight, rulebook.least_weight)
    numerator = rate * rulebook.penalty_factor * weight * shortfall.squares
    return -(-numerator // (WH_PER_KWH * WAD * shortfall.unit_wh))


def penalties(
    settled: AgreementSettlement, weights: Mapping[int, int], *, tariffs: Tariffs, rulebook: Rulebook
) -> Penalties:
    """Charge the defaults of a settled agreement; `weights` at the opening of the day by member [wad]."""
    agreement = settled.agreement
    seller_rate = seller_loss_rate(agreement.price, tariffs=tariffs)
    buyer_rate = buyer_loss_rate(agreement.price, tariffs=tariffs)
    return Penalties(
        agreement=agreement,
        seller_compensation=amount(settled.seller_short.alone_wh, seller_rate),
        buyer_compensation=amount(settled.buyer_short.alone_wh, buyer_rate),
        seller_penalty=penalty_rounded_up(
            settled.seller_short, rate=seller_rate, weight=weights[agreement.seller], rulebook=rulebook
        ),
        buyer_penalty=penalty_rounded_up(
            settled.buyer_short, rate=buyer_rate, weight=weights[agreement.buyer], rulebook=rulebook
        ),
    )


def margins(wh: int, price: int, *, tariffs: Tariffs, rulebook: Rulebook) -> Margins:
    """What both parties reserve for an agreement over `wh` [Wh] in all at a price [point-wei/kWh].

    Under rulebook `market` no settlement costs a party more: what a seller owes is greatest when it delivers nothing, a
    buyer's bill either when it takes everything and nothing is delivered, or when it takes nothing.
    """
    factor = largest_factor(rulebook)
    return Margins(
        seller=amount(wh, factor * seller_loss_rate(price, tariffs=tariffs)),
        buyer=amount(wh, max(tariffs.purchase, factor * buyer_loss_rate(price, tariffs=tariffs))),
    )
