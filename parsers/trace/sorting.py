"""A generation's changes of goroutines and Ps sorted into spans, given what was known of them before.

Statuses that say what is known already are left out: they come late, and must not move anything in time.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.trace.block import ProcRows, SpanRows
from parsers.trace.columns import columns, joined, let_go
from parsers.trace.context import NONE
from parsers.trace.ids import Ids
from parsers.trace.model import Bool, Int32, Int64, State, UInt8
from parsers.trace.order import ascending, by_lives, exact_order
from parsers.trace.transitions import CHANGED, CREATED, STATUS, Changes, ProcChanges, Steals, Syscalls

UNKNOWN = 255


def rows_of(ids: Ids, wanted: NDArray[Any], *, add: bool = True) -> Int32:
    """int32: the rows of ids of which -1 is none, and has the row -1."""
    none = wanted == NONE
    if not none.any():
        return ids.rows(wanted) if add else ids.known(wanted)
    rows = np.full(len(wanted), NONE, np.int32)
    some = np.flatnonzero(~none)
    rows[some] = ids.rows(wanted[some]) if add else ids.known(wanted[some])
    return rows


class Goroutines:
    """All goroutines so far, by row: their ids, their last state, and the stack that tells what they run."""

    def __init__(self) -> None:
        self.ids = Ids()
        self.state: UInt8 = np.zeros(0, np.uint8)
        self.entry: Int32 = np.zeros(0, np.int32)
        self.created: Bool = np.zeros(0, np.bool_)

    def grow(self) -> None:
        """Make room for the goroutines that have become known."""
        more = len(self.ids) - len(self.state)
        self.state = np.append(self.state, np.full(more, UNKNOWN, np.uint8))
        self.entry = np.append(self.entry, np.zeros(more, np.int32))
        self.created = np.append(self.created, np.zeros(more, np.bool_))

    def enter(self, goroutine: Int32, stack: Int32) -> None:
        """Goroutines were created to run what these stacks tell."""
        self.grow()
        self.entry[goroutine] = stack

    def spans(self, main: Changes, more: Changes, start: int, *, compat: bool) -> SpanRows:
        """The spans that begin in a generation, which began at `start`; `main` is in the order of places."""
        self.grow()
        n_main = len(main.goroutine)
        every = joined([main, more])
        first = every.origin != CHANGED
        # What a goroutine begins with comes before everything else, whatever thread tells it.
        sequence = by_lives(every.goroutine, np.where(first, 0, every.sequence + 1), every.time, first)
        order = exact_order(every.goroutine, sequence, every.place, n_main)
        del sequence, first
        found = every if every is not main else Changes(*columns(main))
        goroutine, _, _, time, state, origin, *others = let_go(found)
        goroutine, state, origin, time = goroutine[order], state[order], origin[order], time[order]
        before = self._before(goroutine, state)
        reason, stack = others[0], others[1]
        self._name(goroutine, state, origin, reason[order], stack[order])
        new = (origin == STATUS) & (before == UNKNOWN)
        self.created[goroutine[(origin == CREATED) & (before == UNKNOWN)]] = True
        seen = time[new & (state == State.SYSCALL_BLOCKED)] if compat else time[:0]
        time[new] = start
        kept = np.flatnonzero(~_tells_nothing(state, origin, before))
        found = SpanRows(
            goroutine[kept],
            ascending(goroutine[kept], time[kept]),
            state[kept],
            *(column[order[kept]] for column in others),
        )
        last = np.flatnonzero(np.append(found.goroutine[1:] != found.goroutine[:-1], np.ones(1, np.bool_)))
        if len(found.goroutine):
            self.state[found.goroutine[last]] = found.state[last]
        return _going_on(found, np.flatnonzero((new & (state == State.SYSCALL_BLOCKED))[kept]), seen) if len(seen) else found

    def _before(self, goroutine: Int32, state: UInt8) -> UInt8:
        """The state before each row."""
        before = np.empty_like(state)
        before[1:] = state[:-1]
        starts = np.flatnonzero(np.append(True, goroutine[1:] != goroutine[:-1])[: len(goroutine)])
        before[starts] = self.state[goroutine[starts]]
        return before

    def _name(self, goroutine: Int32, state: UInt8, origin: UInt8, reason: UInt8, stack: Int32) -> None:
        """Note the first stack of its own of each goroutine that none is known of."""
        own = (state == State.WAITING) | (state == State.SYSCALL) | (origin == STATUS)
        own |= (state == State.RUNNABLE) & (reason != 0)
        rows = np.flatnonzero(own & (stack != 0))
        rows = rows[self.entry[goroutine[rows]] == 0]
        nameless, first = np.unique(goroutine[rows], return_index=True)
        self.entry[nameless] = stack[rows[first]]


def _tells_nothing(state: UInt8, origin: UInt8, before: UInt8) -> Bool:
    """The statuses of what is known, and Ps lost by a goroutine that is not in a system call."""
    blocked = state == State.SYSCALL_BLOCKED
    same = (state == before) | (blocked & (before == State.SYSCALL)) | ((state == State.SYSCALL) & _is_blocked(before))
    nothing: Bool = ((origin == STATUS) & same) | ((origin == CHANGED) & blocked & (before != State.SYSCALL))
    return nothing


def _is_blocked(state: UInt8) -> Bool:
    blocked: Bool = state == State.SYSCALL_BLOCKED
    return blocked


def _going_on(found: SpanRows, blocked: Int64, seen: Int64) -> SpanRows:
    """As Go's summary has it: a system call without a P counts as running on from where it was first seen."""
    rows = [np.insert(column, blocked + 1, column[blocked]) for column in columns(found)]
    again = SpanRows(*rows)
    place = blocked + 1 + np.arange(len(blocked))
    again.start[place], again.state[place] = seen, State.SYSCALL
    return again


