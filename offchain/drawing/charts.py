"""Hourly charts as inline SVG: lines that step from hour to hour, a band, and an axis with round numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup, escape

from offchain.drawing.colours import round_up
from offchain.drawing.formats import number
from offchain.market_time import HOURS_PER_DAY

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 60, 8, 32, 24
TICKS = 4


@dataclass(frozen=True)
class Line:
    """24 hourly values under a CSS class."""

    label: str
    css: str
    values: Sequence[float]


@dataclass(frozen=True)
class Band:
    """The space between two rows of 24 hourly values."""

    label: str
    lower: Sequence[float]
    upper: Sequence[float]


@dataclass(frozen=True)
class _Frame:
    """From hours and values to positions."""

    lowest: float
    highest: float
    step: float

    def x(self, hour: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * hour / HOURS_PER_DAY

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.highest - value) / (self.highest - self.lowest)

    def steps(self, values: Sequence[float]) -> list[str]:
        """Corner points of a line that keeps each value for its hour."""
        return [
            f"{self.x(edge):.1f},{self.y(value):.1f}" for hour, value in enumerate(values) for edge in (hour, hour + 1)
        ]


def _frame(values: Sequence[float]) -> _Frame:
    """Frame all values and zero, cut at round numbers."""
    lowest, highest = min(0.0, *values), max(0.0, *values)
    step = round_up((highest - lowest) / TICKS)
    top = ceil(highest / step) or (1 if lowest == 0 else 0)
    return _Frame(floor(lowest / step) * step, top * step, step)


def _axis(frame: _Frame, *, unit: str) -> list[str]:
    parts = []
    decimals = max(0, -floor(log10(frame.step)))
    for i in range(round((frame.highest - frame.lowest) / frame.step) + 1):
        value = frame.lowest + i * frame.step
        y = frame.y(value)
        css = "zero" if abs(value) < frame.step / 2 else "rule"
        parts.append(f'<path class="{css}" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="tick end" x="{LEFT - 6}" y="{y + 4:.1f}">{number(value, decimals)}</text>')
    for hour in range(0, HOURS_PER_DAY + 1, 3):
        parts.append(f'<text class="tick middle" x="{frame.x(hour):.1f}" y="{HEIGHT - 6}">{hour:02d}</text>')
    parts.append(f'<text class="tick end unit" x="{LEFT - 6}" y="{TOP - 16}">{escape(unit)}</text>')
    return parts


def hourly_chart(lines: Sequence[Line], *, title: str, unit: str, bands: Sequence[Band] = ()) -> Markup:
    """Lines over bands over the 24 hours of a day, on one axis that includes zero; `unit` stands in the corner."""
    values = [v for line in lines for v in line.values] + [v for b in bands for v in (*b.lower, *b.upper)]
    frame = _frame(values)
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">', *_axis(frame, unit=unit)]
    for band in bands:
        around = " ".join([*frame.steps(band.upper), *reversed(frame.steps(band.lower))])
        parts.append(f'<polygon class="band" points="{around}"><title>{escape(band.label)}</title></polygon>')
    for line in lines:
        along = " ".join(frame.steps(line.values))
        parts.append(
            f'<polyline class="line {line.css}" points="{along}"><title>{escape(line.label)}</title></polyline>'
        )
    return Markup("\n".join([*parts, "</svg>"]))  # noqa: S704  numbers only; texts are escaped
