"""Critical paths and chains against asking of every nanosecond anew, and scenes of which the answer is known."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path as File
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis.chain
from analysis.causes import Cause
from analysis.chain import NOBODY, Link, Path, blame, chain, critical_path, doing
from analysis.requests import requests, slowest, type_named
from parsers.trace import read_trace
from parsers.trace.model import State, Trace
from tests.tracebuild import G, R, doings, trace

Step = tuple[int, int, int, int]
"""Goroutine, span, depth and wait."""

SAMPLES = File(__file__).parents[2] / "sample-profiles"
ASSIST, STOP = "GC mark assist", "stop-the-world (GC mark termination)"


def kind(span: str) -> str:
    return span.partition(" @")[0].partition(" ")[2].partition(":")[0]


def running_at(goroutines: Sequence[G], time: int) -> list[int]:
    """Who runs just before a moment."""
    found = []
    for row, each in enumerate(goroutines):
        last = [span for span in each.spans if int(span.partition(" ")[0]) < time][-1:]
        found += [row] if last and kind(last[0]) == "running" else []
    return found


@st.composite
def woken(draw: st.DrawFn, *, possible: bool = True) -> Trace:
    """A trace in which goroutines are woken and created by those that run then; or by anybody, as of a damaged one."""
    goroutines, ranges, duration = draw(doings())
    told = []
    for row, each in enumerate(goroutines):
        spans = []
        for at, span in enumerate(each.spans):
            first = at == 0 and each.created
            if first or (at and kind(span) == "runnable" and kind(each.spans[at - 1]) == "waiting"):
                wakers = running_at(goroutines, int(span.partition(" ")[0])) if possible else range(len(goroutines))
                by = draw(st.sampled_from([-1, *wakers, *([] if first else [row])]))
                what, _, where = span.partition(" @")
                span = f"{what} by:{by} @{where}"
            spans.append(span)
        told.append(replace(each, spans=spans))
    # The world is not stopped twice at a time.
    kept: list[R] = []
    for one in ranges:
        stops = [other for other in kept if other.name == STOP]
        if not one.name.startswith("stop"):
            kept.append(one)
        elif not stops or stops[-1].end <= one.start:
            kept.append(replace(one, name=STOP))
    return trace(*told, ranges=kept, duration=duration)


class Plain:
    """What held whom up at a moment."""

    def __init__(self, built: Trace) -> None:
        self.offsets = built.goroutines.offsets.tolist()
        self.created = built.goroutines.created.tolist()
        self.start, self.state = built.spans.start.tolist(), built.spans.state.tolist()
        self.by = built.spans.by.tolist()

    def at(self, goroutine: int, time: int, depth: int = 0, wait: int = -1) -> Step:
        first, beyond = self.offsets[goroutine], self.offsets[goroutine + 1]
        begun = [row for row in range(first, beyond) if self.start[row] <= time]
        if not begun:
            creator = self.by[first] if self.created[goroutine] else NOBODY
            if creator in (NOBODY, goroutine):
                return goroutine, NOBODY, depth, wait
            return self.at(creator, time, depth + 1, wait)
        row = begun[-1]
        wait = row if wait < 0 else wait
        waker = NOBODY
        if self.state[row] == State.WAITING and row + 1 < beyond and self.state[row + 1] == State.RUNNABLE:
            waker = self.by[row + 1]
        if waker in (NOBODY, goroutine):
            return goroutine, row, depth, wait
        return self.at(waker, time, depth + 1, wait)


def moments(path: Path) -> list[Step]:
    """The step of every nanosecond."""
    columns = (path.start, path.end, path.goroutine, path.span, path.depth, path.wait)
    return [
        (goroutine, span, depth, wait)
        for start, end, goroutine, span, depth, wait in zip(*(each.tolist() for each in columns), strict=True)
        for _ in range(start, end)
    ]


def assert_tiles(path: Path, start: int, end: int) -> None:
    if start >= end:
        assert not len(path)
        return
    assert path.start[0] == start
    assert path.end[-1] == end
    assert path.start[1:].tolist() == path.end[:-1].tolist()
    assert (path.start < path.end).all()


def stretch_of(data: st.DataObject, built: Trace) -> tuple[int, int, int]:
    goroutine = data.draw(st.integers(0, len(built.goroutines) - 1))
    start, end = sorted(data.draw(st.tuples(st.integers(-5, built.duration_ns), st.integers(0, built.duration_ns))))
    return goroutine, start, end


@given(st.data())
def test_every_moment_of_a_path(data: st.DataObject) -> None:
    built = data.draw(woken())
    goroutine, start, end = stretch_of(data, built)
    path, plain = critical_path(built, goroutine, start, end), Plain(built)
    assert_tiles(path, start, end)
    assert moments(path) == [plain.at(goroutine, at) for at in range(start, end)]


@given(st.data())
def test_steps_lie_in_their_spans(data: st.DataObject) -> None:
    """However little the trace makes sense."""
    built = data.draw(woken(possible=data.draw(st.booleans())))
    goroutine, start, end = stretch_of(data, built)
    with patch.object(analysis.chain, "_SPANS", 300):
        path = critical_path(built, goroutine, start, end)
    assert_tiles(path, start, end)
    ends, offsets = built.ends(), built.goroutines.offsets
    for at in range(len(path)):
        row, owner = int(path.span[at]), int(path.goroutine[at])
        assert path.depth[at] > 0 or owner == goroutine
        if row < 0:
            assert path.end[at] <= built.spans.start[offsets[owner]]
            continue
        assert offsets[owner] <= row < offsets[owner + 1]
        assert built.spans.start[row] <= path.start[at]
        assert path.end[at] <= ends[row] or built.spans.state[row] == State.GONE
        assert path.depth[at] > 0 or path.wait[at] == row


REASONS = {
    "": Cause.OTHER,
    "chan receive": Cause.CHANNEL,
    "sync": Cause.LOCK,
    "network": Cause.NETWORK,
    "select": Cause.SELECT,
    "sleep": Cause.SLEEP,
    "forever": Cause.OTHER,
}
STATES = {
    State.GONE: Cause.UNKNOWN,
    State.RUNNING: Cause.RUNNING,
    State.RUNNABLE: Cause.RUNNABLE,
    State.SYSCALL: Cause.SYSCALL,
    State.SYSCALL_BLOCKED: Cause.SYSCALL,
}


def cause(built: Trace, row: int) -> Cause:
    if row < 0:
        return Cause.UNKNOWN
    state = State(int(built.spans.state[row]))
    return REASONS[built.reasons[built.spans.reason[row]]] if state == State.WAITING else STATES[state]


@given(st.data())
def test_blame_is_the_sum_of_moments(data: st.DataObject) -> None:
    built = data.draw(woken())
    goroutine, start, end = stretch_of(data, built)
    plain, ranges, expected = Plain(built), built.ranges, Counter[tuple[int, int]]()
    names = [built.range_names[name] for name in ranges.name]
    for at in range(start, end):
        who, row, _, wait = plain.at(goroutine, at)
        own, real = cause(built, wait), cause(built, row)
        within = [i for i in range(len(ranges)) if ranges.start[i] <= at < ranges.end[i]]
        assists = real == Cause.RUNNING and any(names[i] == ASSIST and ranges.goroutine[i] == who for i in within)
        stopped = real in (Cause.RUNNING, Cause.RUNNABLE) and any(names[i] == STOP for i in within)
        if assists or stopped:
            own, real = Cause.GC if own == real else own, Cause.GC
        expected[own, real] += 1
    path = critical_path(built, goroutine, start, end)
    found = blame(built, path)
    assert dict(zip(zip(found.own.tolist(), found.real.tolist(), strict=True), found.ns, strict=True)) == expected
    assert found.ns.sum() == end - start
    assert found.ns.tolist() == sorted(found.ns.tolist(), reverse=True)
    steps = set(zip(path.goroutine.tolist(), path.span.tolist(), path.wait.tolist(), strict=True))
    assert steps >= set(zip(found.goroutine.tolist(), found.span.tolist(), found.wait.tolist(), strict=True))


@given(st.data())
def test_the_links_of_a_chain(data: st.DataObject) -> None:
    built = data.draw(woken())
    waits = np.flatnonzero(built.spans.state == State.WAITING).tolist()
    if not waits:
        return
    ends, offsets = built.ends().tolist(), built.goroutines.offsets.tolist()
    links = chain(built, span := data.draw(st.sampled_from(waits)))
    assert links[0].span == span
    low, until = 0, built.duration_ns
    for at, link in enumerate(links):
        assert offsets[link.goroutine] <= link.span < offsets[link.goroutine + 1]
        assert built.spans.state[link.span] == State.WAITING
        assert (link.since, link.until) == (built.spans.start[link.span], ends[link.span])
        # Each lies, from some moment on, in all those before.
        low = max(low, link.since)
        assert low < link.until <= until
        until = link.until
        if link.by in (NOBODY, link.goroutine):
            assert at == len(links) - 1
            continue
        assert (link.by, link.stack) == (built.spans.by[link.span + 1], built.spans.stack[link.span + 1])
        lengths = {
            row: min(ends[row], until) - max(int(built.spans.start[row]), low)
            for row in range(offsets[link.by], offsets[link.by + 1])
            if built.spans.state[row] == State.WAITING
        }
        longest = max(lengths.values(), default=0)
        if longest <= 0:
            assert at == len(links) - 1
        else:
            assert links[at + 1].goroutine == link.by
            assert lengths[links[at + 1].span] == longest


# Scenes

LOCK = "sync @main.main;sync.(*Mutex).Lock"
GROUP = "sync @main.main;sync.(*WaitGroup).Wait"


def told(built: Trace, goroutine: int, start: int, end: int) -> list[tuple[int, int, int, int, str]]:
    """The path: start, end, goroutine, depth and what that did."""
    path = critical_path(built, goroutine, start, end)
    assert_tiles(path, start, end)
    columns = (path.start, path.end, path.goroutine, path.depth, path.span)
    return [
        (since, upto, who, depth, doing(built, span).name)
        for since, upto, who, depth, span in zip(*(each.tolist() for each in columns), strict=True)
    ]


def blamed(built: Trace, goroutine: int, start: int, end: int) -> dict[tuple[str, str], int]:
    found = blame(built, critical_path(built, goroutine, start, end))
    return {
        (Cause(own).name, Cause(real).name): ns
        for own, real, ns in zip(found.own.tolist(), found.real.tolist(), found.ns.tolist(), strict=True)
    }


def found(*spans: str) -> G:
    return G("main.main", spans, created=False)


def held_lock() -> Trace:
    return trace(
        found("0 running", f"10 waiting:{LOCK}", "90 runnable by:1 @main.other;sync.(*Mutex).Unlock", "95 running"),
        found("0 running", "20 waiting:network @main.other;net.read", "80 runnable", "85 running"),
        duration=120,
    )


def test_a_lock_held_by_who_waits_for_the_network() -> None:
    built = held_lock()
    assert told(built, 0, 0, 100) == [
        (0, 10, 0, 0, "RUNNING"),
        (10, 20, 1, 1, "RUNNING"),
        (20, 80, 1, 1, "NETWORK"),
        (80, 85, 1, 1, "RUNNABLE"),
        (85, 90, 1, 1, "RUNNING"),
        (90, 95, 0, 0, "RUNNABLE"),
        (95, 100, 0, 0, "RUNNING"),
    ]
    assert blamed(built, 0, 0, 100) == {
        ("LOCK", "NETWORK"): 60,
        ("LOCK", "RUNNING"): 15,
        ("RUNNING", "RUNNING"): 15,
        ("LOCK", "RUNNABLE"): 5,
        ("RUNNABLE", "RUNNABLE"): 5,
    }
    first = blame(built, critical_path(built, 0, 0, 100))
    assert (first.goroutine[0], first.span[0], first.wait[0]) == (1, 5, 1)
    stack = int(built.spans.stack[2])
    assert chain(built, 1) == [Link(0, 1, 10, 90, 1, stack), Link(1, 5, 20, 80, NOBODY, int(built.spans.stack[6]))]


def test_a_stretch_that_ends_within_a_wait() -> None:
    """What it waited for is known, though it goes on after the stretch."""
    assert told(held_lock(), 0, 5, 50) == [
        (5, 10, 0, 0, "RUNNING"),
        (10, 20, 1, 1, "RUNNING"),
        (20, 50, 1, 1, "NETWORK"),
    ]


def test_three_in_the_queue_for_a_lock() -> None:
    built = trace(
        found("0 running", f"30 waiting:{LOCK}", "100 runnable by:1", "101 running"),
        found("0 running", f"20 waiting:{LOCK}", "80 runnable by:2", "81 running"),
        found("0 running", f"10 waiting:{LOCK}", "50 runnable by:3", "51 running"),
        found("0 running"),
        duration=120,
    )
    assert told(built, 0, 30, 101) == [
        (30, 50, 3, 3, "RUNNING"),
        (50, 51, 2, 2, "RUNNABLE"),
        (51, 80, 2, 2, "RUNNING"),
        (80, 81, 1, 1, "RUNNABLE"),
        (81, 100, 1, 1, "RUNNING"),
        (100, 101, 0, 0, "RUNNABLE"),
    ]
    assert blamed(built, 0, 30, 100) == {("LOCK", "RUNNING"): 68, ("LOCK", "RUNNABLE"): 2}
    assert [(link.goroutine, link.by) for link in chain(built, 1)] == [(0, 1), (1, 2), (2, 3)]
    assert chain(built, 1, most=2) == chain(built, 1)[:2]


def test_what_was_over_before_the_first_wait_began_is_no_link_of_it() -> None:
    built = trace(
        found("0 running", f"50 waiting:{LOCK}", "100 runnable by:1", "101 running"),
        found("0 running", f"10 waiting:{LOCK}", "90 runnable by:2", "91 running"),
        found("0 running", "20 waiting:network", "40 runnable", "41 running"),
        duration=120,
    )
    assert [(link.goroutine, link.by) for link in chain(built, 1)] == [(0, 1), (1, 2)]
    # Of its waker's wait itself it is one.
    assert [(link.goroutine, link.by) for link in chain(built, 5)] == [(1, 2), (2, NOBODY)]


def test_a_wait_group_of_three_of_which_the_last_one_slept() -> None:
    built = trace(
        found("0 running", f"10 waiting:{GROUP}", "200 runnable by:3", "201 running"),
        G("main.work", ["1 runnable by:0", "11 running", "30 gone"]),
        G("main.work", ["2 runnable by:0", "12 running", "13 waiting:network", "50 runnable", "51 running", "60 gone"]),
        G(
            "main.work",
            ["3 runnable by:0", "15 running", "20 waiting:sleep", "195 runnable", "196 running", "200 gone"],
        ),
        duration=300,
    )
    assert blamed(built, 0, 0, 210) == {
        ("WAIT_GROUP", "SLEEP"): 175,
        ("RUNNING", "RUNNING"): 19,
        ("WAIT_GROUP", "RUNNING"): 9,
        ("WAIT_GROUP", "RUNNABLE"): 6,
        ("RUNNABLE", "RUNNABLE"): 1,
    }
    assert [(link.goroutine, link.since, link.until, link.by) for link in chain(built, 1)] == [
        (0, 10, 200, 3),
        (3, 20, 195, NOBODY),
    ]


def test_a_waker_created_while_it_was_waited_for() -> None:
    built = trace(
        found("0 running", "10 waiting:chan receive", "100 runnable by:1", "101 running"),
        G("main.work", ["30 runnable by:2", "35 running", "105 gone"]),
        found("0 running", "40 waiting:sleep"),
        duration=120,
    )
    assert told(built, 0, 10, 101) == [
        (10, 30, 2, 2, "RUNNING"),
        (30, 35, 1, 1, "RUNNABLE"),
        (35, 100, 1, 1, "RUNNING"),
        (100, 101, 0, 0, "RUNNABLE"),
    ]


def test_before_it_was_created_its_creator_goes_on_for_it() -> None:
    built = trace(
        G("main.work", ["60 runnable by:1", "65 running", "90 gone"]),
        found("0 running", f"10 waiting:{LOCK}", "40 runnable by:2", "41 running"),
        found("0 running", "20 waiting:network", "35 runnable", "36 running"),
        duration=100,
    )
    assert told(built, 0, 0, 90) == [
        (0, 10, 1, 1, "RUNNING"),
        (10, 20, 2, 2, "RUNNING"),
        (20, 35, 2, 2, "NETWORK"),
        (35, 36, 2, 2, "RUNNABLE"),
        (36, 40, 2, 2, "RUNNING"),
        (40, 41, 1, 1, "RUNNABLE"),
        (41, 60, 1, 1, "RUNNING"),
        (60, 65, 0, 0, "RUNNABLE"),
        (65, 90, 0, 0, "RUNNING"),
    ]
    assert blamed(built, 0, 0, 90)["LOCK", "NETWORK"] == 15


@pytest.mark.parametrize("by", ["", " by:-1", " by:0"])
def test_woken_by_a_timer_or_by_itself(by: str) -> None:
    built = trace(
        found("0 running", "10 waiting:chan receive", f"60 runnable{by}", "70 running"),
        found("0 running"),
        duration=100,
    )
    expected = [(0, 10, "RUNNING"), (10, 60, "CHANNEL"), (60, 70, "RUNNABLE"), (70, 80, "RUNNING")]
    assert told(built, 0, 0, 80) == [(start, end, 0, 0, what) for start, end, what in expected]
    assert len(chain(built, 1)) == 1


def test_nobody_ended_a_wait_that_goes_on() -> None:
    """The goroutine behind it in the columns is none of its business, though it is created where the stretch ends."""
    built = trace(
        found("0 running", "10 waiting:sync"),
        G("main.work", ["60 runnable by:2", "65 running"]),
        found("0 running"),
        duration=100,
    )
    assert told(built, 0, 0, 60) == [(0, 10, 0, 0, "RUNNING"), (10, 60, 0, 0, "LOCK")]
    assert chain(built, 1) == [Link(0, 1, 10, 100, NOBODY, 0)]


def test_beyond_what_is_known_of_a_goroutine() -> None:
    built = trace(found("0 running", "50 gone"), duration=100)
    assert told(built, 0, -20, 80) == [
        (-20, 0, 0, 0, "UNKNOWN"),
        (0, 50, 0, 0, "RUNNING"),
        (50, 80, 0, 0, "UNKNOWN"),
    ]
    assert blamed(built, 0, -20, 80) == {("UNKNOWN", "UNKNOWN"): 50, ("RUNNING", "RUNNING"): 50}
    assert not len(critical_path(built, 0, 40, 40))
    assert not len(blame(built, critical_path(built, 0, 40, 40)))


def test_what_the_collector_took() -> None:
    built = trace(
        found("0 running", "100 runnable by:0", "140 running"),
        duration=200,
        ranges=[
            R(ASSIST, 20, 50, 0, 0),
            # Whoever ends the marking does so within its assist.
            R(STOP, 40, 48, 0, 0),
            R("stop-the-world (read mem stats)", 60, 70, 0, 0),
            R(STOP, 95, 110, 1, 1),
        ],
    )
    assert blamed(built, 0, 0, 200) == {
        ("RUNNING", "RUNNING"): 125,
        ("GC", "GC"): 45,
        ("RUNNABLE", "RUNNABLE"): 30,
    }


def test_the_collector_in_the_way_of_a_waker() -> None:
    built = trace(
        found("0 running", f"10 waiting:{LOCK}", "90 runnable by:1", "95 running"),
        found("0 running"),
        duration=100,
        ranges=[R(ASSIST, 30, 70, 1, 1)],
    )
    assert blamed(built, 0, 10, 90) == {("LOCK", "RUNNING"): 40, ("LOCK", "GC"): 40}


def test_of_a_path_without_end_the_last_part() -> None:
    built = trace(
        found("0 running", "10 waiting:sync", "20 runnable by:1", "21 running", "30 waiting:sync", "40 runnable by:1"),
        found("0 running"),
        duration=100,
    )
    with patch.object(analysis.chain, "_SPANS", 3):
        assert told(built, 0, 0, 50) == [
            (0, 10, 0, 0, "RUNNING"),
            (10, 20, 0, 0, "LOCK"),
            (20, 21, 0, 0, "RUNNABLE"),
            (21, 30, 0, 0, "RUNNING"),
            (30, 40, 1, 1, "RUNNING"),
            (40, 50, 0, 0, "RUNNABLE"),
        ]
        assert not critical_path(built, 0, 0, 50).whole
    assert critical_path(replace(built, memo={}), 0, 0, 50).whole


def test_the_slowest_query_of_the_gateway() -> None:
    """It waited for shards of which the last one slept, and for the quota's lock, whose holder asked upstream."""
    built = read_trace((SAMPLES / "gateway.trace").read_bytes())
    queries = requests(built, type_named(built, "query"))
    row = int(slowest(queries)[0])
    start, end = int(queries.start[row]), int(queries.end[row])
    assert end - start == 204_547_392
    path = critical_path(built, int(queries.last[row]), start, end)
    assert_tiles(path, start, end)
    found = blame(built, path)
    assert found.ns.sum() == end - start
    assert [(Cause(own), Cause(real)) for own, real in zip(found.own[:2], found.real[:2], strict=True)] == [
        (Cause.WAIT_GROUP, Cause.SLEEP),
        (Cause.LOCK, Cause.NETWORK),
    ]
    assert round(found.ns[0] / 1e6) == 120
    assert round(found.ns[1] / 1e6) == 65


def test_moments_of_the_gateways_queries() -> None:
    built = read_trace((SAMPLES / "gateway.trace").read_bytes())
    queries, plain = requests(built, type_named(built, "query")), Plain(built)
    deepest = 0
    for row in slowest(queries)[:20].tolist():
        goroutine, start, end = int(queries.last[row]), int(queries.start[row]), int(queries.end[row])
        path = critical_path(built, goroutine, start, end)
        assert_tiles(path, start, end)
        assert blame(built, path).ns.sum() == end - start
        deepest = max(deepest, int(path.depth.max()))
        for at in np.linspace(start, end - 1, 30).astype(np.int64).tolist():
            step = int(np.searchsorted(path.end, at, side="right"))
            told = tuple(int(column[step]) for column in (path.goroutine, path.span, path.depth, path.wait))
            assert told == plain.at(goroutine, at)
    assert deepest > 2
