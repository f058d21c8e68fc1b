"""What the events add up to is what the contracts answer, after random histories."""

from itertools import pairwise
from random import Random

import pytest

from offchain.chain.keys import NOBODY
from offchain.chain.reverts import RevertedError
from offchain.commands.index import EXPORTS, Asked
from offchain.errors import LawViolation
from offchain.index.records import BlockPoint, FollowedChain
from offchain.index.store import Store
from offchain.index.sync import sync
from offchain.lots.flows import lots_of
from offchain.lots.trace import trace
from offchain.market.history.check import check_market
from offchain.market.history.closed_days import closed_days
from offchain.market.history.events import margins_of
from offchain.market.history.margins import margin_rows
from offchain.market.history.terms import MarketTerms, market_facts, terms_of
from offchain.market.rulebooks import MARKET
from offchain.members.history.devices import device_rows, devices_of
from offchain.members.history.members import freezes_of, member_rows, members_of
from offchain.members.history.sheets import sheet_rows, sheets_of
from offchain.members.records import FIRST_DEVICE_METER
from offchain.members.sheet_words import pack
from offchain.points.history import points_of, points_rows, supply_row
from offchain.points.holders import Holder
from offchain.rewards.history.credit import credit_of, credit_rows
from offchain.rewards.history.welcomes import welcome_rows, welcomes_of
from tests.offchain.index.history import DAYS, History
from tests.support.live_region import DAY, GRID_COMPANY, TARIFFS, UTC_OFFSET, key_of

CHAIN = "rural"
STATUSES = ["none", "active", "suspended", "exited"]
CHAIN_OF_TEST = FollowedChain(
    name=CHAIN,
    chain_id=31001,
    genesis="0x",
    facts=MarketTerms(
        grid_company=GRID_COMPANY,
        utc_offset_hours=UTC_OFFSET,
        tariffs=TARIFFS,
        rulebook=MARKET,
    ).facts,
    head=BlockPoint(number=0, hash="0x"),
    cursor=0,
)
NO_ACTIONS = {"run", "some", "attempt", "until", "anybody", "key", "amount", "cents", "hours", "anytime"}
NO_ACTIONS |= {"remembering", "sheet"}
BONDS = ["missing", "posted", "returned"]


@pytest.fixture
def read(region, tmp_path):
    """Reads the region's chain into an index of its own and gives the events."""

    def events(name):
        store = Store(f"sqlite:///{tmp_path / name}.db")
        sync(region.client, store, facts=market_facts)
        found = store.events(CHAIN)
        store.close()
        return found

    return events


def test_after_random_histories_every_view_answers_what_the_events_add_up_to(region, read):
    done = set()
    for seed in (1, 2, 3):
        snapshot = region.endpoint.abilities.saving.save(region.client.connection)
        history = History(region, Random(seed))  # noqa: S311 -- repeatable, not secret
        history.run()
        done |= history.done.keys()
        compare(region, read(f"seed {seed}"))
        region.endpoint.abilities.saving.restore(region.client.connection, snapshot)
        region.connect()
    actions = {name for name in vars(History) if not name.startswith("_")} - NO_ACTIONS
    assert done == actions, "the comparisons would be about less than there is"


def test_mints_burns_and_announced_transfers_that_are_missing_are_noticed(region, read):
    history = History(region, Random(1))  # noqa: S311 -- repeatable, not secret
    history.run()
    events = read("whole")
    announcing = {"Deposited", "Withdrawn", "BondPosted", "BondForfeited"}
    moving = [
        position
        for position, (before, event) in enumerate(pairwise(events), 1)
        if event.name in {"PointsMinted", "PointsBurned", "BillPaid"}
        or (event.name == "Transfer" and (NOBODY in event.values.values() or before.name in announcing))
    ]
    for position in Random(1).sample(moving, 20):  # noqa: S311 -- repeatable, not secret
        with pytest.raises(LawViolation):
            checked_points([*events[:position], *events[position + 1 :]])
    checked_points(events)


def checked_points(events):
    """All that is checked about points: supply and escrow, then lots and balances of everybody."""
    book = points_of(events)
    ledger = lots_of(events, terms=terms_of(CHAIN_OF_TEST))
    for member in members_of(events):
        trace(events, chain=CHAIN_OF_TEST, account=str(member))
    return book, ledger


def compare(region, events):
    compare_members(region, events)
    compare_freezes(region, events)
    compare_devices(region, events)
    compare_sheets(region, events)
    compare_points(region, events)
    compare_margins(region, events)
    compare_credit(region, events)
    compare_welcomes(region, events)
    compare_lots(region, events)
    compare_closed_days(region, events)
    compare_exports(events)


