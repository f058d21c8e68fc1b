"""A region's contracts as off-chain tests use them: deployed without Brownie, acted on by named keys.

The deployer administers everything, so it is operator, bank and regulator at once; second persons are others.
"""

import json
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path

from eth_utils import keccak

from deployment.deploy import construct
from deployment.deployer import ClientDeployer
from deployment.plan.certificates import CERTIFICATES
from deployment.plan.market import MARKET
from deployment.plan.members import ACCESS, DEVICES, MEMBERS
from deployment.plan.points import POINTS
from deployment.plan.rewards import REWARDS as REWARD_CONTRACTS
from deployment.roles import Role
from deployment.settings import RegionSettings
from offchain.chain.build import Build
from offchain.chain.client import Client
from offchain.chain.keys import local_key
from offchain.chain.local import fund
from offchain.files import PROJECT
from offchain.market import calls as market
from offchain.market.offers import Offer, Side
from offchain.market.records import Tariffs
from offchain.members.calls import devices, freezes, registrations, sheets
from offchain.members.papers import REGISTRATION
from offchain.members.records import DaySheet, Kind, NewDevice
from offchain.members.registrations import Registration
from offchain.members.signer import MeterSheet
from offchain.points import calls as points
from offchain.points.records import Bill, Deposit

START = 4_102_444_800  # 2100-01-01 00:00 UTC [s]
DAY = START // 86_400 + 1  # the first market day
UTC_OFFSET = 1  # [h]
POINT = 10**18
TICK = 10**14
TARIFFS = Tariffs(feed_in=4_000 * TICK, purchase=7_500 * TICK, grid_fee=400 * TICK)
BOND = 20 * POINT
FOREVER = 2**64 - 1
REASON = b"\x0a" * 32
HYDRO = 3
NAMEPLATE = 100_000  # [W]
NOTHING = (0,) * 24
REWARDS = {
    "soldRate": 2 * POINT // 100,
    "boughtRate": POINT // 100,
    "usedRate": POINT // 100,
    "welcome": 5 * POINT,
    "memberDayCap": 20 * POINT,
    "computeDayCap": 2 * POINT,
    "yearlyBudget": 1_000 * POINT,
}
GRID_COMPANY = 1  # the first member
GRID_FLOOR = 0  # [point-wei]
BUILD = Build(PROJECT / "build")
SUBJECTS = (ACCESS, MEMBERS, POINTS, DEVICES, CERTIFICATES, MARKET, REWARD_CONTRACTS)


def only(values):
    """24 hours that are zero but for the given ones [Wh]."""
    return tuple(values.get(hour, 0) for hour in range(24))


def key_of(name):
    return local_key(f"live {name}")


