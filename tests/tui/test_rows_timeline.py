"""The Timeline's picture, character by character, and its lines of text, on traces written down for it."""

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from analysis.errors import ViewError
from analysis.laneorder import lane_order
from analysis.lanes import lanes
from analysis.spot import LaneKind, LaneSort, Spot
from analysis.view import Window
from parsers.trace.model import Regions, Series, Tasks, Trace
from tests.tracebuild import G, R, trace
from tui import glyphs
from tui.picture import STYLE, STYLES, Row
from tui.rows.lanepicture import Drawn, Size, drawn
from tui.rows.spanwords import NOBODY
from tui.rows.timeline import Crosshair, matches, stack_content
from tui.timeline_text import timeline_lines

COLUMNS = 50


@pytest.fixture(autouse=True)
def unicode_again() -> Iterator[None]:
    yield
    glyphs.use(ascii=False)


def busy() -> Trace:
    """Two goroutines on one P, one of which waits for the other's lock; 5000 ns, so that a column is 100 ns."""
    built = trace(
        G(
            "main.worker",
            [
                "0 running",
                "1000 waiting:sync @main.worker;main.(*quota).take",
                "3000 runnable @main.holder;main.(*quota).give",
                "3500 running",
                "4000 waiting:chan receive @main.worker",
            ],
            created=False,
        ),
        G("main.holder", ["0 waiting", "900 runnable", "1000 running", "3200 gone"], created=False),
        ranges=[R("GC concurrent mark phase", 2000, 3000), R("stop-the-world (GC mark termination)", 4500, 4700)],
        duration=5000,
        gomaxprocs=[(0, 2)],
    )
    proc = np.where(built.spans.state == 2, 0, -1).astype(np.int16)
    by = np.full(len(built.spans), -1, np.int32)
    by[2] = 1
    spans = replace(built.spans, proc=proc, thread=proc.astype(np.int32), by=by)
    heap = Series(np.array([0, 2500], np.int64), np.array([1 << 20, 1 << 21], np.int64))
    return replace(built, spans=spans, heap=heap, memo={})


def with_tasks(built: Trace) -> Trace:
    strings = (*built.strings, "query", "locked")
    task = np.array([77], np.uint64)
    zero = np.zeros(1, np.int32)
    name = np.array([len(strings) - 2], np.int32)
    return replace(
        built,
        strings=strings,
        tasks=Tasks(task, task * 0, name, np.array([500]), np.array([3600]), zero, zero, zero),
        regions=Regions(zero, task, name + 1, np.array([900]), np.array([3100]), zero),
        memo={},
    )


def shown(built: Trace, kind: LaneKind, *, height: int = 20, columns: int = COLUMNS, **spot: object) -> Drawn:
    """What is drawn of all lanes of a kind, of so many columns."""
    at = Spot(lanes=kind, **spot)  # type: ignore[arg-type]
    order = lane_order(built, kind, at.sorted_by, at.reverse, None)
    every = lanes(built, kind)
    for width in range(columns, 3 * columns):
        result = drawn(every, order, at, Size(width, height))
        if len(result.edges) == columns + 1:
            return result
    raise AssertionError


def row(result: Drawn, label: str) -> Row:
    return next(each for each in (*result.picture.head, *result.picture.rows) if (each.lead + each.label) == label)


def styles(each: Row) -> list[str]:
    return [STYLES[number] for number in each.styles]


def test_a_row_has_a_character_and_a_style_for_every_column() -> None:
    for kind in (LaneKind.PROCS, LaneKind.GROUPS, LaneKind.GOROUTINES, LaneKind.THREADS):
        for each in (result := shown(busy(), kind)).picture.head + result.picture.rows + result.picture.foot:
            assert len(each.text) == len(each.styles) == len(result.edges) - 1
            assert max(each.styles) < len(STYLES)


