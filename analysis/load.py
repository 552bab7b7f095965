"""How much the Ps had to do: busy and idle, what waited for one, and what waited although one was free."""

from dataclasses import dataclass

import numpy as np

from analysis.activity import ends
from analysis.cover import ranges_named
from analysis.goroutines import STOPPED
from analysis.memo import memo, memo_few
from analysis.prefix import by_start
from analysis.view import Window
from parsers.trace.model import Int64, ProcState, Series, State, Trace

# More than there can be Ps: while the world is stopped none of them is free.
_STOPPED = 1 << 20


@dataclass(frozen=True, slots=True)
class Load:
    """What Ps and goroutines did, in nanoseconds added up over all of them.

    `capacity` is what GOMAXPROCS Ps had to give, `busy` what of it was taken. `runnable` is how long goroutines waited
    for a P, `idle_while_runnable` for how long, of the time that passed, one did while some P had nothing to do; when
    the world was stopped, Ps do not count as free.
    """

    capacity: int
    busy: int
    runnable: int
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

    def within(self, window: Window) -> "Intervals":
        start, end = np.clip(self.start, window.start, window.end), np.clip(self.end, window.start, window.end)
        return Intervals(start[end > start], end[end > start])

    def shared(self, other: "Intervals") -> int:
        """How long both last at once."""
        return int((self.until(other.end) - self.until(other.start)).sum())


@memo_few
def load(trace: Trace, window: Window | None = None) -> Load:
    """Of the whole trace, or of a window."""
    seen = window or Window(0, trace.duration_ns)
    procs = trace.procs
    running = procs.state == ProcState.RUNNING
    busy = _inside(procs.start[running], _proc_ends(trace)[running], seen)
    rows = runnable_spans(trace)
    runnable = _inside(trace.spans.start[rows], ends(trace, rows), seen)
    waited = waiting_for_a_proc(trace).within(seen)
    return Load(_capacity(trace, seen), busy, runnable, proc_free(trace).shared(waited))


def runnable_spans(trace: Trace) -> Int64:
    return np.flatnonzero(trace.spans.state == State.RUNNABLE)


@memo
def waiting_for_a_proc(trace: Trace) -> Intervals:
    """When at least one goroutine was runnable."""
    rows = runnable_spans(trace)
    return union(trace.spans.start[rows], ends(trace, rows))


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
    # Moments that tell in their last bit whether something ends there: sorted at once, they are what happens in order.
    edges = np.concatenate([start << 1, end << 1 | 1])
    edges.sort()
    going_on = np.cumsum(1 - 2 * (edges & 1).astype(np.int8), dtype=np.int32)
    shuts = np.flatnonzero(going_on == 0)
    opens = np.append(0, shuts[:-1] + 1)[: len(shuts)]
    return Intervals(edges[opens] >> 1, edges[shuts] >> 1)


def _proc_ends(trace: Trace) -> Int64:
    """When each state of a P ends."""
    procs = trace.procs
    end = np.append(procs.start[1:], trace.duration_ns)[: len(procs.start)]
    last = procs.offsets[1:] - 1
    end[last[procs.offsets[1:] > procs.offsets[:-1]]] = trace.duration_ns
    return end


def _inside(start: Int64, end: Int64, window: Window) -> int:
    spent = np.clip(end, window.start, window.end) - np.clip(start, window.start, window.end)
    return int(spent.sum())


def _capacity(trace: Trace, window: Window) -> int:
    series = trace.gomaxprocs
    if not len(series):
        return 0
    time = np.append(np.where(np.arange(len(series)) == 0, 0, series.time), trace.duration_ns)
    spent = np.diff(np.clip(time, window.start, window.end))
    return int((spent * series.value).sum())


def changes(series: Series) -> list[tuple[int, int]]:
    """The moments at which a number took another value, the first one included, with the value."""
    kept = np.flatnonzero(np.diff(series.value, prepend=-1))
    return [(int(series.time[at]), int(series.value[at])) for at in kept]
