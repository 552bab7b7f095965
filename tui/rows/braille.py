"""Curves in a terminal: a canvas of braille dots, two by four to a cell, or of ASCII characters where there are none.

It knows numbers from 0 to 1 and which curve a cell belongs to; what they stand for, and in which colours, is the
caller's business. Curves are told apart without colour as well: one is filled, one a line, one dotted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from parsers.trace.model import Bool, Int64
from tui import glyphs
from tui.rows.lanecells import Chars, Floats, codes

Int8 = NDArray[np.int8]

COLUMNS, ROWS = 2, 4  # dots of a cell
NOBODY = -1
# The bit of each dot of a braille cell, by row and column (Unicode: dots 1, 4; 2, 5; 3, 6; 7, 8).
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint32)
# What is smaller has no labels: so many cells are left beside them, and so many rows there are with those below.
_LEAST_WIDTH, _LEAST_HEIGHT = 8, 2

Run = tuple[str, int]
"""Text of one curve: its number among those drawn, or NOBODY."""


class Kind(Enum):
    """How a curve is drawn."""

    AREA = "area"  # filled down to 0: nothing is blank, and the least something is a row of dots
    LINE = "line"
    DOTTED = "dotted"


@dataclass(frozen=True, eq=False, slots=True)
class Curve:
    """A value for each column of dots, float64 from 0 to 1; nan where there is none, and the curve is broken."""

    values: Floats
    kind: Kind = Kind.LINE


@dataclass(frozen=True, eq=False, slots=True)
class Drawing:
    """Cells: characters (uint32[height, width]), and the number of the curve each belongs to, NOBODY for none.

    With a style for each curve, and one for nobody behind them, `styles[owner]` are the styles of the cells.
    """

    chars: Chars
    owner: Int8

    def lines(self) -> list[str]:
        """The rows as text, the highest first."""
        return [bytes(row).decode("utf-32-le") for row in np.ascontiguousarray(self.chars)]

    def runs(self) -> list[list[Run]]:
        """The rows as runs of cells that belong to the same curve."""
        return [_runs(text, owner) for text, owner in zip(self.lines(), self.owner, strict=True)]


@dataclass(frozen=True, slots=True)
class Axes:
    """Labels, each with its place from 0 to 1: `up` at the left of the curves, `along` below them.

    Where two would stand in one place, the one named first does.
    """

    up: tuple[tuple[float, str], ...] = ()
    along: tuple[tuple[float, str], ...] = ()


def curves(drawn: Sequence[Curve], width: int, height: int) -> Drawing:
    """Curves on so many cells, each over those before it: each has COLUMNS * `width` values.

    A cell belongs to the last curve that has a dot in it. Lines leave a margin of a dot in the areas they are drawn
    over, and so can be seen.
    """
    dots = np.zeros((len(drawn), height * ROWS, width * COLUMNS), np.bool_)
    areas = np.array([curve.kind is Kind.AREA for curve in drawn], np.bool_)
    for number, curve in enumerate(drawn):
        if len(curve.values) != width * COLUMNS:
            raise ValueError(f"{len(curve.values)} values for {width * COLUMNS} columns of dots")
        level = _heights(curve.values, height)
        if areas[number]:
            dots[number] = _area(level, height)
            continue
        line = _line(level, height)
        dots[:number][areas[:number]] &= ~_around(line)
        dots[number] = _every_other(line, level) if curve.kind is Kind.DOTTED else line
    owner = np.full((height, width), NOBODY, np.int8)
    for number, own in enumerate(dots):
        owner[_cells(own).any(axis=(1, 3))] = number
    together: Bool = np.logical_or.reduce(dots, axis=0)
    return Drawing(_characters(together, owner, drawn), owner)


def room(width: int, height: int, axes: Axes) -> tuple[int, int]:
    """The cells that are left for curves in a frame: their width and height."""
    gutter, below = _margins(width, height, axes)
    return width - gutter, height - below


def frame(drawing: Drawing, width: int, height: int, axes: Axes) -> list[list[Run]]:
    """The rows of a drawing of the size that `room` says, with its labels; each is `width` cells wide."""
    gutter, below = _margins(width, height, axes)
    rows = drawing.runs()
    if gutter:
        labels = _beside(axes, height - below, gutter - 1)
        rows = [[(label + glyphs.current().separator, NOBODY), *runs] for label, runs in zip(labels, rows, strict=True)]
    if below:
        rows.append([(" " * gutter + _below(axes, width - gutter), NOBODY)])
    return rows


def texts(rows: Sequence[Sequence[Run]]) -> list[str]:
    """Rows of runs as text."""
    return ["".join(text for text, _ in row) for row in rows]


def _heights(values: Floats, height: int) -> Int64:
    """How many rows of dots a value is high, of those in `height` cells: 0 for nothing only, and -1 for nan."""
    high = np.ceil(np.clip(np.nan_to_num(values), 0, 1) * height * ROWS - 1e-9)
    return np.where(np.isnan(values), -1, np.where(values > 0, np.maximum(high, 1), 0)).astype(np.int64)


def _rows(height: int) -> Int64:
    """The rows of dots, as levels: the highest first."""
    return np.arange(height * ROWS, 0, -1)[:, None]


def _area(level: Int64, height: int) -> Bool:
    return _rows(height) <= level


def _line(level: Int64, height: int) -> Bool:
    """From column to column, half of each rise or fall is in the one and half in the other."""
    here = np.maximum(level, 1)
    known = level >= 0
    low, high = here.copy(), here.copy()
    before, after = here[:-1], here[1:]
    both = known[:-1] & known[1:]
    # Of a rise the lower half is in the column before, of a fall the upper one.
    up, down = both & (after > before), both & (after < before)
    middle = (before + after) // 2
    high[:-1] = np.where(up, np.maximum(high[:-1], middle), high[:-1])
    low[1:] = np.where(up, np.minimum(low[1:], middle + 1), low[1:])
    low[:-1] = np.where(down, np.minimum(low[:-1], middle + 1), low[:-1])
    high[1:] = np.where(down, np.maximum(high[1:], middle), high[1:])
    rows = _rows(height)
    line: Bool = (rows >= low) & (rows <= high) & known
    return line


def _around(line: Bool) -> Bool:
    """The dots of a line, and those above and below them."""
    wide = line.copy()
    wide[1:] |= line[:-1]
    wide[:-1] |= line[1:]
    return wide


def _every_other(line: Bool, level: Int64) -> Bool:
    """Every other column of a line, and where it rises or falls steeply, every other row."""
    away = np.abs(_rows(len(line) // ROWS) - np.maximum(level, 1))
    even = np.arange(len(level)) % 2 == 0
    kept: Bool = line & (away % 2 == 0) & (even | (away > 0))
    return kept


def _cells(dots: Bool) -> Bool:
    """The dots as [cell row, dot row, cell column, dot column]."""
    rows, columns = dots.shape
    return dots.reshape(rows // ROWS, ROWS, columns // COLUMNS, COLUMNS)


def _characters(dots: Bool, owner: Int8, drawn: Sequence[Curve]) -> Chars:
    """The cells' characters: braille, or where there is none, for what kind of curve a cell belongs to."""
    glyph, cells = glyphs.current(), _cells(dots)
    if glyph.dots:
        bits = np.where(cells, _BITS[None, :, None, :], 0).sum(axis=(1, 3), dtype=np.uint32)
        return np.where(bits > 0, ord(glyph.dots) + bits, ord(" ")).astype(np.uint32)
    filled = codes(" " + glyph.area)[cells.any(axis=3).sum(axis=1)]
    chars = np.full(owner.shape, ord(" "), np.uint32)
    for number, curve in enumerate(drawn):
        own = {Kind.LINE: ord(glyph.line), Kind.DOTTED: ord(glyph.dotted)}.get(curve.kind)
        chars = np.where(owner == number, filled if own is None else own, chars).astype(np.uint32)
    return chars


