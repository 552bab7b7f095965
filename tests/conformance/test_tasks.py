"""User tasks of every v2 trace of the corpus against Go's summary: begin and end, and what they are annotated with.

And requests of all kinds in traces that are cut off or damaged: they add up even so.

Times are those of `compat`, and equal to a microsecond: see test_traces.
"""

import numpy as np
import pytest

from analysis.chain import blame, critical_path
from analysis.requests import RequestKind, annotations, mentioned, request_types, requests, slowest
from parsers.text import clean
from parsers.trace import read_trace
from tests.conformance.corpus import ROOT, compared, needs_corpus, trace_answers
from tests.parsers.trace.reading import read

pytestmark = needs_corpus

_CLOSE = 1000  # ns
_NO_PARENT = (1 << 64) - 1


def _version(path: str) -> int:
    digits = (ROOT / path).read_bytes()[:16].partition(b".")[2].partition(b" ")[0]
    return int(digits) if digits.isdigit() else 0


_WITH_TASKS = [
    path
    for path, answer in trace_answers().items()
    if answer.get("tasks") and not answer["error"] and 22 <= _version(path) <= 26
]


@pytest.mark.parametrize("path", _WITH_TASKS)
def test_tasks(path: str) -> None:
    answer = trace_answers()[path]
    trace = read_trace((ROOT / path).read_bytes(), compat=True)
    tasks, goids, found = trace.tasks, trace.goroutines.id.tolist(), annotations(trace)
    # What is only mentioned has no name and neither begins nor ends; all the others have a row.
    expected = {task["id"]: task for task in answer["tasks"]}
    rows = {number: row for row, number in enumerate(tasks.id.tolist())}
    only = {number for number, task in expected.items() if not task["start"] and not task["end"]}
    assert set(mentioned(trace).tolist()) == only
    assert rows.keys() == expected.keys() - only
    assert len(rows) == len(tasks)
    for number, row in rows.items():
        task = expected[number]
        parent = int(tasks.parent[row])
        assert parent == (0 if task["parent"] == _NO_PARENT else task["parent"])
        assert trace.strings[tasks.name[row]] == clean(task["name"])
        for mine, theirs in ((int(tasks.start[row]), task["start"]), (int(tasks.end[row]), task["end"])):
            assert (mine < 0) == (theirs == 0)
            assert mine < 0 or abs(answer["first"] + mine - theirs) <= _CLOSE
        assert (found.logs[row], found.regions[row]) == (task["logs"], task["regions"])
        who = found.goroutine[found.offsets[row] : found.offsets[row + 1]].tolist()
        assert who == sorted(set(who))
        assert {goids[each] for each in who} == set(task["goroutines"])
        compared["tasks with all that they are annotated with"] += 1
    for number in only:
        assert expected[number]["name"] == ""
        compared["tasks that are only mentioned"] += 1
    types = {each.name: each for each in request_types(trace) if each.kind is RequestKind.TASK}
    named = [clean(expected[number]["name"]) for number in rows]
    complete = [clean(task["name"]) for task in expected.values() if task["complete"]]
    assert {name: each.count for name, each in types.items()} == {name: named.count(name) for name in set(named)}
    assert {name: each.whole for name, each in types.items()} == {name: complete.count(name) for name in set(named)}


def _damaged() -> list[str]:
    return [
        str(path.relative_to(ROOT))
        for folder in ("cut", "malformed")
        for path in sorted((ROOT / folder).glob("*"))
        if path.is_file()
    ]


@pytest.mark.parametrize("path", _damaged())
def test_requests_of_damaged_traces_add_up(path: str) -> None:
    for compat in (False, True):
        trace = read((ROOT / path).read_bytes(), compat=compat)
        for each in request_types(trace)[:4] if trace else ():
            assert trace
            found = requests(trace, each)
            assert (len(found), int(found.whole.sum())) == (each.count, each.whole)
            assert (np.diff(found.start) >= 0).all()
            for row in slowest(found)[:2].tolist():
                if found.last[row] >= 0:
                    start, end = int(found.start[row]), int(found.end[row])
                    steps = critical_path(trace, int(found.last[row]), start, end)
                    # They follow each other without a gap.
                    edges = np.append(steps.start, end) if len(steps) else np.array([end])
                    assert edges[0] == start
                    assert steps.end.tolist() == edges[1:].tolist()
                    assert blame(trace, steps).ns.sum() == end - start
                    compared["critical paths that add up"] += 1
