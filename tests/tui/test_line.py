"""The one-row bar."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from textual.app import App, ComposeResult

from tui.widgets.line import Line, Part, Run


class Bar(App[None]):
    def compose(self) -> ComposeResult:
        yield Line((" one", "key"))

    @property
    def line(self) -> Line:
        return self.query_one(Line)

    def drawn(self) -> str:
        return self.line.render_line(0).text


@contextmanager
def repaints(line: Line) -> Iterator[list[object]]:
    calls: list[object] = []
    with patch.object(line, "refresh", side_effect=lambda *regions: calls.append(regions)):
        yield calls


async def drawn(width: int, *left: Part, right: tuple[Part, ...] = ()) -> str:
    app = Bar()
    async with app.run_test(size=(width, 3)):
        app.line.show(*left, right=right)
        return app.drawn()


async def test_left_and_right_fill_the_width() -> None:
    assert await drawn(30, " cpu", ("  30.1s", "dim"), right=("cpu ▾",)) == " cpu  30.1s              cpu ▾"


async def test_a_name_gives_way_first_and_in_its_middle() -> None:
    name = Run("github.com/acme/service/internal/pkg.(*Type).Method", "title", name=True)
    assert await drawn(50, " ", name, "  12.86s self") == " github.com/…/pkg.(*Type).Method  12.86s self     "


async def test_then_the_last_run_is_cut() -> None:
    assert await drawn(20, "a summary", "  that is too long") == "a summary  that is …"


async def test_the_right_end_never_takes_more_than_half() -> None:
    assert await drawn(20, "left part here", right=("0123456789abcdef",)) == "left pa…  012345678…"


async def test_wide_characters_count_twice() -> None:
    assert await drawn(12, "図書館図書館", right=("ab",)) == "図書館…   ab"


async def test_styles_are_those_of_the_runs() -> None:
    app = Bar()
    async with app.run_test(size=(30, 3)):
        app.line.show(("k", "key"), ("[red]", "title"), "plain")
        styles = {segment.text.strip(): segment.style for segment in app.line.render_line(0)}
        assert styles["k"] == app.line.get_component_rich_style("line--key")
        assert styles["[red]"] == app.line.get_component_rich_style("line--title")
        assert styles["plain"] == app.line.rich_style


async def test_repaints_only_if_the_content_changed() -> None:
    app = Bar()
    async with app.run_test(size=(30, 3)):
        with repaints(app.line) as calls:
            app.line.show((" one", "key"))
            assert not calls
            app.line.show((" one", "dim"))
            assert len(calls) == 1
            app.line.show((" one", "dim"), right=("2",))
            assert len(calls) == 2
