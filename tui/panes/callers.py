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
    """The function in the middle stays there while the cursor moves; Enter puts another one there."""

    pane = PaneName.CALLERS
    where = Where.CALLERS
    BINDINGS: ClassVar = [*bindings(Where.CALLERS)]

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        place, amounts, before = capture.place, capture.amounts, capture.before

        def draw(profile: "Profile") -> "Content":
            from tui.rows.callers import callers_content

            return callers_content(profile, place, amounts, before)

        return self.on_profile(capture, draw)

    async def action_drill(self) -> None:
        """Put the function under the cursor in the middle; of the one that is there, open the source."""
        if self.content is None or self.content.callers is None or self.row is None:
            return
        if self.row == self.content.callers.middle:
            await self.app.run_action("look('see', 'source')", self.app)
        elif there := self.selection():
            self.post_message(self.Go(self, centre=there, selection=there))
