"""Roles and freezes, members, and their devices with the day sheets of all meters."""

from collections.abc import Iterator

from deployment.parts import DEPLOYER, ContractPlan, Part, Site
from deployment.roles import Role
from deployment.settings import RegionSettings, Settings
from offchain.chain.abi import Call
from offchain.chain.typed_data import domain_of

MANAGED = {"authority": "RoleManager"}
"""Link of every contract that asks the access manager who may call it."""

GRID_COMPANY = 1
"""Id of the first member: the market is built around the grid company."""

ACCESS: Part[Settings] = Part(
    contracts=(
        ContractPlan(name="RoleManager", arguments=lambda at, _: (at[DEPLOYER],)),
        ContractPlan(
            name="FreezeList",
            arguments=lambda at, _: (at["RoleManager"],),
            functions={"freeze": Role.REGULATOR, "lift": Role.REGULATOR},
            links=MANAGED,
        ),
    ),
    signers=(Role.FREEZE_COSIGNER,),
)


def _register_grid_company(site: Site, settings: RegionSettings) -> Iterator[Call]:
    registry, terms = site.contracts["MemberRegistry"], settings.grid_company
    acceptance = settings.grid_company_signs(domain_of(site.client, registry), terms)
    yield registry("register", [terms], [acceptance])


MEMBERS: Part[RegionSettings] = Part(
    contracts=(
        ContractPlan(
            name="MemberRegistry",
            arguments=lambda at, settings: (at["RoleManager"], at["FreezeList"], settings.utc_offset_hours),
            functions={
                "register": Role.OPERATOR,
                "suspend": Role.OPERATOR,
                "liftSuspension": Role.OPERATOR,
                "replaceMeterKey": Role.OPERATOR,
                "revokeMeterKey": Role.OPERATOR,
                "assignGroup": Role.OPERATOR,
            },
            links={**MANAGED, "freezeList": "FreezeList"},
            bounds={"utcOffset": (2,)},
        ),
    ),
    acts=(_register_grid_company,),
)

DEVICES: Part[RegionSettings] = Part(
    contracts=(
        ContractPlan(
            name="DeviceRegistry",
            arguments=lambda at, settings: (
                at["RoleManager"],
                at["MemberRegistry"],
                at["PowerPoint"],
                settings.utc_offset_hours,
                settings.device_bond,
            ),
            functions={
                "register": Role.OPERATOR,
                "replaceMeterKey": Role.OPERATOR,
                "revokeMeterKey": Role.OPERATOR,
                "forfeitBond": Role.REGULATOR,
            },
            links={**MANAGED, "registry": "MemberRegistry", "points": "PowerPoint"},
            bounds={"utcOffset": (3,), "bondAmount": (4,)},
        ),
        ContractPlan(
            name="DaySheets",
            arguments=lambda at, _: (at["RoleManager"], at["DeviceRegistry"]),
            functions={"estimate": Role.OPERATOR},
            links={**MANAGED, "registry": "MemberRegistry", "devices": "DeviceRegistry"},
        ),
    ),
)
"""Bonds are posted in points, so these come after them."""
