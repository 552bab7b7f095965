"""What events do to goroutines and Ps: a row for each change of state, still in the order of threads.

`sequence` puts the rows of a goroutine, or of a P, in order: the wire numbers what other threads do to it, and what it
does itself comes behind the number by which it was started. `place` orders rows of equal numbers. `parsers.trace.order`
sorts.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.trace.columns import joined, picked
from parsers.trace.context import NONE, PROC_RUNNING, PROC_SYSCALL, Context
from parsers.trace.events import Ev, of_types
from parsers.trace.model import Bool, Int64, ProcState, State, UInt8
from parsers.trace.wire import Events

CHANGED, STATUS, CREATED = 0, 1, 2

_NOTHING = 255
_STATUS = of_types(Ev.GoStatus, Ev.GoStatusStack)
_NAMES_G = of_types(
    Ev.GoCreate, Ev.GoCreateBlocked, Ev.GoCreateSyscall, Ev.GoStart, Ev.GoUnblock, Ev.GoStatus, Ev.GoStatusStack
)
_CREATES = of_types(Ev.GoCreate, Ev.GoCreateBlocked, Ev.GoCreateSyscall)
_CAUSED = of_types(Ev.GoCreate, Ev.GoCreateBlocked, Ev.GoUnblock)
_NUMBERED = of_types(Ev.GoStart, Ev.GoUnblock)
_REASONED = of_types(Ev.GoStop, Ev.GoBlock)
_STACK_SECOND = of_types(Ev.GoStop, Ev.GoBlock, Ev.GoSyscallBegin)
_STACK_THIRD = of_types(Ev.GoCreate, Ev.GoCreateBlocked, Ev.GoUnblock)
_SWITCHES = of_types(Ev.GoSwitch, Ev.GoSwitchDestroy)

_STATE = np.full(256, _NOTHING, np.uint8)
for _state, _types in {
    State.RUNNABLE: (Ev.GoCreate, Ev.GoStop, Ev.GoUnblock, Ev.GoSyscallEndBlocked),
    State.RUNNING: (Ev.GoStart, Ev.GoSyscallEnd),
    State.SYSCALL: (Ev.GoCreateSyscall, Ev.GoSyscallBegin),
    State.WAITING: (Ev.GoBlock, Ev.GoCreateBlocked, Ev.GoSwitch),
    State.GONE: (Ev.GoDestroy, Ev.GoDestroySyscall, Ev.GoSwitchDestroy, Ev.GoStatus, Ev.GoStatusStack),
}.items():
    # Which state a status tells of is in its argument.
    _STATE[list(_types)] = _state

Ints = NDArray[np.signedinteger[Any]]


@dataclass(eq=False, slots=True)
class Changes:
    """Changes of goroutines' states. Goroutines, Ps, reasons and stacks are the wire's ids, -1 for no goroutine or P;
    in `parsers.trace.sorting` they are rows.

    `origin` tells rows that begin something: STATUS what was so already when the generation began, CREATED a life.
    """

    goroutine: Ints
    sequence: Int64
    place: Int64
    time: Int64
    state: UInt8
    origin: UInt8
    reason: Ints | UInt8
    stack: Ints
    by: Ints
    proc: Ints
    thread: Ints  # row, -1 for none


@dataclass(frozen=True, eq=False, slots=True)
class ProcChanges:
    """Changes of Ps' states, likewise."""

    proc: Int64
    sequence: Int64
    place: Int64
    time: Int64
    state: UInt8  # ProcState
    status: Bool
    thread: Int64


@dataclass(frozen=True, eq=False, slots=True)
class Syscalls:
    """Moments from which a goroutine is in a system call on a P, which another thread may take away by the next number."""

    proc: Int64
    proc_sequence: Int64
    goroutine: Int64
    sequence: Int64
    place: Int64


@dataclass(frozen=True, eq=False, slots=True)
class Steals:
    """Ps taken from threads in system calls, by other threads; `victim` is the operating system's id of the thread."""

    proc: Int64
    proc_sequence: Int64
    victim: Int64
    time: Int64
    place: Int64


def changes(
    events: Events, about: Context, time: Int64, thread: Int64, own: Int64, places: Int64
) -> tuple[Changes, Changes]:
    """What the events do to goroutines, but for the loss of a P to another thread: a row an event, and rows besides.

    `thread` is each event's thread by row, and `own` by the operating system's id; `places` numbers the events of the
    generation, by twos.
    """
    kind, (first, second, third) = events.type, events.arguments
    rows = np.flatnonzero(_STATE.take(kind) != _NOTHING)
    kinds = kind[rows]
    named, status, state = _NAMES_G.take(kinds), _STATUS.take(kinds), _STATE.take(kinds)
    at = np.flatnonzero(status)
    state[at] = _status_state(third[rows[at]], about.proc[rows[at]])
    stack = np.where(_STACK_SECOND.take(kinds), second[rows], np.where(_STACK_THIRD.take(kinds), third[rows], 0))
    with_stack = kind[events.with_fourth] == Ev.GoStatusStack
    stack[np.searchsorted(rows, events.with_fourth[with_stack])] = events.fourth[with_stack]
    goroutine = about.goroutine[rows]
    found = Changes(
        np.where(named, first[rows], goroutine),
        np.where(_NUMBERED.take(kinds), second[rows], np.where(named, 0, about.sequence[rows])),
        places[rows],
        time[rows],
        state,
        np.where(status, STATUS, np.where(_CREATES.take(kinds), CREATED, CHANGED)).astype(np.uint8),
        np.where(_REASONED.take(kinds), first[rows], 0),
        stack,
        np.where(_CAUSED.take(kinds), goroutine, NONE),
        about.proc[rows],
        thread[rows],
    )
    switched = np.flatnonzero(_SWITCHES.take(kind))
    next_one = _extra(events, about, time, thread, places, switched, first[switched], second[switched], State.RUNNING)
    # A P given up, or taken back by its own thread, in the middle of a system call.
    taken = (kind == Ev.ProcStop) | ((kind == Ev.ProcSteal) & (third == own))
    lost = np.flatnonzero(taken & about.in_syscall)
    lost = lost[about.goroutine[lost] != NONE]
    blocked = _extra(
        events, about, time, thread, places, lost, about.goroutine[lost], about.sequence[lost], State.SYSCALL_BLOCKED
    )
    return found, joined([next_one, blocked])


