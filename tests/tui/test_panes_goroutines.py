"""The Goroutines pane: groups, what is in them, and the ways in and out."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.spot import LaneKind, Spot
from analysis.view import Filter, FilterKind, View, Window
from parsers.trace.model import Trace
from tests import tracebuild
from tests.tracebuild import G, R
from tests.tui.running import TRACE, Running, ready
from tui import clipboard
from tui.place import Amounts, GoroutineOrder, PaneName, Place, Selection
from tui.rows.goroutines import goroutine_stack, goroutines_content, spot_of
from tui.shelf import How

SEARCH = "main.(*client).search.func1"

# Three workers that wait for work, one of them with a long tail, and one main that never does anything.
WORKER = (
    G(
        "main.worker",
        [
            "100 runnable @main.main",
            "200 running",
            "300 waiting:chan receive @main.worker;main.next",
            "900 runnable @main.main;main.send",
            "1000 gone",
        ],
    ),
    G("main.worker", ["100 runnable @main.main", "300 running", "900 waiting:select @main.worker;main.pick"]),
    G("main.worker", ["0 running", "950 waiting:chan receive @main.worker;main.next"], created=False),
)
MAIN = G("main.main", ["0 waiting", "990 running"], created=False)
NAMELESS = G("", ["0 waiting"], created=False)


def small(*more: G, **options: object) -> Trace:
    return tracebuild.trace(*WORKER, MAIN, NAMELESS, *more, duration=1000, **options)  # type: ignore[arg-type]


class Shown:
    """What Goroutines would show of a trace."""

    def __init__(
        self,
        trace: Trace,
        *opened: str,
        window: Window | None = None,
        amounts: Amounts = Amounts.VALUE,
        selection: Selection | None = None,
        focus: str = "",
        **order: object,
    ) -> None:
        filters = (Filter(FilterKind.FOCUS, focus),) if focus else ()
        place = Place(view=View(window=window, filters=filters), selection=selection or Selection())
        self.content = goroutines_content(trace, place, GoroutineOrder(**order), frozenset(opened), amounts)  # type: ignore[arg-type]

    @property
    def names(self) -> list[str]:
        assert self.content.table is not None
        return [self.cell("name", row) for row in range(self.content.table.length)]

    def cell(self, key: str, row: int) -> str:
        assert self.content.table is not None
        return next(column for column in self.content.table.columns if column.key == key).text(row)

    def column(self, key: str) -> list[str]:
        assert self.content.table is not None
        return [self.cell(key, row) for row in range(self.content.table.length)]

    def detail(self, row: int) -> str:
        return "".join(part if isinstance(part, str) else part[0] for part in self.content.detail(row)).strip()


# What is in the rows


def test_groups_with_what_their_goroutines_did_together() -> None:
    shown = Shown(small())
    assert shown.names == ["▸ main.worker", "▸ main.main", "▸ (Inactive, no stack trace sampled)"]
    # 100 + 600 + 950 running; 100 + 200 and the 100 before its end runnable; 600 + 100 + 50 waiting.
    assert [shown.cell(key, 0) for key in ("count", "exec", "sched_wait", "blocked")] == [
        "3",
        "1.65us",
        "400ns",
        "750ns",
    ]
    assert shown.cell("total", 0) == "2.8us"
    assert [shown.cell(key, 1) for key in ("count", "exec", "blocked")] == ["1", "10ns", "990ns"]


def test_the_spread_is_of_the_goroutines_of_a_group() -> None:
    shown = Shown(small(), figure="exec")
    assert [shown.cell(key, 0) for key in ("median", "p95", "max")] == ["600ns", "950ns", "950ns"]
    shown = Shown(small(), "main.worker", figure="blocked")
    assert [shown.cell(key, 0) for key in ("median", "p95", "max")] == ["100ns", "600ns", "600ns"]
    assert [shown.cell(key, 1) for key in ("median", "p95", "max")] == ["", "", ""]


def test_the_goroutines_of_an_open_group_stand_below_it() -> None:
    shown = Shown(small(), "main.worker")
    assert shown.names[0] == "▾ main.worker" and shown.names[4] == "▸ main.main"
    assert [name.split()[1] for name in shown.names[1:4]] == ["G3", "G2", "G1"]
    assert shown.column("exec")[:4] == ["1.65us", "950ns", "600ns", "100ns"]
    assert shown.column("count")[:4] == ["3", "", "", ""]


def test_a_row_says_what_its_goroutine_does_at_the_end() -> None:
    shown = Shown(small(), "main.worker")
    assert shown.names[1:4] == ["  · G3  waiting: chan receive", "  · G2  waiting: select", "  · G1  ended"]
    shown = Shown(small(), "main.worker", window=Window(0, 950))
    assert set(shown.names[1:4]) == {"  · G3  running", "  · G2  waiting: select", "  · G1  runnable"}


def test_of_a_window_only_what_lies_in_it() -> None:
    shown = Shown(small(), "main.worker", window=Window(0, 100))
    assert shown.names[:2] == ["▾ main.worker", "  · G3  running"]  # the other two were not created yet
    assert shown.cell("exec", 0) == "100ns" and shown.cell("count", 0) == "1"
    assert "▸ main.main" in shown.names


def test_a_window_in_which_nothing_lived_says_so() -> None:
    nothing = tracebuild.trace(G("main.late", ["900 running"]), duration=1000)
    assert Shown(nothing, window=Window(0, 10)).content.reason == "No goroutine lived in the marked window."


def test_reasons_have_columns_those_that_blocked_longest_first() -> None:
    table = Shown(small()).content.table
    assert table is not None
    keys = [column.key for column in table.columns]
    assert keys.index("chan receive") < keys.index("select")
    assert Shown(small()).column("chan receive") == ["650ns", "0", "0"]


def test_a_column_for_what_a_trace_has_nothing_of_is_not_there() -> None:
    assist = R("GC mark assist", 200, 250, goroutine=0, ended_by=0)
    for trace, there in ((small(), False), (small(ranges=[assist]), True)):
        table = Shown(trace).content.table
        assert table is not None and ("assist" in [column.key for column in table.columns]) is there
    assert Shown(small(ranges=[assist])).cell("assist", 0) == "50ns"


def test_percentages_are_of_a_life_and_rates_of_the_time() -> None:
    shown = Shown(small(), "main.worker", amounts=Amounts.PERCENT, figure="exec")
    assert shown.column("exec")[:2] == ["58.93%", "95.00%"]  # of 2.8us and of 1us
    assert shown.column("total")[0] == "58.33%"  # of the 4.8us that all lived
    assert shown.column("max")[0] == "95.00%"  # of the trace
    assert Shown(small(), amounts=Amounts.RATE).column("exec")[0] == "1.65s/s"


def test_the_state_with_most_time() -> None:
    assert Shown(small(), "main.worker").column("mostly")[:3] == ["59% running", "95% running", "67% running"]


def test_the_detail_line_tells_a_goroutines_life() -> None:
    shown = Shown(small(), "main.worker")
    assert shown.detail(0).startswith("main.worker  3 goroutines  chan receive 650ns  select 100ns")
    assert "G2  0.000000100s to end  waiting 100ns: select  created by main.main  select 100ns" in shown.detail(2)
    assert "G3  before to end  waiting 50ns: chan receive  chan receive 50ns" in shown.detail(1)
    assert "G1  0.000000100s to 0.000001000s  ended" in shown.detail(3)


def test_what_is_missing_of_a_trace_stands_above_the_rows() -> None:
    content = Shown(small(notes=["generation 4 is cut off"])).content
    assert content.heading == "generation 4 is cut off" and content.warning
    assert Shown(small(notes=["one", "two", "three"])).content.heading.startswith("one  (and 2 more")


# Sorting


@pytest.mark.parametrize(
    ("by", "first"),
    [
        ("exec", "main.worker"),
        ("total", "main.worker"),
        ("count", "main.worker"),
        ("blocked", "(Inactive, no stack trace sampled)"),
        ("select", "main.worker"),
        ("name", "(Inactive, no stack trace sampled)"),
        ("no such reason", "main.worker"),
    ],
)
def test_groups_are_sorted_by_any_column_and_the_other_way_round(by: str, first: str) -> None:
    names = Shown(small(), by=by).names
    assert names[0] == f"▸ {first}"
    assert Shown(small(), by=by, reverse=True).names == names[::-1]


@pytest.mark.parametrize(
    ("by", "order"),
    [
        ("exec", ["G3", "G2", "G1"]),
        ("chan receive", ["G1", "G3", "G2"]),
        ("sched_wait", ["G1", "G2", "G3"]),
        ("count", ["G1", "G2", "G3"]),
        ("name", ["G1", "G2", "G3"]),
    ],
)
def test_goroutines_in_a_group_are_sorted_as_the_groups_are(by: str, order: list[str]) -> None:
    def goroutines(reverse: bool) -> list[str]:
        names = Shown(small(), "main.worker", by=by, reverse=reverse).names
        return [name.split()[1] for name in names if "· G" in name]

    assert goroutines(reverse=False) == order
    assert goroutines(reverse=True) == order[::-1]


def test_by_a_spread_sorts_by_the_figure_it_is_of() -> None:
    tail = G("main.tail", ["0 running", "10 waiting:sleep", "400 running"])
    names = Shown(small(tail), by="max", figure="blocked").names
    assert names.index("▸ main.worker") < names.index("▸ main.tail")  # 600 against 390
    names = Shown(small(tail), "main.worker", by="max", figure="blocked").names
    assert [name.split()[1] for name in names if "· G" in name] == ["G1", "G2", "G3"]


# Filtering


def test_a_filter_leaves_groups_in_the_same_order() -> None:
    assert Shown(small(), by="blocked", focus="MAIN").content.reason == "These filters leave nothing."
    for by in ("exec", "count", "name", "max"):
        names = [name for name in Shown(small(), by=by).names if "main." in name]
        assert Shown(small(), by=by, focus="main.").names == names and len(names) == 2
    shown = Shown(small(), "main.worker", focus="worker", selection=Selection("main.main"))
    assert len(shown.names) == 4 and shown.content.cursor is None


# Finding what is selected


def test_the_cursor_is_on_what_is_selected() -> None:
    def cursor(selection: Selection, *opened: str) -> int | None:
        return Shown(small(), *opened, selection=selection).content.cursor

    assert cursor(Selection()) is None
    assert cursor(Selection("main.main")) == 1
    assert cursor(Selection("runtime.mallocgc")) is None
    assert cursor(Selection("main.worker", goroutine=2), "main.worker") == 2
    assert cursor(Selection("main.worker", goroutine=2)) == 0  # its group is closed
    assert cursor(Selection("main.worker", goroutine=77), "main.worker") == 0


def test_a_row_names_what_it_stands_for() -> None:
    content = Shown(small(), "main.worker").content
    assert content.selection(0).goroutine == 0 and content.selection(0).function == "main.worker"
    assert content.selection(2).goroutine == 2 and content.selection(2).file == "/src/main.go"
    assert content.table is not None and content.table.find is not None
    for row in range(content.table.length):
        assert content.table.find(content.table.identity(row)) == row
    assert content.table.find(("main.gone", 0)) is None and content.table.find(("main.worker", 9)) is None


def test_searching_finds_groups_by_name_and_goroutines_by_id() -> None:
    crowd = small(*(G("main.crowd", ["0 waiting"]) for _ in range(20)))  # G6 to G25
    rows = Shown(crowd, "main.crowd").content.goroutines
    assert rows is not None

    def found(query: str) -> set[str]:
        return {
            f"G{rows.id(rows.at(row)[1])}" if rows.at(row)[1] >= 0 else rows.titles[rows.at(row)[0]]
            for row in rows.matches(query)
        }

    assert found("MAIN.crowd") == set() and found("main.") == {"main.worker", "main.main", "main.crowd"}
    assert found("g2") == found("2") == {"G20", "G21", "G22", "G23", "G24", "G25"}
    assert found("G25") == {"G25"} and found("0") == set() and found("99999999999999999999") == set()
    assert rows.group_of("G2") == ("main.worker", 2) and rows.group_of("G99") is None and rows.group_of("x2") is None


def test_a_stack_is_where_a_goroutine_was_last_seen() -> None:
    rows = Shown(small(), "main.worker").content.goroutines
    assert rows is not None
    assert goroutine_stack(rows, 1) == ("main.worker", "main.next")
    assert goroutine_stack(rows, 2) == ("main.worker", "main.pick")
    assert goroutine_stack(rows, 3) == ("main.worker", "main.next")  # not the one that made it runnable
    assert goroutine_stack(rows, 0) == ("main.worker", "main.next")  # two of three
    fresh = Shown(tracebuild.trace(G("main.f", ["0 runnable @main.main;main.start"]), duration=9), "main.f").content
    assert fresh.goroutines is not None
    assert goroutine_stack(fresh.goroutines, 1) == ("main.main", "main.start")
    silent = Shown(small(), "").content.goroutines
    assert silent is not None and goroutine_stack(silent, len(silent) - 1) == ()


def test_a_goroutines_lane_is_seen_with_its_life_and_its_longest_wait_under_the_crosshair() -> None:
    ms = 1_000_000
    worker = G(
        "main.w", [f"{100 * ms} runnable", f"{110 * ms} running", f"{120 * ms} waiting:sleep", f"{180 * ms} gone"]
    )
    trace = tracebuild.trace(worker, G("main.x", [f"{500 * ms} running"]), duration=1000 * ms)
    rows = Shown(trace, "main.w", "main.x", by="name").content.goroutines
    assert rows is not None
    group, spot = spot_of(rows, 0, Spot(at=7)), spot_of(rows, 1, Spot(at=7))
    assert (group.lanes, group.lane, group.at, group.window) == (LaneKind.GROUPS, "main.w", 7, None)
    assert (spot.lanes, spot.lane, spot.at) == (LaneKind.GOROUTINES, 1, 150 * ms)
    assert spot.window is not None and spot.window.start <= 100 * ms and 180 * ms <= spot.window.end < 300 * ms
    other = spot_of(rows, 3, spot)
    assert other.lane == 2 and other.window is not None and other.window.end == 1000 * ms
    within = Shown(trace, "main.w", window=Window(0, 119 * ms), by="name").content.goroutines
    assert within is not None and spot_of(within, 1, Spot()).at == 105 * ms


def test_a_group_of_many_opens_without_a_look_at_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are written when they are drawn, however many there are."""
    many = small(*(G("main.crowd", ["0 waiting", f"{at % 900 + 1} running"]) for at in range(20_000)))
    written: list[int] = []

    def write(rows: object, goroutine: int) -> str:
        written.append(goroutine)
        return ""

    monkeypatch.setattr("tui.rows.goroutines._doing", write)
    shown = Shown(many, "main.crowd")
    assert shown.content.table is not None and shown.content.table.length == 20_004
    assert written == []
    assert shown.cell("exec", 1) == "999ns" and shown.cell("exec", 20_000) == "100ns"
    assert [shown.cell("name", row).split()[1] for row in (1, 2)] == ["G6", "G906"] and len(written) == 2


