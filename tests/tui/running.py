"""The application running for a test: opened on captures, read, and with its answers in."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.events import Paste
from textual.pilot import Pilot

from analysis.view import View
from tui.app import Goscope
from tui.destination import targets_of
from tui.finder import Finder
from tui.keymap import Keymap
from tui.librarian import Watched
from tui.opencapture import State
from tui.panes.pane import Pane
from tui.place import Place
from tui.remembered import NamedViews, Typed
from tui.session import opened
from tui.shelf import How
from tui.widgets.line import Line

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
CPU = SAMPLES / "dataclean.cpu.pb.gz"
HEAP = SAMPLES / "epro.heap.08.pb.gz"
BLOCK = SAMPLES / "gateway.block.pb.gz"
TRACE = SAMPLES / "gateway.trace"

HEAVY = "main.(*Cleaner).heavyCalculation"
_DEADLINE = 30.0  # seconds; generous, because nobody waits for it but a failing test


class Running:
    """The application, and what its screen says."""

    def __init__(self, app: Goscope, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press `keys`, each when the one before has been answered."""
        for key in keys:
            await self.pilot.press(key)
            await self.settled()

    async def type(self, text: str) -> None:
        """Have `text` pasted, which is quicker than key by key."""
        self.app.post_message(Paste(text))
        await self.pilot.pause()
        await self.settled()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true."""
        end = time.monotonic() + _DEADLINE
        while not condition():
            assert time.monotonic() < end, f"not in time; the screen says:\n{self.screen}"
            await asyncio.sleep(0.002)
            if condition():
                await self.pilot.pause()

    async def settled(self) -> None:
        """Wait until nothing is being read or worked out."""
        await self.until(lambda: self.app.capture.state is not State.LOADING and not self.app.busy)

    @property
    def known(self) -> int:
        """How many files the list has."""
        return len(self.app.session.library.entries)

    @property
    def pane(self) -> Pane:
        return self.app.pane

    @property
    def rows(self) -> list[str]:
        """The pane's lines as they are drawn, titles first."""
        rows = self.pane.rows
        return [rows.render_line(y).text.rstrip() for y in range(rows.size.height)]

    @property
    def row(self) -> str:
        """The line with the cursor."""
        rows = self.pane.rows
        return rows.render_line(1 + rows.cursor_row - rows.scroll_offset.y).text.rstrip()

    def line(self, name: str) -> str:
        return self.app.line(name).text.strip()

    @property
    def footer(self) -> str:
        """Whatever is in the last row."""
        return next(line.text for line in self.app.bottom.query(Line) if line.display)

    @property
    def heading(self) -> str:
        """The line above the rows, where there is one."""
        line = self.pane.query_one(".heading", Line)
        return line.text.strip() if line.display else ""

    @property
    def reason(self) -> str:
        """The sentence in place of rows."""
        static = self.pane.query_one(".reason")
        return str(static.render()) if static.display else ""

    @property
    def screen(self) -> str:
        bars = [self.line(name) for name in ("tabs", "summary", "strip")]
        return "\n".join([*bars, self.reason, self.heading, *self.rows, self.line("detail"), self.footer])


@asynccontextmanager
async def running(
    *paths: Path,
    watch: Sequence[Path] = (),
    size: tuple[int, int] = (120, 40),
    view: View | None = None,
    keymap: Keymap | None = None,
    how: How | None = None,
    history: Typed | None = None,
    views: NamedViews | None = None,
    urls: Sequence[str] = (),
    recorded: Typed | None = None,
) -> AsyncIterator[Running]:
    """Open `paths`, the directories of `watch` and the processes at `urls`, and wait for the first of the files unless
    it never comes.
    """
    places = tuple(map(str, watch))
    watched = Watched(paths, places) if watch else None
    targets, said = targets_of(urls, places)
    session = opened(paths, Place(view=view or View()), places, targets)
    app = Goscope(
        session,
        Finder(paths),
        how=how,
        watched=watched,
        keymap=keymap,
        history=history,
        views=views,
        recorded=recorded,
        said=said,
    )
    async with app.run_test(size=size) as pilot:
        yield Running(app, pilot)


@asynccontextmanager
async def ready(*paths: Path, **how: Any) -> AsyncIterator[Running]:
    """Open `paths` as `running` does and wait until the first is on the screen."""
    async with running(*paths, **how) as run:
        await run.settled()
        yield run


@asynccontextmanager
async def listed(*directories: Path, paths: Sequence[Path] = (), **how: Any) -> AsyncIterator[Running]:
    """Open `directories` and wait until all that is in them is listed."""
    async with running(*paths, watch=directories, **how) as run:
        await run.settled()
        expected = sum(len(list(each.glob("*.pb.gz"))) for each in directories)
        await run.until(lambda: run.app.session.library.waiting == 0 and run.known >= expected)
        yield run
