"""Allowances that are drawn down, and orders for allowances and offsets. Carbon in gCO2e, int."""

from collections.abc import Sequence
from dataclasses import dataclass

OFFSETS = 0
"""The asset of certified offsets, which have no year; allowances are named by theirs."""


@dataclass(frozen=True, kw_only=True)
class DayDraw:
    """A member's day of emissions, with the proof of every hour."""

    member: int
    intensities: Sequence[int]
    """Of the member's node, 24 hours [mgCO2e/kWh]."""
    proofs: Sequence[Sequence[bytes]]
    """From the node's leaf to the root of each hour."""


@dataclass(frozen=True, kw_only=True)
class QuotaOrder:
    """An offer to sell an asset, or to buy it."""

    purchase: bool
    asset: int
    """Year of the allowances, or `OFFSETS`."""
    amount: int
    """[gCO2e]"""
    price: int
    """[point-wei/tCO2e]"""
    expiry: int = 0
    """Last time at which it can be taken [s]; 0 = in 30 days."""
