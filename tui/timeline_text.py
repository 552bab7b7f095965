"""The Timeline as lines of text: the picture that the screen shows, printed whole."""

from collections.abc import Iterator
from itertools import groupby

from rich.cells import cell_len

from analysis.errors import ViewError
from analysis.expressions import compiled
from analysis.laneorder import Order, alive, lane_order, matching
from analysis.lanes import lanes
from analysis.spot import LaneKind, Spot
from analysis.view import Window
from parsers.trace.model import Trace
from tui import glyphs
from tui.picture import STYLES, Row
from tui.rows.lanepicture import Size, drawn
from tui.widgets.elide import elide

# The screen's colours (tui.widgets.timeline) as SGR parameters.
_SGR = {
    "dim": "2",
    "running": "32",
    "gc": "35",
    "runnable": "33",
    "syscall": "36",
    "sync": "31",
    "channel": "34",
    "network": "36",
    "sleep": "2",
    "stop": "1;31",
    "strong": "1",
    "on-running": "7;32",
    "on-gc": "7;35",
    "on-syscall": "7;36",
}
# Lines beside those of lanes for which bars of lanes are drawn as on a screen.
_LINES = 34
_LEAST_WIDTH = 40


def timeline_lines(
    trace: Trace,
    window: Window,
    kind: str,
    width: int,
    *,
    ascii: bool = False,
    most: int = 0,
    pattern: str = "",
    colour: bool = False,
) -> Iterator[str]:
    """The lines of `window`, `width` cells wide, with lanes of a `kind`: at most so many, or all for 0.

    `pattern` is an RE2 expression, and leaves the lanes whose name it matches somewhere. Raises ViewError.
    """
    glyphs.use(ascii=ascii)
    if width < _LEAST_WIDTH:
        raise ViewError(f"a timeline needs {_LEAST_WIDTH} columns or more, not {width}")
    spot = Spot(lanes=LaneKind(kind), window=window)
    every = lanes(trace, spot.lanes)
    order = lane_order(trace, spot.lanes, spot.sorted_by, False, None)
    if pattern:
        order = Order(order.lanes[matching(every, order, compiled(pattern))], len(every))
    if not len(order):
        raise ViewError(f"no lane matches “{pattern}”" if pattern else f"there are no {kind} in the trace")
    there = alive(every, order, window, None)
    if not len(there):
        raise ViewError(f"none of the {kind} is there in that time")
    shown = Order(there[: most or None], len(every))
    result = drawn(every, shown, spot, Size(width, max(_LINES, 2 * len(shown) + _LINES)))
    picture = result.picture
    for row in (*picture.head, *picture.rows, *picture.foot):
        yield row_line(row, picture.gutter, colour)
    if len(shown) < len(there):
        yield f" {len(shown)} of {len(there)} {kind}"


def row_line(row: Row, gutter: int, colour: bool) -> str:
    """A row of a picture as text."""
    room = gutter - 2 - cell_len(row.lead) - (cell_len(row.number) + 1 if row.number else 0)
    name = row.lead + elide(row.label, max(0, room))
    label = "" if not gutter else f" {name}{' ' * (gutter - 2 - cell_len(name) - cell_len(row.number))}{row.number} "
    if not colour:
        return (label + row.text).rstrip()
    parts, at = [label], 0
    for number, run in groupby(row.styles):
        end = at + sum(1 for _ in run)
        parts.append(_coloured(row.text[at:end], _SGR.get(STYLES[number], "")))
        at = end
    return "".join(parts)


def _coloured(text: str, sgr: str) -> str:
    return f"\x1b[{sgr}m{text}\x1b[m" if sgr and text.strip() else text
