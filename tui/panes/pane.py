"""What all panes share: a heading, the rows, a sentence where there are none, and search among the rows.

A pane draws a `Content` and remembers nothing of the capture; what it is to show is worked out by the function that
`work` returns, in another thread.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from analysis.view import Filter, FilterKind, View
from tui.filterlang import exactly, matching_nothing, nothing_left
from tui.finder import Finder
from tui.keys import Where, bindings
from tui.opencapture import OpenCapture
from tui.place import PaneName, Selection
from tui.search import found_in
from tui.widgets.elide import elide
from tui.widgets.line import Line, Part
from tui.widgets.table import VirtualTable

# Its functions need NumPy, which only the working threads import.
if TYPE_CHECKING:
    from parsers.profile.model import Profile
    from parsers.trace.model import Trace
    from tui.rows.content import Content


class Rows(VirtualTable):
    """The virtual table with the keys that move in it."""

    BINDINGS: ClassVar = [*bindings(Where.ROWS)]


class Pane(Vertical):
    """One pane. Subclasses say what it shows and answer the keys of their own."""

    pane: ClassVar[PaneName]
    where: ClassVar[Where]

    class Wanted(Message):
        """The pane wants to be worked out again."""

        def __init__(self, pane: "Pane") -> None:
            super().__init__()
            self.pane = pane

    class Moved(Message):
        """The cursor of a pane without rows has moved."""

        def __init__(self, pane: "Pane") -> None:
            super().__init__()
            self.pane = pane

    class Go(Message):
        """The pane leads elsewhere: `changes` are those of the place."""

        def __init__(self, sender: "Pane", **changes: Any) -> None:
            super().__init__()
            self.pane = sender
            self.changes = changes

    class Said(Message):
        """The pane has an answer in one sentence."""

        def __init__(self, pane: "Pane", sentence: str) -> None:
            super().__init__()
            self.pane = pane
            self.sentence = sentence

    def __init__(self, finder: Finder) -> None:
        super().__init__(id=f"pane-{self.pane}")
        self.finder = finder
        self.content: Content | None = None
        self._matches: list[int] = []
        self._texts: list[str] | None = None

    def fit(self, name: str, cells: int) -> str:
        """A row's name in at most so many cells."""
        return elide(name, cells)

    def compose(self) -> ComposeResult:
        yield Line(classes="heading")
        yield Static(classes="reason", markup=False)
        # Never hidden, only empty: it has the keys.
        yield Rows(fit=self.fit)

    @property
    def rows(self) -> Rows:
        return self.query_one(Rows)

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        """What another thread has to do for this pane to show `capture`."""
        raise NotImplementedError

    def profile_of(self, capture: OpenCapture) -> "Callable[[], Profile]":
        """What gives another thread the profile to draw: the capture's, one derived from its trace, or a difference;
        filtered.
        """
        whole, view = self.whole_of(capture), capture.view

        def profile_of() -> "Profile":
            from analysis.filters import filtered

            return filtered(whole(), view)

        return profile_of

    def whole_of(self, capture: OpenCapture) -> "Callable[[], Profile]":
        """The same, before the filters."""
        profile, trace, view, finder = capture.profile, capture.trace, capture.view, self.finder
        basis, place = capture.basis, capture.place

        def derived(trace: "Trace", view: View) -> "Profile":
            from tui.rows.derived import derived_profile

            return derived_profile(trace, view, finder)

        def profile_of() -> "Profile":
            found = profile if trace is None else derived(trace, view)
            assert found is not None
            if basis is None:
                return found
            # The marked window is this trace's.
            return basis.compared(
                found,
                lambda other: derived(other, replace(view, window=None)),
                swapped=place.swapped,
                normalized=place.normalized,
            )

        return profile_of

    def on_profile(self, capture: OpenCapture, draw: "Callable[[Profile], Content]") -> "Callable[[], Content]":
        """What has another thread `draw` that profile, or say why a derived one is empty."""
        trace, view, whole_of = capture.trace, capture.view, self.whole_of(capture)

        def work() -> "Content":
            from analysis.filters import filtered, unmatched

            whole = whole_of()
            profile = filtered(whole, view)
            content = draw(profile)
            idle = unmatched(whole, view)
            if trace is not None and not whole.n_samples and content.reason:
                from tui.rows.derived import why_empty

                return replace(content, reason=why_empty(trace, view))
            if content.reason and not profile.n_samples and whole.n_samples:
                content = replace(content, reason=nothing_left(idle))
            elif idle and not content.heading:
                content = replace(content, heading=matching_nothing(idle), warning=True)
            return content

        return work

    # Showing

    def show(self, content: "Content") -> None:
        """Show rows, or why there are none."""
        self.content = content
        self._texts = None
        heading = self.query_one(".heading", Line)
        heading.display = bool(content.heading)
        heading.show(" ", (content.heading, "warn" if content.warning else "dim"))
        self._put(content.reason)
        self.rows.set_table(content.table, cursor=self.rows.cursor_identity)
        if content.cursor is not None:
            self.rows.move_to(content.cursor)
        if content.changed is not None:
            self.rows.set_changed(content.changed)
        self._matches = []

    def say(self, reason: str) -> None:
        """Show a sentence in place of rows."""
        self.content = None
        self.rows.set_table(None)
        self.query_one(".heading", Line).display = False
        self._put(reason)

    def _put(self, reason: str) -> None:
        static = self.query_one(".reason", Static)
        static.display = bool(reason)
        if reason:
            static.update(reason)

    def take_keys(self) -> None:
        """Have the keys go to the pane."""
        self.screen.set_focus(self.rows)

    # What the cursor is on

    @property
    def position(self) -> int:
        """Where the cursor is, for `move_to` to return to."""
        return self.rows.cursor_row

    def move_to(self, position: int) -> None:
        self.rows.move_to(position)

    @property
    def row(self) -> int | None:
        """The row under the cursor; None where there is none."""
        return self.rows.cursor_row if self.content is not None and self.rows.row_count else None

    def selection(self) -> Selection | None:
        return None if self.content is None or self.row is None else self.content.selection(self.row)

    def filters(self, kind: FilterKind) -> tuple[Filter, ...]:
        """What a filter by the row under the cursor is: its function, where it has none its file, else its binary."""
        if (on := self.selection()) is None:
            return ()
        if name := on.function or on.file:
            return (exactly(kind, name),)
        binary = on.label.removeprefix("[").removesuffix("]")
        return (Filter(kind, exactly(kind, binary).text.removeprefix("^")),)

    def detail(self) -> tuple[Part, ...]:
        return () if self.content is None or self.row is None else self.content.detail(self.row)

    def copied(self) -> str:
        """What names the row under the cursor outside goscope."""
        if (on := self.selection()) is None:
            return ""
        name = on.function or on.label or on.file
        return f"G{on.goroutine} {name}" if on.goroutine else name

    def stack(self) -> tuple[str, ...]:
        """The names of the very stack the cursor is on; empty where a row has many."""
        return ()

    def moved(self) -> None:
        """The cursor has moved."""

    # Search

    def find(self, query: str) -> None:
        """Mark the rows whose text has `query`; small letters find large ones as well."""
        found = self._found_in_rows(query) if query else []
        if found or self._matches:
            self.rows.set_matches(frozenset(found))
        self._matches = found

    def match(self, step: int, origin: int | None = None) -> None:
        """Go to the next match after the cursor, or at or after `origin`, round the end."""
        if self._matches:
            row = self.position if origin is None else origin - step
            at = bisect_right(self._matches, row) if step > 0 else bisect_left(self._matches, row) - 1
            self.move_to(self._matches[at % len(self._matches)])

    def seek(self, query: str) -> None:
        """A search that no row answers has been ended with Enter."""

    @property
    def matched(self) -> bool:
        return bool(self._matches)

    def found(self) -> str:
        """How many matches there are, and which of them the cursor is on: `3/17`."""
        at = bisect_left(self._matches, self.position)
        on = at < len(self._matches) and self._matches[at] == self.position
        return f"{at + 1 if on else '-'}/{len(self._matches)}" if self._matches else "no match"

    def _found_in_rows(self, query: str) -> list[int]:
        return found_in(query, self._searchable())

    def _searchable(self) -> list[str]:
        if self._texts is None:
            content = self.content
            self._texts = [content.text(row) for row in range(self.rows.row_count)] if content else []
        return self._texts

    # Keys

    def action_sideways(self, delta: int) -> None:
        self.rows.action_sideways(delta)
