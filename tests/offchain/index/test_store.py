"""The database behind an index: the same on SQLite and PostgreSQL."""

import threading
from dataclasses import replace

import pytest

from offchain.errors import InputError
from offchain.index.records import BlockPoint, Change, FollowedChain, IndexedEvent
from offchain.index.store import Store
from offchain.market.history.terms import MarketTerms
from offchain.market.records import Tariffs
from offchain.market.rulebooks import PAPER
from offchain.units import PRICE_TICK

ADDRESS = "0x757EAA9fB1C1621078a68a33D8e91E6293caeDF9"


def block(number, *, branch="a"):
    return BlockPoint(number=number, hash=f"0x{branch}{number:063x}")


def event(number, index=0, *, contract="PowerPoint", branch="a", **values):
    return IndexedEvent(
        contract=contract,
        address=ADDRESS,
        name="Moved",
        values=values,
        block=number,
        block_hash=block(number, branch=branch).hash,
        time=1_000 + number,
        transaction=f"0x{number:064x}",
        index=index,
    )


TARIFFS = Tariffs(feed_in=4_000 * PRICE_TICK, purchase=7_500 * PRICE_TICK, grid_fee=400 * PRICE_TICK)
MARKET = MarketTerms(grid_company=1, utc_offset_hours=-3, tariffs=TARIFFS, rulebook=PAPER)
CHAIN = FollowedChain(name="rural", chain_id=31001, genesis="0xaa", facts=MARKET.facts, head=block(4), cursor=0)


def test_a_chain_is_remembered_as_it_was_first_described(store):
    assert store.open_chain(CHAIN) == CHAIN
    later = replace(CHAIN, head=block(9))
    assert store.open_chain(later) == CHAIN == store.chain("rural")
    assert store.checkpoints("rural") == [block(4)]
    main = replace(CHAIN, name="main", facts={})
    store.open_chain(main)
    assert store.chain("main") == main


def test_another_chain_of_that_name_is_refused(store):
    store.open_chain(CHAIN)
    for other in (replace(CHAIN, genesis="0xbb"), replace(CHAIN, chain_id=5)):
        with pytest.raises(InputError, match=r"follows another rural, id 31001, genesis 0xaa; this one has id"):
            store.open_chain(other)


def test_unknown_chains_are_refused(store):
    with pytest.raises(InputError, match=r"has no chain urban; it has none; `index sync`"):
        store.chain("urban")
    store.open_chain(CHAIN)
    with pytest.raises(InputError, match=r"has no chain urban; it has rural; `index sync`"):
        store.chain("urban")


def test_values_come_back_exactly(store):
    values = {
        "amount": 2**256 - 1,
        "leg": -(2**255),
        "flag": True,
        "text": 'für {"x"}',
        "list": [[1], []],
        "s": {"a": 0},
    }
    store.open_chain(CHAIN)
    store.advance("rural", [event(5, **values)], base=block(4), head=block(6))
    assert store.events("rural") == [event(5, **values)]
    assert store.events("rural")[0].values["flag"] is True


def test_events_are_filtered_and_in_the_order_of_the_chain(store):
    store.open_chain(CHAIN)
    events = [event(5, 0), event(5, 1, contract="DaySheets"), event(7, 0), event(8, 3)]
    store.advance("rural", events, base=block(4), head=block(9))
    assert store.events("rural") == events
    assert store.events("rural", contracts={"DaySheets"}) == [events[1]]
    assert store.events("rural", contracts=set()) == []
    assert store.events("rural", last=7) == events[:3]
    assert store.checkpoints("rural") == [block(n) for n in (4, 5, 7, 8, 9)]


