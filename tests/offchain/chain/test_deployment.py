"""A deployment is read, checked against the chain, and refused when anything differs."""

import json

import pytest
from eth_utils import keccak

from offchain.chain.build import Build
from offchain.chain.deployment import open_client, read_deployment
from offchain.chain.reverts import RevertedError
from offchain.errors import InputError


@pytest.fixture
def record(chain, client, counter):
    """What a deployment script writes."""
    code = client.connection.request("eth_getCode", counter.address, "latest")
    entry = {
        "artefact": "Counter",
        "address": counter.address,
        "block": counter.block,
        "bytecodeHash": f"0x{keccak(hexstr=code).hex()}",
        "arguments": [1000],
    }
    genesis = client.block(0).hash
    return {
        "chain": "rural",
        "chainId": 31001,
        "genesis": genesis,
        "block": 1,
        "contracts": {"Tally": entry},
        "roles": {},
    }


@pytest.fixture
def project(tmp_path, artefact, record):
    """A project folder with build artefacts and the deployment of chain rural."""
    for folder in ("build/contracts", "build/interfaces", "deployments"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "build" / "contracts" / "Counter.json").write_text(json.dumps(artefact))
    far_error = {"type": "error", "name": "Far_Away", "inputs": [{"name": "distance", "type": "uint256"}]}
    (tmp_path / "build" / "interfaces" / "IFar.json").write_text(json.dumps({"abi": [far_error]}))
    (tmp_path / "deployments" / "rural.json").write_text(json.dumps(record))
    return tmp_path


def rewrite(project, record):
    (project / "deployments" / "rural.json").write_text(json.dumps(record))


def opened(chain, project, *, deadline=60.0):
    return open_client(chain, deployments=project / "deployments", build=Build(project / "build"), deadline=deadline)


def refusal(chain, project):
    with pytest.raises(InputError) as caught:
        opened(chain, project)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_deployed_contract_is_called_by_its_name(chain, project, operator):
    client = opened(chain, project)
    tally = client.contract("Tally")
    client.send(tally("add", 3), operator)
    assert client.call(tally("total")) == 3
    assert [event.values.amount for event in client.events(tally)] == [3]


def test_errors_of_all_artefacts_are_known(chain, project, operator):
    client = opened(chain, project)
    with pytest.raises(
        RevertedError, match=r"Tally\.add would fail, nothing was sent: Counter_TooLarge\(amount=1001, larg"
    ):
        client.send(client.contract("Tally")("add", 1001), operator)
    data = keccak(text="Far_Away(uint256)")[:4] + (5).to_bytes(32, "big")
    assert str(client._errors.explain(data)) == "Far_Away(distance=5)"


def test_mining_held_by_a_killed_client_is_let_go(chain, project, operator):
    opened(chain, project).connection.request("evm_setAutomine", False)
    client = opened(chain, project, deadline=5)
    assert client.send(client.contract("Tally")("add", 3), operator).succeeded


def test_a_missing_deployment_says_which_command_makes_it(chain, project):
    (project / "deployments" / "rural.json").unlink()
    assert refusal(chain, project).endswith(
        "deployments/rural.json is missing: nothing is deployed on chain rural; `brownie run deploy` deploys"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ('{"chain": "rural", "chainId"', "Expecting ':' delimiter"),
        ("[]", "list indices must be integers"),
        ("{}", "'contracts' is missing"),
        ('{"contracts": {"Tally": {}}}', "'artefact' is missing"),
        ('{"contracts": []}', "has no attribute 'items'"),
    ],
)
def test_a_damaged_deployment_is_refused(project, text, reason):
    path = project / "deployments" / "rural.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_deployment(path)
    assert str(caught.value).startswith(f"{path} is damaged (")
    assert reason in str(caught.value)


def test_another_chain_is_refused(chain, project, record):
    rewrite(project, record | {"chain": "urban", "chainId": 31002})
    message = refusal(chain, project)
    assert "does not fit chain rural" in message
    assert (
        "it is of chain urban; its chain id is 31002, the chain's 31001; `brownie run deploy` deploys anew" in message
    )


def test_another_genesis_is_refused(chain, project, record):
    rewrite(project, record | {"genesis": "0x" + "ab" * 32})
    assert f"its genesis is 0x{'ab' * 32}, the chain's {record['genesis']}" in refusal(chain, project)


def test_a_genesis_written_without_prefix_is_the_same(chain, project, record):
    rewrite(project, record | {"genesis": record["genesis"].removeprefix("0x")})
    assert opened(chain, project).contract("Tally").name == "Tally"


def test_a_deployment_of_an_earlier_run_is_refused(chain, project, client):
    """A restarted local chain has the same genesis and nothing on it."""
    address = client.contract("Counter").address
    client.connection.request("anvil_setCode", address, "0x")
    assert f"Tally is not at {address}" in refusal(chain, project)


def test_other_code_at_the_address_is_refused(chain, project, client):
    address = client.contract("Counter").address
    client.connection.request("anvil_setCode", address, "0x6000")
    assert f"Tally is not at {address}" in refusal(chain, project)


def test_a_missing_or_damaged_artefact_says_which_command_makes_it(chain, project):
    path = project / "build" / "contracts" / "Counter.json"
    path.write_text("{}")
    assert refusal(chain, project) == f"{path} is damaged (it has no abi); `brownie compile` makes it again"
    path.write_text("{")
    assert refusal(chain, project).startswith(f"{path} is damaged (Expecting")
    path.unlink()
    assert refusal(chain, project) == f"{path} is missing; `brownie compile` makes it"