# On the screen


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> Callable[[Trace], Path]:
    """Have goscope read a trace that is made by hand."""

    def open_it(trace: Trace) -> Path:
        monkeypatch.setattr("capture.open.read_any", lambda *arguments, **options: trace)
        return Path("hand.trace")

    return open_it


def group_names(run: Running) -> list[str]:
    return [line.partition("▸ ")[2] for line in run.rows if "▸ " in line]


async def test_a_trace_opens_on_its_goroutines() -> None:
    async with ready(TRACE) as run:
        assert run.app.capture.place.pane is PaneName.GOROUTINES
        assert run.line("strip").startswith("2 Top  3 Tree  4 Flame  5 Callers  6 Source  7 Goroutines  8 Timeline")
        assert run.line("strip").endswith("spread of total ▾")
        assert run.line("summary").startswith(
            "gateway  trace  2s  GOMAXPROCS 4  2620 goroutines  33 GCs  STW 18.08ms  2026-"
        )
        assert "net/http.(*conn).serve" in run.row and run.row.split()[:2] == ["51", "97.5s"]


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24), (40, 10), (20, 5), (8, 3)])
async def test_no_size_is_too_small(size: tuple[int, int]) -> None:
    async with ready(TRACE, size=size) as run:
        await run.press("l", "j", "o", "G", "?", "q", "2", "7")
        assert run.line("tabs")


