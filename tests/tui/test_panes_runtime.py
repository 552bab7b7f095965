"""The Runtime pane: its pages, where their rows lead, and the ways back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from analysis.spot import LaneKind
from analysis.view import Window
from parsers.trace.model import Trace
from tests import tracebuild
from tests.tracebuild import G, R, Region, Task
from tests.tracewrite import GO_STATUS, NONE, PROC_STATUS, UNIT, Generation, stack
from tests.tracewrite import trace as written
from tests.tui.running import CPU, TRACE, Running, ready
from tui import clipboard, glyphs
from tui.panes.runtime import Drawing, RuntimePane
from tui.place import PaneName
from tui.rows.runtime.sheet import RuntimeContent
from tui.runtimespot import TURNED, Page, RuntimeSpot, Stretch
from tui.widgets.line import Line
from tui.widgets.timeline import Canvas

SLOW = "task 1631"  # the longest of the tasks, of which sample-profiles/README.md tells
MS = 1_000_000


class Shown:
    """The Runtime pane on the screen."""

    def __init__(self, run: Running) -> None:
        self.run = run
        self.press = run.press

    @property
    def spot(self) -> RuntimeSpot:
        return self.run.app.capture.place.runtime

    def on(self, page: Page) -> bool:
        return self.spot.page is page

    @property
    def pane(self) -> RuntimePane:
        pane = self.run.pane
        assert isinstance(pane, RuntimePane)
        return pane

    @property
    def content(self) -> RuntimeContent:
        content = self.pane.content
        assert isinstance(content, RuntimeContent)
        return content

    @property
    def picture(self) -> list[str]:
        drawing = self.pane.query_one(Drawing)
        return [drawing.render_line(y).text.rstrip() for y in range(drawing.size.height)]

    @property
    def text(self) -> str:
        return "\n".join([self.run.screen, *self.picture])

    async def page(self, page: Page) -> None:
        """Turn to a page."""
        while self.spot.page is not page or self.spot.kind:
            await self.press("v")


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> Callable[[Trace], Path]:
    """Have goscope read a trace that is made by hand."""

    def open_it(trace: Trace) -> Path:
        monkeypatch.setattr("capture.open.read_any", lambda *arguments, **options: trace)
        return Path("hand.trace")

    return open_it


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has been sent to the terminal's clipboard."""
    sent: list[str] = []

    def record(text: str) -> str:
        sent.append(text)
        return ""

    monkeypatch.setattr(clipboard, "sequence", record)
    return sent


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


# Pages


async def test_a_trace_has_the_pane_and_a_profile_has_not() -> None:
    async with ready(TRACE) as run:
        assert "9 Runtime" in run.line("strip")
        await run.press("9")
        assert run.app.capture.place.pane is PaneName.RUNTIME and run.line("strip").endswith("page: overview")
    async with ready(CPU) as run:
        assert "Runtime" not in run.line("strip")
        await run.press("9")
        assert run.app.capture.place.pane is PaneName.TOP


async def test_every_page_is_turned_to_in_both_directions() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9")
        forth, back = [], []
        for _ in TURNED:
            forth.append(shown.spot.page)
            assert run.line("strip").endswith(f"page: {shown.spot.page}")
            assert shown.pane.rows.row_count and not run.reason and run.heading
            assert "goscope failed" not in run.screen
            await run.press("v")
        for _ in TURNED:
            back.append(shown.spot.page)
            await run.press("V")
        assert forth == list(TURNED) and back == [TURNED[0], *reversed(TURNED[1:])]
        assert shown.on(Page.OVERVIEW)


async def test_the_rows_of_the_overview_lead_to_pages_and_escape_to_the_row() -> None:
    wanted = {
        "task query": (Page.REQUESTS, "query"),
        "HTTP requests": (Page.REQUESTS, "HTTP requests"),
        "group main.(*client).search.func1": (Page.REQUESTS, "main.(*client).search.func1"),
        "GC cycles, marking": (Page.CYCLES, ""),
        "mark assists": (Page.CYCLES, ""),
        "world stopped: GC sweep termination": (Page.PAUSES, ""),
        "waiting to run": (Page.LATENCY, ""),
        "blocked: network": (Page.BLOCKING, ""),
        "blocked: lock": (Page.BLOCKING, ""),
    }
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9")
        for what, (page, name) in wanted.items():
            row = next(row for row in range(shown.pane.rows.row_count) if shown.content.text(row).endswith(what))
            shown.pane.move_to(row)
            await run.press("enter")
            assert (shown.spot.page, shown.spot.name) == (page, name)
            assert shown.pane.rows.row_count and shown.pane.rows.cursor_row == 0
            await run.press("escape")
            assert shown.on(Page.OVERVIEW) and run.row.rstrip().endswith(what)


