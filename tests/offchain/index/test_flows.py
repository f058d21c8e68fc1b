"""How events move lots, by hand: what contracts hold for others, debts that the grid company fronts, batches."""

import pytest

from offchain.errors import LawViolation
from offchain.index.flows import lots_of
from offchain.index.lots import Holder
from offchain.index.points import NOBODY
from offchain.index.records import IndexedEvent

GRID, SELLER, BUYER = 1, 2, 3
MARKET, REGISTRY = "0xmarket", "0xregistry"
ADDRESSES = {"PowerPoint": "0xpoints", "BilateralMarket": MARKET, "DeviceRegistry": REGISTRY}


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
        self.emit("PowerPoint", "Transfer", from_=NOBODY, to=to, value=amount)
        self.emit("PowerPoint", "PointsMinted", to=to, amount=amount, bankReference=reference)

    def deposit(self, member, account, amount):
        self.emit("BilateralMarket", "Deposited", member=member, from_=account, amount=amount)
        self.emit("PowerPoint", "Transfer", from_=account, to=MARKET, value=amount)

    def withdraw(self, member, account, amount):
        self.emit("BilateralMarket", "Withdrawn", member=member, to=account, amount=amount)
        self.emit("PowerPoint", "Transfer", from_=MARKET, to=account, value=amount)

    def residual(self, member, leg, *, transaction=None):
        values = {"member": member, "day": 7, "memberLeg": leg}
        self.emit("BilateralMarket", "ResidualSettled", transaction=transaction, **values)

    def agree(self, number, reserved):
        parties = {"seller": SELLER, "buyer": BUYER}
        self.emit("BilateralMarket", "AgreementRegistered", id=number, reserved=reserved, **parties)

    def settle(self, number, *, received, paid, transaction=None):
        parties = {"seller": SELLER, "buyer": BUYER, "gridRevenue": paid - received}
        values = {"id": number, "received": received, "paid": paid}
        self.emit("BilateralMarket", "AgreementSettled", transaction=transaction, **values, **parties)

    def margin(self, member):
        return origins(self.ledger(), "margin", member)

    def ledger(self):
        return lots_of(self.events, grid_company=GRID)


def origins(ledger, place, number):
    return [lot.origins for lot in ledger.lots(Holder(place, number))]


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
    assert origins(ledger, "account", MARKET) == []
    assert (chain.margin(GRID), chain.margin(BUYER)) == ([(("d1", 100),)], [(("d2", 30),)])
    chain.withdraw(BUYER, "0xbuyer", 5)
    assert origins(chain.ledger(), "account", "0xbuyer") == [(("d2", 10),), (("d2", 5),)]
    assert [lot.cause.kind for lot in chain.ledger().lots(Holder("account", "0xbuyer"))] == ["deposit", "withdrawal"]


def test_a_settled_agreement_moves_the_buyer_s_points_to_the_seller_and_the_grid_company(chain):
    chain.agree(9, reserved=25)
    chain.settle(9, received=14, paid=16)
    assert chain.margin(BUYER) == [(("d2", 14),)]
    assert chain.margin(SELLER) == [(("d2", 14),)]
    assert chain.margin(GRID) == [(("d1", 100),), (("d2", 2),)]
    (lot,) = chain.ledger().lots(Holder("margin", SELLER))
    assert lot.cause.kind == "settlement"
    assert lot.cause.reference == f"agreement 0x{9:064x}: +14"
    assert chain.ledger().movements(Holder("margin", BUYER))[-1].cause.reference == f"agreement 0x{9:064x}: -16"


def test_what_a_member_owes_is_fronted_and_its_next_deposit_pays_it_first(chain):
    chain.residual(BUYER, -45)  # the buyer has 30; the grid company gets them and fronts 15
    assert (chain.margin(BUYER), chain.margin(GRID)) == ([], [(("d1", 100),), (("d2", 30),)])
    chain.mint("0xfriend", 20, "d3")
    chain.deposit(BUYER, "0xfriend", 20)
    assert chain.margin(BUYER) == [(("d3", 5),)]
    assert chain.margin(GRID) == [(("d1", 100),), (("d2", 30),), (("d3", 15),)]


