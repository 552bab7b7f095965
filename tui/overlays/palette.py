"""The palette: everything that can be done here by name, narrowed as one types."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.screen import ModalScreen

from analysis.table import Column, Table
from analysis.view import Granularity
from tui.filterlang import written
from tui.keys import Command, Where, bindings, shown
from tui.opencapture import OpenCapture
from tui.overlays.prompt import Prompt
from tui.place import PaneName
from tui.session import Need, Session
from tui.widgets.elide import cut
from tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from parsers.trace.model import Trace


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette; `action` is run in the namespace of the pane when it is chosen.

    It is found by its text, and by its `id` in the table of keys.
    """

    text: str
    keys: str
    action: str
    id: str = ""


class Palette(ModalScreen[Entry | None], inherit_bindings=False):
    """A prompt above the entries that have what was typed in it; gives the chosen one."""

    BINDINGS: ClassVar = [*bindings(Where.PALETTE)]

    def __init__(
        self,
        entries: Sequence[Entry],
        lead: str = ":",
        offered: Callable[[str], Iterable[Entry]] = lambda typed: (),
    ) -> None:
        """`offered` are entries that what was typed stands for, beside those that it finds."""
        super().__init__()
        self._entries = tuple(entries)
        self._left = self._entries
        self._lead = lead
        self._offered = offered

    def compose(self) -> ComposeResult:
        yield Prompt(self._lead)
        yield VirtualTable(fit=cut)

    def on_mount(self) -> None:
        self.query_one(Prompt).start()
        self._narrow("")

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        event.stop()
        self._narrow(event.prompt.value)

    def on_prompt_done(self, event: Prompt.Done) -> None:
        event.stop()
        row = self.query_one(VirtualTable).cursor_row
        self.dismiss(self._left[row] if event.kept and self._left else None)

    def action_cursor(self, delta: int) -> None:
        self.query_one(VirtualTable).action_cursor(delta)

    def renew(self, entries: Sequence[Entry]) -> None:
        """Choose from these; a cursor that has left the first line stays with its entry."""
        self._entries = tuple(entries)
        if not self.is_mounted:
            return
        rows = self.query_one(VirtualTable)
        row = rows.cursor_row
        chosen = self._left[row].action if row else ""
        self._narrow(self.query_one(Prompt).value)
        rows.move_to(next((at for at, each in enumerate(self._left) if each.action == chosen), row))

    def _narrow(self, typed: str) -> None:
        """Keep the entries that have every word, those that begin with it first."""
        words = typed.lower().split()
        left = [entry for entry in self._entries if all(word in f"{entry.text} {entry.id}".lower() for word in words)]
        left.sort(key=lambda entry: not entry.text.lower().startswith(typed.lower()))
        self._left = (*left, *self._offered(typed.strip()))
        rows = self.query_one(VirtualTable)
        rows.set_table(_table(self._left))
        rows.action_edge("top")


def entries(session: Session, commands: Iterable[Command], views: Iterable[str] = ()) -> list[Entry]:
    """All that `commands` do, and what there is to choose from in the current capture; `views` by name."""
    found = [
        Entry(command.help, " ".join(map(shown, command.keys)), command.qualified, command.id) for command in commands
    ]
    capture = session.current
    if profile := capture.profile:
        for at, value_type in enumerate(profile.sample_types):
            found.append(Entry(f"Sample type {value_type.type}", "", f"app.look('sample_type', {at})"))
    if trace := capture.trace:
        found += _of_trace(capture, trace)
    if session.has(Need.FRAMES, on_row=False):
        found += [Entry(f"Rows of {each}", "", f"app.look('rows_of', '{each}')", "granularity") for each in Granularity]
    if capture.place.diff:
        found.append(Entry("Diff: scale to the base's total, as --normalize", "", "app.look('normalize')", "diff"))
    if capture.is_read:
        found += _of_view(capture, views)
    found += _of_targets(session)
    found += [Entry(f"Capture {each.name}", "", f"app.open({at})") for at, each in enumerate(session.captures)]
    return found


def _of_targets(session: Session) -> Iterator[Entry]:
    """The recording to begin, or to stop."""
    if recording := session.targets.recording:
        yield Entry(recording.stop.capitalize(), "", "app.record", "record")
    else:
        yield Entry("Record from a process on a schedule", "", "app.record", "record")


def _of_view(capture: OpenCapture, views: Iterable[str]) -> Iterator[Entry]:
    """The filters that there are to drop, and the views that have a name."""
    for at, each in enumerate(capture.view.filters):
        yield Entry(f"Drop the filter {written(each)}", "", f"app.drop_filter({at})", "filter")
    yield Entry("Save this way of looking as a view", "", "app.save_view", "view")
    for name in views:
        yield Entry(f"View {name}", "", f"app.restore_view({name!r})", "view")
        yield Entry(f"Forget the view {name}", "", f"app.forget_view({name!r})", "view")


def _of_trace(capture: OpenCapture, trace: "Trace") -> Iterator[Entry]:
    """What a trace has to choose from: what to sort goroutines by, and the profiles derived from it."""
    from analysis.derive import KINDS
    from analysis.goroutine_groups import FIGURES

    if capture.place.pane is PaneName.GOROUTINES:
        for key in ("count", *FIGURES, *filter(None, trace.reasons), "name"):
            yield Entry(
                f"Sort goroutines by {key.replace('_', ' ')}", "", f"app.look('sort_goroutines', {key!r})", "sort"
            )
    for kind in KINDS:
        count = "samples" if kind == "cpu" else "contentions"
        yield Entry(f"Profile {kind}", "", f"app.look('derive', '{kind}')")
        yield Entry(f"Profile {kind}: {count}", "", f"app.look('derive', '{kind}', '{count}')")


def _table(entries: tuple[Entry, ...]) -> Table:
    return Table(
        columns=(
            Column("keys", "key", ">", 10, lambda row: entries[row].keys),
            Column("text", "command", "<", 0, lambda row: entries[row].text),
        ),
        length=len(entries),
    )
