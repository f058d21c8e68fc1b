"""Endpoints from a file: read in order, and every problem said at once."""

import pytest

from offchain.chain.endpoints import Endpoint, read_endpoints
from offchain.chain.engines.abilities import NO_ABILITIES
from offchain.errors import InputError

GOOD = """
[[chain]]
name = "main"
url = "http://10.0.0.1:8545"
chain_id = 4100

[[chain]]
name = "rural"
url = "https://chains.example/rural"
chain_id = 4101
"""


@pytest.fixture
def config(tmp_path):
    def write(text):
        path = tmp_path / "chains.toml"
        path.write_text(text)
        return path

    return write


def test_endpoints_are_read_in_the_order_of_the_file(config):
    assert read_endpoints(config(GOOD)) == (
        Endpoint("main", "http://10.0.0.1:8545", 4100),
        Endpoint("rural", "https://chains.example/rural", 4101),
    )


def test_real_endpoints_are_never_taken_for_simulated(config):
    found = read_endpoints(config(GOOD))
    assert [(endpoint.abilities, endpoint.local) for endpoint in found] == [(NO_ABILITIES, False)] * 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "needs at least one [[chain]] table with name, url, chain_id"),
        ("chain = 3", "needs at least one [[chain]] table with name, url, chain_id"),
        ("chain = [3]", "needs at least one [[chain]] table with name, url, chain_id"),
        (GOOD + "[market]\n", "unknown top-level key market"),
        (
            GOOD + '[[chain]]\nname = "main"\nurl = "http://x"\nchain_id = 4100\n',
            "name main is given twice; chain_id 4100 is",
        ),
        (GOOD.replace("4101", "true"), "chain rural: chain_id must be a whole number, not True"),
        (GOOD.replace("4101", "0"), "chain rural: chain_id must be positive, not 0"),
        (
            GOOD.replace("http://10", "ftp://10"),
            "must start with http:// or https:// and name a host, not 'ftp://10.0.0.1:8545'",
        ),
        (
            GOOD.replace("chain_id = 4100", "colour = 1"),
            "chain main: chain_id is missing; chain main: unknown key colour",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_reason(config, text, reason):
    with pytest.raises(InputError) as caught:
        read_endpoints(config(text))
    assert str(caught.value).startswith(str(config(text)))
    assert reason in str(caught.value)


def test_all_problems_are_said_at_once(config):
    with pytest.raises(InputError) as caught:
        read_endpoints(
            config('[[chain]]\nname = 5\nurl = "nowhere"\n[[chain]]\nname = ""\nurl = "http://x"\nchain_id = -1\n')
        )
    message = str(caught.value)
    assert "chain 5: chain_id is missing" in message
    assert "chain 5: name must be text, not 5" in message
    assert "not 'nowhere'" in message
    assert "name must not be empty" in message
    assert "chain_id must be positive, not -1" in message
    assert "\n" not in message


def test_missing_and_unreadable_files_are_refused(tmp_path, config):
    with pytest.raises(InputError, match="cannot be read as TOML"):
        read_endpoints(tmp_path / "nothing.toml")
    with pytest.raises(InputError, match="cannot be read as TOML"):
        read_endpoints(config("[[chain"))
