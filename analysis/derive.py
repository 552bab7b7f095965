"""Profiles that a trace yields: its CPU samples, and the stacks where goroutines waited, weighted by how long.

The waits are those of `go tool trace -pprof=` (cmd/trace's pprof.go), which calls a wait a contention, so that every
view of a profile is one of a trace as well. Under `Trace.compat` they are Go's to the sample: what lies before a
goroutine's first run is left out there, and so is what is not over when the trace ends.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from analysis.activity import ends, firsts
from analysis.errors import ViewError
from analysis.goroutines import lives, started
from analysis.memo import memo_last
from analysis.nodes import distinct
from analysis.spans import Stretch, stretch, stretches
from analysis.stacks import add_by_node, ranges
from analysis.view import Window
from parsers.chunks import in_order
from parsers.profile.model import Frames, Functions, Labels, Locations, Mappings, Profile, ValueType
from parsers.trace.model import Bool, Int64, State, Trace

T = TypeVar("T")

BLOCKED = "blocked"
KINDS = ("cpu", "sched", "sync", "net", "syscall")
DESCRIPTIONS = {
    "cpu": "cpu, the samples of the CPU profiler",
    "sched": "sched, waits of runnable goroutines for a P, at what made them runnable",
    "sync": "sync, waits for channels, mutexes and the like",
    "net": "net, waits for the network",
    "syscall": "syscall, time in system calls",
}
# The runtime's CPU profiler takes 100 samples a second (runtime/pprof.StartCPUProfile).
_SAMPLE_NS = 10_000_000
_SYNC = ("chan", "sync", "select")
_WAITS = (ValueType("contentions", "count"), ValueType("delay", "nanoseconds"))
_CPU = (ValueType("samples", "count"), ValueType("cpu", "nanoseconds"))


def default_kind(trace: Trace) -> str:
    """The profile that is looked at unless another one is asked for."""
    return "cpu" if len(trace.cpu_samples) else "sched"


def derived(trace: Trace, kind: str = "", window: Window | None = None) -> Profile:
    """The profile `kind` of KINDS, "" for the default one, or what of it lies in `window`; a sample for each stack.

    cpu: samples of the CPU profiler, where one ran during the trace. sched: waits of runnable goroutines for a P, at
    the stack that made them runnable. sync: waits for channels, mutexes and the like, net: for the network, syscall:
    stays in system calls, each at the goroutine's own stack. Raises ViewError for another kind.
    """
    if kind and kind not in KINDS:
        raise ViewError(f"no profile “{kind}” of a trace: there are {', '.join(KINDS)}")
    return _derived(trace, kind or default_kind(trace), window)


def why_none(kind: str) -> str:
    """One sentence for a profile without samples."""
    if kind == "cpu":
        return "The trace has no CPU samples here: they are there when a CPU profile is taken at the same time."
    waits = {"sched": "for a P", "sync": "for another", "net": "for the network", "syscall": "in a system call"}
    return f"No goroutine waited {waits[kind]} here."


@dataclass(frozen=True, eq=False, slots=True)
class Waits:
    """Waits of one kind, in the order of goroutines and time: the span that each began with, and how long it took."""

    row: Int64  # of Trace.spans
    ns: Int64

    def __len__(self) -> int:
        return len(self.row)


@memo_last(4)
def waits(trace: Trace, kind: str, window: Window | None = None) -> Waits:
    """Each of the waits that the profile `kind` adds up, or what of it lies in `window`.

    `kind` is one of KINDS but for cpu, or BLOCKED: all that waited, for whatever reason, and all system calls.
    """

    def told(_: Int64, row: Int64, start: Int64, end: Int64) -> tuple[Int64, Int64]:
        return row, end - start

    parts = [*each_wait(trace, kind, window, told), (np.zeros(0, np.int64), np.zeros(0, np.int64))]
    rows, times = zip(*parts, strict=True)
    return Waits(np.concatenate(rows), np.concatenate(times))


def each_wait(
    trace: Trace, kind: str, window: Window | None, work: Callable[[Int64, Int64, Int64, Int64], T]
) -> Iterator[T]:
    """What `work` makes of the waits that `waits` tells of, some at a time, on every core.

    It is called with their goroutines, the rows of the spans that they begin with, their starts and their ends.
    """
    reasons = _reasons(trace, kind)
    ran = started(trace) if trace.compat else None

    def part(bounds: tuple[int, int]) -> T:
        some = stretch(trace, *bounds)
        return work(*_waits(trace, ran, some, _begins(trace, some, kind, reasons), window))

    return in_order(part, stretches(trace))


@memo_last(2 * len(KINDS))
def _derived(trace: Trace, kind: str, window: Window | None) -> Profile:
    if kind == "cpu":
        return _profile(trace, window, *_sampled(trace, window), _CPU, ValueType("cpu", "nanoseconds"), _SAMPLE_NS)
    return _profile(trace, window, *_waited(trace, kind, window), _WAITS, ValueType("trace", "count"), 1)


def _sampled(trace: Trace, window: Window | None) -> tuple[Int64, Int64]:
    samples = trace.cpu_samples
    stack = samples.stack
    if window is not None:
        stack = stack[(samples.time >= window.start) & (samples.time < window.end)]
    counts = np.bincount(stack, minlength=len(trace.stacks))
    return counts, counts * _SAMPLE_NS


def _waited(trace: Trace, kind: str, window: Window | None) -> tuple[Int64, Int64]:
    """How often and how long it was waited at each stack, int64 per row of Trace.stacks."""
    n = len(trace.stacks)
    counts, times = np.zeros(n, np.int64), np.zeros(n, np.int64)
    blank = _blank(trace)

    def added(_: Int64, row: Int64, start: Int64, end: Int64) -> tuple[Int64, Int64, list[tuple[int, int]]]:
        stack = trace.spans.stack[row]
        last = [(int(end[stack == row].max(initial=-1)), row) for row in blank]
        return np.bincount(stack, minlength=n), add_by_node(end - start, stack, n), last

    ends: list[tuple[int, int]] = [(-1, 0)]
    for some_counts, some_times, last in each_wait(trace, kind, window, added):
        counts += some_counts
        times += some_times
        ends += last
    for column in (counts, times):
        # To Go, which tells stacks apart by their addresses, these are one: the one that was seen last.
        together = column[blank].sum()
        column[blank] = 0
        column[max(ends)[1] if trace.compat else 0] += together
    return counts, times


def _blank(trace: Trace) -> list[int]:
    """The stacks of nothing: the empty one, and where there is one, that of a single frame which says nothing."""
    stacks = trace.stacks
    single = np.flatnonzero(np.diff(stacks.offsets) == 1)
    frame = stacks.frame[stacks.offsets[single]]
    nothing = (stacks.pc[frame] == 0) & (stacks.function[frame] == 0) & (stacks.line[frame] == 0)
    return [0, *single[nothing & (stacks.file[frame] == 0)].tolist()]


def _reasons(trace: Trace, kind: str) -> Bool:
    """Which reasons for waiting a profile is of (computePprofIO and computePprofBlock)."""
    wanted = np.zeros(256, np.bool_)
    for row, reason in enumerate(trace.reasons):
        told = reason == "network" if kind == "net" else any(word in reason for word in _SYNC)
        wanted[row] = kind == BLOCKED or told
    return wanted


def _begins(trace: Trace, some: Stretch, kind: str, reasons: Bool) -> Int64:
    """The spans of a stretch that begin a wait of the kind."""
    spans = trace.spans
    if kind == "sched":
        return np.flatnonzero(some.state == State.RUNNABLE)
    begins = np.zeros(len(some.state), np.bool_)
    if kind != "syscall":
        waiting = np.flatnonzero(some.state == State.WAITING)
        begins[waiting] = reasons[spans.reason[some.row[waiting]]]
    if kind in ("syscall", BLOCKED):
        begins |= some.state == State.SYSCALL
        # The part of a call that is blocked belongs to the wait that began with the call. To Go's reader no call begins
        # blocked: one that was found so, begins where it was.
        blocked = np.flatnonzero((some.state == State.SYSCALL_BLOCKED) & (not trace.compat))
        row = some.row[blocked]
        begins[blocked] = firsts(trace)[row] | (spans.state[row - 1] != State.SYSCALL)
    return np.flatnonzero(begins)


def _waits(
    trace: Trace, ran: Int64 | None, some: Stretch, begins: Int64, window: Window | None
) -> tuple[Int64, Int64, Int64, Int64]:
    """The goroutine, span, start and end of the waits that begin with these spans, as far as they count.

    `ran` says when goroutines first did, where what lies before that does not count, nor what is not over.
    """
    owner, row, start, end = some.base + some.owner[begins], some.row[begins], some.start[begins], some.end[begins]
    calls = np.flatnonzero(some.state[begins] == State.SYSCALL)
    after = row[calls] + 1
    blocked = ~firsts(trace)[after]
    blocked[blocked] = trace.spans.state[after[blocked]] == State.SYSCALL_BLOCKED
    end[calls[blocked]] = ends(trace, after[blocked])
    if window is None and ran is None:
        return owner, row, start, end
    counts = np.ones(len(row), np.bool_)
    if ran is not None:
        died = lives(trace).ended[owner]
        start = np.maximum(start, ran[owner])
        end = np.where(died >= 0, np.minimum(end, died), end)
        after = row + 1
        after[calls[blocked]] += 1
        counts = ~firsts(trace)[after] & (end > start)
    if window is not None:
        counts &= (start < window.end) & (np.maximum(end, start + 1) > window.start)
        start, end = np.maximum(start, window.start), np.minimum(end, window.end)
    return owner[counts], row[counts], start[counts], end[counts]


def _profile(
    trace: Trace,
    window: Window | None,
    counts: Int64,
    times: Int64,
    sample_types: tuple[ValueType, ValueType],
    period_type: ValueType,
    period: int,
) -> Profile:
    """The stacks with a count, as samples."""
    stacks = trace.stacks
    rows = np.flatnonzero(counts)
    offsets, entries = ranges(stacks.offsets, rows)
    frame, stack = np.unique(stacks.frame[entries], return_inverse=True)
    name, file = stacks.function[frame], stacks.file[frame]
    function, function_of = distinct(name, file)
    n = len(frame)
    nothing = np.zeros(0, np.int32)
    addresses = np.zeros(0, np.uint64)
    begin, end = (window.start, min(window.end, trace.duration_ns)) if window else (0, trace.duration_ns)
    return Profile(
        sample_types=sample_types,
        values=np.column_stack([counts[rows], times[rows]]),
        stack_offsets=offsets,
        stack=stack.astype(np.int32),
        locations=Locations(
            mapping=np.full(n, -1, np.int32),
            address=stacks.pc[frame],
            is_folded=np.zeros(n, np.bool_),
            frame_offsets=np.arange(n + 1, dtype=np.int32),
        ),
        frames=Frames(function=function_of, line=stacks.line[frame], column=np.zeros(n, np.int64)),
        functions=Functions(name[function], name[function], file[function], np.zeros(len(function), np.int64)),
        mappings=Mappings(addresses, addresses, addresses, nothing, nothing, np.zeros(0, np.bool_)),
        labels=Labels(nothing, nothing, nothing, np.zeros(0, np.int64), nothing),
        strings=trace.strings,
        time_ns=trace.wall_ns + begin if trace.wall_ns else 0,
        duration_ns=max(0, end - begin),
        period_type=period_type,
        period=period,
    )
