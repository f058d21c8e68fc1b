"""`python -m offchain clear`: the JSON that a user gets, its units, its errors, its picture."""

import json
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from offchain.commands.app import app
from offchain.errors import InputError
from tests.offchain.auction.auction_cases import GOLDEN, VECTORS
from tests.support.command_line import offchain

KEYS = ["dispatch", "prices", "welfare", "emission", "certificate", "flows", "coalitions", "owen", "adders", "second"]


def run(*arguments):
    result = CliRunner().invoke(app, ["clear", str(VECTORS), *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return json.loads(result.stdout)


@pytest.mark.parametrize("expected", GOLDEN["expected_hours"], ids=lambda e: f"hour {e['hour']}")
def test_golden_hours(expected):
    shown = run("--hour", expected["hour"])
    repaired = expected["repriced"]["20/40 base x0=max(xmin,0), p=0:/Pmax"]
    assert list(shown) == KEYS
    assert list(shown["second"]) == ["dispatch", "prices", "welfare", "emission", "certificate"]
    assert shown["dispatch"] == pytest.approx(expected["clearing_MW"], abs=1e-3)
    assert shown["flows"] == pytest.approx(expected["flows_MW"], abs=1e-3)
    assert shown["welfare"] == pytest.approx(expected["welfare"], rel=1e-6)
    assert shown["emission"] == pytest.approx(expected["emission_t"], abs=1e-3)
    assert shown["owen"] == pytest.approx(expected["owen_t"], abs=1e-3)
    assert shown["coalitions"] == 9344
    assert shown["adders"] == pytest.approx(repaired["adder"], abs=1e-5)
    assert shown["second"]["dispatch"] == pytest.approx(repaired["clearing_MW"], abs=1e-3)
    assert shown["second"]["emission"] == pytest.approx(repaired["emission_t"], abs=1e-3)


def test_certificate_in_the_units_of_the_file():
    """Hour 0: Park City at 15 sets the price everywhere; nothing binds, so the gap is zero."""
    shown = run("--hour", 0, "--rule", "none")
    assert shown["prices"] == dict.fromkeys("ABCDE", 15.0)
    assert shown["certificate"] == {"mu": pytest.approx(15, abs=1e-6), "nu": {"AB": 0, "DE": 0}, "gap": 0}
    assert set(shown["adders"].values()) == {0}
    assert shown["second"]["dispatch"] == shown["dispatch"]


def test_binding_line_has_a_price_and_a_small_gap(tmp_path):
    """The congested variant: DE binds from D to E backwards; loads' value less units' cost follows from bus prices."""
    case = json.loads(VECTORS.read_text())
    case["network"]["lines"][5]["limit_MW"] = 200
    file = tmp_path / "case.json"
    file.write_text(json.dumps(case))
    result = CliRunner().invoke(app, ["clear", str(file), "--hour", "12"], catch_exceptions=False)
    shown = json.loads(result.stdout)
    assert shown["certificate"]["nu"]["DE"] < 0 == shown["certificate"]["nu"]["AB"]
    assert 0 <= shown["certificate"]["gap"] < 1e-3
    assert shown["prices"]["D"] == pytest.approx(33, abs=1e-5)
    assert shown["prices"]["A"] == pytest.approx(20, abs=1e-5)


def test_tick_rounds_adders_as_the_contract_does():
    shown, fine = run("--hour", 18, "--tick"), run("--hour", 18)
    for name, adder in shown["adders"].items():
        assert adder == pytest.approx(round(adder, 1), abs=1e-12)
        assert adder == pytest.approx(fine["adders"][name], abs=0.05 + 1e-6)
    assert shown["prices"] == fine["prices"]


def test_sample_only_on_request():
    shown = run("--hour", 12, "--permutations", 200, "--seed", 3)
    assert shown["coalitions"] < 9344
    assert sum(shown["owen"].values()) == pytest.approx(shown["emission"])
    assert set(shown["owen_standard_error"]) == set(shown["owen"])
    assert max(shown["owen_standard_error"].values()) > 0.1


def test_picture_shows_every_unit_before_and_after(tmp_path):
    picture = tmp_path / "merit.svg"
    run("--hour", 12, "--picture", picture)
    svg = ET.fromstring(picture.read_text())  # noqa: S314  our own file
    titles = [title.text or "" for title in svg.iter("{http://www.w3.org/2000/svg}title")]
    for order in GOLDEN["generators"]:
        assert sum(title.startswith(f"{order['id']}: ") for title in titles) >= 2
    texts = [text.text or "" for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert "before the ladder price: 983.5 tCO₂e" in texts
    assert "after the ladder price: 737.5 tCO₂e" in texts


def test_unknown_rule_is_refused():
    with pytest.raises(InputError, match="rule cheap is unknown: paper, repaired, none"):
        run("--hour", 0, "--rule", "cheap")


def test_errors_are_one_line_and_exit_2(tmp_path):
    file = tmp_path / "case.json"
    file.write_text("[]")
    done = offchain("clear", file, "--hour", 0)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "the case must be a JSON object\n")


@pytest.mark.parametrize("kept", ["generators", "loads", None])
def test_empty_sides_are_an_hour_without_trade(tmp_path, kept):
    case = json.loads(VECTORS.read_text())
    for side in {"generators", "loads"} - {kept}:
        case[side] = []
    file = tmp_path / "case.json"
    file.write_text(json.dumps(case))
    result = CliRunner().invoke(app, ["clear", str(file), "--hour", "12"], catch_exceptions=False)
    shown = json.loads(result.stdout)
    assert shown["welfare"] == shown["emission"] == shown["certificate"]["gap"] == 0
    assert set(shown["dispatch"].values()) | set(shown["owen"].values()) <= {0}
