"""A market and the contracts around it, deployed into a region."""

from typing import Any, Final

from tests.support.region import FEED_IN, GRID_FEE, MEMBER_IDS, PURCHASE, Region

DESK: Final = 1
SETTLEMENT: Final = 2
OFFERS: Final = 3
"""What the market admits a contract to."""


def deploy_market(project: Any, region: Region, *, rulebook: int = 0, grid_floor: int = 0, attach: bool = True) -> None:
    """Deploy the market and the contracts that it admits, and attach the day sheets to it."""
    by = {"from": region.deployer}
    setup = (
        region.sheets, MEMBER_IDS["grid_company"], grid_floor, (FEED_IN, PURCHASE, GRID_FEE), rulebook,
    )  # fmt: skip
    region.market = project.BilateralMarket.deploy(region.roles, setup, by)
    region.desk = project.MarginDesk.deploy(region.roles, region.points, region.market, region.registry, by)
    region.offers = project.OfferDesk.deploy(region.market, region.registry, by)
    region.reader = project.MarketReader.deploy(region.market, by)
    region.residuals = project.ResidualSettlement.deploy(region.market, region.sheets, by)
    region.reconciliation = project.Reconciliation.deploy(region.market, region.sheets, by)
    region.market.admit(region.desk, DESK, by)
    region.market.admit(region.offers, OFFERS, by)
    region.market.admit(region.residuals, SETTLEMENT, by)
    region.market.admit(region.reconciliation, SETTLEMENT, by)
    if attach:
        region.sheets.attachMarket(region.market, by)
