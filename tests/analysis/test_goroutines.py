"""Where goroutines spent their time, held against Go's own rules and against plain sums."""

from collections import Counter
from itertools import pairwise
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import goroutines as module
from analysis import spans
from analysis.errors import ViewError
from analysis.goroutine_groups import FIGURES, figure, groups, spread
from analysis.goroutines import UNNAMED, goroutine_stats, group_name, lives, started
from analysis.view import Window
from tests import gosummary
from tests.tracebuild import G, R, doings, trace

Doings = tuple[tuple[G, ...], tuple[R, ...], int]
STATE_FIGURES = ("exec", "sched_wait", "blocked", "syscall", "syscall_block")


def named(shares: module.Shares, names: tuple[str, ...], row: int) -> dict[str, int]:
    return {names[kind]: ns for kind, ns in shares.of(row)}


def one(*states: str, duration: int = 1000, compat: bool = False, ranges: tuple[R, ...] = ()) -> dict[str, object]:
    """The figures of the only goroutine of a trace."""
    made = trace(G("main.main", states), duration=duration, compat=compat, ranges=ranges)
    stats = goroutine_stats(made)
    figures: dict[str, object] = {key: int(getattr(stats, key)[0]) for key in ("total", *STATE_FIGURES)}
    figures |= {"reasons": named(stats.reasons, made.reasons, 0), "ranges": named(stats.ranges, made.range_names, 0)}
    figures |= {key: int(getattr(stats.lives, key)[0]) for key in ("created", "ended")}
    figures["started"] = int(started(made)[0])
    return figures


LIFE = ("100 runnable", "150 running", "300 waiting:chan receive", "600 runnable", "610 running", "700 gone")


def test_states_are_added_up() -> None:
    assert one(*LIFE) == {
        "total": 600,
        "exec": 240,
        "sched_wait": 60,
        "blocked": 300,
        "syscall": 0,
        "syscall_block": 0,
        "reasons": {"chan receive": 300},
        "ranges": {},
        "created": 100,
        "started": 150,
        "ended": 700,
    }


def test_what_is_open_at_the_end_lasts_till_then() -> None:
    found = one("0 running", "400 syscall", "500 blocked")
    assert (found["exec"], found["syscall"], found["syscall_block"], found["ended"]) == (400, 100, 500, -1)
    assert found["total"] == 1000


def test_go_books_an_open_blocked_call_twice() -> None:
    # conformance/sysblock.trace in small: the call as a whole, and its blocked part as waiting for a P.
    found = one("0 running", "400 syscall", "500 blocked", compat=True)
    assert (found["syscall"], found["sched_wait"], found["syscall_block"], found["total"]) == (600, 500, 0, 1000)


def test_go_takes_waiting_for_ever_for_the_end() -> None:
    states = ("0 running", "400 waiting:forever")
    assert (one(*states)["total"], one(*states)["reasons"], one(*states)["ended"]) == (1000, {"forever": 600}, -1)
    compat = one(*states, compat=True)
    assert (compat["total"], compat["reasons"], compat["ended"]) == (400, {}, 400)


def test_every_life_counts_but_for_go_the_last() -> None:
    states = ("0 syscall", "10 running", "30 gone", "500 syscall", "520 running", "560 gone")
    found, compat = one(*states), one(*states, compat=True)
    assert (found["total"], found["exec"], found["syscall"], found["created"], found["ended"]) == (90, 60, 30, 0, 560)
    assert (compat["total"], compat["exec"], compat["created"], compat["started"]) == (60, 40, 500, 520)


def test_to_go_one_found_running_started_when_that_was_said() -> None:
    states = G("main.main", ["0 running", "3 running", "10 waiting:sync"], created=False)
    for compat, ran in ((False, 0), (True, 3)):
        made = trace(states, duration=20, compat=compat)
        assert started(made).tolist() == [ran]
        assert goroutine_stats(made).exec.tolist() == [10]


def test_a_goroutine_that_never_ran() -> None:
    assert (one("0 waiting")["started"], one("0 waiting")["reasons"]) == (-1, {"": 1000})


