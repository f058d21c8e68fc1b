"""Every message that somebody signs: how it is handed in, how a false signature is refused, and how a second use is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from bank import BILL, bill_of, reference
from brownie import ZERO_ADDRESS, web3
from region import (
    BOND,
    DAY,
    DAY_END,
    FOREVER,
    MEMBER_IDS,
    NAMEPLATE,
    POINT,
    REASON,
    START,
    TICK,
    Kind,
    Region,
    actor,
    agreement,
    only,
    pack,
    registration,
)
from signing import (
    AGREEMENT,
    BOND_FORFEITURE,
    DAY_SHEET,
    DEPOSIT_STATEMENT,
    FREEZE,
    LIFT,
    PERMIT,
    REGISTRATION,
    digest,
    domain_of,
    key_of,
    sign,
    signer_of,
)

Terms = tuple[Any, ...]
Refusal = tuple[Any, ...]
NEWCOMER_ID = len(MEMBER_IDS) + 1


@dataclass
class Paper:
    """A message of one type, with the terms that everybody in the test region would accept."""

    region: Region
    contract: ClassVar[str]
    domain: ClassVar[str]
    types: ClassVar[dict[str, Any]]
    signer: ClassVar[str]
    by_contract_accounts: ClassVar[bool] = True
    as_bytes: ClassVar[bool] = True  # handed in whole, not as v, r, s

    @property
    def target(self) -> Any:
        return getattr(self.region, self.contract)

    def prepare(self) -> None:
        """Bring about what the message needs."""

    def terms(self) -> Terms:
        raise NotImplementedError

    def others(self) -> Mapping[str, Any]:
        """Another acceptable value for every field that the caller hands in."""
        raise NotImplementedError

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        raise NotImplementedError

    def refusal(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        """The error for a signature that is not the account's."""
        raise NotImplementedError

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        """The error for a second use, once what happened has been undone as far as it can be."""
        raise NotImplementedError

    def of_wallet(self, wallet: Any) -> Terms:
        """The terms once a contract account has taken the signer's place."""
        raise NotImplementedError

    def sign(self, terms: Terms, *, key: bytes | None = None, chain_shift: int = 0, contract: str = "") -> bytes:
        chain_id = web3.eth.chain_id + chain_shift
        domain = domain_of(self.domain, contract or self.target.address, chain_id=chain_id)
        return sign(key or key_of(self.signer), domain, self.types, terms)

    def digest(self, terms: Terms) -> bytes:
        return digest(self.region.domain(self.target, self.domain), self.types, terms)

    def changed(self, terms: Terms, name: str, value: Any) -> Terms:
        names = [field["name"] for field in next(iter(self.types.values()))]
        return tuple(value if name == field else old for field, old in zip(names, terms, strict=True))

    def recovered(self, terms: Terms, signature: bytes) -> str:
        """The account that a signature points to, as ecrecover would have it; none where it is malformed."""
        canonical = len(signature) == 65 and int.from_bytes(signature[32:64], "big") < 2**255
        return signer_of(self.digest(terms), signature) if canonical else ZERO_ADDRESS


