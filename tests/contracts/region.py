"""A market region as tests use it: contracts, actors by role, and the papers they sign."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from brownie import accounts, web3
from signing import AGREEMENT, DAY_SHEET, PERMIT, domain_of, key_of, sign

UTC_OFFSET: Final = 1  # [h]
START: Final = 4_102_444_800  # 2100-01-01 00:00 UTC; ahead of every host's clock, so that runs are alike [s]
DAY: Final = START // 86_400 + 1  # the market day of delivery: 2100-01-02, local time
FIRST_HOUR: Final = DAY * 24 - UTC_OFFSET  # its first unix hour
DAY_END: Final = (FIRST_HOUR + 24) * 3_600  # [s]
POINT: Final = 10**18  # [point-wei]
TICK: Final = 10**14  # [point-wei/kWh]
FEED_IN: Final = 4_000 * TICK
PURCHASE: Final = 7_500 * TICK
GRID_FEE: Final = 400 * TICK
HYDRO: Final = 3  # a renewable carrier code
COAL: Final = 9  # one that is not
NAMEPLATE: Final = 100_000  # [W]
NOTHING: Final = (0,) * 24

Hours = Sequence[int]


class Kind(IntEnum):
    """MemberKind of the registry."""

    GENERATOR = 0
    CONSUMER = 1
    PROSUMER = 2
    GRID_COMPANY = 3


# Role names, the functions each one opens.
ROLES: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "OPERATOR": [("registry", "register")],
    "BANK": [("points", "mint")],
    "REGULATOR": [
        ("certificates", "setRenewableCarriers"),
        ("quota", "grant"),
        ("quota", "surrender"),
        ("anchors", "registerChain"),
    ],
    "CARBON_PROVIDER": [("ledger", "post")],
    "GUARDIAN": [("market", "pause"), ("market", "unpause")],
    "RELAYER": [("anchors", "anchor")],
}
# Members in the order of their ids, which start at 1.
MEMBERS: Final[Sequence[tuple[str, Kind, int, int]]] = (
    ("grid_company", Kind.GRID_COMPANY, 0, 10_000_000),
    ("seller", Kind.GENERATOR, HYDRO, NAMEPLATE),
    ("buyer", Kind.CONSUMER, 0, NAMEPLATE),
    ("prosumer", Kind.PROSUMER, HYDRO, NAMEPLATE),
    ("second_seller", Kind.GENERATOR, COAL, NAMEPLATE),
    ("second_buyer", Kind.CONSUMER, 0, NAMEPLATE),
)
MEMBER_IDS: Final = {name: index for index, (name, *_) in enumerate(MEMBERS, start=1)}


def actor(name: str) -> Any:
    """An account with a name, the same in every run."""
    return accounts.add(key_of(name))


def pack(hours: Hours) -> tuple[int, int, int]:
    """24 hourly energies [Wh], eight uint32 to a word, hour 0 in the lowest bits."""
    words = [sum(wh << (32 * place) for place, wh in enumerate(hours[start : start + 8])) for start in (0, 8, 16)]
    return words[0], words[1], words[2]


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
    registry: Any
    sheets: Any
    points: Any
    certificates: Any
    ledger: Any
    quota: Any
    market: Any
    anchors: Any
    deployer: Any
    references: list[int] = field(default_factory=list)

    @staticmethod
    def go(time: int) -> None:
        """Mine a block at this time [s]."""
        _request("evm_mine", time)

    @staticmethod
    def at(time: int) -> None:
        """Let the next block have exactly this time [s]."""
        _request("evm_setNextBlockTimestamp", time)

    def domain(self, contract: Any, name: str) -> dict[str, Any]:
        return domain_of(name, contract.address, chain_id=web3.eth.chain_id)

    # Sheets

    def sheet(
        self, name: str, *, imports: Hours = NOTHING, exports: Hours = NOTHING, day: int = DAY, revision: int = 0
    ) -> tuple[Any, ...]:
        return MEMBER_IDS[name], day, revision, pack(imports), pack(exports)

    def sign_sheet(self, sheet: tuple[Any, ...], *, key: bytes | None = None) -> bytes:
        names = {index: name for name, index in MEMBER_IDS.items()}
        meter_key = key or key_of(f"meter of {names[sheet[0]]}")
        return sign(meter_key, self.domain(self.sheets, "Gridleaf DaySheets"), DAY_SHEET, sheet)

    def submit(self, *sheets: tuple[Any, ...]) -> Any:
        signatures = [self.sign_sheet(sheet) for sheet in sheets]
        return self.sheets.submit(list(sheets), signatures, {"from": actor("stranger")})

    # Points

    def fund(self, name: str, amount: int) -> None:
        """Mint points to a member and deposit them in its margin account."""
        self.mint(actor(name), amount)
        self.points.approve(self.market, amount, {"from": actor(name)})
        self.market.deposit(MEMBER_IDS[name], amount, {"from": actor(name)})

    def mint(self, to: Any, amount: int) -> Any:
        self.references.append(len(self.references) + 1)
        return self.points.mint(to, amount, self.references[-1], {"from": actor("bank")})

    def sign_permit(self, owner: str, amount: int, *, deadline: int) -> tuple[int, bytes, bytes]:
        holder = actor(owner)
        message = (holder.address, self.market.address, amount, self.points.nonces(holder), deadline)
        signature = sign(key_of(owner), self.domain(self.points, "Gridleaf Power Point"), PERMIT, message)
        return signature[64], signature[:32], signature[32:64]

    # Agreements

    def sign_agreement(self, agreement: tuple[Any, ...], name: str) -> bytes:
        domain = self.domain(self.market, "Gridleaf BilateralMarket")
        return sign(key_of(name), domain, AGREEMENT, agreement)

    def register(self, *agreements: tuple[Any, ...]) -> list[int]:
        """Register agreements signed by both parties; returns their ids."""
        names = {index: name for name, index in MEMBER_IDS.items()}
        by_sellers = [self.sign_agreement(agreement, names[agreement[0]]) for agreement in agreements]
        by_buyers = [self.sign_agreement(agreement, names[agreement[1]]) for agreement in agreements]
        transaction = self.market.register(list(agreements), by_sellers, by_buyers, {"from": actor("stranger")})
        return [event["id"] for event in transaction.events["AgreementRegistered"]]

    def balances(self, names: Iterable[str] = MEMBER_IDS) -> dict[str, int]:
        """Free plus reserved points of members [point-wei]."""
        return {name: self.market.freeOf(MEMBER_IDS[name]) + self.market.reservedOf(MEMBER_IDS[name]) for name in names}

    def assert_book_balances(self) -> None:
        """The accounts add up to the points that the market holds, to the wei; all debts are fronted."""
        booked = sum(self.balances().values()) + self.market.totalDebt()
        assert booked == self.points.balanceOf(self.market)
        assert self.market.freeOf(MEMBER_IDS["grid_company"]) >= 0


def agreement(**changes: int) -> tuple[int, ...]:
    """10 kWh an hour for the two hours from 08:00 at 0.63 point/kWh from seller to buyer, but for the changes."""
    terms = {
        "seller": MEMBER_IDS["seller"],
        "buyer": MEMBER_IDS["buyer"],
        "whPerHour": 10_000,
        "firstHour": FIRST_HOUR + 8,
        "hourCount": 2,
        "price": 6_300 * TICK,
        "expiry": (FIRST_HOUR + 8) * 3_600,
        "salt": 1,
    }
    unknown = changes.keys() - terms.keys()
    assert not unknown, unknown
    return tuple((terms | changes).values())


def _request(method: str, argument: int) -> None:
    answer = web3.provider.make_request(method, [argument])
    assert "error" not in answer, answer
