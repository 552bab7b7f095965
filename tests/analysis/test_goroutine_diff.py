"""Two traces by their goroutines, held against each side's goroutines one by one."""

from math import isclose
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import ViewError
from analysis.goroutine_diff import (
    ABSENT,
    GroupsDiff,
    Side,
    change_text,
    compare,
    diff_table,
    mostly_changed,
    ranked_diff,
)
from analysis.goroutine_groups import FIGURES, figure
from analysis.goroutine_tables import MOSTLY, OF_GROUP, Order
from analysis.goroutines import UNNAMED, goroutine_stats
from analysis.view import Window
from parsers.trace import read_trace
from parsers.trace.model import Trace
from tests.tracebuild import G, R, doings, trace

Doings = tuple[tuple[G, ...], tuple[R, ...], int]
SAMPLES = Path(__file__).parents[2] / "sample-profiles"
GATEWAY, DATACLEAN = (read_trace((SAMPLES / f"{name}.trace").read_bytes()) for name in ("gateway", "dataclean"))


def before() -> Trace:
    """Two requests that wait long for a lock, a worker that lives as long as the trace, and one that goes."""
    return trace(
        G("main.serve", ["0 running", "20 waiting:sync", "80 running", "100 gone"]),
        G("main.serve", ["100 running", "120 waiting:sync", "160 running", "200 gone"]),
        G("main.worker", ["0 running", "40 waiting:select"], created=False),
        G("main.old", ["0 running", "10 gone"]),
        duration=200,
    )


def after() -> Trace:
    """The same in half the time, the lock held shortly, and a goroutine that is new."""
    return trace(
        G("main.serve", ["0 running", "20 waiting:sync", "30 running", "50 gone"]),
        G("main.worker", ["0 running", "20 waiting:select"], created=False),
        G("", ["0 waiting:sleep"], created=False),
        duration=100,
    )


def naive(built: Trace, window: Window | None, name: str, key: str) -> list[int]:
    """The figures of the goroutines that run `name`, one by one, the least first."""
    stats = goroutine_stats(built, window)
    own = [row for row, of in enumerate(built.goroutines.name.tolist()) if built.strings[of] == name]
    knows = key in (*FIGURES, *built.reasons, *built.range_names)
    values = figure(built, stats, key) if knows else np.zeros(len(stats), np.int64)
    return sorted(int(values[row]) for row in own if stats.present[row])


def assert_side(side: Side, diff: GroupsDiff, built: Trace, window: Window | None = None) -> None:
    """Every figure of a side is what its goroutines say."""
    length = min(window.end, built.duration_ns) - window.start if window else built.duration_ns
    assert side.length_ns == length
    for row, name in enumerate(diff.names):
        for key in diff.known:
            values = naive(built, window, name, key)
            assert side.count[row] == len(values)
            found = side.spread(key)
            assert found.sum[row] == sum(values)
            for share, column in ((0.5, found.median), (0.95, found.p95)):
                least = [v for v in values if sum(w <= v for w in values) >= share * len(values)]
                assert column[row] == min(least, default=0)
            assert (found.min[row], found.max[row]) == (min(values, default=0), max(values, default=0))
            mean = sum(values) / len(values) if values else 0
            assert isclose(side.amounts(key, per="goroutine")[row], mean)
            assert isclose(side.amounts(key, per="second")[row], sum(values) / length * 1e9)
            assert side.amounts(key, per="sum")[row] == sum(values)
            assert side.amounts(key, "max")[row] == found.max[row]


@given(doings(), doings())
def test_both_sides_are_what_their_goroutines_say(one: Doings, other: Doings) -> None:
    base, new = (trace(*each[0], ranges=each[1], duration=each[2]) for each in (one, other))
    diff = compare(new, base)
    assert list(diff.names) == sorted({each.name for each in (*one[0], *other[0])})
    assert_side(diff.base, diff, base)
    assert_side(diff.new, diff, new)


@given(doings(), st.lists(st.integers(0, 2000), min_size=4, max_size=4))
def test_windows_of_one_trace_are_compared(made: Doings, cuts: list[int]) -> None:
    goroutines, ranges, duration = made
    built = trace(*goroutines, ranges=ranges, duration=duration)
    (a, b), (c, d) = (sorted(cut % duration for cut in half) for half in (cuts[:2], cuts[2:]))
    windows = Window(a, b + 1), Window(c, d + duration)
    diff = compare(built, built, windows[0], windows[1])
    assert_side(diff.new, diff, built, windows[0])
    assert_side(diff.base, diff, built, windows[1])


