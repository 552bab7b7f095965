"""The Goroutines pane: where goroutines spent their time, by the function they run."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from tui import glyphs
from tui.keys import Where, bindings
from tui.opencapture import OpenCapture
from tui.panes.pane import Pane
from tui.place import PaneName, Selection, turned
from tui.widgets.elide import cut, elide

if TYPE_CHECKING:
    from tui.rows.content import Content
    from tui.rows.goroutine_diff_rows import GoroutineDiffRows
    from tui.rows.goroutine_rows import GoroutineRows


class GoroutinesPane(Pane):
    """Groups of goroutines, and the goroutines in them."""

    pane = PaneName.GOROUTINES
    where = Where.GOROUTINES
    BINDINGS: ClassVar = [*bindings(Where.GOROUTINES)]

    _capture: OpenCapture
    # A goroutine that is searched for, and its group, which is closed.
    _hidden: "tuple[str, int] | None" = None

    def fit(self, name: str, cells: int) -> str:
        """A function's name keeps its end; what a goroutine does, and that no name is known, its beginning."""
        return cut(name, cells) if name.startswith("  ") or "(Inactive" in name else elide(name, cells)

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        self._capture = capture
        trace, place, amounts = capture.trace, capture.place, capture.amounts
        order, opened, basis = capture.goroutines, capture.groups, capture.basis
        assert trace is not None

        def work() -> "Content":
            from tui.rows.goroutine_diff import goroutine_diff_content
            from tui.rows.goroutines import goroutines_content

            if basis is not None:
                return goroutine_diff_content(trace, basis.trace(), place, order, amounts)
            return goroutines_content(trace, place, order, opened, amounts)

        return work

    def stack(self) -> tuple[str, ...]:
        """The stack a goroutine was last seen in, of a group the one that most were."""
        from tui.rows.goroutines import goroutine_stack

        return goroutine_stack(self._goroutines, self.row) if self._goroutines and self.row is not None else ()

    # Search

    def find(self, query: str) -> None:
        super().find(query)
        rows = self._goroutines
        self._hidden = rows.group_of(query) if rows and query and not self.matched else None

    def found(self) -> str:
        """Also where the goroutine of this id is, if its group is closed."""
        if self._hidden is None:
            return super().found()
        name, id = self._hidden
        return f"G{id} of {name}: {glyphs.current().enter} opens"

    def seek(self, query: str) -> None:
        """Open the group of the goroutine whose id this is, and go there."""
        if self._hidden:
            name, id = self._hidden
            self._show_group(name, True, Selection(name, label=name, goroutine=id))

    def _found_in_rows(self, query: str) -> list[int]:
        listed = self._goroutines or self._compared
        return listed.matches(query) if listed else []

    # Keys

    @property
    def _goroutines(self) -> "GoroutineRows | None":
        return self.content.goroutines if self.content else None

    @property
    def _compared(self) -> "GoroutineDiffRows | None":
        """The groups of two traces, of which none can be opened."""
        return self.content.compared if self.content else None

    def _show_group(self, name: str, opened: bool, selection: Selection) -> None:
        self._capture.open_group(name, opened)
        self._capture.select(selection)
        self.post_message(self.Wanted(self))

    def action_expand(self) -> None:
        """Open the group; go into an open one."""
        if (on := self.selection()) and self._goroutines:
            if on.function not in self._capture.groups:
                self._show_group(on.function, True, on)
            elif not on.goroutine:
                self.rows.action_cursor(1)

    def action_collapse(self) -> None:
        """Close the group; from a goroutine, go to its group first."""
        if (on := self.selection()) and self._goroutines:
            if on.goroutine:
                self.rows.move_to(self._goroutines.row_of(on.function) or 0)
            elif on.function in self._capture.groups:
                self._show_group(on.function, False, on)

    def action_drill(self) -> None:
        """Open the group; of a goroutine, or where the group is open or compared, go to its lane."""
        if (on := self.selection()) and self._compared:
            spot = self._capture.place.timeline.on_group(on.function)
            self.post_message(self.Go(self, pane=PaneName.TIMELINE, selection=on, timeline=spot))
            return
        if (on := self.selection()) and self._goroutines and self.row is not None:
            if on.function not in self._capture.groups:
                self._show_group(on.function, True, on)
                return
            from tui.rows.goroutines import spot_of

            spot = spot_of(self._goroutines, self.row, self._capture.place.timeline)
            self.post_message(self.Go(self, pane=PaneName.TIMELINE, selection=on, timeline=spot))

    def action_sort(self, step: int) -> None:
        """Sort by the column `step` further to the right."""
        if rows := self._goroutines or self._compared:
            self._capture.sort_goroutines(turned(rows.keys, rows.by, step))
            self.post_message(self.Wanted(self))

    def action_reverse(self) -> None:
        self._capture.reverse_goroutines()
        self.post_message(self.Wanted(self))
