"""Allowances and their exchange; penalties go to the reward pool."""

from deployment.parts import PAUSABLE, ContractPlan, Part
from deployment.plan.members import MANAGED
from deployment.roles import Role
from deployment.settings import RegionSettings

QUOTAS: Part[RegionSettings] = Part(
    contracts=(
        ContractPlan(
            name="CarbonQuota",
            arguments=lambda at, settings: (
                at["RoleManager"],
                at["DaySheets"],
                at["CarbonLedger"],
                at["PowerPoint"],
                at["RewardPool"],
                tuple(settings.quota.values()),
            ),
            functions={"grant": Role.REGULATOR, "certifyOffsets": Role.REGULATOR},
            links={
                **MANAGED,
                "registry": "MemberRegistry",
                "sheets": "DaySheets",
                "ledger": "CarbonLedger",
                "points": "PowerPoint",
                "penaltyReceiver": "RewardPool",
            },
            bounds={"parameters": (5,)},
        ),
        ContractPlan(
            name="QuotaExchange",
            arguments=lambda at, _: (at["RoleManager"], at["CarbonQuota"]),
            functions=PAUSABLE,
            links={**MANAGED, "quota": "CarbonQuota", "points": "PowerPoint"},
        ),
    ),
)
