"""Ids of certificates: by hand, there and back, and out of bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.certificates.ids import CertificateId, pack_id, unpack_id
from offchain.errors import InputError


def test_an_id_by_hand():
    parts = CertificateId(device=0x01020304, hour=0x05060708, carrier=0x09, revision=0x0A0B)
    assert pack_id(parts) == 0x01020304_05060708_09_0A0B
    assert pack_id(CertificateId(**{**vars(parts), "trial": True})) == 0x1_01020304_05060708_09_0A0B


@given(
    st.builds(
        CertificateId,
        device=st.integers(0, 2**32 - 1),
        hour=st.integers(0, 2**32 - 1),
        carrier=st.integers(0, 255),
        revision=st.integers(0, 2**16 - 1),
        trial=st.booleans(),
    )
)
def test_ids_come_back(parts):
    assert unpack_id(pack_id(parts)) == parts


@pytest.mark.parametrize(("name", "value"), [("device", 2**32), ("hour", -1), ("carrier", 256), ("revision", 65_536)])
def test_a_part_that_does_not_fit_is_named(name, value):
    parts = {"device": 1, "hour": 1, "carrier": 1, "revision": 1} | {name: value}
    with pytest.raises(InputError, match=f"{name} {value} of a certificate is not within 0 to"):
        pack_id(CertificateId(**parts))


@pytest.mark.parametrize("number", [-1, 1 << 89])
def test_a_number_that_is_no_id_is_refused(number):
    with pytest.raises(InputError, match=f"{number} is not the id of a certificate"):
        unpack_id(number)