def test_a_reserve_is_not_touched_by_a_debt_until_it_is_released(chain):
    chain.agree(9, reserved=25)
    chain.residual(BUYER, -8)  # 5 are free, so 3 are fronted
    assert chain.margin(BUYER) == [(("d2", 25),)]
    chain.settle(9, received=10, paid=10)  # 25 come free: 10 are paid, 3 repaid
    assert chain.margin(BUYER) == [(("d2", 12),)]
    assert chain.margin(SELLER) == [(("d2", 10),)]
    assert chain.margin(GRID) == [(("d1", 100),), (("d2", 5),), (("d2", 3),)]


def test_a_batch_is_cleared_at_once_because_the_grid_company_may_pay_before_it_is_paid(chain):
    chain.residual(SELLER, 110, transaction="0xbatch")  # more than the grid company has
    chain.residual(BUYER, -20, transaction="0xbatch")
    assert chain.margin(SELLER) == [(("d1", 90),), (("d2", 20),)]
    assert (chain.margin(BUYER), chain.margin(GRID)) == ([(("d2", 10),)], [(("d1", 10),)])
    ledger = chain.ledger()
    assert ledger.movements(Holder("margin", SELLER))[-1].cause.reference == "residual of day 7: +110"
    assert ledger.movements(Holder("margin", SELLER))[-1].other == "margin of member 1, margin of member 3"


def test_separate_transactions_are_not_one_batch(chain):
    chain.residual(SELLER, 110)
    chain.residual(BUYER, -20)
    with pytest.raises(LawViolation, match="margin of member 1 pays 110 point-wei out of 100"):
        chain.ledger()


def test_many_legs_of_one_member_are_counted(chain):
    for number in range(9):
        chain.agree(number, reserved=2)
    for number in range(9):
        chain.settle(number, received=1, paid=1, transaction="0xbatch")
    assert chain.ledger().movements(Holder("margin", SELLER))[-1].cause.reference == "9 legs"
    assert chain.margin(SELLER) == [(("d2", 9),)]


def test_bonds_are_kept_apart_within_the_registry_s_account(chain):
    chain.mint("0xowner", 20, "d4")
    chain.emit("DeviceRegistry", "BondPosted", device=4, from_="0xowner", amount=20)
    chain.emit("PowerPoint", "Transfer", from_="0xowner", to=REGISTRY, value=20)
    assert origins(chain.ledger(), "bond", 4) == [(("d4", 20),)]
    chain.emit("DeviceRegistry", "BondForfeited", device=4, beneficiary="0xfund", amount=20, reason="0xwhy")
    chain.emit("PowerPoint", "Transfer", from_=REGISTRY, to="0xfund", value=20)
    (lot,) = chain.ledger().lots(Holder("account", "0xfund"))
    assert (lot.origins, lot.cause.kind, lot.cause.reference) == ((("d4", 20),), "bond", "forfeited: 0xwhy")
    assert origins(chain.ledger(), "bond", 4) == []


def test_a_bill_burns_the_oldest_points_of_whoever_pays(chain):
    chain.emit("PowerPoint", "Transfer", from_="0xbuyer", to=NOBODY, value=4)
    bill = {"billId": "0xbill", "utility": "0xutility", "payer": "0xother", "from_": "0xbuyer", "amount": 4}
    chain.emit("PowerPoint", "BillPaid", **bill)
    movement = chain.ledger().movements(Holder("account", "0xbuyer"))[-1]
    assert (movement.amount, movement.balance, movement.cause.kind) == (-4, 6, "bill")
    assert (movement.cause.reference, movement.origins) == ("0xbill", (("d2", 4),))


def test_an_announced_transfer_that_does_not_come_is_an_error(chain):
    chain.events.pop()
    with pytest.raises(
        LawViolation, match="transfer of 30 point-wei from 0xbuyer to 0xmarket was announced, none came"
    ):
        chain.ledger()
    chain.emit("PowerPoint", "Transfer", from_="0xbuyer", to=MARKET, value=29)
    with pytest.raises(LawViolation, match="is not the one that was announced"):
        chain.ledger()