def test_what_a_goroutine_does_is_told_by_characters_and_by_styles() -> None:
    each = row(shown(busy(), LaneKind.GOROUTINES), "G1 main.worker")
    assert each.text[:10] == "running███"
    assert each.text[10:30] == "━sync ….take━━━━━━━━"
    assert each.text[30:40] == "▓▓▓▓▓█████"
    assert each.text[40:50] == "─chan re…─"
    assert styles(each)[:7] == ["on-running"] * 7
    assert set(styles(each)[10:30]) == {"sync"}
    assert set(styles(each)[30:35]) == {"runnable"}
    assert set(styles(each)[40:45]) == {"channel"}


def test_a_gone_goroutine_leaves_nothing_but_bands() -> None:
    each = row(shown(busy(), LaneKind.GOROUTINES), "G2 main.holder")
    assert each.text[32:45].strip() == ""
    assert each.text[45:47] == "││"


def test_how_busy_a_p_is() -> None:
    result = shown(busy(), LaneKind.PROCS)
    assert row(result, "P0").number == "74%"
    assert row(result, "P0").text.startswith("G1 worker█G2 main.holder")
    assert result.picture.tall == 3
    lowest = result.picture.rows[2]
    assert lowest.text[:32] == "█" * 32
    assert lowest.text[32:35] == "   "
    # Of a column of which half is busy, half the height is full.
    halved = shown(busy(), LaneKind.PROCS, window=Window(3150, 3200 + 4950))
    assert [each.text[0] for each in halved.picture.rows] != ["█"] * 3


def test_bars_are_as_tall_as_there_is_room() -> None:
    assert shown(busy(), LaneKind.PROCS, height=9).picture.tall == 1
    assert shown(busy(), LaneKind.PROCS, height=60).picture.tall == 3


def test_the_collector_has_its_own_characters() -> None:
    built = trace(G("runtime.gcBgMarkWorker", ["0 running", "5000 gone"], created=False), duration=5000)
    each = row(shown(built, LaneKind.GOROUTINES), "G1 runtime.gcBgMarkWorker")
    assert styles(each)[0] == "on-gc"
    assert styles(each)[-1] == "gc"
    assert each.text[-1] == "▙"


def test_a_mark_assist_is_work_for_the_collector() -> None:
    running = [G("main.main", ["0 running"], created=False)]
    built = trace(*running, ranges=[R("GC mark assist", 1000, 2000, 0)], duration=5000)
    each = row(shown(built, LaneKind.GOROUTINES), "G1 main.main")
    assert set(styles(each)[10:20]) == {"gc"}
    detail = Crosshair(shown(built, LaneKind.GOROUTINES), 0, 1500).detail()
    assert "running in a mark assist" in text_of(detail)


def text_of(parts: tuple[object, ...]) -> str:
    return "".join(part if isinstance(part, str) else part[0] for part in parts)  # type: ignore[index]


def test_a_wait_for_a_lock_shows_though_a_little_runs() -> None:
    spans = [text for turn in range(50) for text in (f"{100 * turn} waiting:sync", f"{100 * turn + 97} running")]
    built = trace(G("main.main", spans, created=False), duration=5000)
    assert row(shown(built, LaneKind.GOROUTINES), "G1 main.main").text == "━" * COLUMNS


def test_a_queue_behind_a_lock_shows_on_the_lane_of_its_group() -> None:
    waiting = [G("main.worker", ["0 waiting:sync"], created=False) for _ in range(3)]
    built = trace(*waiting, G("main.worker", ["0 running"], created=False), duration=5000)
    assert row(shown(built, LaneKind.GROUPS), "main.worker").text == "━" * COLUMNS


def test_the_most_active_column_of_a_group_is_full() -> None:
    built = trace(
        G("main.worker", ["0 running"], created=False),
        G("main.worker", ["0 waiting:select", "2500 running"], created=False),
        duration=5000,
    )
    assert row(shown(built, LaneKind.GROUPS), "main.worker").text == "▄" * 25 + "█" * 25


