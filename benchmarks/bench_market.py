"""A market day of 10,000 agreements on a local chain: gas and time of every step, and its largest transaction.

    python benchmarks/bench_market.py [MEMBERS]

Half of the 2,000 members sell an hour to the other half, ten agreements each; one seller in ten delivers half of it.
All contracts are the real ones and every paper is signed; signing is not timed, sending and mining are. Quoted, not
measured here: clearing on chain in lemlab (tum-ewk/lemlab, commit e1c7ee0, contract ClearingExAnte, measured on anvil);
a position is a bid or an offer, so that an agreement is two of them.
"""

import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "contracts")]

from signing import DAY_SHEET, DEPOSIT_STATEMENT, OFFER, REGISTRATION, domain_of, sign

from offchain.chain.abi import Call, Contract, contract_at, creation
from offchain.chain.build import Build
from offchain.chain.client import Client
from offchain.chain.engines.port import ChainPlan
from offchain.chain.keys import local_key
from offchain.chain.local import fund, local_chains
from offchain.chain.sender import TRANSACTION_GAS_LIMIT, Transaction

BUILD = Build(ROOT / "build")
MEMBERS, PER_MEMBER = 2_000, 10
CHAIN_ID, UTC_OFFSET = 31_001, 1
START = 4_102_444_800  # 2100-01-01 00:00 UTC [s]
DAY = START // 86_400 + 1
FIRST_HOUR = DAY * 24 - UTC_OFFSET
DAY_END = (FIRST_HOUR + 24) * 3_600  # [s]
DEADLINE = DAY_END + 12 * 3_600  # [s]
POINT, TICK, WH = 10**18, 10**14, 1_000
FOREVER = 2**63
GENERATOR, CONSUMER, GRID_COMPANY = 0, 1, 3
DESK, SETTLEMENT, OFFERS = 1, 2, 3
LEMLAB = {10: 502_228, 40: 851_325}  # gas per position by positions
AT_ONCE = 100  # transactions
NOTHING = (0, 0, 0)


