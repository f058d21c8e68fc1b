"""What sellers of certificates and the meters of corrected days sign."""

from collections.abc import Mapping
from typing import Any

from tests.support.certificates import EXPORTS, PROSUMER, SELLER, ids_of, issue, issue_days
from tests.support.meter_keys import replace_key
from tests.support.papers.paper import Paper, Refusal, Terms
from tests.support.region import (
    DAY,
    DAY_END,
    FIRST_DEVICE_METER,
    MEMBER_IDS,
    NOTHING,
    REASON,
    Region,
    actor,
    only,
    pack,
)
from tests.support.selling import DOMAIN, EXPIRY, IDS, NO_LIMIT, OFFER, PRICE, offer, prepare
from tests.support.signing import DAY_SHEET


class SalePaper(Paper):
    contract, domain, types, signer = "sale", DOMAIN, OFFER, "seller"

    def prepare(self) -> None:
        prepare(self.region)

    def terms(self) -> Terms:
        return offer(wh=5)

    def others(self) -> Mapping[str, Any]:
        parties = {"seller": actor("second_seller").address, "buyer": actor("buyer").address}
        goods = {"ids": tuple(ids_of(SELLER, (9,))), "wh": 6, "price": PRICE - 1}
        return {**parties, **goods, "expiry": EXPIRY - 1}

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        return self.region.sale.buy(terms, signature, [(0, 5)], NO_LIMIT, EXPIRY, {"from": actor("buyer")})

    def refusal(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "CertificateSale_BadSignature", terms[0], self.digest(terms)

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "CertificateSale_AboveOffer", 0, 5

    def of_wallet(self, wallet: Any) -> Terms:
        """The wallet takes the seller's place as a member, with certificates that the sale may move."""
        self.region.registry.proposeAccount(wallet, {"from": actor("second_seller")})
        certificates, registry = self.region.certificates, self.region.registry
        owner = {"from": actor("wallet owner")}
        wallet.execute(registry, registry.acceptAccount.encode_input(MEMBER_IDS["second_seller"]), owner)
        wallet.execute(certificates, certificates.setApprovalForAll.encode_input(self.region.sale, True), owner)
        certificates.safeTransferFrom(actor("seller"), wallet, IDS[0], 5, b"", {"from": actor("seller")})
        return self.changed(self.terms(), "seller", wallet.address)


class CorrectionPaper(Paper):
    """A day sheet that corrects certificates: the same message as before they were issued."""

    contract, domain, types, signer = "sheets", "Gridleaf DaySheets", DAY_SHEET, "device of seller"

    def prepare(self) -> None:
        Region.go(DAY_END)
        self.region.submit(self.region.device_sheet("prosumer", exports=EXPORTS))
        issue_days(self.region, {DAY: EXPORTS, DAY + 1: EXPORTS})
        issue(self.region, PROSUMER)

    def terms(self) -> Terms:
        return FIRST_DEVICE_METER + SELLER, DAY, 1, pack(NOTHING), pack(only({9: 100_002}))

    def others(self) -> Mapping[str, Any]:
        registers = {"importWh": pack(only({7: 1})), "exportWh": pack(only({9: 100_003}))}
        return {"meter": FIRST_DEVICE_METER + PROSUMER, "day": DAY + 1, "revision": 2, **registers}

    def send(self, terms: Terms, account: Any, signature: bytes) -> Any:
        return self.region.certificates.correct(terms, signature, REASON, {"from": actor("issuer")})

    def refusal(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        key = self.region.devices.meterOf(terms[0])["key"]
        return "GreenCertificate_BadSignature", terms[0] - FIRST_DEVICE_METER, key

    def replayed(self, terms: Terms, account: Any, signature: bytes) -> Refusal:
        return "GreenCertificate_RevisionRefused", SELLER, DAY, 1, 1

    def of_wallet(self, wallet: Any) -> Terms:
        replace_key(self.region, FIRST_DEVICE_METER + SELLER, wallet, signer="seller")
        return self.terms()
