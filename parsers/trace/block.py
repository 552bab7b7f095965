"""A generation's rows in their final order: what `parsers.trace.reader` makes of it and `parsers.trace.assemble` joins.

All ids are rows by now, and times nanoseconds since the trace's start.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from parsers.trace.model import Int16, Int32, Int64, UInt8

# What a row begins: nothing, what was so already when its generation began, or a life.
CHANGED, STATUS, CREATED = 0, 1, 2

_REASON, _STATE, _ORIGIN = 16, 24, 28
_MOST_PROCS = (1 << 15) - 1
_FAR = 1 << 32


def causes(stack: Int32, by: Int32) -> Int64:
    """int64 per row: the stack and the goroutine that caused it, moved as one."""
    return _pair(stack, by)


def bits(state: ArrayLike, origin: ArrayLike, reason: ArrayLike) -> Int32:
    """int32 per row: state, origin and reason."""
    parts = ((state, _STATE), (origin, _ORIGIN), (reason, _REASON))
    found: Int32 = sum((np.asarray(part, np.int32) << place for part, place in parts), np.zeros(1, np.int32))
    return found


def facts(thread: Int32, proc: Int16, bits: Int32) -> Int64:
    """int64 per row: thread, P, and what `bits` holds, moved as one."""
    return _pair(thread, proc.astype(np.int32) & 0xFFFF | bits)


def narrow(proc: Int32) -> Int16:
    """int16: rows of Ps; what machine has more of them than that, nobody knows."""
    return np.where(proc <= _MOST_PROCS, proc, -1).astype(np.int16)


def _pair(low: Int32, high: Int32) -> Int64:
    pairs = np.empty((len(low), 2), np.int32)
    pairs[:, 0], pairs[:, 1] = low, high
    return pairs.view(np.int64).reshape(-1)


def state_of(facts: Int64) -> UInt8:
    return (facts.view(np.int32)[1::2] >> _STATE & 15).astype(np.uint8)


def origin_of(facts: Int64) -> UInt8:
    return (facts.view(np.int32)[1::2] >> _ORIGIN & 3).astype(np.uint8)


def reason_of(facts: Int64) -> UInt8:
    return (facts.view(np.int32)[1::2] >> _REASON).astype(np.uint8)


def with_reasons(facts: Int64, reason: UInt8) -> None:
    """Put other reasons in."""
    bits = facts.view(np.int32)[1::2]
    bits &= ~(0xFF << _REASON)
    bits |= reason.astype(np.int32) << _REASON


def without_proc(facts: Int64) -> Int64:
    """The same without a P."""
    changed = facts.copy()
    bits = changed.view(np.int32)[1::2]
    bits |= 0xFFFF
    return changed


def with_state(facts: Int64, state: int) -> Int64:
    """The same with another state."""
    changed = facts.copy()
    bits = changed.view(np.int32)[1::2]
    bits &= ~(15 << _STATE)
    bits |= state << _STATE
    return changed


@dataclass(eq=False, slots=True)
class SpanRows:
    """States of goroutines that began in a generation, by goroutine and time, in few columns: see `causes`, `facts`.

    Goroutine `goroutine[i]` has the next `count[i]` rows; they began at `base + since`. Mutable, so that each column
    can be let go as soon as it has been used up; how many rows there were, remains.
    """

    goroutine: Int32
    count: Int64
    base: int
    since: NDArray[np.integer[Any]]
    causes: Int64
    facts: Int64

    @classmethod
    def of(cls, goroutine: Int32, time: Int64, causes: Int64, facts: Int64) -> "SpanRows":
        """The rows of these goroutines, a row each."""
        firsts = np.flatnonzero(np.append(True, goroutine[1:] != goroutine[:-1])[: len(goroutine)])
        base = int(time.min()) if len(time) else 0
        time -= base
        narrow = len(time) and time.max() < _FAR
        since = time.astype(np.uint32) if narrow else time
        return cls(goroutine[firsts], np.diff(np.append(firsts, len(goroutine))), base, since, causes, facts)

    @property
    def start(self) -> Int64:
        start: Int64 = np.add(self.since, self.base, dtype=np.int64)
        return start

    @property
    def state(self) -> UInt8:
        return state_of(self.facts)

    @property
    def reason(self) -> UInt8:
        return reason_of(self.facts)

    @property
    def proc(self) -> Int16:
        return self.facts.view(np.int32)[1::2].astype(np.int16)

    @property
    def thread(self) -> Int32:
        return self.facts.view(np.int32)[::2]

    @property
    def stack(self) -> Int32:
        return self.causes.view(np.int32)[::2]

    @property
    def by(self) -> Int32:
        return self.causes.view(np.int32)[1::2]


@dataclass(frozen=True, eq=False, slots=True)
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

    `counts` are its events by type. `damaged` counts batches that were read in part; `whole` tells that all names and
    stacks were there.
    """

    start: int
    end: int
    n_events: int
    counts: Int64
    damaged: int
    whole: bool
    spans: SpanRows
    procs: ProcRows
    moments: Moments
    counters: CounterRows
    samples: SampleRows
