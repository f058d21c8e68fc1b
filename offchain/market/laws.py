"""The laws that any settlement of a market day must obey, checked on its energies and legs alone.

Money: the legs of every agreement, and of the whole day, sum to zero to the wei, and every balance is the sum of its
legs. Prices: every leg is what the agreed price and the tariffs give on its energies. Energy: every Wh that a member
metered is traded, sold or bought outside agreements, or dust, less than 1 Wh per agreement and hour. Close: what
defaults cost arrives at the other party or in the pool, the pool at its sharers or in the reserve; who performed pays
nothing; weights stay within 0 and 100 points. Reconciliation: every correction has its opposite.
"""

from collections import defaultdict
from collections.abc import Sequence

from offchain.errors import LawViolation
from offchain.market.credit import WAD
from offchain.market.day_close import DayClose
from offchain.market.reconciliation import Reconciliation
from offchain.market.records import Tariffs
from offchain.market.settlement import WH_PER_KWH, DaySettlement
from offchain.members.records import DaySheet


def check_money(settlement: DaySettlement) -> None:
    """Every leg has its opposite.

    Raises:
        LawViolation: names the agreement, the member or the day whose legs do not sum, and by how many point-wei.

    """
    legs: dict[int, int] = defaultdict(int)
    for item in settlement.agreements:
        exchange = item.exchange
        if rest := exchange.seller + exchange.buyer + exchange.grid:
            raise LawViolation(f"money: legs of agreement {item.agreement.id} sum to {rest} point-wei, not 0")
        legs[item.agreement.seller] += exchange.seller
        legs[item.agreement.buyer] += exchange.buyer
    for residual in settlement.residuals:
        legs[residual.member] += residual.leg
    for member, balance in settlement.balances:
        if rest := balance - legs.pop(member, 0):
            raise LawViolation(f"money: balance of member {member} differs from its legs by {rest} point-wei")
    if legs:
        raise LawViolation(f"money: members {sorted(legs)} have legs and no balance")
    if rest := settlement.grid + sum(balance for _, balance in settlement.balances):
        raise LawViolation(f"money: balances of the day sum to {rest} point-wei, not 0")


def check_prices(settlement: DaySettlement, *, tariffs: Tariffs) -> None:
    """Every seller and every residual is paid by its energies; buyer and grid company follow from the zero sums.

    Raises:
        LawViolation: names the agreement or the member whose leg is another one.

    """
    for item in settlement.agreements:
        number, price, legs = item.agreement.id, item.agreement.price, item.exchange
        earned = legs.matched_wh * price + legs.surplus_wh * tariffs.feed_in
        if rest := legs.seller * WH_PER_KWH - earned:
            raise LawViolation(f"prices: the seller's leg of agreement {number} is {rest} Wh point-wei/kWh off")
        charged = legs.matched_wh * tariffs.grid_fee + legs.shortfall_wh * tariffs.purchase
        if rest := legs.grid * WH_PER_KWH - charged + legs.surplus_wh * tariffs.feed_in:
            raise LawViolation(f"prices: the grid company's leg of agreement {number} is {rest} Wh point-wei/kWh off")
    for residual in settlement.residuals:
        due = residual.export_wh * tariffs.feed_in - residual.import_wh * tariffs.purchase
        if rest := residual.leg * WH_PER_KWH - due:
            raise LawViolation(f"prices: the residual of member {residual.member} is {rest} Wh point-wei/kWh off")


