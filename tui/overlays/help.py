"""The help: the keys of the pane that is on the screen, then all others. Static text, so that it costs one page."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.screen import ModalScreen

from analysis.table import Column, Table
from tui import filterlang
from tui.keymap import Keymap
from tui.keys import PANES, Command, Where, bindings, shown
from tui.overlays import takes
from tui.panes.pane import Rows
from tui.widgets.elide import cut
from tui.widgets.line import Line


class Help(ModalScreen[None], inherit_bindings=False):
    """A list of keys to scroll through; closed by q, Esc or ?."""

    BINDINGS: ClassVar = [*bindings(Where.HELP)]

    def __init__(self, keymap: Keymap, pane: Where, own_keys: Path) -> None:
        super().__init__()
        self._lines = tuple(help_lines(keymap, pane, own_keys))

    def compose(self) -> ComposeResult:
        yield Line((" goscope: keys", "title"), "   q closes")
        yield Rows(fit=cut)

    def on_mount(self) -> None:
        rows = self.query_one(Rows)
        rows.set_table(_table(self._lines))
        self.set_focus(rows)

    def action_close(self) -> None:
        self.dismiss()

    def action_sideways(self, delta: int) -> None:
        self.query_one(Rows).action_sideways(delta)


def help_lines(keymap: Keymap, pane: Where, own_keys: Path) -> Iterator[tuple[str, str]]:
    """Keys and what they do: this pane's, then those of all panes, then the other panes' and the overlays'."""
    others = tuple(other for other in PANES if other is not pane)
    for title, where in (
        (f"In {pane}", (pane,)),
        ("In every pane", (Where.APP,)),
        ("Moving", (Where.ROWS,)),
        *((f"In {other}", (other,)) for other in others),
        ("In this help", (Where.HELP,)),
        ("In the list of commands", (Where.PALETTE,)),
    ):
        yield "", title
        yield from (_line(command) for command in keymap.of(*where))
        yield "", ""
    yield "", "Filters, as they are typed"
    yield from filterlang.HELP
    yield "", ""
    yield "", "Captures of processes, as they are typed"
    yield from takes.HELP
    yield "", ""
    yield "", f'Keys of your own: {own_keys}, a line for each such as  "search" = ["/", "f3"]'


def _line(command: Command) -> tuple[str, str]:
    return " ".join(map(shown, command.keys)), f"{command.help}  ({command.id})"


def _table(lines: tuple[tuple[str, str], ...]) -> Table:
    return Table(
        columns=(
            Column("keys", "key", ">", 14, lambda row: lines[row][0]),
            Column("help", "does", "<", 0, lambda row: lines[row][1]),
        ),
        length=len(lines),
    )
