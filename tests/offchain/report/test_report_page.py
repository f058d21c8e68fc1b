"""The page of a trading day: well-formed, complete, self-contained, safe, written whole or not at all."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from math import nan
from pathlib import Path

import pytest

from offchain.day.auction.section import laws as auction_laws
from offchain.day.carbon.section import PICTURE_HOURS
from offchain.day.carbon.section import law as carbon_law
from offchain.day.market.section import law as market_law
from offchain.day.members.section import law as energy_law
from offchain.drawing import formats
from offchain.report.checks import Check
from offchain.report.export import as_json
from offchain.report.page import render, write_report
from offchain.report.section import Chapter, Law, Piece, Section, Slot
from tests.offchain.report.report_cases import (
    ANCHORS,
    CHAINS,
    GAS,
    auction,
    chain,
    region,
    sample_regions,
    sample_report,
)

VOID = {"meta", "br", "hr", "img", "input", "link"}
REGIONS = sample_regions()
REPORT = sample_report()
HTML = render(REPORT)


class Tree(HTMLParser):
    """Refuses a tag that is closed by another; collects texts, tags, ids and links."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.texts, self.ids, self.links = [], [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.handle_startendtag(tag, attrs)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("href", "src", "xlink:href", "action", "data")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def texts(report):
    return re.sub(r"[ \n]+", " ", " ".join(Tree(render(report)).texts))


def test_every_tag_is_closed_and_every_id_unique():
    tree = Tree(HTML)
    assert tree.open == []
    assert len(tree.ids) == len(set(tree.ids))
    assert {"table", "svg", "circle", "polyline", "polygon"} <= set(tree.tags)


def test_nothing_is_requested_from_anywhere():
    tree = Tree(HTML)
    assert "script" not in tree.tags
    assert tree.links
    inside = [link for link in tree.links if link.startswith("#")]
    assert {link[1:] for link in inside} <= set(tree.ids)
    beside = {f"statements/{name}-2.{form}" for name in ("rural", "urban") for form in ("html", "json", "csv")}
    assert set(tree.links) - set(inside) == beside
    assert not re.search(r"https?:|url\(|@import|//[a-z]", HTML)


def test_every_region_contract_root_and_anchor_is_there():
    shown = " ".join(Tree(HTML).texts)
    expected = [r.carbon.grid for r in REGIONS] + [c.address for chain in CHAINS for c in chain.contracts]
    expected += [root for r in REGIONS for root in r.carbon.roots] + [anchor.block_hash for anchor in ANCHORS]
    expected += [row.operation for row in GAS] + [chain.name for chain in CHAINS]
    assert [text for text in expected if text not in shown] == []


def test_what_became_of_certificates_and_quotas_is_told():
    shown = texts(REPORT)
    thin = formats.THIN_SPACE
    for figure in (
        f"Sold by SGen 9 to Load 2 1{thin}234.5 kWh",
        "Paid in the same transaction, 0.0200 points/kWh 24.69",
        "Afterwards found to be counted too much 20.0 kWh",
        "of it withdrawn from what the seller had left 0.5 kWh",
        "of it kept back for the correction 19.5 kWh",
        "Issued for the next day 680.5 kWh",
        f"allowances of 2016 Load 2 Load <3> 5{thin}000.0 400.00",
        "777.7 kg were offered, not taken",
        "Bundled agreements, certificates with their buyers 17 Certified energy under them 5.500 MWh",
        f"Scaled to what the pool has 25.0{thin}% Claimed by 6 members, points 16.50",
        f"Load 2 3{thin}000.0 1{thin}000.0 900.1 600.2 700.3 9.4 JSON , CSV",
    ):
        assert figure in shown, figure


def test_every_node_is_drawn_in_every_picture_and_listed():
    tree = Tree(HTML)
    nodes = sum(len(r.carbon.nodes) for r in REGIONS)
    assert tree.tags.count("circle") == nodes * (1 + len(PICTURE_HOURS))
    assert "no power flows" in HTML


def test_figures_by_hand():
    """1,500 points and 12.345 MWh, as a reader sees them."""
    first = REGIONS[0]
    legs = {"defaults": -30 * 10**18, "shares": 5 * 10**18, "corrections": 4 * 10**18}
    money = (replace(first.market.money[0], agreements=1_500 * 10**18, outside=-250 * 10**16, **legs),)
    energy = replace(first.meters.energy, exports=(12_345_000, *(0,) * 23))
    case = replace(first, market=replace(first.market, money=money), meters=replace(first.meters, energy=energy))
    shown = texts(sample_report(case))
    assert "Generators 60 1\u202f500.00 \u22122.50 \u221230.00 5.00 4.00 1\u202f476.50" in shown
    assert "Exports of members measured 12.345" in shown


def test_defaults_by_hand():
    """Two parties broke their word; the third of a point that one member received is shown with its weight."""
    shown = texts(sample_report(REGIONS[0]))
    assert "Parties that did not keep an agreement in every hour 2 Compensation, to the other party 0.50" in shown
    assert "Penalties 0.38 shared by 1 members, by credit weight 0.30" in shown
    assert "Load 71 50.00 75.00 0.30" in shown
    assert "Load 80 owes 12.00 points, which the grid company fronts." in shown
    assert "3 Load <9> 0.8 0.00 0.12" in shown