def check_energy(settlement: DaySettlement, sheets: Sequence[DaySheet]) -> None:
    """Every metered Wh is on one bill, or is dust within its bound.

    Raises:
        LawViolation: names the register and the member, or the day, and by how many Wh.

    """
    registers = {
        "export": (
            {s.member: sum(s.export_wh) for s in sheets},
            {r.member: r.export_wh for r in settlement.residuals},
            [(i.agreement.seller, i.exchange.matched_wh + i.exchange.surplus_wh) for i in settlement.agreements],
            settlement.export_dust_wh,
        ),
        "import": (
            {s.member: sum(s.import_wh) for s in sheets},
            {r.member: r.import_wh for r in settlement.residuals},
            [(i.agreement.buyer, i.exchange.matched_wh + i.exchange.shortfall_wh) for i in settlement.agreements],
            settlement.import_dust_wh,
        ),
    }
    hours = [item.agreement.hours for item in settlement.agreements]
    for name, (metered, outside, agreed, dust) in registers.items():
        bound: dict[int, int] = defaultdict(int)
        left = {member: wh - outside.get(member, 0) for member, wh in metered.items()}
        for (member, wh), count in zip(agreed, hours, strict=True):
            left[member] = left.get(member, 0) - wh
            bound[member] += count
        for member, rest in left.items():
            if not 0 <= rest <= bound[member]:
                raise LawViolation(f"energy: {rest} Wh {name} of member {member} on no bill, allowed {bound[member]}")
        if rest := sum(left.values()) - dust:
            raise LawViolation(f"energy: {rest} Wh {name} of the day are neither on a bill nor dust")


def check_settlement(settlement: DaySettlement, sheets: Sequence[DaySheet], *, tariffs: Tariffs) -> None:
    """All laws of a market day.

    Raises:
        LawViolation: the first law that does not hold.

    """
    check_money(settlement)
    check_prices(settlement, tariffs=tariffs)
    check_energy(settlement, sheets)


def check_close(close: DayClose) -> None:
    """The laws of a day's close.

    Raises:
        LawViolation: the first law that does not hold.

    """
    pool = close.pool
    if rest := pool.total - sum(charge.pool_entry for charge in close.penalties):
        raise LawViolation(f"money: the pool differs from the penalties by {rest} point-wei")
    if rest := pool.total - pool.reserve - pool.dust - sum(share for _, share in pool.shares):
        raise LawViolation(f"money: shares, reserve and dust differ from the pool by {rest} point-wei")
    if min([pool.reserve, *(share for _, share in pool.shares)]) < 0:
        raise LawViolation("money: a share of the pool or the reserve is below 0")
    largest = len(pool.shares) * (1 + sum(charge.pool_entry > 0 for charge in close.penalties))
    if not 0 <= pool.dust <= largest:
        raise LawViolation(f"money: {pool.dust} point-wei of the pool are dust, allowed {largest}")
    balances = sum(balance for _, balance in close.balances)
    if rest := balances + close.settlement.grid + pool.total:
        raise LawViolation(f"money: balances after penalties sum to {rest} point-wei, not 0")
    for settled, charge in zip(close.settlement.agreements, close.penalties, strict=True):
        for short, paid in (
            (settled.seller_short, charge.seller_compensation + charge.seller_penalty),
            (settled.buyer_short, charge.buyer_compensation + charge.buyer_penalty),
        ):
            if paid < 0 or (paid and not short.wh):
                raise LawViolation(f"penalties: a party of agreement {charge.agreement.id} without default pays {paid}")
    for member, weight in close.weights:
        if not 0 <= weight <= WAD:
            raise LawViolation(f"weights: member {member} has {weight}, allowed 0 to {WAD}")


def check_reconciliation(result: Reconciliation) -> None:
    """What final sheets change has its opposite, agreement by agreement and over the day.

    Raises:
        LawViolation: the first law that does not hold.

    """
    for item in result.corrections:
        if rest := item.seller + item.buyer + item.grid + item.reserve:
            raise LawViolation(f"money: corrections of agreement {item.agreement} sum to {rest} point-wei, not 0")
    if rest := sum(amount for _, amount in result.balances) + result.grid + result.reserve:
        raise LawViolation(f"money: corrections of the day sum to {rest} point-wei, not 0")
    if result.reserve < 0 or result.reserve != sum(item.reserve for item in result.corrections):
        raise LawViolation(f"money: {result.reserve} point-wei into the reserve are not the late penalties")
