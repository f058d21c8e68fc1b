"""Two market days on a real chain in which everything happens that a market can announce."""

from offchain.members.records import Kind
from offchain.members.sheet_words import pack
from tests.support.live_region import DAY, NAMEPLATE, POINT, key_of, only

NEXT = DAY + 1
HOUR = 3600
NONE = {"importWh": [0, 0, 0], "exportWh": [0, 0, 0]}
KINDS = {
    "hydro": Kind.GENERATOR,
    "wind": Kind.GENERATOR,
    "mill": Kind.CONSUMER,
    "bakery": Kind.CONSUMER,
    "farm": Kind.PROSUMER,
}
FULL = {8: 10_000, 9: 10_000}


class MarketDays:
    """The actors and what they do, step by step."""

    def __init__(self, region):
        self.region = region
        self.ids = {"grid company": 1}
        for name, kind in KINDS.items():
            self.ids[name] = region.join(name, kind, export_w=0 if kind is Kind.CONSUMER else NAMEPLATE)
        for name in self.ids:
            region.mint(key_of(name).address, 100 * POINT)
        for name, points in {"grid company": 50, "hydro": 20, "wind": 30, "mill": 60, "bakery": 40, "farm": 20}.items():
            region.deposit(name, self.ids[name], points * POINT)

    def run(self):
        self.agree()
        self.settle_first_day()
        self.run_out_of_money()
        self.close_first_day()
        self.settle_second_day()
        self.repay()
        self.reconcile()

    def agree(self):
        """Three agreements for the first day, one for the second."""
        for seller, buyer in (("hydro", "mill"), ("wind", "bakery"), ("farm", "mill")):
            self.pair(seller, buyer)
        self.pair("hydro", "mill", day=NEXT)

    def pair(self, seller, buyer, *, day=DAY):
        self.region.agree(*((name, self.ids[name]) for name in (seller, buyer)), day=day)

    def settle_first_day(self):
        """Hydro delivers 4 kWh less, the farm is silent, wind and bakery keep their word."""
        self.region.go(self.region.end_of(DAY))
        self.measure("hydro", exports={8: 10_000, 9: 6_000})
        self.measure("mill", imports={8: 20_000, 9: 20_000})
        self.measure("wind", exports=FULL | {20: 30_000})
        self.measure("bakery", imports=FULL | {20: 40_000})
        self.region.go(self.region.end_of(DAY) + 18 * HOUR)
        self.market("settle", DAY, [0, 1, 2])

    def run_out_of_money(self):
        """The bakery owes more than it has, the grid company has nothing for the wind."""
        self.withdraw("bakery", self.free("bakery"))
        self.withdraw("grid company", self.free("grid company"))
        self.region.send("ResidualSettlement", "settle", DAY, [self.ids["bakery"]])
        self.region.send("ResidualSettlement", "settle", DAY, [self.ids["wind"]])
        self.region.deposit("bakery", self.ids["bakery"], 5 * POINT)

    def close_first_day(self):
        self.market("close", DAY, [0, 2])
        self.region.send("BilateralMarket", "claim", self.ids["wind"])
        self.collect("wind", DAY)

    def settle_second_day(self):
        """Hydro delivers nothing, and nobody but the parties was there to share its penalty."""
        self.region.go(self.region.end_of(NEXT))
        self.measure("hydro", day=NEXT)
        self.measure("mill", day=NEXT, imports=FULL)
        self.region.go(self.region.end_of(NEXT) + 12 * HOUR)
        self.market("settle", NEXT, [0])
        self.market("close", NEXT, [0])

    def repay(self):
        """The bakery pays its debt, the wind gets the rest of what it is owed."""
        self.region.deposit("bakery", self.ids["bakery"], 40 * POINT)
        self.collect("wind", DAY)
        self.region.transfer("mill", self.region.contract("MarginDesk").address, POINT)  # a gift, nobody's

    def reconcile(self):
        """The wind delivered 4 kWh less, the farm all it had sold; wind and grid company have no money."""
        self.measure("wind", revision=1, exports={8: 10_000, 9: 6_000, 20: 30_000})
        self.measure("farm", exports=FULL, imports={20: 3_000})
        for name in ("wind", "grid company"):
            self.withdraw(name, self.free(name))
        self.region.go(self.region.end_of(DAY) + 7 * 24 * HOUR)
        first = {"importWh": NONE["importWh"], "exportWh": list(pack(only(FULL | {20: 30_000})))}
        entries = [{"index": 1, "seller": first, "buyer": NONE}, {"index": 2, "seller": NONE, "buyer": NONE}]
        self.region.send("Reconciliation", "reconcile", DAY, entries[:1])
        self.region.send("Reconciliation", "reconcile", DAY, entries[1:])
        members = [self.ids["wind"], self.ids["farm"]]
        self.region.send("ResidualSettlement", "reconcile", DAY, members, [first, NONE])
        self.region.deposit("grid company", self.ids["wind"], 10 * POINT)
        treasury = key_of("treasury").address
        self.region.send("MarginDesk", "payReserve", treasury, self.region.call("BilateralMarket", "freeOf", 0))

    # Small steps

    def market(self, function, *arguments):
        return self.region.send("BilateralMarket", function, *arguments)

    def free(self, name):
        return self.region.call("BilateralMarket", "freeOf", self.ids[name])

    def withdraw(self, name, amount):
        return self.region.send("MarginDesk", "withdraw", amount, key=key_of(name))

    def collect(self, name, day):
        return self.region.send("BilateralMarket", "collect", self.ids[name], day)

    def measure(self, name, *, day=DAY, revision=0, imports=None, exports=None):
        registers = {"import_wh": only(imports or {}), "export_wh": only(exports or {})}
        self.region.submit(self.ids[name], f"meter of {name}", day=day, revision=revision, **registers)
