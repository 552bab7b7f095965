"""Generations one after the other to rows: what is known of goroutines, Ps and threads is carried from each to the next.

A generation that is missing, or damaged, costs itself alone: the statuses that the next one begins with say how
everything stands.
"""

from typing import BinaryIO

import numpy as np

from parsers.errors import Progress
from parsers.trace.batches import Frame
from parsers.trace.block import Block, CounterRows, Moments, SampleRows
from parsers.trace.columns import joined, none_of
from parsers.trace.compat import Squeeze
from parsers.trace.context import NONE, Threads, context
from parsers.trace.events import Ev
from parsers.trace.generation import USUAL_FREQUENCY, Bodies, Clock, bodies, decoded, sync
from parsers.trace.ids import Ids
from parsers.trace.model import Int32, Int64, State, UInt8
from parsers.trace.moments import counters, moments
from parsers.trace.sorting import Goroutines, Procs, losses, rows_of
from parsers.trace.tables import STABLE_STRINGS, Shared, Tables
from parsers.trace.transitions import (
    CHANGED,
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
    with_goroutine,
)
from parsers.trace.wire import Events, read_varints

_MOST_REASONS = 255
# The runtime registers its constant strings first in each generation.
_MOST_REASON_IDS = 4096


class Reader:
    """Reads the generations of one trace in their order."""

    def __init__(self, file: BinaryIO, size: int, first: Frame, progress: Progress, *, compat: bool) -> None:
        self.shared = Shared()
        self.threads = Ids()
        self.goroutines = Goroutines()
        self.procs = Procs()
        self.counts = np.zeros(256, np.int64)
        self.reasons: dict[int, int] = {0: 0}  # rows of the shared strings
        self.wall_ns = 0
        self.compat = compat
        self.size = size
        self._file = file
        self._origin = first.start
        self._frequency = 0
        self.states = Threads()
        self._squeeze = Squeeze()
        self._progress = progress

    def read(self, frame: Frame) -> Block:
        """The next generation's rows."""
        parts = bodies(self._file, frame)
        tables = self.shared.read(parts.strings, parts.stacks)
        clock = self._clock(parts)
        self._count(frame, parts, tables)
        self.states.next_generation()
        start = int(clock.ns(np.array([frame.start], np.uint64).view(np.int64))[0])
        sampled = _samples(parts)
        sample_time = clock.ns(sampled[:, 1])
        squeezed = None
        if self.compat:
            start = self._squeeze.begin(start)
            squeezed, sample_time = self._squeezed(parts, clock, sample_time)
        rows = _Rows(self, tables)
        for batches, events in decoded(self._file, parts.events):
            ids = np.array([batch.thread for batch in batches], np.uint64).view(np.int64)
            time = clock.ns(events.time) if squeezed is None else squeezed[rows.n_events :][: len(events)]
            rows.add(events, time, rows_of(self.threads, ids).astype(np.int64)[events.batch])
            self._progress(batches[-1].offset + batches[-1].size, self.size)
        return rows.block(start, _sample_rows(self, sampled, sample_time, tables))

    def end(self, blocks: list[Block]) -> int:
        """When the trace ends."""
        return self._squeeze.end() if self.compat else max((block.end for block in blocks), default=0)

    def sit_in_syscalls(self, goroutines: Int64, threads: Int64) -> None:
        """Goroutines are in system calls on threads that have said nothing of it."""
        for goroutine, thread in zip(goroutines.tolist(), rows_of(self.threads, threads).tolist(), strict=True):
            state = self.states.of(thread)
            if state.goroutine == NONE:
                state.goroutine, state.in_syscall = goroutine, True

    def _clock(self, parts: Bodies) -> Clock:
        found = sync(parts.syncs)
        self._frequency = found.frequency or self._frequency or USUAL_FREQUENCY
        clock = Clock(self._frequency, self._origin)
        if found.wall_ns and not self.wall_ns:
            self.wall_ns = found.wall_ns - int(clock.ns(np.array([found.units]))[0])
        return clock

    def _count(self, frame: Frame, parts: Bodies, tables: Tables) -> None:
        counts = self.counts
        counts[Ev.EventBatch] += len(frame.batches) - parts.experimental
        counts[Ev.ExperimentalBatch] += parts.experimental
        counts[Ev.Strings] += len(parts.strings)
        counts[Ev.String] += tables.n_strings
        counts[Ev.Stacks] += len(parts.stacks)
        counts[Ev.Stack] += tables.n_stacks
        counts[Ev.CPUSamples] += len(parts.samples)
        counts[Ev.CPUSample] += len(_samples(parts))
        counts[Ev.EndOfGeneration] += frame.ended
        for body in parts.syncs:
            counts[Ev.Frequency] += 1
            counts[Ev.Sync] += body[0] == Ev.Sync
            counts[Ev.ClockSnapshot] += body[0] == Ev.Sync

    def _squeezed(self, parts: Bodies, clock: Clock, samples: Int64) -> tuple[Int64, Int64]:
        """The times that Go's reader gives the generation's events, and its samples."""
        times, weights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for _, events in decoded(self._file, parts.events):
            times.append(clock.ns(events.time))
            switches = (events.type == Ev.GoSwitch) | (events.type == Ev.GoSwitchDestroy)
            weights.append(np.where(switches, 3, 1))
        return self._squeeze.times(np.concatenate(times), np.concatenate(weights), samples)


