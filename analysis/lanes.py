"""The lanes of a Timeline: which spans lie on them, and how much of any stretch of time goes to which activity.

On the lane of a P, thread, goroutine or task one span is behind the other; on that of a group many go on at once.
Either way a lane is rows of spans in the order of their start, and what they add up to is known for any stretch
(`analysis.prefix`), so that a column of a picture is exact whatever is zoomed to, and costs the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.activity import ACTIVITIES, Activity, activities, ends, firsts
from analysis.cover import Cover, assist_cover
from analysis.goroutines import group_name
from analysis.memo import memo
from analysis.prefix import Added, Prefix, by_start, last_at, prefix
from analysis.spot import LaneKind
from parsers.trace.model import Bool, Int16, Int32, Int64, State, Trace, UInt8, UInt64

# Spans that hold a P or a thread.
_ON_P = (State.RUNNING, State.SYSCALL)
_ON_THREAD = (*_ON_P, State.SYSCALL_BLOCKED)
_SMALL = 1 << 16
# Where there is but one lane, its sums may be further apart.
_ONE_LANE_STEP = 512

UInt16 = NDArray[np.uint16]


@dataclass(frozen=True, eq=False, slots=True)
class Lanes:
    """All lanes of a kind. Those of lane i are rows `offsets[i]` to `offsets[i + 1]` of `order`, which names spans.

    Without `order` they are spans as they are. `many`: spans of a lane overlap. `id` is what a lane stands for: of a
    P, goroutine, thread or task (uint64) its id, of a group (int32) the row of its name in Trace.strings. Of tasks,
    `low` and `high` are when they begin and end, and `goroutine` whose spans are theirs meanwhile, -1 for nobody's.
    """

    trace: Trace
    kind: LaneKind
    id: UInt64 | Int32
    offsets: Int64
    order: Int32 | None
    sums: Prefix
    many: bool
    begins: Bool | None = None  # per place in `order`, and one more: whether a lane begins there
    assists: Cover | None = None
    low: Int64 | None = None
    high: Int64 | None = None
    goroutine: Int32 | None = None

    def __len__(self) -> int:
        return len(self.id)

    def identity(self, lane: int) -> int | str:
        """What names a lane in a `Spot`."""
        if self.kind is LaneKind.GROUPS:
            return group_name(self.trace, int(self.id[lane]))
        return int(self.id[lane])

    def row_of(self, identity: int | str | None) -> int | None:
        """The lane that is called so."""
        if self.kind is LaneKind.GROUPS:
            names = [group_name(self.trace, name) for name in self.id.tolist()]
            return names.index(identity) if isinstance(identity, str) and identity in names else None
        if not isinstance(identity, int) or identity < 0:
            return None
        found = np.flatnonzero(self.id == identity)
        return int(found[0]) if len(found) else None

    def spans_at(self, lanes: Int64, times: Int64) -> Int64:
        """int64[lanes, moments]: the place in `order` of the last span that began by then; -1 for none yet."""
        lanes = np.asarray(lanes, np.int64)
        low, high = self.bounds(lanes)
        at = last_at(self.trace.spans.start, self.order, low, high, np.atleast_2d(times))
        return np.where(at < low[:, None], -1, at)

    def row(self, place: int) -> int:
        """The span at a place in `order`."""
        return place if self.order is None else int(self.order[place])

    def rows(self, places: Int64) -> Int64:
        return places if self.order is None else self.order[places].astype(np.int64)

    def ends(self, places: Int64) -> Int64:
        """When the spans at these places end, or leave their lane to the next one."""
        return _ends(self.trace, self.order, self.begins, places)

    def bounds(self, lanes: Int64) -> tuple[Int64, Int64]:
        """Where the spans of each lane begin and end in `order`."""
        owner = lanes if self.goroutine is None else self.goroutine[lanes].astype(np.int64)
        there = owner >= 0
        owner = np.where(there, owner, 0)
        return self.offsets[owner], np.where(there, self.offsets[owner + 1], self.offsets[owner])

    # Time by activity

    def columns(self, lanes: Int64, edges: Int64) -> Int64:
        """int64[lanes, columns, ACTIVITIES]: the time (ns) of each activity between one of `edges` and the next.

        Of lanes where many go on at once it is the sum of all of them.
        """
        return self.spent(lanes, np.broadcast_to(edges, (len(lanes), len(edges))))

    def spent(self, lanes: Int64, times: Int64) -> Int64:
        """The same between moments of each lane's own: int64[lanes, moments]. A lane may come up more than once."""
        lanes = np.asarray(lanes, np.int64)
        if not self.sums.length:
            return np.zeros((len(lanes), times.shape[1] - 1, ACTIVITIES), np.int64)
        if self.low is not None and self.high is not None:
            times = np.clip(times, self.low[lanes][:, None], self.high[lanes][:, None])
        found = self._many(lanes, times) if self.many else self._single(lanes, times)
        found[:, :, Activity.NONE] = 0
        if self.assists is not None and len(self.assists):
            owner = lanes if self.goroutine is None else self.goroutine[lanes].astype(np.int64)
            assisting = np.minimum(self.assists.between(owner, times), found[:, :, Activity.RUNNING])
            found[:, :, Activity.RUNNING] -= assisting
            found[:, :, Activity.GC] += assisting
        return found

    def _single(self, lanes: Int64, times: Int64) -> Int64:
        low, high = self.bounds(lanes)
        at = last_at(self.trace.spans.start, self.order, low, high, times)
        inside = at >= low[:, None]
        place = np.where(inside, at, low[:, None])
        found = self.sums.between(place)
        # Of the spans at the edges, only the part before the edge.
        place = np.minimum(place, self.sums.length - 1)
        rows = self.rows(place)
        part = np.where(inside, np.minimum(times, self.ends(place)) - self.trace.spans.start[rows], 0)
        doing = activities(self.trace)[rows]
        lane, column = np.ogrid[: found.shape[0], : found.shape[1]]
        found[lane, column, doing[:, 1:]] += part[:, 1:]
        found[lane, column, doing[:, :-1]] -= part[:, :-1]
        return found

    def counts(self, lanes: Int64, times: Int64) -> Int64:
        """int64[lanes, moments, ACTIVITIES]: how many goroutines of a group do what."""
        lanes = np.asarray(lanes, np.int64)
        counted = self._sums_since(lanes, np.broadcast_to(times, (len(lanes), len(times))))
        return np.cumsum(counted[:, :, :ACTIVITIES], axis=1)

    def _sums_since(self, lanes: Int64, times: Int64) -> Int64:
        """What changes up to the first moment, then from each to the next."""
        low, high = self.bounds(lanes)
        at = last_at(self.trace.spans.start, self.order, low, high, times) + 1
        return self.sums.between(np.concatenate((low[:, None], at), axis=1))

    def _many(self, lanes: Int64, times: Int64) -> Int64:
        """The time under the counts: each goes on from one edge to the next, but for what changes in between."""
        sums = self._sums_since(lanes, times)
        count = np.cumsum(sums[:, :, :ACTIVITIES], axis=1)
        change, moments = sums[:, 1:, :ACTIVITIES], sums[:, 1:, ACTIVITIES:]
        length = np.diff(times, axis=1)[:, :, None]
        found: Int64 = count[:, :-1] * length + change * times[:, 1:, None] - moments
        return found


