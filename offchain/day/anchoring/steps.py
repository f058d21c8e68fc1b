"""The relayer records each regional chain's latest block on the main chain, whenever something has happened."""

from offchain.chain.keys import local_key
from offchain.chain.sender import Transaction
from offchain.day.driver.trading_day import TradingDay


def anchor(day: TradingDay) -> None:
    """Record every regional chain's latest block."""
    board, relayer = day.main.contract("AnchorBoard"), local_key("relayer")
    blocks = [(region.client.endpoint.chain_id, region.client.block()) for region in day.regions]
    day.main.journal.send(
        [
            (Transaction(board("anchor", chain_id, block.number, bytes.fromhex(block.hash[2:])), relayer), 1)
            for chain_id, block in blocks
        ]
    )
