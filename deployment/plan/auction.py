"""The low-carbon auction: its units and network, its hours, its coalition tables."""

from deployment.parts import PAUSABLE, Addresses, ContractPlan, Part
from deployment.plan.members import MANAGED
from deployment.roles import Role
from deployment.settings import MainSettings
from offchain.chain.abi import Value


def _auction(at: Addresses, settings: MainSettings) -> tuple[Value, ...]:
    limits = (settings.limits.floor, settings.limits.ceiling)
    terms = (settings.utc_offset_hours, *settings.ladder.settings, limits, *_bonds(settings), settings.grid_company)
    return at["RoleManager"], at["PowerPoint"], at["FreezeList"], at["AuctionRegistry"], terms


def _tables(at: Addresses, settings: MainSettings) -> tuple[Value, ...]:
    return at["RoleManager"], at["PowerPoint"], at["FreezeList"], at["Auction"], *_bonds(settings)


def _bonds(settings: MainSettings) -> tuple[int, int]:
    return settings.table_bond, settings.demand_deposit


AUCTION: Part[MainSettings] = Part(
    contracts=(
        ContractPlan(
            name="AuctionRegistry",
            arguments=lambda at, _: (at["RoleManager"],),
            functions={"registerUnit": Role.OPERATOR, "retireUnit": Role.OPERATOR, "setNetwork": Role.OPERATOR},
            links=MANAGED,
        ),
        ContractPlan(
            name="Auction",
            arguments=_auction,
            functions=PAUSABLE,
            links={
                **MANAGED,
                "points": "PowerPoint",
                "freezeList": "FreezeList",
                "registry": "AuctionRegistry",
                "tables": "CoalitionTables",
            },
            bounds={
                "utcOffset": (4, 0),
                "ladderRule": (4, 1),
                "ladderLower": (4, 2),
                "ladderUpper": (4, 3),
                "priceFloor": (4, 4, 0),
                "priceCeiling": (4, 4, 1),
                "gridCompany": (4, 7),
            },
        ),
        ContractPlan(
            name="CoalitionTables",
            arguments=_tables,
            found_by=("Auction", "tables"),
            functions=PAUSABLE,
            links={**MANAGED, "points": "PowerPoint", "freezeList": "FreezeList", "book": "Auction"},
            bounds={"smallestBond": (4,), "smallestDeposit": (5,)},
        ),
    ),
)