def _ends(trace: Trace, order: Int32 | None, begins: Bool | None, places: Int64) -> Int64:
    """When spans end; what a damaged trace does not see end, at the latest when the next one on its lane begins."""
    if order is None or begins is None:
        return ends(trace, places)
    found = ends(trace, order[places].astype(np.int64))
    after = trace.spans.start[order[np.minimum(places + 1, len(order) - 1)]]
    return np.where(begins[places + 1], found, np.minimum(found, after))


def _durations(trace: Trace, order: Int32 | None, begins: Bool | None = None) -> Callable[[Int64], Added]:
    """Adds how long spans last, each to the counter of its activity."""
    doing, start = activities(trace), trace.spans.start

    def adds(places: Int64) -> Added:
        rows = places if order is None else order[places].astype(np.int64)
        return np.arange(len(rows)), doing[rows].astype(np.int64), _ends(trace, order, begins, places) - start[rows]

    return adds


def _changes(trace: Trace, order: Int32) -> Callable[[Int64], Added]:
    """Adds one to the counter of what begins and takes one from that of what ends; the same again with the moment."""
    doing, first = activities(trace), firsts(trace)

    def adds(places: Int64) -> Added:
        rows = order[places].astype(np.int64)
        start, new = trace.spans.start[rows], doing[rows].astype(np.int64)
        old = np.where(first[rows], Activity.NONE, doing[rows - 1]).astype(np.int64)
        one, which = np.ones(len(rows), np.int64), np.arange(len(rows))
        counters = (new, old, new + ACTIVITIES, old + ACTIVITIES)
        return np.tile(which, 4), np.concatenate(counters), np.concatenate((one, -one, start, -start))

    return adds