async def test_at_80_columns_the_figures_that_matter_are_there() -> None:
    async with ready(TRACE, size=(80, 24)) as run:
        assert run.rows[0].split()[:6] == ["count", "exec↓", "sched", "blocked", "syscall", "max"]
        assert any("(*client).search.func1" in line for line in run.rows)


async def test_what_a_goroutine_does_is_cut_at_its_end_and_a_name_is_not() -> None:
    async with ready(TRACE, size=(60, 30)) as run:
        assert any("▸ (Inactive, no stack tra…" in line for line in run.rows)
        assert any(line.endswith("backgroundRead") for line in run.rows)


async def test_opening_and_closing_a_group() -> None:
    async with ready(TRACE) as run:
        count = run.pane.rows.row_count
        await run.press("/", *"search.func1", "enter", "escape")
        await run.press("l")
        assert run.pane.rows.row_count == count + 606 and "▾ " + SEARCH in run.row
        await run.press("l", "l")
        assert "· G" in run.row
        await run.press("h")
        assert SEARCH in run.row and run.pane.rows.row_count == count + 606
        await run.press("h")
        assert run.pane.rows.row_count == count and SEARCH in run.row


async def test_the_slow_goroutines_are_found_by_sorting() -> None:
    """Eight of the requests' goroutines slept for over 100 ms, as sample-profiles/README.md says of `backoff`."""
    async with ready(TRACE) as run:
        await run.press("/", *"search.func1", "enter", "escape", "enter")
        await run.press("o", "o")
        assert "blocked↓" in run.rows[0]
        rows = [line for line in run.rows if "· G" in line]
        assert sum("% sleep" in line for line in rows[:8]) == 8 and "sleep" not in rows[8]


