"""A generation's rows in their final form: what `parsers.trace.reader` makes of it and `parsers.trace.assemble` joins.

All ids are rows by now, and times nanoseconds since the trace's start.
"""

from dataclasses import dataclass

from parsers.trace.model import Int16, Int32, Int64, UInt8


@dataclass(eq=False, slots=True)
class SpanRows:
    """States of goroutines that began in this generation, by goroutine and time; the columns are those of Spans."""

    goroutine: Int32
    start: Int64
    state: UInt8
    reason: UInt8
    stack: Int32
    by: Int32
    proc: Int16
    thread: Int32


@dataclass(eq=False, slots=True)
class ProcRows:
    """States of Ps that began in this generation, by P and time."""

    proc: Int32
    start: Int64
    state: UInt8
    thread: Int32


@dataclass(frozen=True, eq=False, slots=True)
class Moments:
    """Ranges and annotations, an event a row in the order of threads, with the context of each.

    `first`, `second` and `third` are arguments, of which strings are rows by now.
    """

    type: UInt8
    time: Int64
    goroutine: Int32
    proc: Int16
    stack: Int32
    first: Int64
    second: Int64
    third: Int64


@dataclass(frozen=True, eq=False, slots=True)
class CounterRows:
    """New values of the heap's size, its goal, and GOMAXPROCS, by time."""

    type: UInt8
    time: Int64
    value: Int64


@dataclass(frozen=True, eq=False, slots=True)
class SampleRows:
    """Samples of the CPU profiler."""

    time: Int64
    thread: Int32
    proc: Int16
    goroutine: Int32
    stack: Int32


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """What a generation that began at `start` and ended at `end` tells.

    `damaged` counts batches that were read in part; `whole` tells that all names and stacks were there.
    """

    start: int
    end: int
    n_events: int
    damaged: int
    whole: bool
    spans: SpanRows
    procs: ProcRows
    moments: Moments
    counters: CounterRows
    samples: SampleRows
