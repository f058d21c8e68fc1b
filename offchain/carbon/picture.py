"""A traced snapshot as a picture: nodes coloured by intensity, flows as arrows."""

import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from offchain.carbon.trace import Trace
from offchain.errors import InputError
from offchain.files import write_atomically

COLOURS = ("#0b8f87", "#7ac596", "#f6d66e", "#e2783c", "#8c1e30")  # low to high, as in the report of a day
NO_POWER = "#b0b0b0"
LARGEST_LAYOUT = 3000  # nodes without coordinates: the layout needs all their distances
NAMED = 60  # nodes whose names still can be read

ARROW_PART = 0.9  # of the way to the receiver

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def write_picture(file: Path, trace: Trace, *, coordinates: Floats | None, unit: str, step: int = 0) -> None:
    """Draw a step as SVG; the same trace gives the same bytes.

    Args:
        file: where to.
        trace: the trace.
        coordinates: of the nodes, (nodes, 2); none means that they are laid out by their distance in branches.
        unit: of the intensities.
        step: which step.

    Raises:
        InputError: there are too many nodes to lay out.

    """
    places = layout(trace) if coordinates is None else coordinates
    snapshot, live = trace.snapshot, trace.live[step]
    figure = Figure(figsize=(9, 7), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_axis_off()
    colours = mpl.colors.LinearSegmentedColormap.from_list("intensity", COLOURS)
    scale = mpl.colors.Normalize(0, float(trace.intensity[step].max(initial=0)) or 1)
    sender, start, arrow = _arrows(trace, places, step=step)
    shades = colours(scale(trace.intensity[step, sender]))
    axes.quiver(*start.T, *arrow.T, angles="xy", scale_units="xy", scale=1, width=0.003, color=shades, zorder=1)
    size = float(np.clip(4000 / max(snapshot.node_count, 1), 6, 220))
    axes.scatter(places[~live, 0], places[~live, 1], s=size, c=NO_POWER, zorder=2)
    shade = trace.intensity[step, live]
    dots = axes.scatter(
        places[live, 0], places[live, 1], s=size, c=shade, cmap=colours, norm=scale, zorder=2, edgecolors="white"
    )
    figure.colorbar(dots, ax=axes, label=f"carbon intensity [{unit}]", shrink=0.8)
    if snapshot.node_count <= NAMED:
        for name, (x, y) in zip(snapshot.nodes, places, strict=True):
            axes.annotate(name, (x, y), xytext=(0, 9), textcoords="offset points", ha="center", fontsize=8)
    sink = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "gridleaf", "svg.fonttype": "none"}):
        figure.savefig(sink, format="svg", metadata={"Date": None})
    write_atomically(file, sink.getvalue())


def _arrows(trace: Trace, places: Floats, *, step: int) -> tuple[Indices, Floats, Floats]:
    """Sender, start and way of an arrow per branch, most of the way to the receiver."""
    s = trace.snapshot
    forward = s.p_from_mw[step] >= s.p_to_mw[step]
    sender, receiver = np.where(forward, s.from_node, s.to_node), np.where(forward, s.to_node, s.from_node)
    return sender, places[sender], ARROW_PART * (places[receiver] - places[sender])


def layout(trace: Trace) -> Floats:
    """Lay nodes out so that distances in the plane are near those in branches, (nodes, 2): classical scaling.

    Raises:
        InputError: there are too many nodes.

    """
    s = trace.snapshot
    if s.node_count > LARGEST_LAYOUT:
        raise InputError(f"{s.node_count} nodes cannot be laid out without coordinates: {LARGEST_LAYOUT} at most")
    edges = csr_array((np.ones(len(s.branches)), (s.from_node, s.to_node)), shape=(s.node_count, s.node_count))
    hops = shortest_path(edges, directed=False, unweighted=True)
    hops[np.isinf(hops)] = hops[np.isfinite(hops)].max(initial=0) + 1
    centred = -0.5 * (hops**2 - (hops**2).mean(axis=0) - (hops**2).mean(axis=1)[:, np.newaxis] + (hops**2).mean())
    values, vectors = np.linalg.eigh(centred)
    axes = vectors[:, [-1, -2]] if s.node_count > 1 else np.zeros((s.node_count, 2))
    lengths = np.sqrt(np.maximum(values[[-1, -2]], 0)) if s.node_count > 1 else np.zeros(2)
    turned = axes * np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1, 1)
    return np.asarray(turned * lengths)
