"""A picture of lanes: what stands above them, they themselves, and their legend."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analysis.laneorder import Order, alive, group_sizes, lane_name
from analysis.lanes import Lanes
from analysis.spot import LaneKind, Spot
from analysis.timetext import duration
from analysis.view import Window
from parsers.trace.model import Int32, Int64, Trace
from tui.picture import Picture, Row
from tui.rows.lanecells import BUSY, is_bars, lane_grid
from tui.rows.timehead import head, legend, shares_of

# Of lanes with names the gutter takes a third of the width, within these.
_NARROW, _LEAST_NAME, _MOST_NAME = 15, 24, 40
# What a task's label has beside name and number: blanks, a mark, and how long it took.
_TASK_REST = 12
# Rows that a lane of bars takes where there is room.
_TALLEST = 3


class Size(NamedTuple):
    """The cells that a picture has."""

    width: int
    height: int


@dataclass(frozen=True, eq=False, slots=True)
class Drawn:
    """A picture, and the trace behind it: `order` are lanes of `every`, those that are there to be seen, and `row` is
    the one of the cursor. `full` are all that there could be.

    `edges` (int64, ns) are the columns' bounds, and `times` what the lanes on the screen do in each: int64[lanes,
    columns, ACTIVITIES].
    """

    picture: Picture
    every: Lanes
    full: Order
    order: Int32
    row: int
    edges: Int64
    times: Int64

    @property
    def trace(self) -> Trace:
        return self.every.trace

    def lane(self, row: int) -> int:
        return int(self.order[row])

    def identity(self, row: int) -> int | str:
        """What a lane is called in a Spot."""
        return self.every.identity(self.lane(row))

    def column(self, at: int) -> int:
        """The column of a moment."""
        return max(0, min(int(np.searchsorted(self.edges, at, side="right")) - 1, len(self.edges) - 2))


def drawn(every: Lanes, full: Order, spot: Spot, size: Size, top: int = 0, marked: Window | None = None) -> Drawn:
    """The picture at `spot` of those of the lanes `full`, at least one, that are there in the window.

    The cursor's is among them in any case. `top` is the first on the screen, if the cursor's is then on it too.
    """
    trace = every.trace
    own = every.row_of(spot.lane)
    order = alive(every, full, spot.window, own)
    order = order if len(order) else full.lanes[:1]
    gutter = _gutter(trace, every.kind, size.width)
    seen = spot.seen(trace.duration_ns)
    edges = _edges(seen, max(1, size.width - gutter))
    bands = shares_of(trace, edges)
    above = head(trace, seen, edges, marked, bands, size.height)
    below, tall = legend(every.kind, len(edges) - 1), 1
    if is_bars(every.kind):
        tall = max(1, min(_TALLEST, (size.height - len(above) - len(below) - 1) // len(order)))
    body = max(1, (size.height - len(above)) // tall)
    row = row_of(order, own)
    first = top if top <= row < top + body else row - body // 2
    first = max(0, min(first, len(order) - body))
    shown = order[first : first + body].astype(np.int64)
    times = every.columns(shown, edges)
    grid = lane_grid(every, shown, times, edges, bands, tall)
    rows: list[Row] = []
    for at, lane in enumerate(shown.tolist()):
        labels = [_label(every, lane, times[at], edges), *[("", "", "")] * (tall - 1)]
        for line, (lead, name, number) in enumerate(labels, at * tall):
            rows.append(Row(name, grid.text(line), grid.style(line), lead, number))
    foot = below if len(above) + len(rows) + len(below) < size.height else ()
    picture = Picture(gutter, above, tuple(rows), foot, tall, first, len(order))
    return Drawn(picture, every, full, order, row, edges, times)


def _edges(window: Window, columns: int) -> Int64:
    """int64[columns + 1]: where the columns of a window begin, and its end."""
    return window.start + np.arange(columns + 1) * (window.end - window.start) // columns


def row_of(order: Int32, lane: int | None) -> int:
    """The row of a lane, the first where it is not among them."""
    found = np.flatnonzero(order == lane) if lane is not None else order[:0]
    return int(found[0]) if len(found) else 0


def _gutter(trace: Trace, kind: LaneKind, width: int) -> int:
    """The cells that labels have: the same for all lanes of a kind, so that the columns stay where they are."""
    most = min(max(_LEAST_NAME, min(_MOST_NAME, width // 3)), width // 2)
    match kind:
        case LaneKind.PROCS | LaneKind.THREADS:
            return min(_NARROW, width // 2)
        case LaneKind.TASKS:
            names = (len(trace.strings[name]) for name in np.unique(trace.tasks.name).tolist())
            digits = len(str(int(trace.tasks.id.max(initial=0))))
            return min(most, max(_NARROW, max(names, default=0) + digits + _TASK_REST))
        case _:
            return most


def _label(every: Lanes, lane: int, times: Int64, edges: Int64) -> tuple[str, str, str]:
    """What stands beside a lane: what is never cut, its name, and a number."""
    name, trace = lane_name(every, lane), every.trace
    match every.kind:
        case LaneKind.PROCS | LaneKind.THREADS:
            busy = int(times[:, list(BUSY)].sum()) * 100 / max(1, int(edges[-1] - edges[0]))
            return "", name, f"{min(busy, 100):.0f}%" if busy >= 1 or not busy else "<1%"
        case LaneKind.GROUPS:
            return "", name, str(group_sizes(trace)[lane])
        case LaneKind.TASKS if every.low is not None and every.high is not None:
            return "", name, duration(int(every.high[lane] - every.low[lane]))
        case _:
            id, _, function = name.partition(" ")
            return f"{id} ", function, ""
