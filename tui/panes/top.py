"""The Top pane: what weighs most."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from analysis.view import Filter, FilterKind
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

    _capture: OpenCapture

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        self._capture = capture
        place, order, amounts = capture.place, capture.order, capture.amounts
        before, earlier = capture.before, capture.earlier

        def draw(profile: "Profile") -> "Content":
            if place.labels:
                from tui.rows.labels import labels_content

                return labels_content(profile, place, amounts)
            from tui.rows.beside import beside
            from tui.rows.top import top_content

            return top_content(profile, place, order, amounts, before, beside(earlier, place.view) if earlier else None)

        return self.on_profile(capture, draw)

    def filters(self, kind: FilterKind) -> tuple[Filter, ...]:
        if self.content is not None and self.content.labels is not None and self.row is not None:
            return self.content.labels.filters(self.row, kind)
        return super().filters(kind)

    async def action_drill(self) -> None:
        """The source; of a label only its samples, of a key all samples by its values."""
        if self.content is None or self.content.labels is None or self.row is None:
            await self.app.run_action("look('see', 'source')", self.app)
            return
        capture, labels = self._capture, self.content.labels
        pane = PaneName.TREE if labels.is_key(self.row) else PaneName.TOP
        found = labels.filters(self.row, FilterKind.FOCUS)
        view = replace(capture.view, filters=tuple(dict.fromkeys((*capture.view.filters, *found))))
        self.post_message(self.Go(self, pane=pane, view=view, labels=False))

    async def action_sort(self, step: int) -> None:
        await self.app.run_action(f"look('sort', {step})", self.app)

    async def action_reverse(self) -> None:
        await self.app.run_action("look('reverse')", self.app)