def _status_state(code: Int64, proc: Int64) -> UInt8:
    """The state that a status tells; a system call without a P is a blocked one."""
    state = np.where((code >= State.RUNNABLE) & (code <= State.WAITING), code, State.GONE).astype(np.uint8)
    state[(state == State.SYSCALL) & (proc == NONE)] = State.SYSCALL_BLOCKED
    return state


def created(events: Events) -> tuple[Int64, Int64]:
    """The goroutines that are created to run something, and the stacks that tell what; ids."""
    rows = np.flatnonzero((events.type == Ev.GoCreate) | (events.type == Ev.GoCreateBlocked))
    return events.arguments[0][rows], events.arguments[1][rows]


def elsewhere(events: Events, own: Int64) -> tuple[Int64, Int64]:
    """The goroutines that are said to be in a system call on another thread, and the system's ids of those; ids."""
    first, second, third = events.arguments
    rows = np.flatnonzero(_STATUS.take(events.type) & (third == State.SYSCALL) & (second != own))
    return first[rows], second[rows]


def with_goroutine(found: Changes) -> Changes:
    """The rows whose goroutine is known."""
    return picked(found, np.flatnonzero(found.goroutine != NONE)) if (found.goroutine == NONE).any() else found


def _extra(
    events: Events,
    about: Context,
    time: Int64,
    thread: Int64,
    places: Int64,
    rows: Int64,
    goroutine: Int64,
    sequence: Int64,
    state: State,
) -> Changes:
    """Changes that events make besides their main one: to `state`, from the next place on."""
    nothing = np.zeros(len(rows), np.int64)
    return Changes(
        goroutine,
        sequence,
        places[rows] + 1,
        time[rows],
        np.full(len(rows), state, np.uint8),
        np.zeros(len(rows), np.uint8),
        nothing,
        nothing,
        np.where(_SWITCHES.take(events.type[rows]), about.goroutine[rows], NONE),
        about.proc[rows],
        thread[rows],
    )


def proc_changes(events: Events, about: Context, time: Int64, thread: Int64, places: Int64) -> ProcChanges:
    """What the events do to Ps."""
    kind, (first, second, _) = events.type, events.arguments
    named = (kind == Ev.ProcStart) | (kind == Ev.ProcSteal) | (kind == Ev.ProcStatus)
    own = ((kind == Ev.ProcStop) | (kind == Ev.GoDestroySyscall)) & (about.proc != NONE)
    rows = np.flatnonzero(named | own)
    kinds, named = kind[rows], named[rows]
    status = kinds == Ev.ProcStatus
    held = (second[rows] == PROC_RUNNING) | (second[rows] == PROC_SYSCALL)
    running = (kinds == Ev.ProcStart) | (status & held)
    return ProcChanges(
        np.where(named, first[rows], about.proc[rows]),
        np.where(status, 0, np.where(named, second[rows], about.proc_sequence[rows])),
        places[rows],
        time[rows],
        np.where(running, ProcState.RUNNING, ProcState.IDLE).astype(np.uint8),
        status,
        thread[rows],
    )


def syscalls(events: Events, about: Context, places: Int64) -> Syscalls:
    """Where goroutines are known to be in system calls on a P of a known number."""
    kind, (first, second, _) = events.type, events.arguments
    begins = np.flatnonzero((kind == Ev.GoSyscallBegin) & (about.goroutine != NONE))
    # The status of a P in a system call comes right before that of the goroutine, where that is told at all.
    status = np.flatnonzero((kind == Ev.ProcStatus) & (second == PROC_SYSCALL))
    behind = np.minimum(status + 1, len(kind) - 1)
    told = _STATUS.take(kind[behind])
    holder = np.where(told, first[behind], about.goroutine[status])
    return Syscalls(
        np.concatenate([about.proc[begins], first[status]]),
        np.concatenate([first[begins], np.zeros(len(status), np.int64)]),
        np.concatenate([about.goroutine[begins], holder]),
        np.concatenate([about.sequence[begins], np.where(told, 0, about.sequence[status])]),
        np.concatenate([places[begins], places[status] + 2 * told]),
    )


def steals(events: Events, time: Int64, own: Int64, places: Int64) -> Steals:
    """Ps taken from other threads; `own` is the operating system's id of each event's thread."""
    first, second, third = events.arguments
    rows = np.flatnonzero((events.type == Ev.ProcSteal) & (third != own))
    return Steals(first[rows], second[rows], third[rows], time[rows], places[rows])
