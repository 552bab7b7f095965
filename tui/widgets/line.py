"""The one-row bar: capture tabs, summary, pane strip, detail and footer are all instances of it.

It shows runs of text at the left and at the right, shortened to its width, and repaints only if what it shows
differs.
"""

from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.elide import cut, elide

_NAME_LEAST = 16
_APART = 2  # cells between left and right


class Run(NamedTuple):
    """Text in one style: `key`, `dim`, `active`, `warn`, `title`, or none.

    Where room is short, runs that are a `name` (symbol or path) give way first, in their middle; then the
    last ones are cut.
    """

    text: str
    style: str = ""
    name: bool = False


Part = str | tuple[str, str] | Run


class Line(Widget):
    """One line of styled runs; empty until `show` is called."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line--key",
        "line--dim",
        "line--active",
        "line--warn",
        "line--title",
    }
    DEFAULT_CSS = """
    Line { height: 1; width: 1fr; background: $background; color: $foreground; }
    Line > .line--key { text-style: bold; color: $accent; }
    Line > .line--dim { color: $foreground 60%; }
    Line > .line--active { background: $block-cursor-background; color: $block-cursor-foreground; }
    Line > .line--warn { color: $warning; text-style: bold; }
    Line > .line--title { text-style: bold; }
    Line:ansi > .line--dim { color: $foreground; text-style: dim; }
    Line:nocolor > .line--active { text-style: reverse; }
    """

    def __init__(self, *parts: Part, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._left = _runs(parts)
        self._right: tuple[Run, ...] = ()

    @property
    def text(self) -> str:
        """What it shows, unstyled and whole."""
        return "".join(run.text for run in (*self._left, *self._right))

    def show(self, *parts: Part, right: tuple[Part, ...] = ()) -> None:
        """Show `parts` at the left and `right` at the right end."""
        runs = (_runs(parts), _runs(right))
        if runs != (self._left, self._right):
            self._left, self._right = runs
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        width = self.size.width
        if y or not width:
            return Strip.blank(width, self.rich_style)
        right = _fitted(self._right, width // 2)
        apart = _APART if right else 0
        left = _fitted(self._left, width - _width(right) - apart)
        blank = " " * (width - _width(left) - _width(right))
        return Strip([self._segment(run) for run in (*left, Run(blank), *right)], width).simplify()

    def _segment(self, run: Run) -> Segment:
        return Segment(run.text, self.get_component_rich_style(f"line--{run.style}") if run.style else self.rich_style)


def _runs(parts: tuple[Part, ...]) -> tuple[Run, ...]:
    return tuple(Run(part) if isinstance(part, str) else Run(*part) for part in parts)


def _width(runs: tuple[Run, ...]) -> int:
    return sum(cell_len(run.text) for run in runs)


def _fitted(runs: tuple[Run, ...], room: int) -> tuple[Run, ...]:
    """Shorten `runs` to `room` cells: names in their middle, the last one first, then whatever is last."""
    for at, run in reversed(list(enumerate(runs))):
        over = _width(runs) - room
        if over > 0 and run.name:
            kept = max(_NAME_LEAST, cell_len(run.text) - over)
            runs = (*runs[:at], run._replace(text=elide(run.text, kept)), *runs[at + 1 :])
    fitted: list[Run] = []
    for run in runs:
        text = cut(run.text, max(0, room))
        room -= cell_len(text)
        fitted.append(run._replace(text=text))
        if text != run.text:
            break
    return tuple(fitted)
