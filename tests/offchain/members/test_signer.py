"""A meter's signature: the contract takes it, files carry it, and what is damaged is named."""

import json

import pytest
from eth_utils import keccak

from offchain.chain.reverts import RevertedError
from offchain.errors import InputError
from offchain.members.calls.sheets import Mark, MeterDay, meter_day, submit_sheets
from offchain.members.records import Kind
from offchain.members.sheet_files import read_readings, read_sheets, sheet_text
from offchain.members.sheet_words import pack
from offchain.members.signer import MeterSigner, sheets_domain
from tests.support.live_region import DAY, NOTHING, key_of, only

EXPORTS = only({9: 80_000, 12: 105_000})


@pytest.fixture
def domain(region):
    return sheets_domain(region.folder / "deployments" / "rural.json")


@pytest.fixture
def meter(region):
    """The settlement meter of a generator."""
    return region.join("hydro", Kind.GENERATOR)


@pytest.fixture
def signer(meter, domain):
    return MeterSigner(key_of("meter of hydro"), meter, domain=domain)


def bring(region, sheets):
    return region.client.send_many(submit_sheets(region.client, sheets, key=region.admin))


def test_the_domain_of_the_file_is_the_one_that_the_contract_states(region, domain):
    stated = region.call("DaySheets", "eip712Domain")
    fields = {"name": stated.name, "version": stated.version, "chainId": stated.chainId}
    assert domain.fields == {**fields, "verifyingContract": stated.verifyingContract}


def test_a_chain_without_meters_is_refused(region):
    file = region.folder / "deployments" / "rural.json"
    document = json.loads(file.read_text())
    del document["contracts"]["DaySheets"]
    file.write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"rural.json names no contract DaySheets: chain rural has no meters"):
        sheets_domain(file)


def test_signed_sheets_go_by_file_to_the_chain_and_are_corrected(region, signer, meter, tmp_path):
    first = signer.sign(DAY, import_wh=NOTHING, export_wh=EXPORTS)
    second = signer.sign(DAY, import_wh=only({3: 7}), export_wh=EXPORTS, revision=4)
    files = [tmp_path / "first.json", tmp_path / "second.json"]
    for file, sheet in zip(files, (first, second), strict=True):
        file.write_text(sheet_text(sheet))
    assert read_sheets(files) == [first, second]
    region.go(region.end_of(DAY))
    (receipt,) = bring(region, read_sheets(files))
    assert [e.name for e in region.client.receipt_events(receipt)] == ["SheetAccepted", "SheetCorrected"]
    assert region.call("DaySheets", "importOf", meter, DAY) == pack(only({3: 7}))
    assert region.call("DaySheets", "exportOf", meter, DAY) == pack(EXPORTS)


def test_more_sheets_than_one_transaction_carries(region, signer, meter):
    region.go(region.end_of(DAY))
    sheets = [signer.sign(DAY, import_wh=only({1: number}), export_wh=NOTHING, revision=number) for number in range(66)]
    receipts = bring(region, sheets)
    assert len(receipts) == 2
    assert meter_day(region.client, meter, day=DAY).revision == 65


def test_how_a_meter_day_stands(region, signer, meter):
    end = region.end_of(DAY)
    times = {"deadline": end + 12 * 3600, "final_from": end + 7 * 86_400}

    def expected(status, mark=None, revision=None):
        return MeterDay(meter=meter, day=DAY, status=status, mark=mark, revision=revision, time=region.now, **times)

    assert meter_day(region.client, meter, day=DAY) == expected("none")
    region.go(times["deadline"])
    region.estimate(meter, export_wh=only({9: 5}))
    assert meter_day(region.client, meter, day=DAY) == expected("accepted", Mark.ESTIMATED, 0)
    bring(region, [signer.sign(DAY, import_wh=NOTHING, export_wh=EXPORTS, revision=1)])
    assert meter_day(region.client, meter, day=DAY) == expected("accepted", Mark.MEASURED, 1)
    region.go(times["final_from"])
    assert meter_day(region.client, meter, day=DAY) == expected("final", Mark.MEASURED, 1)


