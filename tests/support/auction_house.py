"""An auction as tests use it: contracts, units by order, and what each actor shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, Final

from brownie import chain

from deployment.plan.auction import AUCTION
from deployment.settings import MainSettings
from offchain.auction.case_file import read_case
from offchain.auction.clearing import Clearing, clear
from offchain.auction.coalitions import clear_coalitions, coalitions_of, regions_of
from offchain.auction.hour import AuctionResult, exact_allocation
from offchain.auction.ladder import REPAIRED, adjusted_market, ladder_adders
from offchain.auction.orders import Market, Network, Order
from offchain.auction.packing import (
    pack_dispatch,
    pack_network,
    pack_order,
    pack_orders,
    pack_prices,
    pack_shares,
)
from offchain.auction.settlement import PriceLimits
from offchain.auction.table import BLOCK, Block, CoalitionTable, RegionTable, coalition_table
from offchain.files import PROJECT
from offchain.merkle import keccak256, merkle_tree
from tests.support.deploying import deploy_into, handle
from tests.support.region import FIRST_HOUR, POINT, UTC_OFFSET, Region, actor

HOUR: Final = FIRST_HOUR + 12  # the hour of delivery
GATE: Final = FIRST_HOUR * 3_600 - 13 * 3_600  # 11:00 local time of the day before [s]
LIMITS: Final = PriceLimits(floor=-5_000, ceiling=40_000)  # -0.5 to 4 point/kWh [ticks]
BOND: Final = 100 * POINT
DEPOSIT: Final = POINT
MINUTE: Final = 60
TICK_PER_WH: Final = 10**11  # [point-wei]
WHOLE_REGION: Final = 2**32 - 1
SELLERS, BUYERS, GRID = "auction sellers", "auction buyers", "auction grid company"
MW: Final = 10**6
CASE_FILE = PROJECT / "tests" / "vectors" / "auction" / "golden.json"


def by(name: str) -> dict[str, Any]:
    return {"from": actor(name)}


@lru_cache
def golden_market(hour: int = 12, *, limit_de: int | None = None) -> Market:
    """The case of five regions at an hour; line DE limited to so many MW."""
    case = read_case(CASE_FILE)
    if limit_de is not None:
        lines = tuple(replace(line, limit_mw=limit_de) if line.name == "DE" else line for line in case.lines)
        case = replace(case, lines=lines)
    return case.market(hour)


def small_market() -> Market:
    """Two regions, four orders: coal and wind against two loads; no limited line."""
    orders = (
        Order(node=0, is_load=False, price=300, intensity=900, lower=0, upper=60 * MW),
        Order(node=1, is_load=True, price=700, intensity=0, lower=0, upper=50 * MW),
        Order(node=1, is_load=False, price=310, intensity=0, lower=0, upper=20 * MW),
        Order(node=0, is_load=True, price=600, intensity=0, lower=0, upper=10 * MW),
    )
    return Market(network=Network(nodes=2, limits=(), factors=()), orders=orders)


def two_zones() -> Market:
    """Cheap coal behind a line of 30 MW, dear gas and the load beyond it."""
    orders = (
        Order(node=0, is_load=False, price=200, intensity=900, lower=0, upper=80 * MW),
        Order(node=1, is_load=False, price=500, intensity=400, lower=0, upper=80 * MW),
        Order(node=1, is_load=True, price=900, intensity=0, lower=0, upper=70 * MW),
    )
    network = Network(nodes=2, limits=(30 * MW,), factors=((500_000_000, -500_000_000),))
    return Market(network=network, orders=orders)


def shown(clearing: Clearing, **changes: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """A clearing as its poster shows it, but for the changes."""
    certificate = clearing.certificate
    parts = {
        "orders": pack_orders(clearing.market),
        "network": pack_network(clearing.market.network),
        "dispatch": pack_dispatch(clearing.dispatch),
        "prices": pack_prices(certificate.mu, certificate.nu),
    }
    unknown = changes.keys() - parts.keys()
    assert not unknown, unknown
    return tuple((parts | changes).values())


@dataclass(frozen=True)
class Play:
    """Everything that an honest poster computes for a market."""

    market: Market

    @cached_property
    def first(self) -> Clearing:
        return clear(self.market)

    @cached_property
    def power(self) -> Any:
        """Dispatch of every coalition [W], (coalitions, orders)."""
        return clear_coalitions(self.first, self.coalitions.members)

    @cached_property
    def coalitions(self) -> Any:
        return coalitions_of(regions_of(self.market))

    @cached_property
    def table(self) -> CoalitionTable:
        return coalition_table(self.first, self.coalitions, power=self.power)

    @cached_property
    def shares(self) -> tuple[int, ...]:
        return tuple(int(share) for share in exact_allocation(self.first).shares)

    @cached_property
    def result(self) -> AuctionResult:
        allocation = exact_allocation(self.first)
        adders = ladder_adders(self.market, self.first.dispatch, shares=allocation.shares, rule=REPAIRED)
        adjusted = adjusted_market(self.market, adders, ceiling=LIMITS.ceiling)
        return AuctionResult(first=self.first, allocation=allocation, adders=adders, second=clear(adjusted))

    @property
    def second(self) -> Clearing:
        return self.result.second

    @property
    def orders(self) -> bytes:
        return pack_orders(self.market)

    @property
    def network(self) -> bytes:
        return pack_network(self.market.network)

    @property
    def dispatch(self) -> bytes:
        return pack_dispatch(self.first.dispatch)

    @property
    def allocations(self) -> bytes:
        return pack_shares(self.shares)

    @property
    def nodes(self) -> list[int]:
        """Nodes that have orders, ascending: the regions."""
        return sorted({order.node for order in self.market.orders})

    def rows(self, node: int) -> Any:
        """Row of `power` of each position of a region's part."""
        return self.coalitions.tables[self.nodes.index(node)].ravel().tolist()

    def opening(self, node: int, position: int, *, table: CoalitionTable | None = None) -> tuple[Any, ...]:
        """An entry as it is shown."""
        table = table or self.table
        opened = table.regions[self.nodes.index(node)].opening(position)
        roots = [table.roots[start : start + 32] for start in range(0, len(table.roots), 32)]
        return (
            node,
            position,
            opened.entry.value,
            opened.entry.dispatch_hash,
            list(opened.entry_proof),
            opened.emissions,
            list(opened.block_proof),
            roots,
        )

    def evidence(self, node: int, position: int) -> tuple[bytes, bytes, bytes]:
        """The true dispatch of a position and what it is a dispatch of."""
        return self.orders, self.network, self.dispatch_of(node, position)

    def dispatch_of(self, node: int, position: int) -> bytes:
        return pack_dispatch(self.power[self.rows(node)[position]].tolist())

    def region(self, node: int, *, table: CoalitionTable | None = None) -> tuple[Any, ...]:
        """All of a region's part as it is shown."""
        table = table or self.table
        roots = [table.roots[start : start + 32] for start in range(0, len(table.roots), 32)]
        return node, table.regions[self.nodes.index(node)].packed, roots


