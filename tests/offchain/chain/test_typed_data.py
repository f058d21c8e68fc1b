"""EIP-712 signatures against the standard's own example; nothing is signed that does not fit its types."""

import pytest
from eth_utils import keccak

from offchain.chain.keys import Key
from offchain.chain.typed_data import sign_typed
from offchain.errors import InputError

# EIP-712, "Test Cases": the mail from Cow to Bob, signed with keccak256("cow").
COW = Key("cow", "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826", keccak(text="cow"))
DOMAIN = {
    "name": "Ether Mail",
    "version": "1",
    "chainId": 1,
    "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
}
TYPES = {
    "Person": [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}],
    "Mail": [
        {"name": "from", "type": "Person"},
        {"name": "to", "type": "Person"},
        {"name": "contents", "type": "string"},
    ],
}
MAIL = {
    "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
    "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
    "contents": "Hello, Bob!",
}
SIGNATURE = (
    "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d"
    "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562"
    "1c"
)


def test_a_typed_message_is_signed_as_the_standard_s_example():
    assert sign_typed(COW, DOMAIN, types=TYPES, message=MAIL).hex() == SIGNATURE


def test_the_signature_hangs_on_the_chain():
    other = DOMAIN | {"chainId": 2}
    assert sign_typed(COW, other, types=TYPES, message=MAIL).hex() != SIGNATURE


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"to": "Bob"}, "Mail.to needs exactly name, wallet, got 'Bob'"),
        ({"to": {"name": "Bob"}}, "Mail.to needs exactly name, wallet, got {'name': 'Bob'}"),
        ({"to": MAIL["to"] | {"age": 3}}, "Mail.to needs exactly name, wallet, got {"),
        ({"to": MAIL["to"] | {"wallet": "0x00"}}, "Mail.to.wallet must be address, not '0x00'"),
        ({"contents": None}, "Mail.contents must be string, not None"),
        ({"subject": "Hi"}, "Mail needs exactly from, to, contents, got {"),
    ],
)
def test_a_message_that_does_not_fit_its_types_is_refused(change, message):
    with pytest.raises(InputError) as caught:
        sign_typed(COW, DOMAIN, types=TYPES, message=MAIL | change)
    assert str(caught.value).startswith(message)


def test_a_missing_text_is_refused_instead_of_signed_as_empty():
    with pytest.raises(InputError, match="Mail needs exactly from, to, contents"):
        sign_typed(COW, DOMAIN, types=TYPES, message={"from": MAIL["from"], "to": MAIL["to"]})


SHEET = {
    "Sheet": [{"name": "rows", "type": "Row[]"}, {"name": "words", "type": "uint256[3]"}],
    "Row": [{"name": "wh", "type": "uint32"}],
}


def test_lists_are_checked_item_by_item():
    good = {"rows": [{"wh": 1}, {"wh": 2}], "words": [1, 2, 3]}
    assert len(sign_typed(COW, DOMAIN, types=SHEET, message=good)) == 65
    for change, message in [
        ({"rows": {"wh": 1}}, "Sheet.rows must be a list, not {'wh': 1}"),
        ({"rows": [{"wh": 1}, {"wh": 2**32}]}, "Sheet.rows[1].wh must be uint32, not 4294967296"),
        ({"words": [1, 2]}, "Sheet.words must be uint256[3], not [1, 2]"),
    ]:
        with pytest.raises(InputError) as caught:
            sign_typed(COW, DOMAIN, types=SHEET, message=good | change)
        assert str(caught.value) == message


def test_types_without_an_outermost_one_are_refused():
    with pytest.raises(InputError, match="one of the types A, B must contain the others, 2 could"):
        sign_typed(COW, DOMAIN, types={"A": [], "B": []}, message={})
