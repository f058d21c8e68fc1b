"""Anchors of the regional chains on the main chain."""

from collections.abc import Iterator

from deployment.parts import ContractPlan, Part, Site
from deployment.plan.members import MANAGED
from deployment.roles import Role
from deployment.settings import MainSettings
from offchain.chain.abi import Call


def _register_chains(site: Site, settings: MainSettings) -> Iterator[Call]:
    for chain_id in settings.regional_chain_ids:
        yield site.contracts["AnchorBoard"]("registerChain", chain_id)


ANCHORING: Part[MainSettings] = Part(
    contracts=(
        ContractPlan(
            name="AnchorBoard",
            arguments=lambda at, _: (at["RoleManager"],),
            functions={"registerChain": Role.REGULATOR, "anchor": Role.RELAYER},
            links=MANAGED,
        ),
    ),
    acts=(_register_chains,),
)