async def test_from_the_slowest_request_to_why_and_back() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9", "enter")
        assert SLOW in run.row and "199 of query" in run.heading and "durations" in shown.picture[0]
        await run.press("j", "W")
        assert shown.on(Page.WHY) and run.heading.startswith("query task 1600 took 141ms: ")
        await run.press("escape")
        assert "task 1600" in run.row
        await run.press("k", "enter")
        assert run.heading.startswith("query task 1631 took 205ms: 120ms wait group ← sleep, 65.1ms lock ← network")
        assert shown.picture[2].startswith(" held up by") and shown.picture[3].startswith(" G65 ")
        await run.press("v")
        assert shown.on(Page.REQUESTS) and not shown.spot.kind
        await run.press("escape", "V")
        assert shown.on(Page.OVERVIEW)


async def test_why_a_wait_within_a_request_took_so_long() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9", "enter", "enter", "j", "j")
        assert "lock ← network" in run.row
        await run.press("W")
        assert run.heading.startswith("G15804 ") and shown.on(Page.WHY)
        assert len(run.app.capture.past) == 4
        await run.press("escape")
        assert "lock ← network" in run.row


# Where rows lead


def seen(run: Running) -> Window:
    trace = run.app.capture.trace
    assert trace is not None
    return run.app.capture.place.timeline.seen(trace.duration_ns)


@pytest.mark.parametrize("page", [Page.CYCLES, Page.PAUSES, Page.UTILISATION, Page.LOAD])
async def test_moments_lead_to_the_processors_at_that_time(page: Page) -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9")
        await shown.page(page)
        await run.press("j", "j")
        stretch = shown.content.stretch(2)
        assert stretch is not None
        row = run.row
        await run.press("enter")
        place = run.app.capture.place
        assert (place.pane, place.timeline.lanes) == (PaneName.TIMELINE, LaneKind.PROCS)
        assert seen(run).start <= stretch[0] < stretch[1] <= seen(run).end and place.timeline.at == stretch[0]
        await run.press("escape")
        assert run.app.capture.place.pane is PaneName.RUNTIME and run.row == row


@pytest.mark.parametrize("page", [Page.LATENCY, Page.LONGEST, Page.BLOCKING])
async def test_waits_lead_to_the_lane_of_who_waited_at_the_longest_wait(page: Page) -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9")
        await shown.page(page)
        row, name = run.row, {Page.LATENCY: "net/http.(*conn).serve", Page.LONGEST: "G65 ", Page.BLOCKING: "idle conn"}
        assert name[page] in row
        await run.press("enter")
        place, trace = run.app.capture.place, run.app.capture.trace
        assert trace is not None and place.pane is PaneName.TIMELINE
        assert place.timeline.lanes is LaneKind.GOROUTINES and place.timeline.at in trace.spans.start.tolist()
        canvas = run.pane.query(Canvas).first()
        lines = [canvas.render_line(y).text for y in range(canvas.size.height)]
        assert any(line.startswith(f" G{place.timeline.lane} ") for line in lines)
        doing = {Page.LATENCY: "runnable", Page.LONGEST: "runnable", Page.BLOCKING: "waiting: network"}
        assert f": G{place.timeline.lane} " in run.line("detail") and doing[page] in run.line("detail")
        await run.press("escape")
        assert run.row == row


async def test_the_steps_of_why_lead_to_who_they_are_of() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9", "enter", "enter")
        assert shown.content.leads(0) is None
        await run.press("enter")
        assert run.app.capture.place.pane is PaneName.RUNTIME  # what is but a title leads nowhere
        await run.press("j", "enter")
        place = run.app.capture.place
        assert (place.pane, place.timeline.lanes, place.timeline.lane) == (
            PaneName.TIMELINE,
            LaneKind.GOROUTINES,
            19984,
        )
        assert "sleep" in run.line("detail")