def test_bands_and_strips() -> None:
    result = shown(busy(), LaneKind.PROCS)
    band = row(result, "GC, stops")
    assert band.text == " " * 20 + "▙" * 10 + " " * 15 + "││" + " " * 3
    assert row(result, "running").text[:10] == "▄" * 10
    assert row(result, "running").number == "2"
    assert row(result, "runnable").text[30:35] == "█" * 5
    assert row(result, "locks").text == " " * 10 + "█" * 20 + " " * 20
    assert row(result, "heap").text == "▄" * 25 + "█" * 25
    assert row(result, "heap").number == "2MB"


def test_the_map_shows_where_the_window_is() -> None:
    whole, part = shown(busy(), LaneKind.PROCS), shown(busy(), LaneKind.PROCS, window=Window(1000, 3000))
    assert "[" not in row(whole, "trace").text
    assert (row(part, "trace").text.index("["), row(part, "trace").text.index("]")) == (10, 29)
    tiny = shown(busy(), LaneKind.PROCS, window=Window(2000, 2050))
    assert row(tiny, "trace").text[20] == "◆"


def test_the_ruler_is_right() -> None:
    built = replace(busy(), duration_ns=5_000_000_000, memo={})
    ruler = row(shown(built, LaneKind.PROCS, window=Window(1_000_000_000, 2_000_000_000)), "window")
    assert ruler.number == "1s"
    assert ruler.text.startswith("╷1.0s")
    assert ruler.text.index("╷1.5s") == 25


def test_a_marked_window_on_the_ruler() -> None:
    every = lanes(busy(), LaneKind.PROCS)
    order = lane_order(busy(), LaneKind.PROCS, LaneSort.ID, False, None)
    result = drawn(every, order, Spot(), Size(65, 20), 0, Window(2000, 3000))
    ruler = row(result, "window")
    assert [column for column, style in enumerate(styles(ruler)) if style == "runnable"] == list(range(20, 30))


def test_only_the_lanes_on_the_screen_are_drawn() -> None:
    built = trace(*(G("main.main", ["0 running"], created=False) for _ in range(100)), duration=5000)
    every = lanes(built, LaneKind.GOROUTINES)
    order = lane_order(built, LaneKind.GOROUTINES, LaneSort.ID, False, None)
    for lane, top in ((None, 0), (50, 40), (50, 0), (100, 0)):
        result = drawn(every, order, Spot(lanes=LaneKind.GOROUTINES, lane=lane), Size(80, 20), top)
        picture = result.picture
        assert picture.count == 100
        assert picture.first <= result.row < picture.first + picture.lanes <= 100
        assert picture.lanes + len(picture.head) == 20
    assert drawn(every, order, Spot(lanes=LaneKind.GOROUTINES, lane=50), Size(80, 20), 45).picture.first == 45


def test_zoomed_in_only_lanes_that_are_there_then_and_the_cursors() -> None:
    built = trace(
        G("main.a", ["0 running", "10000 gone"], created=False),
        G("main.b", ["20000 runnable", "30000 gone"]),
        G("main.c", ["50000 running"]),
        duration=100_000,
    )

    def lanes_at(start: int, end: int, lane: int | None = None) -> list[int]:
        result = shown(built, LaneKind.GOROUTINES, window=Window(start, end), lane=lane)
        assert result.full.lanes.tolist() == [0, 1, 2]
        return [int(result.identity(each)) for each in range(len(result.order))]

    assert lanes_at(0, 100_000) == [1, 2, 3]
    assert lanes_at(5_000, 25_000) == [1, 2]
    assert lanes_at(30_000, 60_000) == [3]
    assert lanes_at(60_000, 70_000, lane=1) == [1, 3]
    # Where nobody is, there is still a lane for the cursor.
    assert lanes_at(32_000, 40_000) == [1]
    assert len(shown(built, LaneKind.GROUPS, window=Window(32_000, 40_000)).order) == 3
    found = matches(shown(built, LaneKind.GOROUTINES, window=Window(60_000, 70_000)), "main.b")
    assert (found.places.tolist(), found.count(0), found.beside(2, 1)) == ([1], "-/1", 1)


