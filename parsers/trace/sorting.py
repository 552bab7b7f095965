"""A generation's changes of goroutines and Ps sorted into spans, given what was known of them before.

Statuses that say what is known already are left out: they come late, and must not move anything in time.
"""

from collections.abc import Callable, Sequence
from copy import copy

import numpy as np

from parsers.trace.block import (
    CHANGED,
    CREATED,
    STATUS,
    ProcRows,
    SpanRows,
    origin_of,
    reason_of,
    state_of,
    with_reasons,
    with_state,
    without_proc,
)
from parsers.trace.columns import picked
from parsers.trace.ids import NONE, Ids
from parsers.trace.model import Bool, Int32, Int64, ProcState, State, UInt8
from parsers.trace.order import exact_order, number_lives_by_time
from parsers.trace.transitions import CAUSES, FACTS, KEYS, TIME, Besides, ChangeRows, ProcChanges, Steals, Syscalls

UNKNOWN = 255


class Goroutines:
    """All goroutines so far, by row: their ids, their last state, and the function they run, a row of the strings."""

    def __init__(self) -> None:
        self.ids = Ids()
        self.state: UInt8 = np.zeros(0, np.uint8)
        self.name: Int32 = np.zeros(0, np.int32)
        self.created: Bool = np.zeros(0, np.bool_)

    def copy(self) -> "Goroutines":
        other = copy(self)
        other.ids = self.ids.copy()
        return other

    def grow(self) -> None:
        """Make room for the goroutines that have become known, in new columns: copies and traces have the old ones."""
        more = max(len(self.ids) - len(self.state), 0)
        self.state = np.append(self.state, np.full(more, UNKNOWN, np.uint8))
        self.name = np.append(self.name, np.zeros(more, np.int32))
        self.created = np.append(self.created, np.zeros(more, np.bool_))

    def spans(
        self,
        rows: ChangeRows,
        more: Sequence[Besides],
        start: int,
        reasons: Callable[[UInt8], UInt8],
        functions: Int32,
        *,
        compat: bool,
    ) -> SpanRows:
        """The spans that begin in a generation, which began at `start`; `rows` are used up, and `more` behind them.

        `reasons` gives the rows of reasons for string ids, `functions` are the outermost ones by stack.
        """
        self.grow()
        after = np.concatenate([np.zeros(0, np.int64), *(each.after for each in more)])
        for each in more:
            rows.add(each.changes)
        order, goroutine = _ordered(rows, after, (self.state != UNKNOWN) & (self.state != State.GONE))
        facts = rows.take(FACTS).take(order)
        state, origin = state_of(facts), origin_of(facts)
        before = self._before(goroutine, state)
        nothing = _told_again(state, origin, before)
        # No goroutine has two statuses in a generation.
        following = nothing[nothing < len(state) - 1] + 1
        following = following[goroutine[following] == goroutine[following - 1]]
        before[following] = before[following - 1]
        nothing = np.append(nothing, _not_lost(state, origin, before, goroutine, rows.column(TIME), order))
        # What has been taken from it in a system call, a goroutine has no more when it ends there.
        gone = np.flatnonzero((state == State.GONE) & (before == State.SYSCALL_BLOCKED))
        facts[gone] = without_proc(facts[gone])
        new = before == UNKNOWN
        self.created[goroutine[new & (origin == CREATED)]] = True
        unnamed = np.flatnonzero(self.name.take(goroutine) == 0)
        stack = rows.column(CAUSES)[order[unnamed]].view(np.int32)[::2]
        self._name(goroutine[unnamed], facts[unnamed], functions[stack])
        if len(nothing):
            order, goroutine, facts = (
                np.delete(order, nothing),
                np.delete(goroutine, nothing),
                np.delete(facts, nothing),
            )
            new, origin = np.delete(new, nothing), np.delete(origin, nothing)
        with_reasons(facts, reasons(reason_of(facts)))
        last = _lasts(goroutine)
        self.state[goroutine[last]] = state_of(facts[last])
        found, time, causes = np.flatnonzero(new & (origin == STATUS)), rows.take(TIME).take(order), rows.take(CAUSES)
        causes = causes.take(order)
        if compat:
            goroutine, time, causes, facts, found = _going_on(goroutine, time, causes, facts, found)
        # What was so already when the generation began, has been so since then at least.
        time[found] = start
        return SpanRows.of(goroutine, time, causes, facts)

    def knows(self, goroutine: Int32, state: UInt8) -> Bool:
        """Whether goroutines are known to be in these states when the generation begins."""
        return _same(state, np.append(self.state, np.full(1, UNKNOWN, np.uint8)).take(goroutine, mode="clip"))

    def _before(self, goroutine: Int32, state: UInt8) -> UInt8:
        """The state before each row."""
        before = np.empty_like(state)
        before[1:] = state[:-1]
        starts = _firsts(goroutine)
        before[starts] = self.state[goroutine[starts]]
        return before

    def _name(self, goroutine: Int32, facts: Int64, function: Int32) -> None:
        """Call goroutines that nobody was seen to create by the first stack of their own that tells."""
        state = state_of(facts)
        own = (state == State.WAITING) | (state == State.SYSCALL) | (origin_of(facts) == STATUS)
        own |= (state == State.RUNNABLE) & (reason_of(facts) != 0)
        own &= function != 0
        named, first = np.unique(goroutine[own], return_index=True)
        self.name[named] = function[own][first]