async def test_sorting_goes_through_all_columns_and_each_is_seen() -> None:
    async with ready(TRACE, size=(80, 24)) as run:
        assert run.pane.content is not None and run.pane.content.goroutines is not None
        columns = len(run.pane.content.goroutines.keys)
        seen = set()
        for _ in range(columns):
            await run.press("o")
            seen.add(run.pane.content.goroutines.by)
            assert "↓" in run.rows[0]
        assert len(seen) == columns and "exec↓" in run.rows[0]
        await run.press("O")
        assert "exec↑" in run.rows[0]
        await run.press("<")
        assert "total↓" in run.rows[0]
        await run.press(">")
        assert "exec↓" in run.rows[0]


async def test_the_figure_whose_spread_is_shown() -> None:
    async with ready(TRACE, size=(200, 40)) as run:
        before = run.row.split()
        await run.press("t")
        assert run.line("strip").endswith("spread of exec ▾") and run.row.split() != before
        await run.press("T")
        assert run.row.split() == before


async def test_units_go_round() -> None:
    async with ready(TRACE) as run:
        before = run.row
        await run.press("u")
        assert "%" in run.row and run.line("strip").endswith("percent")
        await run.press("u")
        assert "/s" in run.row
        await run.press("u")
        assert run.row == before


async def test_enter_leads_to_a_goroutines_lane_and_escape_back() -> None:
    async with ready(TRACE) as run:
        await run.press("enter", "j", "j")
        chosen = run.app.capture.place.selection
        assert chosen.goroutine
        await run.press("enter")
        place = run.app.capture.place
        assert place.pane is PaneName.TIMELINE
        assert (place.timeline.lanes, place.timeline.lane) == ("goroutines", chosen.goroutine)
        await run.press("escape")
        assert run.app.capture.place.pane is PaneName.GOROUTINES and f"G{chosen.goroutine} " in run.row


