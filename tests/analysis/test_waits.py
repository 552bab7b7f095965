"""Waits as distributions, against lists of them; who had the P meanwhile, against plain overlaps."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.activity import MARK_WORKER
from analysis.causes import Cause
from analysis.derive import waits
from analysis.goroutine_groups import groups
from analysis.goroutines import goroutine_stats
from analysis.percentiles import Distribution, Distributions, distribution
from analysis.view import Window
from analysis.waits import (
    NOBODY,
    Instead,
    blocked_by_cause,
    blocked_by_stack,
    instead,
    latency_by_group,
    longest_latencies,
    of_runtime,
    owners_any,
    ran_on,
    sched_latency,
)
from parsers.trace import read_trace
from parsers.trace.model import State, Trace
from tests.naive_waits import listed, parsed
from tests.tracebuild import G, R, doings, trace

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
Doings = tuple[tuple[G, ...], tuple[R, ...], int]
Bounds = tuple[int, int]
T = TypeVar("T")
# Of what tests/tracebuild makes up: what the goroutines wait for, in words of analysis.causes.
CAUSES = {
    "": Cause.OTHER,
    "forever": Cause.OTHER,
    "chan receive": Cause.CHANNEL,
    "sync": Cause.LOCK,
    "network": Cause.NETWORK,
    "select": Cause.SELECT,
    "sleep": Cause.SLEEP,
}


@st.composite
def named(draw: st.DrawFn) -> Doings:
    """What `doings` makes up, done by the program's goroutines and by the runtime's."""
    goroutines, ranges, duration = draw(doings())
    names = st.sampled_from(["main.main", "main.work", "runtime.main", "runtime.bgsweep", MARK_WORKER, ""])
    return tuple(G(draw(names), each.spans, each.created) for each in goroutines), ranges, duration


def windows(duration: int) -> st.SearchStrategy[Bounds | None]:
    edges = st.tuples(st.integers(0, duration), st.integers(0, duration + 99))
    return st.none() | edges.map(lambda each: (min(each), max(each)))


def described(goroutines: Sequence[G]) -> list[tuple[str, str, str, str]]:
    """Of every span: whose it is, its state, reason and stack."""
    return [(each.name, *parsed(span)[1:]) for each in goroutines for span in each.spans]


def grouped(found: list[tuple[int, int]], key: Callable[[int], T]) -> dict[T, list[tuple[int, int]]]:
    """Waits by what `key` says of their span."""
    by: dict[T, list[tuple[int, int]]] = defaultdict(list)
    for row, ns in found:
        by[key(row)].append((row, ns))
    return by


def figures(found: list[tuple[int, int]]) -> tuple[Distribution, int]:
    """How they are spread, and the first of the longest ones."""
    times = [ns for _, ns in found]
    return distribution(np.array(times, np.int64)), min(row for row, ns in found if ns == max(times))


def assert_ranked(spread: Distributions) -> None:
    assert (np.diff(spread.total) <= 0).all()


def blocked(goroutines: Sequence[G], duration: int, bounds: Bounds | None) -> list[tuple[int, int]]:
    """Waits and system calls of goroutines that are not the runtime's own."""
    spans = described(goroutines)
    found = listed(goroutines, duration, "blocked", bounds)
    return [(row, ns) for row, ns in found if spans[row][0] in ("main.main", "main.work", "runtime.main")]


@given(named(), st.data())
def test_latencies_are_the_times_from_runnable_to_running(made: Doings, data: st.DataObject) -> None:
    goroutines, _, duration = made
    bounds = data.draw(windows(duration))
    window = Window(*bounds) if bounds else None
    built, expected = trace(*goroutines, duration=duration), listed(goroutines, duration, "sched", bounds)
    assert sched_latency(built, window) == distribution(np.array([ns for _, ns in expected], np.int64))
    count = data.draw(st.integers(1, 4))
    longest = longest_latencies(built, window, count)
    ranked = sorted(expected, key=lambda each: (-each[1], each[0]))[:count]
    assert list(zip(longest.row.tolist(), longest.ns.tolist(), strict=True)) == ranked
    by = latency_by_group(built, window)
    assert_ranked(by.spread)
    spans = described(goroutines)
    assert {built.strings[name]: (by.spread.row(at), by.worst[at]) for at, name in enumerate(by.name.tolist())} == {
        name: figures(own) for name, own in grouped(expected, lambda row: spans[row][0]).items()
    }
    assert len(set(by.name.tolist())) == len(by)


