"""How events move lots, by hand: what contracts hold for others, debts that the grid company fronts, batches."""

import pytest

from offchain.chain.keys import NOBODY
from offchain.errors import LawViolation
from offchain.index.records import IndexedEvent
from offchain.lots.flows import lots_of
from offchain.market.history.deferrals import DeferredPart
from offchain.market.history.events import margins_of
from offchain.market.history.terms import MarketTerms
from offchain.market.records import Tariffs
from offchain.market.rulebooks import MARKET
from offchain.points.holders import Holder
from offchain.units import PRICE_TICK

GRID, SELLER, BUYER, SHARER = 1, 2, 3, 4
DAY = 7
UNIT = 10**11  # [point-wei] what 1 Wh costs at a price of 1 tick; amounts below are in these
TERMS = MarketTerms(
    grid_company=GRID,
    utc_offset_hours=1,
    tariffs=Tariffs(feed_in=17 * PRICE_TICK, purchase=25 * PRICE_TICK, grid_fee=1 * PRICE_TICK),
    rulebook=MARKET,
)
LOW, HIGH = 20, 24  # [ticks] prices: for 1 Wh both buyers reserve 25, the sellers 3 x (25 - 20 - 1) = 12, and nothing
DESK, REGISTRY = "0xdesk", "0xregistry"
ADDRESSES = {
    "PowerPoint": "0xpoints",
    "MarginDesk": DESK,
    "DeviceRegistry": REGISTRY,
    "BilateralMarket": "0xmarket",
    "ResidualSettlement": "0xresiduals",
    "Reconciliation": "0xreconciliation",
    "DeferredCredits": "0xdeferred",
}


class Chain:
    """Events as the contracts emit them, in their order."""

    def __init__(self):
        self.events = []
        self.block = 0

    def emit(self, contract, name, *, transaction=None, **values):
        self.block += 1
        self.events.append(
            IndexedEvent(
                contract=contract,
                address=ADDRESSES[contract],
                name=name,
                values={name.rstrip("_"): value for name, value in values.items()},
                block=self.block,
                block_hash="0x",
                time=self.block,
                transaction=transaction or f"0x{self.block}",
                index=0,
            )
        )

    def mint(self, to, amount, reference):
        self.emit("PowerPoint", "Transfer", from_=NOBODY, to=to, value=amount * UNIT)
        self.emit("PowerPoint", "PointsMinted", to=to, amount=amount * UNIT, bankReference=reference)

    def deposit(self, member, account, amount, *, debt=None):
        if debt is not None:
            self.debt(member, debt, transaction="0xdeposit")
        transaction = "0xdeposit" if debt is not None else None
        values = {"member": member, "from_": account, "amount": amount * UNIT}
        self.emit("MarginDesk", "Deposited", transaction=transaction, **values)
        self.emit("PowerPoint", "Transfer", from_=account, to=DESK, value=amount * UNIT)

    def withdraw(self, member, account, amount):
        self.emit("MarginDesk", "Withdrawn", member=member, to=account, amount=amount * UNIT)
        self.emit("PowerPoint", "Transfer", from_=DESK, to=account, value=amount * UNIT)

    def debt(self, member, amount, *, transaction):
        self.emit("BilateralMarket", "DebtChanged", member=member, debt=amount * UNIT, transaction=transaction)

    def residual(self, member, leg, *, debt=None, transaction=None):
        transaction = transaction or f"0xresidual{self.block}"
        values = {"member": member, "day": DAY, "memberLeg": leg * UNIT}
        self.emit("ResidualSettlement", "ResidualSettled", transaction=transaction, **values)
        if debt is not None:
            self.debt(member, debt, transaction=transaction)

    def agree(self, number, *, day=DAY, wh=1, price=HIGH):
        word = SELLER | BUYER << 32 | wh << 64 | price << 96 | 8 << 120 | 1 << 128
        parties = {"seller": SELLER, "buyer": BUYER, "agreement": word}
        self.emit("BilateralMarket", "AgreementRegistered", id=day << 32 | number, **parties)

    def settle(self, number, *, received, paid, day=DAY, shares=(0, 0), charges=None, transaction=None):
        """`charges`: compensation and penalty of the seller, then of the buyer."""
        values = {
            "id": day << 32 | number,
            "seller": SELLER,
            "buyer": BUYER,
            "energy": {"received": received * UNIT, "paid": paid * UNIT, "sources": 5},
            "shares": {"seller": shares[0] * UNIT, "buyer": shares[1] * UNIT},
        }
        for side, (compensation, penalty) in zip(("seller", "buyer"), charges or (), strict=False):
            values[f"{side}Charge"] = {"compensation": compensation * UNIT, "penalty": penalty * UNIT}
        name = "AgreementDefaulted" if charges else "AgreementSettled"
        self.emit("BilateralMarket", name, transaction=transaction, **values)

    def pool(self, number, penalty, *, rate, transaction):
        values = {"id": DAY << 32 | number, "penalty": penalty * UNIT, "rate": rate}
        if not rate:
            self.emit("BilateralMarket", "ReserveRaised", amount=penalty * UNIT, transaction=transaction)
        self.emit("BilateralMarket", "PenaltyPooled", transaction=transaction, **values)

    def margin(self, member):
        return origins(self.ledger(), "margin", member)

    def ledger(self):
        return lots_of(self.events, terms=TERMS)


