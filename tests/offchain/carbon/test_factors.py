"""The table of emission factors: complete for both grids, and every defect named."""

import tomllib

import pytest

from offchain.carbon.factors import FACTOR_TABLE, generator_intensities, load_factors
from offchain.errors import InputError
from offchain.files import PROJECT
from offchain.grid.case import load_case

TEXT = FACTOR_TABLE.read_text()


def loaded(tmp_path, text):
    (tmp_path / "factors.toml").write_text(text)
    return load_factors(tmp_path / "factors.toml")


def without(text, line):
    assert text.count(line) == 1
    return text.replace(line, "")


@pytest.mark.parametrize("code", ["1-MV-rural--0-sw", "1-MV-urban--0-sw"])
def test_every_generator_of_the_real_grids_has_its_factor(code):
    case = load_case(PROJECT / "data" / "grids" / code)
    table = tomllib.loads(TEXT)
    values = generator_intensities(case, load_factors(FACTOR_TABLE), country="DE")
    assert values.shape == (len(case.generators) + 1,)
    for generator, value in zip(case.generators, values[:-1], strict=True):
        assert value == table["carriers"][generator.carrier]["intensity"]
    assert values[-1] == table["mixes"]["DE"]["intensity"]


def test_codes_fit_a_byte_and_name_one_carrier_each():
    carriers = load_factors(FACTOR_TABLE).carriers
    codes = {carrier.code: name for name, carrier in carriers.items()}
    assert len(codes) == len(carriers)
    assert all(1 <= code <= 255 for code in codes)
    assert {name for name, carrier in carriers.items() if not carrier.renewable} == {"grid_mix"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('unit = "gCO2e/kWh"', 'unit = "kg/MWh"', "unit must be gCO2e/kWh"),
        ('version = "1"', "version = 1", "version must be text"),
        ("[carriers.grid_mix]", "[carriers.mixture]", "carrier grid_mix is missing"),
        ("code = 2", "code = 3", "carrier hydro: code must be its own whole number from 1 to 255; carrier wind: code"),
        ("code = 2", "code = 256", "carrier hydro: code must be its own whole number from 1 to 255"),
        ("code = 2", "code = true", "carrier hydro: code must be its own whole number from 1 to 255"),
        ("intensity = 11.0", "intensity = -11.0", "carrier wind: needs an intensity of at least 0 and its source"),
        ("intensity = 11.0", "intensity = nan", "carrier wind: needs an intensity of at least 0 and its source"),
        ("intensity = 11.0", "", "carrier wind: needs an intensity of at least 0 and its source"),
        ("year = 2023", "", "mix DE: needs year, an intensity of at least 0 and its source"),
        ("year = 2023", 'year = 2023\nsource = "', "is not TOML"),
    ],
)
def test_defects_are_named(tmp_path, old, new, message):
    assert TEXT.count(old) == 1
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, TEXT.replace(old, new))
    assert message in str(caught.value)


def test_renewable_must_be_said(tmp_path):
    with pytest.raises(InputError, match="carrier grid_mix: renewable must be true or false"):
        loaded(tmp_path, without(TEXT, "renewable = false"))


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(InputError, match=r"factors\.toml is missing"):
        load_factors(tmp_path / "factors.toml")


def test_unknown_carrier_and_country_are_named():
    case = load_case(PROJECT / "data" / "grids" / "1-MV-rural--0-sw")
    factors = load_factors(FACTOR_TABLE)
    with pytest.raises(InputError, match=r"^no grid mix for XX; there are DE$"):
        generator_intensities(case, factors, country="XX")
    poorer = {name: carrier for name, carrier in factors.carriers.items() if name not in ("wind", "hydro")}
    with pytest.raises(
        InputError, match=r"^no emission factor for hydro, wind; there are biomass, rooftop_solar, solar$"
    ):
        generator_intensities(case, type(factors)("1", "any", poorer, factors.mixes), country="DE")
