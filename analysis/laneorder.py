"""Which lanes a Timeline shows and in which order, and which of them a search finds.

Both answer with arrays of lanes, so that a million of them are no more work to the screen than ten.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.activity import Activity
from analysis.goroutine_filters import passing
from analysis.goroutines import goroutine_stats, group_name, lives
from analysis.lanes import Lanes, lanes
from analysis.memo import memo, memo_few
from analysis.spot import LaneKind, LaneSort
from analysis.view import Filter, Window
from parsers.trace.model import Bool, Int32, Int64, Trace

_SYNC = ("sync", "sync.(*Cond).Wait")
_OF = {
    LaneSort.RUNNING: (Activity.RUNNING, Activity.GC),
    LaneSort.RUNNABLE: (Activity.RUNNABLE,),
    LaneSort.BLOCKED: (Activity.SYNC,),
}


def sorts(kind: LaneKind) -> tuple[LaneSort, ...]:
    """What lanes of a kind can be sorted by, its own order first."""
    match kind:
        case LaneKind.PROCS | LaneKind.THREADS:
            return (LaneSort.ID, LaneSort.RUNNING)
        case LaneKind.GROUPS:
            return (LaneSort.RUNNING, LaneSort.RUNNABLE, LaneSort.BLOCKED, LaneSort.NAME)
        case LaneKind.GOROUTINES:
            return (
                LaneSort.ID,
                LaneSort.START,
                LaneSort.DURATION,
                LaneSort.RUNNING,
                LaneSort.RUNNABLE,
                LaneSort.BLOCKED,
                LaneSort.NAME,
            )
        case LaneKind.TASKS:
            return (
                LaneSort.DURATION,
                LaneSort.START,
                LaneSort.RUNNING,
                LaneSort.RUNNABLE,
                LaneSort.BLOCKED,
                LaneSort.ID,
                LaneSort.NAME,
            )


@dataclass(frozen=True, eq=False)
class Order:
    """Lanes in an order: int32 `lanes`, some or all of `total`."""

    lanes: Int32
    total: int

    def __len__(self) -> int:
        return len(self.lanes)

    @cached_property
    def places(self) -> Int32:
        """int32 per lane: where it is among `lanes`, -1 for nowhere."""
        places = np.full(self.total, -1, np.int32)
        places[self.lanes] = np.arange(len(self.lanes), dtype=np.int32)
        return places

    def of(self, lanes: Int64) -> Int32:
        """Those of `lanes` that are in it, in its order."""
        places = self.places[lanes]
        places = places[places >= 0]
        places.sort()
        return self.lanes[places]


@memo_few
def lane_order(
    trace: Trace, kind: LaneKind, by: LaneSort, reverse: bool, group: str | None, filters: tuple[Filter, ...] = ()
) -> Order:
    """The lanes to show, in their order; `group` leaves the goroutines that run this function.

    `filters`, such as `goroutine_filters.passing` takes, leave what is of goroutines that they leave: goroutines,
    groups and tasks, but all Ps and threads.
    """
    every = lanes(trace, kind)
    shown = np.flatnonzero(_left(trace, every, filters)).astype(np.int32)
    if group is not None and kind is LaneKind.GOROUTINES:
        names = np.array([name for name in np.unique(trace.goroutines.name) if group_name(trace, name) == group])
        shown = shown[np.isin(trace.goroutines.name[shown], names)]
    id = trace.strings if kind is LaneKind.GROUPS else every.id
    keys = _keys(trace, every, by)[shown]
    tie = shown if id is trace.strings else every.id[shown]
    order = shown[np.lexsort((tie, keys))]
    return Order(order[::-1] if reverse else order, len(every))


def _left(trace: Trace, every: Lanes, filters: tuple[Filter, ...]) -> Bool:
    """Bool per lane: whether filters leave it."""
    all_of_them = np.ones(len(every), np.bool_)
    if not filters or every.kind in (LaneKind.PROCS, LaneKind.THREADS):
        return all_of_them
    left = passing(trace, filters)
    if every.kind is LaneKind.GOROUTINES:
        return left
    if every.kind is LaneKind.GROUPS:
        return np.isin(every.id.astype(np.int64), trace.goroutines.name[left])
    if every.goroutine is None:
        return all_of_them
    of: Bool = np.append(left, False)[every.goroutine]
    return of


def alive(every: Lanes, order: Order, window: Window | None, lane: int | None) -> Int32:
    """int32: the lanes of `order` that are there in a window, and `lane` in any case; all where lanes always are."""
    found = _lifetimes(every.trace, every.kind)
    if window is None or found is None:
        return order.lanes
    low, high = found
    there = low < window.end
    there &= high > window.start
    if lane is not None:
        there[lane] = True
    return order.of(np.flatnonzero(there))


@memo_few
def _lifetimes(trace: Trace, kind: LaneKind) -> tuple[Int64, Int64] | None:
    """From when to when every lane is there; None for kinds whose lanes always are."""
    every = lanes(trace, kind)
    if kind is LaneKind.GOROUTINES:
        ended = lives(trace).ended
        return trace.spans.start[trace.goroutines.offsets[:-1]], np.where(ended < 0, trace.duration_ns, ended)
    return None if every.low is None or every.high is None else (every.low, every.high)


def _keys(trace: Trace, every: Lanes, by: LaneSort) -> Int64:
    """int64 per lane: the least comes first."""
    if by is LaneSort.ID:
        return np.zeros(len(every), np.int64)
    if by is LaneSort.NAME:
        return _ranks(trace, _name_rows(trace, every))
    if every.kind is LaneKind.GOROUTINES:
        return _goroutine_keys(trace, by)
    if every.low is not None and every.high is not None and by in (LaneSort.START, LaneSort.DURATION):
        return every.low if by is LaneSort.START else every.low - every.high
    if by not in _OF:
        return np.zeros(len(every), np.int64)
    times = every.columns(np.arange(len(every)), np.array([0, trace.duration_ns]))
    total: Int64 = times[:, 0, _OF[by]].sum(axis=1)
    return -total


def _goroutine_keys(trace: Trace, by: LaneSort) -> Int64:
    own = lives(trace)
    if by is LaneSort.START:
        return own.created
    stats = goroutine_stats(trace)
    match by:
        case LaneSort.RUNNING:
            return -stats.exec
        case LaneSort.RUNNABLE:
            return -stats.sched_wait
        case LaneSort.BLOCKED:
            kinds = [at for at, reason in enumerate(trace.reasons) if reason in _SYNC]
            rows = np.flatnonzero(np.isin(stats.reasons.kind, kinds))
            owner = stats.reasons.owners()[rows]
            blocked = np.zeros(len(stats), np.int64)
            np.subtract.at(blocked, owner, stats.reasons.ns[rows])
            return blocked
        case _:
            return -stats.total


@memo
def group_sizes(trace: Trace) -> Int64:
    """int64 per lane of groups: how many goroutines there are."""
    return np.unique(trace.goroutines.name, return_counts=True)[1]


def _name_rows(trace: Trace, every: Lanes) -> Int32:
    match every.kind:
        case LaneKind.GOROUTINES:
            return trace.goroutines.name
        case LaneKind.GROUPS:
            return every.id.astype(np.int32)
        case LaneKind.TASKS:
            return trace.tasks.name
        case _:
            return np.zeros(len(every), np.int32)


def _ranks(trace: Trace, names: Int32) -> Int64:
    """The place of each name among the distinct ones, in the order of the alphabet."""
    distinct, place = np.unique(names, return_inverse=True)
    order = sorted(range(len(distinct)), key=lambda at: trace.strings[distinct[at]])
    ranks = np.zeros(len(distinct), np.int64)
    ranks[order] = np.arange(len(distinct))
    return ranks[place]


def lane_name(every: Lanes, lane: int) -> str:
    """What a lane is called on the screen, and what a search looks at."""
    trace = every.trace
    match every.kind:
        case LaneKind.PROCS:
            return f"P{every.id[lane]}"
        case LaneKind.THREADS:
            return f"M{every.id[lane]}"
        case LaneKind.GROUPS:
            return group_name(trace, int(every.id[lane]))
        case LaneKind.GOROUTINES:
            return f"G{every.id[lane]} {group_name(trace, int(trace.goroutines.name[lane]))}"
        case LaneKind.TASKS:
            return f"{trace.strings[trace.tasks.name[lane]] or 'task'} #{every.id[lane]}"


def matching(every: Lanes, order: Order, matches: Callable[[str], bool], query: str = "") -> Int64:
    """int64: which places in `order` are lanes whose name `matches`, or whose id is the number that `query` is."""
    if every.kind in (LaneKind.PROCS, LaneKind.THREADS, LaneKind.GROUPS):
        return np.array(
            [row for row, lane in enumerate(order.lanes.tolist()) if matches(lane_name(every, lane))], np.int64
        )
    trace, names = every.trace, _name_rows(every.trace, every)
    distinct, place = np.unique(names, return_inverse=True)
    found: Bool = np.array([matches(trace.strings[name]) for name in distinct.tolist()], np.bool_)[place]
    number = query.strip().lstrip("Gg#")
    if number.isdecimal() and len(number) < 19:
        found |= every.id == int(number)
    return np.flatnonzero(found[order.lanes])
