"""What members and their meters sign."""

from collections.abc import Mapping
from typing import Any, ClassVar

from brownie import ZERO_ADDRESS
from paper import Paper, Refusal, Terms
from region import (
    DAY,
    DAY_END,
    FOREVER,
    MEMBER_IDS,
    NAMEPLATE,
    POINT,
    TICK,
    Kind,
    Region,
    actor,
    agreement,
    only,
    pack,
    registration,
)
from signing import AGREEMENT, DAY_SHEET, PERMIT, REGISTRATION, key_of

NEWCOMER_ID = len(MEMBER_IDS) + 1


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
