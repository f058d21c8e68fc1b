"""Anchors: what is sent says what was given."""

from offchain.anchoring.calls import anchor
from offchain.chain.client import Block
from tests.support.paper_client import PaperClient, key_of, sent


def test_each_block_is_anchored_with_its_chain():
    client = PaperClient("AnchorBoard")
    blocks = [
        (chain_id, Block(number=height, hash=f"0x{height:064x}", time=0, base_fee=0, gas_limit=0))
        for chain_id, height in ((31_001, 5), (31_002, 7))
    ]
    assert sent(client, anchor(client, blocks, key=key_of("relayer"))) == [
        ("AnchorBoard", "anchor", (31_001, 5, (5).to_bytes(32)), "paper relayer"),
        ("AnchorBoard", "anchor", (31_002, 7, (7).to_bytes(32)), "paper relayer"),
    ]
