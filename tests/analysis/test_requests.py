"""Requests, what they spent and what they are annotated with, against plain sums over every nanosecond."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.activity import ACTIVITIES, BLOCKED, RUNNING, Activity, activities
from analysis.errors import ViewError
from analysis.requests import (
    HTTP,
    RequestKind,
    annotations,
    default_type,
    mentioned,
    request_types,
    requests,
    slowest,
    task_times,
    type_named,
    work,
)
from analysis.view import Window
from parsers.trace import read_trace
from parsers.trace.model import Trace
from tests.tracebuild import G, Region, Task, doings, trace

SERVE = "net/http.(*conn).serve"
PEEK = f"{SERVE};bufio.(*Reader).Peek;internal/poll.(*FD).Read"
SAMPLES = Path(__file__).parents[2] / "sample-profiles"
ASSIST = "GC mark assist"


def annotated(data: st.DataObject) -> tuple[Trace, list[Task], list[Region], list[tuple[int, int, int]]]:
    """A trace with tasks, regions and logs, of which some name tasks that the trace does not have."""
    goroutines, ranges, duration = data.draw(doings())
    time, row = st.integers(0, duration), st.integers(0, len(goroutines) - 1)
    tasks = []
    for number in range(1, 1 + data.draw(st.integers(0, 4))):
        start, end = sorted(data.draw(st.tuples(time, time)))
        begun, ended = data.draw(st.sampled_from([(True, True), (True, False), (False, True)]))
        tasks.append(
            Task(
                number,
                data.draw(st.sampled_from(["a", "b"])) if begun else "",
                start if begun else -1,
                end if ended else -1,
                data.draw(row) if begun else -1,
                data.draw(st.one_of(row, st.just(-1))) if ended else -1,
                data.draw(st.sampled_from([0, 0, 1, 8])) if begun else 0,
            )
        )
    tasks = data.draw(st.permutations(tasks))
    ids = st.integers(0, 6)
    regions = []
    for _ in range(data.draw(st.integers(0, 6))):
        start, end = sorted(data.draw(st.tuples(time, time)))
        regions.append(
            Region(
                data.draw(row),
                data.draw(ids),
                "region",
                data.draw(st.sampled_from([start, start, -1])),
                data.draw(st.sampled_from([end, end, -1])),
            )
        )
    logs = data.draw(st.lists(st.tuples(time, row, ids), max_size=5))
    built = trace(*goroutines, ranges=ranges, duration=duration, tasks=tasks, regions=regions, logs=logs)
    return built, tasks, regions, logs


class Plain:
    """What goroutines did, nanosecond by nanosecond."""

    def __init__(self, built: Trace) -> None:
        ends, offsets = built.ends().tolist(), built.goroutines.offsets.tolist()
        ranges = built.ranges
        self.doing: list[dict[int, int]] = [{} for _ in built.goroutines.id]
        for goroutine, doing in enumerate(self.doing):
            for row in range(offsets[goroutine], offsets[goroutine + 1]):
                doing.update(dict.fromkeys(range(built.spans.start[row], ends[row]), int(activities(built)[row])))
        for row in range(len(ranges)):
            if built.range_names[ranges.name[row]] == ASSIST:
                doing = self.doing[ranges.goroutine[row]]
                for at in range(ranges.start[row], ranges.end[row]):
                    doing[at] = Activity.GC if doing.get(at) == Activity.RUNNING else doing.get(at, 0)

    def spent(self, goroutine: int, moments: set[int]) -> Counter[int]:
        """How many of these moments it spent on what."""
        found = Counter(self.doing[goroutine].get(at, 0) for at in moments)
        del found[Activity.NONE]
        return found


def counted(row: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[int, int]:
    return {activity: ns for activity, ns in enumerate(row.tolist()) if ns}


def bounds(built: Trace, start: int, end: int) -> tuple[int, int]:
    return max(start, 0), built.duration_ns if end < 0 else end


def work_of(built: Trace, task: Task, regions: list[Region]) -> dict[int, set[int]]:
    """The moments in which each goroutine worked for a task."""
    found = {row: set[int]() for row in range(len(built.goroutines))}
    if task.goroutine >= 0:
        found[task.goroutine].update(range(*bounds(built, task.start, task.end)))
    for region in regions:
        if region.task == task.id:
            found[region.goroutine].update(range(*bounds(built, region.start, region.end)))
    return found


@given(st.data())
def test_the_work_for_tasks(data: st.DataObject) -> None:
    built, tasks, regions, _ = annotated(data)
    found, plain, times = work(built), Plain(built), task_times(built)
    assert times.shape == (len(tasks), ACTIVITIES)
    for row, task in enumerate(tasks):
        expected: Counter[int] = Counter()
        for goroutine, moments in work_of(built, task, regions).items():
            expected += plain.spent(goroutine, moments)
            mine = np.flatnonzero((found.task == row) & (found.goroutine == goroutine))
            stretches = [range(found.start[at], found.end[at]) for at in mine]
            # Of a task and a goroutine no two overlap.
            assert sum(map(len, stretches)) == len(moments)
            assert set().union(*stretches) == moments
        assert counted(times[row]) == expected


@given(st.data())
def test_what_tasks_are_annotated_with(data: st.DataObject) -> None:
    built, tasks, regions, logs = annotated(data)
    found = annotations(built)
    for row, task in enumerate(tasks):
        who = {task.goroutine, task.ended_by}
        who |= {region.goroutine for region in regions if region.task == task.id}
        who |= {goroutine for _, goroutine, number in logs if number == task.id}
        assert found.goroutine[found.offsets[row] : found.offsets[row + 1]].tolist() == sorted(who - {-1})
        assert found.regions[row] == sum(region.task == task.id for region in regions)
        assert found.logs[row] == sum(number == task.id for _, _, number in logs)
    named = {region.task for region in regions} | {number for _, _, number in logs}
    named |= {task.parent for task in tasks if task.parent}
    assert mentioned(built).tolist() == sorted(named - {task.id for task in tasks})


@given(st.data())
def test_tasks_as_requests(data: st.DataObject) -> None:
    built, tasks, _, _ = annotated(data)
    types = [each for each in request_types(built) if each.kind is RequestKind.TASK]
    assert {each.name for each in types} == {task.name for task in tasks}
    for each in types:
        mine = {task.id: (row, task) for row, task in enumerate(tasks) if task.name == each.name}
        lengths = [task.end - task.start for _, task in mine.values() if task.start >= 0 and task.end >= 0]
        assert (each.count, each.whole) == (len(mine), len(lengths))
        assert (each.spread.total, each.spread.max) == (sum(lengths), max(lengths, default=0))
        found = requests(built, each)
        assert sorted(found.id.tolist()) == sorted(mine)
        assert found.start.tolist() == sorted(found.start.tolist())
        for at, number in enumerate(found.id.tolist()):
            row, task = mine[number]
            assert (found.start[at], found.end[at]) == bounds(built, task.start, task.end)
            assert found.whole[at] == (task.start >= 0 and task.end >= 0)
            assert found.task[at] == row
            assert (found.first[at], found.last[at]) == (
                task.goroutine,
                task.ended_by if task.ended_by >= 0 else task.goroutine,
            )
            assert counted(found.spent[at]) == counted(task_times(built)[row])
        window = Window(*sorted(data.draw(st.tuples(*[st.integers(0, built.duration_ns)] * 2))))
        touched = {
            number
            for number, start, end in zip(found.id, found.start, found.end, strict=True)
            if start < window.end and max(end, start + 1) > window.start
        }
        assert set(requests(built, each, window).id) == touched
    totals = [each.spread.total for each in types]
    assert totals == sorted(totals, reverse=True)


def test_a_tasks_regions_on_several_goroutines() -> None:
    """Those of one goroutine overlap and nest, one is open, one began before the trace."""
    built = trace(
        G("main.main", ["0 running", "40 waiting:sync", "80 runnable", "90 running"], created=False),
        G("main.work", ["10 runnable by:0", "20 running", "60 waiting:network", "70 runnable", "75 running"]),
        G("main.other", ["0 running"], created=False),
        duration=200,
        tasks=[Task(5, "request", 5, 100, 0, 1)],
        regions=[
            Region(1, 5, "outer", 15, 65),
            Region(1, 5, "inner", 30, 50),
            Region(1, 5, "overlapping", 60, 80),
            Region(0, 5, "own", 10, 20),
            Region(2, 5, "before", -1, 3),
            Region(2, 5, "open", 190, -1),
            Region(2, 0, "of no task", 50, 60),
        ],
    )
    found = requests(built, type_named(built, "request"))
    assert (found.first.tolist(), found.last.tolist()) == ([0], [1])
    assert counted(found.spent[0]) == {
        Activity.RUNNING: 35 + 10 + 40 + 5 + 3 + 10,
        Activity.SYNC: 40,
        Activity.RUNNABLE: 10 + 5 + 5,
        Activity.NETWORK: 10,
    }
    assert found.total(RUNNING).tolist() == [103]
    assert found.total(BLOCKED).tolist() == [50]
    assert found.length.tolist() == [95]


# Types


def test_types_in_the_order_of_what_a_user_waits_for() -> None:
    built = trace(
        G("main.short", ["0 runnable by:3", "10 running", "20 gone"]),
        G("main.long", ["0 runnable by:3", "10 running", "90 gone"]),
        G("runtime.bgsweep", ["0 runnable by:3", "10 running", "95 gone"]),
        G("main.main", ["0 running"], created=False),
        G(SERVE, ["0 runnable by:3", f"5 running @{SERVE}", f"50 waiting:network @{PEEK}"]),
        duration=100,
        tasks=[Task(1, "b", 0, 10, 3, 3), Task(2, "a", 0, 30, 3, 3), Task(3, "a", 50, -1, 3)],
    )
    assert [(each.kind, each.name, each.count, each.whole, each.spread.total) for each in request_types(built)] == [
        (RequestKind.TASK, "a", 2, 1, 30),
        (RequestKind.TASK, "b", 1, 1, 10),
        (RequestKind.HTTP, HTTP, 1, 1, 50),
        (RequestKind.GROUP, "main.long", 1, 1, 90),
        (RequestKind.GROUP, "main.short", 1, 1, 20),
    ]
    served = requests(built, type_named(built, HTTP))
    assert (served.id.tolist(), served.first.tolist(), served.task.tolist()) == ([5], [4], [-1])
    assert counted(served.spent[0]) == {Activity.RUNNABLE: 5, Activity.RUNNING: 45}
    assert default_type(built) == request_types(built)[0]
    assert type_named(built, "main.short").kind is RequestKind.GROUP
    assert type_named(built, "a", RequestKind.TASK).count == 2
    for kind in (RequestKind.HTTP, RequestKind.GROUP):
        with pytest.raises(ViewError, match="no requests “a” in the trace"):
            type_named(built, "a", kind)
    assert default_type(trace(G("main.main", ["0 running"], created=False), duration=10)) is None
    assert default_type(trace(duration=10)) is None


def test_the_lives_of_goroutines() -> None:
    built = trace(
        G("main.work", ["50 runnable by:2", "60 running", "70 waiting:network", "85 runnable", "90 running"]),
        G("main.work", ["10 runnable by:2", "20 running", "40 gone"]),
        G("main.main", ["0 running"], created=False),
        G("main.work", ["0 waiting", "30 runnable", "31 running", "35 gone"], created=False),
        duration=100,
    )
    found = requests(built, type_named(built, "main.work"))
    assert found.id.tolist() == [4, 2, 1]
    assert found.start.tolist() == [0, 10, 50]
    assert found.end.tolist() == [35, 40, 100]
    assert found.whole.tolist() == [False, True, False]
    assert found.first.tolist() == found.last.tolist() == [3, 1, 0]
    assert found.task.tolist() == [-1] * 3
    assert counted(found.spent[2]) == {Activity.RUNNABLE: 15, Activity.RUNNING: 20, Activity.NETWORK: 15}
    # The longest first; of equals, whichever began first.
    assert found.id[slowest(found)].tolist() == [1, 4, 2]


def test_the_gateways_queries_lie_within_its_requests() -> None:
    built = read_trace((SAMPLES / "gateway.trace").read_bytes())
    queries, served = requests(built, type_named(built, "query")), requests(built, type_named(built, HTTP))
    holders = []
    for row in np.flatnonzero(queries.whole).tolist():
        around = (served.first == queries.first[row]) & (served.start <= queries.start[row])
        holder = np.flatnonzero(around & (served.end >= queries.end[row]))
        assert len(holder) == 1
        holders += holder.tolist()
    # A request is one query, and the others are those that the gateway itself made of its shards, settings and quota.
    assert len(holders) == len(set(holders)) == 199
    assert 600 + 199 + 199 - 60 < len(served) < 600 + 199 + 199 + 60
    apart = (np.diff(served.first[order := np.lexsort((served.start, served.first))]) != 0) | (
        served.start[order][1:] >= served.end[order][:-1]
    )
    assert apart.all()
