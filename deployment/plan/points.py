"""Power points."""

from deployment.parts import ContractPlan, Part
from deployment.plan.members import MANAGED
from deployment.roles import Role
from deployment.settings import Settings

POINTS: Part[Settings] = Part(
    contracts=(
        ContractPlan(
            name="PowerPoint",
            arguments=lambda at, settings: (at["RoleManager"], at["FreezeList"], settings.daily_mint_limit),
            functions={"mint": Role.BANK, "stateEscrow": Role.BANK},
            links={**MANAGED, "freezes": "FreezeList"},
            bounds={"dailyMintLimit": (2,)},
        ),
    ),
    signers=(Role.BANK_COSIGNER, Role.UTILITY),
)
