"""A small application around the widgets, for their tests: a long table, a detail line and a footer.

Run as a program it takes the terminal as goscope itself does.
"""

import os
import sys
from collections.abc import Iterable
from typing import ClassVar

if __name__ == "__main__":
    from tui.terminal import prepare, terminal_problem

    if problem := terminal_problem():
        sys.exit(problem)
    prepare(ascii="--ascii" in sys.argv)

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Paste

from analysis.table import Column, Table
from tui.driver import GuardedDriver, exit_status
from tui.widgets.line import Line, Run
from tui.widgets.table import VirtualTable

ROWS = 50_000
NAMES = (
    "main.(*Cleaner).heavyCalculation",
    "crypto/sha256.block",
    "github.com/acme/service/internal/storage/query.(*Planner).rewriteJoins.func1",
    "runtime.mallocgc",
    "sync/atomic.(*Pointer[go.shape.struct { main.a int; main.b string }]).CompareAndSwap",
    "encoding/json.(*decodeState).object",
    "golang.org/x/net/http2.(*serverConn).processHeaders",
)


def flat(row: int) -> int:
    return 12_860_000_000 // (row + 1) ** 2 + (ROWS - row)


def duration(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e9:.2f}s" if nanoseconds >= 1e9 else f"{nanoseconds / 1e6:.2f}ms"


def name(row: int) -> str:
    return NAMES[row % len(NAMES)] + (f"·{row}" if row >= len(NAMES) else "")


def demo_table(rows: int = ROWS) -> Table:
    """Return a table like Top's, with nothing of it held in memory."""
    total = 30_000_000_000
    columns = (
        Column("flat", "flat", ">", 9, lambda row: duration(flat(row))),
        Column("flat%", "flat%", ">", 6, lambda row: f"{100 * flat(row) / total:.2f}%"),
        Column("sum%", "sum%", ">", 6, lambda row: f"{min(100.0, 42.75 + row / 500):.2f}%", drop=2),
        Column("cum", "cum", ">", 9, lambda row: duration(2 * flat(row))),
        Column("cum%", "cum%", ">", 6, lambda row: f"{200 * flat(row) / total:.2f}%", drop=1),
        Column("delta", "delta", ">", 8, lambda row: f"{flat(row) % 977 / 100:+.2f}s", drop=3),
        Column("trend", "trend", "<", 6, lambda row: "▁▂▃▄▅▆▇█"[row % 3 : row % 3 + 6], drop=4),
        Column("name", "function", "<", 0, name),
    )
    return Table(columns, rows, identity=name, share=lambda row: flat(row) / total)


class Demo(App[None]):
    """The table between a summary and two lines that follow its cursor."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { overflow: hidden hidden; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move('cursor', 1)"),
        Binding("up,k", "move('cursor', -1)"),
        Binding("pagedown", "move('page', 1)"),
        Binding("pageup", "move('page', -1)"),
        Binding("home", "move('edge', 'top')"),
        Binding("end", "move('edge', 'bottom')"),
        Binding("right", "move('sideways', 8)"),
        Binding("left", "move('sideways', -8)"),
        Binding("m", "mark"),
        Binding("x", "crash"),
        Binding("q", "quit"),
    ]

    def __init__(self, rows: int = ROWS) -> None:
        super().__init__(driver_class=GuardedDriver)
        self.theme = os.environ.get("DEMO_THEME", "textual-dark")
        self.rows = rows
        self.highlighted: list[int] = []

    def compose(self) -> ComposeResult:
        yield Line((" dataclean", "title"), "  cpu  30.1s of samples in 30.0s (100%)", id="summary")
        yield VirtualTable()
        yield Line(id="detail")
        yield Line(id="footer")

    def on_mount(self) -> None:
        self.table.set_table(demo_table(self.rows))
        self.table.focus()
        self.follow(0)

    @property
    def table(self) -> VirtualTable:
        return self.query_one(VirtualTable)

    def line(self, which: str) -> Line:
        return self.query_one(f"#{which}", Line)

    def action_move(self, what: str, argument: int | str) -> None:
        getattr(self.table, f"action_{what}")(argument)

    def action_mark(self) -> None:
        self.table.set_matches(lambda row: "mallocgc" in name(row))

    def action_crash(self) -> None:
        raise RuntimeError("asked for")

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted) -> None:
        self.highlighted.append(event.row)
        self.follow(event.row)

    def on_paste(self, event: Paste) -> None:
        self.line("summary").show(event.text)

    def follow(self, row: int) -> None:
        facts = f"  dataclean/main.go:{row + 47}  {duration(flat(row))} self  called by {row % 5}, calls 9"
        self.line("detail").show(" ", Run(name(row), "title", name=True), facts)
        self.line("footer").show(*self.footer(row))

    def footer(self, row: int) -> Iterable[tuple[str, str]]:
        yield from ((" ↵", "key"), (" source", "dim"), ("  c", "key"), (" callers", "dim"))
        if row % 2:
            yield from (("  f", "key"), (" filter", "dim"))


if __name__ == "__main__":
    app = Demo()
    app.run(mouse=False)
    sys.exit(exit_status(app))