def test_names_are_escaped():
    nasty = '<script>alert("1")</script>&'
    first = REGIONS[0]
    nodes = tuple(replace(node, name=nasty) for node in first.carbon.nodes)
    agreements = tuple(replace(row, seller=nasty) for row in first.market.agreements)
    report = sample_report(
        replace(
            first,
            name=nasty,
            carbon=replace(first.carbon, grid=nasty, nodes=nodes),
            market=replace(first.market, agreements=agreements),
        )
    )
    tree = Tree(render(report))
    assert tree.open == []
    assert "script" not in tree.tags
    assert nasty in tree.texts


def test_size_stays_in_bounds():
    """Two grids of 97 and 144 nodes with some 450 agreements: a mail attachment, not a download."""
    assert 100_000 < len(HTML.encode()) < 1_000_000


def test_same_report_same_bytes():
    assert render(sample_report()) == HTML


def test_region_without_trade_or_certificates():
    first = REGIONS[0]
    empty = replace(
        first,
        market=replace(first.market, agreements=(), money=()),
        certificates=replace(first.certificates, certificates=()),
    )
    shown = texts(sample_report(empty))
    assert "none issued" in shown
    assert "All 0 agreements" in shown


def test_region_where_nothing_is_consumed():
    first = REGIONS[0]
    still = replace(
        first,
        meters=replace(first.meters, energy=replace(first.meters.energy, imports=(0,) * 24)),
        market=replace(first.market, imported=0),
        carbon=replace(first.carbon, imported=0),
    )
    assert "– of consumption from" in texts(sample_report(still))


def _energy(case, **changes):
    return replace(case, meters=replace(case.meters, energy=replace(case.meters.energy, **changes)))


def _later(values, first):
    return (first, *values[1:])


def _more_money(case):
    first = case.market.money[0]
    money = (replace(first, outside=first.outside + 1), *case.market.money[1:])
    return replace(case, market=replace(case.market, money=money))


def _more_carbon(case):
    balance = case.carbon.carbon
    return replace(case, carbon=replace(case.carbon, carbon=replace(balance, load=balance.load * 1.001)))


def _laws(case):
    laws = (
        energy_law(case.name, case.meters.energy),
        market_law(case.name, case.market),
        carbon_law(case.name, case.carbon.carbon),
    )
    return [law.holds for law in laws]


@pytest.mark.parametrize(
    ("broken", "law"),
    [
        (lambda r: _energy(r, losses=_later(r.meters.energy.losses, r.meters.energy.losses[0] + 2)), 0),
        (_more_money, 1),
        (_more_carbon, 2),
        (lambda r: _energy(r, losses=_later(r.meters.energy.losses, nan)), 0),
    ],
)
def test_a_broken_law_is_shown_as_broken(broken, law):
    right = REGIONS[0]
    assert _laws(right) == [True, True, True]
    assert _laws(broken(right)) == [i != law for i in range(3)]
    assert "✗ broken" not in HTML
    assert texts(sample_report(broken(right))).count("✗ broken") == 1


def test_auction_figures_by_hand():
    """27 t of coal an hour give way to wind: 648 t in a day; the town pays 601 points an hour and 3 for the ladder."""
    shown = texts(REPORT)
    assert "648.0 t saved, 100.0\u202f%" in shown
    assert "08:00–09:00 27.0 0.0 27.0 30.0 0.0200 – 0.0300 601.00 600.00 1.00 3.00" in shown
    assert "Town A load 0.0200 720.0 720.0 324.0 \u221214\u202f424.00 \u221272.00" in shown
    assert "Loads \u221214\u202f424.00 \u221272.00 \u221214\u202f496.00" in shown
    assert "Ladder account 72.00 72.00 Sum 0.00" in shown


def test_auction_says_how_each_figure_is_checked():
    shown = texts(REPORT)
    assert "the hour that saves most certified recomputed" in shown
    assert "Emissions over the day certified" in shown
    assert "Who was allocated what challengeable recomputed" in shown


def test_merit_order_is_drawn_inside_the_page():
    """Style and names of the picture stay inside it."""
    assert '<svg class="merit"' in HTML
    assert HTML.count("<style>") == 1
    assert "Coal &lt;1&gt;: 40.0 MW, 900 gCO₂e/kWh, 20.00 per MWh" in HTML


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({}, [True, True]),
        ({"ladder": 3 * 10**18 + 1}, [False, True]),
        ({"paid": 601 * 10**18 + 1}, [False, True]),
        ({"first_emission": 27_000_000_500}, [True, True]),
        ({"first_emission": 27_000_000_501}, [True, False]),
        ({"first_emission": 26_999_999_499}, [True, False]),
    ],
)
def test_a_broken_law_of_the_auction_is_shown_as_broken(changes, held):
    """Money to the point-wei; carbon to half a gram an hour, as allocations are whole grams."""
    hours = tuple(replace(hour, **changes) for hour in auction().hours)
    assert [row.holds for row in auction_laws(replace(auction(), hours=hours))] == held


