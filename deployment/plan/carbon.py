"""The ledger of traced carbon intensities."""

from deployment.parts import ContractPlan, Part
from deployment.plan.members import MANAGED
from deployment.roles import Role
from deployment.settings import RegionSettings

CARBON: Part[RegionSettings] = Part(
    contracts=(
        ContractPlan(
            name="CarbonLedger",
            arguments=lambda at, _: (at["RoleManager"],),
            functions={"post": Role.CARBON_PROVIDER},
            links=MANAGED,
        ),
    ),
)
