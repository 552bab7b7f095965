"""What a chunk's events do to goroutines and Ps: a row for each change of state, still in the order of threads.

Rows are numbered: the wire numbers what other threads do to a goroutine or a P, what it does itself comes behind the
number by which it was started, and what it begins with comes first, as number 0. `parsers.trace.sorting` sorts.
"""

from dataclasses import dataclass, fields

import numpy as np

from parsers.trace.block import CHANGED, CREATED, STATUS, bits, causes, facts, narrow
from parsers.trace.context import NONE, PROC_ABANDONED, PROC_RUNNING, PROC_SYSCALL, Chunk, Context
from parsers.trace.events import Ev, of_types
from parsers.trace.model import Bool, Int32, Int64, ProcState, State, UInt8
from parsers.trace.order import key
from parsers.trace.tables import REASON_IDS, Tables

_NOTHING = 255

_STATUS = of_types(Ev.GoStatus, Ev.GoStatusStack)
_CREATES = of_types(Ev.GoCreate, Ev.GoCreateBlocked, Ev.GoCreateSyscall)
_CAUSED = of_types(Ev.GoCreate, Ev.GoCreateBlocked, Ev.GoUnblock)
_REASONED = of_types(Ev.GoStop, Ev.GoBlock)
_STACK_SECOND = of_types(Ev.GoStop, Ev.GoBlock, Ev.GoSyscallBegin)
_STACK_THIRD = of_types(Ev.GoCreate, Ev.GoCreateBlocked, Ev.GoUnblock)
_SWITCHES = of_types(Ev.GoSwitch, Ev.GoSwitchDestroy)
# Those whose own change is that of the goroutine they name, and not of their thread's.
_OF_NAMED = of_types(
    Ev.GoCreate, Ev.GoCreateBlocked, Ev.GoCreateSyscall, Ev.GoStart, Ev.GoUnblock, Ev.GoStatus, Ev.GoStatusStack
)
NAMES_G = _OF_NAMED | _SWITCHES
NAMES_P = of_types(Ev.ProcStart, Ev.ProcSteal, Ev.ProcStatus)

_STATE = np.full(256, _NOTHING, np.uint8)
for _to, _types in {
    State.RUNNABLE: (Ev.GoCreate, Ev.GoStop, Ev.GoUnblock, Ev.GoSyscallEndBlocked),
    State.RUNNING: (Ev.GoStart, Ev.GoSyscallEnd),
    State.SYSCALL: (Ev.GoCreateSyscall, Ev.GoSyscallBegin),
    State.WAITING: (Ev.GoBlock, Ev.GoCreateBlocked, Ev.GoSwitch),
    State.GONE: (Ev.GoDestroy, Ev.GoDestroySyscall, Ev.GoSwitchDestroy, Ev.GoStatus, Ev.GoStatusStack),
}.items():
    # Which state a status tells of is in its argument.
    _STATE[list(_types)] = _to
_BITS = bits(_STATE, np.where(_CREATES, CREATED, CHANGED), 0)


KEYS, TIME, CAUSES, FACTS = range(4)
"""The columns of Changes."""


@dataclass(frozen=True, eq=False, slots=True)
class Changes:
    """Changes of goroutines' states in packed columns: see `order.key`, `block.causes` and `block.facts`."""

    keys: Int64
    time: Int64
    causes: Int64
    facts: Int64


class ChangeRows:
    """The changes of a generation in columns that grow in place: parts that are joined are there twice for a while."""

    def __init__(self, capacity: int) -> None:
        """Make room for `capacity` rows; what is not used of it takes no memory."""
        self.n = 0
        self._columns = [np.empty(max(capacity, 1), np.int64) for _ in fields(Changes)]

    def add(self, some: Changes) -> None:
        """Add rows at the end."""
        end = self.n + len(some.keys)
        for at, field in enumerate(fields(Changes)):
            if end > len(self._columns[at]):
                self._columns[at] = np.resize(self._columns[at][: self.n], max(end, 2 * self.n))
            self._columns[at][self.n : end] = getattr(some, field.name)
        self.n = end

    def column(self, at: int) -> Int64:
        """A column as far as it is filled."""
        return self._columns[at][: self.n]

    def take(self, at: int) -> Int64:
        """A column, which is not kept here."""
        taken, self._columns[at] = self.column(at), np.zeros(0, np.int64)
        return taken


@dataclass(frozen=True, eq=False, slots=True)
class Besides:
    """Changes that events make besides their main one; `after` is the generation's main row that they follow."""

    changes: Changes
    after: Int64


@dataclass(frozen=True, eq=False, slots=True)
class ProcChanges:
    """Changes of Ps' states; `place` is the event's among the generation's."""

    proc: Int32
    sequence: Int64
    place: Int64
    time: Int64
    state: UInt8  # ProcState
    status: Bool
    abandoned: Bool  # the status of a P that is about to be taken from a system call, wherever that is
    thread: Int32


