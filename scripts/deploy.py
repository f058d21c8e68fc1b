"""Deploy Gridleaf's contracts: `brownie run deploy [main|main_chain] --network NETWORK`.

Brownie's first account pays. What is deployed is in deployment/plan, how in deployment/deploy.py.
"""

from collections.abc import Mapping
from typing import Any

from brownie import accounts, network

from deployment.deploy import deploy
from deployment.plan.chains import MAIN, REGION
from deployment.settings import local_holders, local_main_settings, local_settings
from offchain.carbon.factors import FACTOR_TABLE, load_factors
from offchain.regions import load_regions
from scripts.brownie_deployer import BrownieDeployer


def main(region: str = "rural") -> None:
    """Deploy a region's contracts on a local network, for trying things out."""
    deployer = BrownieDeployer(accounts[0])
    now = deployer.client.block().time
    settings = local_settings(load_regions()[region], load_factors(FACTOR_TABLE), now=now)
    _show(deploy(REGION, deployer, chain=network.show_active(), settings=settings, holders=local_holders()))


def main_chain(*regional_chain_ids: str) -> None:
    """Deploy the main chain's contracts on a local network; regional chains are named by their chain ids."""
    offset = next(iter(load_regions().values())).utc_offset_hours
    settings = local_main_settings([int(number) for number in regional_chain_ids], utc_offset_hours=offset)
    deployer = BrownieDeployer(accounts[0])
    _show(deploy(MAIN, deployer, chain=network.show_active(), settings=settings, holders=local_holders()))


def _show(record: Mapping[str, Any]) -> None:
    for name, entry in record["contracts"].items():
        print(f"{name:18} {entry['address']}")
    print(f"checked: every role, function, link and bound is as planned; the deployer {record['deployer']} has no role")