@given(named(), st.data())
def test_blocking_is_of_the_programs_own_goroutines(made: Doings, data: st.DataObject) -> None:
    goroutines, _, duration = made
    bounds = data.draw(windows(duration))
    window = Window(*bounds) if bounds else None
    built, expected = trace(*goroutines, duration=duration), blocked(goroutines, duration, bounds)
    spans = described(goroutines)

    def cause(row: int) -> Cause:
        _, state, why, _ = spans[row]
        return CAUSES[why] if state == "waiting" else Cause.SYSCALL

    causes = blocked_by_cause(built, window)
    assert causes == {each: figures(own)[0] for each, own in grouped(expected, cause).items()}
    assert [each.total for each in causes.values()] == sorted((each.total for each in causes.values()), reverse=True)
    found = blocked_by_stack(built, window)
    assert_ranked(found.spread)
    by_stack = {
        (stack_text(built, found.stack[at]), Cause(found.cause[at])): (found.spread.row(at), found.worst[at])
        for at in range(len(found))
    }
    assert len(by_stack) == len(found)
    by = grouped(expected, lambda row: (spans[row][3], cause(row)))
    assert by_stack == {key: figures(own) for key, own in by.items()}


def stack_text(built: Trace, stack: int) -> str:
    frames = built.stacks.frame[built.stacks.offsets[stack] : built.stacks.offsets[stack + 1]]
    return ";".join(built.strings[built.stacks.function[frame]] for frame in reversed(frames.tolist()))


@given(named(), st.data())
def test_a_span_has_one_owner(made: Doings, data: st.DataObject) -> None:
    goroutines, _, duration = made
    built = trace(*goroutines, duration=duration)
    every = [row for row, each in enumerate(goroutines) for _ in each.spans]
    rows = data.draw(st.lists(st.integers(0, len(every) - 1)))
    assert owners_any(built, np.array(rows, np.int64)).tolist() == [every[row] for row in rows]


@pytest.mark.parametrize(
    ("name", "its_own"),
    [("", True), ("runtime.bgsweep", True), (MARK_WORKER, True), ("runtime.main", False), ("main.main", False),
     ("runtime/trace.Start.func1", False), ("runtimes.f", False)],
)  # fmt: skip
def test_the_runtimes_own_goroutines(name: str, its_own: bool) -> None:
    made = trace(G(name, ["0 waiting:sync"]), duration=10)
    assert of_runtime(made)[made.goroutines.name[0]] == its_own
    assert blocked_by_cause(made) == ({} if its_own else {Cause.LOCK: Distribution(1, 10, 10, 10, 10, 10)})


def test_of_equal_waits_the_first_come_first() -> None:
    turns = [span for at in range(0, 800, 20) for span in (f"{at} runnable", f"{at + 9} running")]
    made = trace(G("main.main", turns), G("main.main", ["0 runnable", "9 running"]), duration=800)
    longest = longest_latencies(made, None, 30)
    assert (longest.row.tolist(), set(longest.ns.tolist())) == (list(range(0, 60, 2)), {9})
    assert longest_latencies(made, None, 100).row.tolist() == list(range(0, 82, 2))
    assert latency_by_group(made).worst.tolist() == [0]
    waiting = ["0 running", "10 waiting:sync @main.f", "15 running", "20 waiting:sync @main.f", "25 running"]
    assert blocked_by_stack(trace(G("main.main", waiting), duration=30)).worst.tolist() == [1]


def test_nobody_waited() -> None:
    made = trace(G("main.main", ["0 running"]), duration=10)
    assert sched_latency(made) == Distribution()
    assert (len(latency_by_group(made)), len(longest_latencies(made)), len(blocked_by_stack(made))) == (0, 0, 0)
    assert blocked_by_cause(made) == {}


# Who had the P


def test_the_p_that_a_goroutine_came_to_run_on() -> None:
    made = trace(
        G("main.a", ["0 runnable #0", "10 running #1", "20 waiting", "30 runnable #1"]),
        G("main.b", ["40 running #0", "50 runnable #0", "60 gone"]),
        G("main.c", ["70 runnable"]),
        duration=100,
        procs=2,
    )
    # The last one of main.a never runs, whatever main.b does; nor do those that end or are left.
    assert [ran_on(made, row) for row in (0, 3, 5, 7)] == [1, 1, 0, -1]
    assert instead(made, 7, 30) == []


def test_who_had_the_p_in_the_last_part_of_a_wait() -> None:
    waiter = G("main.main", ["10 runnable #1", "100 running #0"])
    made = trace(
        waiter,
        G("main.long", ["0 running #0", "40 syscall #0", "45 blocked", "90 gone"]),
        G(MARK_WORKER, ["0 waiting", "50 running #0", "80 waiting"]),
        G("main.elsewhere", ["10 running #1"]),
        duration=200,
        procs=2,
    )
    assert instead(made, 0, 90) == [Instead(1, 35, False), Instead(2, 30, True), Instead(NOBODY, 25, False)]
    assert instead(made, 0, 90, most=1) == [Instead(1, 35, False)]
    assert instead(made, 0, 25) == [Instead(NOBODY, 20, False), Instead(2, 5, True)]
    assert instead(made, 0, 0) == []


