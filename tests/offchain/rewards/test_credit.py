"""Reward credit by hand: oldest first, mature after three days, expired after 24 full months."""

from datetime import date

import pytest

from offchain.errors import LawViolation
from offchain.index.records import IndexedEvent
from offchain.market_time import day_of_date
from offchain.rewards.history.credit import Cause, credit_of, month_of

MARCH, APRIL = (day_of_date(date(2100, month, 30)) for month in (3, 4))
MEMBER = 7


def event(name, **values):
    return IndexedEvent(
        contract="RewardPool",
        address="0x",
        name=name,
        values={"member": MEMBER, **values},
        block=1,
        block_hash="0x",
        time=1,
        transaction="0x1",
        index=0,
    )


def rewarded(day, granted, cause=Cause.SOLD):
    return event("Rewarded", cause=int(cause), day=day, asked=granted + 5, granted=granted)


def test_months_are_counted_from_january_of_the_year_0():
    assert month_of(day_of_date(date(2100, 1, 1))) == 2100 * 12
    assert month_of(day_of_date(date(2099, 12, 31))) == 2100 * 12 - 1


def test_credit_is_spent_oldest_first_and_keeps_its_causes():
    book = credit_of([
        rewarded(MARCH, 10), rewarded(APRIL, 20, Cause.USED), rewarded(APRIL, 5), event("CreditSpent", amount=12),
    ])  # fmt: skip
    assert [(lot.cause, lot.day, lot.amount) for lot in book.lots[MEMBER]] == [
        (Cause.USED, APRIL, 18),
        (Cause.SOLD, APRIL, 5),
    ]
    assert book.buckets(MEMBER) == {month_of(APRIL): 23}
    assert (book.outstanding, book.granted) == (23, {(MEMBER, MARCH): 10, (MEMBER, APRIL): 25})


@pytest.mark.parametrize(("days", "available"), [(0, 10), (3, 10), (4, 30)])
def test_a_reward_can_be_spent_from_the_fourth_day_on(days, available):
    book = credit_of([rewarded(MARCH, 10), rewarded(APRIL, 20)])
    assert book.available(MEMBER, day=APRIL + days) == available


@pytest.mark.parametrize(
    ("today", "available"),
    [(date(2102, 3, 31), 30), (date(2102, 4, 1), 20), (date(2102, 4, 30), 20), (date(2102, 5, 1), 0)],
)
def test_credit_that_nobody_has_swept_yet_expires_all_the_same(today, available):
    book = credit_of([rewarded(MARCH, 10), rewarded(APRIL, 20)])
    assert book.available(MEMBER, day=day_of_date(today)) == available
    assert book.outstanding == 30


def test_expired_credit_is_the_oldest():
    book = credit_of([rewarded(MARCH, 10), rewarded(APRIL, 20), event("CreditExpired", month=0, amount=10)])
    assert book.buckets(MEMBER) == {month_of(APRIL): 20}


def test_credit_that_was_never_there_is_noticed():
    with pytest.raises(LawViolation, match="member 7 used 2 point-wei of credit that it did not have"):
        credit_of([rewarded(MARCH, 10), event("CreditSpent", amount=12)])


def test_others_have_none():
    book = credit_of([rewarded(MARCH, 10)])
    assert (book.available(8, day=APRIL), book.buckets(8)) == (0, {})