def _ordered(rows: ChangeRows, after: Int64, alive: Bool) -> tuple[Int64, Int32]:
    keys = rows.take(KEYS)
    number_lives_by_time(keys, rows.column(TIME), alive)
    return exact_order(keys, after)


def _firsts(subject: Int32) -> Int64:
    """The first row of each subject."""
    return np.flatnonzero(np.append(True, subject[1:] != subject[:-1])[: len(subject)])


def _lasts(subject: Int32) -> Int64:
    return np.flatnonzero(np.append(subject[1:] != subject[:-1], True)[: len(subject)])


def _same(state: UInt8, known: UInt8) -> Bool:
    """Whether statuses say what is known; whether a system call has its P, they do not tell for sure."""
    call = (state == State.SYSCALL) | (state == State.SYSCALL_BLOCKED)
    same: Bool = (state == known) | (call & ((known == State.SYSCALL) | (known == State.SYSCALL_BLOCKED)))
    return same


def _told_again(state: UInt8, origin: UInt8, before: UInt8) -> Int64:
    """The statuses that say what an event of the same generation has said, as of goroutines that C called."""
    rows = np.flatnonzero(origin == STATUS)
    return rows[_same(state[rows], before[rows])]


def _not_lost(state: UInt8, origin: UInt8, before: UInt8, goroutine: Int32, time: Int64, order: Int64) -> Int64:
    """The losses of a P that are none: of a goroutine that is not in a system call, or has ended in it before.

    The latter is what one does that C called: it leaves its P behind.
    """
    rows = np.flatnonzero((state == State.SYSCALL_BLOCKED) & (origin == CHANGED))
    behind = np.minimum(rows + 1, len(state) - 1)
    ended = (state[behind] == State.GONE) & (goroutine[behind] == goroutine[rows])
    late = time[order[behind]] <= time[order[rows]]
    none: Int64 = rows[(before[rows] != State.SYSCALL) | (ended & late)]
    return none


def _going_on(
    goroutine: Int32, time: Int64, causes: Int64, facts: Int64, new: Int64
) -> tuple[Int32, Int64, Int64, Int64, Int64]:
    """As Go's summary has it, what runs or is in a system call begins once more where it was first seen.

    A system call without a P counts as running on from there. The columns with a row more for each of these, and the
    places of the rows `new` in them.
    """
    state = state_of(facts[new])
    again = new[(state == State.SYSCALL_BLOCKED) | (state == State.RUNNING)]
    behind = again + 1
    place = behind + np.arange(len(again))
    facts = np.insert(facts, behind, facts[again])
    blocked = place[state_of(facts[place]) == State.SYSCALL_BLOCKED]
    facts[blocked] = with_state(facts[blocked], State.SYSCALL)
    return (
        np.insert(goroutine, behind, goroutine[again]),
        np.insert(time, behind, time[again]),
        np.insert(causes, behind, causes[again]),
        facts,
        new + np.searchsorted(again, new),
    )


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
    which = order[at[hit]]
    # What C called may be over by then, and have left its P with the thread.
    still = stolen.time[which] < entered.over[hit]
    return which[still], hit[still]


def _pair(proc: Int32, sequence: Int64) -> Int64:
    return (proc.astype(np.int64) << 40) ^ sequence


class Procs:
    """All Ps so far, by row: their ids and their last state."""

    def __init__(self) -> None:
        self.ids = Ids()
        self.state: UInt8 = np.zeros(0, np.uint8)

    def copy(self) -> "Procs":
        other = copy(self)
        other.ids = self.ids.copy()
        return other

    def spans(self, found: ProcChanges, start: int) -> ProcRows:
        """The states of Ps that begin in a generation, which began at `start`."""
        more = max(len(self.ids) - len(self.state), 0)
        self.state = np.append(self.state, np.full(more, UNKNOWN, np.uint8))  # a new one: copies have the old
        # Where a P is that is about to be taken from a system call, tells something only of one that nobody knows.
        found = picked(found, np.flatnonzero(~found.abandoned | (self.state[found.proc] == UNKNOWN)))
        order = np.lexsort((found.place, found.sequence, found.proc))
        proc, state, status, time = found.proc[order], found.state[order], found.status[order], found.time[order]
        before = np.append(np.zeros(1, np.uint8), state)[:-1]
        starts = _firsts(proc)
        before[starts] = self.state[proc[starts]]
        time[status & (before == UNKNOWN)] = start
        # Its thread may let go, at the end of a goroutine that C called, of what has been taken long ago.
        twice = np.flatnonzero((proc[1:] == proc[:-1]) & (state[1:] == ProcState.IDLE) & (state[:-1] == ProcState.IDLE))
        time[twice] = np.minimum(time[twice], time[twice + 1])
        kept = np.flatnonzero(state != before)
        ends = _lasts(proc)
        self.state[proc[ends]] = state[ends]
        thread = np.where(state[kept] == ProcState.IDLE, np.int32(NONE), found.thread[order[kept]])
        return ProcRows(proc[kept], time[kept], state[kept], thread)
