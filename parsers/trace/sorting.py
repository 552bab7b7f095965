"""A generation's changes of goroutines and Ps sorted into spans, given what was known of them before.

Statuses that say what is known already are left out: they come late, and must not move anything in time.
"""

import numpy as np

from parsers.trace.block import ProcRows, Rows
from parsers.trace.ids import Ids
from parsers.trace.model import Bool, Int32, Int64, State, UInt8
from parsers.trace.order import by_lives, exact_order
from parsers.trace.transitions import CHANGED, CREATED, STATUS, ProcChanges, Steals, Syscalls

UNKNOWN = 255


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

    def spans(self, rows: Rows, sequence: Int64, place: Int64, n_main: int, start: int, *, compat: bool) -> Rows:
        """The spans that begin in a generation, which began at `start`; the first `n_main` rows are in their places'
        order.
        """
        self.grow()
        sequence = by_lives(rows.goroutine, sequence, rows.time, rows.origin != CHANGED)
        rows = rows.picked(exact_order(rows.goroutine, sequence, place, n_main))
        goroutine, state, origin = rows.goroutine, rows.state, rows.origin
        before = self._before(goroutine, state)
        self._name(rows, state, origin)
        self.created[goroutine[(origin == CREATED) & (before == UNKNOWN)]] = True
        new = np.flatnonzero((origin == STATUS) & (before == UNKNOWN))
        seen = rows.time[new]
        rows.time[new] = start
        nothing = _tells_nothing(state, origin, before)
        if compat:
            rows, nothing = _going_on(rows, nothing, new, seen)
        if nothing.any():
            rows = rows.picked(np.flatnonzero(~nothing))
        last = _lasts(rows.goroutine)
        self.state[rows.goroutine[last]] = rows.state[last]
        return rows

    def _before(self, goroutine: Int32, state: UInt8) -> UInt8:
        """The state before each row."""
        before = np.empty_like(state)
        before[1:] = state[:-1]
        starts = _firsts(goroutine)
        before[starts] = self.state[goroutine[starts]]
        return before

    def _name(self, rows: Rows, state: UInt8, origin: UInt8) -> None:
        """Note the first stack of its own of each goroutine that none is known of."""
        nameless = np.flatnonzero(self.entry[rows.goroutine] == 0)
        state, origin = state[nameless], origin[nameless]
        own = (state == State.WAITING) | (state == State.SYSCALL) | (origin == STATUS)
        own |= (state == State.RUNNABLE) & (rows.reason[nameless] != 0)
        nameless = nameless[own & (rows.stack[nameless] != 0)]
        goroutine, first = np.unique(rows.goroutine[nameless], return_index=True)
        self.entry[goroutine] = rows.stack[nameless[first]]


def _firsts(subject: Int32) -> Int64:
    """The first row of each subject."""
    return np.flatnonzero(np.append(True, subject[1:] != subject[:-1])[: len(subject)])


def _lasts(subject: Int32) -> Int64:
    return np.flatnonzero(np.append(subject[1:] != subject[:-1], True)[: len(subject)])


def _tells_nothing(state: UInt8, origin: UInt8, before: UInt8) -> Bool:
    """The statuses of what is known, and Ps lost by a goroutine that is not in a system call."""
    blocked, was_blocked = state == State.SYSCALL_BLOCKED, before == State.SYSCALL_BLOCKED
    in_syscall, was_in_syscall = state == State.SYSCALL, before == State.SYSCALL
    same = (state == before) | (blocked & was_in_syscall) | (in_syscall & was_blocked)
    nothing: Bool = ((origin == STATUS) & same) | ((origin == CHANGED) & blocked & ~was_in_syscall)
    return nothing


def _going_on(rows: Rows, nothing: Bool, new: Int64, seen: Int64) -> tuple[Rows, Bool]:
    """As Go's summary has it: a system call without a P counts as running on from where it was first seen."""
    blocked = rows.state[new] == State.SYSCALL_BLOCKED
    new, seen = new[blocked], seen[blocked]
    rows = rows.picked(np.insert(np.arange(len(rows)), new + 1, new))
    place = new + 1 + np.arange(len(new))
    rows.time[place] = seen
    again = Rows.packed(
        rows.goroutine[place],
        seen,
        stack=rows.stack[place],
        by=rows.by[place],
        thread=rows.thread[place],
        proc=rows.proc[place].astype(np.int32),
        reason=rows.reason[place],
        state=np.full(len(place), State.SYSCALL, np.uint8),
        origin=rows.origin[place],
    )
    rows.facts[place] = again.facts
    return rows, np.insert(nothing, new + 1, False)


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


def _pair(proc: Int32, sequence: Int64) -> Int64:
    return (proc.astype(np.int64) << 40) ^ sequence


class Procs:
    """All Ps so far, by row: their ids and their last state."""

    def __init__(self) -> None:
        self.ids = Ids()
        self.state: UInt8 = np.zeros(0, np.uint8)

    def spans(self, found: ProcChanges, start: int) -> ProcRows:
        """The states of Ps that begin in a generation, which began at `start`."""
        self.state = np.append(self.state, np.full(len(self.ids) - len(self.state), UNKNOWN, np.uint8))
        order = np.lexsort((found.place, found.sequence, found.proc))
        proc, state, status, time = found.proc[order], found.state[order], found.status[order], found.time[order]
        before = np.append(np.zeros(1, np.uint8), state)[:-1]
        starts = _firsts(proc)
        before[starts] = self.state[proc[starts]]
        time[status & (before == UNKNOWN)] = start
        kept = np.flatnonzero(state != before)
        ends = _lasts(proc)
        self.state[proc[ends]] = state[ends]
        return ProcRows(proc[kept], time[kept], state[kept], found.thread[order[kept]])
