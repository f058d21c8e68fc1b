"""Picture of the merit order before and after the ladder price, as SVG that stands alone or inside a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from offchain.auction.clearing import Clearing
from offchain.auction.hour import AuctionResult
from offchain.auction.orders import MAX_INTENSITY, Order
from offchain.auction.scales import price_per_mwh, tonnes
from offchain.drawing.colours import Scale, round_up
from offchain.units import WATTS_PER_MEGAWATT

PANEL_WIDTH, HEIGHT = 460, 320
LEFT, RIGHT, TOP, BOTTOM = 52, 22, 46, 40
TICKS = 4
HEADROOM = 1.15
"""Prices above the dearest bid by more than this run out of the picture."""
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#5a6764}.title{font-size:15px;fill:#17211f}.end{text-anchor:end}"
    ".middle{text-anchor:middle}.rule{stroke:#dfe4e1}.supply{stroke:#17211f;stroke-width:.6}.idle{fill-opacity:.28}"
    ".demand{fill:none;stroke:#6b5bb5;stroke-width:2}"
)
_FRAME = (
    f'viewBox="0 0 {2 * PANEL_WIDTH} {HEIGHT}" role="img" aria-label="Merit order before and after the ladder price"'
)


@dataclass(frozen=True, kw_only=True)
class _Step:
    """One order on its side's curve, from left to right [MW], [per MWh]."""

    start: float
    end: float
    price: float
    position: int


@dataclass(frozen=True, kw_only=True)
class _Axes:
    """From MW and prices to positions in a panel."""

    largest: float
    lowest: float
    highest: float

    def x(self, power: float) -> float:
        return LEFT + (PANEL_WIDTH - LEFT - RIGHT) * power / self.largest

    def y(self, price: float) -> float:
        height = HEIGHT - TOP - BOTTOM
        return TOP + height * (self.highest - min(max(price, self.lowest), self.highest)) / (self.highest - self.lowest)


def merit_picture(result: AuctionResult, names: Sequence[str]) -> str:
    """Supply by rising and demand by falling quote, before and after; supply is coloured by its intensity.

    What is dispatched is in full colour. `names` are the orders' names. The picture stands alone.
    """
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {_FRAME}><style>{STYLE}</style>'
    return "\n".join([opening, *_panels(result, names), "</svg>\n"])


def inline_picture(result: AuctionResult, names: Sequence[str]) -> str:
    """The same for a page of HTML, whose style sheet has the classes of `STYLE` inside `svg.merit`."""
    return "\n".join([f'<svg class="merit" {_FRAME}>', *_panels(result, names), "</svg>"])


def _panels(result: AuctionResult, names: Sequence[str]) -> list[str]:
    panels = (("before the ladder price", result.first), ("after the ladder price", result.second))
    steps = [step for _, clearing in panels for is_load in (False, True) for step in _curve(clearing, is_load=is_load)]
    bids = [step.price for _, clearing in panels for step in _curve(clearing, is_load=True)] or [1.0]
    lowest = min([0.0, *(step.price for step in steps)])
    axes = _Axes(
        largest=round_up(max((step.end for step in steps), default=1.0)),
        lowest=-round_up(-lowest) if lowest < 0 else 0.0,
        highest=round_up(max(*bids, 1.0) * HEADROOM),
    )
    parts = []
    for number, (title, clearing) in enumerate(panels):
        parts.append(f'<g transform="translate({number * PANEL_WIDTH} 0)">')
        parts += [*_axis(axes), *_supply(clearing, names, axes=axes), _demand(clearing, axes=axes)]
        emission = tonnes(clearing.emission, clearing.market.resolution)
        parts.append(f'<text class="title" x="{LEFT}" y="20">{title}: {emission:.1f} tCO₂e</text></g>')
    return parts


def _curve(clearing: Clearing, *, is_load: bool) -> list[_Step]:
    """Orders of one side by merit, each as wide as it could be."""
    market = clearing.market
    side = [p for p, order in enumerate(market.orders) if order.is_load == is_load and order.upper]
    steps: list[_Step] = []
    start = 0.0
    for position in sorted(side, key=lambda p: market.prices[p], reverse=is_load):
        order = market.orders[position]
        end = start + order.upper / WATTS_PER_MEGAWATT
        price = price_per_mwh(order.price * market.resolution.tick)
        steps.append(_Step(start=start, end=end, price=price, position=position))
        start = end
    return steps


def _axis(axes: _Axes) -> Iterator[str]:
    for i in range(TICKS + 1):
        price = axes.lowest + (axes.highest - axes.lowest) * i / TICKS
        y = axes.y(price)
        yield f'<path class="rule" d="M{LEFT} {y:.1f}H{PANEL_WIDTH - RIGHT}"/>'
        yield f'<text class="end" x="{LEFT - 6}" y="{y + 4:.1f}">{price:g}</text>'
        power = axes.largest * i / TICKS
        yield f'<text class="middle" x="{axes.x(power):.1f}" y="{HEIGHT - BOTTOM + 18}">{power:g}</text>'
    yield f'<text x="4" y="{TOP - 14}">per MWh</text>'
    yield f'<text class="end" x="{PANEL_WIDTH - RIGHT}" y="{HEIGHT - 4}">MW</text>'


def _supply(clearing: Clearing, names: Sequence[str], *, axes: _Axes) -> Iterator[str]:
    """Draw each generator from the axis to its quote: the part that runs, and pale the part that does not."""
    unit = clearing.market.resolution.units_per_gram
    colours = Scale(float(MAX_INTENSITY))
    for step in _curve(clearing, is_load=False):
        order = clearing.market.orders[step.position]
        runs = step.start + clearing.dispatch[step.position] / WATTS_PER_MEGAWATT
        fill = colours.colour(order.intensity / unit)
        label = escape(f"{names[step.position]}: {_description(order, unit)}, {step.price:.2f} per MWh")
        for start, end, css in ((step.start, runs, "supply"), (runs, step.end, "supply idle")):
            if end > start:
                top, bottom = sorted((axes.y(step.price), axes.y(0.0)))
                width, height = axes.x(end) - axes.x(start), bottom - top
                yield (
                    f'<rect class="{css}" x="{axes.x(start):.1f}" y="{top:.1f}" width="{width:.1f}" '
                    f'height="{height:.1f}" fill="{fill}"><title>{label}</title></rect>'
                )


def _description(order: Order, unit: int) -> str:
    return f"{order.upper / WATTS_PER_MEGAWATT:.1f} MW, {order.intensity / unit:.0f} gCO₂e/kWh"


def _demand(clearing: Clearing, *, axes: _Axes) -> str:
    corners = [
        f"{axes.x(power):.1f},{axes.y(step.price):.1f}"
        for step in _curve(clearing, is_load=True)
        for power in (step.start, step.end)
    ]
    return f'<polyline class="demand" points="{" ".join(corners)}"><title>demand</title></polyline>'
