"""One generation: its batches to rows of goroutines and Ps in their exact order, and to what else it tells.

Batches are decoded in chunks, side by side on all cores; what threads have is carried from chunk to chunk, and from
generation to generation by `parsers.trace.reader`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from parsers.chunks import in_order
from parsers.trace.batches import NO_THREAD, Batch, Frame
from parsers.trace.events import Ev
from parsers.trace.model import Int64
from parsers.trace.source import Source
from parsers.trace.wire import Events, decode_events, read_varints

# Bytes of batches decoded at once: enough of them for the walk to be worth a step, and little enough for the memory.
_CHUNK = 2 << 20
_NANOSECONDS = 1_000_000_000
_WORD = (1 << 64) - 1
# What all systems but Windows and some rare ones have: units of 64 ns (runtime/trace's clock).
USUAL_FREQUENCY = 15_625_000


@dataclass(frozen=True, slots=True)
class Clock:
    """How the clock's units become nanoseconds since the trace's start."""

    frequency: int
    origin: int

    def at(self, units: int) -> int:
        """The nanoseconds since the start of one moment."""
        return int(self.ns(np.array([units & _WORD], np.uint64).view(np.int64))[0])

    def ns(self, units: Int64) -> Int64:
        """int64: nanoseconds since the start."""
        # Clocks count in 64 bits without a sign; what is far off in a damaged file goes round.
        since = np.subtract(units, np.array([self.origin & _WORD], np.uint64).view(np.int64))
        if _NANOSECONDS % self.frequency == 0:
            since *= _NANOSECONDS // self.frequency
            return since
        return np.rint(since * (_NANOSECONDS / self.frequency)).astype(np.int64)


@dataclass(slots=True)
class Sync:
    """What a generation says of clocks: units a second, and a moment as all clocks show it, 0 where it does not say."""

    frequency: int = 0
    units: int = 0
    wall_ns: int = 0


@dataclass(eq=False, slots=True)
class Bodies:
    """A generation's batches by what they hold."""

    events: list[Batch] = field(default_factory=list)
    strings: list[bytes] = field(default_factory=list)
    stacks: list[bytes] = field(default_factory=list)
    samples: list[bytes] = field(default_factory=list)
    syncs: list[bytes] = field(default_factory=list)
    sync_times: list[int] = field(default_factory=list)
    experimental: int = 0


def bodies(source: Source, frame: Frame) -> Bodies:
    """Sort a generation's batches by what they hold, and read those that are tables."""
    found = Bodies()
    tables = {
        Ev.Strings: found.strings,
        Ev.Stacks: found.stacks,
        Ev.CPUSamples: found.samples,
        Ev.Frequency: found.syncs,
        Ev.Sync: found.syncs,
    }
    for batch in frame.batches:
        if batch.experimental:
            found.experimental += 1
        elif batch.kind in tables:
            tables[Ev(batch.kind)].append(read_batch(source, batch))
            if batch.kind in (Ev.Frequency, Ev.Sync):
                found.sync_times.append(batch.time)
        else:
            found.events.append(batch)
    # A thread's batches are in order; threads behind one another, those of none last.
    found.events.sort(key=lambda batch: (batch.thread == NO_THREAD, batch.thread))
    return found


def sync(batches: Sequence[bytes], times: Sequence[int]) -> Sync:
    """What the clock batches say, which began at `times`."""
    found = Sync()
    for body, time in zip(batches, times, strict=True):
        values, _ = read_varints(body, 0)
        numbers = values.tolist()
        if numbers[:1] == [Ev.Sync]:
            del numbers[0]
        if len(numbers) >= 2 and numbers[0] == Ev.Frequency:
            found.frequency = max(numbers[1], 0)
        if len(numbers) >= 7 and numbers[2] == Ev.ClockSnapshot:
            since, _, seconds, nanoseconds = numbers[3:7]
            found.units, found.wall_ns = time + since, seconds * _NANOSECONDS + nanoseconds
    return found


def decoded(source: Source, chunks: Sequence[Sequence[Batch]]) -> Iterator[Events]:
    """The events of each chunk of batches."""

    def work(chunk: Sequence[Batch]) -> Events:
        return decode_events([read_batch(source, batch) for batch in chunk], [batch.time for batch in chunk])

    # What waits is several times as large as what it was read from.
    return in_order(work, chunks, ahead=1)


def read_batch(source: Source, batch: Batch) -> bytes:
    """What a batch holds."""
    return source.read(batch.offset, batch.size)


def chunked(batches: Sequence[Batch]) -> list[Sequence[Batch]]:
    """The batches in stretches that are decoded at once."""
    chunks: list[Sequence[Batch]] = []
    first = size = 0
    for at, batch in enumerate(batches):
        size += batch.size
        if size >= _CHUNK:
            chunks.append(batches[first : at + 1])
            first, size = at + 1, 0
    if first < len(batches):
        chunks.append(batches[first:])
    return chunks
