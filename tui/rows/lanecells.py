"""Lanes as cells: which character and which style a column of a lane has, and the words inside long spans.

A column shows what took most of it: on a P or thread how busy it was, on other lanes first what is active, and only
where nothing is what is waited for. Pauses of the whole program go across all lanes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from analysis.activity import ACTIVE, ACTIVITIES, BLOCKED, Activity
from analysis.lanes import Lanes
from analysis.spot import LaneKind
from analysis.timeline import span
from parsers.trace.model import Bool, Int64, UInt8
from tui import glyphs
from tui.picture import STYLE
from tui.rows.spanwords import caption

Chars = NDArray[np.uint32]
Floats = NDArray[np.float64]

BUSY = (Activity.RUNNING, Activity.GC, Activity.SYSCALL)
_STYLE_OF = {
    Activity.NONE: "plain",
    Activity.RUNNING: "running",
    Activity.GC: "gc",
    Activity.RUNNABLE: "runnable",
    Activity.SYSCALL: "syscall",
    Activity.SYSCALL_BLOCKED: "syscall",
    Activity.SYNC: "sync",
    Activity.CHANNEL: "channel",
    Activity.NETWORK: "network",
    Activity.SLEEP: "sleep",
    Activity.GC_WAIT: "gc",
    Activity.WAITING: "dim",
}
# A wait for a lock shows even where a little runs in between: that is what one looks for.
_LOCKS = (Activity.SYNC, Activity.SYSCALL_BLOCKED)
_LITTLE = 1 / 16
# Of a column that a pause takes so much of, all lanes are marked.
_PAUSED = 1 / 4
_COLLECTED = 1 / 2
# Words need so many cells.
_WORDS = 5


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """Characters (uint32) and styles (uint8) of rows by columns."""

    chars: Chars
    styles: UInt8

    def text(self, row: int) -> str:
        return bytes(self.chars[row]).decode("utf-32-le")

    def style(self, row: int) -> bytes:
        return bytes(self.styles[row])

    def write(self, row: int, column: int, text: str, style: int) -> None:
        """Put `text`, of characters one cell wide, over what is there."""
        self.chars[row, column : column + len(text)] = codes(text)
        self.styles[row, column : column + len(text)] = style


def codes(text: str) -> Chars:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def blank(rows: int, columns: int) -> Grid:
    return Grid(np.full((rows, columns), ord(" "), np.uint32), np.zeros((rows, columns), np.uint8))


def levels(shares: Floats, characters: str) -> Chars:
    """The character of every share from 0 to 1: a blank for nothing, and for the least something the lowest."""
    place = np.clip(np.ceil(shares * len(characters) - 1e-9), 0, len(characters)).astype(np.int64)
    return codes(" " + characters)[place]


def lane_grid(
    every: Lanes, shown: Int64, times: Int64, edges: Int64, bands: tuple[Floats, Floats], tall: int = 1
) -> Grid:
    """The cells of lanes from `times`, int64[lanes, columns, ACTIVITIES], what Lanes.columns says of `edges`.

    `bands` are how much of each column the program was stopped, and how much a GC cycle was going on; only bars can be
    more than one row `tall`.
    """
    length = np.maximum(np.diff(edges), 1)[None, :, None]
    shares = times / length
    bars = is_bars(every.kind)
    grid = _bars(shares, tall) if bars else states(shares, every.many)
    _bands(grid, *bands)
    if not every.many:
        _captions(grid, every, shown, edges, tall)
    return grid


def is_bars(kind: LaneKind) -> bool:
    """Whether lanes of a kind show how busy they are, and not what they do."""
    return kind in (LaneKind.PROCS, LaneKind.THREADS)


def _bars(shares: Floats, tall: int) -> Grid:
    """How busy, and with what most of it: as many rows of bars as lanes are tall."""
    glyph = glyphs.current()
    busy = shares[:, :, BUSY]
    most = np.repeat(np.array(BUSY)[busy.argmax(axis=2)], tall, axis=0)
    below = np.arange(tall)[::-1, None]
    share = np.clip(busy.sum(axis=2)[:, None, :] * tall - below, 0, 1).reshape(-1, shares.shape[1])
    chars = levels(share, glyph.levels)
    chars = np.where(most == Activity.GC, levels(share, glyph.gc_levels), chars)
    chars = np.where(most == Activity.SYSCALL, levels(share, glyph.syscall_levels), chars)
    blocked = (share == 0) & (np.repeat(shares[:, :, Activity.SYSCALL_BLOCKED], tall, axis=0) > 0)
    blocked &= np.arange(len(share))[:, None] % tall == tall - 1
    chars = np.where(blocked, ord(glyph.waits[0]), chars)
    return Grid(chars.astype(np.uint32), _styles(np.where(blocked, Activity.SYSCALL_BLOCKED, most)))


def states(shares: Floats, many: bool) -> Grid:
    """What is active, or else what is waited for. Of many goroutines, against the most active column."""
    glyph = glyphs.current()
    active, waits = shares[:, :, ACTIVE], shares[:, :, BLOCKED]
    if many:
        active = active / np.maximum(active.sum(axis=2).max(axis=1, initial=0), 1)[:, None, None]
    most = np.array(ACTIVE)[active.argmax(axis=2)]
    share = active.max(axis=2)
    wait = waits.argmax(axis=2)
    waited = waits.max(axis=2)
    lock = np.isin(np.array(BLOCKED)[wait], _LOCKS) & (waited >= 1 / 2) & (share < _LITTLE)
    if many:
        # More behind locks than at work: a queue.
        sync = shares[:, :, Activity.SYNC]
        lock = (sync >= 1) & (sync > shares[:, :, ACTIVE].sum(axis=2))
        wait = np.where(lock, BLOCKED.index(Activity.SYNC), wait)
    waiting = ((share == 0) & (waited > 0)) | lock
    chars = codes(glyph.waits)[wait]
    for activity, characters in (
        (Activity.RUNNING, glyph.run_levels),
        (Activity.GC, glyph.gc_levels),
        (Activity.RUNNABLE, glyph.runnable_levels),
        (Activity.SYSCALL, glyph.syscall_levels),
    ):
        chars = np.where(~waiting & (most == activity), levels(share, characters), chars)
    return Grid(chars.astype(np.uint32), _styles(np.where(waiting, np.array(BLOCKED)[wait], most)))


def _styles(activity: Int64) -> UInt8:
    table = np.zeros(ACTIVITIES, np.uint8)
    for each, name in _STYLE_OF.items():
        table[each] = STYLE[name]
    found: UInt8 = table[activity]
    return found


def _captions(grid: Grid, every: Lanes, shown: Int64, edges: Int64, tall: int) -> None:
    """Words inside the spans that take several columns whole."""
    bars, apart = is_bars(every.kind), " " if glyphs.current() is glyphs.ASCII else ""
    for lane, first, last, row in _runs(every, shown, edges):
        here = span(every.trace, row)
        busy = here.activity in BUSY
        # Where the span is no block, some of its line is left on both sides.
        room = last - first - (0 if busy else 2 + 2 * len(apart))
        words = caption(every.trace, here, bars, room) if here.activity else ""
        if not words:
            continue
        words = words if words.isascii() else "".join(char if cell_len(char) == 1 else "?" for char in words)
        if busy:
            style = {Activity.GC: "on-gc", Activity.SYSCALL: "on-syscall"}.get(here.activity, "on-running")
            grid.write(lane * tall, first, words, STYLE[style])
        else:
            line = (lane + 1) * tall - 1
            grid.write(line, first + 1, f"{apart}{words}{apart}", STYLE[_STYLE_OF[here.activity]])


def _runs(every: Lanes, shown: Int64, edges: Int64) -> list[tuple[int, int, int, int]]:
    """Stretches of columns inside one span: the lane among those shown, first and last column, the span."""
    if not every.sums.length:
        return []
    place = every.spans_at(shown, edges)
    begin, end = place[:, :-1], edges[1:]
    whole = (begin >= 0) & (begin == place[:, 1:])
    if every.low is not None and every.high is not None:
        whole &= (every.low[shown][:, None] <= edges[:-1]) & (end <= every.high[shown][:, None])
    whole &= every.ends(np.maximum(begin, 0)) >= end
    inside = np.where(whole, begin, -1)
    change = np.ones(inside.shape, np.bool_)
    change[:, 1:] = inside[:, 1:] != inside[:, :-1]
    starts = np.flatnonzero(change.ravel())
    lengths = np.diff(np.append(starts, inside.size))
    kept = (lengths >= _WORDS) & (inside.ravel()[starts] >= 0)
    columns = inside.shape[1]
    return [
        (start // columns, start % columns, start % columns + length, every.row(int(inside.ravel()[start])))
        for start, length in zip(starts[kept].tolist(), lengths[kept].tolist(), strict=True)
    ]


def _bands(grid: Grid, stopped: Floats, collected: Floats) -> None:
    """Pauses across what is not active, and the collector's cycles across what is blank."""
    glyph = glyphs.current()
    empty = grid.chars == ord(" ")
    waits = np.isin(grid.chars, codes(glyph.waits)) & (grid.styles != STYLE["sync"])
    paused = (stopped >= _PAUSED)[None, :]
    _put(grid, empty & (collected >= _COLLECTED)[None, :], glyph.gc_band, "gc")
    _put(grid, (empty | waits) & paused, glyph.stop, "stop")


def _put(grid: Grid, where: Bool, char: str, style: str) -> None:
    grid.chars[where] = ord(char)
    grid.styles[where] = STYLE[style]