async def test_enter_on_an_open_group_leads_to_the_groups_lane() -> None:
    async with ready(TRACE) as run:
        await run.press("enter", "enter")
        place = run.app.capture.place
        assert (place.timeline.lanes, place.timeline.lane) == ("groups", "net/http.(*conn).serve")


async def test_a_goroutine_in_a_closed_group_is_found_by_its_id() -> None:
    async with ready(TRACE) as run:
        await run.press("/", *"g19986")
        assert f"G19986 of {SEARCH}" in run.footer
        await run.press("enter")
        assert "· G19986" in run.row
        await run.press("escape", "/", *"G1998", "enter")
        assert run.footer.endswith("/G1998 3/9 ") or "G1998" in run.row


async def test_top_tree_and_source_follow_the_group() -> None:
    async with ready(TRACE) as run:
        await run.press("/", *"search.func1", "enter", "escape", "2")
        assert SEARCH in run.row
        await run.press("t", "3")
        assert SEARCH in run.row and run.line("strip").endswith("sched ▾  functions ▾")
        await run.press("6")
        assert "client.go" in run.heading
        await run.press("7")
        assert SEARCH in run.row


async def test_source_of_a_function_that_has_no_weight() -> None:
    async with ready(TRACE) as run:
        await run.press("/", *"main.main", "enter", "escape", "s")
        assert "main.go  main.main: no weight under this sample type" in run.heading
        assert any("func main()" in line for line in run.rows)


