"""Traces of one program, built by different Go versions or given more Ps, compared: both sides are Go's own figures."""

from functools import cache
from itertools import pairwise

import pytest

from analysis.goroutine_diff import compare
from parsers.text import clean
from parsers.trace import read_trace
from parsers.trace.model import Trace
from tests.conformance.corpus import ROOT, compared, needs_corpus, trace_answers

pytestmark = needs_corpus

_CLOSE = 1000  # ns, of each goroutine
_SUMS = ("total", "exec", "sched_wait", "syscall", "syscall_block")
_OLD = "go1.21"
_PROGRAMS = ("gc/", "net/", "starve/")
_OF = [
    sorted(path for path in trace_answers() if path.startswith(program) and _OLD not in path) for program in _PROGRAMS
]
_PAIRS = [pair for paths in _OF for pair in pairwise(paths)]


@cache
def _trace(path: str) -> Trace:
    return read_trace((ROOT / path).read_bytes(), compat=True)


@pytest.mark.parametrize(("base", "new"), _PAIRS)
def test_both_sides_are_gos_figures(base: str, new: str) -> None:
    diff = compare(_trace(new), _trace(base))
    answers = [{clean(name): each for name, each in trace_answers()[path]["groups"].items()} for path in (base, new)]
    assert set(diff.names) == answers[0].keys() | answers[1].keys()
    for side, answer in zip((diff.base, diff.new), answers, strict=True):
        for row, name in enumerate(diff.names):
            figures = answer.get(name, {"id": 0})
            assert side.count[row] == figures["id"]
            expected = {key: figures.get(key, 0) for key in _SUMS}
            expected |= {reason: figures.get("block", {}).get(reason, 0) for reason in side.reasons}
            expected |= {kind: figures.get("range", {}).get(kind, 0) for kind in side.ranges}
            for key, ns in expected.items():
                found = (side.reasons | side.ranges | side.figures)[key].sum[row]
                assert abs(int(found) - ns) <= _CLOSE * max(1, figures["id"]), f"{name}: {key}"
            compared["groups of compared traces"] += 1


def test_a_second_p_is_a_second_of_running_more_each_second_and_of_waiting_less() -> None:
    """Goroutines that do nothing but reckon, on one P and on two."""
    one, two = (_trace(f"starve/starve-p{procs}-go1.27.3.trace") for procs in (1, 2))
    diff = compare(two, one)
    crunch = diff.names.index("main.crunch")
    for key, seconds in (("exec", 1), ("sched_wait", -1)):
        assert diff.change(key)[crunch] == pytest.approx(seconds * 1e9, rel=0.02)
