"""What the pages of `go tool trace` show of tasks, regions and waits for a P, against goscope under `compat`.

Goroutines that a region's goroutine creates have a region without a name there, which no program ever began: those
rows are left out. Go's regions that began before the trace are of no function, and so are goscope's under `compat`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest

from analysis.derive import derived
from analysis.goroutine_groups import groups
from analysis.percentiles import percentiles
from analysis.regions import region_bounds, region_times, region_types, regions_of
from parsers.profile import Profile, read_profile
from parsers.text import clean
from parsers.trace import Trace, read_trace
from tests.conformance.corpus import ROOT, compared
from tests.conformance.gopprof import needs_go
from tests.gotracepages import Pages, Region, RegionType, pages, task_pages

pytestmark = needs_go

# Of events at the same time Go's reader says which comes first, and makes each later by 1 ns.
_CLOSE = 16
_SAMPLES = Path(__file__).parents[2] / "sample-profiles"
_CORPUS = (
    "conformance/allocfree-1.27.3.trace",
    "flightrec/flightrec-go1.25.5-0.trace",
    "flightrec/flightrec-go1.26.6-1.trace",
    "flightrec/flightrec-go1.27.3-2.trace",
    "gc/gcpressure-go1.22.10.trace",
    "gc/gcpressure-go1.24.11.trace",
    "gc/gcpressure-go1.27.3.trace",
    "gc/gcpressure-p16-go1.27.3.trace",
    "testprog/annotations-go1.22.10.trace",
    "testprog/annotations-go1.27.3.trace",
    "testprog/annotations-stress-go1.27.3.trace",
    "testprog/futile-wakeup-go1.27.3.trace",
)
_FILES = (_SAMPLES / "gateway.trace", *(ROOT / path for path in _CORPUS if (ROOT / path).exists()))

Type = tuple[str, str]
"""The name and the function of regions."""


@dataclass
class Case:
    """A trace as goscope reads it, and as it is served."""

    trace: Trace
    pages: Pages

    @cached_property
    def types(self) -> dict[Type, list[RegionType]]:
        """The rows of /userregions: Go tells addresses of a function apart."""
        found: dict[Type, list[RegionType]] = defaultdict(list)
        for each in self.pages.region_types():
            found[clean(each.name), clean(each.function)].append(each)
        return found

    def rows(self, of: Type) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return regions_of(self.trace, *map(self.trace.strings.index, of))


@pytest.fixture(scope="module", params=_FILES, ids=lambda path: path.name)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    with pages(request.param) as served:
        yield Case(read_trace(request.param.read_bytes(), compat=True), served)


def test_region_types(case: Case) -> None:
    found, strings = region_types(case.trace), case.trace.strings
    columns = (found.name.tolist(), found.function.tolist(), found.count.tolist())
    mine = {(strings[name], strings[function]): count for name, function, count in zip(*columns, strict=True)}
    assert mine == {of: sum(row.count for row in rows) for of, rows in case.types.items()}
    compared["region types of go tool trace's pages"] += len(mine)


def test_every_column_of_every_region(case: Case) -> None:
    for of, types in case.types.items():
        theirs: dict[tuple[int, int], list[Counter[str]]] = defaultdict(list)
        for row in (row for each in types for row in case.pages.regions(each)):
            theirs[row.goroutine, row.task].append(_figures(row))
        for key, mine in _mine(case, of):
            there = theirs[key]
            same = next((at for at, each in enumerate(there) if _close(mine, each)), None)
            assert same is not None, f"{of} of goroutine and task {key}: {mine} is not among {there}"
            del there[same]
            compared["regions of go tool trace's pages"] += 1
        assert not any(theirs.values())


def _figures(row: Region) -> Counter[str]:
    assert row.times.get("Unknown time", 0) <= _CLOSE
    assist = row.ranges.get("GC mark assist", 0)
    return Counter({name: ns for name, ns in row.times.items() if name != "Unknown time"}) + Counter(
        {"total": row.total, "GC mark assist": assist}
    )


def _mine(case: Case, of: Type) -> Iterator[tuple[tuple[int, int], Counter[str]]]:
    trace, rows = case.trace, case.rows(of)
    found = region_times(trace, rows)
    columns = {
        "total": found.total,
        "Execution time": found.exec,
        "Sched wait time": found.sched_wait,
        "Syscall execution time": found.syscall,
        "Block time (syscall)": found.syscall_block,
        "GC mark assist": found.assist,
        **{f"Block time ({reason})": times for reason, times in found.reasons.items()},
    }
    goroutines = trace.goroutines.id[trace.regions.goroutine[rows]].tolist()
    tasks = trace.regions.task[rows].tolist()
    for at, key in enumerate(zip(goroutines, tasks, strict=True)):
        yield key, Counter({name: int(times[at]) for name, times in columns.items()})


def _close(one: Counter[str], other: Counter[str]) -> bool:
    return all(abs(one[name] - other[name]) <= _CLOSE for name in one.keys() | other.keys())


def test_waits_for_a_p_in_regions(case: Case) -> None:
    """/regionsched: what the outermost regions of a type waited for a P, whole waits alone."""
    for of, types in case.types.items():
        if len(types) > 1 or not types[0].pc or (case.trace.regions.end[rows := case.rows(of)] < 0).any():
            continue  # regions at several addresses may nest, and in open ones a wait may not be over
        start, end = region_bounds(case.trace, rows)
        order = np.lexsort((start, case.trace.regions.goroutine[rows]))
        until: dict[int, int] = defaultdict(int)
        outermost = []
        for at in order.tolist():
            owner = int(case.trace.regions.goroutine[rows[at]])
            if until[owner] <= start[at]:
                until[owner] = int(end[at])
                outermost.append(at)
        found = int(region_times(case.trace, rows[outermost]).sched_wait.sum())
        theirs = read_profile(case.pages.profile("regionsched", type=types[0].name, pc=f"{types[0].pc:x}"))
        assert abs(found - int(theirs.values[:, 1].sum())) <= _CLOSE * len(outermost), of
        compared["region profiles of go tool trace's pages"] += 1


def test_the_scheduler_latency_profile(case: Case) -> None:
    mine, theirs = _stacks(derived(case.trace, "sched")), _stacks(read_profile(case.pages.profile("sched")))
    assert mine.keys() == theirs.keys()
    for stack, (count, delay) in theirs.items():
        assert mine[stack][0] == count
        assert abs(mine[stack][1] - delay) <= _CLOSE * count
    compared["stacks of go tool trace's /sched"] += len(theirs)


def _stacks(profile: Profile) -> dict[tuple[tuple[str, int], ...], tuple[int, int]]:
    """Contentions and delay of every stack of functions and lines."""
    names = [profile.strings[name] for name in profile.functions.name.tolist()]
    frames = [
        (names[function], line)
        for function, line in zip(profile.frames.function.tolist(), profile.frames.line.tolist(), strict=True)
    ]
    offsets, stack = profile.stack_offsets.tolist(), profile.stack.tolist()
    first = profile.locations.frame_offsets.tolist()
    found: Counter[tuple[tuple[str, int], ...]] = Counter()
    delays: Counter[tuple[tuple[str, int], ...]] = Counter()
    for at, (count, delay) in enumerate(profile.values.tolist()):
        locations = stack[offsets[at] : offsets[at + 1]]
        key = tuple(frame for each in locations for frame in frames[first[each] : first[each + 1]])
        found[key] += count
        delays[key] += delay
    return {key: (count, delays[key]) for key, count in found.items()}


def test_goroutines(case: Case) -> None:
    found, strings = groups(case.trace), case.trace.strings
    exec = found.figures["exec"].sum.tolist()
    mine = {
        strings[name]: (count, ns)
        for name, count, ns in zip(found.name.tolist(), found.count.tolist(), exec, strict=True)
    }
    theirs = {clean(name): figures for name, figures in case.pages.goroutines().items()}
    assert {name: count for name, (count, _) in mine.items()} == {name: count for name, (count, _) in theirs.items()}
    spans = len(case.trace.spans)
    assert all(abs(ns - theirs[name][1]) <= spans for name, (_, ns) in mine.items())


def test_tasks(case: Case) -> None:
    """Begin, end and parent of every task; one that only regions and logs name is none of goscope's."""
    trace, strings = case.trace, case.trace.strings
    tasks, regions, logs = trace.tasks, trace.regions, trace.logs
    columns = (tasks.id, tasks.parent, tasks.name, tasks.start, tasks.end)
    mine = {row[0]: row[1:] for row in zip(*(each.tolist() for each in columns), strict=True)}
    within, logged = Counter(regions.task.tolist()), Counter(logs.task.tolist())
    speakers: dict[int, set[int]] = defaultdict(set)
    said = ((tasks.id, tasks.goroutine), (regions.task, regions.goroutine), (logs.task, logs.goroutine))
    for number, goroutine in (pair for each in said for pair in zip(*(part.tolist() for part in each), strict=True)):
        speakers[number] |= {int(trace.goroutines.id[goroutine])} if goroutine >= 0 else set()
    seen = set()
    for name, count in case.pages.task_types().items():
        theirs = case.pages.tasks(name)
        assert len(theirs) == count
        for task in theirs:
            assert (task.regions, task.logs) == (within[task.id], logged[task.id]), task.id
            assert speakers[task.id] <= task.goroutines
            if (task.begun, task.ended) == (-1, -1):
                assert task.id not in mine
                continue
            parent, named, start, end = mine[task.id]
            seen.add(task.id)
            assert (strings[named], parent) == (clean(name), task.parent)
            assert max(abs(start - task.begun), abs(end - task.ended)) <= _CLOSE
            assert (start >= 0 <= end) == task.complete
            shown = (max(start, 0), end if end >= 0 else trace.duration_ns)
            assert max(abs(shown[0] - task.start), abs(shown[1] - task.end)) <= _CLOSE
    assert seen == mine.keys()
    compared["tasks of go tool trace's pages"] += len(seen)


def test_tasks_told_as_the_command_tells_them() -> None:
    """`task_pages`, which tests hold the command against, says what the single pages do."""
    file = _SAMPLES / "gateway.trace"
    with pages(file) as served:
        tasks = {task.id: task for name in served.task_types() for task in served.tasks(name)}
    told = task_pages(file)
    assert [each["id"] for each in told["tasks"]] == sorted(tasks)
    assert sum(each["count"] for each in told["types"]) == len(tasks)
    query = next(each for each in told["types"] if each["name"] == "query")
    took = [task.end - task.start for task in tasks.values() if task.name == "query" and task.complete]
    assert query["complete"] == len(took)
    assert [query[key] for key in ("p50_ns", "p95_ns", "max_ns")] == percentiles(np.array(took), (0.5, 0.95, 1.0))
