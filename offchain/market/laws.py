"""The laws that any settlement of a market day must obey, checked without the settlement's own formulas.

Money: the legs of every agreement, and of the whole day, sum to zero to the wei, and every balance is the sum of its
legs. Tariffs: the grid company's leg is what its tariffs give on the energies. Energy: every metered Wh is traded,
sold or bought outside agreements, or dust, and the dust is less than 1 Wh per agreement-hour.
"""

from collections import defaultdict
from collections.abc import Sequence

from offchain.errors import LawViolation
from offchain.market.records import DaySheet, Tariffs
from offchain.market.settlement import DaySettlement


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


def check_tariffs(settlement: DaySettlement, *, tariffs: Tariffs) -> None:
    """The grid company earns G on traded energy and B on what it sells, and pays S for what it buys.

    Raises:
        LawViolation: its leg is another one.
    """
    exchanges = [item.exchange for item in settlement.agreements]
    traded = sum(e.traded_wh for e in exchanges)
    sold = sum(e.shortfall_wh for e in exchanges) + sum(r.import_wh for r in settlement.residuals)
    bought = sum(e.surplus_wh for e in exchanges) + sum(r.export_wh for r in settlement.residuals)
    owed = traded * tariffs.grid_fee + sold * tariffs.purchase - bought * tariffs.feed_in
    if rest := settlement.grid * 1000 - owed:
        raise LawViolation(f"tariffs: the grid company's leg differs by {rest} point-wei Wh/kWh from its energies")


def check_energy(settlement: DaySettlement, sheets: Sequence[DaySheet]) -> None:
    """Every metered Wh is on one bill, or is dust within its bound.

    Raises:
        LawViolation: names the register and by how many Wh.
    """
    exchanges = [item.exchange for item in settlement.agreements]
    agreement_hours = sum(item.agreement.hours for item in settlement.agreements)
    registers = {
        "export": (
            sum(sum(s.export_wh) for s in sheets),
            sum(e.traded_wh + e.surplus_wh for e in exchanges) + sum(r.export_wh for r in settlement.residuals),
            settlement.export_dust_wh,
        ),
        "import": (
            sum(sum(s.import_wh) for s in sheets),
            sum(e.traded_wh + e.shortfall_wh for e in exchanges) + sum(r.import_wh for r in settlement.residuals),
            settlement.import_dust_wh,
        ),
    }
    for name, (metered, billed, dust) in registers.items():
        if rest := metered - billed - dust:
            raise LawViolation(f"energy: {rest} Wh of the {name} registers are on nobody's bill")
        if not 0 <= dust <= agreement_hours:
            raise LawViolation(f"energy: {dust} Wh of {name} dust is not within 0 to {agreement_hours}")


def check_settlement(settlement: DaySettlement, sheets: Sequence[DaySheet], *, tariffs: Tariffs) -> None:
    """All laws of a market day.

    Raises:
        LawViolation: the first law that does not hold.
    """
    check_money(settlement)
    check_tariffs(settlement, tariffs=tariffs)
    check_energy(settlement, sheets)