def test_auction_figures_are_exported_and_its_picture_is_not():
    document = json.loads(as_json(REPORT))["auction"]
    assert "picture" not in document
    assert document["picture_hour"] == 8
    assert [row["ladder"] for row in document["hours"]] == [3 * 10**18] * 24


def test_labels_in_use_are_explained_and_only_those():
    shown = " ".join(Tree(HTML).texts)
    assert "Signed by the meter's own key" in shown
    assert "Written by one authorised role" in shown
    assert "takes the bond" in shown
    assert "Signed by several validators" not in shown


def test_page_is_written_whole(tmp_path):
    target = tmp_path / "reports" / "day" / "index.html"
    write_report(REPORT, target)
    assert target.read_text(encoding="utf-8") == HTML
    assert sorted(path.name for path in target.parent.iterdir()) == ["day.json", "index.html"]


def test_a_failed_write_leaves_the_old_page_and_nothing_else(tmp_path, monkeypatch):
    target = tmp_path / "index.html"
    target.write_text("old page")

    def disk_full(self, _):
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", disk_full)
    with pytest.raises(OSError, match="no space left"):
        write_report(REPORT, target)
    assert target.read_text() == "old page"
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_one_region_alone():
    report = sample_report(region(), chains=(chain("rural", 31_001),), anchors=(), gas=())
    assert "1 region, 1 chain · hours are local, UTC+1" in texts(report)


def test_losses_are_shown_by_carrier_and_by_generator():
    """Two solar parks of 1 MWh lost each are one row; the sum of all is 4 MWh."""
    sample = region()
    shown = texts(sample_report(sample))
    report = sample.carbon
    carbon = formats.kg(report.carbon.losses / 2)
    solar = next(row for row in report.losses_by_carrier if row.carrier == "solar")
    assert (solar.loss, len(report.losses_by_carrier)) == (2_000_000.0, 3)
    assert f"solar {formats.mwh(solar.energy)} 2.000 {formats.percent(2_000_000, solar.energy)} {carbon}" in shown
    total = sum(row.energy for row in report.generator_losses)
    assert f"Network losses {formats.mwh(total)} 4.000 {formats.percent(4_000_000, total)}" in shown
    assert f"Losses of all {len(report.generator_losses)} generators" in shown
    assert "Park <2> solar" in shown


def test_the_distance_of_what_is_committed_is_shown():
    assert f"{formats.tiny(0.271)} mg/kWh from the trace in floating point by energy" in texts(REPORT)


def test_a_section_of_a_subject_that_the_report_does_not_know_is_shown(tmp_path):
    """Chapter, card, law, label, figures and file of a subject of its own; the rest of the page stays as it is."""
    template = tmp_path / "card.html.j2"
    template.write_text('<div class="card">{{ check("weather") }} {{ words }} {{ wh | mwh }}</div>\n')

    def piece(chapter, slot):
        values = {"words": "<sunny>", "wh": 1_234_000}
        return Piece(chapter=chapter, slot=slot, place=5, template=template, values=values)

    section = Section(
        chapters=(Chapter(name="weather", anchor="weather", link="Weather", title="The weather", place=150),),
        pieces=(piece("rural", Slot.CARD), piece("weather", Slot.WIDE)),
        laws=(Law(chapter="weather", law="Rain", residual="3 mm", allowed="0", holds=False),),
        checks={"weather": Check.ATTESTED},
        figures={"weather": {"rain": 3}},
        regional={"rural": {"sun": 9, "claims": {"clouds": 2}}},
        files={"weather/rain.csv": "mm\n3\n"},
    )
    report = sample_report(more=(section,))
    write_report(report, tmp_path / "index.html")
    html, figures = (tmp_path / "index.html").read_text(), json.loads((tmp_path / "day.json").read_text())
    shown = texts(report)
    assert shown.count("attested <sunny> 1.234") == 2
    assert "✗ broken Rain 3 mm 0" in shown
    assert "Signed by several validators" in shown
    assert html.index('id="region-2"') < html.index('id="weather"') < html.index('id="auction"')
    assert (figures["weather"], figures["regions"][0]["sun"]) == ({"rain": 3}, 9)
    assert figures["regions"][0]["claims"] == json.loads(as_json(REPORT))["regions"][0]["claims"] | {"clouds": 2}
    assert (tmp_path / "weather" / "rain.csv").read_text() == "mm\n3\n"


def test_a_piece_of_an_unknown_chapter_is_refused(tmp_path):
    law = Law(chapter="weather", law="Rain", residual="3 mm", allowed="0", holds=False)
    with pytest.raises(ValueError, match="no section brings the chapter weather"):
        render(sample_report(more=(Section(laws=(law,)),)))


def test_chapters_of_one_name_are_refused():
    again = Chapter(name="auction", anchor="again", link="Again", title="Again", place=1)
    with pytest.raises(ValueError, match="several chapters are called auction"):
        render(sample_report(more=(Section(chapters=(again,)),)))
