"""One line to type in, at the place of the footer; and a question that one key answers.

Textual's Input repaints its cursor twice a second and sends more for it than a slow link should carry.
"""

from collections.abc import Sequence

from textual.events import Key, Paste
from textual.message import Message

from tui import glyphs
from tui.widgets.line import Line


class Prompt(Line, can_focus=True):
    """Text being typed after a `lead`, and at the right what it leads to."""

    class Changed(Message):
        def __init__(self, prompt: "Prompt") -> None:
            super().__init__()
            self.prompt = prompt

    class Done(Message):
        """Enter, or Esc when `kept` is false."""

        def __init__(self, prompt: "Prompt", kept: bool) -> None:
            super().__init__()
            self.prompt = prompt
            self.kept = kept

    def __init__(self, lead: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lead = lead
        self.value = ""
        self._hint = ""
        self._past: tuple[str, ...] = ()
        self._at = 0

    def start(self, value: str = "", past: Sequence[str] = ()) -> None:
        """Take the keys, beginning with `value`; up and down go through the `past`, the oldest first."""
        self.value, self._hint = value, ""
        self._past, self._at = (*past, value), len(past)
        # At once: the next key may be here already.
        self.screen.set_focus(self)
        self._draw()

    def hint(self, text: str) -> None:
        """Say at the right what the text leads to."""
        self._hint = text
        self._draw()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is text, so that no binding further out sees it."""
        return (character is not None and character.isprintable()) or key in ("backspace", "ctrl+u", "ctrl+w")

    def on_key(self, event: Key) -> None:
        if event.key in ("enter", "escape"):
            self.post_message(self.Done(self, event.key == "enter"))
        elif event.key == "backspace" and not self.value:
            self.post_message(self.Done(self, False))
        elif event.key == "backspace":
            self._change(self.value[:-1])
        elif event.key in ("up", "down") and len(self._past) > 1:
            self._recall(-1 if event.key == "up" else 1)
        elif event.key == "ctrl+u":
            self._change("")
        elif event.key == "ctrl+w":
            self._change(self.value.rstrip().rpartition(" ")[0])
        elif event.character is not None and event.character.isprintable():
            self._change(self.value + event.character)
        else:
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: Paste) -> None:
        self._change(self.value + "".join(char for char in event.text if char.isprintable()))
        event.stop()

    def _recall(self, step: int) -> None:
        self._at = min(max(self._at + step, 0), len(self._past) - 1)
        self._change(self._past[self._at])

    def _change(self, value: str) -> None:
        self.value = value
        self._draw()
        self.post_message(self.Changed(self))

    def _draw(self) -> None:
        self.show((f" {self.lead}", "key"), self.value, ("_", "active"), right=((self._hint + " ", "dim"),))


class Question(Line, can_focus=True):
    """A question that `y` or Enter answers with yes, and any other key with no."""

    class Answered(Message):
        def __init__(self, yes: bool) -> None:
            super().__init__()
            self.yes = yes

    def ask(self, text: str) -> None:
        enter = glyphs.current().enter
        self.show((f" {text}", "warn"), ("  y", "key"), " yes", (f"  {enter}", "key"), " yes", "  any other key: no")
        self.screen.set_focus(self)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return key != "ctrl+c"

    def on_key(self, event: Key) -> None:
        if event.key == "ctrl+c":
            return
        event.stop()
        event.prevent_default()
        self.post_message(self.Answered(event.key in ("y", "Y", "enter")))
