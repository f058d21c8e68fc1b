"""Prove a deployment: `brownie run check_deployment main CHAIN --network NETWORK`.

Reads every line of it back from the chain; see deployment/check.py.
"""

from brownie import web3

from deployment.check import check
from deployment.plan.chains import MAIN, REGION
from deployment.record import load
from scripts.brownie_deployer import brownie_abi, brownie_client


def main(chain: str = "anvil") -> None:
    """Check a deployed chain by name."""
    record = load(chain, chain_id=web3.eth.chain_id)
    plan = MAIN if "AnchorBoard" in record["contracts"] else REGION
    check(record, plan=plan, client=brownie_client(), abi=brownie_abi)
    print(f"{chain}: every role, function, link and bound is as planned; the deployer holds no role")
