"""What pictures are made of: places, colours, scales, number formats."""

import re
from math import hypot, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.day.carbon.pictures import heat_map
from offchain.day.carbon.records import GridBranch, GridNode
from offchain.drawing import formats
from offchain.drawing.charts import Line, hourly_chart
from offchain.drawing.colours import UNKNOWN, Scale, round_up, scale_for
from offchain.drawing.layout import HEIGHT, MARGIN, WIDTH, place_nodes
from tests.offchain.report.report_cases import region


def nodes(count, **coordinates):
    where = {"longitude": None, "latitude": None} | coordinates
    return tuple(GridNode(id=i, name=f"n{i}", intensity=(0,) * 24, **where) for i in range(count))


@given(data=st.data(), size=st.integers(1, 30))
def test_every_node_of_any_grid_has_a_place_within_the_picture(data, size):
    ends = st.integers(0, size - 1)
    pairs = data.draw(st.lists(st.tuples(ends, ends, st.booleans()), max_size=40))
    branches = [GridBranch(from_node=a, to_node=b, is_open=is_open) for a, b, is_open in pairs]
    source = data.draw(ends)
    places = place_nodes(nodes(size), branches, source=source)
    assert set(places) == set(range(size))
    assert all(MARGIN - 1e-6 <= place.x <= WIDTH - MARGIN + 1e-6 for place in places.values())
    assert all(MARGIN - 1e-6 <= place.y <= HEIGHT - MARGIN + 1e-6 for place in places.values())
    assert places == place_nodes(nodes(size), branches[::-1], source=source)


def test_rings_by_hand():
    """A star of four around node 0: equal distances, right angles; node 5 hangs behind node 1 in the second ring."""
    branches = [GridBranch(from_node=0, to_node=i) for i in (1, 2, 3, 4)] + [GridBranch(from_node=1, to_node=5)]
    places = place_nodes(nodes(6), branches, source=0)
    distance = {i: hypot(places[i].x - places[0].x, places[i].y - places[0].y) for i in range(1, 6)}
    assert [distance[i] for i in (2, 3, 4)] == pytest.approx([distance[1]] * 3)
    assert distance[5] == pytest.approx(2 * distance[1])
    assert len({(round(place.x, 3), round(place.y, 3)) for place in places.values()}) == 6


def test_map_keeps_north_up_and_shortens_longitude():
    """At 60 degrees north a degree of longitude is half a degree of latitude."""
    corners = {0: (10.0, 59.5), 1: (11.0, 59.5), 2: (10.0, 60.5)}
    grid = tuple(GridNode(id=i, name="", longitude=x, latitude=y, intensity=(0,) * 24) for i, (x, y) in corners.items())
    places = place_nodes(grid, [], source=0)
    assert places[2].y < places[0].y
    assert places[1].x > places[0].x
    # the mean latitude of the three is 59.83 degrees
    assert (places[1].x - places[0].x) / (places[0].y - places[2].y) == pytest.approx(0.5025, abs=1e-4)


def test_one_missing_coordinate_means_rings():
    mapped = nodes(3, longitude=10.0, latitude=50.0)
    branches = [GridBranch(from_node=0, to_node=1), GridBranch(from_node=0, to_node=2)]
    partly = (*mapped[:2], *nodes(3)[2:])
    assert place_nodes(partly, branches, source=0) == place_nodes(nodes(3), branches, source=0)


def test_colours_of_the_ends_and_of_nothing():
    scale = Scale(400_000)
    assert (scale.colour(0), scale.colour(400_000), scale.colour(None)) == ("#0b8f87", "#8c1e30", UNKNOWN)
    assert scale.colour(200_000) == "#f6d66e"
    assert scale.colour(1e9) == scale.colour(400_000)


@pytest.mark.parametrize(
    ("value", "expected"), [(385_000, 400_000), (400_000, 400_000), (0.0011, 0.002), (7, 8), (9, 10), (0, 1), (-3, 1)]
)
def test_round_up(value, expected):
    assert round_up(value) == pytest.approx(expected)


@given(value=st.floats(1e-9, 1e12))
def test_round_up_is_above_and_not_far(value):
    assert value * (1 - 1e-9) <= round_up(value) <= 2 * value * (1 + 1e-9)


def test_scale_of_a_grid_without_any_flow():
    assert scale_for([None, None]).highest == 1.0


def test_chart_puts_values_where_they_belong():
    """From -5 to 10 the axis runs -8 to 12 by 4, on 184 units below 32: 10 lies at 50.4, 0 at 142.4, -5 at 188.4."""
    chart = str(hourly_chart([Line("a", "main", [10.0] * 23 + [-5.0])], title="t", unit="MWh/h"))
    assert re.findall(r'tick end" x="54" y="[0-9.]+">([^<]+)<', chart) == ["\u22128", "\u22124", "0", "4", "8", "12"]
    assert 'points="60.0,50.4 83.8,50.4 83.8,50.4' in chart
    assert '608.2,188.4 632.0,188.4"' in chart
    assert 'class="zero" d="M60 142.4H632"' in chart


@pytest.mark.parametrize(("value", "ends"), [(0.0, ("0", "1")), (-3.0, ("\u22123.2", "0.0")), (0.3, ("0.00", "0.32"))])
def test_chart_of_one_value_has_an_axis_that_holds_it(value, ends):
    chart = str(hourly_chart([Line("a", "main", [value] * 24)], title="t", unit="g/kWh"))
    marks = re.findall(r'tick end" x="54" y="[0-9.]+">([^<]+)<', chart)
    assert (marks[0], marks[-1]) == ends


def test_heat_map_covers_every_cell_once():
    """The widths of all cells together are 24 hours for every node."""
    sample = region(size=20).carbon
    picture = str(heat_map(sample, scale=scale_for([400_000])))
    widths = [int(part.split("v")[0]) for part in picture.split("h")[1:] if part.split("v")[0].isdigit()]
    assert sum(widths) == 20 * 24 * 24


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (formats.number(1234567.891, 1), "1\u202f234\u202f567.9"),
        (formats.number(-0.004, 2), "0.00"),
        (formats.number(-0.006, 2), "\u22120.01"),
        (formats.number(0), "0"),
        (formats.mwh(12_345_678), "12.346"),
        (formats.kwh(-1_250), "\u22121.2"),
        (formats.points(-(10**18) // 2), "\u22120.50"),
        (formats.price(5_711 * 10**14), "0.5711"),
        (formats.kg(1_234_567), "1\u202f234.6"),
        (formats.intensity(380_949), "381"),
        (formats.intensity(380_949, 1), "380.9"),
        (formats.intensity(None), "–"),
        (formats.tiny(0.0), "0"),
        (formats.tiny(-3.14e-10), "\u22123.1 × 10⁻¹⁰"),
        (formats.tiny(0.0214), "0.021"),
        (formats.tiny(2.0), "2.0"),
        (formats.tiny(123.0), "123"),
        (formats.tiny(nan), "not a number"),
        (formats.tiny(4.2e7), "4.2 × 10⁷"),
        (formats.percent(1, 8), "12.5\u202f%"),
        (formats.percent(1, 0), "–"),
        (formats.window(7, 4), "07:00–11:00"),
    ],
)
def test_numbers_as_a_reader_sees_them(shown, expected):
    assert shown == expected
