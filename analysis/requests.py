"""Requests: user tasks, HTTP requests that a server's connections read, or the lives of goroutines of one function.

Which there are, how long each took, and where its own goroutines spent that time. What they were really waiting for is
`analysis.chain`'s to say.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analysis.activity import ACTIVITIES, Activity
from analysis.connections import Pieces, served
from analysis.errors import ViewError
from analysis.goroutines import lives
from analysis.lanes import lanes
from analysis.memo import memo, memo_last
from analysis.percentiles import Distribution, distribution
from analysis.spot import LaneKind
from analysis.view import Window
from parsers.trace.model import Bool, Int32, Int64, Trace, UInt64

UNKNOWN = -1
HTTP = "HTTP requests"


class RequestKind(StrEnum):
    """What tells where a request begins and ends."""

    TASK = "task"
    HTTP = "http"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class RequestType:
    """Requests of one name. `whole` are those that begin and end in the trace, `spread` their lengths (ns)."""

    kind: RequestKind
    name: str
    count: int
    whole: int
    spread: Distribution


@dataclass(frozen=True, eq=False, slots=True)
class Requests:
    """Requests of one type, a row each. `id` is a task's, else a goroutine's, which has several HTTP requests.

    Where a request began before the trace `start` is when that begins, or first tells of it; where it did not end in
    it `end` is the trace's; it is not `whole` then. `first` is the goroutine that it began on, `last` the one that it
    ended on or, where it has not ended, began on: rows of Goroutines, -1 for unknown. `spent`, int64[requests,
    ACTIVITIES], is what its own goroutines did (ns): of a task, the one that began it all the time, and others in its
    regions.
    """

    type: RequestType
    id: UInt64
    start: Int64
    end: Int64
    whole: Bool
    first: Int32
    last: Int32
    spent: Int64
    task: Int64  # row of Trace.tasks, -1 for none

    def __len__(self) -> int:
        return len(self.id)

    @property
    def length(self) -> Int64:
        return self.end - self.start

    def total(self, activities: tuple[Activity, ...]) -> Int64:
        """int64 per request: the time in these activities."""
        found: Int64 = self.spent[:, list(activities)].sum(axis=1)
        return found


@memo
def request_types(trace: Trace) -> tuple[RequestType, ...]:
    """The types of tasks, HTTP requests, and entry functions of which goroutines have both begun and ended.

    In that order, and of each the one whose requests took longest together first.
    """
    tasks = _task_types(trace)
    on = served(trace)
    http = [_type(RequestKind.HTTP, HTTP, on.end - on.start, on.whole)] if len(on.start) else []
    return (*_longest(tasks), *http, *_longest(_group_types(trace)))


def default_type(trace: Trace) -> RequestType | None:
    """The type that is most likely what a user waits for: tasks, else HTTP requests, else the goroutines that took
    longest; the first of these types of which some begin and end in the trace, or else of which there are any. None
    where there are none.
    """
    types = request_types(trace)
    return next((each for each in types if each.whole), next(iter(types), None))


def type_named(trace: Trace, name: str, kind: RequestKind | None = None) -> RequestType:
    """The type that is called so. Raises ViewError where there is none."""
    for each in request_types(trace):
        if each.name == name and kind in (None, each.kind):
            return each
    raise ViewError(f"no requests “{name}” in the trace: goscope tasks lists what there is")


@memo_last(6)
def requests(trace: Trace, type: RequestType, window: Window | None = None) -> Requests:
    """All requests of a type, or those that a window touches, in the order of their start."""
    match type.kind:
        case RequestKind.TASK:
            found = _tasks(trace, type)
        case RequestKind.HTTP:
            found = _on_goroutines(trace, type, served(trace))
        case RequestKind.GROUP:
            found = _on_goroutines(trace, type, _group_rows(trace, type))
    return found if window is None else _touched(found, window)


def _touched(found: Requests, window: Window) -> Requests:
    # What takes no time at all has its moment.
    kept = np.flatnonzero((found.start < window.end) & (np.maximum(found.end, found.start + 1) > window.start))
    columns = {name: getattr(found, name)[kept] for name in Requests.__slots__ if name != "type"}
    return Requests(found.type, **columns)


def slowest(found: Requests) -> Int64:
    """The rows, the longest first; those that are not whole are as long as the trace shows."""
    return np.argsort(-found.length, kind="stable")


def _types(trace: Trace, kind: RequestKind, name: Int32, length: Int64, whole: Bool) -> list[RequestType]:
    """The type of each name, a row of Trace.strings."""
    order = np.argsort(name, kind="stable")
    begins = np.flatnonzero(np.diff(name[order]))
    each = np.split(order, begins + 1) if len(order) else []
    return [_type(kind, trace.strings[name[rows[0]]], length[rows], whole[rows]) for rows in each]


def _type(kind: RequestKind, name: str, length: Int64, whole: Bool) -> RequestType:
    return RequestType(kind, name, len(length), int(whole.sum()), distribution(length[whole]))


def _longest(types: list[RequestType]) -> list[RequestType]:
    return sorted(types, key=lambda each: (-each.spread.total, each.name))


# Tasks


def _task_types(trace: Trace) -> list[RequestType]:
    start, end, whole = _bounds(trace)
    return _types(trace, RequestKind.TASK, trace.tasks.name, end - start, whole)


def _bounds(trace: Trace) -> tuple[Int64, Int64, Bool]:
    """When tasks begin and end, so far as the trace goes, and whether they do so in it."""
    tasks = trace.tasks
    start = np.where(tasks.start < 0, 0, tasks.start)
    end = np.where(tasks.end < 0, trace.duration_ns, tasks.end)
    return start, end, (tasks.start >= 0) & (tasks.end >= 0)


def _tasks(trace: Trace, type: RequestType) -> Requests:
    tasks = trace.tasks
    rows = np.flatnonzero(tasks.name == trace.strings.index(type.name))
    start, end, whole = _bounds(trace)
    rows = rows[np.argsort(start[rows], kind="stable")]
    first, last = tasks.goroutine[rows], tasks.ended_by[rows]
    return Requests(
        type=type,
        id=tasks.id[rows],
        start=start[rows],
        end=end[rows],
        whole=whole[rows],
        first=first,
        last=np.where(last < 0, first, last).astype(np.int32),
        spent=task_times(trace)[rows],
        task=rows,
    )


@dataclass(frozen=True, eq=False, slots=True)
class Work:
    """When goroutines worked for tasks: `task`, a row of Trace.tasks; of a task and a goroutine no two overlap."""

    task: Int64
    goroutine: Int64
    start: Int64
    end: Int64


@memo
def work(trace: Trace) -> Work:
    """The goroutine that began a task works for it until its end, all others in its regions."""
    tasks, regions = trace.tasks, trace.regions
    begin, finish, _ = _bounds(trace)
    of = _task_rows(trace, regions.task)
    inside = np.flatnonzero(of >= 0)
    ends = np.where(regions.end < 0, trace.duration_ns, regions.end)
    own = np.flatnonzero(tasks.goroutine >= 0)
    task = np.concatenate([own, of[inside]])
    goroutine = np.concatenate([tasks.goroutine[own], regions.goroutine[inside]]).astype(np.int64)
    start = np.concatenate([begin[own], np.maximum(regions.start[inside], 0)])
    end = np.concatenate([finish[own], ends[inside]])
    return _merged(task, goroutine, start, end)


def _merged(task: Int64, goroutine: Int64, start: Int64, end: Int64) -> Work:
    """What overlaps on one goroutine, for one task, as one."""
    order = np.lexsort((start, goroutine, task))
    task, goroutine, start, end = task[order], goroutine[order], start[order], end[order]
    if not len(task):
        return Work(task, goroutine, start, end)
    new = np.append(True, (np.diff(task) != 0) | (np.diff(goroutine) != 0))
    # Each pair's times further on than all of the pair's before, so that one running maximum does for all.
    apart = (np.cumsum(new) - 1) * (int(max(end.max(), start.max())) + 1)
    reach = np.maximum.accumulate(end + apart)
    opens = new | np.append(True, start[1:] + apart[1:] > reach[:-1])
    at = np.flatnonzero(opens)
    return Work(task[at], goroutine[at], start[at], np.maximum.reduceat(end, at))


def _task_rows(trace: Trace, ids: UInt64) -> Int64:
    """The rows of tasks with these ids, -1 for those that are none."""
    known = trace.tasks.id
    order = np.argsort(known)
    place = np.searchsorted(known[order], ids)
    there = np.minimum(place, max(len(known) - 1, 0))
    if not len(known):
        return np.full(len(ids), UNKNOWN)
    return np.where(known[order[there]] == ids, order[there], UNKNOWN)


@memo
def task_times(trace: Trace) -> Int64:
    """int64[tasks, ACTIVITIES]: what the goroutines that worked for a task did meanwhile, added up (ns)."""
    busy = work(trace)
    times = np.column_stack([busy.start, np.maximum(busy.start, busy.end)])
    spent = lanes(trace, LaneKind.GOROUTINES).spent(busy.goroutine, times)[:, 0]
    found = np.zeros((len(trace.tasks), ACTIVITIES), np.int64)
    np.add.at(found, busy.task, spent)
    return found


@dataclass(frozen=True, eq=False, slots=True)
class Annotations:
    """What tasks are annotated with, per row of Trace.tasks: the goroutines `goroutine[offsets[t]:offsets[t + 1]]` that
    began, ended, logged or had a region for it, by their rows, and how many logs and regions it has.
    """

    offsets: Int64
    goroutine: Int64
    logs: Int64
    regions: Int64


@memo
def annotations(trace: Trace) -> Annotations:
    tasks, n = trace.tasks, len(trace.tasks)
    of_log, of_region = _task_rows(trace, trace.logs.task), _task_rows(trace, trace.regions.task)
    each = np.arange(n)
    task = np.concatenate([each, each, of_log, of_region])
    who = np.concatenate([tasks.goroutine, tasks.ended_by, trace.logs.goroutine, trace.regions.goroutine])
    known = (task >= 0) & (who >= 0)
    pairs = np.unique(np.column_stack([task[known], who[known].astype(np.int64)]), axis=0).reshape(-1, 2)
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(pairs[:, 0], minlength=n), out=offsets[1:])
    counted = (np.bincount(of[of >= 0], minlength=n) for of in (of_log, of_region))
    return Annotations(offsets, pairs[:, 1], *counted)


@memo
def mentioned(trace: Trace) -> UInt64:
    """The ids of tasks that the trace has neither begin nor end of, only regions, logs or subtasks; 0, the background,
    among them. Go's summary has a task of no name for each.
    """
    subtasks = trace.tasks.parent[trace.tasks.parent != 0]
    every = np.unique(np.concatenate([trace.regions.task, trace.logs.task, subtasks]))
    return every[_task_rows(trace, every) < 0]


# Goroutines


def _on_goroutines(trace: Trace, type: RequestType, found: Pieces) -> Requests:
    order = np.argsort(found.start, kind="stable")
    goroutine, start, end = found.goroutine[order], found.start[order], found.end[order]
    spent = lanes(trace, LaneKind.GOROUTINES).spent(goroutine, np.column_stack([start, end]))[:, 0]
    row = goroutine.astype(np.int32)
    none = np.full(len(goroutine), UNKNOWN)
    return Requests(type, trace.goroutines.id[goroutine], start, end, found.whole[order], row, row, spent, none)


def _group_types(trace: Trace) -> list[RequestType]:
    """Entry functions of goroutines that came and went; the runtime's own are nobody's requests."""
    start, end, whole = _lives(trace)
    every = _types(trace, RequestKind.GROUP, trace.goroutines.name, end - start, whole)
    return [each for each in every if each.whole and each.name and not each.name.startswith("runtime.")]


def _lives(trace: Trace) -> tuple[Int64, Int64, Bool]:
    alive = lives(trace)
    ended = alive.ended >= 0
    end = np.where(ended, alive.ended, trace.duration_ns)
    return alive.created, end, trace.goroutines.created & ended


def _group_rows(trace: Trace, type: RequestType) -> Pieces:
    rows = np.flatnonzero(trace.goroutines.name == trace.strings.index(type.name))
    start, end, whole = _lives(trace)
    return Pieces(rows, start[rows], end[rows], whole[rows])
