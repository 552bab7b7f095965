"""Where each goroutine spent its time, as the summary of Go's internal/trace (summary.go) counts it.

A goroutine is in one state at a time, so its states' times add up to its life. Under `Trace.compat` the figures are
those of Go's own summary instead, which has other rules in three places: a system call that is still blocked at the end
counts as waiting for a P and once more as running in the call, waiting for ever ends a goroutine, and of one that C
calls back into only the last life counts.
"""

from dataclasses import dataclass

import numpy as np

from analysis.memo import memo, memo_few
from analysis.spans import stretch, stretches
from analysis.stacks import add_by_node
from analysis.view import Window
from parsers.chunks import in_order
from parsers.trace.model import Bool, Int64, State, Trace, UInt8

ASSIST = "GC mark assist"
SWEEP = "GC incremental sweep"
STOPPED = "stop-the-world"
# As internal/trace's page calls them.
UNNAMED = "(Inactive, no stack trace sampled)"
FOREVER = "forever"
# `Ranges.ended_by` of what is open at the trace's end.
STILL_OPEN = -2
_STATES = len(State)
# Cells of a table of goroutines by reason that is never whole.
_CELLS = 1 << 20


@dataclass(frozen=True, eq=False, slots=True)
class Lives:
    """Moments of every goroutine: int64, -1 for one that never came.

    `created` is when it was created or, where that was before the trace, the moment from which on the trace knows it;
    `ended` when it ended. Of a goroutine with several lives, they are the first one's beginning and the last one's end;
    under `Trace.compat` both are the last one's. `first` is the row of the span that its figures start with.
    """

    first: Int64
    created: Int64
    ended: Int64


@dataclass(frozen=True, eq=False, slots=True)
class Shares:
    """Times that goroutines have few of: those of goroutine g are rows `offsets[g]` to `offsets[g + 1]`, by kind."""

    offsets: Int64  # n + 1
    kind: UInt8  # row of Trace.reasons, or of Trace.range_names
    ns: Int64  # never 0

    def owners(self) -> Int64:
        """int64 per row: whose it is."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def of(self, goroutine: int) -> list[tuple[int, int]]:
        """The kinds that a goroutine has any time of, each with that time."""
        rows = slice(int(self.offsets[goroutine]), int(self.offsets[goroutine + 1]))
        return list(zip(self.kind[rows].tolist(), self.ns[rows].tolist(), strict=True))


@dataclass(frozen=True, eq=False, slots=True)
class GoroutineStats:
    """int64 columns with a row per goroutine of the trace, in nanoseconds; of a window what lies inside it.

    `total` is the time that it lived, `blocked` the sum of its `reasons`. What it spent in mark assists, sweeps and
    stop-the-world pauses (`ranges`) is part of the other times as well. `lives` is the same for every window.
    """

    lives: Lives
    total: Int64
    exec: Int64
    sched_wait: Int64
    syscall: Int64
    syscall_block: Int64
    blocked: Int64
    reasons: Shares
    ranges: Shares
    present: Bool  # lived in the window

    def __len__(self) -> int:
        return len(self.total)


def group_name(trace: Trace, name: int) -> str:
    """What goroutines are called whose entry function is row `name` of the trace's strings."""
    return trace.strings[name] or UNNAMED


@memo
def lives(trace: Trace) -> Lives:
    """When every goroutine came and ended."""
    spans, offsets = trace.spans, trace.goroutines.offsets
    first, last = offsets[:-1], offsets[1:] - 1
    gone = spans.state[last] == State.GONE
    if trace.compat:
        first = _last_lives(trace)
        gone |= _waits_forever(trace, last)
    ended = np.where(gone, spans.start[last], -1)
    return Lives(first, spans.start[first], ended)


