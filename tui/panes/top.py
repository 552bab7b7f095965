"""The Top pane: what weighs most."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from tui.keys import Where, bindings
from tui.opencapture import OpenCapture
from tui.panes.pane import Pane
from tui.place import PaneName

if TYPE_CHECKING:
    from parsers.profile.model import Profile
    from tui.rows.content import Content


class TopPane(Pane):
    """Functions, files, lines or addresses by weight."""

    pane = PaneName.TOP
    where = Where.TOP
    BINDINGS: ClassVar = [*bindings(Where.TOP)]

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        place, order, amounts = capture.place, capture.order, capture.amounts
        before, earlier = capture.before, capture.earlier

        def draw(profile: "Profile") -> "Content":
            from tui.rows.beside import beside
            from tui.rows.top import top_content

            return top_content(profile, place, order, amounts, before, beside(earlier, place.view) if earlier else None)

        return self.on_profile(capture, draw)

    async def action_sort(self, step: int) -> None:
        await self.app.run_action(f"look('sort', {step})", self.app)

    async def action_reverse(self) -> None:
        await self.app.run_action("look('reverse')", self.app)
