"""How much the Ps had to do: busy and idle, what waited for one, and what waited although one was free."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.cover import Cover, cover, ranges_named
from analysis.goroutines import STOPPED
from analysis.memo import memo, memo_few
from analysis.prefix import by_start
from analysis.spans import stretch, stretches
from analysis.view import Window
from parsers.chunks import in_order
from parsers.trace.model import Int32, Int64, ProcState, Series, State, Trace

# More than there can be Ps: while the world is stopped none of them is free.
_STOPPED = 1 << 20


@dataclass(frozen=True, slots=True)
class Load:
    """What Ps did, in nanoseconds added up over all of them, and what they did not.

    `capacity` is what GOMAXPROCS Ps had to give, `busy` what of it was taken. `idle_while_runnable` is for how long, of
    the time that passed, a goroutine waited for a P while some P had nothing to do; when the world was stopped, Ps do
    not count as free.
    """

    capacity: int
    busy: int
    idle_while_runnable: int


@dataclass(frozen=True, eq=False, slots=True)
class Intervals:
    """Stretches of time that do not overlap, in order."""

    start: Int64
    end: Int64

    def until(self, times: Int64) -> Int64:
        """How much of the time before each moment lies in them."""
        sums = np.concatenate([[0], np.cumsum(self.end - self.start)])
        at = np.searchsorted(self.start, times, side="right")
        last = np.maximum(at - 1, 0)
        if not len(self.start):
            return np.zeros(len(times), np.int64)
        # The last one may not be over yet.
        return np.where(at > 0, sums[at] - np.maximum(self.end[last] - times, 0), 0)

    def inside(self, edges: Int64) -> Int64:
        """int64[edges - 1]: how much of the time between one of `edges` and the next lies in them."""
        return np.diff(self.until(edges))


@memo_few
def load(trace: Trace, window: Window | None = None) -> Load:
    """Of all that is complete, or of a window."""
    seen = window or complete(trace)
    edges = np.array([seen.start, seen.end])
    return Load(
        capacity=int(capacity(trace, edges)[0]),
        busy=int(_running(trace).between(np.zeros(1, np.int64), edges[None, :])[0, 0]),
        idle_while_runnable=int(idle_while_runnable(trace).inside(edges)[0]),
    )


def complete(trace: Trace) -> Window:
    """What of a trace is not provisional: there, Ps seem idle of which the events are still to be written."""
    return Window(0, max(1, trace.provisional_ns or trace.duration_ns))


def busy_share(trace: Trace, edges: Int64) -> NDArray[np.float64]:
    """float64[edges - 1]: how much of what the Ps had to give between one of `edges` and the next was taken.

    0 where they had nothing to give, or the trace does not say how many there are.
    """
    busy, given = _running(trace).between(np.zeros(1, np.int64), edges[None, :])[0], capacity(trace, edges)
    share: NDArray[np.float64] = np.divide(busy, given, out=np.zeros(len(given)), where=given > 0)
    return share


def idle_share(trace: Trace, edges: Int64) -> NDArray[np.float64]:
    """float64[edges - 1]: for how much of that time goroutines were runnable while a P had nothing to do."""
    return idle_while_runnable(trace).inside(edges) / np.maximum(np.diff(edges), 1)


@memo
def idle_while_runnable(trace: Trace) -> Intervals:
    """When at least one goroutine waited for a P, and at least one P had nothing to do."""
    free = proc_free(trace)
    # One further on than all, that there be a next one behind each wait.
    next_free, last_free = np.append(free.start, trace.duration_ns + 1), free.end

    def part(bounds: tuple[int, int]) -> tuple[Int64, Int64]:
        some = stretch(trace, *bounds)
        rows = np.flatnonzero(some.state == State.RUNNABLE)
        start, end = some.start[rows], some.end[rows]
        # While all Ps are busy, which is when most wait, it does not matter who does.
        matters = np.flatnonzero(next_free[np.searchsorted(last_free, start)] <= end)
        return start[matters], end[matters]

    parts = [np.zeros((2, 0), np.int64), *in_order(part, stretches(trace))]
    waiting = union(*map(np.concatenate, zip(*parts, strict=True)))
    start, end = np.concatenate([waiting.start, free.start]), np.concatenate([waiting.end, free.end])
    edges, going_on = _edges(start, end)
    both = np.flatnonzero(going_on == 2)
    return Intervals(edges[both] >> 1, edges[both + 1] >> 1)


@memo
def proc_free(trace: Trace) -> Intervals:
    """When at least one of GOMAXPROCS Ps had nothing to do; not while the world was stopped."""
    procs = trace.procs
    running = procs.state == ProcState.RUNNING
    stops = ranges_named(trace, STOPPED)
    # The Ps that there are before the trace says how many: as many as it says first.
    limit = trace.gomaxprocs.value
    steps = np.diff(limit, prepend=0)
    when = np.where(np.arange(len(limit)) == 0, 0, trace.gomaxprocs.time)
    changes = (
        (when, steps),
        (procs.start[running], np.full(int(running.sum()), -1)),
        (_proc_ends(trace)[running], np.full(int(running.sum()), 1)),
        (trace.ranges.start[stops], np.full(len(stops), -_STOPPED)),
        (trace.ranges.end[stops], np.full(len(stops), _STOPPED)),
    )
    time, change = (np.concatenate(columns) for columns in zip(*changes, strict=True))
    if not len(time):
        return Intervals(time, time)
    order = by_start(time)
    time, free = time[order], np.cumsum(change[order]) > 0
    # Of what happens at one moment only all of it counts.
    settled = np.append(time[1:] > time[:-1], True)
    time, free = time[settled], free[settled]
    turns = np.flatnonzero(np.diff(free, prepend=False))
    edges = time[turns]
    if len(edges) % 2:
        edges = np.append(edges, trace.duration_ns)
    return Intervals(edges[::2], edges[1::2])


def union(start: Int64, end: Int64) -> Intervals:
    """The stretches that intervals, which may overlap, cover together."""
    edges, going_on = _edges(start, end)
    shuts = np.flatnonzero(going_on == 0)
    opens = np.append(0, shuts[:-1] + 1)[: len(shuts)]
    return Intervals(edges[opens] >> 1, edges[shuts] >> 1)


def _edges(start: Int64, end: Int64) -> tuple[Int64, Int32]:
    """What begins and ends in the order of time, each moment twice, plus 1 for an end; and how many go on from then."""
    edges = np.concatenate([start << 1, end << 1 | 1])
    edges.sort()
    return edges, np.cumsum(1 - 2 * (edges & 1).astype(np.int8), dtype=np.int32)


@memo
def _running(trace: Trace) -> Cover:
    """When Ps ran, all on one lane."""
    running = np.flatnonzero(trace.procs.state == ProcState.RUNNING)
    return cover(np.zeros(len(running), np.int64), trace.procs.start[running], _proc_ends(trace)[running])


def _proc_ends(trace: Trace) -> Int64:
    """When each state of a P ends."""
    procs = trace.procs
    end = np.append(procs.start[1:], trace.duration_ns)[: len(procs.start)]
    last = procs.offsets[1:] - 1
    end[last[procs.offsets[1:] > procs.offsets[:-1]]] = trace.duration_ns
    return end


def capacity(trace: Trace, edges: Int64) -> Int64:
    """int64[edges - 1]: what GOMAXPROCS Ps had to give between one of `edges` and the next (ns), within the trace."""
    series, edges = trace.gomaxprocs, np.clip(edges, 0, trace.duration_ns)
    if not len(series):
        return np.zeros(len(edges) - 1, np.int64)
    # What it is first it has been before.
    time = series.time
    given = np.concatenate([[0], np.cumsum(np.diff(time) * series.value[:-1])])
    at = np.maximum(np.searchsorted(time, edges, side="right") - 1, 0)
    until: Int64 = given[at] + (edges - time[at]) * series.value[at]
    return np.diff(until)


def changes(series: Series) -> list[tuple[int, int]]:
    """The moments at which a number took another value, the first one included, with the value."""
    kept = np.flatnonzero(np.diff(series.value, prepend=-1))
    return [(int(series.time[at]), int(series.value[at])) for at in kept]
