"""What an offer can come to cost its maker: to be read before signing.

At its limit an offer costs its maker the most: a seller pays for what it does not deliver in proportion to B - U - G, a
buyer for what it does not take in proportion to U - S.
"""

from dataclasses import dataclass

from offchain.market.offers import Offer, Side
from offchain.market.penalties import buyer_loss_rate, largest_factor, margins, seller_loss_rate
from offchain.market.records import Tariffs
from offchain.market.rulebooks import MARKET, Rulebook
from offchain.market.settlement import amount


@dataclass(frozen=True, kw_only=True)
class Quote:
    """Amounts of one side of an agreement [point-wei]."""

    value: int
    """The energy at the offer's limit, when all is delivered and taken: the buyer pays it to the seller."""
    grid_fee: int
    """What the buyer pays the grid company besides; 0 for a seller."""
    largest_penalty: int
    """Compensation included."""
    margin: int
    """Reserved from registration to settlement."""


def quote(offer: Offer, *, tariffs: Tariffs, rulebook: Rulebook = MARKET) -> Quote:
    """Tell what an offer costs its maker if all of it is matched at its limit."""
    wh = offer.wh_per_hour * offer.hours
    reserved = margins(wh, offer.price, tariffs=tariffs, rulebook=rulebook)
    selling = offer.side is Side.SELL
    rate = (seller_loss_rate if selling else buyer_loss_rate)(offer.price, tariffs=tariffs)
    return Quote(
        value=amount(wh, offer.price),
        grid_fee=0 if selling else amount(wh, tariffs.grid_fee),
        largest_penalty=amount(wh, largest_factor(rulebook) * rate),
        margin=reserved.seller if selling else reserved.buyer,
    )
