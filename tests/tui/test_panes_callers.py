"""The Callers pane: what is in the middle, and the ways on from there."""

from tests.tui.running import BLOCK, CPU, HEAVY, TRACE, Running, ready
from tui.place import PaneName


def names(run: Running) -> list[str]:
    content = run.pane.content
    assert content is not None
    return [content.text(row) for row in range(run.pane.rows.row_count)]


def middle(run: Running) -> str:
    content = run.pane.content
    assert content is not None and content.callers is not None
    return content.text(content.callers.middle)


async def test_what_is_selected_is_in_the_middle() -> None:
    async with ready(CPU) as run:
        await run.press("j", "c")
        assert middle(run) == HEAVY and run.row.endswith(f"▌   ● {HEAVY}")
        assert run.heading == f"{HEAVY}: called by 1, calls {run.pane.rows.row_count - 2}"
        assert names(run)[0] == "main.(*Cleaner).Clean.func1"


async def test_the_cursor_moves_and_the_middle_stays_until_enter() -> None:
    async with ready(CPU) as run:
        await run.press("j", "5", "k")
        caller = names(run)[0]
        assert middle(run) == HEAVY and run.app.capture.place.selection.function == caller
        assert f"into {HEAVY}" in run.line("detail")
        await run.press("enter")
        assert middle(run) == caller and run.pane.rows.cursor_row == names(run).index(caller)
        await run.press("escape")
        assert middle(run) == HEAVY
        await run.press("escape")
        assert run.app.capture.place.pane is PaneName.TOP


async def test_enter_in_the_middle_opens_the_source() -> None:
    async with ready(CPU) as run:
        await run.press("j", "c", "enter")
        assert run.app.capture.place.pane is PaneName.SOURCE and run.line("detail").startswith("cleaner.go:")


async def test_c_on_a_row_puts_it_in_the_middle_too() -> None:
    async with ready(CPU) as run:
        await run.press("j", "c", "j")
        callee = names(run)[run.pane.rows.cursor_row]
        await run.press("c")
        assert middle(run) == callee


async def test_other_panes_find_the_row_that_was_chosen_here() -> None:
    async with ready(CPU) as run:
        await run.press("j", "c", "k", "2")
        assert "Clean.func1" in run.row
        await run.press("tab", "tab", "tab")
        assert run.app.capture.place.pane is PaneName.CALLERS and "Clean.func1" in middle(run)


async def test_weights_are_shares_of_the_middle() -> None:
    async with ready(CPU) as run:
        await run.press("j", "c")
        content = run.pane.content
        assert content is not None and content.table is not None and content.callers is not None
        records = [content.table.record(row) for row in range(content.table.length)]
        assert [each["side"] for each in records[:3]] == ["caller", "centre", "callee"]
        cum = records[1]["cum"]
        assert records[0]["weight"] == cum
        callees = sum(int(str(each["weight"])) for each in records[2:])
        flat = int(str(records[1]["flat"]))
        # Nothing here is recursive: what is not its own is what it calls.
        assert callees == int(str(cum)) - flat


async def test_lines_are_told_apart_at_lines() -> None:
    async with ready(CPU) as run:
        await run.press("j", "p", "p", "p", "c")
        assert run.app.capture.view.granularity == "lines"
        assert middle(run).startswith(f"{HEAVY} ") and ":" in middle(run)


async def test_a_search_and_copying_work_as_in_other_panes() -> None:
    async with ready(CPU) as run:
        await run.press("j", "c", "/")
        await run.type("sha256")
        assert "1/" in run.footer
        await run.press("enter", "y")
        assert "sha256" in run.footer


async def test_a_function_that_is_not_there_is_told() -> None:
    async with ready(CPU, BLOCK) as run:
        await run.press("j", "c", "J", "c")
        assert middle(run)
        run.app.capture.place = run.app.session.captures[0].place
        run.app.refresh_pane()
        await run.settled()
        assert run.reason == f"{HEAVY} is not in this profile."


async def test_a_profile_of_a_trace_has_callers_too() -> None:
    async with ready(TRACE) as run:
        await run.press("2", "c")
        assert run.pane.rows.row_count > 1 and middle(run)
