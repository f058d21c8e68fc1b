"""Carbon roots: what is sent says what was given, in batches that the ledger takes."""

import pytest

from offchain.carbon.calls import post_roots
from tests.support.paper_client import PaperClient, key_of, sent


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (24, [24]), (25, [24, 1])])
def test_the_roots_of_consecutive_hours_are_posted_up_to_24_in_a_transaction(count, sizes):
    client = PaperClient("CarbonLedger")
    roots = [number.to_bytes(32) for number in range(count)]
    transactions = post_roots(client, roots, first_hour=400_000, key=key_of("provider"))
    assert [transaction.items for transaction in transactions] == sizes
    posted = {}
    for contract, function, (first, batch), key in sent(client, transactions):
        assert (contract, function, key) == ("CarbonLedger", "post", "paper provider")
        posted |= {first + place: root for place, root in enumerate(batch)}
    assert posted == {400_000 + number: root for number, root in enumerate(roots)}
