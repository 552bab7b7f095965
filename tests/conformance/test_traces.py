"""Every v2 trace of the corpus against Go's own figures: events, goroutines, groups, derived profiles.

Times are those of `compat`, and equal to a microsecond: which of two events of the same time comes first is an accident
of the heap that Go's reader keeps. Without it they are held against the naive reader's true ones.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytest

from analysis.derive import derived, waits
from analysis.gc import gc_cycles, pauses
from analysis.goroutine_groups import groups
from analysis.goroutines import STOPPED, Shares, goroutine_stats, lives, started
from analysis.load import load
from analysis.top import ranked, top
from analysis.view import View, Window
from analysis.waits import blocked_by_stack, instead, latency_by_group, longest_latencies, sched_latency
from parsers.errors import ParseError
from parsers.text import clean
from parsers.trace import Trace, read_trace
from tests.conformance.corpus import ROOT, compared, needs_corpus, trace_answers
from tests.naive_trace.reader import events
from tests.naive_trace.spans import Spans
from tests.parsers.trace.reading import Reading, read

pytestmark = needs_corpus

_CLOSE = 1000  # ns
_NAIVE_UP_TO = 1 << 20  # bytes: what reads an event at a time takes its time
# Its times are wrong on purpose, and no number tells whether its P is stolen before or behind the end of a call.
_EITHER_WAY = "create-syscall-reuse-thread-id"


def _version(path: str) -> int:
    head = (ROOT / path).read_bytes()[:16]
    digits = head.partition(b".")[2].partition(b" ")[0]
    return int(digits) if head.startswith(b"go 1.") and digits.isdigit() else 0


_V2 = [path for path in trace_answers() if 22 <= _version(path) <= 26]
# Go takes a header without anything behind it for a trace; here it is one that is still to be written.
_WHOLE = [path for path in _V2 if not trace_answers()[path]["error"] and (ROOT / path).stat().st_size > 16]
_V1 = [path for path in trace_answers() if 0 < _version(path) < 22]


@dataclass
class Case:
    """A trace, and what Go says of it."""

    path: str
    answer: dict[str, Any]
    data: bytes

    @cached_property
    def compat(self) -> Trace:
        return read_trace(self.data, compat=True)

    @cached_property
    def true(self) -> Trace:
        return read_trace(self.data)


def _case(path: str) -> Case:
    return Case(path, trace_answers()[path], (ROOT / path).read_bytes())


@pytest.fixture(scope="module", params=_WHOLE)
def case(request: pytest.FixtureRequest) -> Case:
    """Each trace that Go reads to its end."""
    return _case(request.param)


def _close(one: Iterable[int], other: Iterable[int], slack: int = _CLOSE) -> bool:
    return all(abs(a - b) <= slack for a, b in zip(one, other, strict=True))


def test_events_by_type(case: Case) -> None:
    expected = {name: count for name, count in case.answer["footprint"].items() if count}
    for trace in (case.compat, case.true):
        assert {name: count for name, count in trace.counts.items() if count} == expected
    compared["traces' event counts"] += 1
    compared["events"] += sum(expected.values())


def test_the_length(case: Case) -> None:
    assert abs(case.compat.duration_ns - (case.answer["last"] - case.answer["first"])) <= _CLOSE


def _named(shares: Shares, names: tuple[str, ...], row: int) -> dict[str, int]:
    return {names[kind]: ns for kind, ns in shares.of(row)}


def assert_goroutines(trace: Trace, answer: dict[str, Any]) -> int:
    """Every figure of every goroutine; how many figures that were."""
    stats, ran, strings = goroutine_stats(trace), started(trace), trace.strings
    rows = {number: row for row, number in enumerate(trace.goroutines.id.astype("int64").tolist())}
    assert rows.keys() == {goroutine[0] for goroutine in answer["goroutines"]}
    figures = 0
    for number, name, creation, start, end, *times, block, ranges in answer["goroutines"]:
        row = rows[number]
        assert strings[trace.goroutines.name[row]] == clean(name), f"goroutine {number}"
        lives = stats.lives
        since = [answer["first"] + int(each[row]) if each[row] >= 0 else 0 for each in (lives.created, ran)]
        ended = answer["first"] + int(lives.ended[row]) if lives.ended[row] >= 0 else 0
        assert _close((*since, ended), (creation, start, end)), f"goroutine {number}"
        columns = (stats.total, stats.exec, stats.sched_wait, stats.syscall, stats.syscall_block)
        assert _close((int(column[row]) for column in columns), times), f"goroutine {number}"
        for found, expected in (
            (_named(stats.reasons, trace.reasons, row), block),
            (_named(stats.ranges, trace.range_names, row), ranges),
        ):
            for kind in found.keys() | {clean(kind) for kind in expected}:
                assert _close([found.get(kind, 0)], [expected.get(kind, 0)]), f"goroutine {number}: {kind}"
        figures += 3 + len(columns) + len(block) + len(ranges)
    return figures


def test_every_figure_of_every_goroutine(case: Case) -> None:
    if "goroutines" not in case.answer:
        pytest.skip("a trace of so many goroutines has its groups alone in the answers")
    compared["figures of goroutines"] += assert_goroutines(case.compat, case.answer)
    compared["goroutines"] += len(case.answer["goroutines"])
    compared["traces with every goroutine"] += 1


def test_groups(case: Case) -> None:
    found, strings = groups(case.compat), case.compat.strings
    expected = {clean(name): figures for name, figures in case.answer["groups"].items()}
    mine = {strings[name]: row for row, name in enumerate(found.name.tolist())}
    assert mine.keys() == expected.keys()
    for name, figures in expected.items():
        row, slack = mine[name], _CLOSE * figures["id"]
        assert found.count[row] == figures["id"]
        for key in ("total", "exec", "sched_wait", "syscall", "syscall_block"):
            assert _close([int(found.figures[key].sum[row])], [figures[key]], slack), f"{name}: {key}"
        for shares, kinds in ((found.reasons, figures.get("block", {})), (found.ranges, figures.get("range", {}))):
            for kind in shares.keys() | kinds.keys():
                here = int(shares[kind].sum[row]) if kind in shares else 0
                assert _close([here], [kinds.get(kind, 0)], slack), f"{name}: {kind}"
        compared["groups"] += 1


def test_derived_profiles(case: Case) -> None:
    for kind, answer in case.answer["profiles"].items():
        profile = derived(case.compat, kind)
        contentions, delay = (
            {row[0]: (row[1], row[2]) for row in answer[key]["rows"]} for key in ("contentions", "delay")
        )
        found = [_rows(profile, index) for index in (0, 1)]
        assert profile.values[:, 0].sum() == answer["contentions"]["total"], kind
        assert abs(int(profile.values[:, 1].sum()) - answer["delay"]["total"]) <= _CLOSE * max(
            profile.values[:, 0].sum(), 1
        )
        assert found[0] == _cleaned(contentions), kind
        for name, times in _cleaned(delay).items():
            slack = _CLOSE * max(1, found[0].get(name, (0, 0))[1])
            assert _close(found[1].get(name, (0, 0)), times, slack), f"{kind}: {name}"
        compared["derived profiles"] += 1
        compared["rows of derived profiles"] += len(contentions) + len(delay)


def test_waits_add_up_to_derived_profiles(case: Case) -> None:
    """One by one they are what a profile sums: as many as Go counts, and for as long."""
    for kind, answer in case.answer["profiles"].items():
        found = waits(case.compat, kind)
        assert [len(found), found.ns.sum()] == derived(case.compat, kind).values.sum(axis=0).tolist(), kind
        assert len(found) == answer["contentions"]["total"], kind
        assert abs(int(found.ns.sum()) - answer["delay"]["total"]) <= _CLOSE * max(len(found), 1), kind
        compared["waits"] += len(found)
    latency, sched = sched_latency(case.compat), case.answer["profiles"].get("sched")
    assert sched is None or latency.count == sched["contentions"]["total"]


def test_cycles_and_pauses_are_as_many_as_go_tells_of(case: Case) -> None:
    counts = case.answer["footprint"]
    for trace in (case.compat, case.true):
        cycles = gc_cycles(trace)
        begun, over = cycles.start > 0, cycles.end < trace.duration_ns
        assert (begun.sum(), over.sum()) == (counts.get("GCBegin", 0), counts.get("GCEnd", 0))
        assert (cycles.whole == begun & over).all()
        assert len(pauses(trace)) == counts.get("STWBegin", 0)
    compared["GC cycles"] += len(cycles)
    compared["pauses"] += counts.get("STWBegin", 0)


def test_pauses_add_up_to_what_goroutines_stopped_the_world_for(case: Case) -> None:
    if "goroutines" not in case.answer:
        pytest.skip("a trace of so many goroutines has its groups alone in the answers")
    trace = case.compat
    found: Counter[tuple[int, str]] = Counter()
    stops = pauses(trace)
    # Of a goroutine that C calls back into, only the last life counts to Go.
    counts = np.flatnonzero(stops.start >= lives(trace).created[stops.goroutine])
    for at, ns in zip(counts, (stops.end - stops.start)[counts].tolist(), strict=True):
        found[int(trace.goroutines.id[stops.goroutine[at]]), stops.kinds[stops.kind[at]]] += ns
    expected = {
        (goroutine[0], clean(kind).removeprefix(f"{STOPPED} (").removesuffix(")")): ns
        for goroutine in case.answer["goroutines"]
        for kind, ns in goroutine[-1].items()
        if kind.startswith(STOPPED)
    }
    assert found.keys() == expected.keys()
    for which, ns in expected.items():
        assert _close([found[which]], [ns]), which
    compared["goroutines' pauses by kind"] += len(expected)
    compared["pauses within them"] += len(counts)


def _rows(profile: Any, index: int) -> dict[str, tuple[int, int]]:
    result = top(profile, View(sample=str(index)))
    rows = {result.nodes.label(node): (int(result.flat[node]), int(result.cum[node])) for node in ranked(result)}
    return _cleaned(rows)


def _cleaned(rows: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Rows that have a name: what has none Go takes for the empty stack, or not, as it comes upon them."""
    return {clean(name): row for name, row in rows.items() if name not in ("", "<unknown>") and row != (0, 0)}