def losses(stolen: Steals, entered: Syscalls) -> tuple[Int64, Int64]:
    """Which system call each stolen P was taken from: rows of `stolen`, and of `entered`, in pairs."""
    if not len(stolen.proc) or not len(entered.proc):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    # A P is stolen by the number after that of the system call it was in.
    wanted = _pair(stolen.proc, stolen.proc_sequence - 1)
    order = np.argsort(wanted)
    keys = _pair(entered.proc, entered.proc_sequence)
    at = np.minimum(np.searchsorted(wanted[order], keys), len(wanted) - 1)
    hit = np.flatnonzero(wanted[order][at] == keys)
    return order[at[hit]], hit


def _pair(proc: Int64, sequence: Int64) -> Int64:
    return (proc << 40) ^ sequence


class Procs:
    """All Ps so far, by row: their ids and their last state."""

    def __init__(self) -> None:
        self.ids = Ids()
        self.state: UInt8 = np.zeros(0, np.uint8)

    def spans(self, found: ProcChanges, start: int) -> ProcRows:
        """The states of Ps that begin in a generation, which began at `start`."""
        proc = self.ids.rows(found.proc)
        self.state = np.append(self.state, np.full(len(self.ids) - len(self.state), UNKNOWN, np.uint8))
        sequence = np.where(found.status, 0, found.sequence + 1)
        order = exact_order(proc, sequence, found.place, len(proc))
        proc, state, status, time = proc[order], found.state[order], found.status[order], found.time[order]
        before = np.append(np.zeros(1, np.uint8), state)[:-1]
        starts = np.flatnonzero(np.append(True, proc[1:] != proc[:-1])[: len(proc)])
        before[starts] = self.state[proc[starts]]
        time[status & (before == UNKNOWN)] = start
        kept = np.flatnonzero(state != before)
        rows = ProcRows(proc[kept], ascending(proc[kept], time[kept]), state[kept], found.thread[order[kept]])
        ends = np.flatnonzero(np.append(proc[1:] != proc[:-1], True)[: len(proc)])
        self.state[proc[ends]] = state[ends]
        return rows
