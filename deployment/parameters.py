"""What contracts are constructed with besides each other: the defaults of a market, in the contracts' units.

Those of points, devices and rewards can be changed later by governance, behind its time lock; those of the auction
cannot. Rates and caps: docs/PAPERS.md, "Power points".
"""

from offchain.auction.ladder import REPAIRED
from offchain.auction.settlement import PriceLimits
from offchain.market.rulebooks import MARKET
from offchain.units import POINT

DAILY_MINT_LIMIT = 5_000_000 * POINT
"""Most that the bank mints in a day [point-wei]."""

DEVICE_BOND = 20 * POINT
"""Bond of a production device [point-wei]."""

GRID_FLOOR = 1_000 * POINT
"""With less in the grid company's account no new agreement is registered [point-wei]."""

RULEBOOK = MARKET
"""How the bilateral market settles."""

REWARDS = {
    "soldRate": 2 * POINT // 100,  # [point-wei/kWh]
    "boughtRate": POINT // 100,  # [point-wei/kWh]
    "usedRate": POINT // 100,  # [point-wei/kWh]
    "welcome": 5 * POINT,  # [point-wei]
    "memberDayCap": 20 * POINT,  # [point-wei]
    "computeDayCap": 2 * POINT,  # [point-wei]
    "yearlyBudget": 500_000 * POINT,  # [point-wei]
}
"""Parameters of the reward pool. Together the rates are what a trade costs: trading with oneself earns nothing."""

QUOTA = {
    "yearlyCap": 10**12,  # a million tonnes [gCO2e]
    "offsetShare": 500,  # of verified emissions, as in the national market of China [1/10,000]
    "bankedShare": 10_000,  # all of it [1/10,000]
    "penaltyRate": 5 * POINT // 10_000,  # 500 points a tonne [point-wei/gCO2e]
}
"""Parameters of the allowances."""

AUCTION_LADDER = REPAIRED
"""How the auction's ladder is computed: 20 and 40 points per tonne (see docs/PAPERS.md)."""

AUCTION_LIMITS = PriceLimits(floor=-5_000, ceiling=40_000)
"""Lowest and highest price of an auction hour, -0.5 and 4 point/kWh: the harmonised limits of European day-ahead
coupling, -500 and 4,000 per MWh [ticks]."""

TABLE_BOND = 100 * POINT
"""Bond behind the coalition table of an hour; doubles with each void table of its poster [point-wei]."""

DEMAND_DEPOSIT = POINT
"""Deposit of the first demand for an entry of a table; doubles with each demand [point-wei]."""
