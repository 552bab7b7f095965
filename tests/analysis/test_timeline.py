"""Columns of lanes against plain sums over every span, and what the crosshair is on against looking for it."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.activity import ACTIVITIES, Activity, activities, ends
from analysis.cover import cover
from analysis.laneorder import lane_name, lane_order, matching, sorts
from analysis.lanes import Lanes, everything, lanes
from analysis.prefix import by_start, last_at, prefix
from analysis.spot import LaneKind, LaneSort
from analysis.timeline import event, highest, moment, own_stack, span, wake
from parsers.trace.model import Procs, Series, State, Tasks, Trace
from tests.tracebuild import G, R, doings, trace

KINDS = (LaneKind.PROCS, LaneKind.THREADS, LaneKind.GOROUTINES, LaneKind.GROUPS, LaneKind.TASKS)
ASSIST = "GC mark assist"


def on_threads(built: Trace) -> Trace:
    """The trace with Ps and threads: whoever runs takes the first that is free, and keeps its thread in a call."""
    spans = built.spans
    order = np.lexsort((np.arange(len(spans)), spans.start)).tolist()
    owner = np.repeat(np.arange(len(built.goroutines)), np.diff(built.goroutines.offsets))
    proc, thread = np.full(len(spans), -1, np.int16), np.full(len(spans), -1, np.int32)
    held: dict[int, tuple[int, int]] = {}
    for row in order:
        g = int(owner[row])
        had = held.pop(g, (-1, -1))
        state = spans.state[row]
        if state in (State.RUNNING, State.SYSCALL, State.SYSCALL_BLOCKED):
            used_p, used_m = {p for p, _ in held.values()}, {m for _, m in held.values()}
            p = had[0] if had[0] >= 0 else min(set(range(20)) - used_p)
            m = had[1] if had[1] >= 0 else min(set(range(20)) - used_m)
            held[g] = (-1 if state == State.SYSCALL_BLOCKED else p, m)
            # A blocked call has lost its P to another thread: that is the one it names.
            proc[row], thread[row] = (p, m) if state != State.SYSCALL_BLOCKED else (p, 19)
    return replace(
        built,
        spans=replace(spans, proc=proc, thread=thread),
        threads=np.arange(100, 120, dtype=np.uint64),
        procs=Procs(
            np.arange(20, dtype=np.uint64),
            np.zeros(21, np.int64),
            np.zeros(0, np.int64),
            np.zeros(0, np.uint8),
            np.zeros(0, np.int32),
        ),
        memo={},
    )


def with_tasks(built: Trace, tasks: list[tuple[int, int, int]]) -> Trace:
    """The trace with user tasks, each of a goroutine and with its start and end."""
    n = len(tasks)
    return replace(
        built,
        tasks=Tasks(
            np.arange(7, 7 + n, dtype=np.uint64),
            np.zeros(n, np.uint64),
            np.zeros(n, np.int32),
            np.array([start for _, start, _ in tasks], np.int64),
            np.array([end for _, _, end in tasks], np.int64),
            np.array([g for g, _, _ in tasks], np.int32),
            np.zeros(n, np.int32),
            np.array([g for g, _, _ in tasks], np.int32),
        ),
        memo={},
    )


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    goroutines, ranges, duration = draw(doings())
    built = on_threads(trace(*goroutines, ranges=ranges, duration=duration))
    times = st.integers(-1, duration)
    tasks = draw(st.lists(st.tuples(st.integers(-1, len(goroutines) - 1), times, times), max_size=3))
    return with_tasks(built, [(g, min(a, b), max(a, b)) for g, a, b in tasks])


@st.composite
def edges_of(draw: st.DrawFn, duration: int) -> list[int]:
    return sorted(draw(st.lists(st.integers(0, duration), min_size=2, max_size=12)))


class Plain:
    """The same, span by span."""

    def __init__(self, built: Trace, kind: LaneKind) -> None:
        self.built = built
        self.kind = kind
        self.every = lanes(built, kind)
        self.ends = built.ends().tolist()
        self.owner = np.repeat(np.arange(len(built.goroutines)), np.diff(built.goroutines.offsets)).tolist()

    def on(self, lane: int, row: int) -> bool:
        """Whether a span lies on a lane."""
        spans, state = self.built.spans, self.built.spans.state[row]
        match self.kind:
            case LaneKind.GOROUTINES:
                return bool(self.owner[row] == lane)
            case LaneKind.TASKS:
                return bool(self.owner[row] == self.built.tasks.goroutine[lane])
            case LaneKind.GROUPS:
                return bool(self.built.goroutines.name[self.owner[row]] == self.every.id[lane])
            case LaneKind.PROCS:
                return bool(state in (State.RUNNING, State.SYSCALL) and spans.proc[row] == lane)
            case LaneKind.THREADS:
                if state == State.SYSCALL_BLOCKED and row and self.owner[row - 1] == self.owner[row]:
                    return bool(spans.thread[row - 1] == lane)
                holds = state in (State.RUNNING, State.SYSCALL, State.SYSCALL_BLOCKED)
                return bool(holds and spans.thread[row] == lane)

    def life(self, lane: int) -> tuple[int, int]:
        if self.kind is not LaneKind.TASKS:
            return 0, self.built.duration_ns
        start, end = int(self.built.tasks.start[lane]), int(self.built.tasks.end[lane])
        return max(start, 0), self.built.duration_ns if end < 0 else end

    def times(self, lane: int, low: int, high: int) -> Counter[int]:
        """The time of each activity from `low` to `high`."""
        found: Counter[int] = Counter()
        born, died = self.life(lane)
        low, high = max(low, born), min(high, died)
        ranges = self.built.ranges
        for row in range(len(self.built.spans)):
            if not self.on(lane, row):
                continue
            a, b = max(low, int(self.built.spans.start[row])), min(high, self.ends[row])
            doing = int(activities(self.built)[row])
            for at in range(a, b):
                assists = doing == Activity.RUNNING and any(
                    self.built.range_names[ranges.name[each]] == ASSIST
                    and ranges.goroutine[each] == self.owner[row]
                    and ranges.start[each] <= at < ranges.end[each]
                    for each in range(len(ranges))
                )
                found[Activity.GC if assists else doing] += 1
        del found[Activity.NONE]
        return found


@given(st.data())
def test_columns_are_exact(data: st.DataObject) -> None:
    built = data.draw(traces())
    kind = data.draw(st.sampled_from(KINDS))
    edges = data.draw(edges_of(built.duration_ns))
    plain = Plain(built, kind)
    shown = np.arange(len(plain.every))
    found = plain.every.columns(shown, np.array(edges))
    assert found.shape == (len(shown), len(edges) - 1, ACTIVITIES)
    for lane in shown.tolist():
        for column, (low, high) in enumerate(pairwise(edges)):
            expected = plain.times(lane, low, high)
            assert {a: t for a, t in enumerate(found[lane, column].tolist()) if t} == {
                int(a): t for a, t in expected.items() if t
            }


@given(st.data())
def test_time_spent_between_moments_of_each_lanes_own(data: st.DataObject) -> None:
    built = data.draw(traces())
    every = lanes(built, data.draw(st.sampled_from(KINDS)))
    if not len(every):
        return
    count = data.draw(st.integers(2, 5))
    moments = st.lists(st.integers(0, built.duration_ns), min_size=count, max_size=count).map(sorted)
    asked = data.draw(st.lists(st.tuples(st.integers(0, len(every) - 1), moments), max_size=5))
    times = np.array([edges for _, edges in asked], np.int64).reshape(-1, count)
    found = every.spent(np.array([lane for lane, _ in asked], np.int64), times)
    assert found.shape == (len(asked), count - 1, ACTIVITIES)
    for row, (lane, edges) in enumerate(asked):
        assert found[row].tolist() == every.columns(np.array([lane]), np.array(edges))[0].tolist()


@given(st.data())
def test_counts_are_exact(data: st.DataObject) -> None:
    built = data.draw(traces())
    times = data.draw(edges_of(built.duration_ns))
    found = everything(built).counts(np.zeros(1, np.int64), np.array(times))[0]
    ended = built.ends().tolist()
    for at, moment_ in enumerate(times):
        expected: Counter[int] = Counter()
        offsets = built.goroutines.offsets.tolist()
        for first, last in pairwise(offsets):
            begun = [row for row in range(first, last) if built.spans.start[row] <= moment_]
            if begun and (moment_ < ended[begun[-1]] or begun[-1] == last - 1):
                expected[int(activities(built)[begun[-1]])] += 1
        del expected[Activity.NONE]
        assert {a: n for a, n in enumerate(found[at].tolist()) if n and a} == dict(expected)


def long_trace() -> Trace:
    """Goroutines with thousands of spans, on two Ps, so that sums are made of kept ones."""
    goroutines = []
    for g in range(3):
        time, spans = 5 + g, []
        for turn in range(400):
            for what, length in (("runnable", 3 + turn % 5), ("running", 7 + turn % 11), ("waiting:sync", 4 + g)):
                spans.append(f"{time} {what}")
                time += length
        goroutines.append(G("main.work" if g < 2 else "main.main", spans))
    return on_threads(trace(*goroutines, duration=30_000))


@pytest.mark.parametrize("kind", [LaneKind.PROCS, LaneKind.THREADS, LaneKind.GOROUTINES, LaneKind.GROUPS])
@pytest.mark.parametrize("edges", [[0, 30_000], [0, 11, 7_000, 7_001, 19_333, 30_000], list(range(0, 30_001, 3_000))])
def test_long_lanes_are_exact(kind: LaneKind, edges: list[int]) -> None:
    built = long_trace()
    every = lanes(built, kind)
    shown = min(3, len(every))
    found = every.columns(np.arange(shown), np.array(edges))
    plain = Plain(built, kind)
    ended, doing = np.array(plain.ends), activities(built)
    for lane in range(shown):
        on = np.array([plain.on(lane, row) for row in range(len(built.spans))], np.bool_)
        for column, (low, high) in enumerate(pairwise(edges)):
            inside = np.clip(np.minimum(ended, high) - np.maximum(built.spans.start, low), 0, None) * on
            assert found[lane, column].tolist() == np.bincount(doing, inside, ACTIVITIES).astype(int).tolist()


def test_a_goroutine_adds_up_to_its_life() -> None:
    built = long_trace()
    found = lanes(built, LaneKind.GOROUTINES).columns(np.arange(3), np.arange(0, 30_001, 777))
    lived = np.arange(777, 30_001, 777) - np.maximum(np.arange(0, 30_000 - 776, 777), 5)
    assert found[0].sum(axis=1).tolist() == lived.tolist()


def test_who_is_not_seen_to_stop_leaves_its_p_to_the_next() -> None:
    built = trace(G("main.a", ["10 running"], created=False), G("main.b", ["60 running"], created=False), duration=100)
    zero = np.zeros(2, np.int16)
    built = replace(built, spans=replace(built.spans, proc=zero, thread=zero.astype(np.int32)), memo={})
    for kind in (LaneKind.PROCS, LaneKind.THREADS):
        every = lanes(built, kind)
        assert every.columns(np.zeros(1, np.int64), np.array([0, 50, 100])).sum(axis=2).tolist() == [[40, 50]]
        assert event(every, 0, 10, 1) == 60


@pytest.mark.parametrize("kind", KINDS)
def test_a_trace_of_nothing_has_lanes_of_nothing(kind: LaneKind) -> None:
    built = trace(duration=100, ranges=[R("GC concurrent mark phase", 10, 20)])
    every = lanes(built, kind)
    assert every.columns(np.arange(len(every)), np.array([0, 50, 100])).sum() == 0
    assert len(lane_order(built, kind, LaneSort.ID, False, None)) == len(every)
    assert event(every, 0, 50, 1) is None
    assert moment(every, 0, 50) is None


# The parts it is made of


@given(st.data())
def test_sums_of_stretches(data: st.DataObject) -> None:
    length = data.draw(st.integers(0, 2000))
    values = np.random.default_rng(length).integers(-50, 50, length)
    counters = np.arange(length) % 3
    sums = prefix(length, 3, lambda rows: (np.arange(len(rows)), counters[rows], values[rows]))
    at = np.sort(data.draw(st.lists(st.integers(0, length), min_size=2, max_size=9)))
    found = sums.between(np.array([at]))[0]
    for column, (low, high) in enumerate(pairwise(at)):
        assert found[column].tolist() == [
            int(values[low:high][counters[low:high] == counter].sum()) for counter in range(3)
        ]


@given(st.lists(st.integers(0, 30), max_size=40), st.lists(st.integers(-1, 31), min_size=1, max_size=5))
def test_the_last_that_began_by_then(starts: list[int], times: list[int]) -> None:
    start = np.sort(np.array(starts, np.int64))
    half = len(start) // 2
    low, high = np.array([0, half]), np.array([half, len(start)])
    found = last_at(start, None, low, high, np.array([times]))
    for lane in range(2):
        own = start[low[lane] : high[lane]]
        assert found[lane].tolist() == [int(low[lane]) + int((own <= time).sum()) - 1 for time in times]


@given(st.lists(st.integers(0, 1 << 62), max_size=30))
def test_rows_by_start(starts: list[int]) -> None:
    start = np.array(starts, np.int64)
    assert by_start(start).tolist() == sorted(range(len(starts)), key=lambda row: starts[row])


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(0, 20)), max_size=12),
    st.lists(st.integers(0, 60), min_size=2, max_size=6),
)
def test_time_under_intervals_that_overlap(intervals: list[tuple[int, int, int]], times: list[int]) -> None:
    lane = np.array([each for each, _, _ in intervals], np.int64)
    start = np.array([each for _, each, _ in intervals], np.int64)
    end = start + np.array([each for _, _, each in intervals], np.int64)
    times = sorted(times)
    found = cover(lane, start, end).between(np.arange(3), np.array([times]))
    for each in range(3):
        for column, (low, high) in enumerate(pairwise(times)):
            inside = np.clip(np.minimum(end, high) - np.maximum(start, low), 0, None)
            assert found[each, column] == inside[lane == each].sum()


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=15),
    st.lists(st.integers(0, 60), min_size=2, max_size=6, unique=True),
)
def test_the_highest_value_of_each_column(points: list[tuple[int, int]], edges: list[int]) -> None:
    points, edges = sorted(points), sorted(edges)
    series = Series(np.array([t for t, _ in points], np.int64), np.array([v for _, v in points], np.int64))
    found = highest(series, np.array(edges)).tolist()
    for column, (low, high) in enumerate(pairwise(edges)):
        before = [value for time, value in points if time <= low][-1:] or [0]
        assert found[column] == max(before + [value for time, value in points if low < time < high])


# The crosshair


@given(st.data())
def test_the_span_under_the_crosshair_and_the_events_beside_it(data: st.DataObject) -> None:
    built = data.draw(traces())
    kind = data.draw(st.sampled_from([kind for kind in KINDS if kind is not LaneKind.GROUPS]))
    plain = Plain(built, kind)
    if not len(plain.every):
        return
    lane, at = data.draw(st.integers(0, len(plain.every) - 1)), data.draw(st.integers(0, built.duration_ns - 1))
    rows = [row for row in range(len(built.spans)) if plain.on(lane, row)]
    born, died = plain.life(lane)
    there = [
        row
        for row in rows
        if built.spans.start[row] <= at < plain.ends[row] and born <= at < died and built.spans.state[row]
    ]
    found = moment(plain.every, lane, at)
    assert (found is None) == (not there)
    if found:
        assert (found.span, found.goroutine) == (there[0], plain.owner[there[0]])
        assert (found.start, found.end) == (built.spans.start[there[0]], plain.ends[there[0]])
    events = {int(built.spans.start[row]) for row in rows} | {plain.ends[row] for row in rows}
    assert event(plain.every, lane, at, 1) == min((each for each in events if each > at), default=None)
    assert event(plain.every, lane, at, -1) == max((each for each in events if each < at), default=None)


def woken_trace() -> Trace:
    return trace(
        G(
            "main.main",
            [
                "10 runnable by:1 @main.main;main.start",
                "20 running",
                "50 waiting:sync @main.main;main.lock",
                "90 runnable by:1",
            ],
        ),
        G("main.other", ["0 running", "95 runnable by:1 @main.other;main.stopped"], created=False),
        duration=100,
    )


def test_who_made_it_runnable() -> None:
    built = woken_trace()
    created, woken = wake(built, 0), wake(built, 2)
    assert created is not None
    assert (created.by, created.time, created.created) == (1, 10, True)
    assert wake(built, 1) == created
    assert woken is not None
    assert (woken.by, woken.time, woken.created) == (1, 90, False)
    assert wake(built, 3) == woken
    assert wake(built, 4) is None


def test_how_long_it_was_runnable_before_it_ran() -> None:
    assert span(woken_trace(), 1).waited == 10
    assert span(woken_trace(), 4).waited == 0


def test_the_stack_of_what_runs_is_where_it_stopped() -> None:
    built = woken_trace()
    lock = int(built.spans.stack[2])
    assert own_stack(built, 2) == (lock, 0)
    assert own_stack(built, 1) == (0, lock)
    assert own_stack(built, 3) == (lock, 0)
    # The goroutine that was stopped says where itself.
    assert own_stack(built, 5) == (int(built.spans.stack[5]), 0)


def test_what_goroutines_do() -> None:
    reasons = ["sync", "select", "chan receive", "network", "sleep", "GC mark assist wait for work", "forever"]
    spans = [f"{at} waiting:{reason}" for at, reason in enumerate(reasons)]
    worker = G("runtime.gcBgMarkWorker", ["0 runnable", "1 running", "2 waiting:system goroutine wait"])
    built = trace(G("main.main", [*spans, "7 syscall", "8 blocked", "9 gone"]), worker, duration=10)
    expected = ["SYNC", "CHANNEL", "CHANNEL", "NETWORK", "SLEEP", "GC_WAIT", "WAITING", "SYSCALL", "SYSCALL_BLOCKED"]
    found = [Activity(each).name for each in activities(built)]
    assert found == [*expected, "NONE", "RUNNABLE", "GC", "WAITING"]
    assert ends(built, np.arange(len(built.spans))).tolist() == built.ends().tolist()


# The order of lanes


def ordered(
    built: Trace, kind: LaneKind, by: LaneSort, *, reverse: bool = False, group: str | None = None
) -> list[str]:
    every = lanes(built, kind)
    return [lane_name(every, lane) for lane in lane_order(built, kind, by, reverse, group).lanes.tolist()]


def several() -> Trace:
    built = trace(
        G("main.b", ["0 running", "10 waiting:sync", "90 gone"], created=False),
        G("main.a", ["5 runnable", "40 running", "100 gone"]),
        G("main.b", ["50 runnable", "60 running"]),
        duration=100,
    )
    return with_tasks(on_threads(built), [(0, 0, 50), (1, 20, 100), (2, 60, 70)])


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (LaneSort.ID, ["G1 main.b", "G2 main.a", "G3 main.b"]),
        (LaneSort.START, ["G1 main.b", "G2 main.a", "G3 main.b"]),
        (LaneSort.DURATION, ["G2 main.a", "G1 main.b", "G3 main.b"]),
        (LaneSort.RUNNING, ["G2 main.a", "G3 main.b", "G1 main.b"]),
        (LaneSort.RUNNABLE, ["G2 main.a", "G3 main.b", "G1 main.b"]),
        (LaneSort.BLOCKED, ["G1 main.b", "G2 main.a", "G3 main.b"]),
        (LaneSort.NAME, ["G2 main.a", "G1 main.b", "G3 main.b"]),
    ],
)
def test_goroutines_in_order(by: LaneSort, expected: list[str]) -> None:
    assert ordered(several(), LaneKind.GOROUTINES, by) == expected
    assert ordered(several(), LaneKind.GOROUTINES, by, reverse=True) == expected[::-1]


def test_lanes_of_other_kinds_in_order() -> None:
    built = several()
    assert ordered(built, LaneKind.GROUPS, LaneSort.RUNNING) == ["main.a", "main.b"]
    assert ordered(built, LaneKind.GROUPS, LaneSort.BLOCKED) == ["main.b", "main.a"]
    assert ordered(built, LaneKind.TASKS, LaneSort.DURATION) == ["task #8", "task #7", "task #9"]
    assert ordered(built, LaneKind.TASKS, LaneSort.BLOCKED)[0] == "task #7"
    assert ordered(built, LaneKind.THREADS, LaneSort.RUNNING)[0] == "M100"
    assert ordered(built, LaneKind.PROCS, LaneSort.ID)[:2] == ["P0", "P1"]
    for kind in KINDS:
        for by in sorts(kind):
            assert sorted(ordered(built, kind, by)) == sorted(ordered(built, kind, LaneSort.ID))


def test_the_goroutines_of_a_group() -> None:
    assert ordered(several(), LaneKind.GOROUTINES, LaneSort.ID, group="main.b") == ["G1 main.b", "G3 main.b"]


def test_searching_lanes() -> None:
    built = several()

    def found(kind: LaneKind, query: str) -> list[int]:
        every: Lanes = lanes(built, kind)
        order = lane_order(built, kind, LaneSort.ID, False, None)
        return [int(row) for row in matching(every, order, lambda name: query in name, query)]

    assert found(LaneKind.GOROUTINES, "main.b") == [0, 2]
    assert found(LaneKind.GOROUTINES, "G2") == [1]
    assert found(LaneKind.GOROUTINES, "3") == [2]
    assert found(LaneKind.GROUPS, "main.b") == [1 if lane_name(lanes(built, LaneKind.GROUPS), 1) == "main.b" else 0]
    assert found(LaneKind.PROCS, "P1") == [1, *range(10, 20)]
    assert found(LaneKind.TASKS, "8") == [1]


def test_lanes_are_found_again_by_name() -> None:
    built = several()
    for kind in KINDS:
        every = lanes(built, kind)
        for lane in range(len(every)):
            assert every.row_of(every.identity(lane)) == lane
        assert every.row_of("nobody" if kind is LaneKind.GROUPS else 12345) is None
        assert every.row_of(None) is None
