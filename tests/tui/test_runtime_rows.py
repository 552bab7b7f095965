"""The pages of the Runtime pane without a screen: orders, what every row says and leads to, and the pictures."""

from collections.abc import Sequence
from functools import cache
from math import ceil, floor, log10

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.chain import critical_path
from analysis.spot import Spot
from analysis.timetext import duration
from analysis.view import View, Window
from parsers.trace import read_trace
from parsers.trace.model import Trace
from tests import tracebuild
from tests.tracebuild import G
from tests.tui.running import TRACE
from tui import glyphs
from tui.place import PaneName, Selection
from tui.rows.runtime.pages import sheet
from tui.rows.runtime.sheet import Ask, Field, Sheet, at, number, on_timeline, share, time
from tui.rows.runtime.strips import GUTTER, columns_of, histogram, path_strips
from tui.rows.runtime.words import at_span, cause_words, lines_of, named_span, selected, where, where_span, who
from tui.rows.spanwords import NOBODY
from tui.runtimespot import TURNED, Page, RuntimeSpot, Stretch

MS = 1_000_000
SPOTS = {
    **{str(page): RuntimeSpot(page) for page in TURNED},
    "tasks": RuntimeSpot(Page.REQUESTS, "task", "query"),
    "HTTP": RuntimeSpot(Page.REQUESTS, "http", "HTTP requests"),
    "group": RuntimeSpot(Page.REQUESTS, "group", "main.(*client).search.func1"),
    "region": RuntimeSpot(Page.REGIONS, "net/http.(*conn).serve", "search"),
}


@cache
def gateway() -> Trace:
    return read_trace(TRACE.read_bytes())


def ask(trace: Trace, spot: RuntimeSpot, window: Window | None = None) -> Ask:
    return Ask(trace, spot, View(window=window), Spot(), 120, 40)


def page(name: str, window: Window | None = None) -> tuple[Sheet, Ask]:
    asked = ask(gateway(), SPOTS[name], window)
    return sheet(asked), asked


# Orders


def ordered(found: Sheet, by: str, *, reverse: bool = False) -> list[dict[str, object]]:
    """The rows as scripts read them, sorted by `by`."""
    asked = ask(gateway(), RuntimeSpot(sort=by, reverse=reverse))
    table = found.content(asked).table
    assert table is not None
    return [table.record(row) for row in range(table.length)]


@pytest.mark.parametrize("name", SPOTS)
def test_numbers_come_from_the_greatest_and_texts_by_the_alphabet(name: str) -> None:
    """Every column of every page against Python's own sort, which leaves what is equal in its order."""
    found, _ = page(name)
    every = found.table(list(range(len(found))))
    rows = [every.record(row) for row in range(every.length)]
    for each in found.fields:
        down = not isinstance(each.values[0], str) and each.key not in found.rising
        for reverse in (False, True):
            expected = sorted(rows, key=lambda row, key=each.key: row[key], reverse=down != reverse)  # type: ignore[misc]
            assert ordered(found, each.key, reverse=reverse) == expected, each.key


@given(st.lists(st.tuples(st.integers(-3, 3), st.sampled_from(["a", "b", ""])), min_size=1), st.booleans())
def test_an_order_by_hand(rows: list[tuple[int, str]], reverse: bool) -> None:
    numbers = np.array([value for value, _ in rows], np.int16)
    fields = [Field("n", "n", numbers), Field("t", "t", [text for _, text in rows])]
    own = Sheet(fields=fields, by="n")
    count = range(len(rows))
    assert own._order("n", reverse) == sorted(count, key=lambda row: rows[row][0], reverse=not reverse)
    assert own._order("t", reverse) == sorted(count, key=lambda row: rows[row][1], reverse=reverse)
    assert own._order("", False) == list(count) and own._order("", True) == list(reversed(count))
    rising = Sheet(fields=fields, rising=frozenset({"n"}))
    assert rising._order("n", reverse) == sorted(count, key=lambda row: rows[row][0], reverse=reverse)


