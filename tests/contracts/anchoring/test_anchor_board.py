import pytest
from brownie import web3

from tests.support.region import actor, fields
from tests.support.reverts import reverts

RURAL, URBAN = 31001, 31002
HASH = bytes(range(32))


def by(name):
    return {"from": actor(name)}


@pytest.fixture
def board(region):
    region.anchors.registerChain(RURAL, by("regulator"))
    return region.anchors


def test_a_chain_is_registered_once(board):
    transaction = board.registerChain(URBAN, by("regulator"))
    assert fields(transaction.events["ChainRegistered"]) == {"chainId": URBAN}
    assert board.isRegistered(URBAN)
    assert not board.isRegistered(URBAN + 1)
    with reverts("AnchorBoard_ChainExists", URBAN):
        board.registerChain(URBAN, by("regulator"))


def test_a_chain_id_is_another_chains(board):
    for bad in (0, web3.eth.chain_id):
        with reverts("AnchorBoard_BadChainId", bad):
            board.registerChain(bad, by("regulator"))


def test_a_block_is_anchored(board):
    assert tuple(board.latest(RURAL)) == (0, "0x" + "00" * 32)
    transaction = board.anchor(RURAL, 7, HASH, by("relayer"))
    assert fields(transaction.events["Anchored"]) == {"chainId": RURAL, "height": 7, "blockHash": "0x" + HASH.hex()}
    assert bytes(board.anchorOf(RURAL, 7)) == HASH
    assert bytes(board.anchorOf(RURAL, 6)) == bytes(32)
    assert bytes(board.anchorOf(URBAN, 7)) == bytes(32)
    height, latest = board.latest(RURAL)
    assert (height, bytes(latest)) == (7, HASH)


def test_heights_increase_strictly(board):
    board.anchor(RURAL, 7, HASH, by("relayer"))
    for height in (0, 6, 7):
        with reverts("AnchorBoard_HeightNotAbove", RURAL, height, 7):
            board.anchor(RURAL, height, HASH[::-1], by("relayer"))
    assert bytes(board.anchorOf(RURAL, 7)) == HASH
    board.anchor(RURAL, 8, HASH[::-1], by("relayer"))
    assert bytes(board.anchorOf(RURAL, 7)) == HASH
    assert board.latest(RURAL)[0] == 8


def test_chains_do_not_disturb_each_other(board):
    board.registerChain(URBAN, by("regulator"))
    board.anchor(RURAL, 100, HASH, by("relayer"))
    board.anchor(URBAN, 1, HASH[::-1], by("relayer"))
    assert board.latest(RURAL)[0] == 100
    assert board.latest(URBAN)[0] == 1


def test_what_is_unknown_or_empty_is_refused(board):
    with reverts("AnchorBoard_UnknownChain", URBAN):
        board.anchor(URBAN, 1, HASH, by("relayer"))
    with reverts("AnchorBoard_ZeroHash", RURAL, 1):
        board.anchor(RURAL, 1, bytes(32), by("relayer"))


def test_the_relayer_anchors_and_the_regulator_registers(board):
    for name in ("stranger", "regulator"):
        with reverts("AccessManagedUnauthorized", actor(name)):
            board.anchor(RURAL, 1, HASH, by(name))
    for name in ("stranger", "relayer"):
        with reverts("AccessManagedUnauthorized", actor(name)):
            board.registerChain(URBAN, by(name))