def test_who_had_the_p_of_one_that_waits_still() -> None:
    made = trace(
        G("main.main", ["60 runnable #0"]), G("main.long", ["0 running #0", "90 waiting"]), duration=100, procs=1
    )
    assert instead(made, 0, 40) == [Instead(1, 30, False), Instead(NOBODY, 10, False)]


# On one P no two spans begin at the same moment: it belongs to one thread, whose events are a tick apart.
OCCUPIED = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2), st.integers(1, 20)), max_size=10)


@given(OCCUPIED, st.data())
def test_who_had_the_p_overlaps_the_wait(occupied: list[tuple[int, int, int]], data: st.DataObject) -> None:
    spans: list[list[str]] = [["0 waiting"] for _ in range(3)]
    held: list[tuple[int, int, int]] = []
    time = 0
    for gap, who, length in occupied:
        time += gap
        kind = data.draw(st.sampled_from(["running", "syscall"]))
        spans[who] += [f"{time} {kind} #0", f"{time + length} waiting"]
        held.append((who + 1, time, time + length))
        time += length
    start = data.draw(st.integers(0, time))
    end = data.draw(st.integers(time, time + 9))
    ns = data.draw(st.integers(0, end - start))
    waiter = G("main.main", [f"{start} runnable", f"{end} running #0"])
    made = trace(waiter, *(G("main.work", own) for own in spans), duration=end + 1, procs=1)
    expected: dict[int, int] = defaultdict(int)
    for who, begin, finish in held:
        expected[who] += max(0, min(finish, end) - max(begin, end - ns))
    expected[NOBODY] = ns - sum(expected.values())
    ranked = sorted(((who, time) for who, time in expected.items() if time), key=lambda each: (-each[1], each[0]))
    most = data.draw(st.integers(1, 5))
    assert [(each.goroutine, each.ns) for each in instead(made, 0, ns, most)] == ranked[:most]


# Real programs

# What `go tool trace -pprof=` counts, and for how long.
GO: dict[str, dict[str, tuple[int, int]]] = {
    "gateway": {
        "sched": (62366, 366_108_500),
        "sync": (6327, 64_056_766_432),
        "net": (2881, 119_500_208_016),
        "syscall": (11135, 102_892_109),
    },
    "dataclean": {
        "sched": (14212, 275_696_440),
        "sync": (132, 2_917_655_551),
        "net": (162, 3_742_091_520),
        "syscall": (645, 9_309_056),
    },
}


@cache
def sample(name: str, compat: bool = False) -> Trace:
    return read_trace((SAMPLES / f"{name}.trace").read_bytes(), compat=compat)


@pytest.mark.parametrize("name", GO)
def test_go_counts_as_many_waits_and_as_long_ones(name: str) -> None:
    for kind, (count, ns) in GO[name].items():
        found = waits(sample(name, True), kind)
        assert len(found) == count
        # A nanosecond each way at most: which of two events of one moment comes first.
        assert abs(int(found.ns.sum()) - ns) <= count
    assert sched_latency(sample(name, True)).count == GO[name]["sched"][0]


@pytest.mark.parametrize("name", GO)
def test_waits_of_real_programs_are_times_of_their_goroutines(name: str) -> None:
    found = sample(name)
    stats, every = goroutine_stats(found), groups(found)
    assert sched_latency(found).total == stats.sched_wait.sum()
    by, mine = latency_by_group(found), {row: at for at, row in enumerate(every.name.tolist())}
    for at, row in enumerate(by.name.tolist()):
        assert by.spread.total[at] == every.figures["sched_wait"].sum[mine[row]]
    ours = ~of_runtime(found)[found.goroutines.name]
    spent = stats.blocked + stats.syscall + stats.syscall_block
    together = sum(each.total for each in blocked_by_cause(found).values())
    assert together == blocked_by_stack(found).spread.total.sum() == spent[ours].sum()
    assert 0 < together < spent.sum()


@pytest.mark.parametrize("name", GO)
def test_the_longest_latencies_of_real_programs_have_somebody_instead(name: str) -> None:
    found = sample(name)
    longest = longest_latencies(found)
    assert len(longest) == 100
    assert longest.ns[0] == sched_latency(found).max
    for row, ns in zip(longest.row.tolist(), longest.ns.tolist(), strict=True):
        assert found.spans.state[row] == State.RUNNABLE
        rest = instead(found, row, ns, most=len(found.goroutines))
        assert sum(each.ns for each in rest) == ns
        assert owners_any(found, np.array([row]))[0] not in [each.goroutine for each in rest]