class SheetPaper(Paper):
    contract, domain, types, signer = "sheets", "Gridleaf DaySheets", DAY_SHEET, "meter of prosumer"

    def prepare(self) -> None:
        Region.go(DAY_END)

    def terms(self) -> Terms:
        return self.region.sheet("prosumer", imports=only({7: 5_000}), exports=only({12: 9_000}))

    def others(self) -> Mapping[str, Any]:
        registers = {"importWh": pack(only({7: 1})), "exportWh": pack(only({13: 9_000}))}
        return {"meter": MEMBER_IDS["seller"], "day": DAY - 1, "revision": 1, **registers}

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        return self.region.sheets.submit([terms], [signature], {"from": actor("stranger")})

    def refusal(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        key = self.region.registry.meterOf(terms[0])["key"]
        return "DaySheets_BadSignature", terms[0], self.recovered(terms, signature), key

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "DaySheets_RevisionRefused", terms[0], terms[1], 0, 0

    def of_wallet(self, wallet: Any) -> Terms:
        self.region.registry.replaceMeterKey(MEMBER_IDS["prosumer"], wallet, {"from": actor("operator")})
        return self.terms()


class AgreementPaper(Paper):
    contract, domain, types = "market", "Gridleaf BilateralMarket", AGREEMENT
    place: ClassVar[int]  # of the signer among the fields

    def terms(self) -> Terms:
        return agreement()

    def others(self) -> Mapping[str, Any]:
        _, _, energy, hour, count, price, expiry, salt = self.terms()
        parties = {"seller": MEMBER_IDS["second_seller"], "buyer": MEMBER_IDS["second_buyer"]}
        window = {"whPerHour": energy + 1, "firstHour": hour + 1, "hourCount": count + 1}
        return {**parties, **window, "price": price + TICK, "expiry": expiry - 1, "salt": salt + 1}

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        names = {index: name for name, index in MEMBER_IDS.items()}
        both = [b"" if member not in names else self.sign(terms, key=key_of(names[member])) for member in terms[:2]]
        both[self.place] = signature
        return self.region.market.register([terms], [both[0]], [both[1]], {"from": actor("stranger")})

    def refusal(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "BilateralMarket_BadSignature", terms[self.place], int.from_bytes(self.digest(terms), "big")

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "BilateralMarket_AgreementUsed", int.from_bytes(self.digest(terms), "big")

    def of_wallet(self, wallet: Any) -> Terms:
        kind, exports = ((Kind.GENERATOR, NAMEPLATE), (Kind.CONSUMER, 0))[self.place]
        newcomer = RegistrationPaper(self.region)
        terms = registration("newcomer", account=wallet.address, kind=int(kind), exportW=exports)
        newcomer.send(terms, wallet, newcomer.sign(terms, key=key_of("wallet owner")))
        self.region.mint(actor("stranger"), 100 * POINT)
        self.region.points.approve(self.region.market, 100 * POINT, {"from": actor("stranger")})
        self.region.market.deposit(NEWCOMER_ID, 100 * POINT, {"from": actor("stranger")})
        return self.changed(self.terms(), ("seller", "buyer")[self.place], NEWCOMER_ID)


class SellerPaper(AgreementPaper):
    signer, place = "seller", 0


class BuyerPaper(AgreementPaper):
    signer, place = "buyer", 1


class RegistrationPaper(Paper):
    contract, domain, types, signer = "registry", "Gridleaf MemberRegistry", REGISTRATION, "newcomer"

    def terms(self) -> Terms:
        return registration("newcomer")

    def others(self) -> Mapping[str, Any]:
        addresses = {"account": actor("stranger").address, "meterKey": actor("stranger").address}
        capacities = {"importW": NAMEPLATE + 1, "exportW": NAMEPLATE + 1}
        return {**addresses, **capacities, "node": 1, "kind": int(Kind.PROSUMER), "group": 5, "deadline": FOREVER - 1}

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        return self.region.registry.register([terms], [signature], {"from": actor("operator")})

    def refusal(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "MemberRegistry_BadAcceptance", terms[0], self.digest(terms)

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "MemberRegistry_AccountTaken", terms[0], NEWCOMER_ID

    def of_wallet(self, wallet: Any) -> Terms:
        return registration("newcomer", account=wallet.address)


class CoSignedPaper(Paper):
    """Signed by the holder of a role."""

    role: ClassVar[str]

    def refusal(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "TwoPersonRule_BadSignature", account, self.digest(terms)

    def of_wallet(self, wallet: Any) -> Terms:
        role = getattr(self.region.roles, self.role)()
        self.region.roles.grantRole(role, wallet, 0, {"from": self.region.deployer})
        return self.terms()


class FreezePaper(CoSignedPaper):
    contract, domain, types, signer, role = (
        "freezes", "Gridleaf FreezeList", FREEZE, "freeze_cosigner", "FREEZE_COSIGNER",
    )  # fmt: skip

    def terms(self) -> Terms:
        return actor("buyer").address, START + 10 * 86_400, REASON, 0, FOREVER

    def others(self) -> Mapping[str, Any]:
        until = {"until": START + 11 * 86_400}
        return {"account": actor("seller").address, **until, "reason": b"\x0b" * 32, "deadline": FOREVER - 1}

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        held, until, reason, _, deadline = terms
        by = {"from": actor("regulator")}
        return self.region.freezes.freeze(held, until, reason, deadline, (account, signature), by)

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        self.region.lift(actor("buyer"))
        return self.refusal(self.changed(terms, "nonce", 2), account, signature)


class LiftPaper(CoSignedPaper):
    contract, domain, types, signer, role = (
        "freezes", "Gridleaf FreezeList", LIFT, "freeze_cosigner", "FREEZE_COSIGNER",
    )  # fmt: skip

    def prepare(self) -> None:
        for name in ("buyer", "seller"):
            self.region.freeze(actor(name), START + 10 * 86_400)

    def terms(self) -> Terms:
        return actor("buyer").address, REASON, 1, FOREVER

    def others(self) -> Mapping[str, Any]:
        return {"account": actor("seller").address, "reason": b"\x0b" * 32, "deadline": FOREVER - 1}

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        held, reason, _, deadline = terms
        return self.region.freezes.lift(held, reason, deadline, (account, signature), {"from": actor("regulator")})

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        self.region.freeze(actor("buyer"), START + 10 * 86_400)
        return self.refusal(self.changed(terms, "nonce", 3), account, signature)


class ForfeiturePaper(CoSignedPaper):
    contract, domain, types, signer, role = (
        "devices", "Gridleaf DeviceRegistry", BOND_FORFEITURE, "freeze_cosigner", "FREEZE_COSIGNER",
    )  # fmt: skip

    def terms(self) -> Terms:
        return 1, actor("stranger").address, REASON, 1, FOREVER

    def others(self) -> Mapping[str, Any]:
        terms = {"device": 2, "beneficiary": actor("regulator").address}
        return {**terms, "reason": b"\x0b" * 32, "deadline": FOREVER - 1}

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        device, beneficiary, reason, _, deadline = terms
        by = {"from": actor("regulator")}
        return self.region.devices.forfeitBond(device, beneficiary, reason, deadline, (account, signature), by)

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        self.region.post_bond("seller", 1)
        return self.refusal(self.changed(terms, "bondCount", 2), account, signature)


class StatementPaper(CoSignedPaper):
    contract, domain, types, signer, role = (
        "points", "Gridleaf Power Point", DEPOSIT_STATEMENT, "bank_cosigner", "BANK_COSIGNER",
    )  # fmt: skip

    def terms(self) -> Terms:
        return [(actor("buyer").address, POINT, reference("paper"))], FOREVER

    def others(self) -> Mapping[str, Any]:
        return {"deposits": [(actor("stranger").address, POINT, reference("paper"))], "deadline": FOREVER - 1}

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        return self.region.points.mint(terms, (account, signature), {"from": actor("bank")})

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "PowerPoint_ReferenceUsed", reference("paper")


class BillPaper(CoSignedPaper):
    contract, domain, types, signer, role = ("points", "Gridleaf Power Point", BILL, "utility", "UTILITY")

    def prepare(self) -> None:
        self.region.mint(actor("buyer"), BOND)

    def terms(self) -> Terms:
        return bill_of(actor("buyer"), POINT)

    def others(self) -> Mapping[str, Any]:
        amount = {"amount": 2 * POINT}
        return {"payer": actor("seller").address, **amount, "billId": reference("other"), "deadline": FOREVER - 1}

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        return self.region.points.payBill(terms, (account, signature), {"from": actor("buyer")})

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "PowerPoint_BillPaid", account, terms[2]


class PermitPaper(Paper):
    contract, domain, types, signer = "points", "Gridleaf Power Point", PERMIT, "buyer"
    by_contract_accounts = as_bytes = False

    def terms(self) -> Terms:
        return actor("buyer").address, actor("stranger").address, POINT, 0, FOREVER

    def others(self) -> Mapping[str, Any]:
        parties = {"owner": actor("seller").address, "spender": actor("seller").address}
        return {**parties, "value": 2 * POINT, "deadline": FOREVER - 1}

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        owner, spender, value, _, deadline = terms
        v, r, s = signature[64], signature[:32], signature[32:64]
        return self.region.points.permit(owner, spender, value, deadline, v, r, s, {"from": actor("stranger")})

    def refusal(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        if self.recovered(terms, signature) == ZERO_ADDRESS:
            return "ECDSAInvalidSignatureS", signature[32:64]
        return "ERC2612InvalidSigner", self.recovered(terms, signature), terms[0]

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return self.refusal(self.changed(terms, "nonce", 1), account, signature)


PAPERS = (
    SheetPaper,
    SellerPaper,
    BuyerPaper,
    RegistrationPaper,
    FreezePaper,
    LiftPaper,
    ForfeiturePaper,
    StatementPaper,
    BillPaper,
    PermitPaper,
)
