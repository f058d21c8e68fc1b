"""The reward pool and the rewards of delivered energy."""

from deployment.parts import ContractPlan, Part
from deployment.plan.members import MANAGED
from deployment.roles import Role
from deployment.settings import RegionSettings

REWARDS: Part[RegionSettings] = Part(
    contracts=(
        ContractPlan(
            name="RewardPool",
            arguments=lambda at, settings: (
                at["RoleManager"],
                at["DeviceRegistry"],
                at["GreenCertificate"],
                at["BilateralMarket"],
                tuple(settings.rewards.values()),
            ),
            functions={"openWelcome": Role.OPERATOR, "reward": Role.REWARDER},
            links={
                **MANAGED,
                "devices": "DeviceRegistry",
                "certificates": "GreenCertificate",
                "market": "BilateralMarket",
            },
            bounds={"parameters": (4,)},
        ),
        ContractPlan(
            name="EnergyRewards",
            arguments=lambda at, _: (at["MarketReader"], at["GreenCertificate"], at["RewardPool"]),
            links={
                "agreements": "MarketReader",
                "certificates": "GreenCertificate",
                "sheets": "DaySheets",
                "devices": "DeviceRegistry",
                "registry": "MemberRegistry",
                "pool": "RewardPool",
            },
            holds=(Role.REWARDER, Role.DELIVERER),
        ),
    ),
)
