"""The application: composes the screen, and routes keys to panes, panes to the desk, and results back to the screen."""

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App, ComposeResult
from textual.containers import Container
from textual.events import Resize
from textual.screen import Screen

from analysis.errors import ViewError
from analysis.view import Granularity, View
from tui import clipboard, lines
from tui.keymap import Keymap, keymap_path, read_keymap
from tui.keys import Command, Need, Where, bindings, needs, shown
from tui.loading import Answered, Desk, Progressed, Read, Reader, Reading
from tui.overlays.prompt import Prompt, Question
from tui.panes.pane import Pane
from tui.panes.source import SourcePane
from tui.panes.top import TopPane
from tui.panes.tree import TreePane
from tui.session import (
    OpenCapture,
    PaneName,
    Place,
    Selection,
    Session,
    State,
    next_amounts,
    next_granularity,
    next_sample,
    opened,
    turned,
)
from tui.widgets.line import Line
from tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from capture.sources import SourceFinder
    from tui.rows.content import Content


class Main(Screen[None], inherit_bindings=False):
    """The one screen; Textual's own would take Tab."""


class Goscope(App[None], inherit_bindings=False):
    """Captures in tabs, each looked at through panes."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    BINDINGS: ClassVar = [*bindings(Where.APP)]

    def __init__(
        self,
        session: Session,
        finder: "Callable[[], SourceFinder]",
        *,
        reading: Reading | None = None,
        keymap: Keymap | None = None,
        **textual: Any,
    ) -> None:
        super().__init__(**textual)
        self.theme = "ansi-dark"
        self.session = session
        self.keymap = keymap or Keymap()
        self._finder = finder
        self._reading = reading or Reading()
        self._readers: dict[OpenCapture, Reader] = {}
        self._desk = Desk(self.post_message)
        self._drawn: tuple[OpenCapture, Pane] | None = None
        self._origin = 0
        self.set_keymap(self.keymap.overrides())

    def get_default_screen(self) -> Screen[None]:
        return Main()

    def compose(self) -> ComposeResult:
        yield Line(id="tabs")
        yield Line(id="summary")
        yield Line(id="strip")
        with Container(id="panes"):
            yield TopPane(self._finder)
            yield TreePane(self._finder)
            yield SourcePane(self._finder)
        yield Line(id="detail")
        yield Line(id="footer")
        yield Prompt("/", id="prompt")
        yield Question(id="question")

    def on_mount(self) -> None:
        self._visit()
        self.notice(self.keymap.complaints[0] if self.keymap.complaints else "")

    # What is on the screen

    @property
    def capture(self) -> OpenCapture:
        return self.session.current

    @property
    def pane(self) -> Pane:
        return self.main.query_one(f"#pane-{self.capture.place.pane}", Pane)

    @property
    def main(self) -> Screen[Any]:
        """The screen with the panes, whatever lies over it."""
        return self.screen_stack[0]

    def line(self, name: str) -> Line:
        return self.main.query_one(f"#{name}", Line)

    def draw(self) -> None:
        """Bring the one-line bars up to date."""
        width = self.size.width
        self.line("tabs").show(*lines.tabs(self.session, width))
        self.line("summary").show(*lines.summary(self.capture))
        left, right = lines.strip(self.capture, lambda id: shown(self._command(id).keys[0]))
        self.line("strip").show(*left, right=tuple(right))
        self._draw_detail()

    def _draw_detail(self) -> None:
        self.line("detail").show(*self.pane.detail())
        found = f"/{self.session.query} {self.pane.found()} " if self.session.query else ""
        room = self.size.width - len(found) - 2
        commands = [c for c in self.keymap.of(self.pane.where, Where.APP) if self.has(c.needs)]
        self.line("footer").show(*lines.footer(commands, room), right=((found, "dim"),) if found else ())

    def notice(self, sentence: str) -> None:
        """Say something in the footer's place until the next key."""
        if sentence:
            self.line("footer").show(" ", (sentence, "warn"))

    def has(self, need: Need) -> bool:
        """Whether there is what a command needs."""
        capture = self.capture
        match need:
            case Need.PROFILE:
                return capture.profile is not None
            case Need.ROWS:
                return self.pane.row is not None
            case Need.SAMPLES:
                return capture.profile is not None and len(capture.profile.sample_types) > 1
            case Need.TABS:
                return len(self.session.captures) > 1
            case Need.PAST:
                return bool(capture.past or self.session.query or capture.state is State.LOADING)
            case Need.QUERY:
                return bool(self.session.query) and self.pane.row is not None
            case _:
                return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let no command run whose need is not met."""
        return self.has(needs(action)) if self.screen_stack else True

    def _command(self, id: str) -> Command:
        return next(command for command in self.keymap.commands if command.id == id)

    # From a change to the screen

    def _visit(self) -> None:
        """Show the current tab, reading its capture if that has not been done."""
        capture = self.capture
        if capture.state is State.UNREAD:
            capture.started()
            # After the first paint: reading begins with imports that take as long as the paint itself.
            self.call_after_refresh(self._start_reading, capture)
        self.refresh_pane()

    def _start_reading(self, capture: OpenCapture) -> None:
        if capture.state is State.LOADING:
            self._readers[capture] = Reader(capture, self._reading, self.post_message)

    def change(self, place: Place) -> None:
        """Go to another place in the capture."""
        self.capture.go(place)
        self.refresh_pane()

    def refresh_pane(self, first: Callable[[], None] | None = None) -> None:
        """Work the current pane out anew, after `first`, and show it."""
        capture, pane = self.capture, self.pane
        for each in self.main.query(Pane):
            each.set_class(each is pane, "current")
        if not self.main.focused or isinstance(self.main.focused, VirtualTable):
            pane.rows.focus()
        if capture.profile is None:
            self._desk.drop()
            self._say(lines.reading(capture, "Esc") if capture.state is State.LOADING else capture.reason)
            return
        work = pane.work(capture)

        def both() -> "Content":
            if first:
                first()
            return work()

        try:
            if not self._desk.ask(both, partial(self._arrived, capture, pane)):
                if self._drawn == (capture, pane):
                    self.notice("computing…")
                else:
                    self._say("Computing…")
        except (ViewError, MemoryError) as error:
            self._fail(error)

    def _say(self, sentence: str) -> None:
        self._drawn = None
        self.pane.say(sentence)
        self.draw()

    def _fail(self, error: Exception) -> None:
        sentence = "There is not enough memory for this." if isinstance(error, MemoryError) else str(error)
        self._say(f"{sentence[:1].upper()}{sentence[1:]}")

    def _arrived(self, capture: OpenCapture, pane: Pane, content: "Content") -> None:
        if capture is not self.capture or pane is not self.pane:
            return
        self._drawn = (capture, pane)
        pane.show(content)
        pane.find(self.session.query)
        there = pane.selection()
        # A pane that cannot show what is selected leaves it to those that can.
        if there and (capture.place.selection == Selection() or content.cursor is not None):
            if not there.same_symbol(capture.place.selection):
                capture.select(there)
        self.draw()

    def on_answered(self, event: Answered) -> None:
        try:
            self._desk.settle(event.job)
        except (ViewError, MemoryError) as error:
            self._fail(error)

    def on_pane_wanted(self, event: Pane.Wanted) -> None:
        if event.pane is self.pane:
            self.refresh_pane(event.first)

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted) -> None:
        pane = self.pane
        if event.table is pane.rows and (there := pane.selection()):
            pane.moved()
            self.capture.select(there)
            self._draw_detail()

    def on_progressed(self, event: Progressed) -> None:
        capture = event.reader.capture
        if self._readers.get(capture) is event.reader:
            capture.progress = (event.done, event.total)
            if capture is self.capture:
                self._say(lines.reading(capture, "Esc"))

    def on_read(self, event: Read) -> None:
        capture = event.reader.capture
        if self._readers.get(capture) is not event.reader:
            return
        del self._readers[capture]
        if event.profile is not None:
            capture.loaded(event.profile)
        else:
            capture.failed(event.reason)
        if capture in self.session.captures:
            self.refresh_pane() if capture is self.capture else self.draw()

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self.draw)

    # Commands

    def action_pane(self, name: str) -> None:
        self.change(replace(self.capture.place, pane=PaneName(name)))

    def action_turn_pane(self, step: int) -> None:
        self.action_pane(turned(tuple(PaneName), self.capture.place.pane, step))

    def action_turn_capture(self, step: int) -> None:
        self.session.turn(step)
        self._visit()

    def action_open_capture(self, at: int) -> None:
        self.session.at = at
        self._visit()

    def action_back(self) -> None:
        """One step back: out of a search, out of reading, to the place before."""
        capture = self.capture
        if self.session.query:
            self.search("")
        elif reader := self._readers.pop(capture, None):
            reader.cancel()
            capture.failed(f"{capture.name} was not read to its end. Go to another capture and back to read it.")
            self.refresh_pane()
        elif capture.back():
            self.refresh_pane()

    def _see(self, view: View) -> None:
        self.change(replace(self.capture.place, view=view))

    def action_sample(self, step: int) -> None:
        if self.capture.profile is not None:
            self._see(next_sample(self.capture.profile, self.capture.view, step))

    def action_mine(self) -> None:
        self._see(replace(self.capture.view, mine=not self.capture.view.mine))

    def action_inlines(self) -> None:
        self._see(replace(self.capture.view, inlines=not self.capture.view.inlines))

    def action_granularity(self, step: int) -> None:
        self._see(next_granularity(self.capture.view, step))

    def action_rows_of(self, granularity: str) -> None:
        self._see(replace(self.capture.view, granularity=Granularity(granularity)))

    def action_see_sample(self, name: str) -> None:
        self._see(replace(self.capture.view, sample=name))

    def action_invert(self) -> None:
        self.change(replace(self.capture.place, inverted=not self.capture.place.inverted))

    def action_sort(self, step: int) -> None:
        self.capture.order = self.capture.order.moved(step)
        self.refresh_pane()

    def action_reverse(self) -> None:
        self.capture.order = replace(self.capture.order, reverse=not self.capture.order.reverse)
        self.refresh_pane()

    def action_units(self) -> None:
        self.capture.amounts = next_amounts(self.capture)
        self.refresh_pane()