async def test_regions_lead_to_a_list_and_from_there_to_why() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9", "V", "/", *"backoff", "enter", "escape", "enter")
        assert shown.spot.name == "backoff" and shown.pane.rows.row_count == 8
        assert run.heading == "8 regions backoff of main.(*client).search.func1"
        await run.press("enter")
        assert run.heading.startswith("region backoff took 121ms: ") and "sleep" in run.heading


# W on the Timeline


async def test_why_on_the_timeline_is_of_the_wait_under_the_crosshair() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9", "enter", "enter", "j", "enter")  # the lane of who slept
        lane = run.app.capture.place.timeline.lane
        await run.press("W")
        stretch = shown.spot.stretch
        assert shown.on(Page.WHY) and stretch is not None and stretch.goroutine == lane
        assert run.heading.startswith(f"G{lane} ") and "sleep" in run.heading and "took 120ms" in run.heading
        await run.press("escape")
        assert run.app.capture.place.pane is PaneName.TIMELINE


async def test_why_on_the_timeline_is_of_the_task_where_lanes_are_tasks() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("8", "V", "W")
        assert run.heading.startswith("query task 1631 took 205ms: 120ms wait group ← sleep")
        assert shown.spot.stretch is not None and shown.spot.stretch.task == 1631


async def test_why_where_nothing_waits_says_what_to_do(opens: Callable[[Trace], Path]) -> None:
    async with ready(opens(whole())) as run:
        await run.press("8", "home", "v", "W")
        assert run.app.capture.place.pane is PaneName.TIMELINE
        assert any("There is no goroutine here to ask about" in each.text for each in run.pane.query(Line))


# Sorting


async def test_every_column_is_sorted_by_in_turn() -> None:
    async with ready(TRACE, size=(80, 24)) as run:
        shown = Shown(run)
        await run.press("9")
        await shown.page(Page.BLOCKING)
        seen = []
        for _ in shown.content.orders:
            await run.press("o")
            seen.append(shown.spot.sort)
            assert "↓" in run.rows[0]  # the column that rows are sorted by is there on every screen
        assert sorted(seen) == sorted(shown.content.orders) and seen[-1] == "total_ns"
        await run.press("O")
        assert "total↑" in run.rows[0] and run.line("strip").endswith("by total  reversed")
        await run.press("<")
        assert "max↓" in run.rows[0]
        await run.press(">")
        assert "total↓" in run.rows[0]


async def test_the_first_order_is_the_pages_own() -> None:
    """Sorted from left to right and back; reversed, the page's own order is turned round, and said to be."""
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9")
        table = shown.content.table
        assert table is not None
        first, last = run.rows[1], table.identity(table.length - 1)
        await run.press("O")
        table = shown.content.table
        assert table is not None and table.identity(0) == last
        assert run.line("strip").endswith("page: overview  reversed")
        await run.press("O")
        assert run.rows[1] == first
        await run.press("o")
        assert "count↓" in run.rows[0] and run.line("strip").endswith("page: overview  by count")
        await run.press("o", "<", "<")
        assert "what↓" in run.rows[0]


async def test_the_cursor_stays_on_its_row_when_the_order_changes() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9")
        await shown.page(Page.LATENCY)
        await run.press("j", "j", "o", "O")
        assert run.row.endswith("net/http.(*persistConn).readLoop")


async def test_rows_of_why_have_one_order() -> None:
    async with ready(TRACE) as run:
        await run.press("9", "enter", "enter")
        before = run.rows
        await run.press("o", "O", "<", ">")
        assert run.rows == before and "sort" not in run.footer


# Search, copies


async def test_searching_among_the_rows() -> None:
    async with ready(TRACE) as run:
        await run.press("9", "/", *"blocked: LOCK".lower())
        assert run.footer.rstrip().endswith("1/1") and run.row.endswith("blocked: lock")
        await run.press("enter", "escape", "/", *"no such row")
        assert "no match" in run.footer
        await run.press("escape")
        assert run.row.endswith("blocked: lock")


async def test_copies_of_a_row_and_of_all_that_was_found_out(copied: list[str]) -> None:
    async with ready(TRACE) as run:
        await run.press("9", "y", "Y", "enter", "y", "Y", "enter", "y", "Y")
        overview, overview_row, request, request_row, title, ticket = copied
        assert overview == overview_row == "199  13.3ms  92.3ms  141ms  205ms  4.93s  -  task query"
        assert request.startswith("G65 net/http.(*conn).serve") and "task 1631" in request_row
        assert title.startswith("what held it up")
        lines = ticket.splitlines()
        assert lines[0] == run.heading
        assert lines[1] == "what held it up: as it waited, and what that waited for in the end:"
        assert lines[2].split() == ["120ms", "wait", "group", "←", "sleep", *lines[2].split()[5:]]
        assert "who woke whom:" in lines and "what happened, in order:" in lines
        at = lines.index("stack of G19984 main.(*client).search.func1:")
        assert lines[at + 1].startswith("  time.Sleep ") and lines[-1].startswith("  main.(*client).search.func1 ")
        assert "clipboard" in run.footer