def compare_exports(events):
    """An export needs no events but those of its contracts, and there is something in each."""
    asked = Asked(chain=CHAIN_OF_TEST, block=None)
    for export in EXPORTS:
        own = [event for event in events if event.contract in export.contracts]
        rows = export.rows(own, asked)
        assert rows == export.rows(events, asked) != [], export.name


def compare_members(region, events):
    members = members_of(events)
    assert sorted(members) == list(range(1, region.call("MemberRegistry", "memberCount") + 1))
    for number, member in members.items():
        found = region.call("MemberRegistry", "member", number)
        assert (member.account, member.group, member.kind) == (found.account, found.group, found.kind)
        assert member.status.value == STATUSES[found.status]
        assert (member.meter_key, member.import_w, member.export_w) == (found.meterKey, found.importW, found.exportW)
        assert member.node == found.node
        assert member.proposed_account == region.call("MemberRegistry", "proposedAccount", number)
        assert region.call("MemberRegistry", "idOf", member.account) == number
        for service in member.accounts[:-1]:
            with pytest.raises(RevertedError, match="MemberRegistry_UnknownAccount"):
                region.call("MemberRegistry", "idOf", service.account)
    rows = member_rows(members, freezes_of(events))
    assert [row["id"] for row in rows] == sorted(members)


def compare_freezes(region, events):
    freezes = freezes_of(events)
    accounts = {service.account for member in members_of(events).values() for service in member.accounts}
    assert freezes
    for account in accounts | freezes.keys():
        until = freezes[account].until if account in freezes else 0
        assert until == region.call("FreezeList", "frozenUntil", account)
    by_account = {row["account"]: row["frozen_until"] for row in member_rows(members_of(events), freezes)}
    assert all(until == region.call("FreezeList", "frozenUntil", account) for account, until in by_account.items())


def compare_devices(region, events):
    devices = devices_of(events)
    assert sorted(devices) == list(range(1, region.call("DeviceRegistry", "deviceCount") + 1))
    for number, device in devices.items():
        found = region.call("DeviceRegistry", "deviceOf", number)
        assert BONDS[found.bondState] == device.bond_state.value
        assert device.declaration == f"0x{found.declaration.hex()}"
        fields = ("owner", "meterKey", "capacityW", "commissioningDay", "lastDay", "carrier", "technology")
        fields += ("gridArea", "support", "bondCount", "bond")
        ours = ("owner", "meter_key", "capacity_w", "commissioning_day", "last_day", "carrier", "technology")
        ours += ("grid_area", "support", "bond_count", "bond")
        assert [getattr(device, name) for name in ours] == [getattr(found, name) for name in fields]
    rows = device_rows(devices)
    assert [row["bond"] for row in rows] == [str(devices[number].bond) for number in sorted(devices)]


def compare_sheets(region, events):
    sheets = sheets_of(events)
    meters = [*members_of(events), *(FIRST_DEVICE_METER + number for number in devices_of(events))]
    corrected = 0
    for meter in meters:
        for day in range(DAY, DAY + DAYS):
            found = region.call("DaySheets", "statusOf", meter, day)
            assert bool(found.status) == ((meter, day) in sheets)
            if not found.status:
                continue
            sheet = sheets[meter, day]
            present = sheet.present
            assert (present.revision, present.estimated) == (found.revision, bool(found.mark))
            assert pack(present.import_wh) == region.call("DaySheets", "importOf", meter, day)
            assert pack(present.export_wh) == region.call("DaySheets", "exportOf", meter, day)
            past = [
                (r.revision, int(r.estimated), list(pack(r.import_wh)), list(pack(r.export_wh)))
                for r in sheet.revisions[:-1]
            ]
            assert region.call("DaySheets", "verifyHistory", meter, day, past)
            corrected += len(past)
    assert corrected
    assert len(sheet_rows(sheets)) == corrected + len(sheets)


def compare_points(region, events):
    book = points_of(events)
    assert book.supply == region.call("PowerPoint", "totalSupply")
    escrow = region.call("PowerPoint", "escrow")
    assert (book.deposited, book.withdrawn) == (escrow.deposited, escrow.withdrawn)
    for account, balance in book.balances.items():
        assert balance == region.call("PowerPoint", "balanceOf", account)
    assert region.call("PowerPoint", "balanceOf", key_of("stranger").address) == 0
    for statement in book.statements:
        found = region.call("PowerPoint", "statementOf", statement.day)
        assert statement.document == f"0x{found.documentHash.hex()}"
        assert (statement.balance, statement.block) == (found.balance, found.blockNumber)
    for height in range(region.client.block().number - 100, region.client.block().number, 9):
        then = points_of(event for event in events if event.block <= height)
        points = region.contract("PowerPoint")
        assert then.supply == region.client.call(points("totalSupply"), block=height)
        for account, balance in then.balances.items():
            assert balance == region.client.call(points("balanceOf", account), block=height)
    assert len(points_rows(book, {})) == len(book.balances)
    assert supply_row(book, 1)["supply"] == str(book.supply)


