"""Pictures of a region as inline SVG: the grid coloured by intensity, and the heat map of its nodes and hours."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from offchain.day.carbon.records import CarbonReport, GridBranch, GridNode
from offchain.drawing.colours import Scale
from offchain.drawing.formats import intensity
from offchain.drawing.layout import HEIGHT, WIDTH, Place, place_nodes
from offchain.market_time import HOURS_PER_DAY

NODE_RADIUS = 5.0
SMALL_PICTURE_RADIUS = 8.0
CELL_WIDTH = 24
CELL_HEIGHT = 4
HEAT_TOP = 18


def _svg(width: float, height: float, label: str, *parts: str) -> Markup:
    """Wrap parts into an image of the given extent that scales with its column."""
    opening = f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}">'
    return Markup("\n".join([opening, *parts, "</svg>"]))  # noqa: S704  every part is a number, a colour or escaped


def _lines(branches: Sequence[GridBranch], places: Mapping[int, Place]) -> list[str]:
    """Draw closed branches in one path, open ones dashed in another."""
    paths = []
    for is_open, css in ((False, "branch"), (True, "branch open")):
        ends = [(places[b.from_node], places[b.to_node]) for b in branches if b.is_open == is_open]
        if ends:
            moves = "".join(f"M{a.x:.1f} {a.y:.1f}L{b.x:.1f} {b.y:.1f}" for a, b in ends)
            paths.append(f'<path class="{css}" d="{moves}"/>')
    return paths


def _dots(
    nodes: Sequence[GridNode],
    values: Mapping[int, float | None],
    *,
    places: Mapping[int, Place],
    scale: Scale,
    radius: float,
) -> list[str]:
    """Draw a dot for every node, its name and value when pointed at."""
    dots = []
    for node in nodes:
        place, value = places[node.id], values[node.id]
        unit = "no power flows" if value is None else f"{intensity(value, 1)} gCO₂e/kWh"
        dots.append(
            f'<circle class="node" cx="{place.x:.1f}" cy="{place.y:.1f}" r="{radius:g}" '
            f'fill="{scale.colour(value)}"><title>{escape(node.name)}: {unit}</title></circle>'
        )
    return dots


def grid_picture(report: CarbonReport, *, scale: Scale, hour: int | None = None) -> Markup:
    """Draw the grid coloured by the intensity of one local hour, or by each node's mean over the day."""
    places = place_nodes(report.nodes, report.branches, source=report.upper_node)
    values = {node.id: node.mean if hour is None else node.intensity[hour] for node in report.nodes}
    radius = NODE_RADIUS if hour is None else SMALL_PICTURE_RADIUS
    when = "mean of the day" if hour is None else f"{hour:02d}:00"
    upper = places[report.upper_node]
    size = 2.4 * radius
    frame = (
        f'<rect class="upper" x="{upper.x - size:.1f}" y="{upper.y - size:.1f}" width="{2 * size:g}" '
        f'height="{2 * size:g}"><title>connection to the upper grid</title></rect>'
    )
    label = f"Grid {report.grid} coloured by carbon intensity, {when}"
    dots = _dots(report.nodes, values, places=places, scale=scale, radius=radius)
    return _svg(WIDTH, HEIGHT, label, *_lines(report.branches, places), frame, *dots)


def heat_map(report: CarbonReport, *, scale: Scale) -> Markup:
    """Nodes (rows, highest mean first) by hours (columns); cells of one colour share a path."""
    rows = sorted(report.nodes, key=lambda node: (-(node.mean or 0.0), node.id))
    cells: dict[str, list[str]] = defaultdict(list)
    for row, node in enumerate(rows):
        hour = 0
        while hour < HOURS_PER_DAY:
            colour, first = scale.colour(node.intensity[hour]), hour
            while hour < HOURS_PER_DAY and scale.colour(node.intensity[hour]) == colour:
                hour += 1
            wide = (hour - first) * CELL_WIDTH
            cells[colour].append(f"M{first * CELL_WIDTH} {HEAT_TOP + row * CELL_HEIGHT}h{wide}v{CELL_HEIGHT}h-{wide}z")
    paths = [f'<path fill="{colour}" d="{"".join(moves)}"/>' for colour, moves in sorted(cells.items())]
    hours = [
        f'<text class="tick" x="{hour * CELL_WIDTH}" y="{HEAT_TOP - 6}">{hour:02d}</text>'
        for hour in range(0, HOURS_PER_DAY, 3)
    ]
    label = f"Carbon intensity of every node of {report.grid} in every hour"
    return _svg(HOURS_PER_DAY * CELL_WIDTH, HEAT_TOP + len(rows) * CELL_HEIGHT, label, *hours, *paths)
