"""A region's contracts as off-chain tests use them: deployed without Brownie, acted on by named keys.

The deployer administers everything, so it is operator, bank and regulator at once; second persons are others.
"""

import json
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from eth_utils import keccak

from offchain.chain.abi import contract_at, creation
from offchain.chain.client import Client
from offchain.chain.deployment import read_artefact, read_errors
from offchain.chain.keys import local_key
from offchain.chain.local import fund
from offchain.chain.typed_data import domain_of
from offchain.files import PROJECT
from offchain.market.papers import OFFER_TYPES
from offchain.members.papers import DAY_SHEET, REGISTRATION
from offchain.members.records import Kind
from offchain.members.sheet_words import pack
from offchain.points.papers import BILL, DEPOSIT_STATEMENT

START = 4_102_444_800  # 2100-01-01 00:00 UTC [s]
DAY = START // 86_400 + 1  # the first market day
UTC_OFFSET = 1  # [h]
POINT = 10**18
TICK = 10**14
TARIFFS = (4_000 * TICK, 7_500 * TICK, 400 * TICK)
BOND = 20 * POINT
FOREVER = 2**64 - 1
REASON = b"\x0a" * 32
HYDRO = 3
NAMEPLATE = 100_000  # [W]
FIRST_DEVICE_METER = 2**31
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
RULEBOOK = 0  # IBilateralMarket.Rulebook.Market
DESK, SETTLEMENT = 1, 2  # IMarginAccounts.Admission
FREEZE_COSIGNER, BANK_COSIGNER, UTILITY = 7, 8, 9  # contracts/libraries/Roles.sol
FREEZE = {
    "Freeze": [
        {"name": name, "type": kind}
        for name, kind in (
            ("account", "address"), ("until", "uint64"), ("reason", "bytes32"), ("nonce", "uint64"),
            ("deadline", "uint64"),
        )
    ]
}  # fmt: skip
LIFT = {"Lift": [field for field in FREEZE["Freeze"] if field["name"] != "until"]}
FORFEITURE = {
    "BondForfeiture": [
        {"name": name, "type": kind}
        for name, kind in (
            ("device", "uint32"), ("beneficiary", "address"), ("reason", "bytes32"), ("bondCount", "uint32"),
            ("deadline", "uint64"),
        )
    ]
}  # fmt: skip


@cache
def artefact_of(name):
    return read_artefact(PROJECT / "build", name)


@cache
def errors():
    return read_errors(PROJECT / "build")