@pytest.mark.parametrize(
    ("new", "base", "windows"),
    [
        (DATACLEAN, GATEWAY, (None, None)),
        (GATEWAY, DATACLEAN, (Window(0, 700_000_000), None)),
        (GATEWAY, GATEWAY, (Window(1_000_000_000, 2_000_000_000), Window(0, 1_000_000_000))),
    ],
)
def test_real_traces_are_what_their_goroutines_say(
    new: Trace, base: Trace, windows: tuple[Window | None, Window | None]
) -> None:
    diff = compare(new, base, *windows)
    for side, built, window in ((diff.new, new, windows[0]), (diff.base, base, windows[1])):
        stats = goroutine_stats(built, window)
        names = [built.strings[name] for name in built.goroutines.name.tolist()]
        for key in FIGURES + tuple(filter(None, built.reasons)):
            sums = dict.fromkeys(diff.names, 0)
            values = figure(built, stats, key).tolist()
            for name, alive, ns in zip(names, stats.present.tolist(), values, strict=True):
                if alive:
                    sums[name] += ns
            assert side.spread(key).sum.tolist() == list(sums.values())
        assert side.count.sum() == stats.present.sum()


def test_a_trace_is_no_different_from_itself() -> None:
    diff = compare(GATEWAY, GATEWAY)
    assert not any(diff.change(key, of, "second").any() for key in diff.known for of in OF_GROUP)
    assert all(not table_cells(diff, "exec", row)["mostly"] for row in range(len(diff)))


@given(doings(), st.integers(2, 5))
def test_the_same_load_for_longer_is_no_change_per_second(made: Doings, times: int) -> None:
    goroutines, _, duration = made
    goroutines = tuple(G(each.name, [*each.spans, f"{duration} gone"]) for each in goroutines)
    once = trace(*goroutines, duration=duration)
    again = trace(*(later(each, n * duration) for n in range(times) for each in goroutines), duration=times * duration)
    diff = compare(again, once)
    for key in diff.known:
        assert np.allclose(*diff.values(key)) and np.allclose(*diff.values(key, per="goroutine"))
        assert (diff.new.spread(key).sum == times * diff.base.spread(key).sum).all()


def later(each: G, ns: int) -> G:
    return G(each.name, [f"{int(span.split()[0]) + ns} {span.partition(' ')[2]}" for span in each.spans])


def test_what_only_one_trace_has_is_nothing_in_the_other() -> None:
    diff = compare(after(), before())
    assert diff.names == ("", "main.old", "main.serve", "main.worker")
    assert diff.titles[0] == UNNAMED
    assert diff.base.count.tolist() == [0, 1, 2, 1]
    assert diff.new.count.tolist() == [1, 0, 1, 1]
    assert [row == ABSENT for row in diff.new.name] == [False, True, False, False]
    assert [before().strings[row] for row in diff.base.name[1:]] == ["main.old", "main.serve", "main.worker"]
    assert diff.change("sleep", per="sum").tolist() == [100, 0, 0, 0]
    assert diff.change("exec", "max").tolist() == [0, -10, -20, -20]


def test_what_is_compared() -> None:
    diff = compare(after(), before())
    serve, worker = 2, 3
    # Two requests waited 60 and 40 of 200 ns, and one 10 of 100 ns.
    assert [diff.values("sync", per="sum")[side][serve] for side in (0, 1)] == [100, 10]
    assert [diff.values("sync", per="goroutine")[side][serve] for side in (0, 1)] == [50, 10]
    assert [diff.values("sync", per="second")[side][serve] for side in (0, 1)] == [5e8, 1e8]
    # What lives as long as the trace is as long as that per goroutine.
    assert diff.change("select", per="goroutine")[worker] == -80
    assert diff.change("select", per="second")[worker] == 0


