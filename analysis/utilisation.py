"""How much of its Ps a program had to itself while garbage was collected: mutator utilisation, over time and at worst.

It is 1 less the share of GOMAXPROCS whose Ps work for the collector, and 0 while a collection has stopped the world
(internal/trace's gc.go, the view of the system as a whole). A P works for the collector where a mark worker runs on it
that is not idle, where a goroutine runs in a mark assist, or where it sweeps. Go counts a mark worker once more each
time that it starts again, and never ends that (1.22 to 1.27): so do we under `Trace.compat`, and nowhere else. How
means over windows are found, `analysis.windows` knows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.activity import ends
from analysis.cover import assists, ranges_named
from analysis.errors import ViewError
from analysis.goroutines import ASSIST, STOPPED, SWEEP
from analysis.memo import memo_last
from analysis.prefix import last_at, ragged
from analysis.windows import Float64, Steps
from parsers.trace.model import Bool, Int64, State, Trace

FLAGS = ("stw", "mark", "assist", "sweep")
DEFAULT_FLAGS = frozenset({"stw", "mark", "assist"})
# What `go tool trace` plots: windows of six decades, from where the least utilisation is as good as none.
_PLOTTED = 100
_DECADES = 10**6
_NONE = 0.0001
# The label of a mark worker begins with this; one that only uses up idle time takes nothing from the program.
_WORKER = "GC "
_IDLE = "GC (idle)"


class Utilisation(Steps):
    """Mutator utilisation over time.

    `time` is int64[n], strictly increasing, the last one the trace's end; `value` is float64[n], `value[i]` from
    `time[i]` to `time[i + 1]`, and its last one that before it. It begins where the trace first tells how many Ps there
    are, and under `Trace.compat` ends early where it would end at 0.
    """


@dataclass(frozen=True, eq=False, slots=True)
class Curve:
    """The least utilisation in windows of growing lengths: int64 nanoseconds, float64."""

    window: Int64
    least: Float64


@dataclass(frozen=True, eq=False, slots=True)
class _Work:
    """Times at which something for the collector begins on a P, or ends: int64 columns, `change` is 1 or -1."""

    time: Int64
    proc: Int64
    change: Int64


@memo_last(4)
def utilisation(trace: Trace, flags: frozenset[str] = DEFAULT_FLAGS) -> Utilisation:
    """The utilisation as what is named by `flags`, of FLAGS, takes from it. Raises ViewError for another one."""
    return counted(trace, flags, again=trace.compat)


def mmu(trace: Trace, windows_ns: Int64, flags: frozenset[str] = DEFAULT_FLAGS) -> NDArray[np.float64]:
    """Minimum mutator utilisation: float64 per window, the least mean in any window of that length.

    A window longer than the trace is taken for the trace as a whole. Raises ViewError as `utilisation` does.
    """
    return utilisation(trace, flags).least(windows_ns)


def mut(
    trace: Trace, window_ns: int, shares: tuple[float, ...], flags: frozenset[str] = DEFAULT_FLAGS
) -> NDArray[np.float64]:
    """float64 per share: the utilisation that so many of all windows of a length have, or less.

    A share is a number from 0, for the least, to 1; Go's page draws 0, 0.001, 0.01 and 0.05. What Go gives is the least
    for every share (its `addMU` returns before it counts any): so do we under `Trace.compat`.
    """
    steps = utilisation(trace, flags)
    return steps.shares(window_ns, (0.0,) * len(shares) if trace.compat else shares)


def worst(
    trace: Trace, window_ns: int, count: int = 10, flags: frozenset[str] = DEFAULT_FLAGS
) -> tuple[Int64, NDArray[np.float64]]:
    """The starts, int64, and the utilisation, float64, of up to `count` windows of a length, the worst ones first.

    They do not overlap, and the program has less than all to itself in each: first the worst of all, the earliest of
    equals, then the worst of those beside it, and so on. Go promises of its own only that they do not overlap.
    """
    return utilisation(trace, flags).worst(window_ns, count)


def mean(trace: Trace, flags: frozenset[str] = DEFAULT_FLAGS) -> float:
    """The utilisation in the trace as a whole."""
    return utilisation(trace, flags).mean()


@memo_last(4)
def curve(trace: Trace, flags: frozenset[str] = DEFAULT_FLAGS) -> Curve:
    """The minimum mutator utilisation in the windows that Go's page plots (traceviewer's mmu.go).

    These are 100, in equal steps of their logarithms: from the longest one of 1 s, 1 ms, 1 µs and 1 ns with a
    utilisation of none to a million times that, or to the length of the trace.
    """
    steps = utilisation(trace, flags)
    least = 10**9
    while least > 1 and steps.least(np.array([least]))[0] >= _NONE:
        least //= 1000
    most = max(1, min(least * _DECADES, steps.length))
    window = np.geomspace(least, most, _PLOTTED).astype(np.int64)
    return Curve(window, steps.least(window))


def counted(trace: Trace, flags: frozenset[str], *, again: bool) -> Utilisation:
    """As `utilisation`; `again` counts mark workers, and assists that are found open, as often as Go does."""
    if strange := sorted(flags - set(FLAGS)):
        raise ViewError(f"nothing named “{strange[0]}” takes from the mutator: there are {', '.join(FLAGS)}")
    works = []
    if "mark" in flags:
        works.append(_marks_again(trace) if again else _marks(trace))
    if "assist" in flags:
        works.append(_assists(trace, again=again))
    if "sweep" in flags:
        rows = ranges_named(trace, SWEEP)
        works.append(_stretches(trace.ranges.start[rows], trace.ranges.end[rows], trace.ranges.proc[rows]))
    return _utilisation(trace, works, stops="stw" in flags)


def _stretches(start: Int64, end: Int64, proc: NDArray[np.integer]) -> _Work:
    proc = proc.astype(np.int64)
    one = np.ones(len(start), np.int64)
    return _Work(np.concatenate([start, end]), np.concatenate([proc, proc]), np.concatenate([one, -one]))


def _takes(trace: Trace) -> Bool:
    """Whether each of Trace.labels is that of a mark worker that is not idle."""
    named = [name.startswith(_WORKER) and name != _IDLE for name in trace.strings]
    takes: Bool = np.array(named, np.bool_)[trace.labels.label] & (trace.labels.goroutine >= 0)
    return takes


def _runs(trace: Trace, goroutines: Int64) -> tuple[Int64, Int64]:
    """The running spans of goroutines, and of which place among them each is."""
    first, beyond = trace.goroutines.offsets[goroutines], trace.goroutines.offsets[goroutines + 1]
    row, of = ragged(first, beyond - first), np.repeat(np.arange(len(goroutines)), beyond - first)
    running = trace.spans.state[row] == State.RUNNING
    return row[running], of[running]


def _assists(trace: Trace, *, again: bool) -> _Work:
    """Mark assists, while they run. One found open while it did not, Go counts `again` when that runs, and for ever."""
    spans, ranges = trace.spans, trace.ranges
    row, start, end, goroutine = assists(trace)
    work = _stretches(start, end, spans.proc[row])
    if not again:
        return work
    rows = ranges_named(trace, ASSIST)
    found = ranges.goroutine[rows[(ranges.start[rows] == 0) & (ranges.goroutine[rows] >= 0)]]
    found = found[spans.state[trace.goroutines.offsets[found]] != State.RUNNING]
    assisting, first = np.unique(goroutine, return_index=True)
    first = first[np.isin(assisting, found)]
    return _joined([work, _Work(start[first], spans.proc[row[first]].astype(np.int64), np.ones(len(first), np.int64))])


def _marks(trace: Trace) -> _Work:
    """Mark workers while they run; one that is stopped and goes on without a label is what it was."""
    labels, takes = trace.labels, _takes(trace)
    order = np.lexsort((labels.time, labels.goroutine))
    workers = np.unique(labels.goroutine[labels.goroutine >= 0]).astype(np.int64)
    row, of = _runs(trace, workers)
    end = ends(trace, row)
    low, high = (np.searchsorted(labels.goroutine[order], workers, side)[of] for side in ("left", "right"))
    last = last_at(labels.time[order], None, low, high, end[:, None] - 1)[:, 0]
    taken = np.flatnonzero(last >= low)
    taken = taken[takes[order[last[taken]]]]
    return _stretches(trace.spans.start[row[taken]], end[taken], trace.spans.proc[row[taken]])


def _marks_again(trace: Trace) -> _Work:
    """Mark workers as Go counts them: at every label, and once labelled at every beginning and end of a run as well."""
    spans, takes = trace.spans, _takes(trace)
    time, goroutine = trace.labels.time[takes], trace.labels.goroutine[takes].astype(np.int64)
    low, high = trace.goroutines.offsets[goroutine], trace.goroutines.offsets[goroutine + 1]
    labelled = np.maximum(last_at(spans.start, None, low, high, time[:, None])[:, 0], low)
    workers, first = np.unique(goroutine, return_index=True)
    row, of = _runs(trace, workers)
    since, end = time[first][of], ends(trace, row)
    begins, stops = spans.start[row] > since, end > since
    times = np.concatenate([time, spans.start[row[begins]], end[stops]])
    procs = spans.proc[np.concatenate([labelled, row[begins], row[stops]])].astype(np.int64)
    return _Work(times, procs, np.repeat([1, 1, -1], [len(time), begins.sum(), stops.sum()]))


def _joined(works: list[_Work]) -> _Work:
    none = np.zeros(0, np.int64)
    time, proc, change = (
        np.concatenate([none, *(getattr(each, name) for each in works)]) for name in ("time", "proc", "change")
    )
    known = proc >= 0
    return _Work(time[known], proc[known], change[known])


def _utilisation(trace: Trace, works: list[_Work], *, stops: bool) -> Utilisation:
    """The steps of the utilisation that `works`, and with `stops` the stops of the world, leave."""
    most = trace.gomaxprocs
    # Before the trace tells how many Ps there are, there is no share of them to tell.
    begin = int(most.time[0]) if len(most) else 0
    when, delta = _busy(trace, _joined(works))
    named = [name.startswith(STOPPED) and "GC" in name and stops for name in trace.range_names]
    rows = np.flatnonzero(np.array(named, np.bool_)[trace.ranges.name])
    stop, go = trace.ranges.start[rows], trace.ranges.end[rows]
    time = np.unique(np.clip(np.concatenate([when, stop, go, most.time, [begin]]), begin, trace.duration_ns))
    busy = _running_sum(time, when, delta)
    stopped = _running_sum(time, np.concatenate([stop, go]), np.repeat([1, -1], len(rows))) > 0
    procs = np.maximum(1, len(trace.procs))
    if len(most):
        procs = np.maximum(1, most.value[np.maximum(np.searchsorted(most.time, time, "right") - 1, 0)])
    value = np.where(stopped, 0, 1 - np.minimum(busy / procs, 1))
    step = np.append(True, np.diff(value) != 0) & (time < trace.duration_ns)
    time, value = time[step], value[step]
    if trace.compat and len(value) and value[-1] == 0:
        # To Go the end of the trace is a fall to 0, which is not to be seen if it has fallen before.
        return Utilisation(time, value)
    return Utilisation(np.append(time, trace.duration_ns), np.append(value, value[-1:] if len(value) else 1.0))


def _busy(trace: Trace, work: _Work) -> tuple[Int64, Int64]:
    """When the number of Ps changes that work for the collector, and by how much.

    A P that GOMAXPROCS takes away is done with whatever it did.
    """
    times, changes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    order = np.argsort(work.proc, kind="stable")
    procs, first = np.unique(work.proc[order], return_index=True)
    for proc, mine in zip(procs.tolist(), np.split(order, first)[1:], strict=True):
        when, delta = _worked(work.time[mine], work.change[mine], _removed(trace, proc))
        times.append(when)
        changes.append(delta)
    return np.concatenate(times), np.concatenate(changes)


def _worked(time: Int64, change: Int64, removed: Int64) -> tuple[Int64, Int64]:
    """When a P began and ceased to work for the collector, which it does while the sum of `change` is above 0."""
    time, change = np.append(time, removed), np.append(change, np.zeros(len(removed), np.int64))
    order = np.argsort(time, kind="stable")
    time, change = time[order], change[order]
    total = np.append(0, np.cumsum(change))
    # The sum begins anew with each of the P's lives.
    before = np.append(0, total[np.searchsorted(time, removed, "left")])
    life = np.searchsorted(removed, time, "right")
    last = np.append(time[1:] != time[:-1], True)[: len(time)]
    working = (total[1:] - before[life] > 0)[last].astype(np.int64)
    return time[last], np.diff(working, prepend=0)


def _removed(trace: Trace, proc: int) -> Int64:
    """When GOMAXPROCS became too low for a P."""
    there = trace.gomaxprocs.value > int(trace.procs.id[proc])
    return trace.gomaxprocs.time[1:][there[:-1] & ~there[1:]]


def _running_sum(at: Int64, time: Int64, change: Int64) -> Int64:
    """int64 per moment of `at`: the sum of all changes up to it; those before the first count there."""
    place = np.clip(np.searchsorted(at, time), 0, max(0, len(at) - 1))
    return np.cumsum(np.bincount(place, change, minlength=len(at))).astype(np.int64)
