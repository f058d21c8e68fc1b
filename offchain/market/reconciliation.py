"""What final sheets change of a day that was settled on first ones, as signed differences (docs/MARKET.md).

Energy legs and compensation are corrected; weights and the pool stay as the close left them. What a
party's penalty rises by is charged, both penalties at weight 50, since the weights of the day are not kept; that goes
to the reserve.
"""

from collections import defaultdict
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from offchain.errors import InputError
from offchain.market.credit import FIRST_WEIGHT
from offchain.market.day_close import DayClose
from offchain.market.penalties import Penalties, penalties
from offchain.market.records import Tariffs
from offchain.market.settlement import AgreementSettlement, DaySettlement


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What changes of an agreement: positive for who receives it [point-wei]; the four sum to zero."""

    agreement: int
    seller: int
    buyer: int
    grid: int
    reserve: int


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """What final sheets change of a day [point-wei]; corrections by agreement, residuals and balances by member."""

    corrections: tuple[Correction, ...]
    residuals: tuple[tuple[int, int], ...]
    """Energy outside agreements: the grid company has the opposite."""
    balances: tuple[tuple[int, int], ...]
    """Member and the sum of its differences."""
    grid: int
    reserve: int


def reconcile(
    close: DayClose,
    final: DaySettlement,
    *,
    tariffs: Tariffs,
    unsettled: AbstractSet[int] = frozenset(),
    absent: AbstractSet[int] = frozenset(),
) -> Reconciliation:
    """Correct a closed day.

    Args:
        close: of the first run.
        final: the same agreements on final sheets.
        tariffs: S, B and G of the day.
        unsettled: members whose energy outside agreements the first run left out, since they had no sheet or it was
            corrected before; theirs is settled in full now.
        absent: members without any sheet in the end; their agreements wait for the operator's estimate.

    Raises:
        InputError: the two are not of the same agreements and rulebook.

    """
    first = close.settlement
    agreements = [[item.agreement for item in settled.agreements] for settled in (first, final)]
    if agreements[0] != agreements[1] or first.rulebook != final.rulebook:
        raise InputError("reconciliation: first and final settlement are not of the same agreements and rulebook")
    corrections, balances = [], defaultdict[int, int](int)
    for old, new in zip(first.agreements, final.agreements, strict=True):
        if not absent.isdisjoint((new.agreement.seller, new.agreement.buyer)):
            continue
        opening = {new.agreement.seller: FIRST_WEIGHT, new.agreement.buyer: FIRST_WEIGHT}
        early, late = (penalties(run, opening, tariffs=tariffs, rulebook=final.rulebook) for run in (old, new))
        found = _correction(old, new, early=early, late=late)
        corrections.append(found)
        balances[new.agreement.seller] += found.seller
        balances[new.agreement.buyer] += found.buyer
    settled = {residual.member: residual.leg for residual in first.residuals if residual.member not in unsettled}
    residuals = tuple((r.member, r.leg - settled.get(r.member, 0)) for r in final.residuals)
    for member, difference in residuals:
        balances[member] += difference
    reserve = sum(correction.reserve for correction in corrections)
    return Reconciliation(
        corrections=tuple(corrections),
        residuals=residuals,
        balances=tuple(sorted(balances.items())),
        grid=-sum(balances.values()) - reserve,
        reserve=reserve,
    )


def _correction(old: AgreementSettlement, new: AgreementSettlement, *, early: Penalties, late: Penalties) -> Correction:
    """New less old without penalties, and what each party's penalty rises by."""
    seller_penalty = max(0, late.seller_penalty - early.seller_penalty)
    buyer_penalty = max(0, late.buyer_penalty - early.buyer_penalty)
    owed_before = early.seller_compensation - early.buyer_compensation
    owed = late.seller_compensation - late.buyer_compensation
    return Correction(
        agreement=new.agreement.id,
        seller=new.exchange.seller - old.exchange.seller - owed + owed_before - seller_penalty,
        buyer=new.exchange.buyer - old.exchange.buyer + owed - owed_before - buyer_penalty,
        grid=new.exchange.grid - old.exchange.grid,
        reserve=seller_penalty + buyer_penalty,
    )
