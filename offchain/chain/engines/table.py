"""The engines that a local chain can run on."""

from offchain.chain.engines.anvil import ANVIL

ENGINES = {engine.name: engine for engine in (ANVIL,)}
DEFAULT_ENGINE = ENGINES["anvil"]
"""Of local chains, unless another is asked for."""
