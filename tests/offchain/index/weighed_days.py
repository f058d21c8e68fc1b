"""Two market days with what node weights need besides: groups, an entered weight, certificates, allowances."""

from dataclasses import replace

from deployment.plan.carbon import CARBON
from deployment.plan.quotas import QUOTAS
from offchain.certificates.ids import CertificateId, pack_id
from offchain.chain.keys import NOBODY
from offchain.members.records import FIRST_DEVICE_METER, Kind
from offchain.merkle import carbon_leaf
from tests.offchain.index.market_days import MarketDays
from tests.support.live_region import DAY, HYDRO, POINT, REASON, UTC_OFFSET, key_of, only

YEAR = 2100
FIRST_HOUR = DAY * 24 - UTC_OFFSET
HARVEST = pack_id(CertificateId(device=1, hour=FIRST_HOUR + 8, carrier=HYDRO, revision=0))
ENTERED = 8 * 10**17
ALLOWANCES = {"yearlyCap": 10**9, "offsetShare": 500, "bankedShare": 5000, "penaltyRate": 1}
NODE = 7
LATER = DAY + 29  # 30 days after the market began


class WeighedDays(MarketDays):
    """Hydro and wind belong together when they agree for the first day, and no longer when it is settled."""

    def __init__(self, region):
        super().__init__(region)
        self.ids["shop"] = region.join("shop", Kind.CONSUMER, export_w=0)
        self.ids["provider"] = self.join_without_meter("provider")
        region.send("BilateralMarket", "enterWeight", self.ids["wind"], ENTERED)
        region.send("BilateralMarket", "enterWeight", self.ids["shop"], ENTERED)
        region.add_device(self.ids["hydro"], "turbine")
        region.post_bond("hydro", 1)
        region.add(CARBON, QUOTAS, settings=replace(region.settings, quota=ALLOWANCES))
        for name, amount in {"mill": 1000, "bakery": 500}.items():
            self.quota("grant", self.ids[name], YEAR, amount)

    def join_without_meter(self, name):
        terms = self.region.terms(name, Kind.PROVIDER, import_w=0, export_w=0)
        return self.region.register(name, replace(terms, meter_key=NOBODY))

    def agree(self):
        for name in ("hydro", "wind"):
            self.assign(name, 7)
        super().agree()
        self.assign("wind", 0)

    def repay(self):
        super().repay()
        harvest = only({8: 10_000})
        self.region.submit(FIRST_DEVICE_METER + 1, "device turbine", export_wh=harvest)

    def reconcile(self):
        super().reconcile()
        self.share_certificates()
        self.trade_allowances()

    def share_certificates(self):
        """Of 10,000 Wh hydro keeps 6,000, 2,500 of them as stake."""
        hydro, bakery = key_of("hydro"), key_of("bakery")
        self.certificates("issueDay", 1, DAY)
        self.certificates("safeTransferFrom", hydro.address, bakery.address, HARVEST, 4000, b"", key=hydro)
        self.certificates("setApprovalForAll", self.region.admin.address, True, key=hydro)
        self.certificates("lock", hydro.address, [HARVEST], [3000])
        self.certificates("unlock", hydro.address, [HARVEST], [500])

    def trade_allowances(self):
        """The mill sells 200 g to hydro and answers for 200 g; the bakery lodges 100 g, the farm gets 40 g of them."""
        admin, mill, bakery = self.region.admin.address, key_of("mill"), key_of("bakery")
        self.quota("transfer", self.ids["hydro"], YEAR, 200, key=mill)
        self.quota("setOperator", admin, True, key=bakery)
        self.quota("pull", self.ids["bakery"], YEAR, 100)
        self.quota("push", self.ids["farm"], YEAR, 40)
        self.intensities = {8: 5000, 9: 5000, 20: 20_000}
        for hour, intensity in self.intensities.items():
            leaf = carbon_leaf(FIRST_HOUR + hour, NODE, intensity)
            self.region.send("CarbonLedger", "post", FIRST_HOUR + hour, [leaf])
        self.draw_down("mill")

    def end_year(self):
        """The mill has 600 g left, half of which it keeps; the bakery lacks 500 g; what comes late is kept in half."""
        self.draw_down("bakery")
        self.quota("certifyOffsets", self.ids["hydro"], 30, REASON)
        self.quota("transfer", self.ids["mill"], 0, 30, key=key_of("hydro"))
        by_member, by_anybody = self.region.call("CarbonQuota", "settlementTimes", YEAR)
        self.region.go(by_member)
        self.quota("surrender", YEAR, 0, key=key_of("mill"))
        self.quota("push", self.ids["mill"], YEAR, 60)
        self.quota("transfer", self.ids["mill"], YEAR, 10, key=key_of("hydro"))
        self.region.go(by_anybody)
        self.quota("close", self.ids["bakery"], YEAR)
        self.quota("grant", self.ids["bakery"], YEAR + 1, 900)

    def default_later(self):
        """Hydro and mill agree again, 30 days after the market began, and nobody measures."""
        for name in ("grid company", "hydro", "mill"):
            self.region.mint(key_of(name).address, 50 * POINT)
            self.region.deposit(name, self.ids[name], 50 * POINT)
        self.pair("hydro", "mill", day=LATER)
        self.region.go(self.region.end_of(LATER) + 18 * 3600)
        self.market("settle", LATER, [0])
        self.market("close", LATER, [0])

    def leave(self):
        self.region.send("MemberRegistry", "exit", key=key_of("shop"))

    def lose_certificates(self):
        """Of 4,000 Wh the bakery retires 1,000 and loses 500 to the issuer."""
        retirement = {
            "beneficiary": "The bakery",
            "purpose": "baking",
            "periodStart": FIRST_HOUR,
            "periodEnd": FIRST_HOUR + 24,
            "country": b"DE",
        }
        self.certificates("retire", HARVEST, 1000, False, retirement, key=key_of("bakery"))
        self.certificates("withdraw", key_of("bakery").address, [HARVEST], [500], REASON)

    # Small steps

    def assign(self, name, group):
        self.region.send("MemberRegistry", "assignGroup", self.ids[name], group)

    def quota(self, function, *arguments, key=None):
        return self.region.send("CarbonQuota", function, *arguments, key=key)

    def certificates(self, function, *arguments, key=None):
        return self.region.send("GreenCertificate", function, *arguments, key=key)

    def draw_down(self, name):
        self.quota("drawDownDay", self.ids[name], DAY, list(only(self.intensities)), [[]] * 24)
