"""The palette: everything that can be done here by name, narrowed as one types."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.screen import ModalScreen

from analysis.table import Column, Table
from tui.keys import Where, bindings
from tui.overlays.prompt import Prompt
from tui.widgets.elide import cut
from tui.widgets.table import VirtualTable


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette; `action` is run in the namespace of the pane when it is chosen."""

    text: str
    keys: str
    action: str


class Palette(ModalScreen[Entry | None], inherit_bindings=False):
    """A prompt above the entries that have what was typed in it; gives the chosen one."""

    BINDINGS = [*bindings(Where.PALETTE)]

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        self._entries = tuple(entries)
        self._left = self._entries

    def compose(self) -> ComposeResult:
        yield Prompt(":")
        yield VirtualTable(fit=cut)

    def on_mount(self) -> None:
        self.query_one(Prompt).start()
        self._narrow("")

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        self._narrow(event.prompt.value)

    def on_prompt_done(self, event: Prompt.Done) -> None:
        row = self.query_one(VirtualTable).cursor_row
        self.dismiss(self._left[row] if event.kept and self._left else None)

    def action_cursor(self, delta: int) -> None:
        self.query_one(VirtualTable).action_cursor(delta)

    def _narrow(self, typed: str) -> None:
        """Keep the entries that have every word, those that begin with it first."""
        words = typed.lower().split()
        left = [entry for entry in self._entries if all(word in entry.text.lower() for word in words)]
        left.sort(key=lambda entry: not entry.text.lower().startswith(typed.lower()))
        self._left = tuple(left)
        rows = self.query_one(VirtualTable)
        rows.set_table(_table(self._left))
        rows.action_edge("top")


def _table(entries: tuple[Entry, ...]) -> Table:
    return Table(
        columns=(
            Column("keys", "key", ">", 10, lambda row: entries[row].keys),
            Column("text", "command", "<", 0, lambda row: entries[row].text),
        ),
        length=len(entries),
    )
