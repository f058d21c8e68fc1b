"""The outcome of an auction hour in the units of its file: MW, money per MWh, tCO2e."""

from typing import Any

import numpy as np

from offchain.auction.case import AuctionCase
from offchain.auction.clearing import Clearing
from offchain.auction.hour import AuctionResult
from offchain.auction.network import transfer_factors
from offchain.auction.optimality import Certificate, nodal_injections, nodal_prices
from offchain.auction.orders import CHAIN, FACTOR_SCALE
from offchain.auction.scales import GRAMS_PER_TONNE, money, price_per_mwh, tonnes
from offchain.units import WATTS_PER_MEGAWATT, megawatts


def outcome(case: AuctionCase, result: AuctionResult) -> dict[str, Any]:
    """Everything that an hour comes to, ready for JSON; sampled shares come with `owen_standard_error`."""
    names = [order.name for order in case.orders]
    allocation = result.allocation
    shares = [float(share / GRAMS_PER_TONNE) for share in allocation.shares]
    content: dict[str, Any] = {
        **_clearing(case, result.first),
        "flows": _flows(case, result.first),
        "coalitions": allocation.coalitions,
        "owen": dict(zip(names, shares, strict=True)),
        "adders": dict(zip(names, _adders(result), strict=True)),
        "second": _clearing(case, result.second),
    }
    if allocation.standard_errors is not None:
        errors = [error / GRAMS_PER_TONNE for error in allocation.standard_errors]
        content["owen_standard_error"] = dict(zip(names, errors, strict=True))
    return content


def _clearing(case: AuctionCase, clearing: Clearing) -> dict[str, Any]:
    return {
        "dispatch": {
            order.name: power / WATTS_PER_MEGAWATT for order, power in zip(case.orders, clearing.dispatch, strict=True)
        },
        "prices": dict(zip(case.buses, bus_prices(clearing), strict=True)),
        "welfare": welfare(clearing),
        "emission": tonnes(clearing.emission, clearing.market.resolution),
        "certificate": _certificate(case, clearing.certificate),
    }


def bus_prices(clearing: Clearing) -> list[float]:
    """Price of energy at each bus [per MWh]; to the tick, which removes the tie-break, where no line binds."""
    certificate, tick = clearing.certificate, clearing.market.resolution.tick
    if not clearing.congested:
        return [price_per_mwh((certificate.mu + tick // 2) // tick * tick)] * clearing.market.network.nodes
    nodal = nodal_prices(clearing.market, mu=certificate.mu, nu=certificate.nu)
    return [price_per_mwh(price) / FACTOR_SCALE for price in nodal]


def welfare(clearing: Clearing) -> float:
    """Worth to loads less cost of generators at their quotes, without the tie-break."""
    ticks = sum(
        order.price * (power if order.is_load else -power)
        for order, power in zip(clearing.market.orders, clearing.dispatch, strict=True)
    )
    return money(ticks * clearing.market.resolution.tick)


def _certificate(case: AuctionCase, certificate: Certificate) -> dict[str, Any]:
    """Prices per MWh; the gap in money, of the objective with its tie-break. Islands' balances have no name."""
    return {
        "mu": price_per_mwh(certificate.mu),
        "nu": {
            line.name: price_per_mwh(price) for line, price in zip(case.limited_lines, certificate.nu, strict=False)
        },
        "gap": money(certificate.gap) / FACTOR_SCALE,
    }


def _flows(case: AuctionCase, clearing: Clearing) -> dict[str, float]:
    """Flow of every line [MW], positive from its first to its second bus."""
    injections = megawatts(np.array(nodal_injections(clearing.market, clearing.dispatch)))
    flows = transfer_factors(len(case.buses), case.lines) @ injections
    return {line.name: float(flow) for line, flow in zip(case.lines, flows, strict=True)}


def _adders(result: AuctionResult) -> list[float]:
    """What each quote is corrected by [per MWh]: as it takes effect at chain resolution, else not rounded."""
    market = result.first.market
    if market.resolution != CHAIN:
        return [price_per_mwh(adder) for adder in result.adders]
    return [
        price_per_mwh(abs(after.price - before.price) * market.resolution.tick)
        for before, after in zip(market.orders, result.second.market.orders, strict=True)
    ]
