"""The bilateral market, what it admits to its accounts, and the sheets that wait for its settlement."""

from collections.abc import Iterator

from deployment.parts import PAUSABLE, Addresses, ContractPlan, Part, Site
from deployment.plan.members import GRID_COMPANY, MANAGED
from deployment.roles import Admission
from deployment.settings import RegionSettings
from offchain.chain.abi import Call, Value


def _market(at: Addresses, settings: RegionSettings) -> tuple[Value, ...]:
    tariffs = (settings.tariffs.feed_in, settings.tariffs.purchase, settings.tariffs.grid_fee)
    terms = (at["DaySheets"], GRID_COMPANY, settings.grid_floor, tariffs, settings.rulebook.number)
    return at["RoleManager"], terms


def admit(site: Site, _: RegionSettings) -> Iterator[Call]:
    """Admit to the market's accounts whom the plan admits."""
    market = site.contracts["BilateralMarket"]
    for contract in MARKET.contracts:
        if contract.admission:
            yield market("admit", site.contracts[contract.name].address, contract.admission)


def attach(site: Site, _: RegionSettings) -> Iterator[Call]:
    """Let the sheets wait for this market's settlement; they accept one market, once."""
    yield site.contracts["DaySheets"]("attachMarket", site.contracts["BilateralMarket"].address)


MARKET: Part[RegionSettings] = Part(
    contracts=(
        ContractPlan(
            name="BilateralMarket",
            arguments=_market,
            functions=PAUSABLE,
            links={
                **MANAGED,
                "registry": "MemberRegistry",
                "sheets": "DaySheets",
                "deferred": "DeferredCredits",
            },
            bounds={"gridCompany": (1, 1), "gridFloor": (1, 2), "tariffs": (1, 3), "rulebook": (1, 4)},
        ),
        ContractPlan(name="DeferredCredits", arguments=lambda *_: (), found_by=("BilateralMarket", "deferred")),
        ContractPlan(
            name="MarginDesk",
            arguments=lambda at, _: (
                at["RoleManager"],
                at["PowerPoint"],
                at["BilateralMarket"],
                at["MemberRegistry"],
            ),
            links={
                **MANAGED,
                "points": "PowerPoint",
                "accounts": "BilateralMarket",
                "registry": "MemberRegistry",
                "freezeList": "FreezeList",
            },
            admission=Admission.DESK,
        ),
        ContractPlan(
            name="OfferDesk",
            arguments=lambda at, _: (at["BilateralMarket"], at["MemberRegistry"]),
            links={"market": "BilateralMarket", "registry": "MemberRegistry"},
            admission=Admission.OFFERS,
        ),
        ContractPlan(
            name="MarketReader",
            arguments=lambda at, _: (at["BilateralMarket"],),
            links={"market": "BilateralMarket"},
        ),
        *(
            ContractPlan[RegionSettings](
                name=name,
                arguments=lambda at, _: (at["BilateralMarket"], at["DaySheets"]),
                links={"market": "BilateralMarket", "accounts": "BilateralMarket", "sheets": "DaySheets"},
                admission=Admission.SETTLEMENT,
            )
            for name in ("ResidualSettlement", "Reconciliation")
        ),
    ),
    acts=(admit, attach),
    links={("DaySheets", "market"): "BilateralMarket"},
)
