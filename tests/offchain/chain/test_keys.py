"""Keys: local ones by name, encrypted ones from files."""

import json

import pytest
from eth_account import Account

from offchain.chain.keys import DynamicFeeTransaction, keystore_key, local_key
from offchain.errors import InputError

RIGHT = "right"


def test_local_keys_are_the_same_on_every_machine_and_differ_by_name():
    assert local_key("operator").address == "0x757EAA9fB1C1621078a68a33D8e91E6293caeDF9"
    assert local_key("operator") == local_key("operator")
    assert len({local_key(f"member {n}").address for n in range(50)}) == 50


@pytest.mark.parametrize(
    ("to", "data", "nonce"), [("0x757EAA9fB1C1621078a68a33D8e91E6293caeDF9", b"\1" * 500, 0), (None, b"", 2**40)]
)
def test_a_signed_transaction_is_what_another_program_signs(to, data, nonce):
    """eth-account encodes and signs the same by its own means."""
    key = local_key("operator")
    raw, identifier = DynamicFeeTransaction(
        chain_id=31001, nonce=nonce, tip=3, max_fee=10**10, gas=16_777_216, to=to, value=0, data=data
    ).signed(key)
    fields = {"type": 2, "chainId": 31001, "nonce": nonce, "maxPriorityFeePerGas": 3, "maxFeePerGas": 10**10}
    fields |= {"gas": 16_777_216, "to": to or b"", "value": 0, "data": data}
    theirs = Account.sign_transaction(fields, key.secret)
    assert (raw, identifier) == (bytes(theirs.raw_transaction), f"0x{theirs.hash.hex()}")
    assert Account.recover_transaction(raw) == key.address


def test_a_signature_is_what_contracts_take():
    digest, key = bytes(range(32)), local_key("operator")
    assert bytes(key.sign(digest)) == bytes(Account.unsafe_sign_hash(digest, key.secret).signature)


def test_a_key_never_prints_its_secret():
    key = local_key("operator")
    assert key.secret.hex() not in repr(key)
    assert str(key.secret) not in repr(key)


@pytest.fixture
def folder(tmp_path):
    """A folder with the operator's key file, encrypted with `right`."""
    document = Account.encrypt(local_key("operator").secret, RIGHT, kdf="pbkdf2", iterations=2)
    (tmp_path / "operator.json").write_text(json.dumps(document))
    return tmp_path


def test_a_key_file_opens_with_its_password(folder, monkeypatch):
    assert keystore_key("operator", folder, password=RIGHT) == local_key("operator")
    monkeypatch.setenv("GRIDLEAF_KEYSTORE_PASSWORD", RIGHT)
    assert keystore_key("operator", folder) == local_key("operator")


def test_a_key_file_that_does_not_open_is_refused(folder, monkeypatch):
    monkeypatch.delenv("GRIDLEAF_KEYSTORE_PASSWORD", raising=False)
    with pytest.raises(
        InputError, match=r"operator\.json is encrypted: set GRIDLEAF_KEYSTORE_PASSWORD to its password"
    ):
        keystore_key("operator", folder)
    with pytest.raises(InputError, match=r"operator\.json: wrong password or not a version 3 key file"):
        keystore_key("operator", folder, password=RIGHT[:-1])
    with pytest.raises(InputError, match=r"bank\.json: cannot be read as a key file"):
        keystore_key("bank", folder, password=RIGHT)
    (folder / "bank.json").write_text("{}")
    with pytest.raises(InputError, match=r"bank\.json: wrong password or not a version 3 key file"):
        keystore_key("bank", folder, password=RIGHT)
