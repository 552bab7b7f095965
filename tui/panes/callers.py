"""The Callers pane: one function, who calls it, and what it calls."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from tui.keys import Where, bindings
from tui.opencapture import OpenCapture
from tui.panes.pane import Pane
from tui.place import PaneName

if TYPE_CHECKING:
    from parsers.profile.model import Profile
    from tui.rows.content import Content


class CallersPane(Pane):
    """One function, who calls it, and what it calls."""

    pane = PaneName.CALLERS
    where = Where.CALLERS
    BINDINGS: ClassVar = [*bindings(Where.CALLERS)]

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        def draw(profile: "Profile") -> "Content":
            from tui.rows.content import Content

            return Content(reason="Not yet.")

        return self.on_profile(capture, draw)
