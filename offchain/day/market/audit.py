"""A settled market day as its chain has it, compared, to the wei, with its plan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from offchain.day.driver.audit import contradictions, differences, refuse
from offchain.day.driver.evidence import Evidence, Question, RegionEvidence
from offchain.day.market.plan import place_of
from offchain.day.points.plan import BILL_AMOUNT, best_seller
from offchain.index.records import IndexedEvent
from offchain.market.history.events import margins_of
from offchain.market.history.terms import terms_of

RESERVE = 0
"""An account without a member: penalties that nobody may share."""
_NO_CHARGE = (0, 0)


@dataclass(frozen=True, kw_only=True)
class MarketFindings:
    """What stands on a regional chain after a market day."""

    settled: tuple[IndexedEvent, ...]
    """AgreementSettled or AgreementDefaulted, in the plan's order of agreements."""
    residuals: Mapping[int, IndexedEvent]
    """ResidualSettled, by member."""
    corrections: Mapping[int, IndexedEvent]
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


def queries(evidence: Evidence) -> Iterable[Question]:
    """Every account and weight as the market says, the debts, and what the desk holds."""
    for region in evidence.regions:
        for member in region.plan.members.everybody:
            yield Question(region.name, "BilateralMarket", "freeOf", (member.id,))
            yield Question(region.name, "BilateralMarket", "reservedOf", (member.id,))
        for party, _ in region.plan.market.close.weights:
            yield Question(region.name, "MarketReader", "weightOf", (party,))
        yield Question(region.name, "BilateralMarket", "freeOf", (RESERVE,))
        yield Question(region.name, "BilateralMarket", "totalDebt")
        yield Question(region.name, "PowerPoint", "balanceOf", (region.chain.addresses["MarginDesk"],))


def audit_market(evidence: Evidence) -> Mapping[str, MarketFindings]:
    """Compare the market of every region with its plan, and its answers with its events.

    Raises:
        LawViolation: anything differs; names the first difference of each kind.
    """
    found = {}
    for region in evidence.regions:
        found[region.name] = _read(region)
        refuse(region.name, [*_problems(region, found[region.name]), *_book(region, found[region.name])])
    return found


def indices_of(region: RegionEvidence) -> dict[int, int]:
    """Agreement of the plan -> its index within the day on chain, by the order in which they were registered.

    Raises:
        LawViolation: there are more or fewer of them than planned.
    """
    events, agreements = region.chain.of("BilateralMarket", "AgreementRegistered"), region.plan.market.agreements
    if len(events) != len(agreements):
        refuse(region.name, [f"{len(events)} agreements are registered, planned {len(agreements)}"])
    return {a.id: place_of(event.values["id"]) for a, event in zip(agreements, events, strict=True)}


def _read(region: RegionEvidence) -> MarketFindings:
    plan, chain, indices = region.plan, region.chain, indices_of(region)
    settled = {
        place_of(event.values["id"]): event
        for event in chain.of("BilateralMarket", "AgreementSettled", "AgreementDefaulted")
    }
    missing = sorted(agreement for agreement, index in indices.items() if index not in settled)
    if missing:
        refuse(region.name, [f"agreement {missing[0]} is not settled"])
    corrections = chain.of("Reconciliation", "AgreementReconciled")
    members = [member.id for member in plan.members.everybody]
    return MarketFindings(
        settled=tuple(settled[indices[agreement.id]] for agreement in plan.market.agreements),
        residuals={e.values["member"]: e for e in chain.of("ResidualSettlement", "ResidualSettled")},
        corrections={event.values["index"]: event for event in corrections},
        residual_corrections=_by_member(chain.of("ResidualSettlement", "ResidualReconciled"), "difference"),
        claims=_by_member(chain.of("BilateralMarket", "SharesClaimed"), "amount"),
        weights={m: chain.answer("MarketReader", "weightOf", m) for m, _ in plan.market.close.weights},
        free={member: chain.answer("BilateralMarket", "freeOf", member) for member in members},
        reserved=sum(chain.answer("BilateralMarket", "reservedOf", member) for member in members),
        debt=chain.answer("BilateralMarket", "totalDebt"),
        reserve=chain.answer("BilateralMarket", "freeOf", RESERVE),
        held=chain.answer("PowerPoint", "balanceOf", chain.addresses["MarginDesk"]),
    )


