"""Read a settled market day back from the chain and compare it, to the wei, with its plan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from offchain.chain.events import Event
from offchain.day.driver.region import RegionDay
from offchain.day.trade import BILL_AMOUNT, agreement_index, best_seller

RESERVE = 0
"""An account without a member: penalties that nobody may share."""
_NO_CHARGE = (0, 0)


@dataclass(frozen=True, kw_only=True)
class MarketAudit:
    """What stands on a regional chain after a market day, every figure read from it."""

    settled: tuple[Event, ...]
    """AgreementSettled or AgreementDefaulted, in the plan's order of agreements."""
    residuals: Mapping[int, Event]
    """ResidualSettled, by member."""
    corrections: Mapping[int, Event]
    """AgreementReconciled, by index within the day."""
    residual_corrections: Mapping[int, int]
    """Of energy outside agreements, by member [point-wei]."""
    claims: Mapping[int, int]
    """Penalty shares, by member [point-wei]."""
    weights: Mapping[int, int]
    """After the day, by member with an agreement [wad]."""
    free: Mapping[int, int]
    """Below zero: debt; the grid company's less what it fronts [point-wei]."""
    reserved: int
    debt: int
    reserve: int
    held: int
    """By the desk [point-wei]."""

    @property
    def dust(self) -> int:
        """What rounding leaves of penalty shares at the desk [point-wei]."""
        return self.held - self.reserve - self.reserved - sum(self.free.values()) - self.debt


def read_market(region: RegionDay) -> MarketAudit:
    """All of a day from the chain."""
    client, plan = region.client, region.plan
    market, residual = client.contract("BilateralMarket"), client.contract("ResidualSettlement")
    reader, desk = client.contract("MarketReader"), client.contract("MarginDesk")
    settled = {
        agreement_index(event.values.id): event
        for name in ("AgreementSettled", "AgreementDefaulted")
        for event in client.events(market, name)
    }
    corrections = client.events(client.contract("Reconciliation"), "AgreementReconciled")
    members = [member.id for member in plan.members.everybody]
    return MarketAudit(
        settled=tuple(settled[region.indices[agreement.id]] for agreement in plan.market.agreements),
        residuals={event.values.member: event for event in client.events(residual, "ResidualSettled")},
        corrections={event.values.index: event for event in corrections},
        residual_corrections=_by_member(client.events(residual, "ResidualReconciled"), "difference"),
        claims=_by_member(client.events(market, "SharesClaimed"), "amount"),
        weights={m: client.call(reader("weightOf", m)) for m, _ in plan.market.close.weights},
        free={member: client.call(market("freeOf", member)) for member in members},
        reserved=sum(client.call(market("reservedOf", member)) for member in members),
        debt=client.call(market("totalDebt")),
        reserve=client.call(market("freeOf", RESERVE)),
        held=client.call(client.contract("PowerPoint")("balanceOf", desk.address)),
    )


def market_problems(region: RegionDay, audit: MarketAudit) -> Iterable[str]:
    """Where the chain differs from the plan: at most one line of each kind."""
    market = region.plan.market
    yield from _agreements(region, audit)
    yield from _residuals(region, audit)
    yield from _corrections(region, audit)
    yield from differences("credit weight of member", audit.weights, dict(market.close.weights))
    yield from differences("penalty share of member", audit.claims, {m: s for m, s in market.close.pool.shares if s})
    yield from _accounts(region, audit)


def differences(what: str, found: Mapping[int, Any], planned: Mapping[int, Any]) -> Iterable[str]:
    """The first key under which two tables differ."""
    for number in sorted(found.keys() | planned.keys()):
        if found.get(number) != planned.get(number):
            yield f"{what} {number} is {found.get(number)}, planned {planned.get(number)}"
            return


def charges_of(event: Event) -> tuple[tuple[int, int], tuple[int, int]]:
    """Compensation and penalty of a settled agreement's seller and buyer [point-wei]."""
    if event.name == "AgreementSettled":
        return _NO_CHARGE, _NO_CHARGE
    return tuple(event.values.sellerCharge), tuple(event.values.buyerCharge)


def _by_member(events: Iterable[Event], field: str) -> dict[int, int]:
    return {event.values.member: getattr(event.values, field) for event in events}


def _agreements(region: RegionDay, audit: MarketAudit) -> Iterable[str]:
    market = region.plan.market
    for item, charge, event in zip(market.settlement.agreements, market.close.penalties, audit.settled, strict=True):
        energy = event.values.energy
        planned = (
            (item.exchange.seller, -item.exchange.buyer),
            (charge.seller_compensation, charge.seller_penalty),
            (charge.buyer_compensation, charge.buyer_penalty),
        )
        found = (energy.received, energy.paid), *charges_of(event)
        if planned != found:
            yield f"agreement {item.agreement.id} settled as {found}, planned {planned}"
            return


def _residuals(region: RegionDay, audit: MarketAudit) -> Iterable[str]:
    late = region.plan.readings.late
    planned = {
        r.member: (r.export_wh, r.import_wh, r.leg) for r in region.plan.market.settlement.residuals if r.member != late
    }
    found = {m: (e.values.exportWh, e.values.importWh, e.values.memberLeg) for m, e in audit.residuals.items()}
    yield from differences("energy outside agreements of member", found, planned)


def _corrections(region: RegionDay, audit: MarketAudit) -> Iterable[str]:
    """What was not brought to reconciliation must not change anything."""
    reconciliation = region.plan.market.reconciliation
    planned = {region.indices[c.agreement]: (c.seller, c.buyer, c.reserve) for c in reconciliation.corrections}
    found = dict.fromkeys(planned, (0, 0, 0))
    for index, event in audit.corrections.items():
        found[index] = (event.values.sellerDifference, event.values.buyerDifference, event.values.toReserve)
    yield from differences("correction of the agreement with index", found, planned)
    outside = {member: difference for member, difference in reconciliation.residuals if difference}
    corrected = {member: difference for member, difference in audit.residual_corrections.items() if difference}
    yield from differences("correction outside agreements of member", corrected, outside)


def _accounts(region: RegionDay, audit: MarketAudit) -> Iterable[str]:
    """Everybody has what it is due, and the desk holds what the accounts say, but for dust."""
    market, grid_company = region.plan.market, region.plan.members.grid_company.id
    accounts = market.accounts(grid_company)
    planned = dict.fromkeys(audit.free, 0) | dict(accounts.due) | {grid_company: accounts.funds}
    planned[best_seller(region)] -= BILL_AMOUNT
    yield from differences("free points of member", audit.free, planned)
    if audit.debt != accounts.fronted:
        yield f"debts are {audit.debt} point-wei, planned {accounts.fronted}"
    if audit.reserved:
        yield f"{audit.reserved} point-wei are reserved after everything is settled"
    pool, late = market.close.pool, market.reconciliation.reserve
    if audit.reserve != pool.reserve + late:
        yield f"the reserve is {audit.reserve} point-wei, planned {pool.reserve + late}"
    if audit.dust != pool.dust:
        yield f"the desk holds {audit.dust} point-wei more than its accounts say, planned {pool.dust}"
