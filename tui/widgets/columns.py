"""Where a table's columns lie on a line of so many cells: plain arithmetic, nothing of drawing.

Numbers decide: a column is as wide as the widest cell seen in it, a number that cannot be shown whole is not
shown at all, and only the one column without a width, the name, is ever shortened.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from analysis.table import Column

# The cells before the name; the mark of a hot row stands in their middle.
GUTTER = 3
_NAME_LEAST = 16


@dataclass(frozen=True, slots=True)
class Slot:
    """A column's place: `column` by number, its first cell and its width. `flexible` is the name's."""

    column: int
    start: int
    width: int
    flexible: bool

    @property
    def end(self) -> int:
        return self.start + self.width


def arrange(columns: Sequence[Column], widths: Sequence[int], room: int) -> tuple[Slot, ...]:
    """Place `columns`, `widths` wide at present, on `room` cells.

    While the name has not enough room, columns go in the order of `Column.drop`; of those that never go, the
    ones that cannot be whole on the line are left out from the right.
    """
    kept = list(range(len(columns)))
    name = _name(columns, kept)
    enough = 0 if name is None else max(_NAME_LEAST, min(columns[name].least, room * 2 // 5))
    while _fixed(columns, widths, kept) + enough > room:
        droppable = [at for at in kept if columns[at].drop and columns[at].width]
        if not droppable:
            break
        kept.remove(max(droppable, key=lambda at: (columns[at].drop, at)))
    while _fixed(columns, widths, kept) > room:
        fixed = [at for at in kept if columns[at].width]
        if not fixed:
            break
        kept.remove(fixed[-1])
    return _place(columns, widths, kept, max(0, room - _fixed(columns, widths, kept)))


def widest(columns: Sequence[Column], widths: Sequence[int], texts: Sequence[str]) -> list[int]:
    """Return `widths` grown to hold a row's `texts` whole; the name's stays as it is."""
    return [
        max(width, cell_len(text)) if column.width else width
        for column, width, text in zip(columns, widths, texts, strict=True)
    ]


def lay_out(
    slots: Sequence[Slot], columns: Sequence[Column], texts: Sequence[str], fit: Callable[[str, int], str]
) -> tuple[str, str, str]:
    """Return a row as the text up to the gutter, the name filling its slot, and the text after it."""
    before, name, after = "", "", ""
    at = 0
    for slot in slots:
        text = texts[slot.column]
        if slot.flexible:
            before += " " * (slot.start - GUTTER - at)
            name = aligned(fit(text, slot.width), slot.width, "<")
        else:
            cell = " " * (slot.start - at) + aligned(text, slot.width, columns[slot.column].align)
            if name:
                after += cell
            else:
                before += cell
        at = slot.end
    return before, name, after


def aligned(text: str, width: int, align: str) -> str:
    """Pad `text` to `width` cells, on the left for numbers."""
    blank = " " * (width - cell_len(text))
    return blank + text if align == ">" else text + blank


def _gap(columns: Sequence[Column], at: int, first: bool) -> int:
    """Return the cells before a column: numbers stand one apart, texts two, the name behind its gutter."""
    if not columns[at].width:
        return GUTTER
    if first:
        return 1 if columns[at].align == "<" else 0
    return 2 if columns[at].align == "<" else 1


def _name(columns: Sequence[Column], kept: Sequence[int]) -> int | None:
    return next((at for at in kept if not columns[at].width), None)


def _fixed(columns: Sequence[Column], widths: Sequence[int], kept: Sequence[int]) -> int:
    """Return the cells that all but the name take, gaps included."""
    return sum(_gap(columns, at, at == kept[0]) + (widths[at] if columns[at].width else 0) for at in kept)


def _place(columns: Sequence[Column], widths: Sequence[int], kept: Sequence[int], rest: int) -> tuple[Slot, ...]:
    slots: list[Slot] = []
    at = 0
    for column in kept:
        flexible = not columns[column].width
        start = at + _gap(columns, column, not slots)
        slots.append(Slot(column, start, rest if flexible else widths[column], flexible))
        at = slots[-1].end
    return tuple(slots)
