"""Members: what is sent says what was given, in batches that the contracts take, signed by whom it says."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from offchain.members.calls import devices, freezes, registrations, sheets
from offchain.members.records import FIRST_DEVICE_METER, DaySheet, Kind, NewDevice
from offchain.members.registrations import Registration
from offchain.members.sheet_words import pack
from offchain.members.signer import MeterSheet
from tests.support.paper_client import PaperClient, key_of, sent, signed_by
from tests.support.signing import BOND_FORFEITURE, DAY_SHEET, FREEZE, LIFT, METER_KEY_CONSENT, REGISTRATION

DAY, FOREVER, REASON = 17_000, 2**64 - 1, b"\x0a" * 32
IMPORTS, EXPORTS = tuple(range(24)), tuple(range(100, 124))
ACCOUNT = key_of("account").address


@pytest.fixture
def client():
    return PaperClient(
        "MemberRegistry",
        "DeviceRegistry",
        "DaySheets",
        "FreezeList",
        nonceOf=3,
        deviceOf=SimpleNamespace(bondCount=2, keyChanges=5),
        bondAmount=20,
        utcOffset=-3,
    )


def newcomer(number):
    return Registration(
        account=key_of(f"member {number}").address,
        meter_key=key_of(f"meter {number}").address,
        node=number,
        kind=Kind.PROSUMER,
        group=1,
        import_w=2,
        export_w=3,
        deadline=FOREVER,
        acceptance=b"",
        reference="",
    )


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1])])
def test_members_are_registered_up_to_100_in_a_transaction_with_their_acceptance(client, count, sizes):
    given = [newcomer(number) for number in range(count)]
    accepted = registrations.accept(client, given, keys=[key_of(f"member {number}") for number in range(count)])
    transactions = registrations.register(client, accepted, key=key_of("operator"))
    assert [transaction.items for transaction in transactions] == sizes
    registered = []
    for contract, function, (terms, acceptances), key in sent(client, transactions):
        assert (contract, function, key) == ("MemberRegistry", "register", "paper operator")
        registered += zip(terms, acceptances, strict=True)
    assert [terms for terms, _ in registered] == [tuple(entry.terms.values()) for entry in given]
    for terms, acceptance in registered[-1:]:
        paper = {"types": REGISTRATION, "message": terms, "signature": acceptance}
        assert signed_by(client, "MemberRegistry", **paper) == terms[0]


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1])])
def test_devices_are_recorded_up_to_100_in_a_transaction(client, count, sizes):
    device = NewDevice(
        owner=1,
        meter_key=ACCOUNT,
        capacity_w=2,
        commissioning_day=3,
        carrier=4,
        technology=5,
        grid_area=6,
        support=7,
        declaration=REASON,
    )
    given = [replace(device, owner=number) for number in range(1, count + 1)]
    transactions = devices.register_devices(client, given, key=key_of("operator"))
    assert [transaction.items for transaction in transactions] == sizes
    calls = sent(client, transactions)
    assert {call[:2] for call in calls} <= {("DeviceRegistry", "register")}
    assert [terms for _, _, (batch,), _ in calls for terms in batch] == [
        (number, ACCOUNT, 2, 3, 4, 5, 6, 7, REASON) for number in range(1, count + 1)
    ]


def test_a_bond_is_posted_by_its_owner(client):
    (posted,) = devices.post_bond(client, 7, key=key_of("owner"), gas=150_000)
    assert (sent(client, [posted]), posted.gas) == ([("DeviceRegistry", "postBond", (7,), "paper owner")], 150_000)
    assert devices.bond_amount(client) == 20


def test_the_second_person_signs_the_forfeiture_of_the_bond_that_the_device_has_now(client):
    second, key = key_of("second"), key_of("regulator")
    terms = {"beneficiary": ACCOUNT, "reason": REASON, "deadline": FOREVER}
    (call,) = sent(client, devices.forfeit_bond(client, 7, **terms, second=second, key=key))
    assert call[:2] == ("DeviceRegistry", "forfeitBond")
    assert call[2][:4] == (7, ACCOUNT, REASON, FOREVER)
    signer, signature = call[2][4]
    paper = {"types": BOND_FORFEITURE, "message": (7, ACCOUNT, REASON, 2, FOREVER), "signature": signature}
    assert signed_by(client, "DeviceRegistry", **paper) == signer == second.address
    assert call[3] == "paper regulator"


def test_an_owner_consents_to_the_next_key_of_its_device_s_meter(client):
    owner = key_of("owner")
    terms = {"meter_key": ACCOUNT, "deadline": FOREVER, "owner": owner, "key": key_of("operator")}
    (call,) = sent(client, devices.replace_device_key(client, 7, **terms))
    assert call[:2] == ("DeviceRegistry", "replaceMeterKey")
    assert (call[2][:3], call[3]) == ((7, ACCOUNT, FOREVER), "paper operator")
    message = (FIRST_DEVICE_METER + 7, ACCOUNT, 5, FOREVER)
    paper = {"types": METER_KEY_CONSENT, "message": message, "signature": call[2][3]}
    assert signed_by(client, "DeviceRegistry", **paper) == owner.address


def test_the_second_person_signs_a_freeze_and_its_lifting(client):
    second = key_of("second")
    decided = {"reason": REASON, "deadline": FOREVER, "second": second, "key": key_of("regulator")}
    frozen, lifted = sent(
        client,
        [
            *freezes.freeze(client, ACCOUNT, until=9, **decided),
            *freezes.lift_freeze(client, ACCOUNT, **decided),
        ],
    )
    assert frozen[:2] == ("FreezeList", "freeze")
    assert frozen[2][:4] == (ACCOUNT, 9, REASON, FOREVER)
    assert lifted[:2] == ("FreezeList", "lift")
    assert lifted[2][:3] == (ACCOUNT, REASON, FOREVER)
    papers = ((FREEZE, (ACCOUNT, 9, REASON, 3, FOREVER), frozen), (LIFT, (ACCOUNT, REASON, 3, FOREVER), lifted))
    for types, message, call in papers:
        signer, signature = call[2][-1]
        paper = {"types": types, "message": message, "signature": signature}
        assert signed_by(client, "FreezeList", **paper) == signer == second.address
        assert call[3] == "paper regulator"


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (64, [64]), (65, [64, 1])])
def test_sheets_are_brought_up_to_64_in_a_transaction_with_their_meters_signatures(client, count, sizes):
    given = [
        MeterSheet(meter=meter, day=DAY, revision=2, import_wh=IMPORTS, export_wh=EXPORTS) for meter in range(count)
    ]
    signed = sheets.sign_sheets(client, given, keys=[key_of(f"meter {sheet.meter}") for sheet in given])
    transactions = sheets.submit_sheets(client, signed, key=key_of("courier"))
    assert [transaction.items for transaction in transactions] == sizes
    brought = []
    for contract, function, (messages, signatures), key in sent(client, transactions):
        assert (contract, function, key) == ("DaySheets", "submit", "paper courier")
        brought += zip(messages, signatures, strict=True)
    words = pack(IMPORTS), pack(EXPORTS)
    assert [message for message, _ in brought] == [(meter, DAY, 2, *words) for meter in range(count)]
    for message, signature in brought[-1:]:
        paper = {"types": DAY_SHEET, "message": message, "signature": signature}
        assert signed_by(client, "DaySheets", **paper) == key_of(f"meter {message[0]}").address


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (64, [64]), (65, [64, 1])])
def test_silent_meters_are_estimated_up_to_64_in_a_transaction(client, count, sizes):
    given = [DaySheet(member=member, import_wh=IMPORTS, export_wh=EXPORTS) for member in range(count)]
    transactions = sheets.estimate_sheets(client, given, day=DAY, key=key_of("operator"))
    assert [transaction.items for transaction in transactions] == sizes
    calls = sent(client, transactions)
    assert {call[:2] for call in calls} <= {("DaySheets", "estimate")}
    words = pack(IMPORTS), pack(EXPORTS)
    assert [entry for _, _, (batch,), _ in calls for entry in batch] == [(m, DAY, *words) for m in range(count)]


def test_days_are_counted_by_the_contract_s_local_time(client):
    assert sheets.sheets_calendar(client).utc_offset_hours == -3