def test_sheets_for_elsewhere_or_given_twice_are_not_sent(region, signer, domain):
    fields = domain.fields | {"chainId": 5, "verifyingContract": region.contract("PowerPoint").address}
    elsewhere = MeterSigner(key_of("meter"), 3, domain=type(domain)(fields))
    here = signer.sign(DAY, import_wh=NOTHING, export_wh=EXPORTS)
    there = elsewhere.sign(DAY, import_wh=NOTHING, export_wh=EXPORTS)
    height = region.client.block().number
    with pytest.raises(InputError) as caught:
        bring(region, [here, there, here])
    words = str(caught.value)
    assert f"sheet of meter 3, day {DAY} is for chain 5, contract {fields['verifyingContract']}" in words
    assert f"meter 2, day {DAY}, revision 0 is given 2 times" in words
    assert f"is chain 31001, contract {region.contract('DaySheets').address}" in words
    assert region.client.block().number == height


def test_a_sheet_of_another_key_is_refused_by_name(region, meter, domain):
    forged = MeterSigner(key_of("stranger"), meter, domain=domain)
    region.go(region.end_of(DAY))
    with pytest.raises(RevertedError) as caught:
        bring(region, [forged.sign(DAY, import_wh=NOTHING, export_wh=EXPORTS)])
    revert = caught.value.revert
    assert revert.name == "DaySheets_BadSignature"
    assert revert.values == (meter, key_of("stranger").address, key_of("meter of hydro").address)


def test_readings_that_do_not_fit_are_not_signed(signer):
    with pytest.raises(InputError) as caught:
        signer.sign(DAY, import_wh=(1,) * 23, export_wh=only({5: 2**32}))
    assert str(caught.value) == (
        f"meter 2, day {DAY}: import 23 hours instead of 24; export hour 5: 4294967296 Wh is not within 0 to 4294967295"
    )


def test_readings_from_csv(tmp_path):
    file = tmp_path / "readings.csv"
    file.write_text("hour,import_wh,export_wh\n" + "".join(f"{hour},{hour},{2 * hour}\n" for hour in range(24)))
    assert read_readings(file) == (tuple(range(24)), tuple(range(0, 48, 2)))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the first line must be hour,import_wh,export_wh"),
        ("hour,export_wh,import_wh\n", "the first line must be hour,import_wh,export_wh"),
        ("hour,import_wh,export_wh\n0,1\n2,x,3\n5,1,1\n",
         "line 2: 0,1 is not three whole numbers; line 3: 2,x,3 is not three whole numbers; "
         "line 4: hour 5 stands where 2 belongs; 3 hours instead of 24"),
        ("hour,import_wh,export_wh\n" + "".join(f"{hour},-1,0\n" for hour in range(24)), "import hour 0: -1 Wh"),
    ],
)  # fmt: skip
def test_damaged_readings_are_refused(tmp_path, text, problem):
    file = tmp_path / "readings.csv"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_readings(file)
    assert str(caught.value).startswith(f"{file}: {problem}")


def test_all_problems_of_all_sheet_files_are_named_at_once(tmp_path, signer):
    good = json.loads(sheet_text(signer.sign(DAY, import_wh=NOTHING, export_wh=EXPORTS)))
    faults = {
        "missing": None,
        "text": "{",
        "list": [],
        "field": {name: value for name, value in good.items() if name != "day"},
        "values": good | {"meter": 2**32, "revision": True, "importWh": [0] * 23, "exportWh": [0.5] * 24},
        "texts": good | {"contract": 7, "signature": "0xzz"},
    }
    files = [tmp_path / f"{name}.json" for name in faults]
    for file, content in zip(files, faults.values(), strict=True):
        if content is not None:
            file.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(InputError) as caught:
        read_sheets(files)
    words = str(caught.value)
    for expected in (
        "missing.json: cannot be read as JSON", "text.json: cannot be read as JSON",
        "list.json: a signed sheet has the fields chainId,", "field.json: a signed sheet has the fields",
        f"values.json: meter must be a whole number below {2**32}, not {2**32}",
        "values.json: revision must be a whole number below 65536, not True",
        "values.json: importWh: 23 hours instead of 24", "values.json: exportWh must be a list of whole numbers",
        "texts.json: contract must be an address, not 7", "texts.json: signature must be hexadecimal, 0x...",
    ):  # fmt: skip
        assert expected in words, expected


def test_the_signature_is_over_the_typed_data_of_the_contract(region, signer):
    """The contract's own digest, not ours."""
    sheet = signer.sign(DAY, import_wh=NOTHING, export_wh=EXPORTS, revision=2)
    digest = region.call("DaySheets", "digestOf", sheet.message)
    other = region.call("DaySheets", "digestOf", sheet.message | {"revision": 3})
    assert len(sheet.signature) == 65
    assert digest != other != keccak(b"")
