"""Time that lies under intervals: stop-the-world pauses, GC cycles, and the mark assists of every lane."""

from dataclasses import dataclass

import numpy as np

from analysis.activity import ends
from analysis.goroutines import ASSIST, STOPPED
from analysis.memo import memo
from analysis.prefix import last_at, ragged
from analysis.spot import LaneKind
from parsers.trace.model import Int64, State, Trace

CYCLE = "GC concurrent mark phase"


@dataclass(frozen=True, eq=False, slots=True)
class Cover:
    """Intervals on lanes, which may overlap: starts and ends apart, each in the order of lanes and time, with sums.

    The time under them before a moment is that since all starts before it, less that since all ends before it.
    """

    start_lane: Int64
    start: Int64
    start_sum: Int64  # n + 1
    end_lane: Int64
    end: Int64
    end_sum: Int64

    def __len__(self) -> int:
        return len(self.start)

    def between(self, lanes: Int64, times: Int64) -> Int64:
        """int64[lanes, moments - 1]: the time covered from each of `times`, int64[lanes, moments], to the next."""
        if not len(self):
            return np.zeros((len(lanes), times.shape[1] - 1), np.int64)
        begun = _since(self.start_lane, self.start, self.start_sum, lanes, times)
        return np.diff(begun - _since(self.end_lane, self.end, self.end_sum, lanes, times), axis=1)


def _since(lane: Int64, moment: Int64, sums: Int64, lanes: Int64, times: Int64) -> Int64:
    low, high = np.searchsorted(lane, lanes, "left"), np.searchsorted(lane, lanes, "right")
    upto = last_at(moment, None, low, high, times) + 1
    return (upto - low[:, None]) * times - (sums[upto] - sums[low][:, None])


def cover(lane: Int64, start: Int64, end: Int64) -> Cover:
    starts, ends = np.lexsort((start, lane)), np.lexsort((end, lane))
    return Cover(lane[starts], start[starts], _summed(start[starts]), lane[ends], end[ends], _summed(end[ends]))


def _summed(values: Int64) -> Int64:
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return sums


def ranges_named(trace: Trace, name: str) -> Int64:
    """The rows of Trace.ranges whose name is this, or begins with it and says more in brackets."""
    named = [at for at, each in enumerate(trace.range_names) if each == name or each.startswith(f"{name} (")]
    return np.flatnonzero(np.isin(trace.ranges.name, named))


@memo
def band(trace: Trace, name: str) -> Cover:
    """The ranges of one kind, on lane 0."""
    rows = ranges_named(trace, name)
    return cover(np.zeros(len(rows), np.int64), trace.ranges.start[rows], trace.ranges.end[rows])


def stops(trace: Trace) -> Cover:
    return band(trace, STOPPED)


def cycles(trace: Trace) -> Cover:
    return band(trace, CYCLE)


@memo
def assist_cover(trace: Trace, kind: LaneKind) -> Cover:
    """When goroutines were running in mark assists, on the lanes of a kind."""
    row, start, end, goroutine = assists(trace)
    match kind:
        case LaneKind.PROCS:
            lane = trace.spans.proc[row].astype(np.int64)
        case LaneKind.THREADS:
            lane = trace.spans.thread[row].astype(np.int64)
        case LaneKind.GROUPS:
            lane = np.unique(trace.goroutines.name, return_inverse=True)[1][goroutine]
        case LaneKind.GOROUTINES | LaneKind.TASKS:
            lane = goroutine
    return cover(lane, start, end)


@memo
def assists(trace: Trace) -> tuple[Int64, Int64, Int64, Int64]:
    """The stretches of running spans inside mark assists: span, start, end, goroutine."""
    spans, offsets = trace.spans, trace.goroutines.offsets
    rows = ranges_named(trace, ASSIST)
    rows = rows[trace.ranges.goroutine[rows] >= 0]
    goroutine = trace.ranges.goroutine[rows].astype(np.int64)
    start, end = trace.ranges.start[rows], trace.ranges.end[rows]
    low, high = offsets[goroutine], offsets[goroutine + 1]
    first = np.maximum(last_at(spans.start, None, low, high, start[:, None])[:, 0], low)
    last = last_at(spans.start, None, low, high, end[:, None])[:, 0]
    count = np.maximum(last - first + 1, 0)
    row, of = ragged(first, count), np.repeat(np.arange(len(rows)), count)
    begin, finish = np.maximum(start[of], spans.start[row]), np.minimum(end[of], ends(trace, row))
    kept = (spans.state[row] == State.RUNNING) & (begin < finish)
    return row[kept], begin[kept], finish[kept], goroutine[of[kept]]
