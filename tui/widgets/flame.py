"""The flame canvas: lines of boxes, their edges drawn to half a cell, and a cursor on one of them.

It keeps the cursor and the first line on the screen, and repaints no more than the two boxes that the cursor leaves
and comes to. It has no key bindings and knows nothing of profiles.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.events import Click
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui import glyphs
from tui.rows.hues import ABOVE, GROWN, OTHER, SAME, SHRUNK

if TYPE_CHECKING:
    from tui.rows.flame import FlamePicture, Piece

# Backgrounds, each in two shades for neighbours: of 256 colours, and of 16, in which packages share. All are light
# enough for black letters in any terminal's palette, save those of what is not looked at.
_Shades = tuple[int, int]
_PACKAGES_256: tuple[_Shades, ...] = (
    (110, 117),
    (150, 114),
    (180, 223),
    (139, 182),
    (109, 116),
    (174, 210),
    (179, 221),
    (146, 189),
    (144, 187),
    (173, 216),
)
_PACKAGES_16: tuple[_Shades, ...] = ((6, 14), (2, 10), (3, 11), (5, 13), (7, 15))
_OTHERS_256 = {ABOVE: (250, 253), SAME: (250, 253), GROWN: (203, 210), SHRUNK: (77, 114), OTHER: (238, 240)}
_OTHERS_16 = {ABOVE: (7, 15), SAME: (7, 15), GROWN: (1, 9), SHRUNK: (2, 10), OTHER: (8, 0)}
_BLACK, _WHITE = 0, 15


class FlameCanvas(Widget, can_focus=True, inherit_bindings=False):
    """A picture of boxes with a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = []
    COMPONENT_CLASSES: ClassVar[set[str]] = {"flame--cursor"}
    DEFAULT_CSS = """
    FlameCanvas { height: 1fr; background: $background; color: $foreground; }
    FlameCanvas > .flame--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    FlameCanvas:nocolor > .flame--cursor { text-style: reverse; }
    """

    class Pointed(Message):
        """The mouse has been clicked at a half cell of a line of the picture."""

        def __init__(self, canvas: "FlameCanvas", line: int, x: int) -> None:
            super().__init__()
            self.canvas = canvas
            self.line = line
            self.x = x

    class Resized(Message):
        """There is another number of cells to draw in."""

        def __init__(self, canvas: "FlameCanvas") -> None:
            super().__init__()
            self.canvas = canvas

    def __init__(self) -> None:
        super().__init__()
        self._picture: FlamePicture | None = None
        self._box = 0
        self._top = 0
        self._matches: frozenset[int] | None = None
        self._strips: dict[int, Strip] = {}
        self._styles: dict[tuple[int, bool, bool], Style] = {}

    # What is shown

    @property
    def picture(self) -> "FlamePicture | None":
        return self._picture

    @property
    def box(self) -> int:
        return self._box

    def show(self, picture: "FlamePicture | None", box: int = 0) -> None:
        """Show `picture` with the cursor on a box."""
        self._picture, self._box = picture, box
        self._matches = None
        self._keep_visible()
        self._redraw()

    def set_matches(self, boxes: frozenset[int] | None) -> None:
        """Let only these boxes keep their colour, as what a search found; all with None."""
        if boxes != self._matches:
            self._matches = boxes
            self._redraw()

    def move(self, box: int) -> None:
        """Put the cursor on another box, and repaint what differs."""
        if box == self._box or self._picture is None:
            return
        before, self._box = self._box, box
        if self._keep_visible():
            self._redraw()
            return
        boxes = self._picture.boxes
        for each in (before, box):
            line = self._picture.line_of(each)
            self._strips.pop(line, None)
            left, right = int(boxes.x[each]) // 2, (int(boxes.x[each] + boxes.width[each]) + 1) // 2
            # One cell more, for an edge that is drawn beside it.
            self.refresh(Region(left, line - self._top, right - left + 1, 1))

    def _keep_visible(self) -> bool:
        """Have the cursor's line on the screen, as few lines moved as that takes but for the edge; whether any was."""
        before, height = self._top, self.size.height
        if self._picture is None or not height:
            self._top = 0
            return before != 0
        line = self._picture.line_of(self._box)
        if line < self._top:
            # By half a screen, to repaint rarely.
            self._top = line - height // 2
        elif line >= self._top + height:
            self._top = line - height + 1 + height // 2
        self._top = max(0, min(self._top, self._picture.count - height))
        return self._top != before

    def _redraw(self) -> None:
        self._strips.clear()
        self.refresh()

    def on_click(self, event: Click) -> None:
        self.post_message(self.Pointed(self, self._top + event.y, 2 * event.x))

    def notify_style_update(self) -> None:
        """Colours have changed: what was drawn in the old ones is drawn again."""
        super().notify_style_update()
        self._strips.clear()
        self._styles.clear()

    def on_resize(self) -> None:
        self._keep_visible()
        self._redraw()
        self.post_message(self.Resized(self))

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width, line = self.size.width, self._top + y
        if self._picture is None or line >= self._picture.count or not width:
            return Strip.blank(width, self.rich_style)
        if line not in self._strips:
            pieces = self._picture.line(line)
            halves = glyphs.current().halves if not self.app.no_color else ""
            segments = list(self._halved(pieces, halves) if halves else self._edged(pieces, width))
            self._strips[line] = Strip(segments).adjust_cell_length(width, self.rich_style).simplify()
        return self._strips[line]

    def _halved(self, pieces: "tuple[Piece, ...]", halves: str) -> Iterator[Segment]:
        """Boxes in colours, each cell that two of them share, or one and nothing, half in either's."""
        left, right = halves[0], halves[1]
        at = 0  # half cells that are drawn
        before: Style | None = None  # of what ends in the middle of a cell that is not drawn yet
        for piece in pieces:
            style = self._style(piece)
            if before is not None and piece.x > at:
                yield Segment(left, _ink(before, self.rich_style))
                at, before = at + 1, None
            yield Segment(" " * ((piece.x - at) // 2), self.rich_style)
            end = piece.x + piece.width
            if piece.x % 2:
                yield Segment(left, _ink(before, style)) if before else Segment(right, _ink(style, self.rich_style))
            first, last = (piece.x + 1) // 2, end // 2
            yield Segment(piece.text(last - first, pad=1), style)
            at, before = end, style if end % 2 else None
        if before is not None:
            yield Segment(left, _ink(before, self.rich_style))

    def _edged(self, pieces: "tuple[Piece, ...]", width: int) -> Iterator[Segment]:
        """Boxes in whole cells, the first of which is an edge: for terminals without colours or half cells."""
        from tui.rows.flame import edged

        for text, piece in edged(pieces, width):
            yield Segment(text, self._style(piece) if piece else self.rich_style)

    def _style(self, piece: "Piece") -> Style:
        if piece.box == self._box:
            return self.get_component_rich_style("flame--cursor")
        found = self._matches is not None and piece.box in self._matches
        hue = OTHER if self._matches is not None and not found else piece.hue
        key = (hue, piece.shaded, piece.inlined)
        if key not in self._styles:
            self._styles[key] = self._plain(hue, shaded=piece.shaded, italic=piece.inlined)
        return self._styles[key] + _FOUND if found else self._styles[key]

    def _plain(self, hue: int, *, shaded: bool, italic: bool) -> Style:
        if self.app.no_color:
            return Style(italic=italic)
        if self.app.console.color_system == "standard":
            packages, others = _PACKAGES_16, _OTHERS_16
        else:
            packages, others = _PACKAGES_256, _OTHERS_256
        shades = others[hue] if hue in others else packages[hue % len(packages)]
        letters = _WHITE if hue == OTHER else _BLACK
        return Style(color=f"color({letters})", bgcolor=f"color({shades[shaded]})", italic=italic or None)


_FOUND = Style(bold=True, underline=True)


def _ink(left: Style, right: Style) -> Style:
    """For a cell half in one background and half in another, drawn as its left half."""
    return Style(color=left.bgcolor, bgcolor=right.bgcolor)