@memo
def started(trace: Trace) -> Int64:
    """int64 per goroutine: when it first ran, under `Trace.compat` in its last life; -1 for one that never did."""
    spans, offsets = trace.spans, trace.goroutines.offsets
    first = _told(trace, lives(trace).first) if trace.compat else lives(trace).first
    found = np.full(len(first), -1, np.int64)
    for begin, end in stretches(trace):
        running = np.flatnonzero(spans.state[begin:end] == State.RUNNING) + begin
        of = slice(int(np.searchsorted(offsets, begin, side="right")) - 1, int(np.searchsorted(offsets, end)))
        place = np.searchsorted(running, first[of])
        row = np.append(running, len(spans))[place]
        ran = np.flatnonzero((row < offsets[1:][of]) & (found[of] < 0)) + of.start
        found[ran] = spans.start[row[ran - of.start]]
    return found


def _told(trace: Trace, first: Int64) -> Int64:
    """The rows `first`, or the ones behind where a goroutine was found running: to Go it started when that was said."""
    state = trace.spans.state
    behind = np.minimum(first + 1, trace.goroutines.offsets[1:] - 1)
    found = ~trace.goroutines.created & (state[first] == State.RUNNING) & (state[behind] == State.RUNNING)
    return np.where(found, behind, first)


def _last_lives(trace: Trace) -> Int64:
    """The row that the last life of every goroutine begins with."""
    offsets = trace.goroutines.offsets
    first = offsets[:-1].copy()
    gone = np.flatnonzero(trace.spans.state == State.GONE)
    owner = np.searchsorted(offsets, gone, side="right") - 1
    between = gone + 1 < offsets[owner + 1]
    np.maximum.at(first, owner[between], gone[between] + 1)
    return first


def _waits_forever(trace: Trace, rows: Int64) -> Bool:
    if FOREVER not in trace.reasons:
        return np.zeros(len(rows), np.bool_)
    spans = trace.spans
    reason = np.where(spans.state[rows] == State.WAITING, spans.reason[rows], 0)
    forever: Bool = reason == trace.reasons.index(FOREVER)
    return forever