def test_changes_are_appended_and_cursors_have_no_gaps(store):
    store.open_chain(CHAIN)
    first = [event(5), event(6), event(6, 1)]
    second = [event(6, branch="b"), event(7, branch="b")]
    assert store.advance("rural", first, base=block(4), head=block(6))
    assert store.retreat("rural", base=block(6), ancestor=block(5))
    assert store.chain("rural").head == block(5)
    assert store.advance("rural", second, base=block(5), head=block(7, branch="b"))
    expected = [(False, e) for e in first] + [(True, e) for e in first[:0:-1]] + [(False, e) for e in second]
    assert store.changes("rural") == [
        Change(cursor=n, removed=removed, event=e) for n, (removed, e) in enumerate(expected, 1)
    ]
    assert store.chain("rural").cursor == 7
    assert store.changes("rural", after=2, limit=2) == store.changes("rural")[2:4]
    assert store.changes("rural", after=7) == []
    assert store.events("rural") == [first[0], *second]
    assert store.checkpoints("rural") == [block(4), block(5), block(6, branch="b"), block(7, branch="b")]


def test_a_step_from_a_head_that_is_not_the_head_changes_nothing(store):
    store.open_chain(CHAIN)
    store.advance("rural", [event(5)], base=block(4), head=block(5))
    assert not store.advance("rural", [event(5)], base=block(4), head=block(5))
    assert not store.advance("rural", [event(6)], base=block(5, branch="b"), head=block(6))
    assert not store.retreat("rural", base=block(4), ancestor=block(4))
    assert store.events("rural") == [event(5)]
    assert (store.chain("rural").cursor, store.chain("rural").head) == (1, block(5))


def test_a_step_that_fails_is_undone_whole(store):
    store.open_chain(CHAIN)
    with pytest.raises(InputError, match=r"database .* cannot be used"):
        store.advance("rural", [event(5), event(5)], base=block(4), head=block(5))
    assert (store.events("rural"), store.chain("rural")) == ([], CHAIN)
    assert store.changes("rural") == []


def test_chains_in_one_database_do_not_mix(store):
    store.open_chain(CHAIN)
    store.open_chain(replace(CHAIN, name="urban", genesis="0xbb"))
    store.advance("rural", [event(5, a=1)], base=block(4), head=block(5))
    store.advance("urban", [event(5, a=2), event(6)], base=block(4), head=block(6))
    store.retreat("urban", base=block(6), ancestor=block(5))
    assert [store.chain(name).cursor for name in ("rural", "urban")] == [1, 3]
    assert store.events("rural") == [event(5, a=1)]
    assert store.events("urban") == [event(5, a=2)]


def test_of_writers_at_the_same_time_one_is_first_and_the_others_write_nothing(store, url):
    store.open_chain(CHAIN)
    barrier, won = threading.Barrier(4), []

    def write():
        own = Store(url)
        barrier.wait()
        won.append(own.advance("rural", [event(5), event(5, 1)], base=block(4), head=block(5)))
        own.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False, False, False, True]
    assert [change.cursor for change in store.changes("rural")] == [1, 2]


def test_what_was_written_is_there_for_the_next_one(store, url):
    store.open_chain(CHAIN)
    store.advance("rural", [event(5)], base=block(4), head=block(5))
    store.close()
    again = Store(url)
    assert again.events("rural") == [event(5)]
    again.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense", r"the database's URL cannot be read; allowed are sqlite:///FILE and postgresql://"),
        ("oracle://x", r"oracledb|cx_Oracle"),
        ("sqlite:////proc/none/index.db", r"cannot be used"),
        ("postgresql://gridleaf:secret@/none?host=/tmp/no-server-here", r"cannot be used: .*connection"),
    ],
)
def test_databases_that_cannot_be_used_are_refused(url, reason):
    with pytest.raises(InputError, match=reason) as caught:
        Store(url)
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+none", "none"])
def test_a_password_is_never_printed(driver):
    with pytest.raises(InputError) as caught:
        Store(f"{driver}://gridleaf:secret@/none?host=/tmp/no-server-here")
    assert "secret" not in str(caught.value)