def batches(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Cut into parts of at most this size."""
    return (items[start : start + size] for start in range(0, len(items), size))


class Market:
    """Contracts of a region on a chain of their own; who sends is governance and everybody's runner."""

    def __init__(self, client: Client) -> None:
        self.client, self.key = client, local_key("benchmark")
        self.largest = 0
        fund(client.endpoint, [self.key.address])
        roles = self.deploy("RoleManager", self.key.address)
        freezes = self.deploy("FreezeList", roles)
        self.registry = self.deploy("MemberRegistry", roles, freezes, UTC_OFFSET)
        self.points = self.deploy("PowerPoint", roles, freezes, 10**9 * POINT)
        devices = self.deploy("DeviceRegistry", roles, self.registry, self.points, UTC_OFFSET, POINT)
        self.sheets = self.deploy("DaySheets", roles, devices)
        self.join(["grid company"], GRID_COMPANY)
        setup = (self.sheets.address, 1, 0, (4_000 * TICK, 7_500 * TICK, 400 * TICK), 0)
        self.market = self.deploy("BilateralMarket", roles, setup)
        self.desk = self.deploy("MarginDesk", roles, self.points, self.market, self.registry)
        self.offers = self.deploy("OfferDesk", self.market, self.registry)
        self.residuals = self.deploy("ResidualSettlement", self.market, self.sheets)
        [cosigner] = [client.call(roles("BANK_COSIGNER"))]
        second = local_key("bank cosigner")
        self.send(
            self.market("admit", self.desk.address, DESK),
            self.market("admit", self.residuals.address, SETTLEMENT),
            self.market("admit", self.offers.address, OFFERS),
            self.sheets("attachMarket", self.market.address),
            roles("grantRole", cosigner, second.address, 0),
            self.points("approve", self.desk.address, 2**256 - 1),
        )
        statement = ([(self.key.address, 10**6 * POINT, b"\1" * 32)], FOREVER)
        signature = sign(second.secret, self.domain(self.points, "Gridleaf Power Point"), DEPOSIT_STATEMENT, statement)
        self.send(self.points("mint", statement, (second.address, signature)))

    def deploy(self, name: str, *arguments: Any) -> Contract:
        """Deploy a contract from its build artefact; contracts stand for their addresses."""
        artefact = BUILD.artefact(name)
        values = [getattr(argument, "address", argument) for argument in arguments]
        call = creation(name, *values, abi=artefact.abi, bytecode=artefact.bytecode)
        [receipt] = self.client.send_many([Transaction(call, self.key, gas=TRANSACTION_GAS_LIMIT)])
        assert receipt.contract_address
        return contract_at(name, receipt.contract_address, abi=artefact.abi)

    @staticmethod
    def domain(contract: Contract, name: str) -> dict[str, Any]:
        """What its signatures are good for."""
        return domain_of(name, contract.address, chain_id=CHAIN_ID)

    def send(self, *calls: Call) -> int:
        """Send transactions in their order; returns their gas."""
        gas = 0
        for part in batches(calls, AT_ONCE):
            sent = [Transaction(call, self.key, gas=TRANSACTION_GAS_LIMIT) for call in part]
            used = [receipt.gas_used for receipt in self.client.send_many(sent)]
            gas += sum(used)
            self.largest = max(self.largest, *used)
        return gas

    def step(self, what: str, count: int, calls: Iterable[Call]) -> int:
        """Send, and print gas and time; returns the gas."""
        ready = list(calls)
        before, self.largest = self.largest, 0
        started = time.perf_counter()
        gas = self.send(*ready)
        seconds = time.perf_counter() - started
        print(
            f"  {what:<34} {count:>6} in {len(ready):>5} transactions, {gas / count:>9,.0f} gas each, "
            f"largest {self.largest:>10,}, {gas:>13,} in all, {seconds:7.1f} s"
        )
        self.largest = max(before, self.largest)
        return gas

    def reach(self, moment: int) -> None:
        """Mine a block of this time [s]."""
        self.client.endpoint.abilities.mining.mine_at(self.client.connection, moment)

    # Members and their papers

    def join(self, names: Sequence[str], kind: int) -> None:
        """Register members by their names, each with an account and a meter key."""
        domain = self.domain(self.registry, "Gridleaf MemberRegistry")
        entries = []
        for name in names:
            account, meter = local_key(name).address, local_key(f"meter of {name}").address
            nameplates = (100_000, 0) if kind == CONSUMER else (100_000, 100_000)
            terms = (account, meter, 7, kind, 0, *nameplates, FOREVER)
            entries.append((terms, sign(local_key(name).secret, domain, REGISTRATION, terms)))
        self.send(*(self.registry("register", *zip(*part, strict=True)) for part in batches(entries, 50)))

    def matches(self, sellers: Sequence[int], buyers: Sequence[int]) -> list[tuple[Any, ...]]:
        """Every seller has one offer for all its buyers, every buyer one for each of its sellers."""
        domain = self.domain(self.offers, "Gridleaf OfferDesk")

        def offer(member: int, *, selling: bool, wh: int, nonce: int) -> tuple[Any, ...]:
            return member, selling, 0, wh, FIRST_HOUR + 8, 1, 5_500 * TICK, False, selling, FOREVER, nonce

        def signed(terms: tuple[Any, ...]) -> tuple[Any, bytes]:
            return terms, sign(local_key(f"member {terms[0]}").secret, domain, OFFER, terms)

        sales = [signed(offer(seller, selling=True, wh=PER_MEMBER * WH, nonce=1)) for seller in sellers]
        found = []
        for turn in range(PER_MEMBER):
            for place, buyer in enumerate(buyers):
                sale, by_seller = sales[(place + turn) % len(sales)]
                purchase, by_buyer = signed(offer(buyer, selling=False, wh=WH, nonce=turn))
                found.append((sale, purchase, by_seller, by_buyer))
        return found

    def sheets_of(self, sellers: Sequence[int], buyers: Sequence[int]) -> list[tuple[Any, bytes]]:
        """One seller in ten delivers half of what it sold."""
        domain = self.domain(self.sheets, "Gridleaf DaySheets")
        agreed = PER_MEMBER * WH
        papers = [(m, DAY, 0, NOTHING, (0, agreed // (2 if m % 10 == 0 else 1), 0)) for m in sellers]
        papers += [(member, DAY, 0, (0, agreed, 0), NOTHING) for member in buyers]
        keys = [local_key(f"meter of member {paper[0]}") for paper in papers]
        return [(p, sign(key.secret, domain, DAY_SHEET, p)) for key, p in zip(keys, papers, strict=True)]


def run(market: Market, members: int) -> None:
    """Take the day through, step by step."""
    sellers, buyers = range(2, 2 + members // 2), range(2 + members // 2, 2 + members)
    count = PER_MEMBER * len(buyers)
    market.join([f"member {member}" for member in sellers], GENERATOR)
    market.join([f"member {member}" for member in buyers], CONSUMER)
    everybody = (*sellers, *buyers)
    print(f"a day of {count:,} agreements among {members:,} members on a chain of its own")
    market.step("deposit", members, [market.desk("deposit", member, 20 * POINT) for member in everybody])
    matches = market.matches(sellers, buyers)
    made = market.step("register", count, [market.offers("register", part) for part in batches(matches, 50)])
    market.reach(DAY_END)
    papers = market.sheets_of(sellers, buyers)
    market.step("day sheet", members, [market.sheets("submit", *zip(*p, strict=True)) for p in batches(papers, 64)])
    market.reach(DEADLINE)
    agreements = range(count)
    settled = market.step("settle", count, [market.market("settle", DAY, part) for part in batches(agreements, 128)])
    outside = [market.residuals("settle", DAY, part) for part in batches(everybody, 100)]
    market.step("settle energy outside agreements", members, outside)
    waiting = [index for index in agreements if market.client.call(market.market("stateOf", DAY, index))[1]]
    closed = market.step("close", len(waiting), [market.market("close", DAY, part) for part in batches(waiting, 128)])
    assert market.client.call(market.market("openDay")) == DAY + 1
    sharing = [member for member in everybody if market.client.call(market.market("claimableOf", member))]
    market.step("claim", len(sharing), [market.market("claim", member) for member in sharing])
    print(f"  largest transaction {market.largest:,} gas, allowed {TRANSACTION_GAS_LIMIT:,} (EIP-7825)")
    assert market.largest <= TRANSACTION_GAS_LIMIT
    for name, gas in (("settle and close", settled + closed), ("register, settle and close", made + settled + closed)):
        position = gas / count / 2
        ratios = [f"{other:,} at {size} ({other / position:.1f} times)" for size, other in LEMLAB.items()]
        print(f"  {name}: {position:,.0f} gas per position; lemlab's clearing {', '.join(ratios)}")


def main() -> int:
    """Start a chain, deploy, run."""
    members = int(sys.argv[1]) if len(sys.argv) > 1 else MEMBERS
    with tempfile.TemporaryDirectory() as folder:
        plan = ChainPlan("market", chain_id=CHAIN_ID, port=0)
        with local_chains([plan], genesis_time=START, folder=Path(folder)) as [endpoint]:
            run(Market(Client(endpoint, errors=BUILD.errors)), members)
    return 0


if __name__ == "__main__":
    sys.exit(main())