def origins(ledger, place, number):
    """Lots by their origins, in units."""
    return [
        tuple((reference, amount // UNIT) for reference, amount in lot.origins)
        for lot in ledger.lots(Holder(place, number))
    ]


@pytest.fixture
def chain():
    """The grid company with 100, the buyer with 30, both on their margin accounts."""
    made = Chain()
    made.mint("0xgrid", 100, "d1")
    made.mint("0xbuyer", 40, "d2")
    made.deposit(GRID, "0xgrid", 100)
    made.deposit(BUYER, "0xbuyer", 30)
    return made


def test_margins_are_kept_apart_within_the_market_s_account(chain):
    ledger = chain.ledger()
    assert origins(ledger, "account", "0xbuyer") == [(("d2", 10),)]
    assert origins(ledger, "account", DESK) == []
    assert (chain.margin(GRID), chain.margin(BUYER)) == ([(("d1", 100),)], [(("d2", 30),)])
    chain.withdraw(BUYER, "0xbuyer", 5)
    assert origins(chain.ledger(), "account", "0xbuyer") == [(("d2", 10),), (("d2", 5),)]
    assert [lot.cause.kind for lot in chain.ledger().lots(Holder("account", "0xbuyer"))] == ["deposit", "withdrawal"]


def test_a_settled_agreement_moves_the_buyer_s_points_to_the_seller_and_the_grid_company(chain):
    chain.agree(9)
    chain.settle(9, received=14, paid=16)
    assert chain.margin(BUYER) == [(("d2", 14),)]
    assert chain.margin(SELLER) == [(("d2", 14),)]
    assert chain.margin(GRID) == [(("d1", 100),), (("d2", 2),)]
    (lot,) = chain.ledger().lots(Holder("margin", SELLER))
    assert lot.cause.kind == "settlement"
    assert lot.cause.reference == f"agreement 7/9: +{14 * UNIT}"
    assert chain.ledger().movements(Holder("margin", BUYER))[-1].cause.reference == f"agreement 7/9: -{16 * UNIT}"


def test_what_a_member_owes_is_fronted_and_its_next_deposit_pays_it_first(chain):
    chain.residual(BUYER, -45, debt=15)  # the buyer has 30; the grid company gets them and fronts 15
    assert (chain.margin(BUYER), chain.margin(GRID)) == ([], [(("d1", 100),), (("d2", 30),)])
    chain.mint("0xfriend", 20, "d3")
    chain.deposit(BUYER, "0xfriend", 20, debt=0)
    assert chain.margin(BUYER) == [(("d3", 5),)]
    assert chain.margin(GRID) == [(("d1", 100),), (("d2", 30),), (("d3", 15),)]


@pytest.mark.parametrize("stated", [None, 14])
def test_a_debt_that_the_market_does_not_state_so_is_an_error(chain, stated):
    chain.residual(BUYER, -45, debt=stated)
    with pytest.raises(
        LawViolation, match=rf"member 3 owes {15 * UNIT} point-wei by its legs and {UNIT * (stated or 0)} "
    ):
        chain.ledger()


def test_a_reserve_is_not_touched_by_a_debt_until_it_is_released(chain):
    chain.agree(9)
    chain.residual(BUYER, -8, debt=3)  # 5 are free, so 3 are fronted
    assert chain.margin(BUYER) == [(("d2", 25),)]
    chain.debt(BUYER, 0, transaction="0xsettle")
    chain.settle(9, received=10, paid=10, transaction="0xsettle")  # 25 come free: 10 are paid, 3 repaid
    assert chain.margin(BUYER) == [(("d2", 12),)]
    assert chain.margin(SELLER) == [(("d2", 10),)]
    assert chain.margin(GRID) == [(("d1", 100),), (("d2", 5),), (("d2", 3),)]


def test_a_seller_reserves_too(chain):
    chain.mint("0xseller", 12, "d3")
    chain.deposit(SELLER, "0xseller", 12)
    chain.agree(9, price=LOW)
    book = margins_of(chain.events, terms=TERMS)
    assert (book.free_of(SELLER), book.reserved[SELLER]) == (0, 12 * UNIT)
    assert (book.free_of(BUYER), book.reserved[BUYER]) == (5 * UNIT, 25 * UNIT)
    assert chain.margin(SELLER) == [(("d3", 12),)]


def test_a_batch_is_cleared_at_once_because_the_grid_company_may_pay_before_it_is_paid(chain):
    chain.residual(SELLER, 110, transaction="0xbatch")  # more than the grid company has
    chain.residual(BUYER, -20, transaction="0xbatch")
    assert chain.margin(SELLER) == [(("d1", 90),), (("d2", 20),)]
    assert (chain.margin(BUYER), chain.margin(GRID)) == ([(("d2", 10),)], [(("d1", 10),)])
    ledger = chain.ledger()
    assert ledger.movements(Holder("margin", SELLER))[-1].cause.reference == f"residual of day 7: +{110 * UNIT}"
    assert ledger.movements(Holder("margin", SELLER))[-1].other == "margin of member 1, margin of member 3"
    assert ledger.movements(Holder("margin", GRID))[-1].cause.reference == "grid company's side of 2 legs"


def test_many_legs_of_one_member_are_counted(chain):
    for number in range(9):
        chain.agree(number, wh=0)
    for number in range(9):
        chain.settle(number, received=1, paid=1, transaction="0xbatch")
    assert chain.ledger().movements(Holder("margin", SELLER))[-1].cause.reference == "9 legs"
    assert chain.margin(SELLER) == [(("d2", 9),)]


@pytest.fixture
def defaulted(chain):
    """The buyer pays 6 for what came and gets 2 of compensation; the seller's penalty is 4."""
    chain.mint("0xseller", 12, "d3")
    chain.deposit(SELLER, "0xseller", 12)
    chain.agree(9, price=LOW)
    chain.settle(9, received=5, paid=6, charges=((2, 4), (0, 0)))
    return chain


def test_a_penalty_waits_until_it_is_shared_and_dust_stays(defaulted):
    assert (defaulted.margin(SELLER), defaulted.margin(BUYER)) == ([(("d3", 11),)], [(("d2", 26),)])
    assert defaulted.margin(GRID) == [(("d1", 100),), (("d3", 1),)]
    assert origins(defaulted.ledger(), "penalties", DAY) == [(("d2", 4),)]
    defaulted.pool(9, 4, rate=1, transaction="0xclose")
    assert origins(defaulted.ledger(), "penalties", DAY) == [(("d2", 4),)]
    defaulted.emit("BilateralMarket", "SharesClaimed", member=SHARER, day=DAY, amount=3 * UNIT)
    assert defaulted.margin(SHARER) == [(("d2", 3),)]
    assert origins(defaulted.ledger(), "penalties", DAY) == [(("d2", 1),)]
    (lot,) = defaulted.ledger().lots(Holder("margin", SHARER))
    assert (lot.cause.kind, lot.cause.reference) == ("share", f"penalties of day 7: +{3 * UNIT}")
    left = defaulted.ledger().movements(Holder("penalties", DAY))[-1]
    assert (left.other, left.cause.reference) == ("margin of member 4", f"member 4: -{3 * UNIT}")


def test_a_settlement_of_a_later_day_harvests_the_shares_of_the_last_one(defaulted):
    defaulted.agree(0, day=DAY + 1)
    defaulted.settle(0, day=DAY + 1, received=1, paid=1, shares=(0, 4))
    assert origins(defaulted.ledger(), "penalties", DAY) == []
    assert defaulted.margin(BUYER) == [(("d2", 26),), (("d2", 3),)]
    reference = defaulted.ledger().movements(Holder("margin", BUYER))[-1].cause.reference
    assert reference == f"agreement 8/0: -{UNIT}; penalties of day 7: +{4 * UNIT}"


def test_a_penalty_that_nobody_shares_is_the_reserve_s(defaulted):
    defaulted.pool(9, 4, rate=0, transaction="0xclose")
    assert origins(defaulted.ledger(), "penalties", DAY) == []
    (lot,) = defaulted.ledger().lots(Holder("reserve", 0))
    assert (lot.origins, lot.cause.kind) == ((("d2", 4 * UNIT),), "close")
    assert lot.cause.reference == f"agreement 7/9: +{4 * UNIT}"
    defaulted.emit("MarginDesk", "ReservePaid", to="0xfund", amount=4 * UNIT)
    defaulted.emit("PowerPoint", "Transfer", from_=DESK, to="0xfund", value=4 * UNIT)
    assert origins(defaulted.ledger(), "reserve", 0) == []
    assert origins(defaulted.ledger(), "account", "0xfund") == [(("d2", 4),)]


def test_a_deferred_credit_waits_for_the_grid_company_s_money_and_then_for_its_member(chain):
    chain.withdraw(GRID, "0xgrid", 100)
    chain.residual(SELLER, 10, transaction="0xresidual")
    deferral = {"member": SELLER, "day": DAY, "amount": 10 * UNIT}
    chain.emit("DeferredCredits", "CreditDeferred", transaction="0xresidual", **deferral)
    assert (chain.margin(SELLER), origins(chain.ledger(), "deferred", DAY)) == ([], [])
    chain.emit("DeferredCredits", "DeferredPaid", amount=6 * UNIT, transaction="0xpays")
    values = {"member": GRID, "from_": "0xgrid", "amount": 6 * UNIT}
    chain.emit("MarginDesk", "Deposited", transaction="0xpays", **values)
    chain.emit("PowerPoint", "Transfer", from_="0xgrid", to=DESK, value=6 * UNIT, transaction="0xpays")
    assert origins(chain.ledger(), "deferred", DAY) == [(("d1", 6),)]
    assert chain.margin(GRID) == []
    chain.emit("DeferredCredits", "DeferredCollected", **deferral | {"amount": 6 * UNIT})
    assert (chain.margin(SELLER), origins(chain.ledger(), "deferred", DAY)) == ([(("d1", 6),)], [])
    assert margins_of(chain.events, terms=TERMS).deferred.parts_of(SELLER) == [DeferredPart(DAY, 4 * UNIT, 0)]


def test_while_funds_are_below_zero_the_reserve_stands_in_for_them(chain):
    """A penalty found late that its member cannot pay is the reserve's, but its points come when the member pays."""
    chain.withdraw(GRID, "0xgrid", 100)
    chain.debt(SELLER, 5, transaction="0xfound")
    late = {"day": DAY, "index": 9, "seller": SELLER, "buyer": BUYER}
    differences = {"sellerDifference": -5 * UNIT, "buyerDifference": 0, "toReserve": 5 * UNIT}
    chain.emit("Reconciliation", "AgreementReconciled", transaction="0xfound", **late, **differences)
    chain.emit("BilateralMarket", "ReserveRaised", amount=5 * UNIT, transaction="0xfound")
    book = margins_of(chain.events, terms=TERMS)
    assert (book.reserve, book.funds) == (5 * UNIT, -5 * UNIT)
    assert origins(chain.ledger(), "reserve", 0) == []
    chain.mint("0xseller", 12, "d3")
    chain.deposit(SELLER, "0xseller", 12, debt=0)
    assert (origins(chain.ledger(), "reserve", 0), chain.margin(SELLER)) == ([(("d3", 5),)], [(("d3", 7),)])


def test_then_penalties_stand_in_and_last_the_members_who_joined_last(chain):
    """The seller's feed-in pays its penalty, but the grid company has nothing for the feed-in."""
    chain.withdraw(GRID, "0xgrid", 100)
    chain.agree(9)
    chain.settle(9, received=4, paid=0, charges=((0, 4), (0, 0)))
    assert origins(chain.ledger(), "penalties", DAY) == []
    chain.emit("BilateralMarket", "SharesClaimed", member=SHARER, day=DAY, amount=4 * UNIT)
    assert (chain.margin(SHARER), chain.margin(BUYER)) == ([], [(("d2", 30),)])
    chain.deposit(GRID, "0xgrid", 6)
    assert (chain.margin(SHARER), chain.margin(GRID)) == ([(("d1", 4),)], [(("d1", 2),)])


def test_bonds_are_kept_apart_within_the_registry_s_account(chain):
    chain.mint("0xowner", 20, "d4")
    chain.emit("DeviceRegistry", "BondPosted", device=4, from_="0xowner", amount=20 * UNIT)
    chain.emit("PowerPoint", "Transfer", from_="0xowner", to=REGISTRY, value=20 * UNIT)
    assert origins(chain.ledger(), "bond", 4) == [(("d4", 20),)]
    chain.emit("DeviceRegistry", "BondForfeited", device=4, beneficiary="0xfund", amount=20 * UNIT, reason="0xwhy")
    chain.emit("PowerPoint", "Transfer", from_=REGISTRY, to="0xfund", value=20 * UNIT)
    (lot,) = chain.ledger().lots(Holder("account", "0xfund"))
    assert (lot.origins, lot.cause.kind, lot.cause.reference) == ((("d4", 20 * UNIT),), "bond", "forfeited: 0xwhy")
    assert origins(chain.ledger(), "bond", 4) == []


def test_a_bill_burns_the_oldest_points_of_whoever_pays(chain):
    chain.emit("PowerPoint", "Transfer", from_="0xbuyer", to=NOBODY, value=4 * UNIT)
    bill = {"billId": "0xbill", "utility": "0xutility", "payer": "0xother", "from_": "0xbuyer", "amount": 4 * UNIT}
    chain.emit("PowerPoint", "BillPaid", **bill)
    movement = chain.ledger().movements(Holder("account", "0xbuyer"))[-1]
    assert (movement.amount, movement.balance, movement.cause.kind) == (-4 * UNIT, 6 * UNIT, "bill")
    assert (movement.cause.reference, movement.origins) == ("0xbill", (("d2", 4 * UNIT),))


def test_an_announced_transfer_that_does_not_come_is_an_error(chain):
    chain.events.pop()
    with pytest.raises(
        LawViolation, match="transfer of 3000000000000 point-wei from 0xbuyer to 0xdesk was announced, none came"
    ):
        chain.ledger()
    chain.emit("PowerPoint", "Transfer", from_="0xbuyer", to=DESK, value=29)
    with pytest.raises(LawViolation, match="is not the one that was announced"):
        chain.ledger()