@pytest.mark.parametrize(
    ("order", "per", "expected"),
    [
        ("exec", "second", ["main.serve", "main.old", "", "main.worker"]),
        ("exec", "goroutine", ["main.worker", "main.old", "main.serve", ""]),
        ("exec", "sum", ["main.serve", "main.worker", "main.old", ""]),
        ("sync", "second", ["main.serve", "", "main.old", "main.worker"]),
        ("exec:max", "second", ["main.serve", "main.worker", "main.old", ""]),
        ("count", "second", ["", "main.old", "main.serve", "main.worker"]),
        ("name", "second", ["", "main.old", "main.serve", "main.worker"]),
    ],
)
def test_what_changed_most_comes_first(order: str, per: str, expected: list[str]) -> None:
    diff = compare(after(), before())
    assert [diff.names[row] for row in ranked_diff(diff, Order.parse(order), per)] == expected  # type: ignore[arg-type]


def test_groups_by_name() -> None:
    diff = compare(after(), before())
    assert [diff.names[row] for row in ranked_diff(diff, Order(), pattern="er")] == [
        "main.serve",
        "main.worker",
    ]
    with pytest.raises(ViewError, match="no goroutine's function matches “nobody”"):
        ranked_diff(diff, Order(), pattern="nobody")


def test_a_figure_that_neither_trace_knows_is_refused() -> None:
    diff = compare(after(), before())
    assert ranked_diff(diff, Order("sleep")).tolist() == [0, 1, 2, 3]  # one that only the new one knows
    with pytest.raises(ViewError, match=r"no figure “wall”: there are total, .*, sync, select, sleep"):
        ranked_diff(diff, Order("wall"))


def table_cells(diff: GroupsDiff, order: str, row: int, per: str = "second") -> dict[str, str]:
    table = diff_table(diff, np.arange(len(diff)), Order.parse(order), per)  # type: ignore[arg-type]
    return {column.key: column.text(row).strip() for column in table.columns}


def test_before_and_after_stand_beside_the_change() -> None:
    diff = compare(after(), before())
    assert table_cells(diff, "sync", 2, "sum") == {
        "count_before": "2",
        "count": "1",
        "before": "100ns",
        "after": "10ns",
        "change": "-90ns",
        "share": "100%",
        "mostly": "-90ns sync",
        "name": "main.serve",
    }
    old, new = table_cells(diff, "exec", 1), table_cells(diff, "blocked", 0)
    assert (old["before"], old["after"], old["change"], old["mostly"]) == ("50ms", "-", "-50ms", "-50ms running")
    assert (new["before"], new["after"], new["change"], new["mostly"]) == ("-", "1s", "+1s", "+1s sleep")
    assert table_cells(diff, "total:max", 2)["change"] == "-50ns"
    assert table_cells(diff, "name", 3)["change"] == "0"


def test_a_row_says_whether_it_grew_and_its_part_of_all_change() -> None:
    diff = compare(after(), before())
    rows = ranked_diff(diff, Order("blocked"), "sum")
    table = diff_table(diff, rows, Order("blocked"), "sum")
    assert table.sign is not None
    found = [(table.identity(row), table.sign(row), table.share(row)) for row in range(table.length)]
    # 100 of sleep, less 90 of sync and less 80 of select.
    assert found == [
        ("", 1, 100 / 270),
        ("main.serve", -1, 90 / 270),
        ("main.worker", -1, 80 / 270),
        ("main.old", 0, 0.0),
    ]


def test_traces_without_goroutines() -> None:
    nothing = trace(duration=10)
    assert len(compare(nothing, nothing)) == 0
    diff = compare(nothing, before())
    assert diff.new.count.tolist() == [0, 0, 0]
    assert ranked_diff(compare(nothing, nothing), Order()).tolist() == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"running": 3.0, "sync": -2e6}, "-2ms sync"),
        ({"running": 3.0, "sync": 2.6}, "+3ns running"),
        ({"system goroutine wait": -99e9}, "-99s system goroutine"),
        ({"x" * 50: 1e9}, "+1s " + "x" * (MOSTLY - 4)),
        ({"running": 0.3}, ""),
    ],
)
def test_what_changed_most(changes: dict[str, float], text: str) -> None:
    assert mostly_changed(changes) == text


def test_changes_have_signs() -> None:
    assert [change_text(ns) for ns in (1_840_000.0, -1_840_000.0, 0.0, 0.4, -0.4)] == [
        "+1.84ms",
        "-1.84ms",
        "0",
        "0",
        "0",
    ]