@memo_few
def goroutine_stats(trace: Trace, window: Window | None = None) -> GoroutineStats:
    """The times of every goroutine, or what of them lies in `window`."""
    n, kinds = len(trace.goroutines), max(1, len(trace.reasons))
    alive = lives(trace)
    times = np.zeros((_STATES, n), np.int64)
    owner, kind, ns = [], [], []

    def part(bounds: tuple[int, int]) -> tuple[int, Int64, Int64, Int64]:
        return _part(trace, bounds, window, alive.first, kinds)

    for base, states, cell, spent in in_order(part, stretches(trace, max(1, _CELLS // kinds))):
        times[:, base : base + len(states)] += states.T
        owner.append(cell // kinds + base)
        kind.append((cell % kinds).astype(np.uint8))
        ns.append(spent)
    reasons = _shares(n, owner, kind, ns)
    blocked = times[State.WAITING]
    # What is gone takes no time: its row holds the time of life.
    total = times[State.GONE]
    np.sum(times[State.RUNNABLE :], axis=0, out=total)
    if trace.compat:
        _book_open_syscalls(trace, times, window)
    if window is None:
        present = np.ones(n, np.bool_)
    else:
        present = (total > 0) | ((alive.created >= window.start) & (alive.created < window.end))
    return GoroutineStats(
        alive,
        total,
        times[State.RUNNING],
        times[State.RUNNABLE],
        times[State.SYSCALL],
        times[State.SYSCALL_BLOCKED],
        blocked,
        reasons,
        _ranges(trace, alive, window),
        present,
    )


def _part(
    trace: Trace, bounds: tuple[int, int], window: Window | None, first: Int64, kinds: int
) -> tuple[int, Int64, Int64, Int64]:
    """Of a stretch of spans: its first goroutine, int64[goroutines, states] the times, and those by reason.

    The latter as the cells that are not 0 of a table of goroutines by reason, and what is in them.
    """
    some = stretch(trace, *bounds, window)
    state, spent = some.state, some.end - some.start
    # A goroutine's end takes no time, but what lies between two lives does.
    spent[state == State.GONE] = 0
    if trace.compat:
        spent[(some.row < first[some.base + some.owner]) | _waits_forever(trace, some.row)] = 0
    cell = some.owner * _STATES + state
    waiting = np.flatnonzero(state == State.WAITING)
    behind = some.count * _STATES
    cell[waiting] = behind + some.owner[waiting] * kinds + trace.spans.reason[some.row[waiting]]
    sums = add_by_node(spent, cell, some.count * (_STATES + kinds))
    states, by_reason = sums[:behind].reshape(some.count, _STATES), sums[behind:]
    states[:, State.WAITING] = by_reason.reshape(some.count, kinds).sum(axis=1)
    filled = np.flatnonzero(by_reason)
    return some.base, states, filled, by_reason[filled]


def _book_open_syscalls(trace: Trace, times: Int64, window: Window | None) -> None:
    """Count system calls that are blocked at the end as Go does (snapshotStat), in `times` by state and goroutine."""
    spans, offsets = trace.spans, trace.goroutines.offsets
    last = offsets[1:] - 1
    still = np.flatnonzero(spans.state[last] == State.SYSCALL_BLOCKED)
    start, end = spans.start[last[still]], np.full(len(still), trace.duration_ns)
    if window is not None:
        start, end = np.clip(start, window.start, window.end), np.clip(end, window.start, window.end)
    spent = end - start
    times[State.SYSCALL_BLOCKED, still] -= spent
    times[State.SYSCALL, still] += spent
    # One that was found in its call has been there without ever losing a P, says Go.
    entered = (last[still] > offsets[:-1][still]) | trace.goroutines.created[still]
    times[State.RUNNABLE, still[entered]] += spent[entered]


def _ranges(trace: Trace, alive: Lives, window: Window | None) -> Shares:
    """Mark assists, sweeps and pauses of the goroutine that began them; a sweep that another one ended is nobody's."""
    ranges = trace.ranges
    rows = np.flatnonzero(ranges.goroutine >= 0)
    owner, start, end = ranges.goroutine[rows].astype(np.int64), ranges.start[rows], ranges.end[rows]
    mine = (ranges.ended_by[rows] == owner) | (ranges.ended_by[rows] == STILL_OPEN)
    if trace.compat:
        mine, end = _compat_ranges(trace, alive, rows)
    if window is not None:
        start, end = np.clip(start, window.start, window.end), np.clip(end, window.start, window.end)
    spent = end - start
    return _shares(len(trace.goroutines), [owner[mine]], [ranges.name[rows[mine]]], [spent[mine]])


def _compat_ranges(trace: Trace, alive: Lives, rows: Int64) -> tuple[Bool, Int64]:
    """Which of the ranges `rows` Go's summary counts, and the ends that it takes.

    A range that is not ended by whom it was begun stays open in its books, until the goroutine begins another one of
    the kind or ends.
    """
    ranges = trace.ranges
    owner, name, start = ranges.goroutine[rows], ranges.name[rows], ranges.start[rows]
    closed = ranges.ended_by[rows] == owner
    order = np.lexsort((start, name, owner))
    final = np.ones(len(order), np.bool_)
    final[order[:-1]] = (np.diff(owner[order]) != 0) | (np.diff(name[order].astype(np.int16)) != 0)
    life = np.where(alive.ended >= 0, alive.ended, trace.duration_ns)
    counted: Bool = (start >= alive.created[owner]) & (closed | final)
    return counted, np.where(closed, ranges.end[rows], life[owner])


def _shares(n: int, owners: list[Int64], kinds: list[UInt8], times: list[Int64]) -> Shares:
    """What belongs together added up, in the order of goroutines and kinds."""
    owner = np.concatenate(owners) if owners else np.zeros(0, np.int64)
    kind = np.concatenate(kinds) if kinds else np.zeros(0, np.uint8)
    ns = np.concatenate(times) if times else np.zeros(0, np.int64)
    key = owner << 8 | kind
    if (key[1:] <= key[:-1]).any():
        order = np.argsort(key, kind="stable")
        begins = np.flatnonzero(np.diff(key[order], prepend=-1))
        owner, kind = owner[order[begins]], kind[order[begins]]
        ns = np.add.reduceat(ns[order], begins)
    some = ns != 0
    if not some.all():
        owner, kind, ns = owner[some], kind[some], ns[some]
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(owner, minlength=n), out=offsets[1:])
    return Shares(offsets, kind, ns)
