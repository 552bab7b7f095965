"""What stands above and below the lanes of a Timeline: the map of the whole trace, the ruler, bands, strips, legend."""

import numpy as np

from analysis.activity import RUNNING, Activity
from analysis.cover import cycles, stops
from analysis.lanes import everything
from analysis.memo import memo
from analysis.spot import LaneKind
from analysis.timeline import highest
from analysis.timetext import duration, moment
from analysis.units import label
from analysis.view import Window
from parsers.trace.model import Int64, Trace
from tui import glyphs
from tui.picture import STYLE, Row
from tui.rows.lanecells import Floats, Grid, blank, codes, is_bars, levels

_IN_CALLS = (Activity.SYSCALL, Activity.SYSCALL_BLOCKED)
_WAITING = tuple(each for each in Activity if each > Activity.SYNC)
_APART = 12  # columns between the marks of the ruler
_STEPS = (1, 2, 5)
# Lines from which on there is room for more than the most needed strips.
_TALL = 24


def shares_of(trace: Trace, edges: Int64) -> tuple[Floats, Floats]:
    """How much of each column the program was stopped, and a GC cycle going on: float64[columns], 0 to 1."""
    length = np.maximum(np.diff(edges), 1)
    lane = np.zeros(1, np.int64)
    stopped, collected = (each.between(lane, edges[None, :])[0] / length for each in (stops(trace), cycles(trace)))
    return stopped, collected


def head(
    trace: Trace, seen: Window, edges: Int64, marked: Window | None, shares: tuple[Floats, Floats], height: int
) -> tuple[Row, ...]:
    """The rows above the lanes, of as many columns as `edges` has."""
    columns = len(edges) - 1
    rows = [_map(trace, seen, columns), ruler(seen, edges, marked), bands(*shares)]
    counts = everything(trace).columns(np.zeros(1, np.int64), edges)[0] / np.maximum(np.diff(edges), 1)[:, None]
    limit = int(highest(trace.gomaxprocs, edges).max(initial=0))
    rows.append(_running(counts, limit))
    rows.append(_count("runnable", counts[:, Activity.RUNNABLE], "runnable"))
    rows.append(_count("locks", counts[:, Activity.SYNC], "sync"))
    if height >= _TALL:
        rows.append(_count("syscalls", counts[:, _IN_CALLS].sum(axis=1), "dim"))
        rows.append(_count("waiting", counts[:, _WAITING].sum(axis=1), "dim"))
    heap = highest(trace.heap, edges)
    rows.append(strip("heap", heap, heap.max(initial=0), label(int(heap.max(initial=0)), "bytes"), "channel"))
    return tuple(rows)


