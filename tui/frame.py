"""The frame: the bars above and below the panes, what they say, and which pane is between them.

It shows the session as it is; what happens in it is `tui.app`'s.
"""

import time
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Event, Key, Resize
from textual.screen import Screen

from tui import lines
from tui.finder import Finder
from tui.keymap import Keymap
from tui.keyorder import KeysInOrder
from tui.keys import Command, Where, bindings, needs, shown
from tui.opencapture import OpenCapture
from tui.overlays.bottom import Bottom
from tui.overlays.prompt import Prompt, Question
from tui.panes.callers import CallersPane
from tui.panes.captures import CapturesPane
from tui.panes.flame import FlamePane
from tui.panes.goroutines import GoroutinesPane
from tui.panes.pane import Pane
from tui.panes.runtime import RuntimePane
from tui.panes.source import SourcePane
from tui.panes.timeline import TimelinePane
from tui.panes.top import TopPane
from tui.panes.tree import TreePane
from tui.session import Session
from tui.widgets.line import Line

COMPUTING = "Computing, a moment please."
# What nobody has waited for is there to be read for so many seconds, whatever is pressed.
_READING = 2.0


class Main(Screen[None], inherit_bindings=False):
    """The one screen; Textual's own would take Tab."""


class Frame(KeysInOrder, inherit_bindings=False):
    """Tabs, summary, panes, detail and footer."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    BINDINGS: ClassVar = [*bindings(Where.APP)]

    def __init__(self, session: Session, finder: Finder, keymap: Keymap, **textual: Any) -> None:
        super().__init__(**textual)
        self.theme = "ansi-dark"
        self.session = session
        self.finder = finder
        self.keymap = keymap
        self._notice = ""
        self._stays: float | None = None
        self.set_keymap(keymap.overrides())

    def get_default_screen(self) -> Screen[None]:
        return Main()

    def compose(self) -> ComposeResult:
        yield Line(id="tabs")
        yield Line(id="summary")
        yield Line(id="why")
        yield Line(id="chips")
        yield Line(id="strip")
        with Container(id="panes"):
            yield TopPane(self.finder)
            yield TreePane(self.finder)
            yield FlamePane(self.finder)
            yield CallersPane(self.finder)
            yield SourcePane(self.finder)
            yield GoroutinesPane(self.finder)
            yield TimelinePane(self.finder)
            yield RuntimePane(self.finder)
            yield CapturesPane(self.finder, self.session, self.key)
        yield Line(id="detail")
        yield Bottom()

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

    @property
    def bottom(self) -> Bottom:
        return self.main.query_one(Bottom)

    def line(self, name: str) -> Line:
        return self.main.query_one(f"#{name}", Line)

    @property
    def busy(self) -> bool:
        """Whether something that was asked for is still being worked out; who asks, knows."""
        return False

    def draw(self) -> None:
        """Bring the one-line bars up to date."""
        width = self.size.width
        self.line("tabs").show(*lines.tabs(self.session, width))
        self.draw_summary()
        why = lines.why(self.capture)
        self.line("why").display = bool(why)
        self.line("why").show(*why or ())
        chips = lines.chips(self.capture, self.key)
        self.line("chips").display = bool(chips)
        if chips:
            left, right = chips
            self.line("chips").show(*left, right=tuple(right))
        left, right = lines.strip(self.capture, width, self.key)
        self.line("strip").show(*left, right=tuple(right))
        self.draw_detail()

    def draw_summary(self) -> None:
        left, right = lines.summary(self.session, self.size.width, self.key)
        self.line("summary").show(*left, right=tuple(right))

    def draw_detail(self) -> None:
        above = self.bottom.above
        self.line("detail").show(*([f" {above}"] if above else self.pane.detail()))
        if said := self._notice or (COMPUTING if self.busy else ""):
            self.bottom.keys(" ", (said, "warn"))
            return
        found = f"/{self.session.query} {self.pane.found()} " if self.session.query else ""
        come = lines.come(self.session, self.key)
        room = self.size.width - len(found) - len(come) - 2
        right = [part for part in ((come, "warn"), (found, "dim")) if part[0]]
        self.bottom.keys(*lines.footer(self.commands(), room), right=tuple(right))

    def hint(self, text: str) -> None:
        """Say what the text that is being typed leads to: beside it, or where there is no room, above it."""
        self.bottom.prompt.hint(text)
        self.draw_detail()

    def notice(self, sentence: str) -> None:
        """Say something in the footer's place until the next key."""
        self._notice, self._stays = sentence, None
        self.draw_detail()

    def news(self, sentence: str) -> None:
        """Say what has happened by itself: a key that is meant for something else does not take it away unread."""
        self.notice(sentence)
        self._stays = time.monotonic() + _READING

    @property
    def covered(self) -> bool:
        """Whether something lies over the panes, or over the footer."""
        return len(self.screen_stack) > 1 or isinstance(self.main.focused, Prompt | Question)

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key) and self._notice and not self._unread():
            self.notice("")
        await super().on_event(event)

    def _unread(self) -> bool:
        """Whether what is said is news that may not have been seen yet."""
        return self._stays is not None and (self.covered or time.monotonic() < self._stays)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let no command run whose need is not met."""
        return self.session.has(needs(action, parameters), self.pane.row is not None)

    def commands(self) -> list[Command]:
        """What can be done here and now, but for moving."""
        on_row = self.pane.row is not None
        return [each for each in self.keymap.of(self.pane.where, Where.APP) if self.session.has(each.needs, on_row)]

    def key(self, id: str) -> str:
        """The key of a command, as people read it."""
        return next(shown(command.keys[0]) for command in self.keymap.commands if command.id == id)

    def show_pane(self) -> Pane:
        """Put the current pane on the screen, with the keys unless something asks for them."""
        pane = self.pane
        for each in self.main.query(Pane):
            each.set_class(each is pane, "current")
        focused = self.main.focused
        if not focused or any(isinstance(each, Pane) for each in focused.ancestors):
            pane.take_keys()
        return pane

    def say(self, sentence: str) -> None:
        """Show a sentence in place of the pane's rows."""
        self.pane.say(sentence)
        self.draw()

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self.draw)
