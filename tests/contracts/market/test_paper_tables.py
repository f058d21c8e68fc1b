"""Tables 1 and 2 of Xiong et al. 2023 out of the contracts, rulebook `Paper`: 30 members, their meters and signatures.

Energy is in Wh, money in point-wei and weights in WAD; the paper's yuan, kWh and points are the same by powers of ten.
"""

from dataclasses import replace
from fractions import Fraction

import pytest

from offchain.market.paper import settle_paper_day
from offchain.market.paper_files import read_paper_day
from offchain.market.rulebooks import PAPER
from tests.support.deploying import deploy_market
from tests.support.paper_tables import NOT_REPRODUCED, VECTORS, compare
from tests.support.region import (
    DAY,
    DAY_END,
    DEADLINE,
    FIRST_HOUR,
    FOREVER,
    NAMEPLATE,
    POINT,
    Kind,
    Region,
    actor,
    agreement,
    offers_of,
    only,
    pack,
    registration,
)
from tests.support.region import fields as plain_fields
from tests.support.reverts import reverts
from tests.support.signing import DAY_SHEET, OFFER, key_of, sign

NODES, TARIFFS = read_paper_day(VECTORS)
HOUR = 8
DEPOSIT = 15_000 * POINT  # a hundred times the loss is to be reserved
NONCE = 1


def by(name):
    return {"from": actor(name)}


def name_of(node):
    return f"node {node.node}"


@pytest.fixture
def paper(region, project):
    """A market of its own, with rulebook `Paper` and the nodes' weights of the table."""
    other = replace(region)
    deploy_market(other, rulebook=PAPER)
    other.fund("grid_company", 1_000 * POINT)
    return other


def join(paper):
    """Register the nodes as members, with margins and weights; returns their ids."""
    first = paper.registry.memberCount() + 1
    terms = [
        registration(
            name_of(node),
            kind=int(Kind.GENERATOR if node.sells else Kind.CONSUMER),
            importW=4 * NAMEPLATE,
            exportW=4 * NAMEPLATE if node.sells else 0,
        )
        for node in NODES
    ]
    paper.join(*terms, signers=[name_of(node) for node in NODES])
    ids = {node.node: first + place for place, node in enumerate(NODES)}
    paper.mint(actor("stranger"), len(NODES) * DEPOSIT)
    paper.points.approve(paper.desk, len(NODES) * DEPOSIT, by("stranger"))
    for node in NODES:
        paper.desk.deposit(ids[node.node], DEPOSIT, by("stranger"))
        paper.market.enterWeight(ids[node.node], int(node.weight * 10**16), {"from": paper.deployer})
    return ids


def agree(paper, ids):
    """Register the 15 contracts of the tables; returns the node that sells by the agreement's index."""
    sellers = [node for node in NODES if node.sells]
    paper.offers.register([match_of(paper, ids, node) for node in sellers], by("stranger"))
    return dict(enumerate(sellers))


def match_of(paper, ids, node, *, hour=HOUR, nonce=NONCE):
    """What a node that sells and its partner sign."""
    domain = paper.domain(paper.offers, "Gridleaf OfferDesk")
    terms = agreement(
        seller=ids[node.node],
        buyer=ids[node.partner],
        whPerHour=int(node.contracted * 1_000),
        firstHour=FIRST_HOUR + hour,
        hourCount=1,
        price=int(node.price * POINT),
        expiry=FOREVER,
        salt=nonce,
    )
    sale, purchase = offers_of(terms)
    keys = key_of(name_of(node)), key_of(f"node {node.partner}")
    return sale, purchase, sign(keys[0], domain, OFFER, sale), sign(keys[1], domain, OFFER, purchase)


def measure(paper, ids):
    Region.go(DAY_END)
    domain = paper.domain(paper.sheets, "Gridleaf DaySheets")
    sheets, signatures = [], []
    for node in NODES:
        words, nothing = pack(only({HOUR: int(node.actual * 1_000)})), pack(only({}))
        registers = (nothing, words) if node.sells else (words, nothing)
        sheets.append((ids[node.node], DAY, 0, *registers))
        signatures.append(sign(key_of(f"meter of {name_of(node)}"), domain, DAY_SHEET, sheets[-1]))
    paper.sheets.submit(sheets, signatures, by("stranger"))


def settled_on_chain(paper):
    """The day of the tables: what each node's contract came to, in yuan and points."""
    ids = join(paper)
    sellers = agree(paper, ids)
    measure(paper, ids)
    Region.go(DEADLINE)
    events = paper.market.settle(DAY, list(sellers), by("stranger")).events
    results = {}
    for name in ("AgreementSettled", "AgreementDefaulted"):
        for event in map(plain_fields, events[name]):
            node = sellers[event["id"] & 0xFFFFFFFF]
            received, paid = event["energy"][:2]
            charges = event.get("sellerCharge", (0, 0)), event.get("buyerCharge", (0, 0))
            for number, money, charge in ((node.node, received, charges[0]), (node.partner, paid, charges[1])):
                results[number] = {
                    "money": Fraction(money, POINT),
                    "grid_revenue": Fraction(paid - received, POINT),
                    "penalty": Fraction(sum(charge), POINT),
                }
    defaulted = [event["id"] & 0xFFFFFFFF for event in events["AgreementDefaulted"]]
    paper.market.close(DAY, defaulted, by("stranger"))
    for node in NODES:
        claim = paper.market.claim(ids[node.node], by("stranger"))
        results[node.node] |= {
            "credit_after": Fraction(paper.reader.weightOf(ids[node.node]), 10**16),
            "allocation": Fraction(claim.events["SharesClaimed"]["amount"], POINT),
        }
    assert paper.market.openDay() == DAY + 1
    return results


def test_tables_1_and_2_come_out_of_the_contracts(paper):
    """Every cell but the seven that the vectors list with their reason; the program off chain beside it."""
    found = settled_on_chain(paper)
    twin = {result.node: vars(result) for result in settle_paper_day(NODES, TARIFFS)}
    for results in (found, twin):
        differing, changed = compare(results)
        assert differing == set(NOT_REPRODUCED)
        assert changed == set()
    for node, columns in found.items():
        for field, value in columns.items():
            assert abs(value - twin[node][field]) < Fraction(1, 10**15), (node, field)
    members = range(paper.registry.memberCount() - len(NODES) + 1, paper.registry.memberCount() + 1)
    assert 0 <= paper.unbooked(*members) < len(NODES) + 2, "less than 1 wei per sharer and entry"


def test_a_member_has_one_agreement_of_a_day(paper):
    """Rulebook `Paper` settles a member by one agreement; a second one, of another hour, is refused."""
    ids = join(paper)
    seller = agree(paper, ids)[0]
    second = match_of(paper, ids, seller, hour=HOUR + 1, nonce=NONCE + 1)
    with reverts("BilateralMarket_SecondAgreement", ids[seller.node], DAY):
        paper.offers.register([second], by("stranger"))
