"""What a Timeline says about one lane and one moment: the span there, the events next to it, and who caused it.

Spans and goroutines are named by their rows in the trace; -1 is none.
"""

from dataclasses import dataclass

import numpy as np

from analysis.activity import Activity, activities, ends
from analysis.cover import ranges_named
from analysis.goroutines import ASSIST
from analysis.lanes import Lanes
from analysis.memo import memo
from analysis.prefix import ragged
from parsers.trace.model import Int64, Series, State, Trace

# What the runtime calls a wait in sync.Mutex and its like.
LOCK = "sync"
# How many of the longest waits can be gone through.
_LONGEST = 200
# Spans looked through backwards for the one that made a goroutine runnable.
_BACK = 64


@dataclass(frozen=True, slots=True)
class Moment:
    """The span that a lane is in: of `goroutine`, from `start` up to `end`; `waited` is how long it was runnable before
    it ran.
    """

    span: int
    goroutine: int
    activity: Activity
    start: int
    end: int
    waited: int = 0

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Wake:
    """How a goroutine became runnable, at `time`: by goroutine `by`, on P row `proc` and thread row `thread`, where
    they are known, from row `stack` of Stacks. `created`: it was not there before.
    """

    span: int
    time: int
    by: int
    stack: int
    proc: int
    thread: int
    created: bool


def moment(lanes: Lanes, lane: int, at: int) -> Moment | None:
    """What a lane is in at a moment; None where nothing is on it, and on the lanes of groups."""
    if lanes.many or not 0 <= lane < len(lanes):
        return None
    if lanes.low is not None and lanes.high is not None and not lanes.low[lane] <= at < lanes.high[lane]:
        return None
    place = int(lanes.spans_at(np.array([lane]), np.array([at]))[0, 0])
    if place < 0:
        return None
    found = span(lanes.trace, lanes.row(place))
    return found if at < found.end and found.activity else None


def span(trace: Trace, row: int) -> Moment:
    """A span, and whose it is."""
    spans = trace.spans
    goroutine = int(np.searchsorted(trace.goroutines.offsets, row, side="right")) - 1
    start, end = int(spans.start[row]), int(ends(trace, np.array([row]))[0])
    before = row - 1
    waited = 0
    if before >= trace.goroutines.offsets[goroutine] and spans.state[row] == State.RUNNING:
        waited = start - int(spans.start[before]) if spans.state[before] == State.RUNNABLE else 0
    return Moment(row, goroutine, Activity(activities(trace)[row]), start, end, waited)


def life(trace: Trace, goroutine: int) -> tuple[int, int]:
    """From when to when a goroutine is in the trace."""
    first, last = int(trace.goroutines.offsets[goroutine]), int(trace.goroutines.offsets[goroutine + 1]) - 1
    return int(trace.spans.start[first]), int(ends(trace, np.array([last]))[0])


def assisting(trace: Trace, goroutine: int, at: int) -> bool:
    """Whether a goroutine is in a mark assist."""
    rows = ranges_named(trace, ASSIST)
    ranges = trace.ranges
    mine = (ranges.goroutine[rows] == goroutine) & (ranges.start[rows] <= at) & (at < ranges.end[rows])
    return bool(mine.any())


def region(trace: Trace, goroutine: int, at: int) -> str:
    """The innermost user region that a goroutine is in; "" for none."""
    regions = trace.regions
    low, high = np.searchsorted(regions.goroutine, [goroutine, goroutine + 1])
    end = regions.end[low:high]
    open_ = np.flatnonzero((regions.start[low:high] <= at) & ((at < end) | (end < 0)))
    return trace.strings[regions.name[low + open_[-1]]] if len(open_) else ""


