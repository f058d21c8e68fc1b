"""A market region as tests use it: contracts, actors by role, and the papers they sign."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from typing import Any, Final

from brownie import Contract, accounts, web3

from deployment.parts import Site
from tests.support.short_ways import request
from tests.support.signing import (
    BOND_FORFEITURE,
    DAY_SHEET,
    DEPOSIT_STATEMENT,
    FREEZE,
    LIFT,
    OFFER,
    PERMIT,
    REGISTRATION,
    domain_of,
    key_of,
    sign,
)

UTC_OFFSET: Final = 1  # [h]
START: Final = 4_102_444_800  # 2100-01-01 00:00 UTC; ahead of every host's clock, so that runs are alike [s]
DAY: Final = START // 86_400 + 1  # the market day of delivery: 2100-01-02, local time
FIRST_HOUR: Final = DAY * 24 - UTC_OFFSET  # its first unix hour
DAY_END: Final = (FIRST_HOUR + 24) * 3_600  # [s]
GATE: Final = (FIRST_HOUR - 13) * 3_600  # closure of the day's gate [s]
DEADLINE: Final = DAY_END + 12 * 3_600  # of the day's sheets [s]
SILENT: Final = DEADLINE + 6 * 3_600  # from when a missing sheet counts as silence [s]
FINAL: Final = DAY_END + 7 * 86_400  # when they are final [s]
FOREVER: Final = 2**64 - 1  # a deadline that never comes [s]
POINT: Final = 10**18  # [point-wei]
CENT: Final = 10**16  # the least that the bank mints [point-wei]
TICK: Final = 10**14  # [point-wei/kWh]
FEED_IN: Final = 4_000 * TICK
PURCHASE: Final = 7_500 * TICK
GRID_FEE: Final = 400 * TICK
HYDRO: Final = 3  # a renewable carrier code
COAL: Final = 9  # one that is not
NAMEPLATE: Final = 100_000  # [W]
NOTHING: Final = (0,) * 24
BOND: Final = 20 * POINT
RESERVE: Final = 0  # an account without a member
FIRST_DEVICE_METER: Final = 2**31
REASON: Final = b"\x0a" * 32  # hash of a decision

Hours = Sequence[int]


class Kind(IntEnum):
    """MemberKind of the registry."""

    GENERATOR = 0
    CONSUMER = 1
    PROSUMER = 2
    GRID_COMPANY = 3
    OPERATOR = 4
    PROVIDER = 5


# Role names, the functions each one opens.
ROLES: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "OPERATOR": [
        ("registry", "register"),
        ("registry", "suspend"),
        ("registry", "liftSuspension"),
        ("registry", "replaceMeterKey"),
        ("registry", "revokeMeterKey"),
        ("registry", "assignGroup"),
        ("devices", "register"),
        ("devices", "replaceMeterKey"),
        ("devices", "revokeMeterKey"),
        ("sheets", "estimate"),
    ],
    "BANK": [("points", "mint"), ("points", "stateEscrow")],
    "REGULATOR": [
        ("certificates", "setRenewableCarriers"),
        ("quota", "grant"),
        ("quota", "certifyOffsets"),
        ("freezes", "freeze"),
        ("freezes", "lift"),
        ("devices", "forfeitBond"),
        ("anchors", "registerChain"),
    ],
    "CARBON_PROVIDER": [("ledger", "post")],
    "GUARDIAN": [("market", "pause"), ("market", "unpause"), ("exchange", "pause"), ("exchange", "unpause")],
    "RELAYER": [("anchors", "anchor")],
    "FREEZE_COSIGNER": [],
    "BANK_COSIGNER": [],
    "UTILITY": [],
    "REWARDER": [],
    "ISSUER": [
        ("certificates", "withdraw"),
        ("certificates", "reissue"),
        ("certificates", "revoke"),
        ("certificates", "correct"),
    ],
    "STAKE_KEEPER": [("certificates", "lock"), ("certificates", "unlock")],
    "DELIVERER": [("certificates", "deliver")],
}
# Members in the order of their ids, which start at 1: kind, capacity of the connection in and out [W].
MEMBERS: Final[Sequence[tuple[str, Kind, int, int]]] = (
    ("grid_company", Kind.GRID_COMPANY, 10_000_000, 10_000_000),
    ("seller", Kind.GENERATOR, NAMEPLATE, NAMEPLATE),
    ("buyer", Kind.CONSUMER, NAMEPLATE, 0),
    ("prosumer", Kind.PROSUMER, NAMEPLATE, NAMEPLATE),
    ("second_seller", Kind.GENERATOR, NAMEPLATE, NAMEPLATE),
    ("second_buyer", Kind.CONSUMER, NAMEPLATE, 0),
)
MEMBER_IDS: Final = {name: index for index, (name, *_) in enumerate(MEMBERS, start=1)}
# Production devices by their owners, in the order of their numbers, which start at 1: carrier.
DEVICES: Final[Mapping[str, int]] = {"seller": HYDRO, "prosumer": HYDRO, "second_seller": COAL}
DEVICE_IDS: Final = {owner: index for index, owner in enumerate(DEVICES, start=1)}


@cache
def actor(name: str) -> Any:
    """An account with a name, the same in every run."""
    return accounts.add(key_of(name))


def pack(hours: Hours) -> tuple[int, int, int]:
    """24 hourly energies [Wh], eight uint32 to a word, hour 0 in the lowest bits."""
    words = [sum(wh << (32 * place) for place, wh in enumerate(hours[start : start + 8])) for start in (0, 8, 16)]
    return words[0], words[1], words[2]


def unpack_signed(words: Sequence[int]) -> list[int]:
    """24 signed differences [Wh], eight int32 to a word, hour 0 in the lowest bits."""
    return [difference for word in words for difference in struct.unpack("<8i", word.to_bytes(32, "little"))]


def only(values: Mapping[int, int]) -> list[int]:
    """24 hours that are zero but for the given ones."""
    return [values.get(hour, 0) for hour in range(24)]


def plain(value: Any) -> Any:
    """A contract's answer as nested tuples of plain numbers, texts and bytes (Brownie 1.22 cannot compare its own)."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return tuple(plain(item) for item in value)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def fields(event: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event, plain."""
    return {name: plain(value) for name, value in event.items()}


