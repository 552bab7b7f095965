"""From a trace to the profiles of the same program and time, and back: one cursor for both, and a key to allocations.

Which captures belong together, `tui.kinship` says; here tabs are gone to.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from tui import kinship
from tui.catalogue import Entry
from tui.following import Following
from tui.opencapture import NOWHERE, OpenCapture
from tui.place import PaneName, Selection

_ALLOCATED = "alloc_space"


class Linking(Following):
    """The commands that go from one capture to another of the same program and time."""

    def in_background(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Have another thread do `work`, and go on with what it finds, unless something else is asked for first."""
        raise NotImplementedError

    # The tab whose first row was gone to, which no other's selection is to take the cursor from.
    _at_the_top: OpenCapture | None = None

    def link(self) -> None:
        """Have a tab that is gone to select what was selected in the one before, where one of them is a trace."""
        if self.session.last is None or self.capture is self._at_the_top:
            return
        self._at_the_top = None
        before, now = self.session.last[0], self.capture
        if before is not now and kinship.linked(before, now):
            selection = before.place.selection
            if selection.function and now.place.pane is not PaneName.CAPTURES:
                now.select(replace(selection, goroutine=None))

    def action_allocators(self) -> None:
        """Go to the top allocators of the program, in the profile of them that is nearest in time."""
        capture = self.capture
        if capture.trace is None or capture.shown is None:
            return
        wanted = kinship.kin_of(capture.trace, capture.shown)
        if found := kinship.nearest(self.session.library.entries.values(), wanted):
            self._show_allocators(capture, found)
            return
        directory, budget = capture.shown.parent, self.shelf.how.budget
        known = self.session.library.entries
        self.in_background(
            partial(kinship.look_around, directory, known, wanted, budget), partial(self._show_allocators, capture)
        )

    def _show_allocators(self, capture: OpenCapture, found: Entry | None) -> None:
        from analysis.traceinfo import trace_info

        trace = capture.trace
        if capture is not self.capture or trace is None:
            return
        if found is None or capture.path == NOWHERE:
            place = capture.shown.parent if capture.shown is not None else ""
            self.notice(f"There is no allocs or heap profile of this program in {place or 'its directory'}.")
            return
        tab = self.session.tab_of(found.path, newest=False)
        tab.go(pane=PaneName.TOP, view=replace(tab.view, sample=_ALLOCATED), selection=Selection())
        self._at_the_top = tab
        self.open_path(found.path)
        program = trace_info(trace).program
        if found.summary is not None and program and found.summary.program not in ("", program):
            self.notice(f"This is of {found.summary.program}, the only program here; the trace's own is {program}.")
