"""`goscope runtime --json` and `goscope tasks --json`, as scripts get them, against Go's pages and answers.

Tasks against /usertasks and /usertask of `go tool trace`; pauses, waits for a P and mutator utilisation of every fifth
trace of the corpus against what internal/trace says of them.
"""

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from analysis.goroutines import STOPPED
from benchmarks.gotools import build_inside
from parsers.text import clean
from tests.conformance.corpus import ROOT, compared, trace_answers
from tests.conformance.gopprof import needs_go
from tests.conformance.test_traces import _WHOLE
from tests.gotracepages import task_pages
from tui.__main__ import main

_SAMPLES = Path(__file__).parents[2] / "sample-profiles"
# Of events at the same time Go's reader says which comes first, and makes each later by 1 ns.
_CLOSE = 16
# Those that it keeps in a heap come in either order.
_EITHER_WAY = 1000
_UTILISATION = 1e-5
_WITH_TASKS = (
    "testprog/annotations-go1.22.10.trace",
    "testprog/annotations-go1.27.3.trace",
    "testprog/annotations-stress-go1.27.3.trace",
    "gc/gcpressure-go1.24.11.trace",
    "gc/gcpressure-p16-go1.27.3.trace",
    "flightrec/flightrec-go1.26.6-1.trace",
)
_FILES = (_SAMPLES / "gateway.trace", *(ROOT / path for path in _WITH_TASKS if (ROOT / path).exists()))
_SAMPLE = _WHOLE[::5]


@pytest.fixture
def asked(capsys: pytest.CaptureFixture[str]) -> Any:
    def ask(command: str, path: Path, *arguments: str) -> Any:
        assert main([command, "--json", *arguments, str(path)]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return json.loads(out)

    return ask


@needs_go
@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.name)
def test_tasks_are_those_of_the_pages(asked: Any, path: Path) -> None:
    answer, pages = asked("tasks", path, "--compat"), task_pages(path)
    # What is mentioned, and neither begins nor ends, is a task without a name to Go; here it is but counted.
    mentioned = [each for each in pages["tasks"] if each["start_ns"] < 0 and each["end_ns"] < 0]
    assert {each["name"] for each in mentioned} <= {""}
    expected = {clean(each["name"]): each for each in pages["types"]}
    types = {each["name"]: each for each in answer["types"]}
    assert types.keys() == expected.keys()
    for name, mine in types.items():
        assert (mine["count"], mine["complete"]) == (expected[name]["count"], expected[name]["complete"])
        for figure in ("p50_ns", "p95_ns", "max_ns"):
            assert abs(mine[figure] - expected[name][figure]) <= 2 * _CLOSE, figure
    found = {each["id"]: each for each in answer["tasks"]}
    assert found.keys() == {each["id"] for each in pages["tasks"]} - {each["id"] for each in mentioned}
    for theirs in pages["tasks"]:
        if theirs in mentioned:
            continue
        mine = found[theirs["id"]]
        for key in ("id", "parent", "goroutines", "logs", "regions"):
            assert mine[key] == theirs[key], key
        assert mine["name"] == clean(theirs["name"])
        for key in ("start_ns", "end_ns"):
            assert (mine[key] is None) == (theirs[key] < 0), key
            assert mine[key] is None or abs(mine[key] - theirs[key]) <= _CLOSE, key
        compared["tasks that the command tells as Go's pages do"] += 1


@pytest.mark.parametrize("path", _SAMPLE)
def test_pauses_and_waits_for_a_p_are_those_of_go(asked: Any, path: str) -> None:
    told, answer = asked("runtime", ROOT / path, "--compat"), trace_answers()[path]
    if "sched" in answer.get("profiles", {}):
        assert told["sched_latency"]["count"] == answer["profiles"]["sched"]["contentions"]["total"]
        compared["waits for a P that the command counts"] += told["sched_latency"]["count"]
    assert len(told["stw"]) == answer["footprint"].get("STWBegin", 0)
    if "goroutines" not in answer:
        return
    found: Counter[tuple[int, str]] = Counter()
    for each in told["stw"]:
        found[each["goroutine"], each["kind"]] += each["duration_ns"]
    expected = {
        (goroutine[0], clean(kind).removeprefix(f"{STOPPED} (").removesuffix(")")): ns
        for goroutine in answer["goroutines"]
        for kind, ns in goroutine[-1].items()
        if kind.startswith(STOPPED)
    }
    assert found.keys() == expected.keys()
    for which, ns in expected.items():
        assert abs(found[which] - ns) <= _EITHER_WAY, which
    compared["goroutines' pauses that the command adds up to"] += len(expected)


@pytest.fixture(scope="module")
def gommu(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_inside("gommu", tmp_path_factory.mktemp("gommu"))


@needs_go
@pytest.mark.parametrize("path", [_SAMPLES / "gateway.trace", _SAMPLES / "dataclean.trace", *_FILES[4:]])
def test_mmu_is_that_of_go(asked: Any, path: Path, gommu: Path) -> None:
    """Its mistake included, under --compat; the corpus' answers, which are without it, are of the true one."""
    told = asked("runtime", path, "--compat")["mmu"]
    command: list[str | Path] = [gommu, path, "stw,mark,assist", *told]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [line.split()[1:] for line in lines if line.startswith("mmu ")]
    assert len(rows) == len(told)
    assert list(told.values()) == pytest.approx([float(least) for _, least in rows], abs=_UTILISATION)
    compared["minimum mutator utilisations that the command tells"] += len(told)
