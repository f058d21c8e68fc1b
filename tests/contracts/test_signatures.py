import pytest

from tests.support.papers.certificates import CorrectionPaper, SalePaper
from tests.support.papers.members import (
    DeviceKeyPaper,
    MemberKeyPaper,
    OfferPaper,
    PermitPaper,
    RegistrationPaper,
    SheetPaper,
)
from tests.support.papers.roles import BillPaper, ForfeiturePaper, FreezePaper, LiftPaper, StatementPaper
from tests.support.region import actor
from tests.support.reverts import reverts
from tests.support.signing import key_of, malleated

PAPERS = (
    SheetPaper,
    OfferPaper,
    RegistrationPaper,
    MemberKeyPaper,
    DeviceKeyPaper,
    PermitPaper,
    FreezePaper,
    LiftPaper,
    ForfeiturePaper,
    StatementPaper,
    BillPaper,
    SalePaper,
    CorrectionPaper,
)
ELSEWHERE = "0x" + "e1" * 20

FORGERIES = {
    "made for another chain": lambda paper, terms: paper.sign(terms, chain_shift=1),
    "made for another contract": lambda paper, terms: paper.sign(terms, contract=ELSEWHERE),
    "by somebody else": lambda paper, terms: paper.sign(terms, key=key_of("stranger")),
    "malleated": lambda paper, terms: malleated(paper.sign(terms)),
    "one byte short": lambda paper, terms: paper.sign(terms)[:-1],
    "too long": lambda paper, terms: paper.sign(terms) + b"\0",
    "empty": lambda paper, terms: b"",
}
MALFORMED = ("one byte short", "too long", "empty")

every_paper = pytest.mark.parametrize("kind", PAPERS, ids=lambda kind: kind.__name__)


@pytest.fixture
def paper(region, kind):
    prepared = kind(region)
    prepared.prepare()
    return prepared


@every_paper
def test_a_signed_message_counts_once(paper):
    terms, account = paper.terms(), actor(paper.signer)
    signature = paper.sign(terms)
    paper.send(terms, account, signature)
    error = paper.replayed(terms, account, signature)
    with reverts(*error):
        paper.send(terms, account, signature)


@pytest.mark.parametrize(
    ("kind", "forgery"),
    [(kind, forgery) for kind in PAPERS for forgery in FORGERIES if kind.as_bytes or forgery not in MALFORMED],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_forged_signature_is_refused(paper, forgery):
    terms, account = paper.terms(), actor(paper.signer)
    signature = FORGERIES[forgery](paper, terms)
    with reverts(*paper.refusal(terms, account, signature)):
        paper.send(terms, account, signature)
    paper.send(terms, account, paper.sign(terms))


@every_paper
def test_a_signature_carries_to_no_other_terms(paper):
    terms, account = paper.terms(), actor(paper.signer)
    signature = paper.sign(terms)
    handed_in = {field["name"] for field in next(iter(paper.types.values()))} - {"nonce", "bondCount", "keyChanges"}
    assert paper.others().keys() == handed_in
    for name, value in paper.others().items():
        other = paper.changed(terms, name, value)
        assert other != terms
        with reverts(*paper.refusal(other, account, signature)):
            paper.send(other, account, signature)


@pytest.mark.parametrize("kind", [kind for kind in PAPERS if kind.by_contract_accounts], ids=lambda kind: kind.__name__)
def test_a_contract_account_signs_as_its_owner_does(paper, harness):
    wallet = harness["ContractWallet"].deploy(actor("wallet owner"), {"from": actor("deployer")})
    terms = paper.of_wallet(wallet)
    with reverts(*paper.refusal(terms, wallet, paper.sign(terms, key=key_of("stranger")))):
        paper.send(terms, wallet, paper.sign(terms, key=key_of("stranger")))
    paper.send(terms, wallet, paper.sign(terms, key=key_of("wallet owner")))
