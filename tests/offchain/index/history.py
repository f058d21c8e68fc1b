"""A random history of a region: what may fail is tried all the same, so refusals are part of it."""

from collections import Counter
from contextlib import contextmanager

from offchain.chain.reverts import RevertedError
from offchain.members.records import FIRST_DEVICE_METER, Kind
from tests.support.live_region import BOND, DAY, FOREVER, NAMEPLATE, POINT, REASON, key_of, only

MEMBERS = {
    "hydro": Kind.GENERATOR,
    "wind": Kind.GENERATOR,
    "mill": Kind.CONSUMER,
    "bakery": Kind.CONSUMER,
    "farm": Kind.PROSUMER,
}
EXPORTING = ("hydro", "wind", "farm")
IMPORTING = ("mill", "bakery", "farm")
DAYS = 3
CENT = POINT // 100
YEAR = 365 * 86_400


class History:
    """Members and devices are registered on making; `run` does the rest."""

    def __init__(self, region, random):
        self.region, self.random = region, random
        self.done, self.refused = Counter(), Counter()
        self.ids = {"grid company": 1}
        self.names = {"grid company": "grid company"}  # member -> whose key is its account's now
        for name, kind in MEMBERS.items():
            exports = NAMEPLATE if name in EXPORTING else 0
            self.ids[name] = region.join(name, kind, export_w=exports, group=random.choice([0, 5]))
            self.names[name] = name
        self.devices = {name: region.add_device(self.ids[name], name) for name in EXPORTING}
        for name in self.names:
            region.mint(key_of(name).address, 200 * POINT)
        region.deposit("grid company", 1, 150 * POINT)
        for name in MEMBERS:
            region.deposit(name, self.ids[name], 50 * POINT)
        region.mint(region.contract("RewardPool").address, 100 * POINT)
        self.roof = region.add_device(self.ids["wind"], "roof")
        """A device that nothing befalls, so that its energy is certified and its bond comes back."""
        region.post_bond("wind", self.roof)
        region.send("RewardPool", "openWelcome", self.roof, region.reference())
        self.agreements = {day: [] for day in range(DAY, DAY + DAYS)}
        self.former = {}
        """Of member and day: what a sheet held before it was changed after the close."""
        self.revisions = Counter()

    def run(self):
        for day in range(DAY, DAY + DAYS):
            self.some(6, (self.agree,), day=day)
        for day in range(DAY, DAY + DAYS):
            for later in range(day, DAY + DAYS):
                self.some(6, (self.agree, *self.anytime), day=later)
            self.until(self.region.end_of(day))
            self.region.submit(FIRST_DEVICE_METER + self.roof, "device roof", day=day, export_wh=self.hours())
            self.some(40, (self.measure,) * 12 + self.anytime, day=day)
            self.until(self.region.end_of(day) + 12 * 3600)
            self.some(6, (self.estimate, self.settle, self.residual), day=day)
            self.until(self.region.end_of(day) + 18 * 3600)
            self.some(20, (*(self.settle, self.residual, self.measure) * 4, *self.anytime), day=day)
            self.attempt(self.settle, day=day, share=1)
            self.attempt(self.close, day=day)
            for name in MEMBERS:
                self.attempt(self.claim, day=day, name=name)
            self.some(12, (self.measure, self.estimate, self.residual, *self.anytime), day=day)
        self.some(4, (self.reward,), day=DAY)
        self.until(self.region.now + 10 * 86_400)
        for day in range(DAY, DAY + DAYS):
            self.attempt(self.reconcile, day=day)
            self.attempt(self.reconcile_residuals, day=day)
            for device in (*self.devices.values(), self.roof):
                self.attempt(self.issue, day=day, device=device)
            self.attempt(self.claim_welcome, day=day)
        self.some(12, (self.pay_by_credit, self.reward, self.freeze_and_lift), day=DAY)
        self.until(self.region.now + 3 * YEAR)
        self.some(8, (self.expire, self.reward), day=DAY)
        self.attempt(self.withdraw_device, day=DAY, name="wind", device=self.roof)
        self.until(self.region.now + 30 * 86_400)
        for device in (*self.devices.values(), self.roof):
            self.attempt(self.return_bond, day=DAY, device=device)

    @property
    def anytime(self):
        return (
            self.transfer, self.burn, self.pay_bill, self.deposit, self.withdraw, self.post_bond, self.forfeit,
            self.freeze_and_lift, self.rotate, self.suspend_or_lift, self.change_key, self.group, self.reward,
            self.pay_by_credit, self.donate, self.state_escrow, self.withdraw_device, self.release, self.exit,
            self.open_welcome,
        )  # fmt: skip

    def some(self, count, actions, *, day):
        for _ in range(count):
            self.attempt(self.random.choice(actions), day=day)

    def attempt(self, action, **terms):
        try:
            action(**terms)
        except RevertedError as error:
            self.refused[error.revert.name] += 1
        else:
            self.done[action.__name__] += 1

    def until(self, time):
        if self.region.now < time:
            self.region.go(time)

    def anybody(self):
        return self.random.choice(list(self.names))

    def key(self, name):
        return key_of(self.names[name])

    def amount(self):
        return self.random.choice([1, POINT, 7 * POINT // 3, 60 * POINT, self.random.randrange(1, 30 * POINT)])

    def cents(self):
        """What a bank account or a bill can hold."""
        return self.random.randrange(1, 2_000) * CENT

    def hours(self, first=6, last=22):
        return only({hour: self.random.randrange(1, NAMEPLATE // 30) for hour in range(first, last)})

    # Points

    def transfer(self, day):
        account = self.key(self.anybody()).address
        self.region.transfer(self.names[self.anybody()], account, self.amount())

    def donate(self, day):
        """Straight to a contract that books nothing for it."""
        contract = self.random.choice(["MarginDesk", "DeviceRegistry", "RewardPool"])
        self.region.transfer(self.names[self.anybody()], self.region.contract(contract).address, POINT)

    def burn(self, day):
        self.region.send("PowerPoint", "burn", self.cents(), REASON, key=self.key(self.anybody()))

    def pay_bill(self, day):
        bill, utility = self.region.bill(self.key(self.anybody()).address, self.cents())
        self.region.send("PowerPoint", "payBill", bill, utility, key=self.key(self.anybody()))

    def state_escrow(self, day):
        supply = self.region.call("PowerPoint", "closingSupply")
        self.region.send("PowerPoint", "stateEscrow", supply, REASON)

    # Members, freezes

    def rotate(self, day):
        name = self.anybody()
        newcomer = f"{name} {self.random.random()}"
        self.region.send("MemberRegistry", "proposeAccount", key_of(newcomer).address, key=self.key(name))
        if self.random.random() < 0.7:
            self.region.send("MemberRegistry", "acceptAccount", self.ids[name], key=key_of(newcomer))
            self.names[name] = newcomer

    def suspend_or_lift(self, day):
        function = self.random.choice(["suspend", "liftSuspension", "liftSuspension"])
        self.region.send("MemberRegistry", function, self.ids[self.anybody()], self.random.randrange(9))

    def exit(self, day):
        if self.random.random() < 0.2:
            self.region.send("MemberRegistry", "exit", key=self.key("bakery"))

    def group(self, day):
        self.region.send("MemberRegistry", "assignGroup", self.ids[self.anybody()], self.random.randrange(3))

    def change_key(self, day):
        """Of a device, so that settlement meters go on."""
        name = self.random.choice(EXPORTING)
        if self.random.random() < 0.5:
            self.region.send("DeviceRegistry", "revokeMeterKey", self.devices[name])
        else:
            key = key_of(f"key {self.random.random()}").address
            self.region.replace_device_key(self.names[name], self.devices[name], key)

    def freeze_and_lift(self, day):
        account = self.key(self.anybody()).address
        self.region.freeze(account, self.region.now + self.random.choice([600, 29 * 86_400]))
        if self.random.random() < 0.8:
            self.region.lift(account)

    # Devices

    def post_bond(self, day):
        name = self.random.choice(EXPORTING)
        self.region.approve(self.names[name], "DeviceRegistry", BOND)
        self.region.send("DeviceRegistry", "postBond", self.devices[name], key=self.key(name))

    def forfeit(self, day):
        self.region.forfeit(self.devices[self.random.choice(EXPORTING)], self.key(self.anybody()).address)

    def withdraw_device(self, day, name=None, device=None):
        if device or self.random.random() < 0.3:
            name = name or self.random.choice(EXPORTING)
            self.region.send("DeviceRegistry", "withdraw", device or self.devices[name], key=self.key(name))

    def return_bond(self, day, device):
        self.region.send("DeviceRegistry", "returnBond", device)

    # Sheets

    def measure(self, day):
        meter, name = self.random.choice(
            [(self.ids[name], f"meter of {name}") for name in self.names]
            + [(FIRST_DEVICE_METER + number, f"device {name}") for name, number in self.devices.items()]
        )
        exporting = meter >= FIRST_DEVICE_METER or name.removeprefix("meter of ") in EXPORTING
        registers = {"import_wh": self.hours(), "export_wh": self.hours(7, 20) if exporting else (0,) * 24}
        with self.remembering(meter, day):
            self.region.submit(meter, name, day=day, revision=self.revisions[meter, day], **registers)
        self.revisions[meter, day] += self.random.randrange(1, 4)

    def estimate(self, day, name=None):
        name = name or self.anybody()
        exports = self.hours() if name in EXPORTING else (0,) * 24
        with self.remembering(self.ids[name], day):
            self.region.estimate(self.ids[name], day=day, import_wh=self.hours(), export_wh=exports)
        self.revisions[self.ids[name], day] = max(1, self.revisions[self.ids[name], day])

    # Market

    def deposit(self, day):
        member = self.ids[self.anybody()]
        self.region.deposit(self.names[self.anybody()], member, self.amount())

    def withdraw(self, day):
        self.region.send("MarginDesk", "withdraw", self.amount(), key=self.key(self.anybody()))

    def agree(self, day):
        seller, buyer = self.random.choice(EXPORTING), self.random.choice(IMPORTING)
        window = {"hour": self.random.randrange(15, 21), "hours": self.random.randrange(1, 4)}
        wh = self.random.randrange(1, 3_000)
        parties = [(self.names[name], self.ids[name]) for name in (seller, buyer)]
        self.agreements[day].append(self.region.agree(*parties, day=day, wh=wh, **window) & 0xFFFFFFFF)

    def settle(self, day, share=0.5):
        open_ones = self.agreements[day]
        chosen = self.random.sample(open_ones, round(share * len(open_ones)))
        self.region.send("BilateralMarket", "settle", day, chosen)

    def close(self, day):
        self.region.send("BilateralMarket", "close", day, self.agreements[day])

    def claim(self, day, name):
        self.region.send("BilateralMarket", "claim", self.ids[name])

    def residual(self, day):
        members = self.random.sample([self.ids[name] for name in MEMBERS], 2)
        self.region.send("ResidualSettlement", "settle", day, members)

    @contextmanager
    def remembering(self, meter, day):
        """Keep what a sheet held before its first change after the close of its day."""
        there = self.region.call("DaySheets", "hasSheet", meter, day)
        words = [self.region.call("DaySheets", name, meter, day) for name in ("importOf", "exportOf") if there]
        yield
        if any(self.region.call("DaySheets", "formerHashOf", meter, day)):
            self.former.setdefault((meter, day), self.sheet(*words))

    def sheet(self, imports=(0, 0, 0), exports=(0, 0, 0)):
        return {"importWh": list(imports), "exportWh": list(exports)}

    def reconcile(self, day):
        entries = []
        for index in self.agreements[day]:
            word = self.region.call("BilateralMarket", "agreementWordOf", day, index)
            parties = {"seller": word & 0xFFFFFFFF, "buyer": word >> 32 & 0xFFFFFFFF}
            former = {side: self.former.get((member, day), self.sheet()) for side, member in parties.items()}
            entries.append({"index": index, **former})
        self.region.send("Reconciliation", "reconcile", day, entries)

    def reconcile_residuals(self, day):
        members = [self.ids[name] for name in MEMBERS]
        former = [self.former.get((member, day), self.sheet()) for member in members]
        self.region.send("ResidualSettlement", "reconcile", day, members, former)

    # Rewards

    def reward(self, day):
        member, cause = self.ids[self.anybody()], self.random.randrange(1, 6)
        self.region.send("RewardPool", "reward", member, self.random.randrange(1, 2 * POINT), cause)

    def pay_by_credit(self, day):
        name = self.anybody()
        available = self.region.call("RewardPool", "availableOf", self.ids[name])
        amount = -(-available // CENT) * CENT + self.random.choice([0, CENT, POINT])
        bill, utility = self.region.bill(self.key(name).address, amount)
        self.region.approve(self.names[name], "RewardPool", FOREVER)
        self.region.send("RewardPool", "payBill", bill, utility, available, key=self.key(name))

    def open_welcome(self, day):
        device = self.random.choice(list(self.devices.values()))
        self.region.send("RewardPool", "openWelcome", device, self.region.reference())

    def issue(self, day, device):
        self.region.send("GreenCertificate", "issueDay", device, day)

    def claim_welcome(self, day):
        self.region.send("RewardPool", "claimWelcome", self.roof, key=self.key("wind"))

    def release(self, day):
        self.region.send("RewardPool", "release", self.key(self.anybody()).address, POINT)

    def expire(self, day):
        for name in self.names:
            self.region.send("RewardPool", "expire", self.ids[name])
