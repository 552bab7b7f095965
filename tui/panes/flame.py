"""The Flame pane: all stacks at once, each box as wide as it weighs.

It draws what `tui.rows.flame` has worked out and moves the cursor in it; what is zoomed into, the capture's Place says.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.widgets import Static

from tui.keys import Where, bindings
from tui.opencapture import OpenCapture
from tui.panes.pane import Pane, Rows
from tui.place import PaneName, Selection
from tui.widgets.flame import FlameCanvas
from tui.widgets.line import Line, Part

if TYPE_CHECKING:
    from parsers.profile.model import Profile
    from tui.frame import Frame
    from tui.rows.content import Content
    from tui.rows.flame import FlamePicture, Matches

# Where no box is: going down from there takes the heaviest.
_HEAVIEST = -1


class FlamePane(Pane):
    """Boxes of functions, callers above what they call; around a pivot its callers and its callees."""

    pane = PaneName.FLAME
    where = Where.FLAME
    BINDINGS: ClassVar = [*bindings(Where.FLAME)]

    _capture: OpenCapture | None = None
    _path: tuple[str, ...] = ()
    _above = False
    _x = 0  # the half cell that going up and down keeps to
    _found: "Matches | None" = None

    def compose(self) -> ComposeResult:
        yield Line(classes="heading")
        yield Static(classes="reason", markup=False)
        # Never hidden, only empty: it has the keys.
        yield FlameCanvas()
        yield Rows(fit=self.fit)

    def on_mount(self) -> None:
        self.rows.display = False

    @property
    def canvas(self) -> FlameCanvas:
        return self.query_one(FlameCanvas)

    def take_keys(self) -> None:
        self.canvas.focus()

    # Working it out

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        self._capture = capture
        place, amounts = capture.place, capture.amounts
        width = self.canvas.size.width or self.app.size.width
        path, above = self._path, self._above

        def draw(profile: "Profile") -> "Content":
            from tui.rows.flame import Kept, flame_content

            return flame_content(profile, place, width, amounts, Kept(path, above))

        return self.on_profile(capture, draw)

    # Showing

    def show(self, content: "Content") -> None:
        from tui.rows.flame import FlameContent

        assert isinstance(content, FlameContent)
        super().show(content)
        if content.reason or content.picture is None:
            self._clear()
            return
        self.content = content
        self.canvas.show(content.picture, content.box)
        self._note(content.picture, content.box)
        self._x = int(content.picture.boxes.x[content.box])

    def say(self, reason: str) -> None:
        self._clear()
        super().say(reason)

    def _clear(self) -> None:
        self._found = None
        self.canvas.show(None)

    def _note(self, picture: "FlamePicture", box: int) -> None:
        """Remember where the cursor is, for any other picture."""
        self._path, self._above = picture.flame.path(box), bool(picture.boxes.depth[box] < 0)

    # What the cursor is on

    @property
    def _picture(self) -> "FlamePicture | None":
        return self.canvas.picture

    @property
    def row(self) -> int | None:
        return self.canvas.box if self._picture is not None else None

    @property
    def position(self) -> int:
        return self.canvas.box

    def selection(self) -> Selection | None:
        return self._picture.selection(self.canvas.box) if self._picture is not None else None

    def detail(self) -> tuple[Part, ...]:
        return self._picture.detail(self.canvas.box) if self._picture is not None else ()

    def stack(self) -> tuple[str, ...]:
        return self._picture.stack(self.canvas.box) if self._picture is not None else ()

    # Moving

    def move_to(self, position: int) -> None:
        if self._picture is not None:
            self._put_on(position, int(self._picture.boxes.x[position]))

    def _put_on(self, box: int, x: int) -> None:
        picture, capture = self._picture, self._capture
        if picture is None or capture is None:
            return
        self._x = x
        self._note(picture, box)
        self.canvas.move(box)
        if there := picture.selection(box):
            capture.select(there)
        # At once and not by a message, which would come too late for the same frame.
        cast("Frame", self.app).draw_detail()

    def action_beside(self, step: int) -> None:
        """The box to the left or to the right on the same line."""
        if (picture := self._picture) is not None:
            box = picture.beside(self.canvas.box, step)
            self._put_on(box, int(picture.boxes.x[box]))

    def action_level(self, steps: int) -> None:
        """So many levels down, or up: to what lies there at the same place, else to the heaviest."""
        self._climb(steps, self._x)

    def _climb(self, steps: int, x: int) -> None:
        if (picture := self._picture) is not None:
            box = self.canvas.box
            for _ in range(abs(steps)):
                box = picture.under(box, 1 if steps > 0 else -1, x)
                if not picture.covers(box, x):
                    x = int(picture.boxes.x[box])
            self._put_on(box, x)

    def action_levels_page(self, direction: int) -> None:
        self.action_level(direction * max(1, self.canvas.size.height - 1))

    def action_edge(self, which: str) -> None:
        """The first line, or the end of the way that most of the weight goes."""
        if self._picture is not None:
            count = self._picture.count
            self._climb(-count if which == "top" else count, _HEAVIEST)

    def action_hottest(self) -> None:
        """The box that most ends in; from there, the next."""
        if (picture := self._picture) is not None:
            self.move_to(picture.hotter(self.canvas.box))

    # Elsewhere

    async def action_drill(self) -> None:
        """Zoom into the box; from what is zoomed into already, its source. Around a pivot, that around another one."""
        picture, capture = self._picture, self._capture
        if picture is None or capture is None:
            return
        there, path = picture.selection(self.canvas.box), picture.flame.path(self.canvas.box)
        if picture.flame.pivot:
            name = there.function or there.label if there else ""
            if name != picture.flame.pivot:
                self.post_message(self.Go(self, pivot=name))
                return
        elif path != capture.place.zoom:
            self.post_message(self.Go(self, zoom=path))
            return
        if there:
            await self.app.run_action("look('see', 'source')", self.app)

    def action_pivot(self) -> None:
        """The callers and callees of the function under the cursor; from there, the whole again."""
        picture = self._picture
        if picture is None or (there := picture.selection(self.canvas.box)) is None:
            return
        name = there.function or there.label
        self.post_message(self.Go(self, pivot="" if picture.flame.pivot == name else name, zoom=()))

    # Search

    def find(self, query: str) -> None:
        """Leave only the boxes in colour that have `query` in their name."""
        picture, found = self._picture, self._found
        if picture is None or not query:
            self._found = None
        elif found is None or found.query != query or found.picture is not picture:
            self._found = picture.search(query)
        self.canvas.set_matches(frozenset(self._found.boxes) if self._found else None)

    def match(self, step: int, origin: int | None = None) -> None:
        if self._found and self._found.boxes:
            self.move_to(self._found.beside(self.canvas.box if origin is None else origin - step, step))

    @property
    def matched(self) -> bool:
        return self._found is not None and bool(self._found.boxes)

    def found(self) -> str:
        return self._found.count(self.canvas.box) if self._found is not None else "no match"

    def seek(self, query: str) -> None:
        """What is too narrow to be drawn, as the pivot of a graph in which it is as wide as can be."""
        if self._found and (name := self._found.heaviest()):
            self.post_message(self.Go(self, pivot=name, zoom=()))

    # The terminal

    def on_flame_canvas_resized(self) -> None:
        if self._picture is not None:
            self.post_message(self.Wanted(self))

    def on_flame_canvas_pointed(self, event: FlameCanvas.Pointed) -> None:
        """Put the cursor where the mouse was."""
        if self._picture is not None and (box := self._picture.at(event.line, event.x)) is not None:
            self._put_on(box, event.x)
