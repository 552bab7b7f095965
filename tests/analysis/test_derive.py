"""Profiles that traces yield, held against Go's own rules and against where goroutines spent their time."""

from collections.abc import Callable
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import derive, spans
from analysis.derive import BLOCKED, KINDS, Waits, default_kind, derived, waits
from analysis.errors import ViewError
from analysis.goroutines import goroutine_stats
from analysis.top import ranked, top
from analysis.tree import ROOT, CallTree
from analysis.view import View, Window
from parsers.profile.model import Profile
from tests import gosummary
from tests.naive_waits import WAITED, listed
from tests.tracebuild import G, R, doings, trace

Doings = tuple[tuple[G, ...], tuple[R, ...], int]

# Which state and which reasons cmd/trace tracks for each profile.
TRACKED: dict[str, tuple[str, Callable[[str], bool]]] = {
    "sched": ("runnable", lambda _: True),
    "sync": ("waiting", lambda reason: any(word in reason for word in ("chan", "sync", "select"))),
    "net": ("waiting", lambda reason: reason == "network"),
    "syscall": ("syscall", lambda _: True),
}


def by_stack(profile: Profile) -> dict[str, tuple[int, int]]:
    """The samples: how often and how long, by the stack from its root."""
    names = [profile.strings[row] for row in profile.functions.name]
    found = {}
    for i, (count, time) in enumerate(profile.values.tolist()):
        rows = profile.stack[profile.stack_offsets[i] : profile.stack_offsets[i + 1]]
        stack = ";".join(names[profile.frames.function[row]] for row in reversed(rows.tolist()))
        assert stack not in found
        found[stack] = (count, time)
    return found


def of(kind: str, *goroutines: G, window: Window | None = None, compat: bool = False) -> dict[str, tuple[int, int]]:
    return by_stack(derived(trace(*goroutines, duration=1000, compat=compat), kind, window))


WORKER = G(
    "main.work",
    (
        "100 runnable @main.main;main.spawn",
        "150 running",
        "300 waiting:chan receive @main.work;main.receive",
        "600 runnable @main.main;main.send",
        "610 running",
        "700 syscall @main.work;os.read",
        "720 blocked",
        "800 runnable",
        "801 running",
        "900 waiting:network @main.work;net.read",
    ),
)


def test_waits_are_at_the_stack_where_they_began() -> None:
    assert of("sched", WORKER) == {"main.main;main.spawn": (1, 50), "main.main;main.send": (1, 10), "": (1, 1)}
    assert of("sync", WORKER) == {"main.work;main.receive": (1, 300)}
    assert of("syscall", WORKER) == {"main.work;os.read": (1, 100)}
    assert of("net", WORKER) == {"main.work;net.read": (1, 100)}


def test_go_leaves_out_the_first_wait_and_what_is_not_over() -> None:
    assert of("sched", WORKER, compat=True) == {"main.main;main.send": (1, 10), "": (1, 1)}
    assert of("net", WORKER, compat=True) == {}


def test_a_window_cuts_waits_and_counts_those_that_reach_into_it() -> None:
    assert of("sync", WORKER, window=Window(200, 400)) == {"main.work;main.receive": (1, 100)}
    assert of("syscall", WORKER, window=Window(730, 2000)) == {"main.work;os.read": (1, 70)}
    assert of("sync", WORKER, window=Window(600, 1000)) == {}


def test_equal_stacks_are_one_sample() -> None:
    states = ["0 running", "10 waiting:sync @main.f", "20 runnable", "20 running", "30 waiting:sync @main.f"]
    assert of("sync", G("main.f", states)) == {"main.f": (2, 980)}


def test_cpu_samples_stand_for_ten_milliseconds_each() -> None:
    made = trace(
        G("main.main", ["0 running"]),
        duration=1000,
        cpu=[(10, "main.main;main.f"), (20, "main.main"), (30, "main.main")],
    )
    assert default_kind(made) == "cpu"
    profile = derived(made)
    assert by_stack(profile) == {"main.main": (2, 20_000_000), "main.main;main.f": (1, 10_000_000)}
    assert [(each.type, each.unit) for each in profile.sample_types] == [("samples", "count"), ("cpu", "nanoseconds")]
    assert by_stack(derived(made, "cpu", Window(20, 30))) == {"main.main": (1, 10_000_000)}


def test_without_cpu_samples_the_default_is_the_scheduler() -> None:
    made = trace(WORKER, duration=1000)
    assert default_kind(made) == "sched"
    assert derived(made) is derived(made, "sched")


def test_sample_types_and_times_are_those_of_go_tool_trace() -> None:
    made = trace(WORKER, duration=1000, wall_ns=5_000_000_000)
    profile = derived(made, "sync", Window(100, 300))
    assert [(each.type, each.unit) for each in profile.sample_types] == [
        ("contentions", "count"),
        ("delay", "nanoseconds"),
    ]
    assert profile.period_type is not None
    assert (profile.period_type.type, profile.period_type.unit, profile.period) == ("trace", "count", 1)
    assert (profile.time_ns, profile.duration_ns) == (5_000_000_100, 200)


