"""What second persons and the utility sign."""

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.support.bank import BILL, bill_of, reference
from tests.support.papers.paper import Paper, Refusal, Terms
from tests.support.region import BOND, FOREVER, POINT, REASON, START, actor
from tests.support.signing import BOND_FORFEITURE, DEPOSIT_STATEMENT, FREEZE, LIFT


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