def node_of(name: str) -> int:
    """Grid node of a member."""
    return 10 + MEMBER_IDS[name]


@dataclass
class Region:
    """Deployed contracts by their short names, and what the actors do with them."""

    roles: Any
    freezes: Any
    registry: Any
    devices: Any
    sheets: Any
    points: Any
    certificates: Any
    ledger: Any
    quota: Any
    exchange: Any
    market: Any
    anchors: Any
    desk: Any
    offers: Any
    reader: Any
    residuals: Any
    reconciliation: Any
    sale: Any
    deployer: Any
    site: Site
    """The same contracts and others, by their own names."""
    references: list[int] = field(default_factory=list)
    pool: Any = None
    rewarded: Any = None

    @staticmethod
    def go(time: int) -> None:
        """Mine a block at this time [s]."""
        request("evm_mine", time)

    @staticmethod
    def at(time: int) -> None:
        """Let the next block have exactly this time [s]."""
        request("evm_setNextBlockTimestamp", time)

    def domain(self, contract: Any, name: str) -> dict[str, Any]:
        return domain_of(name, contract.address, chain_id=web3.chain_id)

    # Members

    def join(self, *registrations: tuple[Any, ...], signers: Sequence[str]) -> Any:
        """Register members, each accepted by the named signer."""
        acceptances = [self.accept(terms, signer) for terms, signer in zip(registrations, signers, strict=True)]
        return self.registry.register(list(registrations), acceptances, {"from": actor("operator")})

    def accept(self, terms: tuple[Any, ...], signer: str) -> bytes:
        return sign(key_of(signer), self.domain(self.registry, "Gridleaf MemberRegistry"), REGISTRATION, terms)

    # Freezes

    def freeze(self, account: Any, until: int) -> Any:
        """Freeze an account as the regulator and its second person do."""
        nonce = self.freezes.nonceOf(account)
        terms = (account.address, until, REASON, nonce, FOREVER)
        signature = sign(key_of("freeze_cosigner"), self.domain(self.freezes, "Gridleaf FreezeList"), FREEZE, terms)
        second = (actor("freeze_cosigner"), signature)
        return self.freezes.freeze(account, until, REASON, FOREVER, second, {"from": actor("regulator")})

    def lift(self, account: Any) -> Any:
        terms = (account.address, REASON, self.freezes.nonceOf(account), FOREVER)
        signature = sign(key_of("freeze_cosigner"), self.domain(self.freezes, "Gridleaf FreezeList"), LIFT, terms)
        second = (actor("freeze_cosigner"), signature)
        return self.freezes.lift(account, REASON, FOREVER, second, {"from": actor("regulator")})

    # Devices

    def post_bond(self, owner: str, device: int) -> Any:
        self.mint(actor(owner), BOND)
        self.points.approve(self.devices, BOND, {"from": actor(owner)})
        return self.devices.postBond(device, {"from": actor(owner)})

    def forfeit(self, device: int, beneficiary: Any) -> Any:
        """Forfeit a bond as the regulator and its second person do."""
        count = self.devices.deviceOf(device)["bondCount"]
        terms = (device, beneficiary.address, REASON, count, FOREVER)
        domain = self.domain(self.devices, "Gridleaf DeviceRegistry")
        second = (actor("freeze_cosigner"), sign(key_of("freeze_cosigner"), domain, BOND_FORFEITURE, terms))
        by = {"from": actor("regulator")}
        return self.devices.forfeitBond(device, beneficiary, REASON, FOREVER, second, by)

    # Sheets

    def sheet(
        self, name: str, *, imports: Hours = NOTHING, exports: Hours = NOTHING, day: int = DAY, revision: int = 0
    ) -> tuple[Any, ...]:
        return MEMBER_IDS[name], day, revision, pack(imports), pack(exports)

    def device_sheet(self, owner: str, *, exports: Hours, day: int = DAY, revision: int = 0) -> tuple[Any, ...]:
        """The sheet of a production device's own meter."""
        return FIRST_DEVICE_METER + DEVICE_IDS[owner], day, revision, pack(NOTHING), pack(exports)

    def sign_sheet(self, sheet: tuple[Any, ...], *, key: bytes | None = None) -> bytes:
        names = {index: f"meter of {name}" for name, index in MEMBER_IDS.items()}
        names |= {FIRST_DEVICE_METER + index: f"device of {owner}" for owner, index in DEVICE_IDS.items()}
        meter_key = key or key_of(names[sheet[0]])
        return sign(meter_key, self.domain(self.sheets, "Gridleaf DaySheets"), DAY_SHEET, sheet)

    def submit(self, *sheets: tuple[Any, ...]) -> Any:
        signatures = [self.sign_sheet(sheet) for sheet in sheets]
        return self.sheets.submit(list(sheets), signatures, {"from": actor("stranger")})

    # Points

    def fund(self, name: str, amount: int) -> None:
        """Mint points to a member, in whole cents, and deposit them in its margin account."""
        self.mint(actor(name), -(-amount // CENT) * CENT)
        self.points.approve(self.desk, amount, {"from": actor(name)})
        self.desk.deposit(MEMBER_IDS[name], amount, {"from": actor(name)})

    def mint(self, to: Any, amount: int) -> Any:
        """Mint against a deposit that a second person of the bank confirms."""
        self.references.append(len(self.references) + 1)
        deposit = (to.address, amount, self.references[-1].to_bytes(32, "big"))
        statement = ([deposit], FOREVER)
        domain = self.domain(self.points, "Gridleaf Power Point")
        second = (actor("bank_cosigner"), sign(key_of("bank_cosigner"), domain, DEPOSIT_STATEMENT, statement))
        return self.points.mint(statement, second, {"from": actor("bank")})

    def sign_permit(self, owner: str, amount: int, *, deadline: int) -> tuple[int, bytes, bytes]:
        holder = actor(owner)
        message = (holder.address, self.desk.address, amount, self.points.nonces(holder), deadline)
        signature = sign(key_of(owner), self.domain(self.points, "Gridleaf Power Point"), PERMIT, message)
        return signature[64], signature[:32], signature[32:64]

    # Agreements

    def sign_offer(self, offer: tuple[Any, ...], name: str) -> bytes:
        return sign(key_of(name), self.domain(self.offers, "Gridleaf OfferDesk"), OFFER, offer)

    def match(self, agreement: tuple[Any, ...]) -> tuple[Any, ...]:
        """The offers that two parties sign for one agreement."""
        names = {index: name for name, index in MEMBER_IDS.items()}
        sale, purchase = offers_of(agreement)
        return sale, purchase, self.sign_offer(sale, names[sale[0]]), self.sign_offer(purchase, names[purchase[0]])

    def register(self, *agreements: tuple[Any, ...]) -> list[int]:
        """Register agreements signed by both parties; returns their indices within their days."""
        matches = [self.match(agreement) for agreement in agreements]
        transaction = self.offers.register(matches, {"from": actor("stranger")})
        return [event["id"] & 0xFFFFFFFF for event in transaction.events["AgreementRegistered"]]

    def settle(self, *indices: int, day: int = DAY, by: str = "stranger") -> Any:
        """Settle agreements, not before the submission deadline of their day."""
        self.not_before(DEADLINE + (day - DAY) * 86_400)
        return self.market.settle(day, list(indices), {"from": actor(by)})

    def settle_residual(self, *members: int, day: int = DAY) -> Any:
        """Settle what members metered outside agreements, not before the submission deadline."""
        self.not_before(DEADLINE + (day - DAY) * 86_400)
        return self.residuals.settle(day, list(members), {"from": actor("stranger")})

    def close(self, *defaulted: int, day: int = DAY) -> Any:
        return self.market.close(day, list(defaulted), {"from": actor("stranger")})

    @staticmethod
    def not_before(time: int) -> None:
        if web3.eth.get_block("latest")["timestamp"] < time:
            Region.go(time)

    def balances(self, names: Iterable[str] = MEMBER_IDS) -> dict[str, int]:
        """Free plus reserved points of members [point-wei]."""
        return {name: self.market.freeOf(MEMBER_IDS[name]) + self.market.reservedOf(MEMBER_IDS[name]) for name in names}

    def unbooked(self, *others: int) -> int:
        """Penalties that nobody has claimed: points at the desk less all accounts, reserve and paid deferred credits.

        `others` are members beside those of the region.
        """
        _, paid, collected = self.deferred.totals()
        booked = (
            sum(self.balances().values()) + self.market.totalDebt() + self.market.freeOf(RESERVE) + paid - collected
        )
        booked += sum(self.market.freeOf(member) + self.market.reservedOf(member) for member in others)
        return self.points.balanceOf(self.desk) - booked

    def assert_book_balances(self, unclaimed: int = 0, *, dust: int = 0) -> None:
        """The book adds up to the points that the desk holds, to the wei of dust; all debts are fronted."""
        assert 0 <= self.unbooked() - unclaimed <= dust
        assert self.market.funds() >= 0

    @property
    def deferred(self) -> Any:
        return Contract.from_abi("DeferredCredits", self.market.deferred(), project_of(self.market).DeferredCredits.abi)


def registration(name: str, **changes: Any) -> tuple[Any, ...]:
    """What a newcomer signs: a generator at node 77, but for the changes."""
    terms = {
        "account": actor(name).address,
        "meterKey": actor(f"meter of {name}").address,
        "node": 77,
        "kind": int(Kind.GENERATOR),
        "group": 0,
        "importW": NAMEPLATE,
        "exportW": NAMEPLATE,
        "deadline": FOREVER,
    }
    unknown = changes.keys() - terms.keys()
    assert not unknown, unknown
    return tuple((terms | changes).values())


def device(name: str, **changes: Any) -> tuple[Any, ...]:
    """What the operator records of a member's device: 100 kW of hydro power from today on, but for the changes."""
    terms = {
        "owner": MEMBER_IDS[name],
        "meterKey": actor(f"device of {name}").address,
        "capacityW": NAMEPLATE,
        "commissioningDay": today(),
        "carrier": HYDRO,
        "technology": 0,
        "gridArea": 0,
        "support": 0,
        "declaration": b"\x0d" * 32,
    }
    unknown = changes.keys() - terms.keys()
    assert not unknown, unknown
    return tuple((terms | changes).values())


def today() -> int:
    """The market day of the latest block."""
    hour = int(web3.eth.get_block("latest")["timestamp"]) // 3_600
    return (hour + UTC_OFFSET) // 24


def agreement(**changes: int) -> tuple[int, ...]:
    """10 kWh an hour for the two hours from 08:00 at 0.63 point/kWh from seller to buyer, but for the changes."""
    terms = {
        "seller": MEMBER_IDS["seller"],
        "buyer": MEMBER_IDS["buyer"],
        "whPerHour": 10_000,
        "firstHour": FIRST_HOUR + 8,
        "hourCount": 2,
        "price": 6_300 * TICK,
        "expiry": GATE,
        "salt": 1,
    }
    unknown = changes.keys() - terms.keys()
    assert not unknown, unknown
    return tuple((terms | changes).values())


def offers_of(agreement: tuple[int, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The sale and the purchase, each for the other party alone, that make an agreement; its salt is their nonce."""
    seller, buyer, wh, hour, count, price, expiry, salt = agreement
    terms = (wh, hour, count, price, False, False, expiry, salt)
    return (seller, True, buyer, *terms), (buyer, False, seller, *terms)


def project_of(contract: Any) -> Any:
    """Brownie's project that a contract belongs to."""
    return contract._project
