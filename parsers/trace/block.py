"""A generation's rows in their final order: what `parsers.trace.reader` makes of it and `parsers.trace.assemble` joins.

All ids are rows by now, and times nanoseconds since the trace's start.
"""

from dataclasses import dataclass

import numpy as np

from parsers.trace.model import Int16, Int32, Int64, UInt8

_REASON, _STATE, _ORIGIN = 16, 24, 28


@dataclass(eq=False, slots=True)
class Rows:
    """Changes of goroutines' states, in columns that are few enough to be sorted and moved in little time and memory.

    `causes` is int32[n, 2], the stack and the goroutine that caused it; `facts` int32[n, 2], the thread and, in bits,
    P, reason, state and origin.
    """

    goroutine: Int32
    time: Int64
    causes: Int32
    facts: Int32

    @classmethod
    def packed(
        cls,
        goroutine: Int32,
        time: Int64,
        *,
        stack: Int32,
        by: Int32,
        thread: Int32,
        proc: Int32,
        reason: UInt8,
        state: UInt8,
        origin: UInt8,
    ) -> "Rows":
        bits = proc & 0xFFFF
        bits |= reason.astype(np.int32) << _REASON
        bits |= (state | origin << np.uint8(_ORIGIN - _STATE)).astype(np.int32) << _STATE
        return cls(goroutine, time, np.stack([stack, by], axis=1), np.stack([thread, bits], axis=1))

    @property
    def state(self) -> UInt8:
        return (self.facts[:, 1] >> _STATE & 15).astype(np.uint8)

    @property
    def origin(self) -> UInt8:
        return (self.facts[:, 1] >> _ORIGIN & 3).astype(np.uint8)

    @property
    def reason(self) -> UInt8:
        return (self.facts[:, 1] >> _REASON).astype(np.uint8)

    @property
    def proc(self) -> Int16:
        return self.facts[:, 1].astype(np.int16)

    @property
    def thread(self) -> Int32:
        return self.facts[:, 0]

    @property
    def stack(self) -> Int32:
        return self.causes[:, 0]

    @property
    def by(self) -> Int32:
        return self.causes[:, 1]

    def __len__(self) -> int:
        return len(self.goroutine)

    def picked(self, which: Int64) -> "Rows":
        """Some rows, in the order of `which`."""
        return Rows(
            self.goroutine.take(which),
            self.time.take(which),
            _pairs(self.causes, which),
            _pairs(self.facts, which),
        )


def _pairs(column: Int32, which: Int64) -> Int32:
    """Rows of int32[n, 2], moved as one number each."""
    pairs: Int32 = column.view(np.int64).reshape(-1).take(which).view(np.int32).reshape(-1, 2)
    return pairs


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
    spans: Rows
    procs: ProcRows
    moments: Moments
    counters: CounterRows
    samples: SampleRows
