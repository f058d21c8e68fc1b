"""Lots: by hand, and against a model that moves every point-wei on its own."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.errors import LawViolation
from offchain.lots.ledger import LOTS_PER_TRANSFER, Cause, Lot, LotLedger, carried
from offchain.points.holders import Holder

ALICE, BOB, CAROL = (Holder("account", name) for name in ("alice", "bob", "carol"))
HOLDERS = (ALICE, BOB, CAROL)


def cause(reference="", kind="transfer"):
    return Cause(kind=kind, reference=reference, block=1, time=2, transaction="0x3")


def origins(ledger, holder):
    return [lot.origins for lot in ledger.lots(holder)]


def test_points_leave_oldest_first_and_keep_their_origin():
    ledger = LotLedger()
    ledger.issue(ALICE, 10, cause=cause("d1", "deposit"))
    ledger.issue(ALICE, 5, cause=cause("d2", "deposit"))
    ledger.transfer(ALICE, BOB, 12, cause=cause())
    assert origins(ledger, ALICE) == [(("d2", 3),)]
    assert origins(ledger, BOB) == [(("d1", 10),), (("d2", 2),)]
    assert [lot.cause.kind for lot in ledger.lots(BOB)] == ["transfer", "transfer"]
    ledger.redeem(BOB, 11, cause=cause("bill", "bill"))
    assert origins(ledger, BOB) == [(("d2", 1),)]
    last = ledger.movements(BOB)[-1]
    assert (last.amount, last.balance, last.other, last.origins) == (-11, 1, "escrow", (("d1", 10), ("d2", 1)))


def test_a_transfer_carries_eight_lots_and_the_oldest_is_mixed():
    ledger = LotLedger()
    for number in range(10):
        ledger.issue(ALICE, number + 1, cause=cause(f"d{number}", "deposit"))
    ledger.transfer(ALICE, BOB, 54, cause=cause())
    assert len(ledger.lots(BOB)) == LOTS_PER_TRANSFER == 8
    assert origins(ledger, BOB)[0] == (("d0", 1), ("d1", 2), ("d2", 3))
    assert origins(ledger, BOB)[1:] == [((f"d{n}", n + 1),) for n in range(3, 9)] + [(("d9", 9),)]
    ledger.transfer(BOB, CAROL, 4, cause=cause())
    assert origins(ledger, CAROL) == [(("d0", 1), ("d1", 2), ("d2", 1))]
    assert origins(ledger, BOB)[0] == (("d2", 2),)


def test_exactly_eight_lots_stay_as_they_are():
    lots = [Lot(origins=((f"d{n}", 1),), cause=cause()) for n in range(8)]
    assert [lot.origins for lot in carried(lots, cause=cause())] == [lot.origins for lot in lots]
    assert carried([], cause=cause()) == []


def test_a_transfer_to_oneself_makes_points_the_newest():
    ledger = LotLedger()
    ledger.issue(ALICE, 2, cause=cause("d1"))
    ledger.issue(ALICE, 3, cause=cause("d2"))
    ledger.transfer(ALICE, ALICE, 1, cause=cause())
    assert origins(ledger, ALICE) == [(("d1", 1),), (("d2", 3),), (("d1", 1),)]


def test_clearing_pays_from_those_who_lose_to_those_who_gain():
    ledger = LotLedger()
    ledger.issue(ALICE, 10, cause=cause("d1"))
    ledger.issue(BOB, 10, cause=cause("d2"))
    ledger.clear([(ALICE, -6, cause("a")), (BOB, -1, cause("b")), (CAROL, 7, cause("c"))])
    assert origins(ledger, CAROL) == [(("d1", 6),), (("d2", 1),)]
    assert ledger.movements(CAROL)[0].other == "alice, bob"
    assert ledger.movements(CAROL)[0].cause.reference == "c"
    assert ledger.holders() == [ALICE, BOB, CAROL]


def test_points_that_are_not_there_do_not_move():
    ledger = LotLedger()
    ledger.issue(ALICE, 10, cause=cause("d1"))
    with pytest.raises(LawViolation, match="alice pays 11 point-wei out of 10 in 0x3; events are missing"):
        ledger.transfer(ALICE, BOB, 11, cause=cause())
    with pytest.raises(LawViolation, match="leave 1 point-wei over, 0x3"):
        ledger.clear([(ALICE, -6, cause()), (BOB, 7, cause())])
    assert origins(ledger, ALICE) == [(("d1", 10),)]


class Units:
    """The model: every point-wei is a pair of its origin and the lot that it lies in."""

    def __init__(self):
        self.held = defaultdict(list)
        self.lots = 0

    def issue(self, holder, amount, reference):
        self.lots += 1
        self.held[holder] += [(reference, self.lots)] * amount

    def move(self, changes):
        pot = []
        for holder, change in changes:
            if change < 0:
                pot += self.held[holder][:-change]
                del self.held[holder][:-change]
        for holder, change in changes:
            if change > 0:
                self.put(holder, pot[:change])
                del pot[:change]

    def put(self, holder, units):
        tags = list(dict.fromkeys(lot for _, lot in units))
        old = set(tags[: len(tags) - 7]) if len(tags) > 8 else set()
        merged = [origin for origin, lot in units if lot in old]
        merged = sorted(merged, key=merged.index)  # an origin's together, in the order of their first appearance
        fresh = {tag: self.lots + 2 + place for place, tag in enumerate(tags)}
        self.held[holder] += [(origin, self.lots + 1) for origin in merged]
        self.held[holder] += [(origin, fresh[lot]) for origin, lot in units if lot not in old]
        self.lots += len(tags) + 1

    def lots_of(self, holder):
        """(origins with amounts) of each lot."""
        found = {}
        for origin, lot in self.held[holder]:
            found.setdefault(lot, {}).setdefault(origin, 0)
            found[lot][origin] += 1
        return [tuple(lot.items()) for lot in found.values()]


MOVES = st.lists(
    st.tuples(st.sampled_from(["issue", "issue", "issue", "transfer", "transfer", "redeem", "clear"]),
              st.sampled_from(HOLDERS), st.sampled_from(HOLDERS), st.integers(1, 40)),
    min_size=20, max_size=60,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(MOVES)
def test_lots_are_those_of_a_model_of_single_point_wei(moves):
    ledger, units = LotLedger(), Units()
    for number, (move, one, other, asked) in enumerate(moves):
        held = len(units.held[one])
        amount = min(asked, held)
        if move == "issue":
            ledger.issue(one, asked, cause=cause(f"d{number}"))
            units.issue(one, asked, f"d{number}")
        elif not amount:
            continue
        elif move == "transfer":
            ledger.transfer(one, other, amount, cause=cause())
            taken, units.held[one] = units.held[one][:amount], units.held[one][amount:]
            units.put(other, taken)
        elif move == "redeem":
            ledger.redeem(one, amount, cause=cause())
            del units.held[one][:amount]
        elif one != other:
            third = next(holder for holder in HOLDERS if holder not in (one, other))
            changes = [(one, -amount), (other, amount // 3), (third, amount - amount // 3)]
            ledger.clear([(holder, change, cause()) for holder, change in changes if change])
            units.move(changes)
        for holder in HOLDERS:
            assert origins(ledger, holder) == units.lots_of(holder)
            movements = ledger.movements(holder)
            assert sum(lot.amount for lot in ledger.lots(holder)) == len(units.held[holder])
            assert sum(movement.amount for movement in movements) == len(units.held[holder])
