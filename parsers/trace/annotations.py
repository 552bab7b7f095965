"""What the program itself said of its work: user tasks, regions and logs, and labels of goroutines."""

import numpy as np

from parsers.trace.block import Moments
from parsers.trace.columns import picked
from parsers.trace.events import Ev
from parsers.trace.model import Bool, Int32, Int64, Labels, Logs, Regions, Tasks

UNKNOWN = -1


def tasks(found: Moments, starts: Int64) -> Tasks:
    """Begins and ends of tasks paired by id, in the order of their start, or else their end.

    `starts` is, for each moment, when its generation began.
    """
    rows = np.flatnonzero(np.isin(found.type, [Ev.UserTaskBegin, Ev.UserTaskEnd]))
    some = picked(found, rows[np.lexsort((found.time[rows], starts[rows], found.first[rows]))])
    begins = some.type == Ev.UserTaskBegin
    ends_before = _next_is(~begins, some.first)
    alone = ~begins & ~np.append(False, begins[:-1] & ends_before[:-1])[: len(begins)]
    rows = np.flatnonzero(begins | alone)
    begun = begins[rows]
    # The end of a task that has both is the row behind; one that has only an end is that.
    finish = np.minimum(rows + ends_before[rows], max(len(begins) - 1, 0))
    ended = ends_before[rows] | ~begun
    table = Tasks(
        some.first[rows].view(np.uint64),
        np.where(begun, some.second[rows], 0).view(np.uint64),
        np.where(begun, some.third[rows], 0).astype(np.int32),
        np.where(begun, some.time[rows], UNKNOWN),
        np.where(ended, some.time[finish], UNKNOWN),
        np.where(begun, some.goroutine[rows], UNKNOWN).astype(np.int32),
        some.stack[rows],
        np.where(ended, some.goroutine[finish], UNKNOWN).astype(np.int32),
    )
    return picked(table, np.argsort(np.where(table.start < 0, table.end, table.start), kind="stable"))


def regions(found: Moments, starts: Int64) -> Regions:
    """Begins and ends of regions paired, as they nest on each goroutine; `starts` as for `tasks`."""
    rows = np.flatnonzero(np.isin(found.type, [Ev.UserRegionBegin, Ev.UserRegionEnd]))
    some = picked(found, rows[np.lexsort((found.time[rows], starts[rows], found.goroutine[rows]))])
    begins = some.type == Ev.UserRegionBegin
    # A begin and its end are neighbours among what is at one depth of one goroutine.
    depth = np.cumsum(np.where(begins, 1, -1)) + ~begins
    some = picked(some, order := np.lexsort((np.arange(len(depth)), depth, some.goroutine)))
    begins, depth = begins[order], depth[order]
    has_end = _next_is(~begins, depth) & _next_is(~begins, some.goroutine)
    alone = ~begins & ~np.append(False, begins[:-1] & has_end[:-1])[: len(begins)]
    rows = np.flatnonzero(begins | alone)
    begun = begins[rows]
    behind = np.minimum(rows + 1, len(begins) - 1)
    table = Regions(
        some.goroutine[rows],
        some.first[rows].view(np.uint64),
        some.second[rows].astype(np.int32),
        np.where(begun, some.time[rows], UNKNOWN),
        np.where(begun, np.where(has_end[rows], some.time[behind], UNKNOWN), some.time[rows]),
        some.stack[rows],
    )
    return picked(table, np.lexsort((table.start, table.goroutine)))


def logs(found: Moments) -> Logs:
    """What was logged."""
    some = _by_time(found, Ev.UserLog)
    return Logs(
        some.time,
        some.goroutine,
        some.first.view(np.uint64),
        some.second.astype(np.int32),
        some.third.astype(np.int32),
        some.stack,
    )


def labels(found: Moments) -> Labels:
    """What goroutines called themselves."""
    some = _by_time(found, Ev.GoLabel)
    return Labels(some.time, some.goroutine, some.first.astype(np.int32))


def _by_time(found: Moments, kind: Ev) -> Moments:
    rows = np.flatnonzero(found.type == kind)
    return picked(found, rows[np.argsort(found.time[rows], kind="stable")])


def _next_is(wanted: Bool, group: Int32 | Int64) -> Bool:
    """Whether the row behind each is one of those wanted, and of the same group."""
    there = np.zeros(len(wanted), np.bool_)
    there[:-1] = wanted[1:] & (group[1:] == group[:-1])
    return there
