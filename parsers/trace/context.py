"""Who an event is about: the goroutine and the P that its thread had when it happened.

Events carry only what they change. A thread's events are in order, so what it has is what the last such event before
said, and one running maximum over their places fills all of them in (order.go of internal/trace has the rules).
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.trace.events import Ev, of_types
from parsers.trace.model import Bool, Int64, State
from parsers.trace.wire import Events

NONE = -1

_GETS_G = of_types(Ev.GoStart, Ev.GoSwitch, Ev.GoSwitchDestroy, Ev.GoCreateSyscall)
_LOSES_G = of_types(Ev.GoStop, Ev.GoBlock, Ev.GoDestroy, Ev.GoDestroySyscall, Ev.GoSyscallEndBlocked)
_STATUS = of_types(Ev.GoStatus, Ev.GoStatusStack)
_NUMBERED_G = of_types(Ev.GoStart, Ev.GoSwitch, Ev.GoSwitchDestroy)
# Wire codes of ProcStatus.
PROC_RUNNING, PROC_IDLE, PROC_SYSCALL, PROC_ABANDONED = 1, 2, 3, 4


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

    def next_generation(self) -> None:
        """Sequence numbers begin anew."""
        for state in self.states.values():
            state.sequence = state.proc_sequence = 0


@dataclass(frozen=True, eq=False, slots=True)
class Context:
    """Per event, what its thread had before it: ids, -1 for none, and the sequence numbers it had them by."""

    goroutine: Int64
    sequence: Int64
    in_syscall: Bool  # the goroutine is in a system call
    proc: Int64
    proc_sequence: Int64


class _Fill:
    """Events in stretches of one thread each, and what the last event of some kind before each of them said."""

    def __init__(self, thread: Int64) -> None:
        starts = np.concatenate([[0], np.flatnonzero(np.diff(thread)) + 1])
        lengths = np.diff(np.append(starts, len(thread)))
        self.threads = thread[starts].tolist()
        self._starts = starts
        self._ends = starts + lengths - 1
        self._stretch = np.repeat(np.arange(len(starts)), lengths)
        self._places = np.arange(len(thread))

    def last(self, setters: Bool) -> Int64:
        """int64 per event: the last setter up to it, itself included; one of an earlier stretch stands for none."""
        last: Int64 = np.maximum.accumulate(np.where(setters, self._places, -1))
        return last

    def before(self, last: Int64, values: NDArray[Any], carried: NDArray[Any]) -> NDArray[Any]:
        """What the last setter before each event set; without one, what its stretch began with."""
        at = np.empty_like(last)
        at[:1], at[1:] = -1, last[:-1]
        found = values.take(at, mode="clip")
        none = at < self._starts.take(self._stretch)
        found[none] = carried.take(self._stretch[none])
        return found

    def after(self, last: Int64, values: NDArray[Any], carried: NDArray[Any]) -> list[Any]:
        """What is set at the end of each stretch."""
        at = last[self._ends]
        left: list[Any] = np.where(at < self._starts, carried, values.take(at, mode="clip")).tolist()
        return left

    def first_of_stretch(self, rows: Int64) -> Int64:
        """Where the stretches of these events begin."""
        return self._starts[self._stretch[rows]]

    def carried(self, rows: Int64, values: NDArray[Any]) -> NDArray[Any]:
        """What the stretches of these events began with."""
        return values[self._stretch[rows]]


def context(events: Events, thread: Int64, own: Int64, carried: Threads) -> Context:
    """The context of each event, at least one; `thread` is its thread's row, in stretches of one thread each.

    `own` is the operating system's id of each event's thread, -1 for none. What threads had before is taken from
    `carried`, and what they have in the end is left there.
    """
    kind, (first, second, third) = events.type, events.arguments
    fill = _Fill(thread)
    states = [carried.of(row) for row in fill.threads]
    in_syscall = _own_syscall_status(events, own)
    status = np.flatnonzero(_STATUS.take(kind))

    gets, loses = _GETS_G.take(kind), _LOSES_G.take(kind)
    gets[status[third[status] == State.RUNNING]] = True
    gets[in_syscall] = True
    last = fill.last(gets | loses)
    goroutines = np.where(gets, first, NONE)
    sequences = np.where(_NUMBERED_G.take(kind), second, 0)
    had_g = np.array([state.goroutine for state in states])
    had_sequence = np.array([state.sequence for state in states])

    begins = kind == Ev.GoSyscallBegin
    enters = begins | (kind == Ev.GoCreateSyscall)
    enters[in_syscall] = True
    inside = fill.last(gets | loses | begins | (kind == Ev.GoSyscallEnd))
    was_inside = np.array([state.in_syscall for state in states])

    proc, proc_sequence = _procs(events, own, enters, fill, states)
    result = Context(
        fill.before(last, goroutines, had_g),
        fill.before(last, sequences, had_sequence),
        fill.before(inside, enters, was_inside),
        proc,
        proc_sequence,
    )
    goroutine, sequence = fill.after(last, goroutines, had_g), fill.after(last, sequences, had_sequence)
    is_inside = fill.after(inside, enters, was_inside)
    for at, state in enumerate(states):
        state.goroutine, state.sequence, state.in_syscall = goroutine[at], sequence[at], is_inside[at]
    return result


def _own_syscall_status(events: Events, own: Int64) -> Int64:
    """The statuses that say of a goroutine that it is in a system call on the very thread that says so."""
    status = np.flatnonzero(_STATUS.take(events.type))
    _, second, third = events.arguments
    return status[(third[status] == State.SYSCALL) & (own[status] == second[status]) & (own[status] != NONE)]


def _procs(
    events: Events, own: Int64, enters: Bool, fill: _Fill, states: list[ThreadState]
) -> tuple[Int64, Int64]:
    """Each event's P, and the sequence number it was had by."""
    kind, (first, second, third) = events.type, events.arguments
    had = np.array([state.proc for state in states])
    had_sequence = np.array([state.proc_sequence for state in states])
    fresh = np.array([state.fresh for state in states])

    gets = (kind == Ev.ProcStart) | (
        (kind == Ev.ProcStatus) & ((second == PROC_RUNNING) | (second == PROC_SYSCALL)) & (own != NONE)
    )
    changes = gets | (kind == Ev.ProcStop) | (kind == Ev.GoDestroySyscall)
    changes |= (kind == Ev.ProcSteal) & (third == own)
    # A system call that has lost its P ends without one, unless the thread has got another by then.
    last, entered = fill.last(changes), fill.last(enters)
    ended = np.flatnonzero(kind == Ev.GoSyscallEndBlocked)
    start = fill.first_of_stretch(ended)
    got, began = last[ended], entered[ended]
    kept = np.where(
        np.maximum(got, began) < start, fill.carried(ended, fresh), (got >= start) & (got > began) & gets.take(got)
    )
    changes[ended[~kept]] = True

    last = fill.last(changes)
    values = np.where(gets, first, NONE)
    numbered = np.where(kind == Ev.ProcStart, second, np.where(kind == Ev.GoSyscallBegin, first, 0))
    counted = fill.last(changes | (kind == Ev.GoSyscallBegin))
    proc, sequence = fill.after(last, values, had), fill.after(counted, numbered, had_sequence)
    is_fresh = fill.after(np.maximum(last, entered), gets, fresh)
    for at, state in enumerate(states):
        state.proc, state.proc_sequence, state.fresh = proc[at], sequence[at], is_fresh[at]
    return fill.before(last, values, had), fill.before(counted, numbered, had_sequence)