CONSENT = {
    "MeterKeyConsent": [
        {"name": name, "type": kind}
        for name, kind in (
            ("meter", "uint32"), ("meterKey", "address"), ("keyChanges", "uint16"), ("deadline", "uint64"),
        )
    ]
}  # fmt: skip


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
        self.contracts = []
        self.deploy()
        for role, name in (
            (FREEZE_COSIGNER, "freeze cosigner"),
            (BANK_COSIGNER, "bank cosigner"),
            (UTILITY, "utility"),
        ):
            self.send("RoleManager", "grantRole", role, key_of(name).address, 0)

    def deploy(self):
        self.record = {}
        manager = self.create("RoleManager", self.admin.address)
        freezes = self.create("FreezeList", manager)
        registry = self.create("MemberRegistry", manager, freezes, UTC_OFFSET)
        points = self.create("PowerPoint", manager, freezes, 10**9 * POINT)
        devices = self.create("DeviceRegistry", manager, registry, points, UTC_OFFSET, BOND)
        sheets = self.create("DaySheets", manager, devices)
        certificates = self.create("GreenCertificate", manager, sheets, 1 << HYDRO, False, "")
        self.join("grid company", Kind.GRID_COMPANY, import_w=10**7, export_w=10**7)
        market = self.deploy_market(manager, points, registry, sheets)
        self.create("RewardPool", manager, devices, certificates, market, tuple(REWARDS.values()))
        self.write()

    def deploy_market(self, manager, points, registry, sheets):
        market = self.create("BilateralMarket", manager, (sheets, GRID_COMPANY, GRID_FLOOR, TARIFFS, RULEBOOK))
        self.keep("DeferredCredits", self.call("BilateralMarket", "deferred"), block=self.client.block().number)
        desk = self.create("MarginDesk", manager, points, market, registry)
        settlements = [self.create(name, market, sheets) for name in ("ResidualSettlement", "Reconciliation")]
        self.send("BilateralMarket", "admit", desk, DESK)
        for settlement in settlements:
            self.send("BilateralMarket", "admit", settlement, SETTLEMENT)
        self.send("DaySheets", "attachMarket", market)
        return market

    def create(self, name, *arguments):
        artefact = artefact_of(name)
        call = creation(name, *arguments, abi=artefact["abi"], bytecode=artefact["bytecode"])
        bare = Client(self.endpoint)
        receipt = bare.send(call, self.admin)
        return self.keep(name, receipt.contract_address, block=receipt.block)

    def keep(self, name, address, *, block):
        """Know a contract that is there; returns its address."""
        created = contract_at(name, address, abi=artefact_of(name)["abi"], block=block)
        code = Client(self.endpoint).connection.request("eth_getCode", created.address, "latest")
        self.contracts.append(created)
        self.connect()
        self.record[name] = {
            "artefact": name,
            "address": created.address,
            "block": created.block,
            "bytecodeHash": f"0x{keccak(hexstr=code).hex()}",
        }
        return created.address

    def connect(self):
        """A client that knows nothing of the chain yet, nonces included."""
        self.client = Client(self.endpoint, contracts=self.contracts, errors=errors())

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
        snapshot = self.client.connection.request("evm_snapshot")
        lent = copy(self)
        lent.folder, lent.contracts, lent.record = folder, list(self.contracts), dict(self.record)
        lent.connect()
        lent.write()
        yield lent
        assert self.client.connection.request("evm_revert", snapshot)
        assert self.client.block() == head, "the chain is not as it was"
        self.connect()

    # Reading, sending, time

    def contract(self, name):
        return self.client.contract(name)

    def call(self, name, function, *arguments):
        return self.client.call(self.contract(name)(function, *arguments))

    def send(self, name, function, *arguments, key=None):
        return self.client.send(self.contract(name)(function, *arguments), key or self.admin)

    def sign(self, key, name, types, message):
        return domain_of(self.client, self.contract(name)).sign(key, types, message)

    def go(self, time):
        """Mine a block at this time [s]."""
        self.client.connection.request("evm_setNextBlockTimestamp", time)
        self.client.connection.request("evm_mine")

    def reorganise(self, depth):
        """Replace the last blocks by empty ones."""
        self.client.connection.request("anvil_reorg", depth, [])
        self.connect()  # nonces have changed

    def roll_back(self, depth):
        """Take the last blocks away; others may follow."""
        self.client.connection.request("anvil_rollback", depth)
        self.connect()

    @property
    def now(self):
        return self.client.block().time

    # Members

    def terms(self, name, kind, *, import_w, export_w, group=0):
        return {
            "account": key_of(name).address,
            "meterKey": key_of(f"meter of {name}").address,
            "node": 7,
            "kind": int(kind),
            "group": group,
            "importW": import_w,
            "exportW": export_w,
            "deadline": FOREVER,
        }

    def join(self, name, kind, *, import_w=NAMEPLATE, export_w=NAMEPLATE, group=0):
        """Register a member; returns its id."""
        terms = self.terms(name, kind, import_w=import_w, export_w=export_w, group=group)
        self.send(
            "MemberRegistry", "register", [terms], [self.sign(key_of(name), "MemberRegistry", REGISTRATION, terms)]
        )
        return self.call("MemberRegistry", "memberCount")

    # Freezes

    def freeze(self, account, until):
        nonce = self.call("FreezeList", "nonceOf", account)
        message = {"account": account, "until": until, "reason": REASON, "nonce": nonce, "deadline": FOREVER}
        second = self.second("freeze cosigner", "FreezeList", FREEZE, message)
        return self.send("FreezeList", "freeze", account, until, REASON, FOREVER, second)

    def lift(self, account):
        nonce = self.call("FreezeList", "nonceOf", account)
        message = {"account": account, "reason": REASON, "nonce": nonce, "deadline": FOREVER}
        second = self.second("freeze cosigner", "FreezeList", LIFT, message)
        return self.send("FreezeList", "lift", account, REASON, FOREVER, second)

    def second(self, name, contract, types, message):
        key = key_of(name)
        return key.address, self.sign(key, contract, types, message)

    # Devices

    def add_device(self, owner, name):
        """Record a device of a member; returns its number."""
        terms = {
            "owner": owner,
            "meterKey": key_of(f"device {name}").address,
            "capacityW": NAMEPLATE,
            "commissioningDay": DAY - 1,
            "carrier": HYDRO,
            "technology": 2,
            "gridArea": 5,
            "support": 1,
            "declaration": REASON,
        }
        self.send("DeviceRegistry", "register", [terms])
        return self.call("DeviceRegistry", "deviceCount")

    def post_bond(self, name, device):
        self.approve(name, "DeviceRegistry", BOND)
        return self.send("DeviceRegistry", "postBond", device, key=key_of(name))

    def forfeit(self, device, beneficiary):
        count = self.call("DeviceRegistry", "deviceOf", device).bondCount
        terms = (device, beneficiary, REASON, FOREVER)
        message = dict(zip(("device", "beneficiary", "reason", "deadline"), terms, strict=True)) | {"bondCount": count}
        second = self.second("freeze cosigner", "DeviceRegistry", FORFEITURE, message)
        return self.send("DeviceRegistry", "forfeitBond", *terms, second)

    def replace_device_key(self, name, device, key):
        """With the consent of the account of its owner, `name`."""
        changes = self.call("DeviceRegistry", "deviceOf", device).keyChanges
        message = {"meter": FIRST_DEVICE_METER + device, "meterKey": key, "keyChanges": changes, "deadline": FOREVER}
        consent = self.sign(key_of(name), "DeviceRegistry", CONSENT, message)
        return self.send("DeviceRegistry", "replaceMeterKey", device, key, FOREVER, consent)

    # Sheets

    def submit(self, meter, key_name, *, day=DAY, revision=0, import_wh=NOTHING, export_wh=NOTHING):
        registers = {"importWh": list(pack(import_wh)), "exportWh": list(pack(export_wh))}
        message = {"meter": meter, "day": day, "revision": revision, **registers}
        signature = self.sign(key_of(key_name), "DaySheets", DAY_SHEET, message)
        return self.send("DaySheets", "submit", [message], [signature])

    def estimate(self, meter, *, day=DAY, import_wh=NOTHING, export_wh=NOTHING):
        registers = {"importWh": list(pack(import_wh)), "exportWh": list(pack(export_wh))}
        return self.send("DaySheets", "estimate", [{"meter": meter, "day": day, **registers}])

    # Points

    def reference(self):
        self.references += 1
        return keccak(text=f"reference {self.references}")

    def mint(self, account, amount):
        """Mint against a deposit; returns its bank reference."""
        reference = self.reference()
        deposits = [{"to": account, "amount": amount, "bankReference": reference}]
        statement = {"deposits": deposits, "deadline": FOREVER}
        second = self.second("bank cosigner", "PowerPoint", DEPOSIT_STATEMENT, statement)
        self.send("PowerPoint", "mint", statement, second)
        return reference

    def approve(self, name, spender, amount):
        return self.send("PowerPoint", "approve", self.contract(spender).address, amount, key=key_of(name))

    def transfer(self, name, account, amount):
        return self.send("PowerPoint", "transfer", account, amount, key=key_of(name))

    def bill(self, payer, amount):
        bill = {"payer": payer, "amount": amount, "billId": self.reference(), "deadline": FOREVER}
        return bill, self.second("utility", "PowerPoint", BILL, bill)

    # Market

    def deposit(self, name, member, amount):
        self.approve(name, "MarginDesk", amount)
        return self.send("MarginDesk", "deposit", member, amount, key=key_of(name))

    def agree(self, seller, buyer, *, day=DAY, hour=8, hours=2, wh=10_000, price=6_000 * TICK):
        """Register an agreement of two (name, member); returns its id."""
        self.nonce += 1
        terms = {
            "whPerHour": wh,
            "firstHour": day * 24 - UTC_OFFSET + hour,
            "hourCount": hours,
            "price": price,
            "bundled": False,
            "partialFill": False,
            "expiry": FOREVER,
            "nonce": self.nonce,
        }
        sale = {"member": seller[1], "selling": True, "counterparty": buyer[1], **terms}
        purchase = {"member": buyer[1], "selling": False, "counterparty": seller[1], **terms}
        match = {
            "sale": sale,
            "purchase": purchase,
            "saleSignature": self.sign(key_of(seller[0]), "BilateralMarket", OFFER_TYPES, sale),
            "purchaseSignature": self.sign(key_of(buyer[0]), "BilateralMarket", OFFER_TYPES, purchase),
        }
        receipt = self.send("BilateralMarket", "register", [match])
        return self.client.receipt_events(receipt)[-1].values.id

    @staticmethod
    def end_of(day):
        return ((day + 1) * 24 - UTC_OFFSET) * 3600
