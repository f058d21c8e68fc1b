"""Reading a case: every broken rule is named, all at once; units and profiles by hand."""

import json

import pytest

from offchain.auction.case_file import parse_case, read_case
from offchain.auction.orders import FINE
from offchain.errors import InputError
from tests.offchain.auction.auction_cases import VECTORS, golden_case


def content():
    return json.loads(VECTORS.read_text())


def changed(*path, value):
    """The golden case with one value replaced (or removed, if the value is a KeyError)."""
    case = content()
    table = case
    for key in path[:-1]:
        table = table[key]
    if value is KeyError:
        del table[path[-1]]
    else:
        table[path[-1]] = value
    return case


BROKEN = [
    (("network",), 5, "network.buses must be a list of names"),
    (("network", "buses", 0), "B", "network.buses must be 1 to 128 different names"),
    (("network", "lines"), None, "network.lines must be a list of objects"),
    (("network", "lines", 0, "frm"), "Z", "line 0: frm and to must be two of the buses"),
    (("network", "lines", 0, "to"), "A", "line 0: frm and to must be two of the buses"),
    (("network", "lines", 0, "frm"), ["A"], "line 0: frm and to must be two of the buses"),
    (("network", "lines", 1, "x_pu"), 0, "line 1: x_pu must be a positive number"),
    (("network", "lines", 1, "limit_MW"), -1, "line 1: limit_MW must be null or 0 to 1099512"),
    (("network", "lines", 1, "limit_MW"), float("nan"), "line 1: limit_MW must be null or 0 to"),
    (("generators",), {}, "generators must be a list of objects"),
    (("generators", 2, "id"), KeyError, r"generators\[2\]: id must be a name"),
    (("generators", 2, "id"), "L1", "ids must be different: L1"),
    (("generators", 2, "region"), "Z", "generators G3: region must be one of the buses"),
    (("generators", 2, "pmin"), 300, "generators G3: needs 0 <= pmin <= pmax <= 1099512 MW"),
    (("generators", 2, "pmax"), True, "generators G3: needs 0 <= pmin <= pmax"),
    (("generators", 2, "quote"), "26", "generators G3: quote must be a number from -838861 to 838861 per MWh"),
    (("generators", 2, "intensity"), 1.6, "generators G3: intensity must be a number from 0 to 1.5 t/MWh"),
    (("generators", 2, "intensity"), KeyError, "generators G3: intensity must be a number"),
    (("generators", 2, "type"), "load", "generators G3: type must be a name other than load"),
    (("loads", 0, "bid"), float("inf"), "loads L1: bid must be a number"),
    (("profiles",), [], "profiles must be an object"),
    (("profiles", "pv"), [0.5, 1.2], "profile pv must be a list of numbers from 0 to 1"),
    (("profiles", "pv"), [], "profile pv must be a list of numbers from 0 to 1"),
]


@pytest.mark.parametrize(("path", "value", "message"), BROKEN)
def test_broken_rule_is_named(path, value, message):
    with pytest.raises(InputError, match=message):
        parse_case(changed(*path, value=value))


def test_all_problems_come_at_once():
    case = changed("generators", 0, "quote", value=None)
    case["loads"][3]["pmax"] = -1
    case["network"]["lines"][2]["x_pu"] = "a"
    with pytest.raises(InputError, match=r"line 2: x_pu .*; generators G1: quote .*; loads L4: needs 0 <= pmin"):
        parse_case(case)


@pytest.mark.parametrize("content_", [[], None, 3, "case"])
def test_what_is_no_object_is_refused(content_):
    with pytest.raises(InputError, match="the case must be a JSON object"):
        parse_case(content_)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "\ufeff{}"])
def test_what_is_no_json_is_refused(tmp_path, text):
    file = tmp_path / "case.json"
    file.write_text(text)
    with pytest.raises(InputError, match="is not JSON"):
        read_case(file)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"case.json: No such file"):
        read_case(tmp_path / "case.json")


def test_units_and_profiles_by_hand():
    """Hour 17: wind 0.43 of 200 MW; a load's bounds scale together."""
    case = parse_case(changed("loads", 0, "pmin", value=40))
    market = case.market(0)
    wind, first_load = market.orders[3], market.orders[15]
    assert (wind.lower, wind.upper, wind.price, wind.intensity) == (0, 124_000_000, 240, 0)
    assert (first_load.lower, first_load.upper, first_load.price) == (26_800_000, 60_300_000, 620)
    assert market.orders[0].intensity == 950
    fine = case.market(17, resolution=FINE)
    assert fine.orders[3].upper == 86_000_000
    assert (fine.orders[3].price, fine.orders[0].intensity) == (24_000_000, 950_000)


@pytest.mark.parametrize("hour", [-1, 24])
def test_hours_outside_the_profiles_are_refused(hour):
    with pytest.raises(InputError, match=f"hour {hour} is not in the file: 0 to 23"):
        golden_case().market(hour)


def test_case_without_profiles_or_limits_has_24_equal_hours():
    case = content()
    del case["profiles"]
    parsed = parse_case(case)
    assert parsed.market(0) == parsed.market(23)
    assert parsed.market(0).orders[2].upper == 200_000_000


def test_what_is_finer_than_the_tick_needs_the_fine_resolution():
    case = parse_case(changed("generators", 0, "quote", value=14.05))
    assert case.market(0, resolution=FINE).orders[0].price == 14_050_000
    with pytest.raises(InputError, match=r"quotes of G1: with the tick a quote is a multiple of 0.1 per MWh"):
        case.market(0)
    case = parse_case(changed("generators", 0, "intensity", value=0.9505))
    assert case.market(0, resolution=FINE).orders[0].intensity == 950_500
    with pytest.raises(InputError, match=r"intensities of G1: with the tick a multiple of 0.001 t/MWh"):
        case.market(0)


def test_parallel_lines_get_names_of_their_own():
    case = content()
    case["network"]["lines"] += [dict(case["network"]["lines"][0]), dict(case["network"]["lines"][0])]
    names = [line.name for line in parse_case(case).lines]
    assert names == ["AB", "AD", "AE", "BC", "CD", "DE", "AB#2", "AB#3"]
