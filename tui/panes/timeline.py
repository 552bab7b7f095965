"""The Timeline pane: what ran when."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from tui.keys import Where, bindings
from tui.panes.pane import Pane
from tui.session import OpenCapture, PaneName

if TYPE_CHECKING:
    from tui.rows.content import Content


class TimelinePane(Pane):
    """Lanes of a trace over time."""

    pane = PaneName.TIMELINE
    where = Where.TIMELINE
    BINDINGS: ClassVar = [*bindings(Where.TIMELINE)]

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        def work() -> "Content":
            from tui.rows.content import Content

            return Content(reason="Not drawn yet.")

        return work