def test_ranges_belong_to_whom_began_and_ended_them() -> None:
    ranges = (
        R("GC mark assist", 160, 200, 0, 0),
        R("GC mark assist", 210, 220, 0, 0),
        R("GC incremental sweep", 230, 240, 0, -1),
        R("stop-the-world (GC sweep termination)", 650, 1000, 0),
        R("GC concurrent mark phase", 0, 900),
    )
    assert one(*LIFE, ranges=ranges)["ranges"] == {
        "GC mark assist": 50,
        "stop-the-world (GC sweep termination)": 350,
    }


@pytest.mark.parametrize("stretch", [1, 3, spans._STRETCH])
@pytest.mark.parametrize("cells", [1, module._CELLS])
def test_walking_in_pieces_changes_nothing(stretch: int, cells: int) -> None:
    @given(doings())
    def same(made: Doings) -> None:
        built = [trace(*made[0], ranges=made[1], duration=made[2]) for _ in range(2)]
        whole, ran = goroutine_stats(built[0]), started(built[0])
        with patch.object(spans, "_STRETCH", stretch), patch.object(module, "_CELLS", cells):
            pieces, ran_in_pieces = goroutine_stats(built[1]), started(built[1])
        for key in ("total", *STATE_FIGURES):
            assert getattr(pieces, key).tolist() == getattr(whole, key).tolist()
        assert ran_in_pieces.tolist() == ran.tolist()
        for shares in ("reasons", "ranges"):
            for column in ("offsets", "kind", "ns"):
                assert getattr(getattr(pieces, shares), column).tolist() == (
                    getattr(getattr(whole, shares), column).tolist()
                )

    same()


@given(doings())
def test_states_add_up_to_the_life(made: Doings) -> None:
    goroutines, ranges, duration = made
    stats = goroutine_stats(trace(*goroutines, ranges=ranges, duration=duration))
    for row, each in enumerate(goroutines):
        spent: Counter[str] = Counter()
        times = [int(span.split()[0]) for span in each.spans]
        kinds = [span.split()[1].partition(":")[0] for span in each.spans]
        for start, end, kind in zip(times, [*times[1:], duration], kinds, strict=True):
            spent[kind] += end - start
        del spent["gone"]
        found = [int(getattr(stats, key)[row]) for key in STATE_FIGURES]
        assert found == [spent[key] for key in ("running", "runnable", "waiting", "syscall", "blocked")]
        assert sum(found) == stats.total[row] == spent.total()
        assert sum(ns for _, ns in stats.reasons.of(row)) == stats.blocked[row]


@given(doings())
def test_compat_is_what_the_summarizer_says(made: Doings) -> None:
    goroutines, ranges, duration = made
    built = trace(*goroutines, ranges=ranges, duration=duration, compat=True)
    stats, ran = goroutine_stats(built), started(built)
    for row, expected in gosummary.summary(goroutines, ranges, duration).items():
        assert {
            "creation": stats.lives.created[row] + 1,
            "start": ran[row] + 1,
            "end": stats.lives.ended[row] + 1,
            "total": stats.total[row],
            "exec": stats.exec[row],
            "sched_wait": stats.sched_wait[row],
            "syscall": stats.syscall[row],
            "syscall_block": stats.syscall_block[row],
            "block": named(stats.reasons, built.reasons, row),
            "range": named(stats.ranges, built.range_names, row),
        } == {
            "creation": expected.creation,
            "start": expected.start,
            "end": expected.end,
            "total": expected.total,
            "exec": expected.exec,
            "sched_wait": expected.sched_wait,
            "syscall": expected.syscall,
            "syscall_block": expected.syscall_block,
            "block": {reason: ns for reason, ns in expected.block.items() if ns},
            "range": {name: ns for name, ns in expected.range.items() if ns},
        }


@given(doings(), st.booleans(), st.lists(st.integers(0, 2000), max_size=4))
def test_windows_side_by_side_hold_what_the_whole_does(made: Doings, compat: bool, cuts: list[int]) -> None:
    goroutines, ranges, duration = made
    built = trace(*goroutines, ranges=ranges, duration=duration, compat=compat)
    edges = sorted({0, duration, *(cut % duration for cut in cuts)})
    whole = goroutine_stats(built)
    parts = [goroutine_stats(built, Window(*edges)) for edges in pairwise(edges)]
    for key in (*FIGURES, "chan receive", "forever"):
        if key in FIGURES or key in built.reasons:
            added = np.sum([figure(built, part, key) for part in parts], axis=0)
            assert added.tolist() == figure(built, whole, key).tolist()
    lived = np.any([part.present for part in parts], axis=0)
    assert lived[(whole.total > 0)].all()