def test_states_add_up_to_lives(case: Case) -> None:
    trace = case.true
    stats = goroutine_stats(trace)
    parts = stats.exec + stats.sched_wait + stats.syscall + stats.syscall_block + stats.blocked
    assert (stats.total == parts).all()
    compared["goroutines whose states add up to their lives"] += len(stats)


def test_true_times_are_the_naive_readers(case: Case) -> None:
    if len(case.data) > _NAIVE_UP_TO:
        pytest.skip("too large to be read an event at a time")
    expected, found = Spans(events(case.data)), Reading(case.true).goroutines()
    assert found.keys() == expected.goroutines.keys()
    for number, spans in expected.goroutines.items():
        assert [each[:3] for each in found[number]] == [each[:3] for each in spans], f"goroutine {number}"
        compared["spans with true times"] += len(spans)
    if _EITHER_WAY not in case.path:
        assert Reading(case.true).procs() == expected.procs


_CUT_BETWEEN_GENERATIONS = ("full batch", "incomplete generation", "no frequency")


@pytest.mark.parametrize("path", [path for path in _V2 if trace_answers()[path]["error"]])
def test_what_go_gives_up_on_is_read_as_far_as_it_goes(path: str) -> None:
    broken = _case(path)
    for compat in (False, True):
        trace = read(broken.data, compat=compat)
        if trace and compat and any(each in broken.answer["error"] for each in _CUT_BETWEEN_GENERATIONS):
            # What Go tells of whole generations; where there is none it tells nothing, and we what is provisional.
            if broken.answer["goroutines"]:
                compared["figures of goroutines"] += assert_goroutines(trace, broken.answer)
                compared["goroutines"] += len(broken.answer["goroutines"])
            else:
                assert not any(generation.complete for generation in trace.generations)
    compared["broken traces without a traceback"] += 1