def test_every_view_of_a_profile_is_one_of_a_trace() -> None:
    made = trace(WORKER, duration=1000)
    result = top(derived(made, "syscall"), View())
    assert [result.nodes.label(node) for node in ranked(result)] == ["os.read", "main.work"]
    lines = top(derived(made, "syscall"), View(granularity=View().granularity.LINES))
    assert "/src/os.go" in " ".join(lines.nodes.label(node) for node in ranked(lines))
    tree = CallTree(derived(made, "sched"), View(), inverted=False)
    assert len(tree.children(ROOT)) == 1


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(ViewError, match="no profile “block” of a trace: there are cpu, sched, sync, net, syscall"):
        derived(trace(WORKER, duration=1000), "block")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_there_is_an_empty_profile(kind: str) -> None:
    assert derived(trace(G("main.main", ["0 running"]), duration=10), kind).n_samples == 0
    assert derive.why_none(kind)


@given(doings(), st.sampled_from(sorted(TRACKED)), st.sampled_from([1, 4, spans._STRETCH]))
def test_compat_is_what_go_tool_trace_says(made: Doings, kind: str, stretch: int) -> None:
    goroutines, _, duration = made
    state, tracked = TRACKED[kind]
    with patch.object(spans, "_STRETCH", stretch):
        found = by_stack(derived(trace(*goroutines, duration=duration, compat=True), kind))
    assert found == gosummary.profile(goroutines, duration, state, tracked)


@given(doings())
def test_profiles_hold_the_time_that_goroutines_spent_so(made: Doings) -> None:
    goroutines, _, duration = made
    built = trace(*goroutines, duration=duration)
    stats = goroutine_stats(built)
    totals = {kind: sum(time for _, time in by_stack(derived(built, kind)).values()) for kind in TRACKED}
    waits = dict.fromkeys(("sync", "net"), 0)
    for row, ns in zip(stats.reasons.kind.tolist(), stats.reasons.ns.tolist(), strict=True):
        for kind in waits:
            waits[kind] += ns if TRACKED[kind][1](built.reasons[row]) else 0
    assert totals == waits | {
        "sched": stats.sched_wait.sum(),
        "syscall": stats.syscall.sum() + stats.syscall_block.sum(),
    }


@given(doings(), st.sampled_from(sorted(TRACKED)), st.booleans(), st.integers(0, 2000))
def test_windows_side_by_side_hold_what_the_whole_does(made: Doings, kind: str, compat: bool, cut: int) -> None:
    goroutines, _, duration = made
    built = trace(*goroutines, duration=duration, compat=compat)
    cut = 1 + cut % duration
    whole, first, last = (
        by_stack(derived(built, kind, window)) for window in (None, Window(0, cut), Window(cut, duration + 1))
    )
    for stack in whole:
        times = [part.get(stack, (0, 0))[1] for part in (first, last)]
        assert sum(times) == whole[stack][1]


def pairs(found: Waits) -> list[tuple[int, int]]:
    return list(zip(found.row.tolist(), found.ns.tolist(), strict=True))


def test_a_wait_is_the_span_that_it_began_with() -> None:
    made = trace(WORKER, duration=1000)
    assert pairs(waits(made, "sched")) == [(0, 50), (3, 10), (7, 1)]
    assert pairs(waits(made, "syscall")) == [(5, 100)]
    assert pairs(waits(made, BLOCKED)) == [(2, 300), (5, 100), (9, 100)]
    assert pairs(waits(made, BLOCKED, Window(599, 900))) == [(2, 1), (5, 100)]
    assert pairs(waits(trace(duration=1000), "sched")) == []


def test_a_call_found_or_begun_blocked_is_a_wait_of_its_own() -> None:
    """So a damaged trace may have it; a blocked part that follows upon the call belongs to it."""
    made = trace(
        G("main.f", ["0 blocked", "10 runnable", "12 running", "20 blocked", "30 runnable"], created=False),
        G("main.f", ["0 syscall", "10 blocked", "15 runnable", "20 syscall"], created=False),
        duration=100,
    )
    assert pairs(waits(made, "syscall")) == [(0, 10), (3, 10), (5, 15), (8, 80)]


def test_what_takes_no_time_lies_in_one_of_two_windows() -> None:
    made = trace(G("main.f", ["0 running", "50 waiting:sync", "50 runnable", "60 running"]), duration=100)
    assert pairs(waits(made, "sync")) == [(1, 0)]
    assert [pairs(waits(made, "sync", Window(*bounds))) for bounds in ((0, 50), (50, 60))] == [[], [(1, 0)]]


@given(doings(), st.sampled_from(sorted(WAITED)), st.sampled_from([1, 4, spans._STRETCH]), st.data())
def test_waits_are_those_of_each_goroutine_in_turn(made: Doings, kind: str, stretch: int, data: st.DataObject) -> None:
    goroutines, _, duration = made
    start, end = sorted(data.draw(st.tuples(st.integers(0, duration), st.integers(0, duration + 99))))
    built = trace(*goroutines, duration=duration)
    with patch.object(spans, "_STRETCH", stretch):
        assert pairs(waits(built, kind)) == listed(goroutines, duration, kind)
        assert pairs(waits(built, kind, Window(start, end))) == listed(goroutines, duration, kind, (start, end))


@given(doings(), st.sampled_from(sorted(TRACKED)), st.booleans(), st.none() | st.tuples(*[st.integers(0, 500)] * 2))
def test_profiles_add_up_waits(made: Doings, kind: str, compat: bool, bounds: tuple[int, int] | None) -> None:
    goroutines, _, duration = made
    built = trace(*goroutines, duration=duration, compat=compat)
    window = Window(min(bounds), max(bounds)) if bounds else None
    found = waits(built, kind, window)
    profile = derived(built, kind, window)
    assert profile.values.sum(axis=0).tolist() == [len(found), found.ns.sum()]
    assert profile.n_samples == len(set(built.spans.stack[found.row].tolist()))
