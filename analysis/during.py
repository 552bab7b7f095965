"""What goroutines did between any two moments: the time in each state, and of waiting by its reason.

`analysis.goroutines` says so of all goroutines and one window; here each has its own, and many at once cost little.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.activity import ends
from analysis.cover import Cover, cover, ranges_named
from analysis.goroutines import ASSIST, lives
from analysis.memo import memo
from analysis.prefix import Added, Prefix, last_at, prefix
from parsers.chunks import in_order
from parsers.trace.model import Int64, State, Trace

_STATES = len(State)
# Rows at once: each takes some thirty spans, at either end of its stretch, to what is summed up.
_CHUNK = 1 << 13


@dataclass(frozen=True, eq=False, slots=True)
class Times:
    """int64 columns with a row per goroutine and stretch of time, in nanoseconds, named as in `GoroutineStats`.

    `total` is what of the stretch the goroutine lived, `blocked` the sum of `reasons`, of which only those are there
    that any row has time of. `assist`, in mark assists, is part of the other times as well.
    """

    total: Int64
    exec: Int64
    sched_wait: Int64
    syscall: Int64
    syscall_block: Int64
    blocked: Int64
    assist: Int64
    reasons: dict[str, Int64]

    def __len__(self) -> int:
        return len(self.total)


def during(trace: Trace, goroutine: Int64, start: Int64, end: Int64) -> Times:
    """The times of each `goroutine` (row of Trace.goroutines, -1: none) from its `start` to its `end`: int64[n] each.

    They are those that `goroutine_stats` gives it of such a window, and so under `Trace.compat` the difference of two
    of Go's snapshots (GoroutineExecStats.sub of internal/trace).
    """
    if trace.compat:
        alive = lives(trace)
        since = np.append(alive.created, 0)[goroutine]
        until = np.append(np.where(alive.ended >= 0, alive.ended, trace.duration_ns), 0)[goroutine]
        start, end = np.clip(start, since, until), np.clip(end, since, until)
    times = np.stack((start, np.maximum(start, end)), axis=1)
    known = np.flatnonzero(goroutine >= 0)
    sums = _sums(trace)

    def some(rows: Int64) -> Int64:
        return _between(trace, sums, goroutine[rows], times[rows])

    found = np.zeros((sums.width, len(goroutine)), np.int64)
    parts = np.array_split(known, len(known) // _CHUNK + 1)
    for part, figures in zip(parts, in_order(some, parts), strict=True):
        found[:, part] = figures.T
    runnable, syscall, blocked = (found[each] for each in (State.RUNNABLE, State.SYSCALL, State.SYSCALL_BLOCKED))
    total, waiting = found.sum(axis=0), found[_STATES:]
    if trace.compat:
        # As `goroutine_stats` does, and says why.
        still = np.zeros(len(goroutine), np.int64)
        still[known] = _open_calls(trace, goroutine[known], times[known])
        runnable, syscall, blocked = runnable + still, syscall + still, blocked - still
    return Times(
        total,
        found[State.RUNNING],
        runnable,
        syscall,
        blocked,
        waiting.sum(axis=0),
        _assists(trace).between(goroutine, times)[:, 0],
        {reason: column for reason, column in zip(trace.reasons, waiting, strict=True) if column.any()},
    )


def _between(trace: Trace, sums: Prefix, goroutine: Int64, times: Int64) -> Int64:
    """int64[n, states and reasons]: from the first to the second of `times`, int64[n, 2]."""
    spans, offsets = trace.spans, trace.goroutines.offsets
    low = offsets[goroutine]
    at = last_at(spans.start, None, low, offsets[goroutine + 1], times)
    row = np.maximum(at, low[:, None])
    found = sums.between(row)[:, 0]
    # Of the spans at both ends, what lies before that end.
    part = np.minimum(times, ends(trace, row)) - spans.start[row]
    part[(at < row) | (spans.state[row] == State.GONE)] = 0
    counter, each = _counters(trace, row), np.arange(len(row))
    found[each, counter[:, 1]] += part[:, 1]
    found[each, counter[:, 0]] -= part[:, 0]
    return found


def _counters(trace: Trace, rows: Int64) -> Int64:
    """Where the time of spans is counted: with their state, or behind those with the reason that they wait for."""
    state = trace.spans.state[rows].astype(np.int64)
    return np.where(state == State.WAITING, _STATES + trace.spans.reason[rows].astype(np.int64), state)


@memo
def _sums(trace: Trace) -> Prefix:
    return prefix(len(trace.spans), _STATES + len(trace.reasons), _lengths(trace))


def _lengths(trace: Trace) -> Callable[[Int64], Added]:
    def adds(rows: Int64) -> Added:
        counter = _counters(trace, rows)
        length = np.where(counter == State.GONE, 0, ends(trace, rows) - trace.spans.start[rows])
        return np.arange(len(rows)), counter, length

    return adds


def _open_calls(trace: Trace, goroutine: Int64, times: Int64) -> Int64:
    """int64[n]: the time in system calls that are blocked at the trace's end."""
    last = trace.goroutines.offsets[goroutine + 1] - 1
    still = trace.spans.state[last] == State.SYSCALL_BLOCKED
    return np.where(still, np.maximum(times[:, 1] - np.maximum(trace.spans.start[last], times[:, 0]), 0), 0)


@memo
def _assists(trace: Trace) -> Cover:
    """The mark assists, on the lanes of whose they are."""
    rows, ranges = ranges_named(trace, ASSIST), trace.ranges
    rows = rows[ranges.goroutine[rows] >= 0]
    return cover(ranges.goroutine[rows].astype(np.int64), ranges.start[rows], ranges.end[rows])
