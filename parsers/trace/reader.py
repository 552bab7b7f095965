"""Generations one after the other to blocks of rows.

A generation that is missing, or damaged, costs itself alone: the statuses that the next one begins with say how
everything stands.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from copy import copy

import numpy as np

from parsers.errors import Progress
from parsers.trace.batches import NO_THREAD, Frame
from parsers.trace.block import Block, SampleRows, narrow
from parsers.trace.collect import Collector, Known
from parsers.trace.compat import Squeeze
from parsers.trace.events import Ev
from parsers.trace.generation import USUAL_FREQUENCY, Bodies, Clock, bodies, chunked, decoded, sync
from parsers.trace.model import Int64
from parsers.trace.source import Source
from parsers.trace.tables import Tables
from parsers.trace.wire import read_varints


class Reader:
    """Reads generations of one trace, in their order; time is counted from `origin` on, in the clock's units."""

    def __init__(self, origin: int, *, compat: bool) -> None:
        self.known = Known()
        self.wall_ns = 0
        self.compat = compat
        self._origin = origin
        self._frequency = 0
        self._squeeze = Squeeze()
        self._done = 0  # bytes

    def copy(self) -> "Reader":
        """One that reads on from here by itself."""
        other = copy(self)
        other.known, other._squeeze = self.known.copy(), copy(self._squeeze)
        return other

    def read(self, source: Source, frames: Sequence[Frame], progress: Progress) -> list[Block]:
        """The blocks of these generations, which come behind those that were read before."""
        parts = [bodies(source, frame) for frame in frames]
        chunks = [chunked(part.events) for part in parts]
        events = decoded(source, [chunk for each in chunks for chunk in each])
        behind = ThreadPoolExecutor(1)
        blocks: list[Future[Block]] = []
        try:
            for frame, part, mine in zip(frames, parts, chunks, strict=True):
                tables = self.known.strings.read(part.strings, part.stacks)
                clock = self._clock(part)
                start, sampled, sample_time, squeezed = self._begin(source, frame, part, clock, tables)
                end = None if frame.until is None else clock.at(frame.until)
                rows = Collector(self.known, tables, behind, frame.size, end, compat=self.compat)
                for batches, found in zip(mine, events, strict=False):
                    if frame.until is not None:
                        threads = np.array([batch.thread != NO_THREAD for batch in batches])
                        found = found.before(frame.until, threads)
                    time = clock.ns(found.time) if squeezed is None else squeezed[rows.n_events :][: len(found)]
                    rows.add(found, batches, time)
                    self._done += sum(batch.size for batch in batches)
                    progress(self._done, source.size)
                # The events have made known the goroutines that the samples name.
                blocks.append(rows.block(start, self._sample_rows(sampled, sample_time, tables)))
            read = [block.result() for block in blocks]
            self.known.counts += sum(block.counts for block in read)
            return read
        finally:
            behind.shutdown(wait=False, cancel_futures=True)

    def end(self, blocks: Sequence[Block]) -> int:
        """When the trace ends."""
        if self.compat:
            return self._squeeze.end()
        return max((int(max(block.end, block.samples.time.max(initial=0))) for block in blocks), default=0)

    def _clock(self, part: Bodies) -> Clock:
        found = sync(part.syncs, part.sync_times)
        self._frequency = found.frequency or self._frequency or USUAL_FREQUENCY
        clock = Clock(self._frequency, self._origin)
        if found.wall_ns and not self.wall_ns:
            self.wall_ns = found.wall_ns - clock.at(found.units)
        return clock

    def _begin(
        self, source: Source, frame: Frame, part: Bodies, clock: Clock, tables: Tables
    ) -> tuple[int, Int64, Int64, Int64 | None]:
        """When a generation begins, its CPU samples and their times, and under `compat` the times of its events."""
        self.known.states.next_generation()
        sampled = _samples(part)
        if frame.until is not None:
            sampled = sampled[sampled[:, 1] < frame.until]
        self._count(frame, part, tables, len(sampled))
        start = clock.at(frame.start)
        # The profiler reads the clock for itself, and may do so before the first event.
        time, squeezed = np.maximum(clock.ns(sampled[:, 1]), 0), None
        if self.compat:
            start = self._squeeze.begin(start)
            squeezed, time = self._squeezed(source, part, clock, time)
        return start, sampled, time, squeezed

    def _count(self, frame: Frame, part: Bodies, tables: Tables, n_samples: int) -> None:
        counts = self.known.counts
        counts[Ev.EventBatch] += len(frame.batches) - part.experimental
        counts[Ev.ExperimentalBatch] += part.experimental
        counts[Ev.Strings] += len(part.strings)
        counts[Ev.String] += tables.n_strings
        counts[Ev.Stacks] += len(part.stacks)
        counts[Ev.Stack] += tables.n_stacks
        counts[Ev.CPUSamples] += len(part.samples)
        counts[Ev.CPUSample] += n_samples
        counts[Ev.Frequency] += len(part.syncs)
        counts[[Ev.Sync, Ev.ClockSnapshot]] += sum(body[0] == Ev.Sync for body in part.syncs)
        counts[Ev.EndOfGeneration] += frame.ended

    def _squeezed(self, source: Source, part: Bodies, clock: Clock, samples: Int64) -> tuple[Int64, Int64]:
        """The times that Go's reader gives the generation's events, and its samples."""
        times, weights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for events in decoded(source, chunked(part.events)):
            times.append(clock.ns(events.time))
            switches = (events.type == Ev.GoSwitch) | (events.type == Ev.GoSwitchDestroy)
            weights.append(np.where(switches, 3, 1))
        return self._squeeze.times(np.concatenate(times), np.concatenate(weights), samples)

    def _sample_rows(self, sampled: Int64, time: Int64, tables: Tables) -> SampleRows:
        _, _, thread, proc, goroutine, stack = sampled.T
        known = self.known
        return SampleRows(
            time,
            known.threads.rows(thread),
            narrow(known.procs.ids.rows(proc)),
            known.goroutines.ids.known(goroutine),
            np.maximum(tables.stacks.rows(stack), 0),
        )


def _samples(part: Bodies) -> Int64:
    """int64[n, 6]: type, time, thread, P, goroutine and stack of each CPU sample."""
    read = [read_varints(body, 1)[0] for body in part.samples]
    sampled = [np.zeros((0, 6), np.int64), *(each[: len(each) // 6 * 6].reshape(-1, 6) for each in read)]
    every = np.concatenate(sampled)
    every[:, 4][every[:, 4] == 0] = -1  # no goroutine
    return every
