"""The Captures pane: what there is to open, in series; it is the session's, whichever tab it is looked at from."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from capture.open import display_name
from tui.finder import Finder
from tui.keys import Where, bindings
from tui.opencapture import OpenCapture
from tui.panes.pane import Pane
from tui.place import PaneName, turned
from tui.session import CAPTURE_KEYS, Session
from tui.widgets.elide import cut, tail

if TYPE_CHECKING:
    from tui.rows.capture_rows import CaptureRows
    from tui.rows.content import Content


class CapturesPane(Pane):
    """Series of captures, the captures in them, and files that are none or cannot be read."""

    pane = PaneName.CAPTURES
    where = Where.CAPTURES
    BINDINGS: ClassVar = [*bindings(Where.CAPTURES)]

    class Open(Message):
        """A capture has been chosen; as the newest of its series if that is what was asked for."""

        def __init__(self, path: Path, *, newest: bool) -> None:
            super().__init__()
            self.path = path
            self.newest = newest

    class Base(Message):
        """A capture is to be the base of diffs."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(self, finder: Finder, session: Session, key: Callable[[str], str]) -> None:
        """`key` tells the key of a command, as people read it."""
        super().__init__(finder)
        self._session = session
        self._key = key
        self._chosen = False  # a row by the user; until then the cursor stays on the first

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        library, order, opened = self._session.library, self._session.captures_order, self._session.opened
        bases = frozenset(basis.path for basis in self._session.bases.values())
        here, targets = capture.shown, self._session.targets
        live = targets.heading(self._key), bool(targets.unmet)

        def work() -> "Content":
            from tui.rows.capture_rows import CaptureRows
            from tui.rows.captures import captures_content

            return captures_content(CaptureRows(library, order, opened), bases, here, live)

        return work

    def fit(self, name: str, cells: int) -> str:
        """A file's name keeps its end, where captures of a series differ, behind the row's mark."""
        lead = len(name) - len(name.lstrip(" ")) + 2
        return name[:lead] + tail(name[lead:], cells - lead) if cells > lead else cut(name, cells)

    def show(self, content: "Content") -> None:
        super().show(content)
        if not self._chosen:
            self.rows.move_to(0)

    def moved(self) -> None:
        self._chosen = True

    @property
    def _listed(self) -> "CaptureRows | None":
        return self.content.captures if self.content else None

    def copied(self) -> str:
        """The path of the row's capture, of a series that of the newest."""
        at = self._at_cursor()
        return display_name(at[0].path(at[1])) if at else ""

    def _at_cursor(self) -> "tuple[CaptureRows, int] | None":
        """What is listed, and the row under the cursor."""
        return (self._listed, self.row) if self._listed is not None and self.row is not None else None

    def action_drill(self) -> None:
        """Open the capture, of a series the newest."""
        if at := self._at_cursor():
            rows, row = at
            if path := rows.path(row):
                self.post_message(self.Open(path, newest=rows.is_series(row)))

    def action_expand(self) -> None:
        """List the series' captures; go into a list that is open."""
        if (at := self._at_cursor()) and (key := at[0].key(at[1])) is not None and at[0].is_series(at[1]):
            if key in self._session.opened:
                self.rows.action_cursor(1)
            else:
                self._show_captures(self._session.opened | {key})

    def action_collapse(self) -> None:
        """Close the list; from a capture, go to its series first."""
        if (at := self._at_cursor()) and (key := at[0].key(at[1])) is not None:
            rows, row = at
            if not rows.is_series(row):
                self.rows.move_to(rows.row_of_series(key))
            elif key in self._session.opened:
                self._show_captures(self._session.opened - {key})

    def _show_captures(self, opened: frozenset[object]) -> None:
        self._session.opened = opened
        self.post_message(self.Wanted(self))

    def action_base(self) -> None:
        if (at := self._at_cursor()) and (path := at[0].path(at[1])):
            self.post_message(self.Base(path))

    def action_sort(self, step: int) -> None:
        """Sort by the column `step` further to the right."""
        by, _ = self._session.captures_order
        self._session.captures_order = (turned(CAPTURE_KEYS, by, step), False)
        self.post_message(self.Wanted(self))

    def action_reverse(self) -> None:
        by, reverse = self._session.captures_order
        self._session.captures_order = (by, not reverse)
        self.post_message(self.Wanted(self))
