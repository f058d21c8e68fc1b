"""Registration from a file: every problem is named before anything is sent."""

import pytest

from offchain.chain.keys import NOBODY
from offchain.errors import InputError
from offchain.members.calls.registrations import accept, check_registrations, plan_registrations, register_members
from offchain.members.records import Kind
from offchain.members.registrations import (
    COLUMNS,
    Registration,
    read_registrations,
    registrations_text,
)
from tests.support.live_region import FOREVER, NAMEPLATE, key_of

HEADER = ",".join(COLUMNS)


def newcomer(name, **changes):
    terms = {
        "account": key_of(name).address,
        "meter_key": key_of(f"meter of {name}").address,
        "node": 12,
        "kind": Kind.GENERATOR,
        "group": 0,
        "import_w": NAMEPLATE,
        "export_w": NAMEPLATE,
        "deadline": FOREVER,
        "acceptance": b"",
        "reference": f"file of {name}",
    }
    return Registration(**(terms | changes))


def accepted(region, *names, **changes):
    entries = [newcomer(name, **changes) for name in names]
    return accept(region.client, entries, keys=[key_of(name) for name in names])


def test_members_are_registered_in_the_order_of_the_file(region, tmp_path):
    entries = accepted(region, "a", "b") + accepted(
        region, "c", kind=Kind.PROVIDER, meter_key=NOBODY, import_w=0, export_w=0, group=3
    )
    file = tmp_path / "members.csv"
    file.write_text(registrations_text(entries))
    assert read_registrations(file) == entries
    registered = register_members(region.client, read_registrations(file), operator=region.admin)
    assert [(member.id, member.account, member.reference) for member in registered] == [
        (number, key_of(name).address, f"file of {name}") for number, name in enumerate("abc", 2)
    ]
    found = region.call("MemberRegistry", "member", 4)
    assert (found.account, found.kind, found.group) == (key_of("c").address, Kind.PROVIDER, 3)
    assert (found.meterKey, found.node) == (NOBODY, 12)


def test_more_members_than_one_transaction_carries(region):
    entries = accepted(region, *(f"n{number}" for number in range(103)))
    plan = plan_registrations(region.client, entries, operator=region.admin)
    assert [batch.members for batch in plan] == [100, 3]
    height = region.client.block().number
    registered = register_members(region.client, entries, operator=region.admin)
    assert [member.id for member in registered] == list(range(2, 105))
    assert region.call("MemberRegistry", "memberCount") == 104
    blocks = range(height + 1, region.client.block().number + 1)
    used = [int(region.client.connection.request("eth_getBlockByNumber", hex(n), False)["gasUsed"], 16) for n in blocks]
    assert sum(used) <= sum(batch.gas for batch in plan) <= 1.1 * sum(used)


def test_a_dry_run_sends_nothing(region):
    height = region.client.block().number
    (batch,) = plan_registrations(region.client, accepted(region, "a", "b"), operator=region.admin)
    assert batch.members == 2
    assert region.client.block().number == height
    assert region.call("MemberRegistry", "memberCount") == 1


def test_every_refusal_of_the_chain_is_named_and_nobody_is_registered(region):
    taken = key_of("grid company")
    entries = [
        *accepted(region, "good"),
        newcomer("unsigned", acceptance=b"\x01" * 65),
        *accepted(region, "late", deadline=region.now - 1),
        *accept(region.client, [newcomer("x", account=taken.address, meter_key=taken.address)], keys=[taken]),
        *accepted(region, "odd", kind=Kind.CONSUMER),
    ]
    height = region.client.block().number
    with pytest.raises(InputError) as caught:
        register_members(region.client, entries, operator=region.admin)
    words = str(caught.value)
    assert "would refuse 4 of 5" in words
    assert f"member 2 of the file (file of unsigned), account {key_of('unsigned').address}: " in words
    for error in ("BadAcceptance", "Expired", "AccountTaken", "MeterMismatch"):
        assert words.count(f"MemberRegistry_{error}(") == 1
    assert "good" not in words
    assert region.client.block().number == height


def test_who_may_not_register_learns_it_from_the_contract(region):
    with pytest.raises(InputError, match=r"would refuse 1 of 1: .*AccessManagedUnauthorized"):
        check_registrations(region.client, accepted(region, "a"), operator=key_of("stranger"))


def test_acceptances_are_made_with_the_account_s_own_key(region):
    with pytest.raises(InputError, match=r"key live b is of 0x\w+, the terms are for 0x\w+"):
        accept(region.client, [newcomer("a")], keys=[key_of("b")])


def test_all_problems_of_a_file_are_named_by_their_lines(tmp_path):
    file = tmp_path / "members.csv"
    account = key_of("a").address
    rows = [
        f"0x12,{account},1,generator,0,1,1,1,0x01",
        f"{account},{account},-1,generater,0,1,{2**32},soon,",
        f"{account},,1,operator,0,0,0,1,0x0g",
        f"{account},1,1",
    ]
    file.write_text("\n".join([HEADER, *rows]))
    with pytest.raises(InputError) as caught:
        read_registrations(file)
    assert str(caught.value) == (
        f"{file}: line 2: account must be an address (0x and 40 digits), not '0x12'; "
        "line 3: node must be a whole number below 4294967296, not '-1'; "
        "line 3: export_w must be a whole number below 4294967296, not '4294967296'; "
        "line 3: deadline must be a whole number below 18446744073709551616, not 'soon'; "
        "line 3: kind must be one of generator, consumer, prosumer, grid_company, operator, provider, not 'generater'; "
        "line 3: acceptance must be a signature, 0x..., not ''; "
        "line 4: acceptance must be a signature, 0x..., not '0x0g'; "
        "line 5: it has not as many cells as the first line"
    )


def test_accounts_and_keys_that_are_given_twice_are_named(tmp_path):
    file = tmp_path / "members.csv"
    one, two, key = (key_of(name).address for name in ("one", "two", "key"))
    rows = [
        f"{one},{key},1,generator,0,1,1,1,0x01",
        f"{one.lower()},{NOBODY},1,operator,0,0,0,1,0x01",
        f"{two},,1,operator,0,0,0,1,0x01",
        f"{key_of('three').address},{key},1,generator,0,1,1,1,0x01",
    ]
    file.write_text("\n".join([HEADER, *rows]))
    with pytest.raises(InputError) as caught:
        read_registrations(file)
    assert str(caught.value) == (
        f"{file}: lines 2, 3: account {one.lower()} is given 2 times; "
        f"lines 2, 5: meter_key {key.lower()} is given 2 times"
    )


@pytest.mark.parametrize("text", ["", HEADER, f"{HEADER},colour\n", "account,node\n0x1,2\n"])
def test_files_without_members_or_with_other_columns_are_refused(tmp_path, text):
    file = tmp_path / "members.csv"
    file.write_text(text)
    with pytest.raises(InputError, match="needs a line of columns account,meter_key,"):
        read_registrations(file)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"none.csv: cannot be read as CSV"):
        read_registrations(tmp_path / "none.csv")