def test_a_column_that_is_sorted_by_is_marked_and_never_goes() -> None:
    found = Sheet(fields=[Field("n", "n", [1, 2], drop=3), Field("t", "t", ["a", "b"], width=0)], share="n")
    table = found.table([1, 0], "n")
    assert [column.title for column in table.columns] == ["n↓", "t"] and table.columns[0].drop == 0
    assert found.table([0, 1], "t", True).columns[1].title == "t↑"
    assert found.table([0, 1]).columns[0].drop == 3
    assert [table.share(row) for row in (0, 1)] == [2 / 3, 1 / 3]
    assert [table.record(row) for row in (0, 1)] == [{"n": 2, "t": "b"}, {"n": 1, "t": "a"}]
    assert [table.identity(row) for row in (0, 1)] == [1, 0]


def test_a_page_without_rows_says_why() -> None:
    content = Sheet(fields=[], reason="There is nothing.").content(ask(gateway(), RuntimeSpot()))
    assert (content.table, content.reason, content.heading) == (None, "There is nothing.", "")


def test_the_row_below_is_told_whole() -> None:
    fields = [
        Field("n", "count", [3, 0], number),
        Field("s", "share", [0.5, 0.0], share),
        Field("t", "name", ["a", "b"]),
    ]
    content = Sheet(fields=fields).content(ask(gateway(), RuntimeSpot()))
    text = ["".join(part if isinstance(part, str) else part[0] for part in content.detail(row)) for row in (0, 1)]
    assert text == [" a  count 3  share 50.00%", " b  "]
    noted = Sheet(fields=[*fields[:2], Field("note", "", ["cut off", ""])]).content(ask(gateway(), RuntimeSpot()))
    text = ["".join(part if isinstance(part, str) else part[0] for part in noted.detail(row)) for row in (0, 1)]
    assert text == [" count 3  share 50.00%  cut off", " "]


# What rows say, and where they lead


@pytest.mark.parametrize("window", [None, Window(400 * MS, 900 * MS)])
@pytest.mark.parametrize("name", SPOTS)
def test_every_row_of_every_page(name: str, window: Window | None) -> None:
    """No two rows are taken for one another, all that is asked of any is answered, and leads to what is there."""
    found, asked = page(name, window)
    content = found.content(asked)
    table, trace = content.table, gateway()
    assert table is not None and content.heading
    identities = [table.identity(row) for row in range(table.length)]
    assert len(set(identities)) == table.length
    ids = set(trace.goroutines.id.tolist())
    for row in range(min(table.length, 300)):
        assert content.text(row) and content.detail(row) and all(content.copied(row))
        assert content.selection(row).same_symbol(content.selection(row))
        assert 0 <= table.share(row) <= 1
        stretch, leads, why = content.stretch(row), content.leads(row), content.why(row)
        if stretch is not None:
            assert 0 <= stretch[0] <= stretch[1] <= trace.duration_ns
        if leads is not None and leads.get("pane") is PaneName.TIMELINE:
            seen = leads["timeline"].seen(trace.duration_ns)
            assert seen.start <= leads["timeline"].time(trace.duration_ns) < seen.end
            assert stretch is None or (seen.start <= stretch[0] and stretch[1] <= seen.end)
            assert leads["timeline"].lane is None or leads["timeline"].lane in ids
        for other in (leads, why):
            if other is not None and "runtime" in other and row < 10:
                there = sheet(ask(trace, other["runtime"], window))
                assert len(there) or there.reason