def _book(region: RegionEvidence, found: MarketFindings) -> Iterable[str]:
    """The market's answers are what its events add up to."""
    terms = terms_of(region.chain.chain)
    if terms is None:
        yield "the index knows no market"
        return
    book = margins_of(region.chain.events, terms=terms)
    reserved = {m: region.chain.answer("BilateralMarket", "reservedOf", m) for m in found.free}
    yield from contradictions(
        {
            **{f"free of member {m}": (book.free_of(m), free) for m, free in found.free.items()},
            **{f"reserved of member {m}": (book.reserved.get(m, 0), held) for m, held in reserved.items()},
            "the sum of debts": (book.fronted, found.debt),
            "the reserve": (book.reserve, found.reserve),
            "what the desk holds": (book.points, found.held),
        }
    )


def _problems(region: RegionEvidence, found: MarketFindings) -> Iterable[str]:
    """Where the chain differs from the plan: at most one line of each kind."""
    market = region.plan.market
    yield from _agreements(region, found)
    yield from _residuals(region, found)
    yield from _corrections(region, found)
    yield from differences("credit weight of member", found.weights, dict(market.close.weights))
    yield from differences("penalty share of member", found.claims, {m: s for m, s in market.close.pool.shares if s})
    yield from _accounts(region, found)


def charges_of(event: IndexedEvent) -> tuple[tuple[int, int], tuple[int, int]]:
    """Compensation and penalty of a settled agreement's seller and buyer [point-wei]."""
    if event.name == "AgreementSettled":
        return _NO_CHARGE, _NO_CHARGE
    seller, buyer = (event.values[f"{side}Charge"] for side in ("seller", "buyer"))
    return (seller["compensation"], seller["penalty"]), (buyer["compensation"], buyer["penalty"])


def _by_member(events: Iterable[IndexedEvent], field: str) -> dict[int, int]:
    return {event.values["member"]: event.values[field] for event in events}


def _agreements(region: RegionEvidence, findings: MarketFindings) -> Iterable[str]:
    market = region.plan.market
    for item, charge, event in zip(market.settlement.agreements, market.close.penalties, findings.settled, strict=True):
        energy = event.values["energy"]
        planned = (
            (item.exchange.seller, -item.exchange.buyer),
            (charge.seller_compensation, charge.seller_penalty),
            (charge.buyer_compensation, charge.buyer_penalty),
        )
        found = (energy["received"], energy["paid"]), *charges_of(event)
        if planned != found:
            yield f"agreement {item.agreement.id} settled as {found}, planned {planned}"
            return


def _residuals(region: RegionEvidence, findings: MarketFindings) -> Iterable[str]:
    late = region.plan.readings.late
    planned = {
        r.member: (r.export_wh, r.import_wh, r.leg) for r in region.plan.market.settlement.residuals if r.member != late
    }
    found = {
        m: tuple(e.values[name] for name in ("exportWh", "importWh", "memberLeg"))
        for m, e in findings.residuals.items()
    }
    yield from differences("energy outside agreements of member", found, planned)


def _corrections(region: RegionEvidence, findings: MarketFindings) -> Iterable[str]:
    """What was not brought to reconciliation must not change anything."""
    reconciliation, indices = region.plan.market.reconciliation, indices_of(region)
    planned = {indices[c.agreement]: (c.seller, c.buyer, c.reserve) for c in reconciliation.corrections}
    found = dict.fromkeys(planned, (0, 0, 0))
    for index, event in findings.corrections.items():
        seller, buyer, reserve = (event.values[n] for n in ("sellerDifference", "buyerDifference", "toReserve"))
        found[index] = (seller, buyer, reserve)
    yield from differences("correction of the agreement with index", found, planned)
    outside = {member: difference for member, difference in reconciliation.residuals if difference}
    corrected = {member: difference for member, difference in findings.residual_corrections.items() if difference}
    yield from differences("correction outside agreements of member", corrected, outside)


def _accounts(region: RegionEvidence, findings: MarketFindings) -> Iterable[str]:
    """Everybody has what it is due, and the desk holds what the accounts say, but for dust."""
    market, grid_company = region.plan.market, region.plan.members.grid_company.id
    accounts = market.accounts(grid_company)
    planned = dict.fromkeys(findings.free, 0) | dict(accounts.due) | {grid_company: accounts.funds}
    planned[best_seller(region.plan)] -= BILL_AMOUNT
    yield from differences("free points of member", findings.free, planned)
    if findings.debt != accounts.fronted:
        yield f"debts are {findings.debt} point-wei, planned {accounts.fronted}"
    if findings.reserved:
        yield f"{findings.reserved} point-wei are reserved after everything is settled"
    pool, late = market.close.pool, market.reconciliation.reserve
    if findings.reserve != pool.reserve + late:
        yield f"the reserve is {findings.reserve} point-wei, planned {pool.reserve + late}"
    if findings.dust != pool.dust:
        yield f"the desk holds {findings.dust} point-wei more than its accounts say, planned {pool.dust}"
