"""User regions: their types, how long they took, and what their goroutines did meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.during import Times, during
from analysis.goroutines import ASSIST, Shares, goroutine_stats
from analysis.regions import region_bounds, region_times, region_types, regions_of
from analysis.view import Window
from parsers.trace.model import Regions, Trace
from tests.tracebuild import G, R, doings, trace

Doings = tuple[tuple[G, ...], tuple[R, ...], int]
COLUMNS = ("total", "exec", "sched_wait", "syscall", "syscall_block", "blocked")


@dataclass(frozen=True)
class Region:
    """A region; `stack` is one that a span of the trace has."""

    goroutine: int
    name: str
    start: int
    end: int
    stack: str = ""


def with_regions(made: Trace, *regions: Region) -> Trace:
    """The same trace with these regions."""
    strings = [*made.strings]
    for each in regions:
        strings += [each.name] * (each.name not in strings)
    spoken = [";".join(_names(made, row)) for row in range(len(made.stacks))]
    table = Regions(
        np.array([each.goroutine for each in regions], np.int32),
        np.zeros(len(regions), np.uint64),
        np.array([strings.index(each.name) for each in regions], np.int32),
        np.array([each.start for each in regions], np.int64),
        np.array([each.end for each in regions], np.int64),
        np.array([spoken.index(each.stack) for each in regions], np.int32),
    )
    return replace(made, strings=tuple(strings), regions=table, memo={})


def _names(made: Trace, row: int) -> list[str]:
    stacks = made.stacks
    frames = stacks.frame[stacks.offsets[row] : stacks.offsets[row + 1]][::-1]
    return [made.strings[function] for function in stacks.function[frames]]


LIFE = (
    "100 runnable",
    "110 running",
    "150 waiting:chan receive @main.main;main.work",
    "200 runnable",
    "230 running @main.main",
    "300 syscall @net.serve",
    "310 blocked",
    "350 runnable",
    "360 running",
    "500 gone",
)


def _types(made: Trace) -> list[tuple[str, str, int, int, list[int]]]:
    found = region_types(made)
    numbers = np.column_stack((found.p50, found.p95, found.p99, found.max, found.total)).tolist()
    return [
        (made.strings[name], made.strings[function], count, complete, row)
        for name, function, count, complete, row in zip(
            found.name.tolist(),
            found.function.tolist(),
            found.count.tolist(),
            found.complete.tolist(),
            numbers,
            strict=True,
        )
    ]


def _of(made: Trace, name: str, function: str) -> list[int]:
    rows: list[int] = regions_of(made, made.strings.index(name), made.strings.index(function)).tolist()
    return rows


MADE = with_regions(
    trace(G("main.main", LIFE), G("net.serve", ("0 running @net.serve",), created=False), duration=1000),
    Region(0, "parse", 120, 140, "main.main;main.work"),
    Region(0, "parse", 130, 135, "main.main"),
    Region(1, "parse", 100, 103, "net.serve"),
    Region(1, "load", -1, 40, "net.serve"),
    Region(1, "load", 50, 60, "net.serve"),
    Region(1, "load", 70, -1, "net.serve"),
    Region(0, "load", 400, -1, "main.main"),
)


def test_types_are_names_and_root_functions() -> None:
    assert _types(MADE) == [
        ("load", "main.main", 1, 0, [0, 0, 0, 0, 0]),
        ("load", "net.serve", 3, 1, [10, 10, 10, 10, 10]),
        ("parse", "main.main", 2, 2, [5, 20, 20, 20, 25]),
        ("parse", "net.serve", 1, 1, [3, 3, 3, 3, 3]),
    ]


def test_to_go_what_began_before_the_trace_began_nowhere() -> None:
    compat = replace(MADE, compat=True, memo={})
    assert [each[:4] for each in _types(compat) if each[0] == "load"] == [
        ("load", "", 1, 0),
        ("load", "main.main", 1, 0),
        ("load", "net.serve", 2, 1),
    ]
    assert _of(compat, "load", "") == [3]


def test_regions_of_a_type_come_slowest_first() -> None:
    assert _of(MADE, "parse", "main.main") == [0, 1]
    assert _of(MADE, "load", "net.serve") == [5, 3, 4]
    assert _of(MADE, "load", "main.work") == []


def test_open_ends_are_the_trace_s_or_those_of_the_goroutine() -> None:
    start, end = region_bounds(MADE, np.arange(7))
    assert list(zip(start.tolist(), end.tolist(), strict=True))[3:] == [(0, 40), (50, 60), (70, 1000), (400, 500)]


def test_of_several_lives_a_region_ends_with_its_own() -> None:
    twice = G("", ("10 syscall", "20 running", "50 gone", "100 syscall", "120 running"))
    for compat in (False, True):
        made = with_regions(
            trace(twice, duration=200, compat=compat), Region(0, "first", 30, -1), Region(0, "second", 150, -1)
        )
        assert [each.tolist() for each in region_bounds(made, np.arange(2))] == [[30, 150], [50, 200]]
    assert region_times(replace(made, compat=False, memo={}), np.arange(2)).exec.tolist() == [20, 50]


def test_to_go_waiting_for_ever_is_the_end() -> None:
    stuck = G("main.main", ("0 runnable", "10 running", "60 waiting:forever"))
    for compat, end in ((False, 100), (True, 60)):
        made = with_regions(trace(stuck, duration=100, compat=compat), Region(0, "stuck", 20, -1))
        assert region_bounds(made, np.arange(1))[1].tolist() == [end]
        assert region_times(made, np.arange(1)).total.tolist() == [end - 20]


def test_what_a_goroutine_did_in_its_regions() -> None:
    assist = R("GC mark assist", 240, 260, 0, 0)
    made = with_regions(
        trace(G("main.main", LIFE), duration=1000, ranges=[assist, R("GC mark assist", 700, 900, -1)]),
        Region(0, "all", 110, -1),
        Region(0, "middle", 140, 255),
        Region(0, "in the call", 305, 355),
        Region(-1, "nobody's", 305, 355),
    )
    found = region_times(made, np.arange(4))
    assert _rows(found) == [
        (390, 40 + 70 + 140, 30 + 10, 10, 40, 50),
        (115, 10 + 25, 30, 0, 0, 50),
        (50, 0, 5, 5, 40, 0),
        (0, 0, 0, 0, 0, 0),
    ]
    assert {reason: times.tolist() for reason, times in found.reasons.items()} == {"chan receive": [50, 50, 0, 0]}
    assert found.assist.tolist() == [20, 15, 0, 0]


def test_to_go_a_call_blocked_at_the_end_counts_twice() -> None:
    calling = G("main.main", ("0 runnable", "10 running", "50 syscall", "60 blocked"))
    made = with_regions(trace(calling, duration=100, compat=True), Region(0, "call", 20, -1), Region(0, "not", 20, 55))
    # 10 ns in the call, and 40 blocked in it, which snapshotStat adds to the call and to the wait for a P.
    assert _rows(region_times(made, np.arange(2))) == [(80, 30, 40, 50, 0, 0), (35, 30, 0, 5, 0, 0)]


def _rows(found: Times) -> list[tuple[int, ...]]:
    columns = [getattr(found, each).tolist() for each in COLUMNS]
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize("compat", [False, True])
def test_a_trace_without_regions(compat: bool) -> None:
    for goroutines in ((), (G("main.main", LIFE),)):
        made = trace(*goroutines, duration=1000, compat=compat)
        assert len(region_types(made)) == len(region_times(made, np.zeros(0, np.int64))) == 0
        assert regions_of(made, 0, 0).tolist() == []
        nobody = np.array([-1])
        assert during(made, nobody, np.array([10]), np.array([20])).total.tolist() == [0]


@given(doings(), st.booleans(), st.data())
def test_times_are_those_of_a_window(made: Doings, compat: bool, data: st.DataObject) -> None:
    """Any goroutine and stretch, all at once, against goroutine_stats of that window alone."""
    goroutines, ranges, duration = made
    built = trace(*goroutines, ranges=ranges, duration=duration, compat=compat)
    moment = st.integers(0, duration)
    asked = data.draw(st.lists(st.tuples(st.integers(0, len(goroutines) - 1), moment, moment), max_size=12))
    rows = [(row, min(one, other), max(one, other)) for row, one, other in asked]
    found = during(built, *(np.array([each[at] for each in rows], np.int64) for at in range(3)))
    for at, (row, start, end) in enumerate(rows):
        stats = goroutine_stats(built, Window(start, end))
        for column in COLUMNS:
            assert getattr(found, column)[at] == getattr(stats, column)[row], column
        assert _some(built.reasons, [found.reasons.get(each, [0] * len(rows))[at] for each in built.reasons]) == _named(
            stats.reasons, built.reasons, row
        )
        assert found.assist[at] == _named(stats.ranges, built.range_names, row).get(ASSIST, 0)


def test_many_stretches_of_long_lives() -> None:
    """More than are taken at once, of goroutines with more spans than lie between two sums: against plain overlaps."""
    cycle = ("runnable", "running", "waiting:sync", "runnable", "running", "syscall", "blocked")
    moments = [7 * at + at % 3 for at in range(1000)]
    spans = [f"{time} {cycle[at % 7]}" for at, time in enumerate(moments)]
    made = trace(G("main.main", spans), G("main.work", spans[100:]), duration=8000)
    rng = np.random.default_rng(7)
    goroutine = rng.integers(-1, 2, 20_000)
    start, end = np.sort(rng.integers(0, 8001, (2, 20_000)), axis=0)
    found = during(made, goroutine, start, end)
    begins, ends = np.array(moments), np.array([*moments[1:], 8000])
    figures = {
        "sched_wait": found.sched_wait,
        "exec": found.exec,
        "sync": found.reasons["sync"],
        "syscall": found.syscall,
        "syscall_block": found.syscall_block,
    }
    kinds = np.array(["sched_wait", "exec", "sync", "sched_wait", "exec", "syscall", "syscall_block"])
    for row in rng.integers(0, 20_000, 500).tolist():
        overlap = np.minimum(ends, end[row]) - np.maximum(begins, start[row])
        overlap[: {-1: 1000, 0: 0, 1: 100}[int(goroutine[row])]] = 0
        for name, column in figures.items():
            assert column[row] == overlap[(overlap > 0) & (np.resize(kinds, 1000) == name)].sum()


def _some(names: Sequence[str], values: Sequence[int]) -> dict[str, int]:
    return {name: int(value) for name, value in zip(names, values, strict=True) if value}


def _named(shares: Shares, names: Sequence[str], row: int) -> dict[str, int]:
    return {names[kind]: ns for kind, ns in shares.of(row)}


@given(doings(), st.data())
def test_types_add_up(made: Doings, data: st.DataObject) -> None:
    """Counts, percentiles and order of any regions, against a plain walk over them."""
    goroutines, _, duration = made
    built = trace(*goroutines, duration=duration)
    stacks = [";".join(_names(built, row)) for row in range(len(built.stacks))]
    moment = st.integers(-1, duration)
    regions = [
        Region(row, name, start, end, stack)
        for row, name, start, end, stack in data.draw(
            st.lists(
                st.tuples(
                    st.integers(0, len(goroutines) - 1),
                    st.sampled_from(("a", "b", "main.main")),
                    moment,
                    moment,
                    st.sampled_from(stacks),
                ).filter(lambda each: each[2] < 0 <= each[3] or each[3] < 0 <= each[2] or 0 <= each[2] <= each[3]),
                max_size=20,
            )
        )
    ]
    named = with_regions(built, *regions)
    kinds = sorted({(each.name, each.stack.split(";")[0]) for each in regions})
    start, end = region_bounds(named, np.arange(len(regions)))
    found = _types(named)
    assert [each[:2] for each in found] == kinds
    for name, function, count, complete, (p50, p95, p99, most, total) in found:
        rows = [at for at, each in enumerate(regions) if (each.name, each.stack.split(";")[0]) == (name, function)]
        took = sorted(
            regions[at].end - regions[at].start for at in rows if min(regions[at].start, regions[at].end) >= 0
        )
        assert (count, complete, total, most) == (len(rows), len(took), sum(took), max(took, default=0))
        for percent, value in ((50, p50), (95, p95), (99, p99)):
            least = (v for v in took if 100 * sum(w <= v for w in took) >= percent * len(took))
            assert value == next(least, 0)
        listed = _of(named, name, function)
        assert sorted(listed) == rows
        lasted = (end - start)[listed].tolist()
        assert lasted == sorted(lasted, reverse=True)