async def test_a_wait_is_copied_with_its_stack(copied: list[str]) -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9")
        await shown.page(Page.BLOCKING)
        await run.press("/", *"audit.go:54", "enter", "escape", "Y", "y")
        lines = copied[0].splitlines()
        assert lines[0] == "sleep: 203 waits, 4.14s in all, the longest 21.9ms"
        assert lines[1].startswith("time.Sleep ") and "main.(*auditLog).write audit.go:54" in lines[2]
        assert copied[1] == "main.(*auditLog).write"


# What is looked at


async def test_the_time_of_a_row_is_marked_for_all_panes_and_unmarked() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9", "enter", "M")
        trace = run.app.capture.trace
        assert trace is not None
        row = trace.tasks.id.tolist().index(1631)
        start, end = int(trace.tasks.start[row]), int(trace.tasks.end[row])
        assert run.app.capture.view.window == Window(start, end) and "window " in run.line("summary")
        assert shown.pane.rows.row_count < 199 and SLOW in run.row
        await run.press("2", "t")
        place = run.app.capture.place
        assert place.pane is PaneName.TOP and place.view.window == Window(start, end)
        within = run.pane.rows.row_count
        await run.press("9", "M")
        assert run.app.capture.view.window is None and shown.pane.rows.row_count == 199
        await run.press("2")
        assert run.pane.rows.row_count > within


async def test_in_a_marked_window_pages_are_of_the_window() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9")
        await shown.page(Page.CYCLES)
        await run.press("j")
        stretch = shown.content.stretch(1)
        assert stretch is not None
        await run.press("M")
        assert run.app.capture.view.window == Window(*stretch)
        assert run.heading.startswith("1 GC cycle, marking 100% ") and shown.pane.rows.row_count == 1
        counts = {}
        for page in TURNED:
            await shown.page(page)
            counts[page] = (shown.pane.rows.row_count, run.reason)
            assert "goscope failed" not in run.screen
        assert counts[Page.LOAD] == (50, "") and counts[Page.UTILISATION] == (19, "")
        assert 0 < counts[Page.PAUSES][0] < 66
        await run.press("F")
        assert run.app.capture.view.window is None


async def test_rows_that_are_about_no_time_and_no_wait_say_so() -> None:
    async with ready(TRACE) as run:
        await run.press("9", "M")
        assert run.app.capture.view.window is None and run.app.capture.past[1:] == []
        assert run.footer.strip() == "This row is about no time of its own to mark."
        await run.press("W")
        assert run.footer.strip() == "There is no one wait or request on this row to ask about."
        await run.press("enter", "enter", "W")
        assert Shown(run).on(Page.WHY) and "no one wait" in run.footer  # a title is of none


async def test_only_what_our_own_code_waited_for() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9", "m")
        assert not run.app.capture.view.mine  # there is nothing to leave out
        await shown.page(Page.BLOCKING)
        every = shown.pane.rows.row_count
        await run.press("m")
        assert run.line("strip").endswith("page: blocking  my code")
        assert 0 < shown.pane.rows.row_count < every and "none of the program's own code" in run.heading
        await run.press("m")
        assert shown.pane.rows.row_count == every


async def test_source_is_of_the_row() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9")
        await shown.page(Page.BLOCKING)
        await run.press("j", "j", "k", "s")
        assert "gateway.go" in run.heading and "pageSize" in run.heading


async def test_source_is_of_the_first_row_of_a_page_as_well() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9")
        await shown.page(Page.LATENCY)
        await run.press("2")
        assert run.app.capture.place.selection.function == "net/http.(*conn).serve"


async def test_the_cursor_on_rows_of_no_function_leaves_what_is_selected() -> None:
    async with ready(TRACE) as run:
        await run.press("/", *"search.func1", "enter", "escape", "9", "j", "j", "7")
        assert "main.(*client).search.func1" in run.row


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
