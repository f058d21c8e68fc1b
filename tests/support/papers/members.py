"""What members and their meters sign."""

from collections.abc import Mapping
from typing import Any, ClassVar

from brownie import ZERO_ADDRESS

from tests.support.meter_keys import number_of, registry_of, replace_key
from tests.support.papers.paper import Paper, Refusal, Terms
from tests.support.region import (
    DAY,
    DAY_END,
    DEVICE_IDS,
    FIRST_DEVICE_METER,
    FIRST_HOUR,
    FOREVER,
    MEMBER_IDS,
    NAMEPLATE,
    POINT,
    TICK,
    Kind,
    Region,
    actor,
    device,
    only,
    pack,
    registration,
)
from tests.support.signing import DAY_SHEET, METER_KEY_CONSENT, OFFER, PERMIT, REGISTRATION, key_of

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
        self.region.submit(self.region.sheet("prosumer", revision=1))
        return "DaySheets_RevisionRefused", terms[0], terms[1], 0, 1

    def of_wallet(self, wallet: Any) -> Terms:
        replace_key(self.region, MEMBER_IDS["prosumer"], wallet, signer="prosumer")
        return self.terms()


class OfferPaper(Paper):
    contract, domain, types, signer = "offers", "Gridleaf OfferDesk", OFFER, "prosumer"

    def terms(self) -> Terms:
        return MEMBER_IDS["prosumer"], True, 0, 10_000, FIRST_HOUR + 8, 2, 6_300 * TICK, False, False, FOREVER, 7

    def others(self) -> Mapping[str, Any]:
        parties = {"member": MEMBER_IDS["second_seller"], "selling": False, "counterparty": MEMBER_IDS["buyer"]}
        window = {"whPerHour": 10_001, "firstHour": FIRST_HOUR + 9, "hourCount": 3}
        return {
            **parties, **window, "price": 6_301 * TICK, "bundled": True, "partialFill": True, "expiry": FOREVER - 1,
        }  # fmt: skip

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        """Somebody else signs whatever crosses the offer."""
        selling = terms[1]
        other = "buyer" if selling else "second_seller"
        counter = (MEMBER_IDS[other], not selling, 0, *terms[3:8], False, FOREVER, 1)
        both = [(terms, signature), (counter, self.sign(counter, key=key_of(other)))]
        (sale, by_seller), (purchase, by_buyer) = both if selling else reversed(both)
        return self.region.offers.register([(sale, purchase, by_seller, by_buyer)], {"from": actor("stranger")})

    def refusal(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "OfferDesk_BadSignature", terms[0], self.digest(terms)

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "OfferDesk_NonceUsed", terms[0], terms[-1]

    def of_wallet(self, wallet: Any) -> Terms:
        join_wallet(self.region, wallet, kind=int(Kind.PROSUMER), exportW=NAMEPLATE)
        self.region.mint(actor("stranger"), 100 * POINT)
        self.region.points.approve(self.region.desk, 100 * POINT, {"from": actor("stranger")})
        self.region.desk.deposit(NEWCOMER_ID, 100 * POINT, {"from": actor("stranger")})
        return self.changed(self.terms(), "member", NEWCOMER_ID)


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


def join_wallet(region: Region, wallet: Any, **terms: int) -> None:
    """Register a contract account as the newcomer."""
    paper, accepted = RegistrationPaper(region), registration("newcomer", account=wallet.address, **terms)
    paper.send(accepted, wallet, paper.sign(accepted, key=key_of("wallet owner")))


class KeyPaper(Paper):
    """The next key of a meter, by the account that it stands for."""

    types = METER_KEY_CONSENT
    meters: ClassVar[tuple[int, int]]  # the signer's and somebody else's

    def terms(self) -> Terms:
        return self.meters[0], actor("next meter").address, 0, FOREVER

    def others(self) -> Mapping[str, Any]:
        return {"meter": self.meters[1], "meterKey": actor("stranger").address, "deadline": FOREVER - 1}

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        meter, key, _, deadline = terms
        by = {"from": actor("operator")}
        return registry_of(self.region, meter).replaceMeterKey(number_of(meter), key, deadline, signature, by)

    def refusal(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "MeterKeyConsent_BadSignature", self.account_of(terms[0]), self.digest(terms)

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        registry_of(self.region, terms[0]).revokeMeterKey(number_of(terms[0]), {"from": actor("operator")})
        return self.refusal(self.changed(terms, "keyChanges", 2), account, signature)

    def account_of(self, meter: int) -> str:
        raise NotImplementedError


class MemberKeyPaper(KeyPaper):
    contract, domain, signer = "registry", "Gridleaf MemberRegistry", "prosumer"
    meters = MEMBER_IDS["prosumer"], MEMBER_IDS["seller"]

    def account_of(self, meter: int) -> str:
        return str(self.region.registry.member(meter)["account"])

    def of_wallet(self, wallet: Any) -> Terms:
        join_wallet(self.region, wallet)
        return self.changed(self.terms(), "meter", NEWCOMER_ID)


class DeviceKeyPaper(KeyPaper):
    contract, domain, signer = "devices", "Gridleaf DeviceRegistry", "seller"
    meters = FIRST_DEVICE_METER + DEVICE_IDS["seller"], FIRST_DEVICE_METER + DEVICE_IDS["prosumer"]

    def account_of(self, meter: int) -> str:
        owner = self.region.devices.deviceOf(number_of(meter))["owner"]
        return str(self.region.registry.member(owner)["account"])

    def of_wallet(self, wallet: Any) -> Terms:
        join_wallet(self.region, wallet)
        number = self.region.devices.register([device("seller", owner=NEWCOMER_ID)], {"from": actor("operator")})
        return self.changed(self.terms(), "meter", FIRST_DEVICE_METER + int(number.return_value))


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
