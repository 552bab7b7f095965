"""The timeline canvas: a picture of cells, and a crosshair over it.

It keeps the crosshair, and repaints of it no more than what has changed. It has no key bindings and knows nothing of
traces.
"""

from itertools import groupby
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.events import Click
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui import glyphs
from tui.picture import STYLES, Picture, Row
from tui.widgets.elide import elide


class Canvas(Widget, can_focus=True, inherit_bindings=False):
    """A picture with a crosshair: `lane` counts the lanes on the screen, `column` their columns."""

    BINDINGS: ClassVar[list[BindingType]] = []
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"timeline--{name}" for name in STYLES),
        "timeline--cursor",
        "timeline--match",
    }
    # $border is the one violet that themes have. Without colours a state keeps its character.
    DEFAULT_CSS = """
    Canvas { height: 1fr; background: $background; color: $foreground; }
    Canvas > .timeline--dim { color: $foreground 60%; }
    Canvas > .timeline--running { color: $success; }
    Canvas > .timeline--gc { color: $border; }
    Canvas > .timeline--runnable { color: $warning; }
    Canvas > .timeline--syscall { color: $secondary; }
    Canvas > .timeline--sync { color: $error; }
    Canvas > .timeline--channel { color: $primary; }
    Canvas > .timeline--network { color: $secondary; }
    Canvas > .timeline--sleep { color: $foreground 60%; }
    Canvas > .timeline--stop { color: $error; text-style: bold; }
    Canvas > .timeline--strong { text-style: bold; }
    Canvas > .timeline--on-running { color: $success; text-style: reverse; }
    Canvas > .timeline--on-gc { color: $border; text-style: reverse; }
    Canvas > .timeline--on-syscall { color: $secondary; text-style: reverse; }
    Canvas > .timeline--match { color: $accent; text-style: underline; }
    Canvas > .timeline--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    Canvas:ansi > .timeline--dim { color: $foreground; text-style: dim; }
    Canvas:ansi > .timeline--sleep { color: $foreground; text-style: dim; }
    Canvas:nocolor > .timeline--cursor { text-style: reverse; }
    """

    class Pointed(Message):
        """The mouse has been clicked on a cell; None where it was beside the lanes or the columns."""

        def __init__(self, canvas: "Canvas", lane: int | None, column: int | None) -> None:
            super().__init__()
            self.canvas = canvas
            self.lane = lane
            self.column = column

    class Resized(Message):
        """There is another number of cells to draw in."""

        def __init__(self, canvas: "Canvas") -> None:
            super().__init__()
            self.canvas = canvas

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._picture: Picture | None = None
        self._lane = 0
        self._column = 0
        self._matches: frozenset[int] = frozenset()
        self._strips: dict[int, Strip] = {}
        self._plain: Style | None = None

    # What is shown

    @property
    def picture(self) -> Picture | None:
        return self._picture

    def show(self, picture: Picture | None, lane: int = 0, column: int = 0) -> None:
        """Show `picture` with the crosshair there."""
        self._picture, self._lane, self._column = picture, lane, column
        self._strips.clear()
        self.refresh()

    def set_matches(self, lanes: frozenset[int]) -> None:
        """Mark the labels of these lanes, counted among all, as what a search found."""
        if lanes != self._matches:
            self._matches = lanes
            self._strips.clear()
            self.refresh()

    def move(self, lane: int, column: int) -> None:
        """Put the crosshair there, and repaint the rows and columns that it leaves and comes to."""
        if (lane, column) == (self._lane, self._column) or self._picture is None:
            return
        picture, moved = self._picture, {self._lane, lane} if lane != self._lane else set()
        left, right = sorted((self._column, column))
        self._lane, self._column = lane, column
        self._strips.clear()
        for each in moved:
            self.refresh(Region(0, len(picture.head) + each * picture.tall, self.size.width, picture.tall))
        if left != right:
            height = len(picture.head) + len(picture.rows)
            for each in {left, right}:
                self.refresh(Region(picture.gutter + each, 0, 1, height))

    def on_click(self, event: Click) -> None:
        picture = self._picture
        if picture is None:
            return
        line, column = event.y - len(picture.head), event.x - picture.gutter
        lane = line // picture.tall if 0 <= line < len(picture.rows) else None
        self.post_message(self.Pointed(self, lane, column if 0 <= column < self.size.width - picture.gutter else None))

    def notify_style_update(self) -> None:
        """Colours have changed: what was drawn in the old ones is drawn again."""
        super().notify_style_update()
        self._plain = None
        self._strips.clear()

    def on_resize(self) -> None:
        self._strips.clear()
        self.post_message(self.Resized(self))

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width = self.size.width
        row, lane = self._row_at(y)
        if row is None or not width:
            return Strip.blank(width, self._style("plain"))
        if y not in self._strips:
            self._strips[y] = self._draw(row, lane, width)
        return self._strips[y]

    def _row_at(self, y: int) -> tuple[Row | None, int | None]:
        """The row on line `y`, and which lane it is."""
        picture = self._picture
        if picture is None:
            return None, None
        top = len(picture.head)
        if y < top:
            return picture.head[y], None
        if y < top + len(picture.rows):
            return picture.rows[y - top], (y - top) // picture.tall
        foot = y - (self.size.height - len(picture.foot))
        return (picture.foot[foot] if foot >= 0 else None), None

    def _draw(self, row: Row, lane: int | None, width: int) -> Strip:
        assert self._picture is not None
        gutter = self._picture.gutter
        segments = [Segment(*each) for each in self._label(row, lane, gutter)]
        segments += self._cells(row, lane)
        return Strip(segments, gutter + len(row.text)).adjust_cell_length(width, self._style("plain"))

    def _label(self, row: Row, lane: int | None, gutter: int) -> list[tuple[str, Style]]:
        """The label in the gutter: under the cursor all of it, else a match marked."""
        if not gutter:
            return []
        style = self._style(row.style)
        room = gutter - 2 - cell_len(row.lead) - (cell_len(row.number) + 1 if row.number else 0)
        name = row.lead + elide(row.label, max(0, room))
        blank = " " * (gutter - 2 - cell_len(name) - cell_len(row.number))
        if lane is not None and lane == self._lane and row.label:
            return [(f" {name}{blank}{row.number}", self._component("cursor")), (" ", self._style("plain"))]
        number = lane + self._picture.first if lane is not None and self._picture is not None else -1
        named = self._component("match") if number in self._matches else style
        return [(" ", style), (name, named), (f"{blank}{row.number} ", self._style("dim") if row.number else style)]

    def _cells(self, row: Row, lane: int | None) -> list[Segment]:
        segments: list[Segment] = []
        at = 0
        cross = -1 if row.fixed else self._column
        for number, run in groupby(row.styles):
            end = at + sum(1 for _ in run)
            style = self._style(STYLES[number])
            if at <= cross < end:
                segments.append(Segment(row.text[at:cross], style))
                segments.append(self._crossed(row.text[cross], style, lane))
                at = cross + 1
            segments.append(Segment(row.text[at:end], style))
            at = end
        return [segment for segment in segments if segment.text]

    def _crossed(self, char: str, style: Style, lane: int | None) -> Segment:
        """A cell under the time cursor: reversed, a blank one as a thin line; on the cursor's lane as the cursor."""
        if lane is not None and lane == self._lane:
            return Segment(char, self._component("cursor"))
        if char == " ":
            return Segment(glyphs.current().cross, self._style("dim"))
        return Segment(char, style + Style(reverse=not style.reverse))

    def _style(self, name: str) -> Style:
        if name != "plain":
            return self._component(name)
        # Worked out anew whenever it is asked for, which for every run of cells takes as long as all the rest.
        self._plain = self._plain or self.rich_style
        return self._plain

    def _component(self, name: str) -> Style:
        return self.get_component_rich_style(f"timeline--{name}")