def falsified(table: CoalitionTable, *, region: int, position: int, **changes: Any) -> CoalitionTable:
    """The same table with one entry changed, its trees made anew."""
    parts = list(table.regions)
    blocks = list(parts[region].blocks)
    old = blocks[position // BLOCK]
    entries = list(old.entries)
    entries[position % BLOCK] = entries[position % BLOCK]._replace(**changes)
    tree = merkle_tree([entry.hash for entry in entries])
    blocks[position // BLOCK] = Block(number=old.number, entries=tuple(entries), tree=tree)
    parts[region] = RegionTable(blocks=tuple(blocks), tree=merkle_tree([block.hash for block in blocks]))
    return CoalitionTable(regions=tuple(parts))


@dataclass
class House:
    """Deployed contracts of the auction, and what the actors do with them."""

    region: Region
    registry: Any
    auction: Any
    tables: Any
    units: list[int] = field(default_factory=list)

    def fund(self, name: str, amount: int, *, at: Any = None) -> None:
        """Mint points to an actor and deposit them."""
        at = at or self.auction
        self.region.mint(actor(name), amount)
        self.region.points.approve(at, amount, by(name))
        at.deposit(actor(name), amount, by(name))

    def register(self, market: Market) -> None:
        """The network, and a unit for each order."""
        self.registry.setNetwork(pack_network(market.network), by("operator"))
        for order in market.orders:
            account = actor(BUYERS if order.is_load else SELLERS)
            entry = (account, max(order.upper, 1), order.lower, order.node, order.is_load, order.intensity)
            event = self.registry.registerUnit(entry, by("operator")).events["UnitRegistered"]
            self.units.append(event["unit"])

    def place(self, market: Market, *, hour: int = HOUR) -> list[Any]:
        """Every order of a market, by the account of its unit."""
        return [
            self.auction.placeOrder(
                hour, unit, order.price, order.lower, order.upper, by(BUYERS if order.is_load else SELLERS)
            )
            for unit, order in zip(self.units, market.orders, strict=True)
        ]

    def bring_to_clearing(self, play: Play, *, hour: int = HOUR) -> None:
        """Orders placed and closed at the gate."""
        self.place(play.market, hour=hour)
        Region.go(GATE)
        self.auction.close(hour, play.orders, by("stranger"))

    def bring_to_table(self, play: Play, *, hour: int = HOUR) -> None:
        """First clearing certified; nothing posted yet."""
        self.bring_to_clearing(play, hour=hour)
        self.auction.clear(hour, shown(play.first), by("stranger"))

    def post(
        self,
        play: Play,
        *,
        table: CoalitionTable | None = None,
        allocations: bytes | None = None,
        poster: str = "poster",
        hour: int = HOUR,
    ) -> Any:
        """A table and allocations: the true ones but for what is given."""
        committed = (table or play.table).hash
        return self.tables.postTable(hour, committed, allocations or play.allocations, by(poster))

    def wait(self, seconds: int) -> None:
        """Mine a block so much later."""
        Region.go(chain[-1].timestamp + seconds)

    def bring_to_second(self, play: Play, *, hour: int = HOUR) -> None:
        """Ladder prices computed; the second clearing not yet posted."""
        self.bring_to_table(play, hour=hour)
        self.post(play, hour=hour)
        self.wait(30 * MINUTE)
        self.auction.adjust(hour, play.orders, play.dispatch, play.allocations, by("stranger"))

    def bring_to_award(self, play: Play, *, hour: int = HOUR) -> None:
        """Second clearing certified, prices final."""
        self.bring_to_second(play, hour=hour)
        self.auction.clearAdjusted(hour, shown(play.second), by("stranger"))
        self.wait(10 * MINUTE)

    def held(self, hours: Sequence[int] = (HOUR,), orders: int = 40) -> int:
        """What accounts, orders and ladder months hold [point-wei]."""
        names = (SELLERS, BUYERS, GRID, "stranger", "poster", "challenger")
        total = sum(self.auction.balanceOf(actor(name)) for name in names)
        for hour in hours:
            total += sum(self.auction.placementOf(hour, i)[2] * TICK_PER_WH for i in range(orders))
        return total + self.auction.ladderMonth(MONTH)[0]


MONTH: Final = 2100 * 12  # January 2100


def record(order: Order) -> bytes:
    return pack_order(order)


def dispatch_hash(dispatch: bytes) -> bytes:
    return keccak256(dispatch)


def open_auction(region: Region) -> House:
    """Deploy registry, auction and tables; the operator registers, the guardian pauses."""
    settings = MainSettings(
        utc_offset_hours=UTC_OFFSET,
        regional_chain_ids=(),
        grid_company=actor(GRID).address,
        limits=LIMITS,
        table_bond=BOND,
        demand_deposit=DEPOSIT,
    )
    site = deploy_into(region, AUCTION, settings=settings)
    registry, auction, tables = (handle(site, contract.name) for contract in AUCTION.contracts)
    house = House(region=region, registry=registry, auction=auction, tables=tables)
    house.fund(BUYERS, 300_000 * POINT)
    for name in ("poster", "challenger"):
        house.fund(name, 10_000 * POINT, at=tables)
    return house