def compare_margins(region, events):
    head = region.client.block().number
    for height in range(head - 120, head + 1, 17):
        upto = [event for event in events if event.block <= height]
        assert check_market(upto, region.client, terms=terms_of(CHAIN_OF_TEST), block=height) > 2 * len(
            members_of(upto)
        )
    book = margins_of(events, terms=terms_of(CHAIN_OF_TEST))
    assert {number for number in members_of(events) if region.call("BilateralMarket", "freeOf", number)} <= {
        *book.members
    }
    rows = margin_rows(book)
    assert sum(int(row["held"]) for row in rows) == book.points


def compare_credit(region, events):
    book = credit_of(events)
    assert book.outstanding == region.call("RewardPool", "outstanding")
    today = region.now // 3600 // 24
    for number in members_of(events):
        assert book.available(number, day=today) == region.call("RewardPool", "availableOf", number)
        for month, amount in book.buckets(number).items():
            assert amount == region.call("RewardPool", "bucketOf", number, month)
        for (member, day), granted in book.granted.items():
            if member == number:
                assert granted == region.call("RewardPool", "grantedOn", member, day).amount
    assert sum(int(row["amount"]) for row in credit_rows(book)) == book.outstanding


def compare_welcomes(region, events):
    welcomes = welcomes_of(events)
    for device in devices_of(events):
        found = region.call("RewardPool", "welcomeOf", device)
        assert bool(found.member) == (device in welcomes)
        if device in welcomes:
            ours = welcomes[device]
            assert (ours.member, ours.ends_at, ours.baseline_wh, ours.paid) == found
            assert region.call("RewardPool", "welcomeUsed", bytes.fromhex(ours.organisation[2:]))
    assert [row["paid"] for row in welcome_rows(welcomes)] == [str(welcomes[d].paid) for d in sorted(welcomes)]


def compare_lots(region, events):
    ledger = lots_of(events, terms=terms_of(CHAIN_OF_TEST))
    balances = points_of(events).balances
    contracts = {region.contract(name).address: name for name in ("MarginDesk", "DeviceRegistry")}
    inside = dict.fromkeys(contracts.values(), 0)
    for holder in ledger.holders():
        held = sum(lot.amount for lot in ledger.lots(holder))
        assert held == ledger.movements(holder)[-1].balance
        if holder.place == "account" and holder.id not in contracts:
            assert held == region.call("PowerPoint", "balanceOf", holder.id)
        elif holder.place == "account":
            inside[contracts[holder.id]] += held
        else:
            inside["DeviceRegistry" if holder.place == "bond" else "MarginDesk"] += held
    for address, name in contracts.items():
        assert inside[name] == region.call("PowerPoint", "balanceOf", address)
    assert sum(sum(lot.amount for lot in ledger.lots(h)) for h in ledger.holders()) == sum(balances.values())
    for number, member in members_of(events).items():
        traced = trace(events, chain=CHAIN_OF_TEST, account=str(number))
        assert traced.account == member.account
        assert traced.holdings[0].balance == region.call("PowerPoint", "balanceOf", member.account)
        assert traced.holdings[1].balance == held_in_market(region, number)
        assert trace(events, chain=CHAIN_OF_TEST, account=member.account) == traced
    assert ledger.lots(Holder("margin", 999)) == ()


def held_in_market(region, member):
    free = region.call("BilateralMarket", "freeOf", member)
    return region.call("BilateralMarket", "reservedOf", member) + max(0, free)


def compare_closed_days(region, events):
    """The close itself is compared in the replay; here who opened its last day with which weight."""
    closed = {found.day: found for found in closed_days(events, terms=terms_of(CHAIN_OF_TEST))}
    assert list(closed) == [event.values["day"] for event in events if event.name == "DayClosed"]
    opening = {member: (day, weight) for day, found in closed.items() for member, weight in found.close.opening}
    assert opening
    for member, (day, weight) in opening.items():
        word = region.call("BilateralMarket", "creditWordOf", member)
        assert (word >> 64 & 0xFFFFFFFF, word & 2**64 - 1) == (day, weight), member