def test_a_task_shows_what_its_goroutine_did_for_it() -> None:
    result = shown(with_tasks(busy()), LaneKind.TASKS)
    each = row(result, "query #77")
    assert each.number == "3.1us"
    assert each.text[:5] == "     "
    assert "locked: sync" in each.text
    assert each.text[36:45].strip() == ""
    detail = text_of(Crosshair(result, 0, 1500).detail())
    assert "query #77 at " in detail
    assert "region locked" in detail
    assert "not there" in text_of(Crosshair(result, 0, 4000).detail())


def test_the_detail_line_tells_all_there_is() -> None:
    result = shown(busy(), LaneKind.GOROUTINES)
    detail = text_of(Crosshair(result, 0, 2000).detail())
    for words in (
        "at 0.0000020s: G1 main.worker",
        "waiting: sync 2us since 0.0000010s",
        "at main.(*quota).take main.go:",
        "unblocked by G2 main.holder",
    ):
        assert words in detail
    assert "after 500ns runnable" in text_of(Crosshair(result, 0, 3600).detail())
    assert text_of(Crosshair(shown(busy(), LaneKind.PROCS), 0, 3300).detail()) == " P0 at 0.0000033s: idle"
    counted = text_of(Crosshair(shown(busy(), LaneKind.GROUPS), 1, 2000).detail())
    assert counted in (
        " main.worker at 0.0000020s: 1 goroutine: 1 on locks",
        " main.holder at 0.0000020s: 1 goroutine: 1 running",
    )


def test_what_else_is_in_the_column() -> None:
    assert Crosshair(shown(busy(), LaneKind.GOROUTINES), 0, 2000).below()[1] == "1/2"
    mixed = shown(busy(), LaneKind.GOROUTINES, columns=20, window=Window(0, 20_000))
    assert Crosshair(mixed, 0, 3200).below()[1] == "1us: 50% runnable, 50% running  1/2"


def test_the_stack_below_and_as_a_table() -> None:
    result = shown(busy(), LaneKind.GOROUTINES)
    assert Crosshair(result, 0, 2000).below()[0].startswith("main.(*quota).take main.go:")
    assert " ← main.worker main.go:" in Crosshair(result, 0, 2000).below()[0]
    assert Crosshair(result, 0, 2000).stack() == ("main.worker", "main.(*quota).take")
    content = stack_content(busy(), Spot(lanes=LaneKind.GOROUTINES, lane=1, at=2000))
    assert content.table is not None
    names = [content.table.columns[0].text(each).strip() for each in range(content.table.length)]
    assert names == [
        "main.(*quota).take",
        "main.worker",
        "unblocked by G2 main.holder",
        "main.(*quota).give",
        "main.holder",
    ]
    assert content.selection(0).function == "main.(*quota).take"
    assert content.selection(2).label == ""
    assert "waiting: sync" in content.heading
    nothing = stack_content(busy(), Spot(lanes=LaneKind.PROCS, lane=0, at=3300))
    assert nothing.reason


def test_following_who_unblocked_it() -> None:
    result = shown(busy(), LaneKind.GOROUTINES)
    there = Crosshair(result, 0, 2000).unblocker(Spot(lanes=LaneKind.GOROUTINES))
    assert isinstance(there, Spot)
    assert (there.lane, there.at) == (2, 3000)
    on_p = Crosshair(shown(busy(), LaneKind.PROCS), 0, 3600).unblocker(Spot())
    # Where the unblocker ran, the trace does not say: then it is its own lane.
    assert isinstance(on_p, Spot)
    assert (on_p.lanes, on_p.lane) == (LaneKind.GOROUTINES, 2)
    assert Crosshair(result, 1, 100).unblocker(Spot()) == f"No goroutine made it runnable, but {NOBODY}."


