"""An execution trace as columns: the states that goroutines went through, and what happened around them.

The wire's events are gone by then: what is kept is what every question is asked of, a row per goroutine state instead
of an object per event. Times are nanoseconds since the trace's first event. What rows add up to is `analysis`'
business.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bool = NDArray[np.bool_]
UInt8 = NDArray[np.uint8]
Int16 = NDArray[np.int16]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]


class State(IntEnum):
    """What a goroutine does; the first five are the wire's codes (internal/trace/tracev2 `GoStatus`).

    SYSCALL_BLOCKED is a system call that has lost its P, GONE the time after a goroutine's end, or between the lives of
    one that C calls back into.
    """

    GONE = 0
    RUNNABLE = 1
    RUNNING = 2
    SYSCALL = 3
    WAITING = 4
    SYSCALL_BLOCKED = 5


class ProcState(IntEnum):
    """Whether a thread has the P; what runs on it then, the spans of goroutines tell."""

    IDLE = 0
    RUNNING = 1


@dataclass(frozen=True, eq=False, slots=True)
class Spans:
    """One row per state of a goroutine, in the order of goroutines and within one of time.

    A span ends where the goroutine's next one starts, and its last one, unless GONE, at the trace's end. The last four
    columns are of the moment it began: `stack` is the goroutine's own, but in a RUNNABLE span that of whoever made it
    runnable: the unblocker's, the creator's, or its own when it was stopped; `by` that goroutine; `proc` and `thread`
    where that happened, and so where a RUNNING or SYSCALL span runs.
    """

    start: Int64
    state: UInt8  # State
    reason: UInt8  # row of Trace.reasons; 0, no reason, but for WAITING and for stopped RUNNABLE spans
    stack: Int32  # row of Stacks; 0 for none
    by: Int32  # row of Goroutines, -1 for none
    proc: Int16  # row of Procs, -1 for none
    thread: Int32  # row of Trace.threads, -1 for none

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, eq=False, slots=True)
class Goroutines:
    """One row per goroutine; its spans are rows `offsets[g]` to `offsets[g + 1]` of Spans, never none.

    The first of them says when, by whom and from which stack it was created, or where it was found when it is not
    `created` in the trace.
    """

    id: UInt64
    offsets: Int64  # n + 1
    name: Int32  # row of Trace.strings: the function it runs, "" where no stack ever told
    created: Bool

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, eq=False, slots=True)
class Procs:
    """The Ps, and one row per state of a P: the spans of P p are `offsets[p]` to `offsets[p + 1]`, in order of time."""

    id: UInt64
    offsets: Int64  # n + 1
    start: Int64
    state: UInt8  # ProcState
    thread: Int32  # row of Trace.threads, -1 while IDLE

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, eq=False, slots=True)
class Stacks:
    """Call stacks, each once: stack s is the frames `frame[offsets[s]:offsets[s + 1]]`, leaf first. Stack 0 is empty.

    The other columns have a row per distinct frame; functions and files are rows of Trace.strings.
    """

    offsets: Int64  # n + 1
    frame: Int32
    pc: UInt64
    function: Int32
    file: Int32
    line: Int64

    def __len__(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True, eq=False, slots=True)
class Ranges:
    """Stop-the-world pauses, GC cycles, mark assists and sweeps, in the order of their start.

    Those of a kind in `Trace.range_names`: "stop-the-world (…)", "GC concurrent mark phase", "GC mark assist", "GC
    incremental sweep", as internal/trace calls them. A GC cycle belongs to no goroutine, a sweep to a P. `goroutine` is
    the one that began it, `ended_by` the one that ended it; what is still open at the trace's end ends there, with
    `ended_by` -2.
    """

    name: UInt8  # row of Trace.range_names
    start: Int64
    end: Int64
    goroutine: Int32  # -1 for none
    ended_by: Int32
    proc: Int16
    stack: Int32
    swept: Int64  # bytes, of a sweep
    reclaimed: Int64

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True, eq=False, slots=True)
class Series:
    """A number over time: it is `value[i]` from `time[i]` on."""

    time: Int64
    value: Int64

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, eq=False, slots=True)
class CpuSamples:
    """Samples of the CPU profiler that ran during the trace, in order of time."""

    time: Int64
    thread: Int32
    proc: Int16
    goroutine: Int32
    stack: Int32

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, eq=False, slots=True)
class Tasks:
    """User tasks (runtime/trace.NewTask): -1 for a start or end that is not in the trace."""

    id: UInt64
    parent: UInt64  # 0 for none
    name: Int32  # row of Trace.strings
    start: Int64
    end: Int64
    goroutine: Int32  # the one that began it, -1 for unknown
    stack: Int32
    ended_by: Int32  # the one that ended it, -1 for unknown

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, eq=False, slots=True)
class Regions:
    """User regions (runtime/trace.StartRegion), by goroutine and start: -1 for a start or end not in the trace."""

    goroutine: Int32
    task: UInt64  # 0 for the background task
    name: Int32  # row of Trace.strings
    start: Int64
    end: Int64
    stack: Int32

    def __len__(self) -> int:
        return len(self.goroutine)


@dataclass(frozen=True, eq=False, slots=True)
class Logs:
    """User logs (runtime/trace.Log), in order of time."""

    time: Int64
    goroutine: Int32
    task: UInt64
    category: Int32  # row of Trace.strings
    message: Int32
    stack: Int32

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, eq=False, slots=True)
class Labels:
    """What goroutines called themselves (GoLabel): only the GC's workers do. In order of time."""

    time: Int64
    goroutine: Int32
    label: Int32  # row of Trace.strings

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True)
class Generation:
    """One self-contained piece of the file, about a second long.

    An incomplete one is still being written, or was cut off: what it says is provisional.
    """

    number: int
    size: int  # bytes
    events: int
    start: int
    end: int
    complete: bool


@dataclass(frozen=True, eq=False, slots=True)
class Trace:
    """A runtime/trace file (`reference`: internal/trace of the Go distribution).

    `version` is the format's: 26 for `go 1.26 trace`. `wall_ns` is the time of the first event since the Unix epoch, 0
    where the format does not say. `counts` are the wire's events by type. `notes` says, a sentence each, what is
    missing. Under `compat` times are those that Go's own reader gives, which squeezes events together where
    generations meet. Strings are cleaned (`parsers.text`) and distinct, and row 0 of `strings`, `reasons` is empty.
    """

    version: int
    duration_ns: int
    wall_ns: int
    compat: bool
    size: int
    counts: dict[str, int]
    generations: tuple[Generation, ...]
    notes: tuple[str, ...]
    strings: tuple[str, ...]
    reasons: tuple[str, ...]
    range_names: tuple[str, ...]
    threads: UInt64  # the operating system's ids
    stacks: Stacks
    goroutines: Goroutines
    spans: Spans
    procs: Procs
    ranges: Ranges
    gomaxprocs: Series
    heap: Series
    heap_goal: Series
    cpu_samples: CpuSamples
    tasks: Tasks
    regions: Regions
    logs: Logs
    labels: Labels
    memo: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def provisional_ns(self) -> int:
        """From when on what is shown is provisional; `duration_ns` where nothing is."""
        return next((each.start for each in self.generations if not each.complete), self.duration_ns)

    def ends(self) -> Int64:
        """int64 per span: when it ends."""
        spans, offsets = self.spans, self.goroutines.offsets
        end = np.empty_like(spans.start)
        end[:-1] = spans.start[1:]
        last = offsets[1:] - 1
        end[last] = np.where(spans.state[last] == State.GONE, spans.start[last], self.duration_ns)
        return end
