"""From a trace to the profiles of its program and back: the top allocators, and one cursor for both."""

import shutil
from pathlib import Path

from tests.tui.landing import heap, land
from tests.tui.running import SAMPLES, TRACE, Running, listed, ready
from tests.tui.test_kinship import MINUTE, allocs, shop_trace
from tui.place import PaneName, Selection

HEAP, CPU = SAMPLES / "gateway.heap.pb.gz", SAMPLES / "gateway.cpu.pb.gz"
SERVE = "net/http.(*conn).serve"


def selected(run: Running) -> str:
    return run.app.capture.place.selection.function


# Allocators


async def test_the_allocators_of_a_trace_are_in_the_heap_profile_beside_it() -> None:
    async with ready(TRACE) as run:
        for pane in ("9", "8", "7"):
            await run.press(pane, "A")
            capture = run.app.capture
            assert capture.path == HEAP and capture.place.pane is PaneName.TOP
            assert run.line("strip").endswith("alloc_space ▾  functions ▾") and run.pane.rows.row_count
            assert len(run.app.session.captures) == 2
            await run.press("K")
            assert run.app.capture.path == TRACE


async def test_where_there_are_none_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "gateway.trace"
    shutil.copy(TRACE, path)
    land(tmp_path / "store.heap.pb.gz", heap(program="store"))
    land(tmp_path / "shop.heap.pb.gz", heap())
    async with ready(path) as run:
        await run.press("9", "A")
        assert run.app.capture.path == path and len(run.app.session.captures) == 1
        assert "There is no allocs or heap profile of this program in " in run.footer


async def test_the_only_program_there_is_taken_for_the_traces_and_that_is_said(tmp_path: Path) -> None:
    """The executable may be called otherwise than the directory of its main package."""
    path = tmp_path / "gateway.trace"
    shutil.copy(TRACE, path)
    near = land(tmp_path / "store.heap.pb.gz", heap(program="store"))
    async with ready(path) as run:
        await run.press("9", "A")
        assert run.app.capture.path == near
        assert "This is of store, the only program here; the trace's own is gateway." in run.footer


async def test_the_nearest_is_taken_and_the_tab_that_shows_it(tmp_path: Path) -> None:
    (tmp_path / "shop.trace").write_bytes(shop_trace())
    near = land(tmp_path / "near.allocs.pb.gz", allocs(MINUTE))
    land(tmp_path / "far.heap.pb.gz", heap(9 * MINUTE))
    async with ready(tmp_path / "shop.trace", near) as run:
        await run.press("9", "A")
        assert run.app.capture.path == near and len(run.app.session.captures) == 2
        assert "main.leak" in run.row and selected(run) == "main.leak"  # the top one, whatever was selected


async def test_of_what_the_list_knows_no_file_is_looked_into(tmp_path: Path) -> None:
    """A profile that lies elsewhere than the trace is found as well, as the list has it."""
    there, here = tmp_path / "profiles", tmp_path / "traces"
    there.mkdir()
    here.mkdir()
    (here / "shop.trace").write_bytes(shop_trace())
    known = land(there / "shop.heap.pb.gz", heap(MINUTE))
    async with listed(there, paths=[here / "shop.trace"]) as run:
        await run.press("9", "A")
        await run.settled()
        assert run.app.capture.path == known and run.line("strip").endswith("alloc_space ▾  functions ▾")


async def test_a_profile_has_no_such_key() -> None:
    async with ready(CPU) as run:
        await run.press("A")
        assert run.app.capture.path == CPU and len(run.app.session.captures) == 1


# One cursor


async def test_what_is_selected_in_a_trace_is_selected_in_its_profile_and_back() -> None:
    async with ready(TRACE, CPU) as run:
        assert SERVE in run.row
        await run.press("J")
        assert selected(run) == SERVE and SERVE in run.row and run.app.capture.place.pane is PaneName.TOP
        await run.press("/", *"search.func1", "enter", "escape")
        chosen = selected(run)
        assert chosen == "main.(*client).search.func1"
        await run.press("J")
        assert run.app.capture.path == TRACE and selected(run) == chosen and chosen in run.row


async def test_a_function_of_a_page_of_runtime_is_selected_in_the_profile() -> None:
    async with ready(TRACE, CPU) as run:
        await run.press("9", *["v"] * 6, "j", "j", "j", "k")
        assert "readLoop" in run.row
        chosen = selected(run)
        await run.press("J")
        assert selected(run) == chosen and chosen in run.row


async def test_not_in_the_profile_of_another_program_nor_of_another_day(tmp_path: Path) -> None:
    (tmp_path / "shop.trace").write_bytes(shop_trace())
    day = 24 * 60 * MINUTE
    others = [
        land(tmp_path / "store.heap.pb.gz", heap(program="store")),
        land(tmp_path / "old.heap.pb.gz", heap(-day)),
        land(tmp_path / "new.heap.pb.gz", heap(MINUTE)),
    ]
    async with ready(tmp_path / "shop.trace", *others) as run:
        found: list[str] = []
        for _ in others:
            run.app.capture.select(Selection("main.main", label="main.main"))
            at = len(found) + 1
            await run.app.run_action(f"open({at})", run.app)
            await run.settled()
            found.append(selected(run))
            await run.app.run_action("open(0)", run.app)
            await run.settled()
        assert found == ["main.leak", "main.leak", "main.main"]
