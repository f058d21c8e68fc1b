"""What contracts are constructed with besides each other: the defaults of a market, in the contracts' units.

Each can be changed later by governance, behind its time lock. Rates and caps: docs/PAPERS.md, "Power points".
"""

from offchain.regions import POINT

DAILY_MINT_LIMIT = 5_000_000 * POINT
"""Most that the bank mints in a day [point-wei]."""

DEVICE_BOND = 20 * POINT
"""Bond of a production device [point-wei]."""

REWARDS = {
    "soldRate": 2 * POINT // 100,  # [point-wei/kWh]
    "boughtRate": POINT // 100,  # [point-wei/kWh]
    "usedRate": POINT // 100,  # [point-wei/kWh]
    "tradingFee": 0,  # the market charges none [1/10,000]
    "welcome": 5 * POINT,  # [point-wei]
    "memberDayCap": 20 * POINT,  # [point-wei]
    "computeDayCap": 2 * POINT,  # [point-wei]
    "yearlyBudget": 500_000 * POINT,  # [point-wei]
}
"""Parameters of the reward pool. Together the rates are what a trade costs: trading with oneself earns nothing."""
