"""What a chunk's events do to goroutines and Ps: a row for each change of state, still in the order of threads.

`sequence` puts the rows of a goroutine, or of a P, in order: the wire numbers what other threads do to it, what it does
itself comes behind the number by which it was started, and what it begins with comes first. `place` orders rows of
equal numbers. `parsers.trace.sorting` sorts.
"""

from dataclasses import dataclass

import numpy as np

from parsers.trace.columns import joined, picked
from parsers.trace.context import NONE, PROC_RUNNING, PROC_SYSCALL, Chunk, Context
from parsers.trace.events import Ev, of_types
from parsers.trace.model import Bool, Int32, Int64, ProcState, State, UInt8

CHANGED, STATUS, CREATED = 0, 1, 2

_NOTHING = 255
_STATUS = of_types(Ev.GoStatus, Ev.GoStatusStack)
_CREATES = of_types(Ev.GoCreate, Ev.GoCreateBlocked, Ev.GoCreateSyscall)
_CAUSED = of_types(Ev.GoCreate, Ev.GoCreateBlocked, Ev.GoUnblock)
_NUMBERED = of_types(Ev.GoStart, Ev.GoUnblock)
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
for _state, _types in {
    State.RUNNABLE: (Ev.GoCreate, Ev.GoStop, Ev.GoUnblock, Ev.GoSyscallEndBlocked),
    State.RUNNING: (Ev.GoStart, Ev.GoSyscallEnd),
    State.SYSCALL: (Ev.GoCreateSyscall, Ev.GoSyscallBegin),
    State.WAITING: (Ev.GoBlock, Ev.GoCreateBlocked, Ev.GoSwitch),
    State.GONE: (Ev.GoDestroy, Ev.GoDestroySyscall, Ev.GoSwitchDestroy, Ev.GoStatus, Ev.GoStatusStack),
}.items():
    # Which state a status tells of is in its argument.
    _STATE[list(_types)] = _state


@dataclass(frozen=True, eq=False, slots=True)
class Changes:
    """Changes of goroutines' states; goroutines, Ps and threads are rows, reasons and stacks the wire's ids.

    `origin` tells rows that begin something: STATUS what was so already when the generation began, CREATED a life.
    """

    goroutine: Int32
    sequence: Int64
    place: Int64
    time: Int64
    state: UInt8
    origin: UInt8
    reason: Int64
    stack: Int64
    by: Int32
    proc: Int32
    thread: Int32


@dataclass(frozen=True, eq=False, slots=True)
class ProcChanges:
    """Changes of Ps' states, likewise."""

    proc: Int32
    sequence: Int64
    place: Int64
    time: Int64
    state: UInt8  # ProcState
    status: Bool
    thread: Int32


@dataclass(frozen=True, eq=False, slots=True)
class Syscalls:
    """Moments from which a goroutine is in a system call on a P, which another thread may take by the next number."""

    proc: Int32
    proc_sequence: Int64
    goroutine: Int32
    sequence: Int64
    place: Int64


@dataclass(frozen=True, eq=False, slots=True)
class Steals:
    """Ps taken from threads in system calls, by other threads; `victim` is the system's id of the thread."""

    proc: Int32
    proc_sequence: Int64
    victim: Int64
    time: Int64
    place: Int64


def changes(chunk: Chunk, about: Context, places: Int64) -> tuple[Changes, Changes]:
    """What the events do to goroutines, but for the loss of a P to another thread: a row an event, and rows besides.

    `places` numbers the events of the generation, by twos.
    """
    kind, (first, second, third) = chunk.type, chunk.arguments
    rows = np.flatnonzero(_STATE.take(kind) != _NOTHING)
    kinds = kind[rows]
    named = _OF_NAMED.take(kinds)
    main = Changes(
        np.where(named, chunk.goroutine[rows], about.goroutine[rows]),
        _sequence(kinds, named, second[rows], about.sequence[rows]),
        places[rows],
        chunk.time[rows],
        _state(kinds, rows, third, about.proc),
        _STATUS.take(kinds) * np.uint8(STATUS) + _CREATES.take(kinds) * np.uint8(CREATED),
        np.where(_REASONED.take(kinds), first[rows], 0),
        _stack(chunk, kinds, rows),
        np.where(_CAUSED.take(kinds), about.goroutine[rows], np.int32(NONE)),
        about.proc[rows],
        chunk.thread[rows],
    )
    if (main.goroutine == NONE).any():  # in a damaged trace: nobody knows whose they are
        main = picked(main, np.flatnonzero(main.goroutine != NONE))
    return main, joined([_switched_to(chunk, about, places), _blocked(chunk, about, places)])


def _sequence(kinds: UInt8, named: Bool, numbers: Int64, inherited: Int64) -> Int64:
    sequence = np.where(named, numbers, inherited) + 1
    sequence[(_STATUS | _CREATES).take(kinds)] = 0
    return sequence


def _state(kinds: UInt8, rows: Int64, codes: Int64, proc: Int32) -> UInt8:
    state = _STATE.take(kinds)
    status = np.flatnonzero(_STATUS.take(kinds))
    told = codes[rows[status]]
    told = np.where((told >= State.RUNNABLE) & (told <= State.WAITING), told, State.GONE)
    # A system call without a P is a blocked one.
    told[(told == State.SYSCALL) & (proc[rows[status]] == NONE)] = State.SYSCALL_BLOCKED
    state[status] = told
    return state


