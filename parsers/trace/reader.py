"""Generations one after the other to rows: what is known of goroutines, Ps and threads is carried from each to the next.

A generation that is missing, or damaged, costs itself alone: the statuses that the next one begins with say how
everything stands.
"""

from typing import BinaryIO

import numpy as np

from parsers.errors import Progress
from parsers.trace.batches import Batch, Frame
from parsers.trace.block import Block, CounterRows, Moments, Rows, SampleRows
from parsers.trace.columns import joined, none_of
from parsers.trace.compat import Squeeze
from parsers.trace.context import NONE, Chunk, Threads, context
from parsers.trace.events import Ev
from parsers.trace.generation import USUAL_FREQUENCY, Bodies, Clock, bodies, decoded, sync
from parsers.trace.ids import Ids
from parsers.trace.model import Int32, Int64, State, UInt8
from parsers.trace.moments import counters, moments
from parsers.trace.sorting import Goroutines, Procs, losses
from parsers.trace.tables import STABLE_STRINGS, Shared, Tables
from parsers.trace.transitions import (
    CHANGED,
    NAMES_G,
    NAMES_P,
    Changes,
    ProcChanges,
    Steals,
    Syscalls,
    changes,
    created,
    elsewhere,
    proc_changes,
    steals,
    syscalls,
)
from parsers.trace.wire import Events, read_varints

_MOST_REASONS = 255
# The runtime registers its constant strings first in each generation.
_MOST_REASON_IDS = 4096
_MOST_PROCS = 1 << 15


class Reader:
    """Reads the generations of one trace in their order."""

    def __init__(self, file: BinaryIO, size: int, first: Frame, progress: Progress, *, compat: bool) -> None:
        self.size = size
        self.compat = compat
        self.shared = Shared()
        self.threads = Ids()
        self.goroutines = Goroutines()
        self.procs = Procs()
        self.states = Threads()
        self.counts = np.zeros(256, np.int64)
        self.reasons: dict[int, int] = {0: 0}  # rows of the shared strings, and of Trace.reasons
        self.wall_ns = 0
        self._file = file
        self._origin = first.start
        self._frequency = 0
        self._squeeze = Squeeze()
        self._progress = progress

    def read(self, frame: Frame) -> Block:
        """The next generation's rows."""
        parts = bodies(self._file, frame)
        tables = self.shared.read(parts.strings, parts.stacks)
        clock = self._clock(parts)
        sampled = _samples(parts)
        self._count(frame, parts, tables, len(sampled))
        self.states.next_generation()
        start = int(clock.ns(np.array([frame.start], np.uint64).view(np.int64))[0])
        sample_time = clock.ns(sampled[:, 1])
        squeezed = None
        if self.compat:
            start = self._squeeze.begin(start)
            squeezed, sample_time = self._squeezed(parts, clock, sample_time)
        rows = _Collected(self, tables)
        for batches, events in decoded(self._file, parts.events):
            time = clock.ns(events.time) if squeezed is None else squeezed[rows.n_events :][: len(events)]
            rows.add(events, batches, time)
            self._progress(batches[-1].offset + batches[-1].size, self.size)
        return rows.block(start, self._sample_rows(sampled, sample_time, tables))

    def end(self, blocks: list[Block]) -> int:
        """When the trace ends."""
        return self._squeeze.end() if self.compat else max((block.end for block in blocks), default=0)

    def _clock(self, parts: Bodies) -> Clock:
        found = sync(parts.syncs)
        self._frequency = found.frequency or self._frequency or USUAL_FREQUENCY
        clock = Clock(self._frequency, self._origin)
        if found.wall_ns and not self.wall_ns:
            self.wall_ns = found.wall_ns - int(clock.ns(np.array([found.units]))[0])
        return clock

    def _count(self, frame: Frame, parts: Bodies, tables: Tables, n_samples: int) -> None:
        counts = self.counts
        counts[Ev.EventBatch] += len(frame.batches) - parts.experimental
        counts[Ev.ExperimentalBatch] += parts.experimental
        counts[Ev.Strings] += len(parts.strings)
        counts[Ev.String] += tables.n_strings
        counts[Ev.Stacks] += len(parts.stacks)
        counts[Ev.Stack] += tables.n_stacks
        counts[Ev.CPUSamples] += len(parts.samples)
        counts[Ev.CPUSample] += n_samples
        counts[Ev.Frequency] += len(parts.syncs)
        counts[[Ev.Sync, Ev.ClockSnapshot]] += sum(body[0] == Ev.Sync for body in parts.syncs)
        counts[Ev.EndOfGeneration] += frame.ended

    def _squeezed(self, parts: Bodies, clock: Clock, samples: Int64) -> tuple[Int64, Int64]:
        """The times that Go's reader gives the generation's events, and its samples."""
        times, weights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for _, events in decoded(self._file, parts.events):
            times.append(clock.ns(events.time))
            switches = (events.type == Ev.GoSwitch) | (events.type == Ev.GoSwitchDestroy)
            weights.append(np.where(switches, 3, 1))
        return self._squeeze.times(np.concatenate(times), np.concatenate(weights), samples)

    def _sample_rows(self, sampled: Int64, time: Int64, tables: Tables) -> SampleRows:
        _, _, thread, proc, goroutine, stack = sampled.T
        return SampleRows(
            time,
            self.threads.rows(thread),
            self.procs.ids.rows(proc).astype(np.int16),
            self.goroutines.ids.known(goroutine),
            np.maximum(tables.stacks.rows(stack), 0),
        )