def _map(trace: Trace, seen: Window, columns: int) -> Row:
    """What ran over the whole trace, and between brackets what is seen of it."""
    grid = blank(1, columns)
    grid.chars[0] = levels(_activity(trace, columns), glyphs.current().levels)
    grid.styles[0] = STYLE["dim"]
    first = min(columns - 1, seen.start * columns // max(1, trace.duration_ns))
    last = max(first, min(columns - 1, -(-seen.end * columns // max(1, trace.duration_ns)) - 1))
    grid.styles[0, first : last + 1] = STYLE["strong"]
    if last - first < columns - 1:
        if last == first:
            grid.write(0, first, glyphs.current().window, STYLE["strong"])
        else:
            grid.write(0, first, "[", STYLE["strong"])
            grid.write(0, last, "]", STYLE["strong"])
    return _row("trace", grid, duration(trace.duration_ns), fixed=True)


@memo
def _activity(trace: Trace, columns: int) -> Floats:
    """How many of the Ps ran, in each of so many parts of the trace: float64, 0 to 1."""
    edges = np.arange(columns + 1) * trace.duration_ns // columns
    counts = everything(trace).columns(np.zeros(1, np.int64), edges)[0]
    running = counts[:, RUNNING].sum(axis=1) / np.maximum(np.diff(edges), 1)
    share: Floats = running / max(
        1.0, float(highest(trace.gomaxprocs, edges).max(initial=0)), float(running.max(initial=0))
    )
    return share


def ruler(seen: Window, edges: Int64, marked: Window | None) -> Row:
    """The time of some columns, and what of them is marked."""
    glyph = glyphs.current()
    columns = len(edges) - 1
    grid = blank(1, columns)
    grid.styles[0] = STYLE["dim"]
    if marked is not None:
        inside = (edges[:-1] < marked.end) & (edges[1:] > marked.start)
        grid.chars[0, inside] = ord(glyph.marked)
        grid.styles[0, inside] = STYLE["runnable"]
    step = _step((seen.end - seen.start) * _APART / columns)
    for at in range(-(-seen.start // step) * step, seen.end, step):
        column = int(np.searchsorted(edges, at, side="right")) - 1
        text = glyph.tick + moment(at, step)
        if column + len(text) <= columns:
            grid.chars[0, column : column + len(text)] = codes(text)
    return _row("window", grid, duration(seen.end - seen.start))


def _step(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20 … ns that is no less."""
    factor = 1
    while True:
        for each in _STEPS:
            if each * factor >= least:
                return each * factor
        factor *= 10


def bands(stopped: Floats, collected: Floats) -> Row:
    """GC cycles, and over them every pause, however short."""
    glyph = glyphs.current()
    grid = blank(1, len(stopped))
    grid.chars[0] = levels(collected, glyph.gc_levels)
    grid.styles[0] = STYLE["gc"]
    grid.chars[0, stopped > 0] = ord(glyph.stop)
    grid.styles[0, stopped > 0] = STYLE["stop"]
    return _row("GC, stops", grid)


def _running(counts: Floats, limit: int) -> Row:
    """How many goroutines run, against as many as can; in the collector's colour where most run for it."""
    running = counts[:, RUNNING].sum(axis=1)
    row = strip("running", running, max(limit, 1), str(limit), "running")
    collecting = counts[:, Activity.GC] * 2 > running
    styles = np.where(collecting, STYLE["gc"], STYLE["running"]).astype(np.uint8)
    return row._replace(styles=bytes(styles))


def _count(name: str, values: Floats, style: str) -> Row:
    top = float(values.max(initial=0))
    return strip(name, values, top, f"{top:.1f}" if 0 < top < 10 else f"{top:.0f}", style)


def strip(name: str, values: "Floats | Int64", top: float, number: str, style: str) -> Row:
    """Bars, the highest of which stands for `top`, which is the `number` beside the name."""
    grid = blank(1, len(values))
    grid.chars[0] = levels(np.asarray(values, np.float64) / max(top, 1e-9), glyphs.current().levels)
    grid.styles[0] = STYLE[style]
    return _row(name, grid, number)


def _row(label: str, grid: Grid, number: str = "", *, fixed: bool = False) -> Row:
    return Row(label, grid.text(0), grid.style(0), number=number, style="dim", fixed=fixed)


def legend(kind: LaneKind, columns: int) -> tuple[Row, ...]:
    """What the characters of the lanes stand for, in as many rows of so many columns as it takes."""
    rows: list[Row] = []
    grid, at = blank(1, columns), 0
    for char, style, words in _signs(kind):
        wide = len(char) + len(words) + 3
        if at and at + wide > columns:
            rows.append(_row("", grid, fixed=True))
            grid, at = blank(1, columns), 0
        if at + wide <= columns:
            grid.write(0, at, char, STYLE[style])
            grid.write(0, at + len(char) + 1, words, STYLE["dim"])
            at += wide
    return (*rows, _row("", grid, fixed=True))


def _signs(kind: LaneKind) -> list[tuple[str, str, str]]:
    glyph = glyphs.current()
    bars = is_bars(kind)
    running = glyph.levels if bars else glyph.run_levels
    signs = [
        (running[len(running) // 2 :][::2] or running, "running", "running"),
        (glyph.gc_levels[-2:], "gc", "for the GC"),
        (glyph.syscall_levels[-2:], "syscall", "system call"),
        (glyph.waits[0] * 2, "syscall", "blocked there"),
    ]
    if not bars:
        signs += [
            (glyph.runnable_levels[-2:], "runnable", "runnable"),
            (glyph.waits[1] * 2, "sync", "lock"),
            (glyph.waits[2] * 2, "channel", "channel, select"),
            (glyph.waits[3] * 2, "network", "network"),
            (glyph.waits[4] * 2, "sleep", "sleep"),
            (glyph.waits[5] * 2, "gc", "waits for the GC"),
            (glyph.waits[6] * 2, "dim", "other waits"),
        ]
    return [*signs, (glyph.gc_band, "gc", "GC cycle"), (glyph.stop, "stop", "world stopped")]
