"""The virtual table: draws an `analysis.table.Table` of any length at the cost of the rows on the screen.

It holds a cursor and a scroll position, no data: rows are formatted when they are first seen. It has no key
bindings; the application's one table of keys calls its actions. Where columns lie is `tui.widgets.columns`'
to know.
"""

from collections.abc import Callable, Hashable
from typing import ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from analysis.table import Table
from tui import glyphs
from tui.widgets.columns import GUTTER, Slot, aligned, arrange, lay_out, widest
from tui.widgets.elide import cut, elide

Fit = Callable[[str, int], str]
Rows = Callable[[int], bool] | frozenset[int]
Edge = Literal["top", "bottom"]

HOT = 0.10
WARM = 0.02
_HEADER = 1  # lines
_WHEEL = 3  # rows
_CACHED = 1024  # rows; several screens, so that paging to and fro formats nothing


class VirtualTable(ScrollView, can_focus=True, inherit_bindings=False):
    """A table of rows with a header line, a cursor, and colour by share.

    `fit` shortens what the name column holds: `elide` for symbols and paths, `cut` for text that reads from
    the left.
    """

    BINDINGS: ClassVar[list[BindingType]] = []
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "virtual-table--header",
        "virtual-table--cursor",
        "virtual-table--match",
        "virtual-table--hot",
        "virtual-table--warm",
        "virtual-table--plain",
        "virtual-table--grown",
        "virtual-table--shrunk",
        "virtual-table--changed",
    }
    # Without colours the cursor is reversed, hot and changed rows keep their marks, a match its underline, and
    # differences their signs.
    DEFAULT_CSS = """
    VirtualTable { height: 1fr; overflow: hidden hidden; scrollbar-size: 0 0; }
    VirtualTable { background: $background; color: $foreground; }
    VirtualTable > .virtual-table--header { text-style: bold; }
    VirtualTable > .virtual-table--cursor {
        background: $block-cursor-background;
        color: $block-cursor-foreground;
    }
    VirtualTable > .virtual-table--match { color: $accent; text-style: underline; }
    VirtualTable > .virtual-table--hot { color: $error; text-style: bold; }
    VirtualTable > .virtual-table--warm { color: $warning; }
    VirtualTable > .virtual-table--grown { color: $error; }
    VirtualTable > .virtual-table--shrunk { color: $success; }
    VirtualTable > .virtual-table--changed { color: $accent; text-style: bold; }
    VirtualTable:nocolor > .virtual-table--cursor { text-style: reverse; }
    """

    class Highlighted(Message):
        """The cursor has moved to `row`. At most one for each repaint, however many keys came in between."""

        def __init__(self, table: "VirtualTable", row: int) -> None:
            super().__init__()
            self.table = table
            self.row = row

        @property
        def control(self) -> "VirtualTable":
            return self.table

    def __init__(self, *, fit: Fit = elide, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._fit = fit
        self._table: Table | None = None
        self._cursor = 0
        self._announced = 0
        self._sideways: int | None = None
        self._matches: Rows = frozenset()
        self._changed: Rows = frozenset()
        self._texts: LRUCache[int, tuple[str, ...]] = LRUCache(_CACHED)
        self._strips: LRUCache[tuple[int, bool], Strip] = LRUCache(_CACHED)
        self._widths: list[int] = []
        self._slots: tuple[Slot, ...] | None = None
        self._measured: tuple[int, int] | None = None

    # What is shown

    @property
    def table(self) -> Table | None:
        return self._table

    @property
    def row_count(self) -> int:
        return self._table.length if self._table else 0

    @property
    def cursor_row(self) -> int:
        """The row under the cursor; 0 in an empty table."""
        return self._cursor

    @property
    def cursor_identity(self) -> Hashable | None:
        """What the row under the cursor stands for; None in an empty table."""
        return self._table.identity(self._cursor) if self._table and self._table.length else None

    @property
    def untold(self) -> bool:
        """Whether the cursor has moved, and no message says so yet."""
        return self._cursor != self._announced

    def set_table(self, table: Table | None, *, cursor: Hashable | None = None) -> None:
        """Show `table`, the cursor on the row that is `cursor`, or else on the row it was on. Posts nothing.

        The cursor keeps its line on the screen. The row is looked for where the cursor was and then outwards,
        since another capture's table has most rows near their old place.
        """
        line = self._cursor - self._top
        row = max(0, min(self._cursor, (table.length if table else 0) - 1))
        if table is not None and cursor is not None:
            row = _find(table, cursor, row)
        self._table = table
        self._cursor = self._announced = row
        self._sideways = None
        self._matches = self._changed = frozenset()
        self._texts.clear()
        self._widths = (
            [] if table is None else [max(c.width, cell_len(c.title) if c.width else 0) for c in table.columns]
        )
        self.virtual_size = Size(self.size.width, self.row_count + _HEADER)
        self._scroll_top(row - line)
        self._rearrange()

    def set_changed(self, changed: Rows) -> None:
        """Mark the rows that are not what they were a moment ago."""
        self._changed = changed
        self._redraw()

    def set_matches(self, matches: Rows) -> None:
        """Mark the rows that a search found: a set, or a predicate asked of rows as they are drawn."""
        self._matches = matches
        self._redraw()

    # Moving

    def move_to(self, row: int) -> None:
        """Put the cursor on `row`, in the middle of the screen if it was off it."""
        self._move(row, scroll=self._body // 2)

    def action_cursor(self, delta: int) -> None:
        """Move the cursor by `delta` rows; at the edge the screen moves by half a page, to repaint rarely."""
        self._move(self._cursor + delta, scroll=self._body // 2)

    def action_page(self, direction: int) -> None:
        """Move the cursor and the screen by a page, the cursor keeping its line."""
        step = direction * max(1, self._body)
        self._scroll_top(self._top + step)
        self._move(self._cursor + step, scroll=0)

    def action_edge(self, which: Edge) -> None:
        """Move the cursor to the first row (`top`) or the last (`bottom`)."""
        self._move(0 if which == "top" else self.row_count - 1, scroll=0)

    def action_sideways(self, delta: int) -> None:
        """Show names whole and move along them by `delta` cells; left of their start they are shortened."""
        last = self._sideways
        if last is None:
            self._sideways = 0 if delta > 0 and self._overlong() > 0 else None
        else:
            self._sideways = min(last + delta, max(0, self._overlong())) if last + delta >= 0 else None
        if self._sideways != last:
            self._redraw()

    def on_click(self, event: Click) -> None:
        """Move the cursor to the row under the mouse, where there is one."""
        row = self._top + event.y - _HEADER
        if event.y >= _HEADER and row < self.row_count:
            self._move(row, scroll=0)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self._wheel(event, _WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        self._wheel(event, -_WHEEL)

    def _wheel(self, event: MouseScrollDown | MouseScrollUp, delta: int) -> None:
        """Move the cursor, where a stock view would scroll it out of sight."""
        event.prevent_default()
        event.stop()
        self.action_cursor(delta)

    @property
    def _top(self) -> int:
        """The first row on the screen."""
        return self.scroll_offset.y

    @property
    def _body(self) -> int:
        """The lines that rows have."""
        return max(0, self.size.height - _HEADER)

    def _move(self, row: int, *, scroll: int) -> None:
        """Move the cursor to `row`; if that is off the screen, scroll `scroll` rows further than need be."""
        row = max(0, min(row, self.row_count - 1))
        old, self._cursor = self._cursor, row
        if row < self._top:
            self._scroll_top(row - scroll)
        elif self._body and row >= self._top + self._body:
            self._scroll_top(row - self._body + 1 + scroll)
        if row != old:
            for line in (0, *(_HEADER + at - self._top for at in (old, row))):
                if line == 0 or _HEADER <= line < self.size.height:
                    self.refresh(Region(0, line, self.size.width, 1))
            self.check_idle()

    def _scroll_top(self, row: int) -> None:
        if self.is_attached:  # before that there is no size to scroll in
            self.scroll_to(y=max(0, row), animate=False, force=True, immediate=True)

    def on_idle(self) -> None:
        """Tell where the cursor has come to, once for all keys at hand and before anything is painted."""
        if self.untold:
            self._announced = self._cursor
            self.post_message(self.Highlighted(self, self._cursor))

    # Drawing

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, self.row_count + _HEADER)
        self._move(self._cursor, scroll=0)
        self._rearrange()

    def render_line(self, y: int) -> Strip:
        """Draw one line; Textual asks for those only that have changed."""
        table = self._table
        width = self.size.width
        if table is None or not width:
            return Strip.blank(width, self.rich_style)
        slots = self._measure(table)
        if y < _HEADER:
            return self._header(table, slots, width)
        row = self._top + y - _HEADER
        if row >= table.length:
            return Strip.blank(width, self.rich_style)
        key = (row, row == self._cursor)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._row(table, slots, row, width)
        return strip

    def _redraw(self) -> None:
        self._strips.clear()
        self.refresh()

    def _rearrange(self) -> None:
        self._slots = None
        self._measured = None
        self._redraw()

    def _measure(self, table: Table) -> tuple[Slot, ...]:
        """Settle the columns before any row of this screenful is drawn: wide enough for every cell on it.

        Only the rows about to be seen are looked at. A scroll repaints all lines, so a column that grows does
        so in the same frame; it does not shrink again, so that paging to and fro does not move the columns.
        """
        window = (self._top, self._body)
        if self._slots is None or self._measured != window:
            widths = self._widths
            for row in range(self._top, min(self._top + self._body, table.length)):
                widths = widest(table.columns, widths, self._cells(table, row))
            if widths != self._widths or self._slots is None:
                self._widths = widths
                self._slots = arrange(table.columns, widths, self.size.width)
                self._strips.clear()
            self._measured = window
        return self._slots

    def _cells(self, table: Table, row: int) -> tuple[str, ...]:
        texts = self._texts.get(row)
        if texts is None:
            texts = self._texts[row] = tuple(column.text(row) for column in table.columns)
        return texts

    def _shown(self, text: str, width: int) -> str:
        """Return the name as it fits: shortened, or whole and moved sideways."""
        if self._sideways is None:
            return self._fit(text, width)
        return cut(_skip(text, self._sideways), width)

    def _overlong(self) -> int:
        """How many cells the longest name on the screen lacks."""
        table = self._table
        name = next((slot for slot in self._slots or () if slot.flexible), None)
        if table is None or name is None:
            return 0
        rows = range(self._top, min(self._top + self._body, table.length))
        return max((cell_len(self._cells(table, row)[name.column]) for row in rows), default=0) - name.width

    def _header(self, table: Table, slots: tuple[Slot, ...], width: int) -> Strip:
        """Draw the titles, and at the end of the name's how far down the cursor is."""
        position = f"{self._cursor + 1}/{table.length}" if table.length else "0"

        def titled(title: str, room: int) -> str:
            spare = room - cell_len(title) - len(position) - 2
            return cut(title, room) if spare < 0 else title + aligned(position, room - cell_len(title), ">")

        before, name, after = lay_out(slots, table.columns, [c.title for c in table.columns], titled)
        style = self.get_component_rich_style("virtual-table--header")
        gutter = " " * GUTTER if name else ""
        return Strip([Segment(before + gutter + name + after, style)]).adjust_cell_length(width, style)

    def _row(self, table: Table, slots: tuple[Slot, ...], row: int, width: int) -> Strip:
        """Draw a row: numbers in the colour of their share, the name plain or a match, or all the cursor."""
        before, name, after = lay_out(slots, table.columns, self._cells(table, row), self._shown)
        plain = self.get_component_rich_style("virtual-table--plain")
        numbers = self.get_component_rich_style(f"virtual-table--{_level(table, row)}")
        if row == self._cursor:
            plain = numbers = self.get_component_rich_style("virtual-table--cursor")
        mark, marked = "", numbers
        if name:
            mark = (glyphs.current().hot if table.share(row) >= HOT else "").center(GUTTER)
        if name and _among(row, self._changed):
            mark = glyphs.current().changed.center(GUTTER)
            marked = numbers if row == self._cursor else self.get_component_rich_style("virtual-table--changed")
        named = self._match_style(plain, row == self._cursor) if _among(row, self._matches) else plain
        bare = name.rstrip()
        runs = ((before, numbers), (mark, marked), (bare, named), (name[len(bare) :], plain), (after, numbers))
        strip = Strip([Segment(text, style) for text, style in runs if text])
        return strip.adjust_cell_length(width, plain).simplify()

    def _match_style(self, plain: Style, on_cursor: bool) -> Style:
        """Return the style of a match, which under the cursor keeps the cursor's colours."""
        match = self.get_component_rich_style("virtual-table--match")
        return plain + Style(underline=match.underline, bold=match.bold) if on_cursor else match


def _level(table: Table, row: int) -> str:
    """Return what the numbers of a row are, to be coloured by it: grown or shrunk, or how large a share."""
    if table.sign is not None:
        return ("plain", "grown", "shrunk")[table.sign(row)]
    share = table.share(row)
    return "hot" if share >= HOT else "warm" if share >= WARM else "plain"


def _among(row: int, rows: Rows) -> bool:
    return rows(row) if callable(rows) else row in rows


def _find(table: Table, identity: Hashable, near: int) -> int:
    """Return the row that is `identity`, looked for from `near` outwards; `near` if there is none."""
    if table.find is not None:
        found = table.find(identity)
        return near if found is None else found
    for distance in range(max(near + 1, table.length - near)):
        for row in {near - distance, near + distance}:
            if 0 <= row < table.length and table.identity(row) == identity:
                return row
    return near


def _skip(text: str, cells: int) -> str:
    """Return `text` without its first `cells` cells."""
    for at, char in enumerate(text):
        if cells <= 0:
            return text[at:]
        cells -= cell_len(char)
    return ""
