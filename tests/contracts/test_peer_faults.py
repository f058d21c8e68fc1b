"""Faults that other registries of certificates were caught in, each as an attempt on this one.

Energy Web Origin 7: batches that always fail; revoked certificates that still move; one device and period issued twice;
claims of nothing; a transfer slot that strangers occupy. Toucan: retirement stops while the protocol is paused.
"""

import pytest

from tests.support.certificates import (
    EXPORTS,
    RETIREMENT,
    SELLER,
    certificate_id,
    correct,
    holdings,
    ids_of,
    issue,
    measure,
    move,
    retire,
    totals,
)
from tests.support.region import DAY, DAY_END, FIRST_DEVICE_METER, NOTHING, REASON, Region, actor, only, pack
from tests.support.reverts import reverts

HELD = certificate_id(SELLER, 9)


@pytest.fixture(autouse=True)
def issued(region):
    Region.go(DAY_END)
    measure(region, region.device_sheet("seller", exports=EXPORTS))
    issue(region)


def test_every_batch_works_at_its_full_size(region):
    ids = ids_of(SELLER, (0, 8, 9, 23))
    parties, amounts = (actor("seller"), actor("buyer")), [1] * 4
    region.certificates.safeBatchTransferFrom(*parties, ids, amounts, b"", {"from": actor("seller")})
    region.certificates.retireBatch([([HELD], [1], False, RETIREMENT)] * 100, {"from": actor("seller")})
    region.certificates.withdraw(actor("buyer"), ids, amounts, REASON, {"from": actor("issuer")})
    region.certificates.reissue(ids, amounts, REASON, {"from": actor("issuer")})
    assert holdings(region, "seller", revision=1) == only({0: 1, 8: 1, 9: 1, 23: 1})


def test_a_device_and_period_is_issued_once_in_any_state(region):
    def refused():
        with reverts("GreenCertificate_AlreadyIssued", SELLER, DAY):
            issue(region)

    refused()
    retire(region, "seller", HELD, EXPORTS[9])
    refused()
    region.certificates.withdraw(
        actor("seller"), ids_of(SELLER, (0, 8, 23)), [7, 50_000, 1], REASON, {"from": actor("issuer")}
    )
    refused()
    zero = (FIRST_DEVICE_METER + SELLER, DAY, 1, pack(NOTHING), pack(NOTHING))
    correct(region, zero, signed=False)
    refused()
    region.certificates.revoke(SELLER, DAY, REASON, {"from": actor("issuer")})
    refused()
    assert totals(region)[0] == sum(EXPORTS)


def test_a_revoked_certificate_neither_moves_nor_is_claimed(region):
    region.certificates.revoke(SELLER, DAY, REASON, {"from": actor("issuer")})
    for attempt in (lambda: move(region, "seller", "buyer", HELD, 1), lambda: retire(region, "seller", HELD, 1)):
        with reverts("GreenCertificate_Revoked", SELLER, DAY):
            attempt()


def test_a_claim_of_nothing_is_no_claim(region):
    with reverts("HourlyHoldings_ZeroAmount", HELD):
        retire(region, "seller", HELD, 0)
    with reverts("GreenCertificate_EmptyBatch"):
        region.certificates.retireBatch([([], [], False, RETIREMENT)], {"from": actor("seller")})
    assert region.certificates.retiredOf(actor("seller"), HELD) == 0


def test_a_stranger_stands_in_nobodys_way(region):
    """Neither locks, offers nor lists of a stranger keep a holder from its certificates."""
    stranger = {"from": actor("stranger")}
    region.sale.cancel(7, stranger)
    region.certificates.listSenders([actor("seller")], False, stranger)
    region.certificates.restrictReceiving(True, stranger)
    region.certificates.setApprovalForAll(actor("seller"), True, stranger)
    with reverts("AccessManagedUnauthorized", actor("stranger")):
        region.certificates.lock(actor("seller"), [HELD], [1], stranger)
    move(region, "seller", "buyer", HELD, 50_000)
    retire(region, "seller", HELD, 50_000)


def test_retirement_goes_on_while_the_market_is_paused(region):
    region.market.pause({"from": actor("guardian")})
    retire(region, "seller", HELD, 1)
    move(region, "seller", "buyer", HELD, 1)
    assert region.certificates.retiredOf(actor("seller"), HELD) == 1
