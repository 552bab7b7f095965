"""The characters the screen is drawn with, in two sets: one in Unicode, one in plain ASCII.

Widgets ask `current()` when they draw, so that the choice is made once, at the start, and nowhere else.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set. Each is one cell wide, or levels of one cell each, save the longer ones in ASCII."""

    ellipsis: str
    cursor: str
    hot: str
    changed: str
    least: str  # before the least of something
    delta: str  # before what has been added to
    tree_open: str
    tree_closed: str
    tree_leaf: str
    close: str
    following: str
    separator: str
    menu: str
    enter: str
    up: str
    down: str
    left: str
    right: str
    shades: str  # light to full, for bands and coarse bars
    bars: str  # empty to full, left to right: the last cell of a horizontal bar
    levels: str  # low to high: sparklines, and how busy a P is
    run_levels: str  # how much of the time a goroutine runs
    gc_levels: str  # and runs for the collector
    syscall_levels: str
    runnable_levels: str
    waits: str  # what is waited for: blocked system call, sync, channel, network, sleep, collector, anything else
    gc_band: str  # a GC cycle across the lanes
    stop: str  # a stop-the-world pause across the lanes
    cross: str  # the time cursor, where nothing else is
    tick: str  # a mark on a ruler of time
    marked: str  # a marked stretch of it
    window: str  # a window too narrow for brackets
    inlined: str  # before an inlined call's name
    edge: str  # of a box, at its left
    halves: str  # a cell of which the left half is drawn, and the right half; as none where there are no such cells
    dots: str  # a cell of two by four dots, none of them set; as none where there are no such cells
    area: str  # a filled curve, low to full
    line: str  # a curve
    dotted: str  # a dotted curve


UNICODE = Glyphs(
    ellipsis="…",
    cursor="▸",
    hot="▌",
    changed="•",
    least="≥",
    delta="Δ ",
    tree_open="▾",
    tree_closed="▸",
    tree_leaf="·",
    close="✕",
    following="●",
    separator="│",
    menu="▾",
    enter="↵",
    up="↑",
    down="↓",
    left="←",
    right="→",
    shades="░▒▓█",
    bars=" ▏▎▍▌▋▊▉█",
    levels="▁▂▃▄▅▆▇█",
    run_levels="▁▂▃▄▅▆▇█",
    gc_levels="▖▌▙",
    syscall_levels="▫▪■",
    runnable_levels="░▒▓",
    waits="═━─╌┄┈·",
    gc_band="┊",
    stop="│",
    cross="┃",
    tick="╷",
    marked="═",
    window="◆",
    inlined="›",
    edge="▏",
    halves="▌▐",
    dots="\N{BRAILLE PATTERN BLANK}",
    area="⣀⣤⣶⣿",
    line="⠒",
    dotted="⠂",
)
ASCII = Glyphs(
    ellipsis="..",
    cursor=">",
    hot="*",
    changed="!",
    least=">=",
    delta="+",
    tree_open="-",
    tree_closed="+",
    tree_leaf=".",
    close="x",
    following="@",
    separator="|",
    menu="v",
    enter="Enter",
    up="^",
    down="v",
    left="<-",
    right="->",
    shades=".:#@",
    bars=" .:-=+*#@",
    levels="_.-~=+*#",
    run_levels="rR",
    gc_levels="gG",
    syscall_levels="yY",
    runnable_levels="qQ",
    waits="bscnzw.",
    gc_band=":",
    stop="!",
    cross="|",
    tick="'",
    marked="=",
    window="X",
    inlined=">",
    edge="|",
    halves="",
    dots="",
    area="_-=#",
    line="*",
    dotted="o",
)

_current = UNICODE


def current() -> Glyphs:
    """Return the set in use."""
    return _current


def use(ascii: bool) -> None:
    """Draw with the ASCII set, or with Unicode. To be called before the first paint, as lines are cached."""
    global _current
    _current = ASCII if ascii else UNICODE


def sparkline(levels: Iterable[int]) -> str:
    """Levels, as `analysis.series.sparkline` gives them, as characters."""
    return "".join(_current.levels[level] for level in levels)


def writable(encoding: str | None) -> bool:
    """Tell whether `encoding` can write the Unicode set."""
    try:
        "".join((UNICODE.ellipsis, UNICODE.hot, UNICODE.close, UNICODE.enter, UNICODE.levels)).encode(
            encoding or "ascii"
        )
    except (LookupError, UnicodeEncodeError):
        return False
    return True
