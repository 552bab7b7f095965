"""The rows of one generation, collected chunk by chunk.

Taking a chunk in has two halves. Who its events are about depends on the chunk before, and is found at once; what
follows from that is worked out behind it, while the next chunk is looked at.
"""

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field

import numpy as np

from parsers.trace.batches import Batch
from parsers.trace.block import Block, CounterRows, Moments, SampleRows
from parsers.trace.columns import joined, none_of
from parsers.trace.context import NONE, Chunk, Context, Threads, context
from parsers.trace.events import Ev
from parsers.trace.ids import Ids
from parsers.trace.model import Int32, Int64, State, UInt8
from parsers.trace.moments import counters, moments
from parsers.trace.sorting import Goroutines, Procs, losses
from parsers.trace.tables import STABLE_STRINGS, Shared, Tables
from parsers.trace.transitions import (
    NAMES_G,
    NAMES_P,
    Besides,
    ChangeRows,
    ProcChanges,
    Steals,
    Syscalls,
    besides,
    changes,
    changing,
    created,
    elsewhere,
    further,
    proc_changes,
    statuses,
    steals,
    syscalls,
)
from parsers.trace.wire import Events

_MOST_REASONS = 255
# Less than they take on average, so that there is room for all.
_BYTES_PER_EVENT = 4


@dataclass(eq=False, slots=True)
class Known:
    """What all generations share: rows of what they name, and how everything stands at the end of the last one."""

    strings: Shared = field(default_factory=Shared)
    threads: Ids = field(default_factory=Ids)
    goroutines: Goroutines = field(default_factory=Goroutines)
    procs: Procs = field(default_factory=Procs)
    states: Threads = field(default_factory=Threads)
    reasons: dict[str, int] = field(default_factory=lambda: {"": 0})  # to rows of Trace.reasons
    counts: Int64 = field(default_factory=lambda: np.zeros(256, np.int64))

    def copy(self) -> "Known":
        """The same, to go on from in another way."""
        return Known(
            self.strings.copy(),
            self.threads.copy(),
            self.goroutines.copy(),
            self.procs.copy(),
            self.states.copy(),
            self.reasons.copy(),
            self.counts.copy(),
        )


