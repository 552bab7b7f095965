"""How long goroutines waited, for a P and for anything else, as distributions: over the trace, by group, by stack."""

from dataclasses import dataclass

import numpy as np

from analysis.activity import MARK_WORKER, ends, firsts
from analysis.causes import Cause, causes
from analysis.derive import BLOCKED, Waits, each_wait, waits
from analysis.goroutines import group_name
from analysis.lanes import lanes
from analysis.memo import memo_few, memo_last
from analysis.percentiles import Distribution, Distributions, distribution, distributions
from analysis.spot import LaneKind
from analysis.stacks import add_by_node
from analysis.view import Window
from parsers.trace.model import Bool, Int32, Int64, State, Trace, UInt8

SCHED = "sched"
WORST = 100
NOBODY = -1


@dataclass(frozen=True, eq=False, slots=True)
class Grouped:
    """Waits of the goroutines that run one function, a row for each such group; `name` is a row of Trace.strings, and
    `worst` the span that began the longest of its waits.
    """

    name: Int32
    spread: Distributions
    worst: Int64

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True, eq=False, slots=True)
class Blocked:
    """Waits at one stack for one reason, a row for each, the longest together first.

    `cause` is the Cause, `stack` a row of Stacks, and `worst` the span that began the longest of them.
    """

    cause: UInt8
    stack: Int32
    spread: Distributions
    worst: Int64

    def __len__(self) -> int:
        return len(self.cause)

    def picked(self, rows: Int64) -> "Blocked":
        return Blocked(self.cause[rows], self.stack[rows], self.spread.picked(rows), self.worst[rows])


@dataclass(frozen=True, slots=True)
class Instead:
    """What had a P while a goroutine waited for it: `goroutine`, NOBODY for none, in all so many ns; `gc`: it worked
    for the collector.
    """

    goroutine: int
    ns: int
    gc: bool


@memo_few
def sched_latency(trace: Trace, window: Window | None = None) -> Distribution:
    """From runnable to running, as the profile `sched` counts it."""
    # Without the spans that `waits` names: on the first page that is looked at, memory is what takes the time.
    times = each_wait(trace, SCHED, window, lambda goroutine, row, start, end: end - start)
    return distribution(np.concatenate([np.zeros(0, np.int64), *times]), in_place=True)


@memo_few
def latency_by_group(trace: Trace, window: Window | None = None) -> Grouped:
    """The same for each entry function, those first that waited longest together."""
    found = waits(trace, SCHED, window)
    counts = np.diff(np.searchsorted(found.row, trace.goroutines.offsets))
    name, group = _numbered(np.repeat(trace.goroutines.name, counts), len(trace.strings))
    spread = distributions(group, found.ns, len(name))
    order = np.argsort(-spread.total, kind="stable")
    return Grouped(
        name[order].astype(np.int32), spread.picked(order), _worst(found.row, found.ns, group, spread)[order]
    )


@memo_few
def longest_latencies(trace: Trace, window: Window | None = None, count: int = WORST) -> Waits:
    """The waits for a P that took longest, the longest first."""
    found = waits(trace, SCHED, window)
    most = np.arange(len(found))
    if len(found) > count:
        most = np.flatnonzero(found.ns >= np.partition(found.ns, -count)[-count])
    most = most[np.argsort(-found.ns[most], kind="stable")][:count]
    return Waits(found.row[most], found.ns[most])


def ran_on(trace: Trace, row: int) -> int:
    """The P, as a row of Procs, that a goroutine which was runnable in span `row` came to run on; -1 if it never did.

    Of one that did not, the P that it was made runnable on.
    """
    spans = trace.spans
    after = row + 1
    if not firsts(trace)[after] and spans.state[after] == State.RUNNING:
        return int(spans.proc[after])
    return int(spans.proc[row])