def _runs(text: str, owner: Int8) -> list[Run]:
    change = np.flatnonzero(np.diff(owner)) + 1
    edges = [0, *change.tolist(), len(text)]
    return [(text[begin:end], int(owner[begin])) for begin, end in pairwise(edges) if end > begin]


def _margins(width: int, height: int, axes: Axes) -> tuple[int, int]:
    """The columns at the left and the rows below that the labels take, as far as the curves can do without."""
    widest = max((cell_len(text) for _, text in axes.up), default=0)
    gutter = widest + 1 if axes.up and width - widest - 1 >= _LEAST_WIDTH else 0
    return gutter, int(bool(axes.along) and height >= _LEAST_HEIGHT)


def _beside(axes: Axes, height: int, wide: int) -> list[str]:
    """The label of each row, right-aligned: where a curve of that value would be."""
    labels = [""] * height
    for place, text in axes.up:
        row = height - 1 - (max(int(_heights(np.array([place]), height)[0]), 1) - 1) // ROWS
        labels[row] = labels[row] or text
    return [" " * (wide - cell_len(text)) + text for text in labels]


def _below(axes: Axes, width: int) -> str:
    """The labels below, each behind a tick in its column, or before it where it would not fit behind."""
    tick = glyphs.current().tick
    taken: list[tuple[int, int, str]] = []
    for place, text in axes.along:
        column = min(int(place * width), width - 1)
        label, wide = tick + text, cell_len(tick + text)
        if column + wide > width:
            label, column = text + tick, column + 1 - wide
        if column >= 0 and all(column >= end + 1 or column + wide + 1 <= begin for begin, end, _ in taken):
            taken.append((column, column + wide, label))
    line = ""
    for begin, _, label in sorted(taken):
        line += " " * (begin - cell_len(line)) + label
    return line + " " * (width - cell_len(line))
