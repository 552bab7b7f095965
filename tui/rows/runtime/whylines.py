"""Rows of the page that says why, and the bars in them: how much of a stretch of time, and where in it."""

from dataclasses import dataclass

from tui import glyphs
from tui.runtimespot import Stretch

BAR = 12


@dataclass(frozen=True, slots=True)
class Line:
    """A row: when it began and how long it took, both in the stretch; the span and goroutine behind it, -1 for none."""

    what: str
    start: int = -1
    ns: int = -1
    goroutine: int = -1
    span: int = -1
    section: bool = False
    share: float = 0.0
    bar: str = ""


def lasting(there: Stretch, text: str, start: int, end: int, goroutine: int, span: int) -> Line:
    """The row of what went on from `start` to `end`, as far as that lies in the stretch."""
    start, end = max(start, there.start), min(end, there.end)
    share = (end - start) / (there.end - there.start)
    return Line(text, start, max(0, end - start), goroutine, span, share=share, bar=gantt(there, start, end))


def bar(share: float) -> str:
    """As long as it is a part of the whole."""
    glyph = glyphs.current()
    cells = share * BAR
    whole = int(cells)
    part = glyph.bars[int((cells - whole) * (len(glyph.bars) - 1))] if whole < BAR else ""
    return (glyph.bars[-1] * whole + part).rstrip()


def gantt(there: Stretch, start: int, end: int) -> str:
    """Where in the stretch this lies."""
    length = there.end - there.start
    first = max(0, min(BAR - 1, (start - there.start) * BAR // length))
    last = max(first, min(BAR - 1, -(-(end - there.start) * BAR // length) - 1))
    glyph = glyphs.current()
    return " " * first + glyph.bars[-1] * (last - first + 1)


def mark(there: Stretch, moment: int) -> str:
    """Where in the stretch a moment is."""
    first = max(0, min(BAR - 1, (moment - there.start) * BAR // (there.end - there.start)))
    return " " * first + glyphs.current().tick
