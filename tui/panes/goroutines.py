"""The Goroutines pane: where goroutines spent their time, by the function they run."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from tui.keys import Where, bindings
from tui.panes.pane import Pane
from tui.session import OpenCapture, PaneName

if TYPE_CHECKING:
    from tui.rows.content import Content


class GoroutinesPane(Pane):
    """Groups of goroutines, and the goroutines in them."""

    pane = PaneName.GOROUTINES
    where = Where.GOROUTINES
    BINDINGS: ClassVar = [*bindings(Where.GOROUTINES)]

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        def work() -> "Content":
            from tui.rows.content import Content

            return Content(reason="Not drawn yet.")

        return work