@pytest.mark.parametrize("name", ["tasks", "HTTP", "group", "region"])
def test_why_of_the_slowest_adds_up_to_what_it_took(name: str) -> None:
    found, _ = page(name)
    leads = found.why(0)
    assert leads is not None
    spot = leads["runtime"]
    assert isinstance(spot, RuntimeSpot) and spot.stretch is not None
    took = spot.stretch.end - spot.stretch.start
    there = sheet(ask(gateway(), spot))
    whats, times, shares = (next(f.values for f in there.fields if f.key == key) for key in ("what", "ns", "share"))
    end = next(row for row in range(1, len(there)) if not str(whats[row]).startswith(" "))
    assert sum(times[1:end]) == took and abs(sum(shares[1:end]) - 1) < 1e-9
    assert there.selection(0) == Selection()
    assert there.copied is not None and there.copied(0)[0] == there.heading


def test_there_is_nothing_to_explain_of_what_is_not_there() -> None:
    for stretch in (None, Stretch(123456789, 0, 10), Stretch(1, 10, 10), Stretch(-1, 0, 10)):
        found = sheet(ask(gateway(), RuntimeSpot(Page.WHY, stretch=stretch)))
        assert not len(found) and found.reason == "There is nothing to explain here."


def test_on_the_timeline_all_of_it_is_in_view() -> None:
    asked = ask(gateway(), RuntimeSpot())
    for start, end in ((0, 10), (500 * MS, 700 * MS), (0, gateway().duration_ns)):
        spot = on_timeline(asked, start, end)["timeline"]
        seen = spot.seen(gateway().duration_ns)
        assert seen.start <= start and end <= seen.end and spot.at == start and spot.lane is None
    id = int(gateway().goroutines.id[7])
    assert on_timeline(asked, 0, 10, 7)["timeline"].lane == id


def test_figures() -> None:
    assert [time(0), time(1500), number(0), number(12345), share(0), share(0.5)] == [
        "-", "1.5us", "-", "12,345", "-", "50.00%",
    ]  # fmt: skip
    assert at(1_234_567_890) == "1.2345s"


# Pictures


def bars(text: str) -> list[int]:
    return [("x" + glyphs.UNICODE.levels).index(char) if char != " " else 0 for char in text]


@given(st.lists(st.integers(-5, 10**10), min_size=1, max_size=60), st.integers(30, 150))
def test_a_histogram_counts_each_value_once(values: list[int], width: int) -> None:
    picture = histogram(np.array(values, np.int64), width)
    known = [value for value in values if value > 0]
    if not known:
        assert picture is None
        return
    assert picture is not None and picture.head[0].number == f"{len(known):,}"
    columns = width - GUTTER
    drawn, ruler = (row.text.ljust(columns) for row in picture.head)
    assert len(drawn) == len(ruler) == columns
    first, last = floor(log10(min(known))), ceil(log10(max(max(known), min(known) + 1)) + 1e-9)
    counts = [0] * columns
    for value in known:
        counts[min(columns - 1, floor((log10(value) - first) / (last - first) * columns + 1e-6))] += 1
    shown = [bool(bar) for bar in bars(drawn)]
    # A value that lies on a bound may be in the column before.
    for column, count in enumerate(counts):
        assert not count or any(shown[max(0, column - 1) : column + 2])
    assert sum(shown) <= len(known)
    # Labels are those of the powers of ten, each where it begins, and none touches another.
    labels = {duration(10**power): power for power in range(first, last)}
    assert ruler.startswith(duration(10**first))
    for text in ruler.split():
        place = (labels[text] - first) / (last - first) * columns
        assert abs(f" {ruler} ".index(f" {text} ") - place) <= 1


def test_a_histogram_by_hand() -> None:
    picture = histogram(np.array([10] * 5 + [99] + [1000, 0, -1]), GUTTER + 30, "spread")
    assert picture is not None
    drawn, ruler = picture.head
    assert (drawn.label, drawn.number) == ("spread", "7")
    assert [column for column, bar in enumerate(bars(drawn.text)) if bar] == [0, 9, 20]
    assert bars(drawn.text)[0] == max(bars(drawn.text)) > bars(drawn.text)[20]
    assert ruler.text.rstrip() == "10ns      100ns     1us"
    assert histogram(np.array([0, -1]), 80) is None