def test_from_the_longest_wait_for_a_lock_to_the_next() -> None:
    spans = ["0 running", "1000 waiting:sync", "4000 runnable", "5000 waiting:select", "90000 gone"]
    longer = ["0 running", "2000 waiting:sync", "40000 runnable", "50000 waiting:sync", "60000 gone"]
    built = trace(G("main.a", spans, created=False), G("main.b", longer, created=False), duration=100_000)
    spot, found = Spot(), []
    for _ in range(4):
        there = Crosshair(shown(built, spot.lanes), 0 if spot.lane in (None, 1) else 1, spot.at or 0).longest(spot)
        assert isinstance(there, Spot)
        spot = there
        found.append((spot.lane, spot.at))
        assert spot.window is not None
        assert spot.window.start <= (spot.at or 0) < spot.window.end
    assert found == [(2, 2000), (2, 50_000), (1, 1000), (2, 2000)]
    none = trace(G("main.a", ["0 running"], created=False), duration=5000)
    assert "No goroutine waited" in str(Crosshair(shown(none, LaneKind.PROCS), 0, 0).longest(Spot()))


def test_in_other_lanes_it_is_the_same_goroutine() -> None:
    built = with_tasks(busy())
    cross = Crosshair(shown(built, LaneKind.GOROUTINES), 0, 700)
    lane = {kind: cross.in_lanes(Spot(lanes=LaneKind.GOROUTINES), kind).lane for kind in LaneKind}
    assert lane == {
        LaneKind.PROCS: 0,
        LaneKind.GROUPS: "main.worker",
        LaneKind.GOROUTINES: 1,
        LaneKind.THREADS: 100,
        LaneKind.TASKS: 77,
    }


# As text


def test_lines_of_text() -> None:
    lines = list(timeline_lines(busy(), Window(0, 5000), "goroutines", 80))
    assert lines[0].startswith(" trace ")
    assert all(len(line) <= 80 for line in lines)
    assert any(line.startswith(" G1 main.worker ") and "━sync" in line for line in lines)
    assert any("world stopped" in line for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_text_in_ascii() -> None:
    lines = list(timeline_lines(busy(), Window(0, 5000), "goroutines", 80, ascii=True))
    assert all(line.isascii() for line in lines)
    worker = next(line for line in lines if line.startswith(" G1 "))
    for letters in ("R", " sync ", "QQ"):
        assert letters in worker


def test_text_in_colour_is_the_same_text() -> None:
    plain = list(timeline_lines(busy(), Window(0, 5000), "procs", 80))
    coloured = list(timeline_lines(busy(), Window(0, 5000), "procs", 80, colour=True))
    assert any("\x1b[32m" in line for line in coloured)
    assert [re.sub("\x1b[^m]*m", "", line).rstrip() for line in coloured] == plain


def test_some_lanes_as_text() -> None:
    lines = list(timeline_lines(busy(), Window(0, 5000), "goroutines", 80, pattern="hold"))
    assert any("G2" in line for line in lines)
    assert not any("G1" in line for line in lines)
    later = list(timeline_lines(busy(), Window(3600, 5000), "goroutines", 80))
    assert not any("G2" in line for line in later)
    few = list(timeline_lines(busy(), Window(0, 5000), "goroutines", 80, most=1))
    assert few[-1] == " 1 of 2 goroutines"


@pytest.mark.parametrize(
    ("kind", "width", "pattern", "words"),
    [
        ("goroutines", 80, "nobody", "no lane matches"),
        ("goroutines", 80, "(", "not a regular expression"),
        ("goroutines", 20, "", "40 columns"),
        ("tasks", 80, "", "no tasks"),
    ],
)
def test_what_cannot_be_drawn(kind: str, width: int, pattern: str, words: str) -> None:
    with pytest.raises(ViewError, match=words.replace("(", "[(]")):
        list(timeline_lines(busy(), Window(0, 5000), kind, width, pattern=pattern))


def test_every_style_has_a_name() -> None:
    assert [STYLES[number] for number in STYLE.values()] == list(STYLE)
