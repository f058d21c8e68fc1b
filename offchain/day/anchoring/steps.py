"""The relayer records each regional chain's latest block on the main chain, whenever something has happened."""

from offchain.anchoring import calls
from offchain.day.driver.trading_day import TradingDay


def anchor(day: TradingDay) -> None:
    """Record every regional chain's latest block."""
    blocks = [(region.client.endpoint.chain_id, region.client.block()) for region in day.regions]
    day.main.journal.send(calls.anchor(day.main.client, blocks, key=day.main.role("relayer")))