async def test_a_marked_window_is_seen_and_dropped() -> None:
    async with ready(TRACE) as run:
        before = run.rows
        await run.app.run_action("look('mark', 500000000, 600000000)")
        await run.settled()
        assert run.line("summary").endswith("window 0.5s +100ms  F ✕") and run.rows != before
        await run.press("2")
        assert run.line("summary").endswith("✕")
        await run.press("7", "F")
        assert "window" not in run.line("summary") and run.rows == before
        await run.press("escape")
        assert "window" in run.line("summary")
        await run.press("escape", "escape", "escape")
        assert run.rows == before


async def test_a_filter_is_a_step_back_and_dropped_with_the_window() -> None:
    async with ready(TRACE) as run:
        await run.press("f", *"net/http")
        assert "only stacks through it" in run.footer and run.pane.rows.row_count == 27
        await run.press("escape")
        assert run.pane.rows.row_count == 27 and run.app.capture.past == []
        await run.press("f", *"net/http", "enter")
        some = run.pane.rows.row_count
        assert 6 <= some < 27 and run.line("chips").startswith("net/http ")
        await run.press("f", *"zzz", "enter")
        assert "leave nothing" in run.reason
        await run.press("escape")
        assert run.pane.rows.row_count == some
        await run.press("F")
        assert run.pane.rows.row_count == 27 and not run.app.line("chips").display
        await run.press("escape", "escape")
        assert run.pane.rows.row_count == 27 and run.app.capture.past == []


async def test_a_profile_that_is_empty_says_which(opens: Callable[[Trace], Path]) -> None:
    async with ready(opens(small())) as run:
        await run.press("2", "t", "t")
        assert run.reason == "No goroutine waited for the network."
        await run.press("t", "t")
        assert run.reason.startswith("No CPU samples: ")
        run.app.capture.mark(0, 10)
        await run.press("T")
        assert run.reason == "No goroutine was in a system call in the marked window."


async def test_copying_the_stack_of_a_goroutine(
    opens: Callable[[Trace], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def record(text: str) -> str:
        sent.append(text)
        return ""

    monkeypatch.setattr(clipboard, "sequence", record)
    async with ready(opens(small())) as run:
        await run.press("l", "j", "Y")
        await run.press("y")
    assert sent == ["main.worker\nmain.next", "G3 main.worker"]


async def test_notes_are_on_the_screen(opens: Callable[[Trace], Path]) -> None:
    async with ready(opens(small(notes=["generation 4 is cut off"]))) as run:
        assert run.heading == "generation 4 is cut off"


async def test_gos_own_times_are_said_to_be_that() -> None:
    async with ready(TRACE, how=How(compat=True)) as run:
        assert run.app.capture.trace is not None and run.app.capture.trace.compat
        assert "trace, as Go reads it" in run.line("summary")


async def test_the_palette_sorts_by_any_reason_and_takes_any_profile(opens: Callable[[Trace], Path]) -> None:
    async with ready(opens(small()), size=(200, 40)) as run:
        await run.press(":", *"by select", "enter")
        assert "select↓" in run.rows[0]
        await run.press(":", *"sched: contentions", "enter")
        assert run.app.capture.place.pane is PaneName.TOP
        assert run.line("strip").endswith("sched contentions ▾  functions ▾")


async def test_markup_in_names_is_shown_as_it_is(opens: Callable[[Trace], Path]) -> None:
    hostile = "main.Map[go.shape.int].func1[red]x[/y]"
    trace = tracebuild.trace(G(hostile, ["0 waiting:a[/b]"]), duration=10)
    async with ready(opens(trace), size=(200, 40)) as run:
        assert run.row.endswith(hostile)
        await run.press("l", "j")
        assert "waiting: a[/b]" in run.row and hostile in run.line("detail")
