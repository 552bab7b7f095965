"""Mutator utilisation of every v2 trace of the corpus against Go's, and against what Go's would be without its mistake.

The latter are answers that a Go with a mended gc.go gave, which counts each run of a mark worker once. They are of
times as Go reads them, and so are compared with what goscope counts as it should, over those times.
"""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from analysis.utilisation import DEFAULT_FLAGS, FLAGS, Utilisation, counted, mmu, mut, utilisation, worst
from benchmarks.gotools import build_inside
from parsers.trace import Trace, read_trace
from parsers.trace.model import Int64
from tests.conformance.corpus import ROOT, compared, needs_corpus, trace_answers
from tests.conformance.gopprof import needs_go
from tests.conformance.test_traces import _WHOLE

pytestmark = needs_corpus

_CLOSE = 1e-5
# Go knows what kind a mark worker is from its label on, a tick of 64 ns after its start: of 1 ms that is so much.
_TICKS = 1e-4
# A goroutine was found in a mark assist and not running: Go counts it until the trace ends, mended or not.
_FOUND_ASSISTING = "testprog/gc-stress-go1.24.11.trace"
_WINDOWS = {"1ms": 10**6, "10ms": 10**7, "100ms": 10**8}
# What Go is asked: windows from the shortest to one longer than most traces.
_ASKED = ("1us", "50us", "1ms", "10ms", "100ms", "2s")


@cache
def _trace(path: str, *, compat: bool) -> Trace:
    return read_trace((ROOT / path).read_bytes(), compat=compat)


@pytest.fixture(scope="module", params=_WHOLE)
def path(request: pytest.FixtureRequest) -> Iterator[str]:
    yield request.param
    _trace.cache_clear()


def test_mark_workers_count_once(path: str) -> None:
    answer = trace_answers()[path]["mmu"]
    expected = [answer[name] for name in _WINDOWS]
    found = counted(_trace(path, compat=True), DEFAULT_FLAGS, again=False).least(np.array(list(_WINDOWS.values())))
    if path == _FOUND_ASSISTING:
        assert (found[1:] > expected[1:]).all()
        return
    assert found == pytest.approx(expected, abs=_TICKS)
    compared["minimum mutator utilisations, each mark worker counted once"] += len(expected)


def test_true_times_move_it_little(path: str) -> None:
    true, compat = _trace(path, compat=False), _trace(path, compat=True)
    # Of what is shorter than a window, that is of all of it, Go leaves out what lies before it knows of Ps.
    windows: Int64 = np.array(list(_WINDOWS.values()), np.int64)
    expected = counted(compat, DEFAULT_FLAGS, again=False).least(windows)
    assert mmu(true, windows) == pytest.approx(expected, abs=0.001)
    compared["minimum mutator utilisations at true times"] += len(windows)


@pytest.fixture(scope="module")
def gommu(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_inside("gommu", tmp_path_factory.mktemp("gommu"))


def _apart(one: Utilisation, time: Int64, value: np.ndarray) -> int:
    """How long two step functions differ, in nanoseconds."""
    every = np.unique(np.concatenate([one.time, time]))
    there = [each[np.searchsorted(at, every, "right") - 1] for at, each in ((one.time, one.value), (time, value))]
    differ = np.abs(there[0] - there[1])[:-1] > _CLOSE
    return int(np.diff(every)[differ].sum())


@needs_go
@pytest.mark.parametrize("flags", [DEFAULT_FLAGS, frozenset(FLAGS), frozenset({"stw"})], ids=["default", "all", "stw"])
def test_what_go_tool_trace_shows(path: str, flags: frozenset[str], gommu: Path) -> None:
    """Of what Go is asked: the steps, the minima, what it takes for shares, and the worst window of each length."""
    command: list[str | Path] = [gommu, ROOT / path, ",".join(flags), *_ASKED]
    lines = [line.split() for line in subprocess.run(command, check=True, capture_output=True).stdout.splitlines()]
    answers = {
        kind: np.array([[float(each) for each in line[1:]] for line in lines if line[0] == kind])
        for kind in (b"step", b"mmu", b"mut", b"worst")
    }
    trace = _trace(path, compat=True)
    found = utilisation(trace, flags)
    if not len(answers[b"step"]):
        assert (found.value == 1).all()
        return
    time, value = answers[b"step"].T
    # Events of one time come in either order, and that an assist is open is said a tick before it runs.
    assert _apart(found, time.astype(np.int64), value) <= len(time) + 64
    compared["steps of the utilisation"] += len(time)
    windows, least = answers[b"mmu"].T
    assert mmu(trace, windows.astype(np.int64), flags) == pytest.approx(least, abs=_CLOSE)
    for window, share, mean in answers[b"mut"]:
        assert mut(trace, int(window), (share,), flags) == pytest.approx([mean], abs=_CLOSE)
    for window, mean in zip(windows.astype(np.int64).tolist(), least.tolist(), strict=True):
        start, found_mean = worst(trace, window, 10, flags)
        assert (np.diff(np.sort(start)) >= min(window, found.length)).all()
        assert found_mean[:1] == pytest.approx([mean] if mean < 1 else [], abs=_CLOSE)
    compared["minima, shares and worst windows that Go tells"] += len(windows) + len(answers[b"mut"])
