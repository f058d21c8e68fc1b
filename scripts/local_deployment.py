"""Deployment of a trading day's local chains through Brownie."""

from collections.abc import Sequence

from offchain.carbon.factors import load_factors
from offchain.chain.endpoints import Endpoint
from offchain.chain.local import ChainPlan
from offchain.day.driver.run import FACTORS
from offchain.regions import Region
from scripts import brownie_network
from scripts.deploy import deploy_main, deploy_region
from scripts.settings import local_deployer, local_holders, local_main_settings, local_settings


def deploy_everything(endpoints: Sequence[Endpoint], chains: Sequence[ChainPlan], regions: Sequence[Region]) -> None:
    """Deploy a region's contracts on each region's chain, and the main chain's on the other."""
    factors, known = load_factors(FACTORS), {region.name: region for region in regions}
    regional = [chain.chain_id for chain in chains if chain.name in known]
    with brownie_network.project():
        for endpoint in endpoints:
            with brownie_network.connected(endpoint):
                sender, holders = local_deployer(), local_holders()
                if endpoint.name in known:
                    settings = local_settings(known[endpoint.name], factors)
                    deploy_region(sender, chain=endpoint.name, settings=settings, holders=holders)
                else:
                    offset = regions[0].utc_offset_hours
                    terms = local_main_settings(regional, utc_offset_hours=offset)
                    deploy_main(sender, chain=endpoint.name, settings=terms, holders=holders)
