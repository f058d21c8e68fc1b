"""Carbon records: averages by hand, files that come back the same, records that are not the chain's."""

import json
from dataclasses import replace

import pytest

from offchain.carbon.history import posted_roots
from offchain.errors import InputError, LawViolation
from offchain.merkle import carbon_leaf, verify
from offchain.statements.carbon_day import (
    carbon_file,
    carbon_text,
    check_carbon_day,
    read_carbon_days,
)
from tests.offchain.statements.statement_cases import DAY, NOON, Ledger, hour, record


def test_intensities_are_rounded_half_up():
    """2 ug of 3 Wh are 0.67, 1 ug of 2 Wh is 0.5, of 3 Wh 0.33 [mg/kWh]."""
    assert [hour(generation_wh=wh, generation_ug=ug).average for wh, ug in ((3, 2), (2, 1), (3, 1))] == [1, 1, 0]
    assert [hour(load_wh=wh, loss_ug=ug).loss_intensity for wh, ug in ((3, 2), (2, 1), (3, 1))] == [1, 1, 0]
    idle = hour(generation_wh=0, generation_ug=0, load_wh=0, loss_ug=0)
    assert (idle.average, idle.loss_intensity) == (0, 0)


def test_the_root_is_that_of_the_ledgers_leaves():
    """Of one node the root is its leaf; of two it is proven by the other."""
    alone = carbon_leaf(NOON, 0, 7)
    assert hour(intensity=(7,)).root == f"0x{alone.hex()}"
    root = bytes.fromhex(hour(intensity=(7, 8)).root[2:])
    assert verify([carbon_leaf(NOON, 1, 8)], root=root, leaf=alone)


def _write(day, folder):
    carbon_file(folder, day.chain, day.day).write_text(carbon_text(day))


def test_a_record_comes_back_as_it_was_written(tmp_path):
    for day in (DAY, DAY + 1):
        _write(record(day=day), tmp_path)
    _write(record(chain="urban"), tmp_path)
    assert read_carbon_days(tmp_path, "rural") == {DAY: record(), DAY + 1: record(day=DAY + 1)}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[:-5], "is not a carbon record"),
        (lambda text: text.replace('"loss_ug"', '"lost"', 1), "is not a carbon record"),
        (lambda text: json.dumps(json.loads(text) | {"hours": []}), "has 0 hours instead of 24"),
        (lambda text: "[]", "is not a carbon record"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, damage, message):
    _write(record(), tmp_path)
    file = carbon_file(tmp_path, "rural", DAY)
    file.write_text(damage(file.read_text()))
    with pytest.raises(InputError, match=f"{file} {message}"):
        read_carbon_days(tmp_path, "rural")


def test_a_record_that_is_not_the_chains_is_refused():
    book = Ledger()
    book.roots()
    roots = posted_roots(book.events)
    check_carbon_day(record(), roots)
    forged = list(record().hours)
    forged[12] = replace(forged[12], intensity=(100_000, 249_999, 400_000))
    with pytest.raises(LawViolation, match=f"hour {NOON} has root {forged[12].root}, chain rural {hour().root}"):
        check_carbon_day(record(hours=tuple(forged)), roots)
    with pytest.raises(LawViolation, match=f"hour {NOON} .* chain rural none"):
        check_carbon_day(record(), {number: event for number, event in roots.items() if number != NOON})
