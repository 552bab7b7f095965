"""Keys that come in one burst are answered in their order, each by what the one before has led to."""

from textual.events import Key, Paste

from tests.tui.running import CPU, HEAP, Running, ready
from tui.keyorder import Passed
from tui.keys import textual_name
from tui.overlays.palette import Palette

NAMES = {"⏎": "enter", "⎋": "escape"}


async def burst(run: Running, text: str) -> None:
    """Have all of `text` come at once."""
    for char in text:
        run.app.post_message(Key(NAMES[char], None) if char in NAMES else Key(textual_name(char), char))
    await run.pilot.pause()
    await run.until(lambda: not run.app._held and run.app._behind is None)
    await run.settled()


async def test_what_is_typed_after_the_key_that_opens_a_prompt_is_its_text() -> None:
    async with ready(CPU) as run:
        await burst(run, "f!runtime⏎fcrypt⏎f1%⏎")
        kinds = [str(each.kind) for each in run.app.capture.view.filters]
        assert kinds == ["ignore", "focus", "minimum"] and not run.app.capture.view.mine


async def test_what_is_typed_after_a_search_is_the_panes() -> None:
    async with ready(CPU, HEAP) as run:
        await burst(run, "/sha⏎nnmJ")
        assert run.app.session.query == "sha" and run.app.session.at == 1
        assert run.app.session.captures[0].view.mine


async def test_what_is_typed_after_the_palette_opens_narrows_it() -> None:
    async with ready(CPU) as run:
        await burst(run, ":rows of lines⏎")
        assert run.app.capture.view.granularity == "lines"
        row = run.pane.rows.cursor_row
        await burst(run, ":zzz⎋j")
        assert not isinstance(run.app.screen, Palette) and run.pane.rows.cursor_row == row + 1


async def test_a_question_has_its_answer_in_the_same_burst() -> None:
    async with ready(CPU) as run:
        await burst(run, "qn3")
        assert run.line("strip") and run.app.capture.place.pane == "tree"


async def test_a_paste_keeps_its_place() -> None:
    async with ready(CPU) as run:
        run.app.post_message(Key("f", "f"))
        run.app.post_message(Paste("cry"))
        await burst(run, "pt⏎")
        assert [each.text for each in run.app.capture.view.filters] == ["crypt"]


async def test_keys_go_on_where_an_answer_is_lost() -> None:
    async with ready(CPU) as run:
        run.app._behind = Passed(run.pane, 0)
        run.app.post_message(Key("j", "j"))
        await run.until(lambda: run.pane.rows.cursor_row == 1)
