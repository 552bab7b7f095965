"""The Runtime pane: pages of what held a program up, a picture above the rows of each.

The pages are `tui.rows.runtime`'s; which of them one is on, the capture's RuntimeSpot says.
"""

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from analysis.view import Window
from tui.finder import Finder
from tui.keys import Where, bindings
from tui.opencapture import OpenCapture
from tui.panes.pane import Pane, Rows
from tui.place import PaneName, Selection, turned
from tui.widgets.elide import cut
from tui.widgets.line import Line
from tui.widgets.timeline import Canvas

if TYPE_CHECKING:
    from analysis.table import Table
    from tui.rows.content import Content
    from tui.rows.runtime.sheet import Changes, RuntimeContent


class Drawing(Canvas, can_focus=False):
    """A picture without a crosshair, as high as it is."""


class RuntimePane(Pane):
    """One page of what a trace says of the runtime."""

    pane = PaneName.RUNTIME
    where = Where.RUNTIME
    BINDINGS: ClassVar = [*bindings(Where.RUNTIME)]

    _capture: OpenCapture

    def __init__(self, finder: Finder) -> None:
        super().__init__(finder)
        # The page that the rows on the screen are of, and of those left what the cursor was on.
        self._shown: Hashable = None
        self._left: dict[Hashable, Hashable] = {}

    def fit(self, name: str, cells: int) -> str:
        """What rows say matters from its beginning."""
        return cut(name, cells)

    def compose(self) -> ComposeResult:
        yield Line(classes="heading")
        yield Drawing()
        yield Static(classes="reason", markup=False)
        yield Rows(fit=self.fit)

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        self._capture = capture
        trace, spot, view, timeline = capture.trace, capture.place.runtime, capture.view, capture.place.timeline
        assert trace is not None
        width, height = self.size.width or self.app.size.width, self.size.height or self.app.size.height

        def work() -> "Content":
            from tui.rows.runtime.pages import runtime_content
            from tui.rows.runtime.sheet import Ask

            return runtime_content(Ask(trace, spot, view, timeline, width, height))

        return work

    # Showing

    def show(self, content: "Content") -> None:
        from tui.rows.runtime.sheet import RuntimeContent

        drawing = self.query_one(Drawing)
        picture = content.picture if isinstance(content, RuntimeContent) else None
        drawing.styles.height = len(picture.head) if picture is not None else 0
        drawing.show(picture, column=-1)
        spot = self._capture.place.runtime
        page = (spot.page, spot.kind, spot.name, spot.stretch)
        if page != self._shown:
            if self._shown is not None and self.rows.row_count:
                self._left[self._shown] = self.rows.cursor_identity
            self._shown = page
            if isinstance(content, RuntimeContent) and content.table is not None:
                content = replace(content, cursor=_row_of(content.table, self._left.get(page), content.first))
        super().show(content)

    def on_resize(self) -> None:
        """The picture is as wide as the screen."""
        if self.content is not None:
            self.post_message(self.Wanted(self))

    def say(self, reason: str) -> None:
        self.query_one(Drawing).styles.height = 0
        super().say(reason)

    @property
    def _content(self) -> "RuntimeContent | None":
        from tui.rows.runtime.sheet import RuntimeContent

        return self.content if isinstance(self.content, RuntimeContent) else None

    def selection(self) -> Selection | None:
        """None for rows that are of no function, goroutine or task: what was selected stays so."""
        there = super().selection()
        return None if there == Selection() else there

    def copied(self) -> str:
        """Such rows as they are read."""
        return super().copied() or (self._content.text(self.row) if self._content and self.row is not None else "")

    def stack(self) -> tuple[str, ...]:
        """The row as lines for a ticket."""
        return self._content.copied(self.row) if self._content and self.row is not None else ()

    # Keys

    def _lead(self, changes: "Changes | None") -> None:
        if changes is not None:
            self.post_message(self.Go(self, **changes))

    def action_drill(self) -> None:
        """Go where the row leads."""
        if self._content and self.row is not None:
            self._lead(self._content.leads(self.row))

    def action_why(self) -> None:
        """What held this up."""
        if self._content and self.row is not None:
            changes = self._content.why(self.row)
            self._lead(changes)
            if changes is None:
                self.post_message(self.Said(self, "There is no one wait or request on this row to ask about."))

    async def action_mark(self) -> None:
        """Look at nothing but the time that the row is about; once more, at everything again."""
        stretch = self._content.stretch(self.row) if self._content and self.row is not None else None
        if stretch is None:
            self.post_message(self.Said(self, "This row is about no time of its own to mark."))
            return
        window = Window(*stretch)
        marked = window == self._capture.view.window
        look = "'unmark'" if marked else f"'mark', {window.start}, {window.end}"
        await self.app.run_action(f"look({look})", self.app)

    def action_page(self, step: int) -> None:
        spot = self._capture.place.runtime
        self.post_message(self.Go(self, runtime=spot.turned(step)))

    def action_sort(self, step: int) -> None:
        """Sort by the column `step` further to the right."""
        content, spot = self._content, self._capture.place.runtime
        if content and content.orders:
            by = content.by if content.by in content.orders else content.orders[-1 if step > 0 else 0]
            self._capture.order_runtime(spot.sorted_by(turned(content.orders, by, step)))
            self.post_message(self.Wanted(self))

    def action_reverse(self) -> None:
        if self._content and self._content.orders:
            self._capture.order_runtime(self._capture.place.runtime.reversed())
            self.post_message(self.Wanted(self))


def _row_of(table: "Table", identity: Hashable, otherwise: int) -> int:
    """The row that is `identity`."""
    return next((row for row in range(table.length) if table.identity(row) == identity), otherwise)
