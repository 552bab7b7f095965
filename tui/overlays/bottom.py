"""The screen's last row: the keys, or the prompt, or a question, of which the latter two take the keys."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container

from tui.overlays.prompt import Prompt, Question
from tui.widgets.line import Line, Part


class Bottom(Container):
    """One row, three uses."""

    def compose(self) -> ComposeResult:
        yield Line(id="footer")
        yield Prompt("/")
        yield Question()

    @property
    def prompt(self) -> Prompt:
        return self.query_one(Prompt)

    @property
    def above(self) -> str:
        """What is to stand above what is being typed."""
        return self.prompt.above if self.prompt.display else ""

    def keys(self, *parts: Part, right: tuple[Part, ...] = ()) -> None:
        """What the footer says."""
        self.query_one("#footer", Line).show(*parts, right=right)

    def rest(self) -> None:
        """Show the footer again."""
        self._show(self.query_one("#footer", Line))

    def type(self, lead: str, value: str = "", past: Sequence[str] = (), cursor: int | None = None) -> None:
        """Ask for a text, after `lead`, beginning with `value`, with the cursor at its end where that is not said;
        `past` are texts that were typed before.
        """
        self._show(self.prompt)
        self.prompt.lead = lead
        self.prompt.start(value, past, cursor)

    def ask(self, question: str) -> None:
        """Ask a question that is answered with yes or no."""
        asking = self.query_one(Question)
        self._show(asking)
        asking.ask(question)

    def _show(self, line: Line) -> None:
        for each in self.query(Line):
            each.display = each is line
