"""Going along with a directory: which captures there are, walking through a series, and moving on as others land.

A tab keeps its cursor, its view and all that is open in it while its capture is replaced: all of that is named by
identity. What lands never takes the screen from what is looked at.
"""

import time
from functools import partial
from pathlib import Path
from typing import Any

from tui.basis import Basis, comparable
from tui.frame import Frame
from tui.librarian import Known
from tui.opencapture import OpenCapture, State, short_name
from tui.panes.captures import CapturesPane
from tui.place import PaneName
from tui.session import Session
from tui.shelf import Shelf

# How long what has changed is marked.
MARKED = 2.0


class Following(Frame):
    """The commands that go from capture to capture."""

    session: Session
    shelf: Shelf

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        # Traces that have grown, and are left alone for a while.
        self._resting: set[OpenCapture] = set()

    def read_capture(self, capture: OpenCapture) -> None:
        """Begin to read what a tab wants to show."""
        raise NotImplementedError

    def stop_reading(self, capture: OpenCapture) -> None:
        raise NotImplementedError

    def refresh_pane(self) -> None:
        raise NotImplementedError

    def visit(self) -> None:
        raise NotImplementedError

    # What lands

    def on_known(self, event: Known) -> None:
        """The list has changed: tabs that follow go along."""
        self.session.library = event.library
        for capture in self.session.captures:
            self.follow(capture)
        if self.capture.place.pane is PaneName.CAPTURES:
            self.refresh_pane()
        self.draw()

    def follow(self, capture: OpenCapture) -> None:
        """Turn a tab to the newest of its series, or to what its file is by now, if it is to go along."""
        self.session.place_in_series(capture)
        entry = self.session.wanted(capture)
        if entry is None or capture.loading or (entry.path, entry.version) == (capture.path, capture.version):
            return
        if capture.shown is None and capture.state is State.UNREAD:
            capture.path = entry.path  # nobody has looked at it yet
        elif entry.path == capture.path and (rest := capture.rest(time.monotonic())):
            if capture not in self._resting:
                self._resting.add(capture)
                self.set_timer(rest, partial(self._rested, capture))
        else:
            self._turn(capture, entry.path)

    def _rested(self, capture: OpenCapture) -> None:
        self._resting.discard(capture)
        if capture in self.session.captures:
            self.follow(capture)

    def _turn(self, capture: OpenCapture, path: Path) -> None:
        """Have a tab look at a file, or at the same once more."""
        self.stop_reading(capture)
        capture.turn_to(path)
        if capture is self.capture:
            self.read_capture(capture)
            self.refresh_pane()

    def mark_changes(self) -> None:
        """Have what has changed be marked for a while."""
        self.set_timer(MARKED, partial(self._unmark, self.capture, self.capture.profile))

    def _unmark(self, capture: OpenCapture, profile: object) -> None:
        if capture.profile is profile:
            capture.before = None
            if capture is self.capture:
                self.pane.rows.set_changed(frozenset())

    # Going from capture to capture

    def action_walk(self, step: int) -> None:
        """Go on by `step` captures of the series; a tab that goes back stays where it went."""
        capture = self.capture
        path = self.session.neighbour(step)
        if path is None:
            self.notice(f"This is the {'newest' if step > 0 else 'oldest'} capture of the series.")
            return
        self.session.remember()
        capture.newest = capture.newest and step > 0
        self._turn(capture, path)

    def action_newest(self) -> None:
        """Go to the newest capture of the series and stay with the newest."""
        self.session.remember()
        self.capture.newest, self.capture.frozen = True, False
        self.follow(self.capture)
        self.draw()

    def action_freeze(self) -> None:
        """Stay with what is on the screen, or go along again."""
        capture = self.capture
        capture.frozen = not capture.frozen
        self.follow(capture)
        self.draw()

    def action_flip(self) -> None:
        """Go to the capture that was looked at before this one."""
        if self.session.last is None:
            return
        capture, path = self.session.last
        self.session.remember()
        if capture not in self.session.captures:
            self.open_path(path)
            return
        self.session.at = self.session.captures.index(capture)
        if capture.path != path:
            capture.newest = False
            self._turn(capture, path)
        self.visit()

    def on_captures_pane_open(self, event: CapturesPane.Open) -> None:
        self.open_path(event.path, newest=event.newest)

    def open_path(self, path: Path, *, newest: bool = False) -> None:
        """Go to the tab of a capture, or of its series, opening one where there is none."""
        session = self.session
        session.remember()
        leaving = self.capture
        if leaving.place.pane is PaneName.CAPTURES:
            leaving.back()
        capture = session.tab_of(path, newest=newest)
        session.at = session.captures.index(capture)
        capture.newest = newest
        if capture.path != path:
            self._turn(capture, path)
        if capture.place.pane is PaneName.CAPTURES:
            capture.see(PaneName.TOP if capture.trace is None else PaneName.GOROUTINES)
        self.visit()

    # Diffs

    def action_base(self) -> None:
        """Take the capture on the screen as the base of diffs."""
        capture = self.capture
        found = capture.profile or capture.trace
        if found is None or capture.shown is None:
            return
        types = None if capture.profile is None else (each.type for each in capture.profile.sample_types)
        self._take_base(Basis(capture.shown, capture.name, lambda: found), comparable(types))

    def on_captures_pane_base(self, event: CapturesPane.Base) -> None:
        entry = self.session.library.entries.get(event.path)
        if entry is None or entry.summary is None:
            self.notice("There is nothing in it to compare with.")
            return
        types = None if entry.summary.kind == "trace" else (each.type for each in entry.summary.sample_types)
        basis = Basis(event.path, short_name(event.path.name), partial(self.shelf.read, event.path))
        self._take_base(basis, comparable(types))
        self.refresh_pane()

    def _take_base(self, basis: Basis, kind: str) -> None:
        self.session.bases[kind] = basis
        self.notice(f"{basis.name} is the base now: {self.key('diff')} shows how another capture differs from it.")

    def action_differ(self) -> None:
        """Show the difference from the base, or the capture itself again."""
        capture = self.capture
        if not capture.place.diff and self.session.basis(capture, self.shelf) is None:
            self.notice(f"There is nothing to compare with: take a base first, with {self.key('base')} on it.")
            return
        capture.differ()
        self.refresh_pane()
