"""What goroutines do, in the few kinds that a Timeline tells apart: states, and of waiting what for."""

from enum import IntEnum

import numpy as np

from analysis.memo import memo
from parsers.chunks import in_order
from parsers.trace.model import Bool, Int64, State, Trace, UInt8


class Activity(IntEnum):
    """NONE is not to be there at all; GC is to run for the collector: a mark worker, or a mark assist."""

    NONE = 0
    RUNNING = 1
    GC = 2
    RUNNABLE = 3
    SYSCALL = 4
    SYSCALL_BLOCKED = 5
    SYNC = 6
    CHANNEL = 7
    NETWORK = 8
    SLEEP = 9
    GC_WAIT = 10
    WAITING = 11


ACTIVITIES = len(Activity)
# Those that need a P, or want one.
ACTIVE = (Activity.RUNNING, Activity.GC, Activity.RUNNABLE, Activity.SYSCALL)
RUNNING = (Activity.RUNNING, Activity.GC)
# What blocks: all but running and system calls that hold their P.
BLOCKED = (
    Activity.SYSCALL_BLOCKED,
    Activity.SYNC,
    Activity.CHANNEL,
    Activity.NETWORK,
    Activity.SLEEP,
    Activity.GC_WAIT,
    Activity.WAITING,
)
MARK_WORKER = "runtime.gcBgMarkWorker"
_STATES = {
    State.RUNNABLE: Activity.RUNNABLE,
    State.RUNNING: Activity.RUNNING,
    State.SYSCALL: Activity.SYSCALL,
    State.SYSCALL_BLOCKED: Activity.SYSCALL_BLOCKED,
}
# The runtime's own names (runtime/trace*.go, traceBlockReason); the others are WAITING.
_REASONS = {
    "sync": Activity.SYNC,
    "sync.(*Cond).Wait": Activity.SYNC,
    "select": Activity.CHANNEL,
    "chan send": Activity.CHANNEL,
    "chan receive": Activity.CHANNEL,
    "network": Activity.NETWORK,
    "sleep": Activity.SLEEP,
    "GC mark assist wait for work": Activity.GC_WAIT,
    "GC background sweeper wait": Activity.GC_WAIT,
    "GC weak to strong wait": Activity.GC_WAIT,
    "wait until GC ends": Activity.GC_WAIT,
}
_CODES = 256
_CHUNK = 1 << 17


@memo
def activities(trace: Trace) -> UInt8:
    """uint8 per span: its Activity. Mark assists are not known to spans: there it is RUNNING."""
    spans, goroutines = trace.spans, trace.goroutines
    codes = np.zeros(len(State) * _CODES, np.uint8)
    for state, activity in _STATES.items():
        codes[state * _CODES : (state + 1) * _CODES] = activity
    waits = np.full(_CODES, Activity.WAITING, np.uint8)
    waits[: len(trace.reasons)] = [_REASONS.get(reason, Activity.WAITING) for reason in trace.reasons]
    codes[State.WAITING * _CODES : (State.WAITING + 1) * _CODES] = waits
    found = np.empty(len(spans), np.uint8)
    begins = range(0, len(spans), _CHUNK)

    def coded(begin: int) -> UInt8:
        some = slice(begin, begin + _CHUNK)
        these: UInt8 = codes[spans.state[some].astype(np.intp) * _CODES + spans.reason[some]]
        return these

    for begin, some in zip(begins, in_order(coded, begins), strict=True):
        found[begin : begin + len(some)] = some
    if MARK_WORKER in trace.strings:
        for worker in np.flatnonzero(goroutines.name == trace.strings.index(MARK_WORKER)).tolist():
            own = found[goroutines.offsets[worker] : goroutines.offsets[worker + 1]]
            own[own == Activity.RUNNING] = Activity.GC
    return found


@memo
def firsts(trace: Trace) -> Bool:
    """Whether a goroutine's spans begin here, so that the span before is a last one: bool per span, and one more."""
    first = np.zeros(len(trace.spans) + 1, np.bool_)
    first[trace.goroutines.offsets] = True
    return first


def ends(trace: Trace, rows: Int64) -> Int64:
    """When the spans `rows` end, as `Trace.ends` says of all."""
    start = trace.spans.start
    last = firsts(trace)[rows + 1]
    after = start[np.minimum(rows + 1, len(start) - 1)]
    gone = trace.spans.state[rows] == State.GONE
    return np.where(last, np.where(gone, start[rows], trace.duration_ns), after)