def test_a_window_leaves_moments_as_they_are() -> None:
    made = trace(G("main.main", LIFE), G("main.late", ["900 runnable"]), duration=1000)
    stats = goroutine_stats(made, Window(200, 350))
    assert (stats.exec[0], stats.blocked[0], stats.total[0]) == (100, 50, 150)
    assert (stats.lives.created[0], stats.lives.ended[0]) == (100, 700)
    assert stats.present.tolist() == [True, False]
    assert groups(made, Window(200, 350)).count.tolist() == [1]


def test_figures_are_exact_where_floating_point_is_not() -> None:
    long = (1 << 60) + 1
    made = trace(*[G("main.f", ["0 running", f"{long} gone"]) for _ in range(3)], duration=long)
    assert goroutine_stats(made).exec.tolist() == [long] * 3
    assert groups(made).figures["exec"].sum.tolist() == [3 * long]
    assert groups(made).figures["exec"].median.tolist() == [long]


def test_groups_by_entry_function() -> None:
    lengths = [10, 0, 30, 20]
    workers = [G("main.work", ["0 runnable", "5 running", f"{5 + length} gone"]) for length in lengths]
    made = trace(workers[0], G("", ["0 waiting:select"]), *workers[1:], duration=100)
    found = groups(made)
    assert [made.strings[row] for row in found.name] == ["", "main.work"]
    assert [group_name(made, row) for row in found.name] == [UNNAMED, "main.work"]
    assert found.count.tolist() == [1, 4]
    assert [found.order[slice(*found.offsets[at : at + 2])].tolist() for at in (0, 1)] == [[1], [0, 2, 3, 4]]
    each = found.figures["exec"]
    assert (each.sum[1], each.min[1], each.median[1], each.p95[1], each.max[1]) == (60, 0, 10, 30, 30)
    assert found.reasons["select"].sum.tolist() == [100, 0]


@given(doings())
def test_groups_hold_what_their_goroutines_do(made: Doings) -> None:
    goroutines, ranges, duration = made
    built = trace(*goroutines, ranges=ranges, duration=duration)
    stats, found = goroutine_stats(built), groups(built)
    for at, name in enumerate(found.name):
        members = found.order[found.offsets[at] : found.offsets[at + 1]]
        assert members.tolist() == [i for i, each in enumerate(goroutines) if each.name == built.strings[name]]
        for key in (*FIGURES, *filter(None, built.reasons), *built.range_names):
            values = sorted(figure(built, stats, key)[members].tolist())
            each = spread(built, found, key)
            assert (each.sum[at], each.min[at], each.max[at]) == (sum(values), values[0], values[-1])
            for share, column in ((0.5, each.median), (0.95, each.p95)):
                least = next(v for v in values if sum(w <= v for w in values) >= share * len(values))
                assert column[at] == least


def test_an_unknown_figure_is_refused() -> None:
    made = trace(G("main.main", LIFE), duration=1000)
    with pytest.raises(ViewError, match=r"no figure “wall”: there are total, exec, .*, chan receive"):
        figure(made, goroutine_stats(made), "wall")


@pytest.mark.parametrize("compat", [False, True])
def test_a_trace_without_goroutines(compat: bool) -> None:
    made = trace(duration=10, ranges=[R("GC concurrent mark phase", 0, 5)], compat=compat)
    assert len(goroutine_stats(made)) == len(groups(made)) == 0


def test_of_windows_the_last_two_are_remembered() -> None:
    made = trace(G("main.main", LIFE), duration=1000)
    first = goroutine_stats(made)
    assert goroutine_stats(made) is first
    for end in range(1, 20):
        goroutine_stats(made, Window(0, end))
    assert goroutine_stats(made) is not first


def test_lives_are_the_same_for_all() -> None:
    made = trace(G("main.main", LIFE), duration=1000)
    assert goroutine_stats(made, Window(0, 5)).lives is lives(made)