@dataclass(frozen=True, eq=False, slots=True)
class Syscalls:
    """Moments from which a goroutine is in a system call on a P, which another thread may take by the next number."""

    proc: Int32
    proc_sequence: Int64
    goroutine: Int32
    sequence: Int64
    after: Int64
    over: Int64  # when the goroutine ends, if that is what its thread does next


@dataclass(frozen=True, eq=False, slots=True)
class Steals:
    """Ps taken from threads in system calls, by other threads; `victim` is the system's id of the thread."""

    proc: Int32
    proc_sequence: Int64
    victim: Int64
    time: Int64


def changing(chunk: Chunk, about: Context) -> Int64:
    """The events that change a goroutine's state; of damaged traces only those where it is known whose."""
    rows = np.flatnonzero(_STATE.take(chunk.type) != _NOTHING)
    unknown = np.where(_OF_NAMED.take(chunk.type[rows]), chunk.goroutine[rows], about.goroutine[rows]) == NONE
    return rows[~unknown] if unknown.any() else rows


def statuses(chunk: Chunk, about: Context, rows: Int64) -> tuple[Int64, UInt8, Int64]:
    """Which of the events `rows` are statuses, the states that they tell, and the ids of their stacks."""
    at = np.flatnonzero(_STATUS.take(chunk.type[rows]))
    events = rows[at]
    stack = np.zeros(len(at), np.int64)
    with_stack = chunk.type[chunk.with_fourth] == Ev.GoStatusStack
    place = np.minimum(np.searchsorted(events, chunk.with_fourth[with_stack]), max(len(at) - 1, 0))
    if len(at):
        found = events[place] == chunk.with_fourth[with_stack]
        stack[place[found]] = chunk.fourth[with_stack][found]
    return at, _told(chunk.arguments[2][events], about.proc[events]), stack


def _told(code: Int64, proc: Int32) -> UInt8:
    """The states that statuses tell; a system call without a P is a blocked one."""
    told = np.where((code >= State.RUNNABLE) & (code <= State.WAITING), code, State.GONE).astype(np.uint8)
    told[(told == State.SYSCALL) & (proc == NONE)] = State.SYSCALL_BLOCKED
    return told


def changes(chunk: Chunk, about: Context, tables: Tables, rows: Int64) -> tuple[Changes, bool]:
    """What the events `rows` do to goroutines, a row each; and whether all their stacks are known."""
    kind, second = chunk.type[rows], chunk.arguments[1]
    named = _OF_NAMED.take(kind)
    context = about.goroutine[rows]
    sequence = np.where(named, second[rows], about.sequence[rows])
    sequence += 1
    sequence[(_CREATES | _STATUS).take(kind)] = 0
    stack = tables.stacks.rows(_stack(chunk, kind, rows))
    known = not (stack < 0).any()
    proc = about.proc[rows]
    proc[np.searchsorted(rows, about.lost)] = NONE
    return Changes(
        key(np.where(named, chunk.goroutine[rows], context), sequence),
        chunk.time[rows],
        causes(stack if known else np.maximum(stack, 0), np.where(_CAUSED.take(kind), context, np.int32(NONE))),
        facts(chunk.thread[rows], narrow(proc), _bits(chunk, kind, rows, proc)),
    ), known


def _bits(chunk: Chunk, kind: UInt8, rows: Int64, proc: Int32) -> Int32:
    """State, origin and reason; the latter by their string ids, which are small."""
    first, _, third = chunk.arguments
    found = _BITS.take(kind)
    stopped = np.flatnonzero(_REASONED.take(kind))
    reason = first[rows[stopped]]
    found[stopped] |= bits(0, 0, np.where((reason >= 0) & (reason < REASON_IDS), reason, 0))
    status = np.flatnonzero(_STATUS.take(kind))
    found[status] = bits(_told(third[rows[status]], proc[status]), STATUS, 0)
    return found


def _stack(chunk: Chunk, kind: UInt8, rows: Int64) -> Int64:
    _, second, third = chunk.arguments
    stack = np.where(_STACK_SECOND.take(kind), second[rows], 0)
    behind = np.flatnonzero(_STACK_THIRD.take(kind))
    stack[behind] = third[rows[behind]]
    with_stack = chunk.type[chunk.with_fourth] == Ev.GoStatusStack
    rows_with, fourth = chunk.with_fourth[with_stack], chunk.fourth[with_stack]
    place = np.searchsorted(rows, rows_with)
    there = np.append(rows, -1)[place] == rows_with
    stack[place[there]] = fourth[there]
    return stack


def besides(chunk: Chunk, about: Context, rows: Int64, first_row: int) -> list[Besides]:
    """What the events do to goroutines besides; `rows` are those of `changing`, the first being row `first_row`."""
    switches = np.flatnonzero(_SWITCHES.take(chunk.type) & (chunk.goroutine != NONE))
    blocked = about.blocked

    def switched(state: State) -> Besides:
        return further(
            chunk.goroutine[switches],
            chunk.arguments[1][switches],
            chunk.time[switches],
            state,
            _row(rows, switches, first_row),
            about.goroutine[switches],
            about.proc[switches],
            chunk.thread[switches],
        )

    return [
        # A coroutine's switch makes another runnable and starts it, at one stroke.
        switched(State.RUNNABLE),
        switched(State.RUNNING),
        # A thread gives up its P in a system call.
        further(
            about.goroutine[blocked],
            about.sequence[blocked],
            chunk.time[blocked],
            State.SYSCALL_BLOCKED,
            _row(rows, blocked, first_row),
        ),
    ]