class _Collected:
    """Collects the rows of one generation, chunk by chunk."""

    def __init__(self, reader: Reader, tables: Tables) -> None:
        self.n_events = 0
        self._reader = reader
        self._tables = tables
        self._damaged = 0
        self._resolved = True
        self._end = 0
        self._main: list[Rows] = []
        self._more: list[Rows] = []
        self._keys: list[tuple[Int64, Int64]] = []
        self._more_keys: list[tuple[Int64, Int64]] = []
        self._procs = [none_of(ProcChanges)]
        self._syscalls = [none_of(Syscalls)]
        self._steals = [none_of(Steals)]
        self._moments = [none_of(Moments)]
        self._counters = [none_of(CounterRows)]
        states = reader.states.states
        self._sitting = {thread: state.goroutine for thread, state in states.items() if state.in_syscall}

    def add(self, events: Events, batches: list[Batch], time: Int64) -> None:
        """Take in a chunk's events, which happened at `time`."""
        reader = self._reader
        self._damaged += len(events.damaged)
        if not len(events):
            return
        reader.counts += np.bincount(events.type, minlength=256)
        chunk = self._chunk(events, batches, time)
        about = context(chunk, reader.states)
        places = 2 * np.arange(self.n_events, self.n_events + len(events))
        self.n_events += len(events)
        self._end = max(self._end, int(time.max()))
        main, more = changes(chunk, about, places)
        self._take(main, self._main, self._keys)
        self._take(more, self._more, self._more_keys)
        goroutine, stack = created(chunk)
        reader.goroutines.enter(goroutine, self._stacks(stack))
        self._sit(*elsewhere(chunk))
        self._procs.append(proc_changes(chunk, about, places))
        self._syscalls.append(syscalls(chunk, about, places))
        self._steals.append(steals(chunk, places))
        self._moments.append(moments(chunk, about, self._tables, reader.goroutines.ids, reader.procs.ids))
        self._counters.append(counters(chunk))

    def _chunk(self, events: Events, batches: list[Batch], time: Int64) -> Chunk:
        """The events with rows for the goroutines, Ps and threads that they name."""
        reader, (first, second, third) = self._reader, events.arguments
        ids = np.array([batch.thread for batch in batches], np.uint64).view(np.int64)
        goroutine, proc = (np.full(len(events), NONE, np.int32) for _ in range(2))
        naming = np.flatnonzero(NAMES_G.take(events.type))
        goroutine[naming] = reader.goroutines.ids.rows(first[naming])
        naming = np.flatnonzero(NAMES_P.take(events.type))
        proc[naming] = reader.procs.ids.rows(first[naming])
        thread = ids[events.batch]
        return Chunk(
            events.type,
            time,
            events.arguments,
            events.with_fourth,
            events.fourth,
            goroutine,
            proc,
            reader.threads.rows(ids)[events.batch],
            (np.where(events.type == Ev.ProcSteal, third, second) == thread) & (thread != NONE),
        )

    def _take(self, found: Changes, rows: list[Rows], keys: list[tuple[Int64, Int64]]) -> None:
        rows.append(
            Rows.packed(
                found.goroutine,
                found.time,
                stack=self._stacks(found.stack),
                by=found.by,
                thread=found.thread,
                proc=np.where(found.proc < _MOST_PROCS, found.proc, NONE),
                reason=self._reasons(found.reason),
                state=found.state,
                origin=found.origin,
            )
        )
        keys.append((found.sequence, found.place))

    def _stacks(self, ids: Int64) -> Int32:
        """int32 per stack id: its row, the empty one's for what is not there."""
        rows = self._tables.stacks.rows(ids)
        if len(missing := np.flatnonzero(rows < 0)):
            rows[missing] = 0
            self._resolved = False
        return rows

    def _reasons(self, ids: Int64) -> UInt8:
        """uint8 per string id: the row of that reason."""
        clipped = np.where((ids > 0) & (ids < _MOST_REASON_IDS), ids, 0)
        table = np.zeros(_MOST_REASON_IDS, np.uint8)
        used = np.flatnonzero(np.bincount(clipped, minlength=_MOST_REASON_IDS))
        for id, row in zip(used.tolist(), self._tables.strings.rows(used).tolist(), strict=True):
            # While a generation is still being written its strings are missing.
            known = row if row >= 0 else self._reader.shared.string(STABLE_STRINGS.get(id, ""))
            reasons = self._reader.reasons
            if known in reasons or len(reasons) < _MOST_REASONS:
                table[id] = reasons.setdefault(known, len(reasons))
        return table.take(clipped)

    def _sit(self, goroutines: Int32, threads: Int64) -> None:
        """Goroutines are in system calls on threads that have said nothing of it."""
        for goroutine, thread in zip(goroutines.tolist(), self._reader.threads.rows(threads).tolist(), strict=True):
            state = self._reader.states.of(thread)
            if state.goroutine == NONE:
                state.goroutine, state.in_syscall = goroutine, True

    def block(self, start: int, samples: SampleRows) -> Block:
        """All of them, sorted."""
        reader = self._reader
        self._take(self._stolen(), self._more, self._more_keys)
        sequence, place = (np.concatenate(column) for column in zip(*self._keys, *self._more_keys, strict=True))
        n_main = sum(map(len, self._main))
        rows = joined([*self._main, *self._more])
        self._main, self._more, self._keys = [], [], []
        return Block(
            start,
            max(self._end, start),
            self.n_events,
            self._damaged,
            self._damaged == 0 and self._tables.whole and self._resolved,
            reader.goroutines.spans(rows, sequence, place, n_main, start, compat=reader.compat),
            reader.procs.spans(joined(self._procs), start),
            joined(self._moments),
            joined(self._counters),
            samples,
        )

    def _stolen(self) -> Changes:
        """System calls that lost their P to another thread."""
        stolen, entered = joined(self._steals), joined(self._syscalls)
        which, found = losses(stolen, entered)
        # What was in a system call when the generation began has no number in it.
        rest = np.setdiff1d(np.arange(len(stolen.proc)), which)
        victims = self._reader.threads.known(stolen.victim[rest]).tolist()
        sitting = np.array([self._sitting.get(victim, NONE) for victim in victims], np.int32)
        rest, sitting = rest[sitting != NONE], sitting[sitting != NONE]
        which = np.concatenate([which, rest])
        nothing = np.zeros(len(which), np.int64)
        nobody = np.full(len(which), NONE, np.int32)
        return Changes(
            np.concatenate([entered.goroutine[found], sitting]).astype(np.int32),
            np.concatenate([entered.sequence[found], np.zeros(len(rest), np.int64)]) + 1,
            np.concatenate([entered.place[found], stolen.place[rest]]) + 1,
            stolen.time[which],
            np.full(len(which), State.SYSCALL_BLOCKED, np.uint8),
            np.full(len(which), CHANGED, np.uint8),
            nothing,
            nothing,
            nobody,
            nobody,
            nobody,
        )


def _samples(parts: Bodies) -> Int64:
    """int64[n, 6]: type, time, thread, P, goroutine and stack of each CPU sample."""
    read = [read_varints(body, 1)[0] for body in parts.samples]
    return np.concatenate([np.zeros((0, 6), np.int64), *(each[: len(each) // 6 * 6].reshape(-1, 6) for each in read)])
