"""The Runtime pane: its pages, where their rows lead, and the ways back."""

import pytest

from analysis.spot import LaneKind
from analysis.view import Window
from tests.tui.running import CPU, TRACE, Running, ready
from tui import clipboard
from tui.panes.runtime import Drawing, RuntimePane
from tui.place import PaneName
from tui.rows.runtime.sheet import RuntimeContent
from tui.runtimespot import FLAGS, TURNED, Page, RuntimeSpot
from tui.session import Need
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
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has been sent to the terminal's clipboard."""
    sent: list[str] = []

    def record(text: str) -> str:
        sent.append(text)
        return ""

    monkeypatch.setattr(clipboard, "sequence", record)
    return sent


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
            assert f"page: {shown.spot.page}" in run.line("strip")
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
        assert SLOW in run.row and "199 of query" in run.heading and "took" in shown.picture[0]
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
        await run.press("9", "enter", "enter", "j")
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
        assert shown.content.leads(0) is None and shown.pane.rows.cursor_row == 1
        await run.press("k", "enter")
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
        await run.press("9", "enter", "enter", "enter")  # the lane of who slept
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
        await run.press("9", "y", "Y", "enter", "y", "Y", "enter", "k", "y", "Y")
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
        await run.press("enter", "enter", "k", "W")
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


# What the collector takes


async def test_the_measure_key_says_what_is_taken_from_the_program() -> None:
    async with ready(TRACE) as run:
        shown = Shown(run)
        await run.press("9")
        assert not run.app.session.has(Need.SAMPLES, True)
        await shown.page(Page.UTILISATION)
        usual = run.rows
        seen = [shown.spot.flags]
        for _ in FLAGS[1:]:
            await run.press("t")
            seen.append(shown.spot.flags)
        assert tuple(seen) == FLAGS and "by sweeping;" in run.screen
        await run.press("t")
        assert run.rows == usual and "stw|mark|assist" in run.screen
        await run.press("t", "T", "escape")
        assert shown.spot.flags == FLAGS[1]
