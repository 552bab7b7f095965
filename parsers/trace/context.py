"""Who an event is about: the goroutine and the P that its thread had when it happened.

Events carry only what they change. A thread's events are in order, so each of them has what the last event before said
that changed it (order.go of internal/trace has the rules). Goroutines and Ps are rows by now.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.trace.events import Ev, of_types
from parsers.trace.model import Bool, Int32, Int64, State, UInt8

NONE = -1

_GETS_G = of_types(Ev.GoStart, Ev.GoSwitch, Ev.GoSwitchDestroy, Ev.GoCreateSyscall)
_LOSES_G = of_types(Ev.GoStop, Ev.GoBlock, Ev.GoDestroy, Ev.GoDestroySyscall, Ev.GoSyscallEndBlocked)
_NUMBERS_G = of_types(Ev.GoStart, Ev.GoSwitch, Ev.GoSwitchDestroy)
_STATUS = of_types(Ev.GoStatus, Ev.GoStatusStack)
_SYSCALL = of_types(Ev.GoSyscallBegin, Ev.GoSyscallEnd)
_PROC = of_types(Ev.ProcStart, Ev.ProcStop, Ev.ProcStatus, Ev.ProcSteal, Ev.GoDestroySyscall, Ev.GoSyscallEndBlocked)
# Wire codes of ProcStatus.
PROC_RUNNING, PROC_SYSCALL, PROC_ABANDONED = 1, 3, 4


@dataclass(frozen=True, eq=False, slots=True)
class Chunk:
    """Events of some threads, in stretches of one thread each; `arguments` are the wire's.

    `goroutine` and `proc` are the rows of those that an event names, -1 where it names none; `thread` its thread's row,
    -1 for none, and `own` whether the thread that it names is its own.
    """

    type: UInt8
    time: Int64
    arguments: tuple[Int64, Int64, Int64]
    with_fourth: Int64
    fourth: Int64
    goroutine: Int32
    proc: Int32
    thread: Int32
    own: Bool

    def __len__(self) -> int:
        return len(self.type)


@dataclass(slots=True)
class ThreadState:
    """What a thread had after its last event. `fresh`: it got its P during the system call it is in."""

    goroutine: int = NONE
    sequence: int = 0
    proc: int = NONE
    proc_sequence: int = 0
    in_syscall: bool = False
    fresh: bool = False


@dataclass(eq=False, slots=True)
class Threads:
    """The states of all threads by row, carried from one piece of their events to the next."""

    states: dict[int, ThreadState] = field(default_factory=dict)

    def of(self, row: int) -> ThreadState:
        """A thread's state; for events that belong to no thread, one that nobody keeps."""
        return self.states.setdefault(row, ThreadState()) if row >= 0 else ThreadState()

    def copy(self) -> "Threads":
        return Threads({row: replace(state) for row, state in self.states.items()})

    def next_generation(self) -> None:
        """Sequence numbers begin anew."""
        for state in self.states.values():
            state.sequence = state.proc_sequence = 0


class _Fill:
    """What holds from event to event, until one of `at` sets it anew, and what holds when a thread begins.

    `at` are events in order; what each of them sets holds behind it.
    """

    def __init__(self, at: Int64, starts: Int64, n_events: int) -> None:
        self._at = at
        # Where what a stretch begins with goes among what is set.
        self._begins = np.searchsorted(at, starts)
        self._starts = starts
        holds_from = np.insert(at + 1, self._begins, starts)
        self._lengths = np.diff(np.append(holds_from, n_events))

    def before(self, values: NDArray[Any], carried: list[Any]) -> NDArray[Any]:
        """What holds before each event; `values` are what is set, `carried` what the stretches begin with."""
        return np.repeat(np.insert(values, self._begins, carried), self._lengths)

    def before_some(self, rows: Int64, values: NDArray[Any], carried: list[Any]) -> NDArray[Any]:
        """The same of a few events."""
        every: NDArray[Any] = np.insert(values, self._begins, carried)
        found: NDArray[Any] = every[
            np.searchsorted(self._at, rows) + np.searchsorted(self._starts, rows, side="right") - 1
        ]
        return found

    def after(self, values: NDArray[Any], carried: list[Any]) -> list[Any]:
        """What holds at the end of each stretch."""
        last = np.append(self._begins[1:], len(self._at)) - 1
        found: list[Any] = np.where(last < self._begins, carried, np.append(values, carried[:1])[last]).tolist()
        return found


@dataclass(frozen=True, eq=False, slots=True)
class Context:
    """Per event, what its thread had before it, -1 for none; and the number that it had its goroutine by.

    `blocked` are the events by which a thread gives up its P in a system call, `lost` those that end a system call
    whose P is gone; `stopped` those by which it gives one up at all, and the numbers it had them by.
    """

    goroutine: Int32
    sequence: Int64
    proc: Int32
    blocked: Int64
    lost: Int64
    stopped: Int64
    stopped_sequence: Int64


def _stretches(thread: Int32) -> Int64:
    """Where the events of each thread begin."""
    return np.append(np.zeros(1, np.int64), np.flatnonzero(thread[1:] != thread[:-1]) + 1)


