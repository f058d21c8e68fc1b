"""Which days of a device were issued, in any order, against a set of days."""

import numpy as np
import pytest

from tests.support.region import actor

DEVICE, OTHER = 5, 6


@pytest.fixture
def books(harness):
    return harness["CertifiedEnergyHarness"].deploy({"from": actor("deployer")})


def issue(books, days, device=DEVICE):
    return list(books.issueAll(device, days, {"from": actor("stranger")}).return_value)


def orders():
    """Forwards, backwards, across spans of 32 days and back, and at random; days come twice."""
    yield list(range(17_000, 17_070))
    yield list(range(17_070, 17_000, -1))
    yield [0, 31, 32, 31, 0, 63, 64, 2**32 - 1, 2**32 - 1, 1, 64]
    yield [100, 31, 100, 5, 131, 5, 96, 131, 127, 128]
    for seed in range(12):
        generator = np.random.default_rng(seed)
        yield (17_000 + generator.integers(0, (5, 40, 200)[seed % 3], 60)).tolist()


@pytest.mark.parametrize("order", tuple(orders()))
def test_a_day_is_issued_from_then_on_and_no_other_day_is(books, order):
    known = set()
    for day, before in zip(order, issue(books, order), strict=True):
        assert before == (day in known), day
        known.add(day)
    asked = sorted({min(max(day + step, 0), 2**32 - 1) for day in order for step in (-33, -32, -1, 0, 1, 31, 32, 64)})
    assert list(books.issued(DEVICE, asked)) == [day in known for day in asked]
    assert not any(books.issued(OTHER, asked))


def test_totals_are_left_alone(books):
    issue(books, [17_000, 17_100, 17_000])
    book = books.book(DEVICE)
    assert (book["issued"], book["withdrawn"], book["owed"]) == (7, 0, 2**64 - 1)
    assert (book["span"], book["issuedDays"]) == (17_100 // 32, 1 << 17_100 % 32)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize(("owed", "wh", "withheld"), [(0, 9, 0), (4, 9, 4), (9, 9, 9), (20, 9, 9), (2**64 - 1, 0, 0)])
def test_what_is_owed_is_kept_back_first(books, owed, wh, withheld, again):
    assert books.enter(DEVICE, owed, wh, again, {"from": actor("stranger")}).return_value == withheld
    book = books.book(DEVICE)
    assert (book["issued"], book["owed"], book["withdrawn"]) == (wh - withheld, owed - withheld, 0)
    assert books.issued(DEVICE, [1]) == [not again]
