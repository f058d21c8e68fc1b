"""A plausible report for tests: settled by the real market, on invented radial grids; one has coordinates."""

from dataclasses import dataclass
from datetime import date
from math import cos, exp, sin

import numpy as np

from offchain.auction.hour import run_auction
from offchain.auction.ladder import REPAIRED
from offchain.auction.merit_picture import inline_picture
from offchain.auction.orders import Market, Network, Order
from offchain.day.anchoring.records import AnchorRow
from offchain.day.anchoring.section import section as anchoring_section
from offchain.day.auction.records import AuctionHourRow, AuctionOrderRow, AuctionReport
from offchain.day.auction.section import shown as auction_section
from offchain.day.carbon.records import (
    CarbonBalance,
    CarbonReport,
    CarbonSource,
    GeneratorLoss,
    GridBranch,
    GridNode,
    Rounding,
)
from offchain.day.carbon.section import shown as carbon_section
from offchain.day.certificates.records import CertificateReport, CertificateRow, CorrectionRow, SaleRow
from offchain.day.certificates.section import shown as certificates_section
from offchain.day.driver.frame import ChainReport, ContractRow, GasRow, chapters_of
from offchain.day.driver.frame import shown as run_section
from offchain.day.market.records import (
    AgreementRow,
    CreditRow,
    DebtRow,
    DefaultReport,
    DefaultRow,
    MarketReport,
    MoneyRow,
)
from offchain.day.market.section import shown as market_section
from offchain.day.members.records import EnergyBalance, MeterReport, MeterTotals
from offchain.day.members.section import shown as members_section
from offchain.day.points.records import PointTotals
from offchain.day.points.section import section as points_section
from offchain.day.quotas.records import QuotaReport, QuotaTotals, QuotaTradeRow
from offchain.day.quotas.section import section as quotas_section
from offchain.day.rewards.records import RewardTotals
from offchain.day.rewards.section import section as rewards_section
from offchain.day.statements.records import StatementRow
from offchain.day.statements.section import shown as statements_section
from offchain.market.forecast_agreements import Forecast, make_agreements
from offchain.market.records import Tariffs
from offchain.market.settlement import settle_day
from offchain.market_time import MarketCalendar, day_of_date
from offchain.members.records import DaySheet
from offchain.report.records import DayReport, RunFacts
from offchain.report.section import Section
from offchain.units import POINT

DATE = date(2016, 1, 14)
TARIFFS = Tariffs(feed_in=4 * 10**17, purchase=75 * 10**16, grid_fee=4 * 10**16)
HOURS = MarketCalendar(1).hours(day_of_date(DATE))
CONTRACTS = ("MemberRegistry", "DaySheets", "PowerPoint", "BilateralMarket", "GreenCertificate", "CarbonLedger",
             "CarbonQuota")  # fmt: skip
NIGHT = 385_000
"""Intensity of the upper grid [mgCO2e/kWh]."""