@memo
def lanes(trace: Trace, kind: LaneKind) -> Lanes:
    """The lanes of a kind, which takes as long as sorting the spans, the first time."""
    match kind:
        case LaneKind.GOROUTINES:
            return _goroutines(trace)
        case LaneKind.TASKS:
            return _tasks(trace)
        case LaneKind.GROUPS:
            return _groups(trace)
        case LaneKind.PROCS:
            on_p = np.flatnonzero(_in(trace.spans.state, _ON_P) & (trace.spans.proc >= 0))
            return _exclusive(trace, kind, trace.procs.id, on_p, trace.spans.proc[on_p])
        case LaneKind.THREADS:
            rows, thread = _on_threads(trace)
            return _exclusive(trace, kind, trace.threads, rows, thread)


def _in(state: UInt8, states: tuple[State, ...]) -> Bool:
    found = np.zeros(len(state), np.bool_)
    for each in states:
        found |= state == each
    return found


def _on_threads(trace: Trace) -> tuple[Int64, Int32]:
    """The spans that hold a thread, and which: a blocked system call goes on where the call began."""
    spans = trace.spans
    rows = np.flatnonzero(_in(spans.state, _ON_THREAD))
    blocked = (spans.state[rows] == State.SYSCALL_BLOCKED) & ~firsts(trace)[rows]
    thread = spans.thread[rows - blocked]
    there = thread >= 0
    return rows[there], thread[there]


def _exclusive(trace: Trace, kind: LaneKind, id: UInt64, rows: Int64, lane: Int16 | Int32) -> Lanes:
    order, offsets = _by_lane(trace, rows, lane, len(id))
    begins = np.zeros(len(order) + 1, np.bool_)
    begins[offsets] = True
    sums = prefix(len(order), ACTIVITIES, _durations(trace, order, begins))
    return Lanes(trace, kind, id, offsets, order, sums, False, begins, assist_cover(trace, kind))


def _by_lane(trace: Trace, rows: Int64, lane: Int16 | Int32, n_lanes: int) -> tuple[Int32, Int64]:
    """The spans `rows` by lane and start, and where each lane's begin: n + 1."""
    order = by_start(trace.spans.start[rows])
    small = lane.astype(np.uint16) if n_lanes < _SMALL else lane
    order = order[np.argsort(small[order], kind="stable")]
    return rows[order].astype(np.int32), _offsets(lane, n_lanes)


def _goroutines(trace: Trace) -> Lanes:
    sums = prefix(len(trace.spans), ACTIVITIES, _durations(trace, None))
    kind, own = LaneKind.GOROUTINES, trace.goroutines
    return Lanes(trace, kind, own.id, own.offsets, None, sums, False, assists=assist_cover(trace, kind))


def _tasks(trace: Trace) -> Lanes:
    tasks, every = trace.tasks, lanes(trace, LaneKind.GOROUTINES)
    low = np.where(tasks.start < 0, 0, tasks.start)
    high = np.where(tasks.end < 0, trace.duration_ns, tasks.end)
    return replace(every, kind=LaneKind.TASKS, id=tasks.id, low=low, high=high, goroutine=tasks.goroutine)


def _groups(trace: Trace) -> Lanes:
    names, group = np.unique(trace.goroutines.name, return_inverse=True)
    in_time = everything(trace).order
    assert in_time is not None
    small = group.astype(np.uint16 if len(names) < _SMALL else np.int32)
    owner = np.repeat(small, np.diff(trace.goroutines.offsets))[in_time]
    offsets = _offsets(owner, len(names))
    order = in_time[np.argsort(owner, kind="stable")]
    sums = prefix(len(order), 2 * ACTIVITIES, _changes(trace, order))
    kind = LaneKind.GROUPS
    return Lanes(trace, kind, names, offsets, order, sums, True, assists=assist_cover(trace, kind))


@memo
def everything(trace: Trace) -> Lanes:
    """All goroutines as one group: how many do what."""
    order = by_start(trace.spans.start)
    sums = prefix(len(order), 2 * ACTIVITIES, _changes(trace, order), _ONE_LANE_STEP)
    offsets = np.array([0, len(order)])
    return Lanes(trace, LaneKind.GROUPS, np.zeros(1, np.int32), offsets, order, sums, True)


def _offsets(lane: Int16 | Int32 | UInt16, n_lanes: int) -> Int64:
    """Where each lane's rows begin once they are in the order of lanes: n + 1."""
    offsets = np.zeros(n_lanes + 1, np.int64)
    np.cumsum(np.bincount(lane, minlength=n_lanes), out=offsets[1:])
    return offsets