def _files(*folders: str) -> Iterator[str]:
    for folder in folders:
        yield from sorted(str(path.relative_to(ROOT)) for path in (ROOT / folder).glob("*") if path.is_file())


@pytest.mark.parametrize("path", list(_files("cut", "crash", "malformed")))
def test_cut_and_malformed_files_are_never_a_traceback(path: str) -> None:
    data = (ROOT / path).read_bytes()
    for compat, latest in ((False, False), (True, False), (False, True)):
        trace = read(data, compat=compat, latest=latest)
        if trace:
            stats = goroutine_stats(trace)
            parts = stats.exec + stats.sched_wait + stats.syscall + stats.syscall_block + stats.blocked
            assert compat or (stats.total == parts).all()
            for kind in ("sched", "sync", "net", "syscall", "cpu"):
                derived(trace, kind)
            for window in (None, Window(trace.duration_ns // 3, trace.duration_ns // 2 + 1)):
                _assert_runtime(trace, window)
    compared["cut, crash and malformed files without a traceback"] += 1


def _assert_runtime(trace: Trace, window: Window | None) -> None:
    """What the Runtime pane shows can be told, and no time in it is negative."""
    cycles, stops, whole = gc_cycles(trace, window), pauses(trace, window), load(trace, window)
    assert all((each >= 0).all() for each in (cycles.end - cycles.start, cycles.assist, cycles.marking))
    assert (stops.end >= stops.start).all()
    assert min(whole.capacity, whole.busy, whole.idle_while_runnable) >= 0
    assert whole.idle_while_runnable <= (window.end - window.start if window else trace.duration_ns)
    assert (blocked_by_stack(trace, window).spread.total >= 0).all()
    assert sched_latency(trace, window).total == latency_by_group(trace, window).spread.total.sum()
    longest = longest_latencies(trace, window, 10)
    for row, ns in zip(longest.row.tolist(), longest.ns.tolist(), strict=True):
        assert all(each.ns > 0 for each in instead(trace, row, ns))


@pytest.mark.parametrize(
    ("version", "whole", "cut"),
    [
        (version, whole, cut)
        for version, whole in (("1.22.10", "4-gen1-complete"), ("1.26.6", "4-gen1-complete"))
        for cut in _files("cut")
        if cut.startswith(f"cut/{version}-") and cut.split("-")[1] in "56789"
    ],
)
def test_a_cut_trace_says_what_its_whole_generations_say(version: str, whole: str, cut: str) -> None:
    first = Reading(read_trace((ROOT / f"cut/{version}-{whole}.trace").read_bytes())).goroutines()
    trace = read_trace((ROOT / cut).read_bytes())
    assert trace.generations[0].complete
    more = Reading(trace).goroutines()
    for number, spans in first.items():
        assert more[number][: len(spans)] == spans
    compared["cut traces that keep their whole generations"] += 1


@pytest.mark.parametrize("path", _V1)
def test_the_old_format_is_named(path: str) -> None:
    with pytest.raises(ParseError, match=r"Go 1\.\d+") as refusal:
        read_trace((ROOT / path).read_bytes())
    assert "\n" not in str(refusal.value)
    assert not refusal.value.incomplete
    compared["traces of the old format named"] += 1