def instead(trace: Trace, row: int, ns: int, most: int = 3) -> list[Instead]:
    """Who had the P that a goroutine was waiting for, in the last `ns` of span `row`, the longest first."""
    proc = ran_on(trace, row)
    if proc < 0:
        return []
    on_p = lanes(trace, LaneKind.PROCS)
    end = int(ends(trace, np.array([row]))[0])
    start = end - ns
    first, last = on_p.spans_at(np.array([proc]), np.array([start, end - 1]))[0]
    low = int(on_p.bounds(np.array([proc]))[0][0])
    places = np.arange(max(int(first), low), int(last) + 1)
    rows = on_p.rows(places)
    spent = np.minimum(on_p.ends(places), end) - np.maximum(trace.spans.start[rows], start)
    there = spent > 0
    owner, spent = owners_any(trace, rows[there]), spent[there]
    # What of the time no goroutine had, the P was idle, or busy with looking for one.
    owner, spent = np.append(owner, NOBODY), np.append(spent, ns - spent.sum())
    who, group = np.unique(owner, return_inverse=True)
    sums = add_by_node(spent, group, len(who))
    ranked = np.argsort(-sums, kind="stable")[:most]
    return [Instead(int(who[at]), int(sums[at]), _collects(trace, int(who[at]))) for at in ranked if sums[at]]


def _collects(trace: Trace, goroutine: int) -> bool:
    return goroutine != NOBODY and group_name(trace, int(trace.goroutines.name[goroutine])) == MARK_WORKER


@memo_few
def blocked_by_cause(trace: Trace, window: Window | None = None) -> dict[Cause, Distribution]:
    """The waits of the program's own goroutines, by Cause; the longest together first."""
    _, ns, cause = _blocked(trace, window)
    spread = distributions(cause, ns, len(Cause))
    order = np.argsort(-spread.total, kind="stable")
    return {Cause(at): spread.row(at) for at in order.tolist() if spread.count[at]}


@memo_few
def blocked_by_stack(trace: Trace, window: Window | None = None) -> Blocked:
    """The waits of the program's own goroutines, by where they waited and what for."""
    row, ns, cause = _blocked(trace, window)
    every = trace.spans.stack[row].astype(np.int64) * len(Cause) + cause
    key, group = _numbered(every, len(trace.stacks) * len(Cause))
    spread = distributions(group, ns, len(key))
    order = np.argsort(-spread.total, kind="stable")
    return Blocked(
        (key[order] % len(Cause)).astype(np.uint8),
        (key[order] // len(Cause)).astype(np.int32),
        spread.picked(order),
        _worst(row, ns, group, spread)[order],
    )


@memo_last(2)
def _blocked(trace: Trace, window: Window | None) -> tuple[Int32, Int64, UInt8]:
    """The spans, times and Causes of all waits and system calls, but for those of the runtime's own goroutines."""
    ours = ~of_runtime(trace)[trace.goroutines.name]

    def told(goroutine: Int64, row: Int64, start: Int64, end: Int64) -> tuple[Int32, Int64, UInt8]:
        kept = np.flatnonzero(ours[goroutine])
        return row[kept].astype(np.int32), (end - start)[kept], causes(trace, row[kept])

    none = (np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.uint8))
    rows, times, why = zip(none, *each_wait(trace, BLOCKED, window, told), strict=True)
    return np.concatenate(rows), np.concatenate(times), np.concatenate(why)


@memo_few
def of_runtime(trace: Trace) -> Bool:
    """Per string: whether goroutines that run it are the runtime's own, as internal/trace tells (IsSystemGoroutine)."""
    names = trace.strings
    return np.array([not name or (name.startswith("runtime.") and name != "runtime.main") for name in names], np.bool_)


def _numbered(keys: Int64 | Int32, most: int) -> tuple[Int64, Int32]:
    """The distinct ones of the keys, each less than `most`, in order; and which of these each key is."""
    there = np.zeros(most, np.bool_)
    there[keys] = True
    return np.flatnonzero(there), (np.cumsum(there, dtype=np.int32) - 1)[keys]


def owners_any(trace: Trace, rows: Int64) -> Int64:
    """int64: whose the spans `rows` are."""
    return np.searchsorted(trace.goroutines.offsets, rows, side="right") - 1


def _worst(row: Int32 | Int64, ns: Int64, group: Int32, spread: Distributions) -> Int64:
    """int64 per group: the span of its longest wait."""
    longest = np.flatnonzero(ns == spread.max[group])[::-1]
    worst = np.zeros(len(spread), np.int64)
    worst[group[longest]] = row[longest]
    return worst
