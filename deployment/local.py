"""Deploys on every local chain of a trading day, from what was compiled."""

from collections.abc import Sequence
from pathlib import Path

from deployment.deploy import deploy
from deployment.deployer import ClientDeployer
from deployment.plan.chains import MAIN, REGION
from deployment.settings import local_holders, local_main_settings, local_settings
from offchain.carbon.factors import EmissionFactors
from offchain.chain.build import Build
from offchain.chain.endpoints import Endpoint
from offchain.chain.keys import local_key
from offchain.regions import Region


def deploy_local(
    endpoints: Sequence[Endpoint],
    regions: Sequence[Region],
    *,
    factors: EmissionFactors,
    build: Build,
    folder: Path,
) -> None:
    """Deploy a region's contracts on the chains that have a region's name, the main chain's on the others.

    The records are written in the folder. The local key `deployer` pays and needs coins.

    Raises:
        InputError: contracts are not compiled, or a chain holds something else at its recorded addresses.
        DeploymentDiffers: a chain is not as planned.
        ChainError: a chain failed.
    """
    known = {region.name: region for region in regions}
    regional = [endpoint.chain_id for endpoint in endpoints if endpoint.name in known]
    holders = local_holders()
    for endpoint in endpoints:
        deployer = ClientDeployer(endpoint, local_key("deployer"), build=build)
        if endpoint.name in known:
            terms = local_settings(known[endpoint.name], factors, now=deployer.client.block().time)
            deploy(REGION, deployer, chain=endpoint.name, settings=terms, holders=holders, folder=folder)
        else:
            offset = regions[0].utc_offset_hours
            main_terms = local_main_settings(regional, utc_offset_hours=offset)
            deploy(MAIN, deployer, chain=endpoint.name, settings=main_terms, holders=holders, folder=folder)