class Collector:
    """Collects the rows of a generation; `behind` is where the second half of the work is done, in order."""

    def __init__(
        self, known: Known, tables: Tables, behind: Executor, size: int, end: int | None, *, compat: bool
    ) -> None:
        """Begin a generation of `size` bytes, which ends with its last event unless `end` says when."""
        self._until = end
        self.n_events = 0
        self._known = known
        self._tables = tables
        self._behind = behind
        self._compat = compat
        self._waiting: Future[None] | None = None
        self._counts = np.zeros(256, np.int64)
        self._damaged = 0
        self._resolved = True
        self._end = 0
        self._entered: list[tuple[Int32, Int64]] = []
        self._named: list[tuple[Int32, Int64]] = []
        self._main = ChangeRows(size // _BYTES_PER_EVENT)
        self._more: list[Besides] = []
        self._procs = [none_of(ProcChanges)]
        self._syscalls = [none_of(Syscalls)]
        self._steals = [none_of(Steals)]
        self._moments = [none_of(Moments)]
        self._counters = [none_of(CounterRows)]
        states = known.states.states
        self._sitting = {thread: state.goroutine for thread, state in states.items() if state.in_syscall}

    def add(self, events: Events, batches: Sequence[Batch], time: Int64) -> None:
        """Take in a chunk's events, which happened at `time`."""
        self._damaged += len(events.damaged)
        if not len(events):
            return
        chunk = self._chunk(events, batches, time)
        about = context(chunk, self._known.states)
        self._sit(*elsewhere(chunk))
        if self._waiting:
            self._waiting.result()
        self._waiting = self._behind.submit(self._take, chunk, about, self.n_events)
        self.n_events += len(events)

    def _chunk(self, events: Events, batches: Sequence[Batch], time: Int64) -> Chunk:
        """The events with rows for the goroutines, Ps and threads that they name."""
        known, (first, second, third) = self._known, events.arguments
        threads = np.array([batch.thread for batch in batches], np.uint64).view(np.int64)
        goroutine, proc = (np.full(len(events), NONE, np.int32) for _ in range(2))
        for column, ids, names, active in (
            (goroutine, known.goroutines.ids, NAMES_G, Ev.GCMarkAssistActive),
            (proc, known.procs.ids, NAMES_P, Ev.GCSweepActive),
        ):
            naming = np.flatnonzero(names.take(events.type))
            column[naming] = ids.rows(first[naming])
            # Whose range goes on, has been named.
            named = np.flatnonzero(events.type == active)
            column[named] = ids.known(first[named])
        thread = np.repeat(threads, events.counts)
        return Chunk(
            events.type,
            time,
            events.arguments,
            events.with_fourth,
            events.fourth,
            goroutine,
            proc,
            np.repeat(known.threads.rows(threads), events.counts),
            (np.where(events.type == Ev.ProcSteal, third, second) == thread) & (thread != NONE),
        )

    def _sit(self, goroutines: Int32, threads: Int64) -> None:
        """Goroutines are in system calls on threads that have said nothing of it."""
        rows = self._known.threads.rows(threads)
        for goroutine, thread in zip(goroutines.tolist(), rows.tolist(), strict=True):
            state = self._known.states.of(thread)
            if state.goroutine == NONE:
                state.goroutine, state.in_syscall = goroutine, True

    def _take(self, chunk: Chunk, about: Context, first_event: int) -> None:
        """What follows from a chunk's events and their context."""
        self._counts += np.bincount(chunk.type, minlength=256)
        self._end = max(self._end, int(chunk.time.max()))
        rows = self._new(chunk, about, changing(chunk, about))
        main, resolved = changes(chunk, about, self._tables, rows)
        self._resolved &= resolved
        self._more += besides(chunk, about, rows, self._main.n)
        self._entered.append(created(chunk))
        self._procs.append(proc_changes(chunk, about, first_event))
        self._syscalls.append(syscalls(chunk, about, rows, self._main.n))
        self._steals.append(steals(chunk))
        self._moments.append(moments(chunk, about, self._tables))
        self._counters.append(counters(chunk))
        self._main.add(main)

    def _new(self, chunk: Chunk, about: Context, rows: Int64) -> Int64:
        """The events `rows` without the statuses that say what is known: coming late, they must not move anything."""
        at, state, stack = statuses(chunk, about, rows)
        goroutine = chunk.goroutine[rows[at]]
        known = self._known.goroutines.knows(goroutine, state)
        if not self._compat:
            self._named.append((goroutine[known], stack[known]))
        return np.delete(rows, at[known])

    def block(self, start: int, samples: SampleRows) -> "Future[Block]":
        """All rows, sorted; to be asked for once, when all chunks are in."""
        return self._behind.submit(self._block, start, samples)

    def _block(self, start: int, samples: SampleRows) -> Block:
        known = self._known
        known.goroutines.grow()
        functions = known.strings.entry_functions()
        for goroutine, stack in self._entered:
            known.goroutines.name[goroutine] = functions.take(np.maximum(self._tables.stacks.rows(stack), 0))
        for goroutine, stack in self._named:
            function = functions.take(np.maximum(self._tables.stacks.rows(stack), 0))
            unnamed = known.goroutines.name[goroutine] == 0
            known.goroutines.name[goroutine[unnamed]] = function[unnamed]
        self._more.append(self._stolen())
        return Block(
            start,
            max(self._end, start) if self._until is None else self._until,
            self.n_events,
            self._counts,
            self._damaged,
            self._damaged == 0 and self._tables.whole and self._resolved,
            known.goroutines.spans(self._main, self._more, start, self._reasons, functions, compat=self._compat),
            known.procs.spans(joined(self._procs), start),
            joined(self._moments),
            joined(self._counters),
            samples,
        )

    def _stolen(self) -> Besides:
        """System calls that lost their P to another thread."""
        stolen, entered = joined(self._steals), joined(self._syscalls)
        which, found = losses(stolen, entered)
        # What was in a system call when the generation began has no number in it.
        rest = np.setdiff1d(np.arange(len(stolen.proc)), which)
        victims = self._known.threads.known(stolen.victim[rest]).tolist()
        sitting = np.array([self._sitting.get(victim, NONE) for victim in victims], np.int32)
        rest, sitting = rest[sitting != NONE], sitting[sitting != NONE]
        return further(
            np.concatenate([entered.goroutine[found], sitting]).astype(np.int32),
            np.concatenate([entered.sequence[found], np.zeros(len(rest), np.int64)]),
            stolen.time[np.concatenate([which, rest])],
            State.SYSCALL_BLOCKED,
            # Whatever else it does in this generation comes behind.
            np.concatenate([entered.after[found], np.full(len(rest), -1)]),
        )

    def _reasons(self, ids: UInt8) -> UInt8:
        """uint8 per string id: the row of that reason."""
        table = np.zeros(256, np.uint8)
        used = np.flatnonzero(np.bincount(ids, minlength=256))
        reasons = self._known.reasons
        for id in used.tolist():
            # While a generation is still being written its strings are missing.
            reason = self._tables.reasons.get(id, STABLE_STRINGS.get(id, ""))
            if reason in reasons or len(reasons) < _MOST_REASONS:
                table[id] = reasons.setdefault(reason, len(reasons))
        return table.take(ids)
