"""How the events of a market's contracts move its accounts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from offchain.errors import LawViolation
from offchain.index.records import IndexedEvent, Plain
from offchain.market.history.agreements import agreement_of
from offchain.market.history.margins import RESERVE, MarginBook
from offchain.market.history.terms import MarketTerms
from offchain.market.penalties import Margins, margins
from offchain.points.holders import Holder

_NO_CHARGE: Mapping[str, int] = {"compensation": 0, "penalty": 0}

Leg = tuple[Holder, str]
"""Whom an event concerns, and how it is told; empty where the event speaks for itself."""
Values = Mapping[str, Plain]


class MarketEvents:
    """The accounts of a market, and what its events leave to remember."""

    def __init__(self, terms: MarketTerms) -> None:
        self.book = MarginBook(terms.grid_company)
        self.terms = terms
        self._margins: dict[int, Margins] = {}
        """Of the open agreements."""
        self._last_days: dict[int, int] = {}
        """On which a member settled: those whose penalty shares it harvests."""
        self._debts: dict[int, int] = {}
        """As the market stated them last."""
        self._touched: set[int] = set()
        self._handlers: Mapping[tuple[str, str], Callable[[Values], list[Leg]]] = {
            ("MarginDesk", "Deposited"): self._deposit,
            ("MarginDesk", "Withdrawn"): self._withdraw,
            ("MarginDesk", "ReservePaid"): self._pay_reserve,
            ("BilateralMarket", "AgreementRegistered"): self._register,
            ("BilateralMarket", "AgreementSettled"): self._settle,
            ("BilateralMarket", "AgreementDefaulted"): self._settle,
            ("BilateralMarket", "PenaltyPooled"): self._pool,
            ("BilateralMarket", "SharesClaimed"): self._claim,
            ("BilateralMarket", "ReserveRaised"): self._raise_reserve,
            ("BilateralMarket", "DebtChanged"): self._change_debt,
            ("DeferredCredits", "CreditDeferred"): self._defer,
            ("DeferredCredits", "DeferredPaid"): self._pay_deferred,
            ("DeferredCredits", "DeferredCollected"): self._collect,
            ("ResidualSettlement", "ResidualSettled"): self._settle_residual,
            ("ResidualSettlement", "ResidualReconciled"): self._reconcile_residual,
            ("Reconciliation", "AgreementReconciled"): self._reconcile,
        }

    @property
    def followed(self) -> frozenset[tuple[str, str]]:
        """Contract and name of the events that move the accounts."""
        return frozenset(self._handlers)

    def follows(self, event: IndexedEvent) -> bool:
        """Whether an event moves the accounts."""
        return (event.contract, event.name) in self._handlers

    def apply(self, call: Sequence[IndexedEvent]) -> list[Leg]:
        """Move the accounts by all that one call announced, in its order; returns whom it concerns.

        Raises:
            LawViolation: a debt is not what the market states; events are missing.
        """
        legs = [leg for event in call for leg in self._handlers[event.contract, event.name](event.values)]
        for member in sorted(self._touched):
            debt, stated = self.book.debt_of(member), self._debts.get(member, 0)
            if debt != stated:
                raise LawViolation(
                    f"member {member} owes {debt} point-wei by its legs and {stated} by the market's word in "
                    f"{call[0].transaction}; events are missing"
                )
        self._touched.clear()
        return legs

    def _book(self, member: int, leg: int) -> Holder:
        self._touched.add(member)
        return self.book.book(member, leg)

    # Deposits, withdrawals, debts

    def _deposit(self, values: Values) -> list[Leg]:
        self.book.points += values["amount"]
        return [(self._book(values["member"], values["amount"]), "")]

    def _withdraw(self, values: Values) -> list[Leg]:
        self.book.points -= values["amount"]
        return [(self._book(values["member"], -values["amount"]), "")]

    def _pay_reserve(self, values: Values) -> list[Leg]:
        self.book.points -= values["amount"]
        self.book.reserve -= values["amount"]
        return [(RESERVE, "")]

    def _change_debt(self, values: Values) -> list[Leg]:
        self._debts[values["member"]] = values["debt"]
        self._touched.add(values["member"])
        return []

    # Agreements

    def _register(self, values: Values) -> list[Leg]:
        agreement, terms = agreement_of(values, utc_offset_hours=self.terms.utc_offset_hours), self.terms
        reserved = margins(agreement.wh, agreement.price, tariffs=terms.tariffs, rulebook=terms.rulebook)
        self._margins[values["id"]] = reserved
        for member, margin in ((values["seller"], reserved.seller), (values["buyer"], reserved.buyer)):
            self.book.reserved[member] += margin
            self._book(member, -margin)
        return []

    def _settle(self, values: Values) -> list[Leg]:
        """Margin, leg and shares of both parties; the grid company's leg; the penalties."""
        energy, shares, day = values["energy"], values["shares"], values["id"] >> 32
        margin = self._released(values["id"])
        seller, buyer = (values.get(f"{side}Charge", _NO_CHARGE) for side in ("seller", "buyer"))
        compensation, penalty = buyer["compensation"] - seller["compensation"], seller["penalty"] + buyer["penalty"]
        self.book.booked += energy["paid"] - energy["received"]
        name, legs = _name(values["id"]), list[Leg]()
        for member, released, leg, share in (
            (values["seller"], margin.seller, energy["received"] + compensation - seller["penalty"], shares["seller"]),
            (values["buyer"], margin.buyer, -energy["paid"] - compensation - buyer["penalty"], shares["buyer"]),
        ):
            self.book.reserved[member] -= released
            legs += [(self._book(member, released + leg), f"{name}: {leg:+d}"), *self._harvest(member, share)]
            self._last_days[member] = day
        if not penalty:
            return legs
        self.book.unclaimed[day] += penalty
        return [*legs, (Holder("penalties", day), f"{name}: {penalty:+d}")]

    def _released(self, agreement: int) -> Margins:
        if agreement not in self._margins:
            raise LawViolation(f"{_name(agreement)} is settled and was not open; events are missing")
        return self._margins.pop(agreement)

    def _reconcile(self, values: Values) -> list[Leg]:
        """The market raises the reserve once for all agreements of a call."""
        name, to_reserve = _name(values["day"] << 32 | values["index"]), values["toReserve"]
        differences = {side: values[f"{side}Difference"] for side in ("seller", "buyer")}
        self.book.booked -= sum(differences.values()) + to_reserve
        legs = [(self._book(values[side], leg), f"{name}: {leg:+d}") for side, leg in differences.items()]
        return [*legs, (RESERVE, f"{name}: {to_reserve:+d}")] if to_reserve else legs

    # Energy outside agreements

    def _settle_residual(self, values: Values) -> list[Leg]:
        return self._book_residual(values, values["memberLeg"])

    def _reconcile_residual(self, values: Values) -> list[Leg]:
        return self._book_residual(values, values["difference"])

    def _book_residual(self, values: Values, leg: int) -> list[Leg]:
        self.book.booked -= leg
        return [(self._book(values["member"], leg), f"residual of day {values['day']}: {leg:+d}")]

    # Penalties

    def _harvest(self, member: int, share: int) -> list[Leg]:
        """What a settlement books along: the shares of the last day on which the member settled."""
        if not share:
            return []
        if member not in self._last_days:
            raise LawViolation(f"member {member} shares in penalties but never settled; events are missing")
        return self._claim({"member": member, "day": self._last_days[member], "amount": share})

    def _claim(self, values: Values) -> list[Leg]:
        member, day, amount = values["member"], values["day"], values["amount"]
        self.book.unclaimed[day] -= amount
        return [
            (self._book(member, amount), f"penalties of day {day}: {amount:+d}"),
            (Holder("penalties", day), f"member {member}: {-amount:+d}"),
        ]

    def _pool(self, values: Values) -> list[Leg]:
        """A penalty whose rate is zero is the reserve's, which the market raises in an event of its own."""
        if values["rate"]:
            return []
        name, day, penalty = _name(values["id"]), values["id"] >> 32, values["penalty"]
        self.book.unclaimed[day] -= penalty
        return [(Holder("penalties", day), f"{name}: {-penalty:+d}"), (RESERVE, f"{name}: {penalty:+d}")]

    def _raise_reserve(self, values: Values) -> list[Leg]:
        self.book.reserve += values["amount"]
        return [(RESERVE, "")]

    # Deferred credits

    def _defer(self, values: Values) -> list[Leg]:
        member, day, amount = values["member"], values["day"], values["amount"]
        self.book.deferred.defer(member, day, amount)
        self.book.booked += amount
        return [(self._book(member, -amount), f"deferred under day {day}: {-amount:+d}")]

    def _pay_deferred(self, values: Values) -> list[Leg]:
        self.book.booked -= values["amount"]
        return [(Holder("deferred", day), "") for day in self.book.deferred.pay(values["amount"])]

    def _collect(self, values: Values) -> list[Leg]:
        member, day, amount = values["member"], values["day"], values["amount"]
        self.book.deferred.collect(member, day, amount)
        return [
            (self._book(member, amount), f"deferred under day {day}: {amount:+d}"),
            (Holder("deferred", day), f"member {member}: {-amount:+d}"),
        ]


def margins_of(events: Iterable[IndexedEvent], *, terms: MarketTerms) -> MarginBook:
    """The accounts after the given events, in the order of the chain, whole transactions.

    Raises:
        LawViolation: debts or the sum of all accounts are not what the contracts say; events are missing.
    """
    market = MarketEvents(terms)
    followed = (event for event in events if market.follows(event))
    for _, call in groupby(followed, key=lambda event: event.transaction):
        market.apply(list(call))
    market.book.check()
    return market.book


def _name(agreement: int) -> str:
    """An agreement's day and its place within the day."""
    return f"agreement {agreement >> 32}/{agreement & 0xFFFFFFFF}"
