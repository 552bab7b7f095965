"""GC cycles and pauses, held against plain counts over made-up traces, and against Go's figures of real ones."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.activity import MARK_WORKER
from analysis.cover import CYCLE
from analysis.gc import UNKNOWN, Cycles, Pauses, gc_cycles, mark_spans, pauses
from analysis.goroutines import ASSIST, STOPPED
from analysis.view import Window
from parsers.trace import read_trace
from parsers.trace.model import Trace
from tests.tracebuild import G, R, doings, trace

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
CLOSED, OPEN = -1, -2
TERMINATION = "GC mark termination"


def rows(found: Cycles | Pauses) -> list[dict[str, Any]]:
    columns = {name: getattr(found, name) for name in type(found).__slots__ if name != "kinds"}
    return [{name: column[at].item() for name, column in columns.items()} for at in range(len(found))]


def ran(goroutine: G, duration: int) -> list[tuple[int, int]]:
    times = [int(span.split()[0]) for span in goroutine.spans] + [duration]
    pairs = zip(goroutine.spans, times, times[1:], strict=False)
    return [(start, end) for span, start, end in pairs if span.split()[1] == "running"]


def common(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def latest(series: Sequence[tuple[int, int]], time: int) -> int:
    return next((value for at, value in reversed(series) if at <= time), UNKNOWN)


@st.composite
def collections(draw: st.DrawFn) -> dict[str, Any]:
    """What `doings` makes up, some of it done by mark workers; with cycles, and sizes of the heap.

    No two events are at one moment there, nor here on what is global.
    """
    goroutines, ranges, duration = draw(doings())
    goroutines = tuple(G(MARK_WORKER, each.spans, each.created) if draw(st.booleans()) else each for each in goroutines)
    edges = sorted(draw(st.sets(st.integers(1, duration - 1), max_size=7)) | {0} if draw(st.booleans()) else set())
    found = [R(CYCLE, begin, end, -1, CLOSED) for begin, end in zip(edges[::2], edges[1::2], strict=False)]
    if len(edges) % 2:
        found.append(R(CYCLE, edges[-1], duration, -1, OPEN))
    every = sorted([*ranges, *found], key=lambda each: each.start)
    series = st.lists(st.tuples(st.integers(0, duration), st.integers(0, 1 << 40)), max_size=6).map(sorted)
    return {
        "goroutines": goroutines,
        "ranges": every,
        "duration": duration,
        "heap": draw(series),
        "heap_goal": draw(series),
    }


def naive_cycles(made: dict[str, Any]) -> list[dict[str, Any]]:
    duration = made["duration"]
    workers = [ran(each, duration) for each in made["goroutines"] if each.name == MARK_WORKER]
    found = []
    for each in made["ranges"]:
        if each.name != CYCLE:
            continue
        cycle = (each.start, each.end)
        marking = [sum(common(cycle, span) for span in spans) for spans in workers]
        later = [other.start for other in made["ranges"] if other.name == CYCLE and other.start > each.start]
        begun = [other for other in made["ranges"] if other.name == ASSIST and other.start >= each.start]
        begun = [other for other in begun if other.start < min(later, default=duration + 1)]
        over = each.ended_by == CLOSED
        found.append(
            {
                "start": each.start,
                "end": each.end,
                "assist": sum(other.end - other.start for other in begun),
                "workers": sum(ns > 0 for ns in marking),
                "marking": sum(marking),
                "heap_start": latest(made["heap"], each.start),
                "heap_end": latest(made["heap"], each.end) if over else UNKNOWN,
                "goal": latest(made["heap_goal"], each.start or each.end),
                "whole": over and each.start > 0,
            }
        )
    return found


def built(made: dict[str, Any]) -> Trace:
    more = {name: value for name, value in made.items() if name != "goroutines"}
    return trace(*made["goroutines"], **more)


@given(collections(), st.data())
def test_cycles_are_what_goes_on_between_their_begin_and_end(made: dict[str, Any], data: st.DataObject) -> None:
    found, expected = built(made), naive_cycles(made)
    assert rows(gc_cycles(found)) == expected
    times = st.integers(0, made["duration"])
    start, end = sorted(data.draw(st.tuples(times, times)))
    touched = [each for each in expected if each["start"] < end and each["end"] > start]
    assert rows(gc_cycles(found, Window(start, end))) == touched


@given(collections(), st.data())
def test_pauses_are_the_ranges_in_which_the_world_is_stopped(made: dict[str, Any], data: st.DataObject) -> None:
    found = built(made)
    stops = [(each.start, each.end, each.goroutine) for each in made["ranges"] if each.name.startswith(STOPPED)]
    every = pauses(found)
    assert [(each["start"], each["end"], each["goroutine"]) for each in rows(every)] == stops
    assert every.kinds == ("read mem stats",) * bool(stops)
    times = st.integers(0, made["duration"])
    start, end = sorted(data.draw(st.tuples(times, times)))
    some = pauses(found, Window(start, end))
    assert [(each["start"], each["end"], each["goroutine"]) for each in rows(some)] == [
        stop for stop in stops if stop[0] < end and stop[1] > start
    ]


@given(collections())
def test_mark_spans_are_when_mark_workers_ran(made: dict[str, Any]) -> None:
    workers = [each for each in made["goroutines"] if each.name == MARK_WORKER]
    expected = [(at, start, end) for at, worker in enumerate(workers) for start, end in ran(worker, made["duration"])]
    columns = mark_spans(built(made))
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == expected


def test_a_program_that_allocates_nothing_has_no_cycles() -> None:
    made = trace(G("main.main", ["0 running"]), duration=100)
    assert (rows(gc_cycles(made)), rows(pauses(made)), pauses(made).kinds) == ([], [], ())
    assert rows(gc_cycles(made, Window(10, 20))) == []
    assert [len(column) for column in mark_spans(made)] == [0, 0, 0]


def test_what_a_cycle_open_at_an_end_of_the_trace_does_not_tell() -> None:
    """Of one that was on before, the goal is told when the trace begins, if ever; of one still on, no live heap is."""
    made = trace(
        G("main.main", ["0 running"]),
        duration=100,
        ranges=[R(CYCLE, 0, 30, ended_by=CLOSED), R(CYCLE, 70, 100, ended_by=OPEN)],
        heap=[(10, 500), (30, 300), (60, 600), (90, 700)],
        heap_goal=[(2, 550), (31, 620)],
    )
    first, last = rows(gc_cycles(made))
    assert first | {"goal": 550, "heap_start": UNKNOWN, "heap_end": 300, "whole": False} == first
    assert last | {"goal": 620, "heap_start": 600, "heap_end": UNKNOWN, "whole": False} == last


def test_a_window_has_what_it_touches() -> None:
    made = trace(
        G("main.main", ["0 running"]),
        duration=100,
        ranges=[R(f"{STOPPED} (GOMAXPROCS)", 20, 30, 0, 0), R(f"{STOPPED} (read mem stats)", 50, 50, 0, 0)],
    )

    def seen(start: int, end: int) -> list[int]:
        return list(pauses(made, Window(start, end)).start.tolist())

    assert [seen(0, 20), seen(0, 21), seen(29, 30), seen(30, 40)] == [[], [20], [20], []]
    # What takes no time is there in one window of those that lie side by side.
    assert [seen(40, 50), seen(50, 60), seen(49, 51)] == [[], [50], [50]]
    kinds = pauses(made).kinds
    assert [kinds[kind] for kind in pauses(made).kind] == ["GOMAXPROCS", "read mem stats"]
    assert pauses(made, Window(40, 60)).kinds == ("read mem stats",)


# What internal/trace makes of the samples' range events: their number, and how long they took together.
GO = {
    "gateway": {
        CYCLE: (33, 154_111_616),
        "GC sweep termination": (32, 12_384_512),
        TERMINATION: (33, 5_675_135),
        "start trace": (1, 22_720),
    },
    "dataclean": {
        CYCLE: (94, 145_761_600),
        "GC sweep termination": (94, 10_536_447),
        TERMINATION: (94, 24_084_223),
        "start trace": (1, 2_304),
    },
}


@cache
def sample(name: str, compat: bool = False) -> Trace:
    return read_trace((SAMPLES / f"{name}.trace").read_bytes(), compat=compat)


@pytest.mark.parametrize("name", GO)
def test_go_finds_as_many_cycles_and_pauses_of_the_same_length(name: str) -> None:
    found = sample(name, True)
    cycles, stops = gc_cycles(found), pauses(found)
    sums = {CYCLE: (len(cycles), (cycles.end - cycles.start).sum())}
    for at, kind in enumerate(stops.kinds):
        mine = stops.kind == at
        sums[kind] = (mine.sum(), (stops.end - stops.start)[mine].sum())
    assert sums.keys() == GO[name].keys()
    for what, (count, ns) in GO[name].items():
        assert sums[what][0] == count
        # Which of two events of one moment comes first decides on the last nanosecond.
        assert abs(sums[what][1] - ns) <= 1


@pytest.mark.parametrize("name", GO)
def test_cycles_of_real_programs_follow_the_pacer(name: str) -> None:
    """Under GOGC=100 the goal is twice what was found alive, and what stacks and globals weigh (mgcpacer.go)."""
    found = sample(name)
    cycles = gc_cycles(found)
    known = cycles.heap_start != UNKNOWN
    assert (known == (cycles.start > 0)).all()
    assert (cycles.heap_start[known] < cycles.goal[known]).all()
    roots = cycles.goal[1:] - 2 * cycles.heap_end[:-1]
    assert ((roots > 0) & (roots < 1 << 20)).all()
    gomaxprocs = found.gomaxprocs.value.max()
    assert ((cycles.workers >= 1) & (cycles.workers <= gomaxprocs)).all()
    assert ((cycles.marking > 0) & (cycles.marking <= gomaxprocs * (cycles.end - cycles.start))).all()


@pytest.mark.parametrize("name", GO)
def test_the_heap_of_real_programs_is_looked_up_at_both_ends(name: str) -> None:
    found = sample(name)
    heap = list(zip(found.heap.time.tolist(), found.heap.value.tolist(), strict=True))
    goals = list(zip(found.heap_goal.time.tolist(), found.heap_goal.value.tolist(), strict=True))
    stops, cycles = pauses(found), gc_cycles(found)
    kind = stops.kinds.index(TERMINATION)
    terminations = [(each["start"], each["end"]) for each in rows(stops) if each["kind"] == kind]
    for each, (start, end) in zip(rows(cycles), terminations, strict=True):
        assert each["heap_start"] == latest(heap, each["start"])
        assert each["goal"] == latest(goals, each["start"] or each["end"]) != UNKNOWN
        # What marking found alive is told last, while the world is stopped.
        told = [value for time, value in heap if start <= time <= each["end"]]
        assert told[-1] == each["heap_end"] < latest(heap, start)
        assert start < each["end"] < end