class _Rows:
    """Collects the rows of one generation, chunk by chunk."""

    def __init__(self, reader: Reader, tables: Tables) -> None:
        self.n_events = 0
        self.damaged = 0
        self._resolved = True
        self._reader = reader
        self._tables = tables
        self._end = 0
        states = reader.states.states
        self._sitting = {thread: state.goroutine for thread, state in states.items() if state.in_syscall}
        self._main: list[Changes] = []
        self._more: list[Changes] = []
        self._procs: list[ProcChanges] = []
        self._syscalls: list[Syscalls] = []
        self._steals: list[Steals] = []
        self._moments: list[Moments] = []
        self._counters: list[CounterRows] = []

    def add(self, events: Events, time: Int64, thread: Int64) -> None:
        """Take in a chunk's events, which happened at `time` on the threads with these rows."""
        reader = self._reader
        self.damaged += len(events.damaged)
        if not len(events):
            return
        reader.counts += np.bincount(events.type, minlength=256)
        own = np.append(reader.threads.ids().view(np.int64), NONE).take(thread)
        about = context(events, thread, own, reader.states)
        places = 2 * np.arange(self.n_events, self.n_events + len(events))
        self.n_events += len(events)
        self._end = max(self._end, int(time.max()))
        main, more = changes(events, about, time, thread, own, places)
        self._main.append(self._with_rows(main))
        self._more.append(self._with_rows(more))
        self._enter(*created(events))
        self._procs.append(proc_changes(events, about, time, thread, places))
        self._syscalls.append(syscalls(events, about, places))
        self._steals.append(steals(events, time, own, places))
        self._reader.sit_in_syscalls(*elsewhere(events, own))
        self._moments.append(
            moments(events, about, time, self._tables, reader.goroutines.ids, reader.procs.ids)
        )
        self._counters.append(counters(events, time))

    def _with_rows(self, found: Changes) -> Changes:
        """The changes with rows for ids, in narrow columns; those of nobody knows which goroutine are left out."""
        found, reader = with_goroutine(found), self._reader
        return Changes(
            reader.goroutines.ids.rows(found.goroutine),
            found.sequence,
            found.place,
            found.time,
            found.state,
            found.origin,
            self._reasons(found.reason),
            self._stacks(found.stack),
            rows_of(reader.goroutines.ids, found.by, add=False),
            rows_of(reader.procs.ids, found.proc).astype(np.int16),
            found.thread.astype(np.int32),
        )

    def _enter(self, goroutine: Int64, stack: Int64) -> None:
        goroutines = self._reader.goroutines
        goroutines.enter(goroutines.ids.rows(goroutine), self._stacks(stack))

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

    def block(self, start: int, samples: SampleRows) -> Block:
        """All of them, sorted."""
        reader = self._reader
        more = joined([*self._more, self._stolen()])
        main, self._main, self._more = joined([*self._main, none_of(Changes)]), [], []
        return Block(
            start,
            max(self._end, start),
            self.n_events,
            self.damaged,
            self.damaged == 0 and self._tables.whole and self._resolved,
            reader.goroutines.spans(main, more, start, compat=reader.compat),
            reader.procs.spans(joined([*self._procs, none_of(ProcChanges)]), start),
            joined([*self._moments, none_of(Moments)]),
            joined([*self._counters, none_of(CounterRows)]),
            samples,
        )

    def _stolen(self) -> Changes:
        """System calls that lost their P to another thread."""
        stolen = joined([*self._steals, none_of(Steals)])
        entered = joined([*self._syscalls, none_of(Syscalls)])
        which, found = losses(stolen, entered)
        # What was in a system call when the generation began has no number in it.
        rest = np.setdiff1d(np.arange(len(stolen.proc)), which)
        victims = rows_of(self._reader.threads, stolen.victim[rest], add=False).tolist()
        sitting = np.array([self._sitting.get(victim, NONE) for victim in victims], np.int64)
        which = np.concatenate([which, rest])
        nothing = np.zeros(len(which), np.int64)
        return self._with_rows(
            Changes(
                np.concatenate([entered.goroutine[found], sitting]),
                np.concatenate([entered.sequence[found], nothing[: len(rest)]]),
                np.concatenate([entered.place[found], stolen.place[rest]]) + 1,
                stolen.time[which],
                np.full(len(which), State.SYSCALL_BLOCKED, np.uint8),
                np.full(len(which), CHANGED, np.uint8),
                nothing,
                nothing,
                nothing + NONE,
                nothing + NONE,
                nothing + NONE,
            )
        )


def _samples(parts: Bodies) -> Int64:
    """int64[n, 6]: type, time, thread, P, goroutine and stack of each CPU sample."""
    read = [read_varints(body, 1)[0] for body in parts.samples]
    return np.concatenate([np.zeros((0, 6), np.int64), *(each[: len(each) // 6 * 6].reshape(-1, 6) for each in read)])


def _sample_rows(reader: Reader, sampled: Int64, time: Int64, tables: Tables) -> SampleRows:
    _, _, thread, proc, goroutine, stack = sampled.T
    return SampleRows(
        time,
        rows_of(reader.threads, thread),
        rows_of(reader.procs.ids, proc).astype(np.int16),
        rows_of(reader.goroutines.ids, np.where(goroutine == 0, NONE, goroutine), add=False),
        np.maximum(tables.stacks.rows(stack), 0),
    )
