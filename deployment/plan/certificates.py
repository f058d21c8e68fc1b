"""Green certificates and their sale against points."""

from deployment.parts import ContractPlan, Part
from deployment.plan.members import MANAGED
from deployment.roles import Role
from deployment.settings import RegionSettings

CERTIFICATE_URI = ""
"""Certificates describe themselves by their ids; there is no metadata elsewhere."""

CERTIFICATES: Part[RegionSettings] = Part(
    contracts=(
        ContractPlan(
            name="GreenCertificate",
            arguments=lambda at, settings: (
                at["RoleManager"],
                at["DaySheets"],
                settings.renewable_carriers,
                settings.trial,
                CERTIFICATE_URI,
            ),
            functions={
                "setRenewableCarriers": Role.REGULATOR,
                "withdraw": Role.ISSUER,
                "reissue": Role.ISSUER,
                "revoke": Role.ISSUER,
                "correct": Role.ISSUER,
                "lock": Role.STAKE_KEEPER,
                "unlock": Role.STAKE_KEEPER,
                "deliver": Role.DELIVERER,
            },
            links={
                **MANAGED,
                "devices": "DeviceRegistry",
                "sheets": "DaySheets",
                "registry": "MemberRegistry",
                "freezes": "FreezeList",
            },
            bounds={"renewableCarriers": (2,), "trial": (3,)},
        ),
        ContractPlan(
            name="CertificateSale",
            arguments=lambda at, _: (at["GreenCertificate"], at["PowerPoint"], at["MemberRegistry"]),
            links={"certificates": "GreenCertificate", "points": "PowerPoint", "registry": "MemberRegistry"},
        ),
    ),
)
