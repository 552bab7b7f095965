"""The pictures above the rows of the Runtime pane: strips over time, histograms, curves."""

from collections.abc import Sequence

import numpy as np

from analysis.activity import ACTIVITIES, Activity, activities
from analysis.chain import Path
from analysis.lanes import lanes
from analysis.load import busy_share, idle_share
from analysis.spot import LaneKind
from analysis.timeline import highest
from analysis.timetext import duration
from analysis.units import label
from analysis.view import Window
from parsers.trace.model import Int64, Trace
from tui.picture import STYLE, Picture, Row
from tui.rows.braille import Axes, Curve, curves, frame, room
from tui.rows.lanecells import Floats, blank, lane_grid, states
from tui.rows.spanwords import goroutine_name
from tui.rows.timehead import bands, ruler, shares_of, strip

GUTTER = 15
_WIDE = 30


def window_of(trace: Trace, window: Window | None) -> Window:
    return window or Window(0, max(1, trace.duration_ns))


def columns_of(seen: Window, columns: int) -> Int64:
    """int64[columns + 1]: where the columns begin, and the last one ends."""
    return seen.start + np.arange(columns + 1) * (seen.end - seen.start) // columns


def overview(trace: Trace, window: Window | None, width: int) -> Picture:
    """Cycles and pauses, how busy the Ps were, whether one was free while goroutines waited, and the heap."""
    seen = window_of(trace, window)
    edges = columns_of(seen, max(1, width - GUTTER))
    busy = busy_share(trace, edges)
    heap = highest(trace.heap, edges)
    most = int(heap.max(initial=0))
    rows = [
        ruler(seen, edges, None),
        bands(*shares_of(trace, edges)),
        strip("Ps busy", busy, 1.0, f"{busy.mean():.0%}", "running"),
        strip("idle P, queue", idle_share(trace, edges), 1.0, "", "runnable"),
        strip("heap", heap, most, label(most, "bytes"), "channel"),
    ]
    return Picture(GUTTER, tuple(rows), ())


def histogram(values: Int64, width: int, what: str = "spread") -> Picture | None:
    """How many values there are of each size, in steps of a logarithm, over a ruler."""
    columns = max(10, width - GUTTER)
    values = values[values > 0]
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    first, last = np.floor(np.log10(low)), np.ceil(np.log10(max(high, low + 1)) + 1e-9)
    bounds = np.logspace(first, last, columns + 1)
    counts = np.histogram(values, bounds)[0]
    grid = blank(1, columns)
    grid.styles[0] = STYLE["dim"]
    free = 0
    for power in range(int(first), int(last)):
        column = int(np.searchsorted(bounds, 10.0**power, side="left"))
        text = duration(10**power)
        if free <= column <= columns - len(text):
            grid.write(0, column, text, STYLE["dim"])
            free = column + len(text) + 1
    # Many small ones must not hide the few that are large.
    bars = np.log1p(counts)
    return Picture(
        GUTTER,
        (
            strip(what, bars, float(bars.max()), f"{len(values):,}", "running"),
            Row("", grid.text(0), grid.style(0), fixed=True),
        ),
        (),
    )


def path_strips(trace: Trace, path: Path, goroutines: Sequence[int], seen: Window, width: int) -> Picture:
    """What held a request up at each moment, and below it what its goroutines did."""
    gutter = min(_WIDE, width // 3)
    edges = columns_of(seen, max(1, width - gutter))
    held = states(_path_times(trace, path, edges) / np.maximum(np.diff(edges), 1)[None, :, None], False)
    rows = [ruler(seen, edges, None), bands(*shares_of(trace, edges))]
    rows.append(Row("held up by", held.text(0), held.style(0), style="strong"))
    every = lanes(trace, LaneKind.GOROUTINES)
    shown = np.array(goroutines, np.int64)
    if len(shown):
        nothing = np.zeros(len(edges) - 1)
        grid = lane_grid(every, shown, every.columns(shown, edges), edges, (nothing, nothing))
        for at, goroutine in enumerate(goroutines):
            id, _, name = goroutine_name(trace, goroutine).partition(" ")
            rows.append(Row(name, grid.text(at), grid.style(at), f"{id} "))
    return Picture(gutter, tuple(rows), ())


def _path_times(trace: Trace, path: Path, edges: Int64) -> Floats:
    """float64[1, columns, ACTIVITIES]: how much of each column a path's steps do what."""
    doing = np.where(path.span >= 0, activities(trace)[np.maximum(path.span, 0)], Activity.NONE)
    found = np.zeros((1, len(edges) - 1, ACTIVITIES))
    for activity in np.unique(doing).tolist():
        mine = doing == activity
        start, end = path.start[mine], path.end[mine]
        found[0, :, activity] = np.diff(_covered(start, end, edges))
    return found


def _covered(start: Int64, end: Int64, times: Int64) -> Int64:
    """How much of the time before each moment lies in stretches that do not overlap and are in order."""
    sums = np.concatenate([[0], np.cumsum(end - start)])
    at = np.searchsorted(start, times, side="right")
    last = np.maximum(at - 1, 0)
    return np.where(at > 0, sums[at] - np.maximum(end[last] - times, 0), 0)


def drawn(
    values: Sequence[tuple[Curve, str]], axes: Axes, width: int, height: int, legend: Sequence[tuple[str, str]] = ()
) -> Picture:
    """Curves, each in a style, with their axes; `legend` are words in styles below them."""
    rows = frame(curves([curve for curve, _ in values], *room(width, height, axes)), width, height, axes)
    styles = [STYLE[style] for _, style in values]
    lines = []
    for runs in rows:
        text = "".join(part for part, _ in runs)
        cells = b"".join(bytes([STYLE["dim"] if owner < 0 else styles[owner]]) * len(part) for part, owner in runs)
        lines.append(Row("", text, cells, fixed=True))
    if legend:
        text = "".join(f" {words}  " for words, _ in legend)
        cells = b"".join(bytes([STYLE[style]]) * (len(words) + 3) for words, style in legend)
        lines.append(Row("", text[:width].ljust(width), cells[:width].ljust(width, b"\0"), fixed=True))
    return Picture(0, tuple(lines), ())