def further(
    goroutine: Int32,
    sequence: Int64,
    time: Int64,
    state: State,
    after: Int64,
    by: Int32 | None = None,
    proc: Int32 | None = None,
    thread: Int32 | None = None,
) -> Besides:
    """Changes to `state`, behind the main rows `after`."""
    n = len(goroutine)
    nobody = np.full(n, NONE, np.int32)
    on = nobody if proc is None else proc
    return Besides(
        Changes(
            key(goroutine, sequence + 1),
            time,
            causes(np.zeros(n, np.int32), nobody if by is None else by),
            facts(nobody if thread is None else thread, narrow(on), bits(np.full(n, state), 0, 0)),
        ),
        after,
    )


def _row(rows: Int64, events: Int64, first_row: int) -> Int64:
    """The main row that each event makes, or else the last one before."""
    return first_row + np.searchsorted(rows, events, side="right") - 1


def created(chunk: Chunk) -> tuple[Int32, Int64]:
    """The goroutines that are created to run something, and the ids of the stacks that tell what."""
    rows = np.flatnonzero((chunk.type == Ev.GoCreate) | (chunk.type == Ev.GoCreateBlocked))
    return chunk.goroutine[rows], chunk.arguments[1][rows]


def elsewhere(chunk: Chunk) -> tuple[Int32, Int64]:
    """The goroutines that are said to be in a system call on another thread, and the system's ids of those."""
    rows = np.flatnonzero(_STATUS.take(chunk.type))
    rows = rows[(chunk.arguments[2][rows] == State.SYSCALL) & ~chunk.own[rows]]
    return chunk.goroutine[rows], chunk.arguments[1][rows]


def proc_changes(chunk: Chunk, about: Context, first_event: int) -> ProcChanges:
    """What the events do to Ps; the first of them is the generation's event `first_event`."""
    kind, (_, second, _) = chunk.type, chunk.arguments
    named = np.flatnonzero(NAMES_P.take(kind) & (chunk.proc != NONE))
    status = kind[named] == Ev.ProcStatus
    held = (second[named] == PROC_RUNNING) | (second[named] == PROC_SYSCALL)
    running = np.where(status, held, kind[named] == Ev.ProcStart)
    stopped = about.stopped
    nothing = np.zeros(len(stopped), np.bool_)
    rows = np.concatenate([named, stopped])
    return ProcChanges(
        np.concatenate([chunk.proc[named], about.proc[stopped]]),
        np.concatenate([np.where(status, 0, second[named] + 1), about.stopped_sequence + 1]),
        rows + first_event,
        chunk.time[rows],
        np.where(np.concatenate([running, nothing]), ProcState.RUNNING, ProcState.IDLE).astype(np.uint8),
        np.concatenate([status, nothing]),
        np.concatenate([status & (second[named] == PROC_ABANDONED), nothing]),
        chunk.thread[rows],
    )


def syscalls(chunk: Chunk, about: Context, rows: Int64, first_row: int) -> Syscalls:
    """Where goroutines are known to be in system calls on a P of a known number."""
    kind, (first, second, _) = chunk.type, chunk.arguments
    begins = np.flatnonzero(kind == Ev.GoSyscallBegin)
    begins = begins[about.goroutine[begins] != NONE]
    # The status of a P in a system call comes right before that of the goroutine, where that is told at all.
    status = np.flatnonzero(kind == Ev.ProcStatus)
    status = status[second[status] == PROC_SYSCALL]
    behind = np.minimum(status + 1, len(kind) - 1)
    told = _STATUS.take(kind[behind])
    events = np.concatenate([begins, status + told])
    following = np.minimum(events + 1, len(kind) - 1)
    destroyed = (kind[following] == Ev.GoDestroySyscall) & (chunk.thread[following] == chunk.thread[events])
    return Syscalls(
        np.concatenate([about.proc[begins], chunk.proc[status]]),
        np.concatenate([first[begins], np.zeros(len(status), np.int64)]),
        np.concatenate([about.goroutine[begins], np.where(told, chunk.goroutine[behind], about.goroutine[status])]),
        np.concatenate([about.sequence[begins], np.where(told, 0, about.sequence[status])]),
        _row(rows, events, first_row),
        np.where(destroyed, chunk.time[following], np.iinfo(np.int64).max),
    )


def steals(chunk: Chunk) -> Steals:
    """Ps taken from other threads."""
    taken = np.flatnonzero(chunk.type == Ev.ProcSteal)
    taken = taken[~chunk.own[taken]]
    _, second, third = chunk.arguments
    return Steals(chunk.proc[taken], second[taken], third[taken], chunk.time[taken])
