"""One line to type in, at the place of the footer; and a question that one key answers.

Textual's Input repaints its cursor twice a second and sends more for it than a slow link should carry.
"""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.events import Key, Paste
from textual.message import Message

from tui import glyphs
from tui.widgets.line import Line

# Cells between what is typed and what it leads to.
_APART = 2
_EDITING = ("left", "right", "home", "end", "backspace", "delete", "ctrl+u", "ctrl+w")


class Prompt(Line, can_focus=True):
    """Text being typed after a `lead`, and at the right what it leads to; where there is no room, that is `above`."""

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
        self._cursor = 0

    def start(self, value: str = "", past: Sequence[str] = (), cursor: int | None = None) -> None:
        """Take the keys, beginning with `value`; up and down go through the `past`, the oldest first.

        The `cursor` is before the character with this number, behind them all where it is None.
        """
        self.value, self._hint = value, ""
        self._cursor = len(value) if cursor is None else cursor
        self._past, self._at = (*past, value), len(past)
        # At once: the next key may be here already.
        self.screen.set_focus(self)
        self._draw()

    def hint(self, text: str) -> None:
        """Say what the text leads to."""
        self._hint = text
        self._draw()

    @property
    def above(self) -> str:
        """What the text leads to, where there is no room for that beside it."""
        width = self.screen.size.width
        room = self._width - cell_len(self.value) - _APART
        return self._hint if cell_len(self._hint) >= min(max(room, self._width // 4), width // 2) else ""

    @property
    def _width(self) -> int:
        """Cells behind the lead: of the screen's, for a line that is only just shown has none yet."""
        return self.screen.size.width - cell_len(f" {self.lead}") - 1

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is text, so that no binding further out sees it."""
        return (character is not None and character.isprintable()) or key in _EDITING

    def on_key(self, event: Key) -> None:
        if event.key in ("enter", "escape"):
            self.post_message(self.Done(self, event.key == "enter"))
        elif event.key == "backspace" and not self.value:
            self.post_message(self.Done(self, False))
        elif event.key in ("up", "down") and len(self._past) > 1:
            self._recall(-1 if event.key == "up" else 1)
        elif event.key in _EDITING:
            self._edit(event.key)
        elif event.character is not None and event.character.isprintable():
            self._insert(event.character)
        else:
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: Paste) -> None:
        self._insert("".join(char for char in event.text if char.isprintable()))
        event.stop()

    def _edit(self, key: str) -> None:
        """Move in the text, or take something away before the cursor; with delete, at it."""
        before, after = self.value[: self._cursor], self.value[self._cursor :]
        match key:
            case "left" | "right" | "home" | "end":
                step = {"left": -1, "right": 1, "home": -len(before), "end": len(after)}[key]
                self._cursor = min(max(self._cursor + step, 0), len(self.value))
                self._draw()
            case "backspace":
                self._change(before[:-1], after)
            case "delete":
                self._change(before, after[1:])
            case "ctrl+u":
                self._change("", after)
            case "ctrl+w":
                words, space, _ = before.rstrip().rpartition(" ")
                self._change(words + space, after)

    def _insert(self, text: str) -> None:
        self._change(self.value[: self._cursor] + text, self.value[self._cursor :])

    def _recall(self, step: int) -> None:
        self._at = min(max(self._at + step, 0), len(self._past) - 1)
        self._change(self._past[self._at])

    def _change(self, before: str, after: str = "") -> None:
        self.value, self._cursor = before + after, len(before)
        self._draw()
        self.post_message(self.Changed(self))

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        """Of a text that is too long, what is around the cursor."""
        lead = f" {self.lead}"
        hint = "" if self.above else f"{self._hint} "
        room = self._width - cell_len(hint) - _APART
        first = max(0, self._cursor - room)
        before, after = self.value[first : self._cursor], self.value[self._cursor :]
        if first:
            mark = glyphs.current().ellipsis
            before = mark + before[len(mark) :]
        self.show((lead, "key"), before, (after[:1] or "_", "active"), after[1:], right=((hint, "dim"),))


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