def wake(trace: Trace, row: int) -> Wake | None:
    """How the goroutine of a span came to run, or will: of a wait its end, of all else what it began with.

    None where the trace does not tell.
    """
    spans, offsets = trace.spans, trace.goroutines.offsets
    goroutine = int(np.searchsorted(offsets, row, side="right")) - 1
    first, last = int(offsets[goroutine]), int(offsets[goroutine + 1])
    if spans.state[row] in (State.WAITING, State.SYSCALL_BLOCKED):
        found = row + 1 if row + 1 < last else -1
    else:
        back = range(row, max(first, row - _BACK) - 1, -1)
        found = next((each for each in back if spans.state[each] == State.RUNNABLE), -1)
    if found < 0 or (found == first and not trace.goroutines.created[goroutine]):
        return None
    return Wake(
        span=found,
        time=int(spans.start[found]),
        by=int(spans.by[found]),
        stack=int(spans.stack[found]),
        proc=int(spans.proc[found]),
        thread=int(spans.thread[found]),
        created=found == first,
    )


@memo
def longest_waits(trace: Trace) -> Int64:
    """int64: the spans of the longest waits for locks, semaphores and wait groups, the longest first."""
    if LOCK not in trace.reasons:
        return np.zeros(0, np.int64)
    spans = trace.spans
    rows = np.flatnonzero((spans.reason == trace.reasons.index(LOCK)) & (spans.state == State.WAITING))
    lasting = ends(trace, rows) - spans.start[rows]
    most = np.argsort(-lasting, kind="stable")[:_LONGEST]
    return rows[most]


def own_stack(trace: Trace, row: int) -> tuple[int, int]:
    """The stack that a span began with, or else the one it ended with, as rows of Stacks; 0 where there is none.

    What runs is not seen to begin: where it stopped says most about it. What is runnable has that of the span before.
    """
    spans, offsets = trace.spans, trace.goroutines.offsets
    goroutine = int(np.searchsorted(offsets, row, side="right")) - 1
    state = spans.state[row]
    if state == State.RUNNABLE:
        stopped = spans.by[row] == goroutine
        before = row - 1 if row > offsets[goroutine] else -1
        return (int(spans.stack[row]) if stopped else int(spans.stack[before]) if before >= 0 else 0), 0
    after = row + 1 if row + 1 < offsets[goroutine + 1] else -1
    begun, ended = int(spans.stack[row]), 0
    if state in (State.RUNNING, State.SYSCALL) and after >= 0:
        by_itself = spans.state[after] != State.RUNNABLE or spans.by[after] == goroutine
        ended = int(spans.stack[after]) if by_itself else 0
    return begun, ended


def event(lanes: Lanes, lane: int, at: int, step: int) -> int | None:
    """The next moment (`step` 1) or the last one (-1) at which anything begins or ends on a lane."""
    if not 0 <= lane < len(lanes):
        return None
    one = np.array([lane])
    low, high = (int(each[0]) for each in lanes.bounds(one))
    if step > 0:
        place = int(lanes.spans_at(one, np.array([at]))[0, 0])
        after = low if place < 0 else place + 1
        found = [int(lanes.trace.spans.start[lanes.row(after)])] if after < high else []
        found += [] if place < 0 or lanes.many else [_end(lanes, place)]
        return min((each for each in found if each > at), default=None)
    place = int(lanes.spans_at(one, np.array([at - 1]))[0, 0])
    if place < 0:
        return None
    found = [int(lanes.trace.spans.start[lanes.row(place)])] + ([] if lanes.many else [_end(lanes, place)])
    return max((each for each in found if each < at), default=None)


def _end(lanes: Lanes, place: int) -> int:
    return int(lanes.ends(np.array([place]))[0])


def highest(series: Series, edges: Int64) -> Int64:
    """int64[columns]: the greatest value from one of `edges` up to the next; 0 before there is any."""
    if not len(series):
        return np.zeros(len(edges) - 1, np.int64)
    after, until = np.searchsorted(series.time, edges, "right"), np.searchsorted(series.time, edges, "left")
    begins_with = np.where(after > 0, series.value[np.maximum(after - 1, 0)], 0)[:-1]
    count = np.maximum(until[1:] - after[:-1], 0)
    place = np.cumsum(count) - count
    values = np.insert(series.value[ragged(after[:-1], count)], place, begins_with)
    return np.maximum.reduceat(values, place + np.arange(len(count)))
