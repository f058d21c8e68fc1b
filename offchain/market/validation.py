"""What must hold before a market day can be settled; every problem is found at once."""

from collections import Counter
from collections.abc import Iterable, Sequence

from offchain.errors import InputError
from offchain.market.records import Agreement, Tariffs
from offchain.market.rulebooks import Rulebook
from offchain.members.records import UINT32_MAX, DaySheet
from offchain.members.sheet_words import energy_problems
from offchain.units import PRICE_TICK


def tariff_problems(tariffs: Tariffs) -> list[str]:
    """Tariffs lie on the price tick and leave room for a price: S <= B - G.

    Without that bound a defaulter could be paid (Xiong et al. 2023, Eqs. (32)-(33)).
    """
    named = {"feed-in": tariffs.feed_in, "purchase": tariffs.purchase, "grid fee": tariffs.grid_fee}
    problems = [
        f"{name} tariff {value} is not a multiple of {PRICE_TICK} from 0"
        for name, value in named.items()
        if value < 0 or value % PRICE_TICK
    ]
    if tariffs.feed_in > tariffs.highest_price:
        problems.append(f"feed-in tariff {tariffs.feed_in} is above purchase less grid fee {tariffs.highest_price}")
    return problems


def agreement_problems(agreement: Agreement, *, hours: range, tariffs: Tariffs) -> list[str]:
    """List what an agreement lacks: two parties, an amount, a window within the day `hours`, a price in its bounds."""
    wh, window, price = agreement.wh_per_hour, agreement.window, agreement.price
    problems = []
    if agreement.seller == agreement.buyer:
        problems.append(f"member {agreement.seller} trades with itself")
    if not 1 <= wh <= UINT32_MAX:
        problems.append(f"{wh} Wh per hour is not within 1 to {UINT32_MAX}")
    if not hours.start <= window.start < window.stop <= hours.stop:
        problems.append(f"hours {window.start} to {window.stop} are not within the day {hours.start} to {hours.stop}")
    if not tariffs.feed_in <= price <= tariffs.highest_price:
        problems.append(f"price {price} is not within {tariffs.feed_in} to {tariffs.highest_price}")
    if price % PRICE_TICK:
        problems.append(f"price {price} is not a multiple of {PRICE_TICK}")
    return [f"agreement {agreement.id}: {problem}" for problem in problems]


def sheet_problems(sheet: DaySheet) -> list[str]:
    """List what a day sheet lacks: 24 hourly energies of its two registers, each a uint32."""
    registers = {"import": sheet.import_wh, "export": sheet.export_wh}
    return [
        f"sheet of member {sheet.member}, {name}: {text}"
        for name, wh in registers.items()
        for text in energy_problems(wh)
    ]


def _repeated(what: str, ids: Iterable[int]) -> list[str]:
    return [f"{what} {key} is given {n} times" for key, n in Counter(ids).items() if n > 1]


def check_day(
    agreements: Sequence[Agreement], sheets: Sequence[DaySheet], *, hours: range, tariffs: Tariffs, rulebook: Rulebook
) -> None:
    """Refuse a market day that cannot be settled.

    Raises:
        InputError: names every problem, including members who agreed and have no day sheet.

    """
    problems = tariff_problems(tariffs)
    for agreement in agreements:
        problems += agreement_problems(agreement, hours=hours, tariffs=tariffs)
    for sheet in sheets:
        problems += sheet_problems(sheet)
    problems += _repeated("agreement", (agreement.id for agreement in agreements))
    problems += _repeated("sheet of member", (sheet.member for sheet in sheets))
    parties = {party for agreement in agreements for party in (agreement.seller, agreement.buyer)}
    missing = sorted(parties - {sheet.member for sheet in sheets})
    problems += [f"member {member} has agreements and no day sheet" for member in missing]
    problems += rulebook.day_problems(agreements)
    if problems:
        raise InputError("market day: " + "; ".join(problems))