def grid(size, rng, *, mapped):
    """Grow a radial grid: every node hangs on an earlier one close by."""
    parents = [0] + [max(0, i - 1 - int(rng.integers(0, 5))) if i % 12 else 0 for i in range(1, size)]
    where, heading = [(10.0, 50.0)], [0.0]
    for i in range(1, size):
        x, y = where[parents[i]]
        angle = heading[parents[i]] + float(rng.normal(0, 0.5)) if parents[i] else float(rng.uniform(0, 6.28))
        where.append((x + 0.012 * cos(angle), y + 0.008 * sin(angle)))
        heading.append(angle)
    nodes = tuple(
        GridNode(
            id=i,
            name=f"MV1.101 Bus {i}",
            longitude=where[i][0] if mapped else None,
            latitude=where[i][1] if mapped else None,
            intensity=tuple(
                None if i == size - 1 and h < 5 else round(NIGHT * (1 - 0.9 * sun(h) * (i % 7) / 6) + 9_000 * (i == 0))
                for h in range(24)
            ),
        )
        for i in range(size)
    )
    branches = [GridBranch(from_node=parents[i], to_node=i) for i in range(1, size)]
    return nodes, (*branches, GridBranch(from_node=size - 1, to_node=size // 2, is_open=True))


def sun(hour):
    """Sunshine from 0 to 1."""
    return exp(-(((hour - 12.5) / 2.6) ** 2))


def market(rng, *, generators, consumers):
    """Forecasts, agreements and sheets of generators numbered from 1 and consumers after them."""
    ids = range(1, generators + consumers + 1)
    power = {i: int(rng.integers(40_000, 400_000)) for i in ids}
    shape = {
        i: [(sun(h) if i % 3 else 0.5) if i <= generators else 0.35 + 0.25 * sun(h - 6) for h in range(24)] for i in ids
    }
    forecast = {i: tuple(int(power[i] * shape[i][h]) for h in range(24)) for i in ids}
    real = {i: tuple(int(wh * float(rng.uniform(0.8, 1.15))) for wh in forecast[i]) for i in ids}
    sides = [
        [Forecast(member=i, wh=forecast[i], nameplate_w=power[i]) for i in ids if (i <= generators) == selling]
        for selling in (True, False)
    ]
    agreements = make_agreements(*sides, first_hour=HOURS.start, tariffs=TARIFFS, rng=rng)
    nothing = (0,) * 24
    sheets = [
        DaySheet(
            member=i,
            import_wh=nothing if i <= generators else real[i],
            export_wh=real[i] if i <= generators else nothing,
        )
        for i in ids
    ]
    return agreements, sheets


def money_rows(settled, generators, consumers):
    outside = {residual.member: residual.leg for residual in settled.residuals}
    sold = sum(item.exchange.seller for item in settled.agreements)
    bought = sum(item.exchange.buyer for item in settled.agreements)
    produced = sum(leg for member, leg in outside.items() if member <= generators)
    consumed = sum(leg for member, leg in outside.items() if member > generators)
    grid_agreed = sum(item.exchange.grid for item in settled.agreements)
    return (
        MoneyRow(group="Generators", members=generators, agreements=sold, outside=produced),
        MoneyRow(group="Consumers", members=consumers, agreements=bought, outside=consumed),
        MoneyRow(group="Grid company", members=1, agreements=grid_agreed, outside=settled.grid - grid_agreed),
    )


def generator_losses(sources, carbon):
    """Two solar parks, a wind turbine and the upper grid; each bears a quarter of the carbon."""
    solar, wind, upper = sources
    units = (("Park 1", solar, 0.75), ("Turbine 1", wind, 1.0), ("Park <2>", solar, 0.25), ("upper grid", upper, 1.0))
    return tuple(
        GeneratorLoss(
            name=name, carrier=source.carrier, energy=source.energy * part, loss=1_000_000.0, carbon=carbon / 4
        )
        for name, source, part in units
    )


DEFAULTS = DefaultReport(
    defaults=(
        DefaultRow(agreement=3, party="SGen 7", missing=2_500, compensation=5 * POINT // 10, penalty=25 * POINT // 100),
        DefaultRow(agreement=3, party="Load <9>", missing=800, compensation=0, penalty=POINT // 8),
    ),
    credit=(
        CreditRow(member="Load 71", opening=POINT // 2, weight=POINT * 3 // 4, share=POINT * 3 // 10),
        CreditRow(member="SGen 7", opening=POINT // 2, weight=POINT // 3, share=0),
    ),
    debts=(DebtRow(member="Load 80", debt=12 * POINT),),
    reserve=75 * POINT // 1000,
    dust=17,
    estimated="Load 70",
    late="Load 75",
    corrected=4,
)


SALE = SaleRow(
    seller="SGen 9", buyer="Load 2", sold=1_234_500, price=2 * 10**16, paid=2469 * 10**16, transaction="0x5a1e"
)
CORRECTION = CorrectionRow(
    owner="SGen 9",
    lowered=20_000,
    withdrawn=500,
    measured_next=700_000,
    withheld=19_500,
    issued_next=680_500,
    correction="0xc0",
    issuance="0x155e",
)
REWARDS = RewardTotals(
    agreements=17,
    delivered=5_500_000,
    earned=220 * POINT,
    factor=POINT // 4,
    members=6,
    claimed=POINT * 33 // 2,
)
TRADES = (
    QuotaTradeRow(
        asset="allowances of 2016",
        seller="Load 2",
        buyer="Load <3>",
        amount=5_000_000,
        paid=400 * 10**18,
        transaction="0x7a",
    ),
)


@dataclass(frozen=True, kw_only=True)
class RegionCase:
    """A region's part of every section."""

    name: str
    meters: MeterReport
    points: PointTotals
    market: MarketReport
    carbon: CarbonReport
    certificates: CertificateReport
    rewards: RewardTotals
    quotas: QuotaReport
    statements: tuple[StatementRow, ...]


def region(name="rural", *, seed=1, generators=60, consumers=70, size=97, mapped=True):
    rng = np.random.Generator(np.random.PCG64(seed))
    nodes, branches = grid(size, rng, mapped=mapped)
    agreements, sheets = market(rng, generators=generators, consumers=consumers)
    settled = settle_day(agreements, sheets, hours=HOURS, tariffs=TARIFFS)
    exports, imports = (
        tuple(sum(getattr(sheet, register)[h] for sheet in sheets) for h in range(24))
        for register in ("export_wh", "import_wh")
    )
    losses = tuple(0.012 * wh for wh in imports)
    boundary = tuple(i + x - e + 0.0004 for e, i, x in zip(exports, imports, losses, strict=True))
    sources = (
        CarbonSource(carrier="solar", units=40, energy=sum(exports) * 0.6, factor=41_000, carbon=sum(exports) * 0.0246),
        CarbonSource(carrier="wind", units=20, energy=sum(exports) * 0.4, factor=11_000, carbon=sum(exports) * 0.0044),
        CarbonSource(carrier="upper grid", units=1, energy=sum(boundary), factor=NIGHT, carbon=sum(boundary) * 0.385),
    )
    total = sum(source.carbon for source in sources)
    return RegionCase(
        name=name,
        meters=MeterReport(
            energy=EnergyBalance(
                exports=exports,
                imports=imports,
                boundary=boundary,
                losses=losses,
                tolerance=1.0,
                export_dust=settled.export_dust_wh,
                import_dust=settled.import_dust_wh,
            ),
            meters=MeterTotals(
                settlement=consumers + 1,
                devices=3,
                estimated=1,
                corrected=2,
                import_difference=-1_234,
                export_difference=567,
            ),
        ),
        points=PointTotals(
            deposited=9_000 * 10**18,
            withdrawn=10 * 10**18,
            supply=8_990 * 10**18,
            margins=7_000 * 10**18,
            bonds=60 * 10**18,
            rewards=5 * 10**18,
        ),
        market=MarketReport(
            money=money_rows(settled, generators, consumers),
            agreements=tuple(
                AgreementRow(
                    id=item.agreement.id,
                    seller=f"SGen {item.agreement.seller}",
                    buyer=f"Load {item.agreement.buyer}",
                    first_hour=item.agreement.first_hour - HOURS.start,
                    hours=item.agreement.hours,
                    wh_per_hour=item.agreement.wh_per_hour,
                    price=item.agreement.price,
                    matched=item.exchange.matched_wh,
                    surplus=item.exchange.surplus_wh,
                    shortfall=item.exchange.shortfall_wh,
                )
                for item in settled.agreements
            ),
            defaults=DEFAULTS,
            imported=sum(imports),
        ),
        carbon=CarbonReport(
            grid=f"1-MV-{name}--0-sw",
            upper_node=0,
            carbon=CarbonBalance(sources=sources, load=total * 0.9, exported=total * 0.09, losses=total * 0.01),
            generator_losses=generator_losses(sources, total * 0.01),
            rounding=Rounding(worst=181.5, mean=0.271, unaccounted=41_000_000),
            nodes=nodes,
            branches=branches,
            load_intensity=tuple(round(NIGHT * (1 - 0.45 * sun(h))) for h in range(24)),
            roots=tuple(f"0x{hour:02x}{seed:062x}" for hour in range(24)),
            imported=sum(imports),
        ),
        certificates=CertificateReport(
            certificates=(
                CertificateRow(carrier="solar", devices=40, issued=sum(exports) * 6 // 10, retired=3_000_000),
                CertificateRow(carrier="wind", devices=20, issued=sum(exports) * 4 // 10, retired=0),
            ),
            sale=SALE,
            correction=CORRECTION,
        ),
        rewards=REWARDS,
        quotas=QuotaReport(
            totals=QuotaTotals(year=2016, members=consumers, granted=400_000_000, drawn=int(total * 0.9), short=2),
            trades=TRADES,
            cancelled=777_700,
        ),
        statements=statements(name),
    )


def statements(name):
    """A member's statement."""
    return (
        StatementRow(
            member=2,
            name="Load 2",
            file=f"statements/{name}-2.html",
            consumed=3_000_000,
            certified=1_000_000,
            location=900_100,
            market=600_200,
            traced=700_300,
            losses=9_400,
        ),
    )


def merit():
    """Merit order of a coal plant and a wind park against one load."""
    orders = (
        Order(node=0, is_load=False, price=200, intensity=900, lower=0, upper=40_000_000),
        Order(node=0, is_load=False, price=350, intensity=0, lower=0, upper=40_000_000),
        Order(node=0, is_load=True, price=600, intensity=0, lower=0, upper=30_000_000),
    )
    result = run_auction(Market(network=Network(nodes=1, limits=(), factors=()), orders=orders), rule=REPAIRED)
    return inline_picture(result, ("Coal <1>", "Wind", "Town"))


def auction():
    """24 equal hours: 30 MWh of coal give way to wind; 0.02 points/kWh for energy, 3 points of ladder, rent of 1."""
    hour = AuctionHourRow(
        first_emission=27_000_000_400,
        emission=0,
        first_energy=30_000_000,
        energy=30_000_000,
        lowest_price=2 * 10**16,
        highest_price=3 * 10**16,
        congested=True,
        paid=601 * 10**18,
        received=600 * 10**18,
        rent=10**18,
        ladder=3 * 10**18,
    )
    unit = {"region": "A", "quote": 2 * 10**16, "first_energy": 720_000_000, "energy": 720_000_000}
    zero = (0,) * 24
    return AuctionReport(
        hours=(hour,) * 24,
        orders=(
            AuctionOrderRow(
                name="Coal <1>", kind="coal", load=False, intensity=900, allocated=(13_500_000,) * 24, leg=0, ladder=0,
                **{**unit, "energy": 0},
            ),
            AuctionOrderRow(
                name="Wind", kind="wind", load=False, intensity=0, allocated=zero, leg=14_400 * 10**18,
                ladder=0, **{**unit, "first_energy": 0},
            ),
            AuctionOrderRow(
                name="Town", kind="load", load=True, intensity=0, allocated=(13_500_000,) * 24,
                leg=-14_424 * 10**18, ladder=72 * 10**18, **unit,
            ),
        ),
        coalitions=8,
        deposited=20_000 * 10**18,
        bonds=2_400 * 10**18,
        ladder_account=72 * 10**18,
        awards_roots=tuple(f"0xa{hour:063x}" for hour in range(24)),
        picture_hour=8,
    )  # fmt: skip


def chain(name, chain_id):
    contracts = ("AnchorBoard", "PowerPoint") if name == "main" else CONTRACTS
    rows = tuple(ContractRow(name=c, address=f"0x{chain_id:08x}{i:032x}") for i, c in enumerate(contracts))
    return ChainReport(name=name, chain_id=chain_id, height=1_234, contracts=rows)


CHAINS = (chain("main", 31_000), chain("rural", 31_001), chain("urban", 31_002))
ANCHORS = tuple(
    AnchorRow(chain=name, height=height, block_hash=f"0x{height:064x}")
    for name in ("rural", "urban")
    for height in (400, 800, 1_234)
)
GAS = (
    GasRow(
        chain="rural",
        operation="BilateralMarket.register",
        transactions=6,
        items=290,
        gas=41_203_311,
        largest=7_201_122,
    ),
    GasRow(
        chain="rural",
        operation="BilateralMarket.settle",
        transactions=3,
        items=290,
        gas=21_881_002,
        largest=8_003_411,
    ),
    GasRow(chain="main", operation="AnchorBoard.anchor", transactions=6, items=6, gas=278_110, largest=46_352),
)
STAGES = (("Chains and contracts", 9.41), ("Agreements", 4.2), ("Settlement", 11.08), ("Carbon", 7.5))
FACTS = RunFacts(date=DATE, seed=7, utc_offset_hours=1)


def sections(*regions: RegionCase, chains, anchors, gas, more=()) -> tuple[Section, ...]:
    """Every subject's section, in the order of the day's mechanisms; `more` come last of them."""

    def by_region(part):
        return {case.name: getattr(case, part) for case in regions}

    return (
        chapters_of([(case.name, case.carbon.grid, len(case.carbon.nodes)) for case in regions]),
        members_section(by_region("meters")),
        points_section(None, by_region("points")),
        market_section(by_region("market")),
        carbon_section(by_region("carbon")),
        certificates_section(by_region("certificates")),
        rewards_section(None, by_region("rewards")),
        quotas_section(None, by_region("quotas")),
        auction_section(auction(), merit=merit()),
        anchoring_section(None, anchors),
        statements_section(by_region("statements"), files={}),
        *more,
        run_section(chains, gas=gas, facts=FACTS, stages=STAGES),
    )


def sample_regions():
    """Two regions; the grid of the second has no coordinates."""
    return region(), region("urban", seed=2, size=144, mapped=False)


def sample_report(*regions, chains=CHAINS, anchors=ANCHORS, gas=GAS, more=()):
    """A report of these regions, or of the two sample ones."""
    cases = regions or sample_regions()
    return DayReport(
        run=FACTS,
        regions=tuple(case.name for case in cases),
        chains=len(chains),
        sections=sections(*cases, chains=chains, anchors=anchors, gas=gas, more=more),
    )