WORKER = G(
    "main.worker",
    [
        f"{10 * MS} runnable by:1 @main.main;main.spawn",
        f"{12 * MS} running #0",
        f"{20 * MS} waiting:sync @main.worker;main.take",
        f"{80 * MS} runnable by:1 @main.holder;main.give",
        f"{81 * MS} running #0",
        f"{90 * MS} gone",
    ],
)
HOLDER = G(
    "main.holder",
    ["0 running #1", f"{15 * MS} waiting:sleep @main.holder;main.nap", f"{78 * MS} runnable", f"{79 * MS} running #1"],
    created=False,
)


def locked() -> Trace:
    return tracebuild.trace(WORKER, HOLDER, duration=100 * MS, procs=2)


def kinds(text: str, spans: Sequence[tuple[int, int]]) -> list[set[str]]:
    return [set(text[start:end]) for start, end in spans]


def test_a_critical_path_is_drawn_a_cell_for_each_millisecond() -> None:
    trace, seen = locked(), Window(12 * MS, 90 * MS)
    path = critical_path(trace, 0, seen.start, seen.end)
    picture = path_strips(trace, path, [0, 1], seen, 30 + 78)
    assert picture.gutter == 30 and [row.label for row in picture.head[2:]] == [
        "held up by",
        "main.worker",
        "main.holder",
    ]
    held = picture.head[2].text
    assert len(held) == 78
    glyph = glyphs.current()
    running, sleep, runnable = glyph.run_levels[-1], glyph.waits[4], glyph.runnable_levels[-1]
    ran, slept, ready, gave, queued, ended = kinds(held, [(0, 8), (8, 66), (66, 67), (67, 68), (68, 69), (69, 78)])
    assert ran == gave == ended == {running} and slept == {sleep} and ready == queued == {runnable}
    worker = picture.head[3].text
    # A stretch has its name written into it.
    assert worker[:8] == f"running{running}" and running not in worker[8:68] and running in worker[69:78]


@pytest.mark.parametrize("width", [8, 20, 40, 119])
def test_strips_are_as_wide_as_the_screen(width: int) -> None:
    trace, seen = locked(), Window(12 * MS, 90 * MS)
    path = critical_path(trace, 0, seen.start, seen.end)
    picture = path_strips(trace, path, [0, 1], seen, width)
    assert {picture.gutter + len(row.text) for row in picture.head} == {width}


def test_columns_share_the_time() -> None:
    edges = columns_of(Window(5, 26), 10)
    assert (edges[0], edges[-1], len(edges)) == (5, 26, 11) and set(np.diff(edges).tolist()) == {2, 3}


# Words


def test_goroutines_stacks_and_spans_in_words() -> None:
    trace = locked()
    assert who(trace, 0) == "G1 main.worker" and who(trace, -1) == NOBODY
    taken = int(trace.spans.stack[2])
    place = where(trace, taken)
    assert place.startswith("main.take main.go:") and where(trace, 0) == "" and where_span(trace, -1) == ""
    assert at_span(trace, 2) == where_span(trace, 2) == named_span(trace, 2) == place
    assert at_span(trace, -1) == named_span(trace, -1) == ""
    assert lines_of(trace, taken)[0] == place and lines_of(trace, taken)[1].startswith("main.worker ")
    there = selected(trace, taken, 0)
    assert (there.function, there.file, there.label) == ("main.take", "/src/main.go", "main.take")
    assert there.goroutine is None  # it is not what the goroutine's group is called
    assert selected(trace, 0, 0) == Selection("main.worker", label="main.worker", goroutine=1)
    assert selected(trace, 0) == Selection()
    assert cause_words(1, 1, "<") != cause_words(1, 2, "<") and " < " in cause_words(1, 2, "<")