def _stack(chunk: Chunk, kinds: UInt8, rows: Int64) -> Int64:
    _, second, third = chunk.arguments
    stack = np.where(_STACK_SECOND.take(kinds), second[rows], 0)
    behind = np.flatnonzero(_STACK_THIRD.take(kinds))
    stack[behind] = third[rows[behind]]
    with_stack = chunk.type[chunk.with_fourth] == Ev.GoStatusStack
    stack[np.searchsorted(rows, chunk.with_fourth[with_stack])] = chunk.fourth[with_stack]
    return stack


def _switched_to(chunk: Chunk, about: Context, places: Int64) -> Changes:
    """The goroutines that coroutine switches start."""
    rows = np.flatnonzero(_SWITCHES.take(chunk.type))
    sequence = chunk.arguments[1][rows] + 1
    return _besides(chunk, about, places, rows, chunk.goroutine[rows], sequence, State.RUNNING, about.goroutine[rows])


def _blocked(chunk: Chunk, about: Context, places: Int64) -> Changes:
    """The goroutines that lose their P in a system call by what their own thread does."""
    rows = about.blocked
    nobody = np.full(len(rows), NONE, np.int32)
    return _besides(
        chunk, about, places, rows, about.goroutine[rows], about.sequence[rows] + 1, State.SYSCALL_BLOCKED, nobody
    )


def _besides(
    chunk: Chunk,
    about: Context,
    places: Int64,
    rows: Int64,
    goroutine: Int32,
    sequence: Int64,
    state: State,
    by: Int32,
) -> Changes:
    """Changes that events make behind their main one."""
    nothing = np.zeros(len(rows), np.int64)
    return Changes(
        goroutine,
        sequence,
        places[rows] + 1,
        chunk.time[rows],
        np.full(len(rows), state, np.uint8),
        np.full(len(rows), CHANGED, np.uint8),
        nothing,
        nothing,
        by,
        about.proc[rows],
        chunk.thread[rows],
    )


def created(chunk: Chunk) -> tuple[Int32, Int64]:
    """The goroutines that are created to run something, and the ids of the stacks that tell what."""
    rows = np.flatnonzero((chunk.type == Ev.GoCreate) | (chunk.type == Ev.GoCreateBlocked))
    return chunk.goroutine[rows], chunk.arguments[1][rows]


def elsewhere(chunk: Chunk) -> tuple[Int32, Int64]:
    """The goroutines that are said to be in a system call on another thread, and the system's ids of those."""
    rows = np.flatnonzero(_STATUS.take(chunk.type))
    rows = rows[(chunk.arguments[2][rows] == State.SYSCALL) & ~chunk.own[rows]]
    return chunk.goroutine[rows], chunk.arguments[1][rows]


def proc_changes(chunk: Chunk, about: Context, places: Int64) -> ProcChanges:
    """What the events do to Ps."""
    kind, (_, second, _) = chunk.type, chunk.arguments
    named = np.flatnonzero(NAMES_P.take(kind))
    status = kind[named] == Ev.ProcStatus
    held = (second[named] == PROC_RUNNING) | (second[named] == PROC_SYSCALL)
    running = np.where(status, held, kind[named] == Ev.ProcStart)
    stopped = about.stopped
    rows = np.concatenate([named, stopped])
    sequence = np.concatenate([np.where(status, 0, second[named] + 1), about.stopped_sequence + 1])
    state = np.concatenate([running, np.zeros(len(stopped), np.bool_)])
    return ProcChanges(
        np.concatenate([chunk.proc[named], about.proc[stopped]]),
        sequence,
        places[rows],
        chunk.time[rows],
        np.where(state, ProcState.RUNNING, ProcState.IDLE).astype(np.uint8),
        np.concatenate([status, np.zeros(len(stopped), np.bool_)]),
        chunk.thread[rows],
    )


def syscalls(chunk: Chunk, about: Context, places: Int64) -> Syscalls:
    """Where goroutines are known to be in system calls on a P of a known number."""
    kind, (first, second, _) = chunk.type, chunk.arguments
    begins = np.flatnonzero(kind == Ev.GoSyscallBegin)
    begins = begins[about.goroutine[begins] != NONE]
    # The status of a P in a system call comes right before that of the goroutine, where that is told at all.
    status = np.flatnonzero(kind == Ev.ProcStatus)
    status = status[second[status] == PROC_SYSCALL]
    behind = np.minimum(status + 1, len(kind) - 1)
    told = _STATUS.take(kind[behind])
    return Syscalls(
        np.concatenate([about.proc[begins], chunk.proc[status]]),
        np.concatenate([first[begins], np.zeros(len(status), np.int64)]),
        np.concatenate([about.goroutine[begins], np.where(told, chunk.goroutine[behind], about.goroutine[status])]),
        np.concatenate([about.sequence[begins], np.where(told, 0, about.sequence[status])]),
        np.concatenate([places[begins], places[status] + 2 * told]),
    )


def steals(chunk: Chunk, places: Int64) -> Steals:
    """Ps taken from other threads."""
    rows = np.flatnonzero(chunk.type == Ev.ProcSteal)
    rows = rows[~chunk.own[rows]]
    _, second, third = chunk.arguments
    return Steals(chunk.proc[rows], second[rows], third[rows], chunk.time[rows], places[rows])
