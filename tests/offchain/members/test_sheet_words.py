"""Packing of a register. By hand: 1 Wh in hour 0, 2 in hour 1, 3 in hour 8 and the largest in hour 23."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.errors import InputError
from offchain.members.sheet_words import pack, unpack

ENERGY = st.integers(0, 2**32 - 1)


def test_hand_calculation():
    wh = [0] * 24
    wh[0], wh[1], wh[8], wh[23] = 1, 2, 3, 2**32 - 1
    assert pack(wh) == (1 + 2 * 2**32, 3, (2**32 - 1) * 2**224)


@given(wh=st.tuples(*[ENERGY] * 24))
def test_unpack_undoes_pack(wh):
    words = pack(wh)
    assert unpack(words) == wh
    assert all(0 <= word < 2**256 for word in words)


@given(words=st.tuples(*[st.integers(0, 2**256 - 1)] * 3))
def test_pack_undoes_unpack(words):
    assert pack(unpack(words)) == words


@pytest.mark.parametrize(
    ("wh", "message"),
    [
        ([0] * 23, "23 hours instead of 24"),
        ([0] * 23 + [2**32], "hour 23: 4294967296 Wh is not within 0 to 4294967295"),
        ([-1, *[0] * 22, 2**33], "hour 0: -1 Wh .*; hour 23: 8589934592 Wh"),
    ],
)
def test_bad_energy_is_refused_with_every_problem(wh, message):
    with pytest.raises(InputError, match=message):
        pack(wh)


@pytest.mark.parametrize("words", [[0, 0], [0, 0, 2**256], [0, -1, 0]])
def test_bad_words_are_refused(words):
    with pytest.raises(InputError, match="3 words of type uint256"):
        unpack(words)
