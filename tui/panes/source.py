"""The Source pane: a function's lines with what each of them weighs."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from tui.keys import Where, bindings
from tui.opencapture import OpenCapture
from tui.panes.pane import Pane
from tui.place import PaneName
from tui.widgets.elide import cut

if TYPE_CHECKING:
    from parsers.profile.model import Profile
    from tui.rows.content import Content


class SourcePane(Pane):
    """Annotated source, or the line numbers alone where it is not found."""

    pane = PaneName.SOURCE
    where = Where.SOURCE
    BINDINGS: ClassVar = [*bindings(Where.SOURCE)]

    def fit(self, name: str, cells: int) -> str:
        return cut(name, cells)

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        place, amounts, finder, before = capture.place, capture.amounts, self.finder, capture.before

        def draw(profile: "Profile") -> "Content":
            from tui.rows.source import source_content

            return source_content(profile, place, finder.sources, amounts, before)

        return self.on_profile(capture, draw)

    @property
    def _hot(self) -> tuple[int, ...]:
        return self.content.hot if self.content else ()

    def action_hot(self, step: int) -> None:
        """Go to the hot line after the cursor, or before it."""
        row = self.rows.cursor_row
        there = [hot for hot in self._hot if (hot - row) * step > 0]
        if there:
            self.rows.move_to(min(there, key=lambda hot: abs(hot - row)))

    def action_hottest(self) -> None:
        """Go to the hottest line, from there to the next hottest, and round."""
        if hot := self._hot:
            row = self.rows.cursor_row
            self.rows.move_to(hot[(hot.index(row) + 1) % len(hot) if row in hot else 0])
