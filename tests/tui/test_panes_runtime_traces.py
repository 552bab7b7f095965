"""The Runtime pane on traces of all kinds, made by hand, damaged and growing, and on terminals of all kinds."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from parsers.trace.model import Trace
from tests import tracebuild
from tests.tracebuild import G, R, Region, Task
from tests.tracewrite import GO_STATUS, NONE, PROC_STATUS, UNIT, Generation, stack
from tests.tracewrite import trace as written
from tests.tui.running import TRACE, Running, ready
from tests.tui.test_panes_runtime import SLOW, Shown
from tui import glyphs
from tui.place import PaneName
from tui.runtimespot import TURNED, Page, RuntimeSpot, Stretch
from tui.widgets.line import Line

MS = 1_000_000


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> Callable[[Trace], Path]:
    """Have goscope read a trace that is made by hand."""

    def open_it(trace: Trace) -> Path:
        monkeypatch.setattr("capture.open.read_any", lambda *arguments, **options: trace)
        return Path("hand.trace")

    return open_it


@pytest.fixture
def ascii_only() -> Iterator[None]:
    glyphs.use(ascii=True)
    yield
    glyphs.use(ascii=False)


def at_ms(*spans: str) -> list[str]:
    return [f"{int(span.split()[0]) * MS} {span.partition(' ')[2]}" for span in spans]


# A worker that gets a lock late, as its holder slept with it.
WORKER = G(
    "main.worker",
    at_ms(
        "10 runnable by:1 @main.main;main.spawn",
        "12 running #0",
        "20 waiting:sync @main.worker;main.take",
        "80 runnable by:2 @main.holder;main.give",
        "81 running #1",
        "90 gone",
    ),
)
MAIN = G("main.main", at_ms("0 running #0", "11 waiting:select @main.main;main.serve"), created=False)
HOLDER = G(
    "main.holder",
    at_ms("0 running #1", "15 waiting:sleep @main.holder;main.nap", "78 runnable", "79 running #1", "85 gone"),
    created=False,
)
TASK = Task(7, "query", 12 * MS, 90 * MS, 0, 0)


def small(**how: object) -> Trace:
    return tracebuild.trace(WORKER, MAIN, HOLDER, duration=100 * MS, procs=2, gomaxprocs=[(0, 2)], **how)  # type: ignore[arg-type]


def whole() -> Trace:
    """The same with everything that there are pages of."""
    return small(
        tasks=[TASK],
        regions=[Region(0, 7, "take", 19 * MS, 82 * MS)],
        ranges=[
            R("GC concurrent mark phase", 30 * MS, 50 * MS),
            R("stop-the-world (GC sweep termination)", 29 * MS, 30 * MS, 2, 2),
            R("GC mark assist", 35 * MS, 36 * MS, 2, 2),
        ],
        heap=[(0, 1 << 20), (40 * MS, 2 << 20)],
        heap_goal=[(0, 4 << 20)],
    )


# Traces of all kinds


async def go(run: Running, spot: RuntimeSpot) -> None:
    run.app.capture.page(spot)
    run.app.refresh_pane()
    await run.settled()


async def pages(run: Running, *keys: str) -> dict[Page, tuple[int, str, str]]:
    """Turn all pages: how many rows, which heading and which sentence each has. `keys` are pressed on each."""
    shown, found = Shown(run), {}
    await run.press("9")
    for _ in TURNED:
        assert "goscope failed" not in run.screen
        found[shown.spot.page] = (shown.pane.rows.row_count, run.heading, run.reason)
        await run.press(*keys)
        assert "goscope failed" not in run.screen
        run.app.capture.unmark()
        await go(run, RuntimeSpot(list(found)[-1]))
        await run.press("v")
    await go(run, RuntimeSpot())
    return found


EMPTY = {
    Page.REQUESTS: "The trace has no tasks, no HTTP requests, and no goroutine that both began and ended in it.",
    Page.CYCLES: "No garbage was collected here.",
    Page.PAUSES: "The world was never stopped here.",
    Page.LATENCY: "No goroutine waited for a P here.",
    Page.LONGEST: "No goroutine waited for a P here.",
    Page.BLOCKING: "No goroutine of the program waited here.",
    Page.REGIONS: "The trace has no user regions: a program marks them with runtime/trace.WithRegion.",
}


async def test_what_a_trace_has_not_is_said_in_a_sentence(opens: Callable[[Trace], Path]) -> None:
    trace = tracebuild.trace(
        G("main.main", at_ms("0 running #0"), created=False), duration=100 * MS, gomaxprocs=[(0, 1)]
    )
    async with ready(opens(trace)) as run:
        found = await pages(run)
    assert {page: reason for page, (rows, _, reason) in found.items() if not rows} == EMPTY
    assert {page for page, (rows, _, _) in found.items() if rows} == {*TURNED} - {*EMPTY}
    assert all(not heading for page, (_, heading, _) in found.items() if page in EMPTY)


async def test_all_pages_of_a_trace_with_one_of_each(opens: Callable[[Trace], Path]) -> None:
    async with ready(opens(whole())) as run:
        found = await pages(run)
    assert {page: rows for page, (rows, _, _) in found.items()} | {Page.OVERVIEW: 0, Page.UTILISATION: 0} == {
        Page.OVERVIEW: 0,
        Page.REQUESTS: 2,  # the task, and the life of main.worker
        Page.CYCLES: 1,
        Page.PAUSES: 1,
        Page.UTILISATION: 0,
        Page.LOAD: 50,
        Page.LATENCY: 2,
        Page.LONGEST: 3,
        Page.BLOCKING: 3,
        Page.REGIONS: 1,
    }
    assert found[Page.CYCLES][1] == "1 GC cycle, marking 20.00% of the time"
    assert found[Page.PAUSES][1] == "The world was stopped 1 time, 1ms in all, 1.00% of the time"


@pytest.mark.parametrize("duration", [0, 1, 51])
async def test_a_trace_of_no_time(opens: Callable[[Trace], Path], duration: int) -> None:
    trace = tracebuild.trace(G("main.main", ["0 running #0"], created=False), duration=duration)
    async with ready(opens(trace)) as run:
        await pages(run, "o", "M", "W")


async def test_a_trace_without_a_goroutine(opens: Callable[[Trace], Path]) -> None:
    async with ready(opens(tracebuild.trace(duration=1000))) as run:
        found = await pages(run)
        assert not found[Page.REQUESTS][0] and not found[Page.BLOCKING][0]


def generation(number: int, *, blocked: bool) -> Generation:
    """A goroutine that waits, and in the end runs; each 1 ms long."""
    made, start = Generation(number), 1 + number * MS // UNIT
    where = stack("main.wait", "main.main")
    made.event(1, start + 1, "ProcsChange", 1, ())
    made.event(1, start + 2, "ProcStatus", 0, PROC_STATUS["running"])
    made.event(1, start + 3, "GoStatus", 9, 1 if not blocked else NONE, GO_STATUS["waiting" if blocked else "running"])
    if blocked:
        made.event(1, start + 4, "GoUnblock", 9, 1, where)
        made.event(1, start + 5000, "GoStart", 9, 1)
    else:
        made.event(1, start + 5000, "GoBlock", "sleep", where)
    made.event(1, start + 15_000, "HeapAlloc", 1 << 20)
    return made


async def test_why_where_nothing_waits_says_what_to_do(opens: Callable[[Trace], Path]) -> None:
    async with ready(opens(whole())) as run:
        await run.press("8", "home", "v", "W")
        assert run.app.capture.place.pane is PaneName.TIMELINE
        assert any("There is no goroutine here to ask about" in each.text for each in run.pane.query(Line))


async def test_one_event(tmp_path: Path) -> None:
    made = Generation()
    made.event(1, 100, "ProcsChange", 4, ())
    (tmp_path / "one.trace").write_bytes(written(made))
    async with ready(tmp_path / "one.trace") as run:
        assert run.app.capture.trace is not None
        found = await pages(run)
        assert found[Page.BLOCKING] == (0, "", EMPTY[Page.BLOCKING])


async def test_a_damaged_trace_has_its_pages_of_what_is_whole(tmp_path: Path) -> None:
    data = TRACE.read_bytes()
    (tmp_path / "cut.trace").write_bytes(data[: len(data) * 2 // 3])
    async with ready(tmp_path / "cut.trace") as run:
        found = await pages(run, "G", "M", "W")
        assert run.app.capture.is_growing and 0 < found[Page.CYCLES][0] < 33 and found[Page.BLOCKING][0]


async def test_a_trace_that_grows_is_looked_at_where_one_was(tmp_path: Path) -> None:
    path = tmp_path / "growing.trace"
    first, second = generation(1, blocked=False), generation(2, blocked=True)
    path.write_bytes(written(first)[:-1])  # the end of a generation is not there yet
    async with ready(path) as run:
        shown = Shown(run)
        await run.press("9")
        await shown.page(Page.BLOCKING)
        assert "sleep" in run.row
        await run.press("W")
        assert shown.on(Page.WHY) and run.heading.startswith("G9 ")
        took, before = run.heading, run.app.capture.trace
        path.write_bytes(written(first, second))
        await run.press("R")
        now = run.app.capture.trace
        assert before is not None and now is not None and now.duration_ns > before.duration_ns
        assert shown.on(Page.WHY) and run.heading == took
        await run.press("escape")
        assert shown.on(Page.BLOCKING) and "sleep" in run.row


async def test_of_a_task_that_another_capture_has_not(opens: Callable[[Trace], Path]) -> None:
    async with ready(opens(small())) as run:
        spot = RuntimeSpot(Page.REQUESTS, "task", "gone")
        await go(run, spot)
        assert run.reason and "\n" not in run.reason and "goscope failed" not in run.reason
        await go(run, spot.why(Stretch(99, 0, 10)))
        assert run.reason == "There is nothing to explain here."
        await go(run, spot.to(Page.REGIONS, "main.gone", "gone"))
        assert run.reason == "There are no such regions."
        await run.press("v")
        assert run.pane.rows.row_count


# The terminal


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24), (40, 10), (20, 5), (8, 3)])
async def test_no_size_is_too_small(size: tuple[int, int]) -> None:
    async with ready(TRACE, size=size) as run:
        await pages(run)
        await run.press("enter", "enter", "j", "l", "?", "q")
        assert run.line("tabs") and Shown(run).spot.page is Page.WHY
        assert "goscope failed" not in run.screen


async def test_pictures_are_as_wide_as_the_screen_whatever_becomes_of_it() -> None:
    async with ready(TRACE, size=(120, 40)) as run:
        shown = Shown(run)
        await run.press("9")
        for page in (Page.OVERVIEW, Page.CYCLES, Page.UTILISATION):
            await shown.page(page)
            for width, height in ((80, 24), (150, 50), (120, 40)):
                await run.pilot.resize_terminal(width, height)
                await run.settled()
                picture = shown.content.picture
                assert picture is not None
                assert max(len(line) for line in shown.picture) > width * 3 // 4
                assert all(cell_len(line) <= width for line in shown.picture)
                assert len(shown.picture) == len(picture.head) < height


async def test_at_80_columns_what_matters_is_there() -> None:
    async with ready(TRACE, size=(80, 24)) as run:
        shown = Shown(run)
        await run.press("9")
        assert run.rows[0].split()[:6] == ["count", "p50", "p95", "max", "total", "what"]
        assert run.line("detail").startswith("task query  count 199  p50 13.3ms  p95 92.3ms  p99 141ms")
        await run.press("enter")
        assert run.rows[0].split()[0] == "took↓" and SLOW in run.row
        await run.press("enter")
        assert "120ms" in run.rows[2] and "wait group ← sleep  main.(*client).search" in run.rows[2]
        await shown.page(Page.CYCLES)
        assert run.rows[0].split()[:2] == ["start↓", "took"] and "goal" in run.rows[0]
        await shown.page(Page.BLOCKING)
        assert any("main.(*Gateway).pageSize.func1" in line for line in run.rows)


async def test_plain_ascii_where_that_is_all_there_is(ascii_only: None) -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9")
        for page in TURNED:
            await shown.page(page)
            assert shown.text.isascii(), page
        await shown.page(Page.REQUESTS)
        await run.press("enter")
        assert shown.text.isascii()
        await run.press("enter")
        assert "wait group <- sleep" in run.heading and shown.text.isascii()


async def test_markup_in_names_is_shown_as_it_is(opens: Callable[[Trace], Path]) -> None:
    hostile = "main.Map[go.shape.int].func1[red]x[/y]"
    trace = tracebuild.trace(
        G(hostile, at_ms("0 runnable", "5 running #0", "10 waiting:sleep @x[/b];main.x[red]", "90 runnable")),
        duration=100 * MS,
        tasks=[Task(7, "[bold]t[/x]", 0, 90 * MS, 0, 0)],
        regions=[Region(0, 7, "[blink]r[/x]", 0, 90 * MS)],
    )
    async with ready(opens(trace), size=(200, 40)) as run:
        shown = Shown(run)
        await pages(run)
        await shown.page(Page.LATENCY)
        assert hostile in run.row and hostile in run.line("detail")
        await shown.page(Page.REGIONS)
        assert "[blink]r[/x]" in run.row
        await shown.page(Page.REQUESTS)
        await run.press("enter", "enter")
        assert run.heading.startswith("[bold]t[/x] task 7 took 90ms")
