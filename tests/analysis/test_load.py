"""What the Ps had to do, held against a count of every nanosecond, and what real traces say of theirs."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.goroutines import STOPPED, goroutine_stats
from analysis.load import (
    Intervals,
    Load,
    busy_share,
    capacity,
    changes,
    complete,
    idle_share,
    idle_while_runnable,
    load,
    proc_free,
    union,
)
from analysis.view import Window
from parsers.trace import read_trace
from parsers.trace.model import Generation, ProcState, Series, State, Trace
from tests.tracebuild import G, R, doings, trace

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
Counts = NDArray[np.int64]
Doings = tuple[tuple[G, ...], tuple[R, ...], int]


@dataclass
class Made:
    """A trace as it is described."""

    goroutines: Sequence[G]
    ranges: Sequence[R]
    duration: int
    procs: Sequence[Sequence[str]]
    gomaxprocs: Sequence[tuple[int, int]]

    def trace(self) -> Trace:
        return trace(
            *self.goroutines,
            duration=self.duration,
            ranges=self.ranges,
            procs=self.procs,
            gomaxprocs=self.gomaxprocs,
        )

    def doing(self, own: Sequence[str], state: str) -> Counts:
        """Per nanosecond: whether what goes through these spans is in a state."""
        found = np.zeros(self.duration, np.int64)
        times = [int(span.split()[0]) for span in own] + [self.duration]
        for span, start, end in zip(own, times, times[1:], strict=False):
            found[start:end] = span.split()[1].partition(":")[0] == state
        return found

    def together(self, every: Sequence[Sequence[str]], state: str) -> Counts:
        found = np.zeros(self.duration, np.int64)
        for own in every:
            found += self.doing(own, state)
        return found

    def runnable(self) -> Counts:
        return self.together([each.spans for each in self.goroutines], "runnable")

    def running(self) -> Counts:
        return self.together(self.procs, "running")

    def limit(self) -> Counts:
        found = np.zeros(self.duration, np.int64)
        for at, (time, value) in enumerate(self.gomaxprocs):
            found[time if at else 0 :] = value
        return found

    def free(self) -> NDArray[np.bool_]:
        stopped = np.zeros(self.duration, np.bool_)
        for each in self.ranges:
            if each.name.startswith(STOPPED):
                stopped[each.start : each.end] = True
        return (self.limit() > self.running()) & ~stopped


@st.composite
def scenes(draw: st.DrawFn) -> Made:
    """What `doings` makes up, with Ps: moments may coincide, and a P may be found in its state once more."""
    goroutines, ranges, duration = draw(doings())

    def moments(what: st.SearchStrategy[Any], most: int) -> list[tuple[int, Any]]:
        times = draw(st.lists(st.integers(0, duration), max_size=most))
        return [(time, draw(what)) for time in sorted(times)]

    state = st.sampled_from(["idle", "running"])
    procs = [[f"{time} {what}" for time, what in moments(state, 8)] for _ in range(draw(st.integers(0, 3)))]
    pauses = draw(st.lists(st.tuples(st.integers(0, duration), st.integers(0, duration)), max_size=3))
    stops = [R(f"{STOPPED} (GOMAXPROCS)", min(pause), max(pause), 0, 0) for pause in pauses]
    every = sorted([*ranges, *stops], key=lambda each: each.start)
    return Made(goroutines, every, duration, procs, moments(st.integers(1, 4), 4))


def covered(found: Intervals, duration: int) -> list[bool]:
    """Per nanosecond: whether it lies in one of the stretches, which are in order and apart."""
    assert (found.start <= found.end).all()
    assert (found.start[1:] >= found.end[:-1]).all()
    inside = np.zeros(duration, np.bool_)
    for start, end in zip(found.start.tolist(), found.end.tolist(), strict=True):
        inside[start:end] = True
    return inside.tolist()


@given(scenes(), st.data())
def test_every_nanosecond_counts(made: Made, data: st.DataObject) -> None:
    found = made.trace()
    runnable, free = made.runnable(), made.free()
    assert covered(proc_free(found), made.duration) == free.tolist()
    both = free & (runnable > 0)
    assert covered(idle_while_runnable(found), made.duration) == both.tolist()
    start, end = sorted(data.draw(st.tuples(st.integers(0, made.duration), st.integers(0, made.duration + 99))))
    for window in (None, Window(start, end)):
        part = slice(start, end) if window else slice(None)
        sums = (int(each[part].sum()) for each in (made.limit(), made.running(), both))
        assert load(found, window) == Load(*sums)


@given(scenes(), st.data())
def test_columns_have_their_own_shares(made: Made, data: st.DataObject) -> None:
    found = made.trace()
    edges = sorted(data.draw(st.lists(st.integers(0, made.duration), min_size=2, max_size=6)))
    given_, taken, both = made.limit(), made.running(), made.free() & (made.runnable() > 0)
    columns = [slice(start, end) for start, end in pairwise(edges)]
    at = np.array(edges)
    assert capacity(found, at).tolist() == [given_[column].sum() for column in columns]
    shares = [taken[column].sum() / given_[column].sum() if given_[column].any() else 0 for column in columns]
    assert busy_share(found, at).tolist() == shares
    assert idle_share(found, at).tolist() == [both[column].sum() / max(len(both[column]), 1) for column in columns]


INTERVALS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), max_size=12)


@given(INTERVALS, st.lists(st.integers(0, 80), max_size=8))
def test_a_union_covers_what_its_intervals_do(made: list[tuple[int, int]], times: list[int]) -> None:
    start = np.array([at for at, _ in made], np.int64)
    found = union(start, start + np.array([length for _, length in made], np.int64))
    inside = [any(at <= ns < at + length for at, length in made) for ns in range(80)]
    assert covered(found, 80) == inside
    # Those that touch are one.
    assert (found.start[1:] > found.end[:-1]).all()
    assert found.until(np.array(times, np.int64)).tolist() == [sum(inside[:time]) for time in times]
    edges = np.array([0, *sorted(times)])
    parts = [sum(inside[a:b]) for a, b in pairwise(edges)]
    assert found.inside(edges).tolist() == parts


@given(st.lists(st.integers(1, 3), max_size=10))
def test_changes_are_what_differs_from_before(values: list[int]) -> None:
    series = Series(np.arange(len(values)) * 10, np.array(values, np.int64))
    expected = [(at * 10, value) for at, value in enumerate(values) if at == 0 or values[at - 1] != value]
    assert changes(series) == expected


def test_without_ps_there_is_nothing_to_take_and_nobody_waits_for_nothing() -> None:
    made = trace(G("main.main", ["0 runnable", "10 running"]), duration=100, procs=0)
    assert load(made) == Load(0, 0, 0)
    assert busy_share(made, np.array([0, 50, 100])).tolist() == [0, 0]
    assert idle_share(made, np.array([0, 50, 100])).tolist() == [0, 0]


def test_more_ps_are_free_from_when_there_are_more() -> None:
    """GOMAXPROCS is what it is first from the beginning on, and of a P that no one tells of idle."""
    made = Made(
        [G("main.main", ["0 runnable"])], [], 100, [["0 running"], ["60 running", "80 idle"]], [(30, 1), (50, 2)]
    )
    assert load(made.trace()) == Load(capacity=150, busy=120, idle_while_runnable=30)
    free = proc_free(made.trace())
    assert (free.start.tolist(), free.end.tolist()) == ([50, 80], [60, 100])


def test_no_p_is_free_while_the_world_is_stopped() -> None:
    stop = R(f"{STOPPED} (GC mark termination)", 20, 70, 0, 0)
    made = Made([G("main.main", ["10 runnable"])], [stop], 100, [["0 idle"]], [(0, 1)])
    assert load(made.trace()).idle_while_runnable == 40
    assert load(made.trace(), Window(15, 75)).idle_while_runnable == 10


def swept(found: Trace) -> Counter[str]:
    """What goes on from each moment to the next, added up an event at a time."""
    events: dict[int, list[tuple[str, int]]] = defaultdict(list)

    def both(what: str, starts: Counts, ends: Counts) -> None:
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            events[start].append((what, 1))
            events[end].append((what, -1))

    waiting = found.spans.state == State.RUNNABLE
    both("runnable", found.spans.start[waiting], found.ends()[waiting])
    for low, high in pairwise(found.procs.offsets.tolist()):
        on = found.procs.state[low:high] == ProcState.RUNNING
        start = found.procs.start[low:high]
        both("running", start[on], np.append(start[1:], found.duration_ns)[on])
    stops = [found.range_names[name].startswith(STOPPED) for name in found.ranges.name.tolist()]
    both("stopped", found.ranges.start[stops], found.ranges.end[stops])
    now: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    limit = int(found.gomaxprocs.value.max())
    for time, after in pairwise(sorted(events)):
        for what, by in events[time]:
            now[what] += by
        sums["idle"] += (now["runnable"] > 0 and now["running"] < limit and not now["stopped"]) * (after - time)
        sums["busy"] += now["running"] * (after - time)
    return sums


@pytest.mark.parametrize("name", ["gateway", "dataclean"])
def test_ps_of_real_programs(name: str) -> None:
    """What runs has a P, as has what is in a system call and has not lost it; Ps also run without a goroutine.

    In both GOMAXPROCS is what it is at first.
    """
    found = read_trace((SAMPLES / f"{name}.trace").read_bytes())
    whole, stats = load(found), goroutine_stats(found)
    assert 0 < stats.exec.sum() + stats.syscall.sum() <= whole.busy < whole.capacity
    assert whole.capacity == found.duration_ns * found.gomaxprocs.value.max()
    assert 0 < whole.idle_while_runnable < stats.sched_wait.sum()
    assert swept(found) == {"idle": whole.idle_while_runnable, "busy": whole.busy}
    edges = np.linspace(0, found.duration_ns, 50).astype(np.int64)
    parts = [load(found, Window(int(a), int(b))) for a, b in pairwise(edges)]
    for field in Load.__slots__:
        assert sum(getattr(part, field) for part in parts) == getattr(whole, field)
    assert np.allclose(busy_share(found, edges), [part.busy / part.capacity for part in parts])


def test_what_is_provisional_is_left_out() -> None:
    """There Ps seem idle, for their last events are still to be written."""
    generations = (Generation(1, 10, 3, 0, 60, complete=True), Generation(2, 10, 1, 60, 100, complete=False))
    made = trace(
        G("main.main", ["0 running", "40 runnable"]),
        duration=100,
        procs=[["0 running", "50 idle"]],
        gomaxprocs=[(0, 1)],
        generations=generations,
    )
    assert complete(made) == Window(0, 60)
    assert load(made) == load(made, Window(0, 60))
    assert load(made).idle_while_runnable == 10 and load(made, Window(0, 100)).idle_while_runnable == 50
