"""Why a goroutine did not get on: what it did or waited for, in the kinds that a request's time is broken down into.

Finer than `analysis.activity` where that helps to name a culprit: a lock is not a wait group.
"""

from enum import IntEnum

import numpy as np

from analysis.activity import Activity, activities
from analysis.framenames import stacks_with
from analysis.memo import memo
from parsers.trace.model import Int64, Trace, UInt8


class Cause(IntEnum):
    """GC is to work for the collector, to wait for it, or to be stopped by it; LOCK a mutex or semaphore; UNKNOWN what
    the trace does not tell.
    """

    RUNNING = 0
    RUNNABLE = 1
    GC = 2
    LOCK = 3
    WAIT_GROUP = 4
    CONDITION = 5
    CHANNEL = 6
    SELECT = 7
    NETWORK = 8
    SLEEP = 9
    SYSCALL = 10
    OTHER = 11
    UNKNOWN = 12


WORDS = {
    Cause.RUNNING: "execution",
    Cause.RUNNABLE: "waiting to run",
    Cause.GC: "garbage collection",
    Cause.LOCK: "lock",
    Cause.WAIT_GROUP: "wait group",
    Cause.CONDITION: "condition",
    Cause.CHANNEL: "channel",
    Cause.SELECT: "select",
    Cause.NETWORK: "network",
    Cause.SLEEP: "sleep",
    Cause.SYSCALL: "system call",
    Cause.OTHER: "other waits",
    Cause.UNKNOWN: "unknown",
}
_OF = {
    Activity.NONE: Cause.UNKNOWN,
    Activity.RUNNING: Cause.RUNNING,
    Activity.GC: Cause.GC,
    Activity.RUNNABLE: Cause.RUNNABLE,
    Activity.SYSCALL: Cause.SYSCALL,
    Activity.SYSCALL_BLOCKED: Cause.SYSCALL,
    Activity.SYNC: Cause.LOCK,
    Activity.CHANNEL: Cause.CHANNEL,
    Activity.NETWORK: Cause.NETWORK,
    Activity.SLEEP: Cause.SLEEP,
    Activity.GC_WAIT: Cause.GC,
    Activity.WAITING: Cause.OTHER,
}
_WAIT_GROUP = ("sync.(*WaitGroup)",)
# They wait for each other with semaphores: whoever allocates too much is made to begin or end a cycle.
_COLLECTOR = ("runtime.gcStart", "runtime.gcMarkDone")
_CONDITION, _SELECT = "sync.(*Cond).Wait", "select"
# Rows of Trace.reasons are uint8.
_REASONS = 256


def causes(trace: Trace, rows: Int64) -> UInt8:
    """uint8: the Cause of each of the spans `rows`. That one ran in a mark assist is not known to spans."""
    spans = trace.spans
    found: UInt8 = _told(trace)[activities(trace)[rows].astype(np.intp) * _REASONS + spans.reason[rows]]
    locks = np.flatnonzero(found == Cause.LOCK)
    for names, cause in ((_WAIT_GROUP, Cause.WAIT_GROUP), (_COLLECTOR, Cause.GC)):
        found[locks[stacks_with(trace, names)[spans.stack[rows[locks]]]]] = cause
    return found


@memo
def _told(trace: Trace) -> UInt8:
    """uint8 per Activity and reason for waiting: the Cause that these tell of, whatever the stack."""
    found = np.repeat(np.array([_OF[each] for each in Activity], np.uint8), _REASONS).reshape(-1, _REASONS)
    for word, cause in ((_SELECT, Cause.SELECT), (_CONDITION, Cause.CONDITION)):
        if word in trace.reasons:
            found[[Activity.SYNC, Activity.CHANNEL], trace.reasons.index(word)] = cause
    return found.ravel()