def context(chunk: Chunk, carried: Threads) -> Context:
    """The context of each event of a chunk that is not empty.

    What threads had before is taken from `carried`, and what they have in the end is left there.
    """
    kind, (_, second, third) = chunk.type, chunk.arguments
    starts = _stretches(chunk.thread)
    states = [carried.of(row) for row in chunk.thread[starts].tolist()]
    status = np.flatnonzero(_STATUS.take(kind))
    sitting = status[(third[status] == State.SYSCALL) & chunk.own[status]]

    sets = _GETS_G.take(kind)
    sets[status[third[status] == State.RUNNING]] = True
    sets[sitting] = True
    gets = sets.copy()
    sets |= _LOSES_G.take(kind)
    at = np.flatnonzero(sets)
    fill = _Fill(at, starts, len(chunk))
    values = np.where(gets[at], chunk.goroutine[at], np.int32(NONE))
    numbers = np.where(_NUMBERS_G.take(kind[at]), second[at], 0)
    had, had_number = [state.goroutine for state in states], [state.sequence for state in states]
    goroutine = fill.before(values, had)
    sequence = fill.before(numbers, had_number)
    now, now_number = fill.after(values, had), fill.after(numbers, had_number)

    calls = np.flatnonzero(sets | _SYSCALL.take(kind))
    enters = (kind[calls] == Ev.GoSyscallBegin) | (kind[calls] == Ev.GoCreateSyscall)
    enters[np.searchsorted(calls, sitting)] = True
    within = _Fill(calls, starts, len(chunk))
    was_within = [state.in_syscall for state in states]
    proc, lost, stopped, stopped_sequence = _procs(chunk, states, starts)
    leaves = np.flatnonzero((kind == Ev.ProcStop) | ((kind == Ev.ProcSteal) & chunk.own))
    leaves = leaves[goroutine[leaves] != NONE]
    blocked = leaves[within.before_some(leaves, enters, was_within)]
    is_within = within.after(enters, was_within)
    for stretch, state in enumerate(states):
        state.goroutine, state.sequence, state.in_syscall = now[stretch], now_number[stretch], is_within[stretch]
    return Context(goroutine, sequence, proc, blocked, lost, stopped, stopped_sequence)


def _procs(chunk: Chunk, states: list[ThreadState], starts: Int64) -> tuple[Int32, Int64, Int64, Int64]:
    """Each event's P, which events end a system call without one, and which leave one that was had by which number."""
    kind, (first, second, _) = chunk.type, chunk.arguments
    at = np.flatnonzero(_PROC.take(kind))
    at = at[(kind[at] != Ev.ProcSteal) | chunk.own[at]]
    kinds = kind[at]
    gets = (kinds == Ev.ProcStart) | (
        (kinds == Ev.ProcStatus)
        & ((second[at] == PROC_RUNNING) | (second[at] == PROC_SYSCALL))
        & (chunk.thread[at] != NONE)
    )
    ends = kinds == Ev.GoSyscallEndBlocked
    changes = gets | ends | (kinds != Ev.ProcStatus)
    # A system call that has lost its P ends without one, unless its thread has got another by then.
    told_in_syscall = (kinds == Ev.ProcStatus) & (second[at] == PROC_SYSCALL)
    fresh, is_fresh = _fresh(chunk, states, starts, at[gets & ~told_in_syscall], at[told_in_syscall], at[ends])
    changes[ends] = ~fresh
    at, gets = at[changes], gets[changes]
    fill = _Fill(at, starts, len(chunk))
    values = np.where(gets, chunk.proc[at], np.int32(NONE))
    had = [state.proc for state in states]
    proc, now = fill.before(values, had), fill.after(values, had)

    calls = np.flatnonzero(kind == Ev.GoSyscallBegin)
    counted = np.union1d(at, calls)
    numbers = np.where(
        kind[counted] == Ev.ProcStart,
        second[counted],
        np.where(kind[counted] == Ev.GoSyscallBegin, first[counted], 0),
    )
    count = _Fill(counted, starts, len(chunk))
    had_number = [state.proc_sequence for state in states]
    stopped = at[(kind[at] == Ev.ProcStop) | (kind[at] == Ev.GoDestroySyscall)]
    stopped = stopped[proc[stopped] != NONE]
    sequence = count.before_some(stopped, numbers, had_number)
    now_number = count.after(numbers, had_number)
    for stretch, state in enumerate(states):
        state.proc, state.proc_sequence, state.fresh = now[stretch], now_number[stretch], is_fresh[stretch]
    return proc, at[kind[at] == Ev.GoSyscallEndBlocked], stopped, sequence


def _fresh(
    chunk: Chunk, states: list[ThreadState], starts: Int64, got: Int64, kept: Int64, ended: Int64
) -> tuple[Bool, list[bool]]:
    """Whether a P was got during the system call, where these end; and at the end of each stretch.

    `got` are the events that get one, `kept` those that tell of one as being in a system call.
    """
    entered = np.flatnonzero((chunk.type == Ev.GoSyscallBegin) | (chunk.type == Ev.GoCreateSyscall))
    at = np.sort(np.concatenate([got, kept, entered]))
    fill = _Fill(at, starts, len(chunk))
    values, carried = np.isin(at, got), [state.fresh for state in states]
    return fill.before_some(ended, values, carried), fill.after(values, carried)