@dataclass
class LiveRegion:
    """Contracts on a running chain."""

    endpoint: object
    folder: Path  # holds deployments/ and build/ as a project does

    def __post_init__(self):
        self.admin = local_key("deployer")
        fund(self.endpoint, [self.admin.address])
        self.references = 0
        self.nonce = 0
        self.contracts, self.record = {}, {}
        self.add(*SUBJECTS, settings=self.settings)
        self.write()
        for role in (Role.FREEZE_COSIGNER, Role.BANK_COSIGNER, Role.UTILITY):
            holder = key_of(role.name.lower().replace("_", " "))
            self.send("RoleManager", "grantRole", role, holder.address, 0)

    @property
    def settings(self):
        company = self.terms("grid company", Kind.GRID_COMPANY, import_w=10**7, export_w=10**7).terms
        return RegionSettings(
            utc_offset_hours=UTC_OFFSET,
            daily_mint_limit=10**9 * POINT,
            device_bond=BOND,
            tariffs=TARIFFS,
            grid_company=company,
            grid_company_signs=lambda domain, terms: domain.sign(key_of("grid company"), REGISTRATION, terms),
            renewable_carriers=1 << HYDRO,
            grid_floor=GRID_FLOOR,
            rewards=REWARDS,
        )

    def add(self, *parts, settings):
        """Deploy what some subjects bring."""
        deployer = ClientDeployer(self.endpoint, self.admin, build=BUILD)
        site = construct(parts, deployer, settings=settings, standing=self.contracts)
        self.contracts, self.record = site.contracts, self.record | site.entries
        self.connect()

    def connect(self):
        """A client that knows nothing of the chain yet, nonces included."""
        self.client = Client(self.endpoint, contracts=self.contracts.values(), errors=BUILD.errors)

    def write(self):
        """The deployment file, and the build artefacts beside it."""
        build = self.folder / "build"
        if not build.exists():
            build.symlink_to(PROJECT / "build")
        genesis = Client(self.endpoint).block(0).hash
        record = {"chain": self.endpoint.name, "chainId": self.endpoint.chain_id, "genesis": genesis}
        file = self.folder / "deployments" / f"{self.endpoint.name}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(record | {"contracts": self.record}))

    @contextmanager
    def borrowed(self, folder):
        """The region as it stands, its files in this folder; in the end its chain is as it was."""
        head = self.client.block()
        saving, chain = self.endpoint.abilities.saving, self.client.connection
        state = saving.save(chain)
        lent = copy(self)
        lent.folder, lent.contracts, lent.record = folder, dict(self.contracts), dict(self.record)
        lent.connect()
        lent.write()
        yield lent
        saving.restore(chain, state)
        assert self.client.block() == head, "the chain is not as it was"
        self.connect()

    # Reading, sending, time

    def contract(self, name):
        return self.client.contract(name)

    def call(self, name, function, *arguments):
        return self.client.call(self.contract(name)(function, *arguments))

    def send(self, name, function, *arguments, key=None):
        return self.client.send(self.contract(name)(function, *arguments), key or self.admin)

    def act(self, transactions):
        """Send what a builder of calls made; the receipt of the last."""
        return self.client.send_many(transactions)[-1]

    def go(self, time):
        """Mine a block at this time [s]."""
        self.endpoint.abilities.mining.mine_at(self.client.connection, time)

    def reorganise(self, depth):
        """Replace the last blocks by empty ones."""
        self.endpoint.abilities.reorganise(self.client.connection, depth)
        self.connect()  # nonces have changed

    def roll_back(self, depth):
        """Take the last blocks away; others may follow."""
        self.endpoint.abilities.roll_back(self.client.connection, depth)
        self.connect()

    @property
    def now(self):
        return self.client.block().time

    # Members

    def terms(self, name, kind, *, import_w, export_w, group=0):
        return Registration(
            account=key_of(name).address,
            meter_key=key_of(f"meter of {name}").address,
            node=7,
            kind=kind,
            group=group,
            import_w=import_w,
            export_w=export_w,
            deadline=FOREVER,
            acceptance=b"",
            reference="",
        )

    def join(self, name, kind, *, import_w=NAMEPLATE, export_w=NAMEPLATE, group=0):
        """Register a member; returns its id."""
        return self.register(name, self.terms(name, kind, import_w=import_w, export_w=export_w, group=group))

    def register(self, name, terms):
        """Register a member on terms that it accepts; returns its id."""
        accepted = registrations.accept(self.client, [terms], keys=[key_of(name)])
        (registered,) = registrations.register_members(self.client, accepted, operator=self.admin)
        return registered.id

    # Freezes

    def freeze(self, account, until):
        return self.act(freezes.freeze(self.client, account, until=until, **self.decided("freeze cosigner")))

    def lift(self, account):
        return self.act(freezes.lift_freeze(self.client, account, **self.decided("freeze cosigner")))

    def decided(self, second):
        """The terms of a decision by two persons."""
        return {"reason": REASON, "deadline": FOREVER, "second": key_of(second), "key": self.admin}

    # Devices

    def add_device(self, owner, name):
        """Record a device of a member; returns its number."""
        device = NewDevice(
            owner=owner,
            meter_key=key_of(f"device {name}").address,
            capacity_w=NAMEPLATE,
            commissioning_day=DAY - 1,
            carrier=HYDRO,
            technology=2,
            grid_area=5,
            support=1,
            declaration=REASON,
        )
        self.act(devices.register_devices(self.client, [device], key=self.admin))
        return self.call("DeviceRegistry", "deviceCount")

    def post_bond(self, name, device):
        self.approve(name, "DeviceRegistry", BOND)
        return self.act(devices.post_bond(self.client, device, key=key_of(name)))

    def forfeit(self, device, beneficiary):
        decided = self.decided("freeze cosigner")
        return self.act(devices.forfeit_bond(self.client, device, beneficiary=beneficiary, **decided))

    def replace_device_key(self, name, device, key):
        """With the consent of the account of its owner, `name`."""
        owner = key_of(name)
        terms = {"meter_key": key, "deadline": FOREVER, "owner": owner, "key": self.admin}
        return self.act(devices.replace_device_key(self.client, device, **terms))

    # Sheets

    def submit(self, meter, key_name, *, day=DAY, revision=0, import_wh=NOTHING, export_wh=NOTHING):
        sheet = MeterSheet(meter=meter, day=day, revision=revision, import_wh=import_wh, export_wh=export_wh)
        signed = sheets.sign_sheets(self.client, [sheet], keys=[key_of(key_name)])
        return self.act(sheets.submit_sheets(self.client, signed, key=self.admin))

    def estimate(self, meter, *, day=DAY, import_wh=NOTHING, export_wh=NOTHING):
        sheet = DaySheet(member=meter, import_wh=import_wh, export_wh=export_wh)
        return self.act(sheets.estimate_sheets(self.client, [sheet], day=day, key=self.admin))

    # Points

    def reference(self):
        self.references += 1
        return keccak(text=f"reference {self.references}")

    def mint(self, account, amount):
        """Mint against a deposit; returns its bank reference."""
        deposit = Deposit(to=account, amount=amount, reference=self.reference())
        persons = {"second": key_of("bank cosigner"), "key": self.admin}
        self.act(points.mint(self.client, [deposit], deadline=FOREVER, **persons))
        return deposit.reference

    def approve(self, name, spender, amount):
        return self.act(points.approve(self.client, spender, amount=amount, key=key_of(name)))

    def transfer(self, name, account, amount):
        return self.act(points.transfer(self.client, account, amount=amount, key=key_of(name)))

    def bill(self, payer, amount):
        """A bill as contracts take it, and the utility's signature."""
        bill = Bill(payer=payer, amount=amount, reference=self.reference(), deadline=FOREVER)
        return bill.message, points.sign_bill(self.client, bill, key=key_of("utility"))

    # Market

    def deposit(self, name, member, amount):
        self.approve(name, "MarginDesk", amount)
        return self.act(market.deposit_margin(self.client, member, amount=amount, key=key_of(name)))

    def agree(self, seller, buyer, *, day=DAY, hour=8, hours=2, wh=10_000, price=6_000 * TICK):
        """Register an agreement of two (name, member); returns its id."""
        self.nonce += 1
        sale = Offer(
            member=seller[1],
            nonce=self.nonce,
            side=Side.SELL,
            counterparty=buyer[1],
            wh_per_hour=wh,
            first_hour=day * 24 - UTC_OFFSET + hour,
            hours=hours,
            price=price,
            bundled=False,
            partial=False,
            expiry=FOREVER,
        )
        purchase = replace(sale, member=buyer[1], side=Side.BUY, counterparty=seller[1])
        keys = {member: key_of(name) for name, member in (seller, buyer)}
        match = tuple(market.sign_offers(self.client, [sale, purchase], keys=keys))
        receipt = self.act(market.register_matches(self.client, [match], key=self.admin))
        return self.client.receipt_events(receipt)[-1].values.id

    @staticmethod
    def end_of(day):
        return ((day + 1) * 24 - UTC_OFFSET) * 3600
