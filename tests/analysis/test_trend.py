"""How functions go over a series, against exact arithmetic and against what `go tool pprof` prints of each capture."""

import weakref
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.errors import ViewError
from analysis.top import Top, top
from analysis.trend import By, SortKey, Trend, ranked, signed, table, trend
from analysis.view import Granularity, View
from capture.open import read
from parsers.profile.model import Int64
from tests import build
from tests.conformance.corpus import ROOT, needs_corpus

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
HOUR = 3600 * 10**9

# Of main.keepWorkspace, and in all: `go tool pprof -top -inuse_space -unit=B epro.heap.0N.pb.gz`.
LEAKING = (19403146, 33955506, 50933259, 67911012, 86101461, 100653821, 115206181, 133396630)
IN_USE = (24660024, 39212384, 56190137, 73167890, 91358339, 105910699, 120463059, 138653508)


def of(*captures: dict[str, int], times: Sequence[int] = (), by: By = "flat", cumulative: bool = False) -> Trend:
    """The trend of captures an hour apart, or at `times`."""
    tops = (top(build.profile(each), View()) for each in captures)
    return trend(
        zip(times or range(HOUR, (len(captures) + 1) * HOUR, HOUR), tops, strict=True), by=by, cumulative=cumulative
    )


def row(result: Trend, name: str) -> int:
    return next(i for i, node in enumerate(result.nodes) if node.label == name)


def names(result: Trend, by: SortKey = "growth") -> list[str]:
    return [result.nodes[node].label for node in ranked(result, by)]


def slope(at: Sequence[Fraction], values: Sequence[int]) -> Fraction:
    """The line of least squares, in exact numbers."""
    n = len(at)
    spread = n * sum(x * x for x in at) - sum(at) ** 2
    return Fraction(n * sum(x * y for x, y in zip(at, values, strict=True)) - sum(at) * sum(values)) / spread


weights = st.integers(-(1 << 40), 1 << 40)


@given(
    st.lists(st.dictionaries(st.sampled_from("abcdef"), weights, max_size=5), min_size=3, max_size=6),
    st.lists(st.integers(1, 10**18), min_size=6, max_size=6),
    st.sampled_from([False, True]),
    st.sampled_from(["flat", "cum"]),
)
@example([{"a": 5}, {"a": 7}, {"a": 9}], [1, 1, 1, 1, 1, 1], False, "flat")
@example([{"a": 5}, {"a": 2}, {"a": 4}], [5, 0, 7, 1, 1, 1], True, "flat")
def test_any_series_as_a_plain_reading_has_it(
    captures: list[dict[str, int]], times: list[int], cumulative: bool, by: By
) -> None:
    when = sorted(times[: len(captures)])
    result = of(*captures, times=when, by=by, cumulative=cumulative)
    totals = [sum(abs(value) for value in each.values()) for each in captures]
    expected = {name: [each.get(name, 0) for each in captures] for name in "abcdef"}
    if cumulative:
        steps = range(1, len(captures))
        anew = [totals[i] < totals[i - 1] for i in steps]
        expected = {
            name: [row[i] - (0 if new else row[i - 1]) for i, new in zip(steps, anew, strict=True)]
            for name, row in expected.items()
        }
        totals = [totals[i] - (0 if new else totals[i - 1]) for i, new in zip(steps, anew, strict=True)]
        when = when[1:]
    found = {node.label: values for node, values in zip(result.nodes, result.values.tolist(), strict=True)}
    assert found == {name: row for name, row in expected.items() if any(row)}
    assert (result.totals.tolist(), result.times.tolist()) == (totals, when)
    timed = 0 not in when and len(set(when)) > 1
    assert result.per == ("hour" if timed else "capture")
    at = [Fraction(time - when[0], HOUR) for time in when] if timed else [Fraction(i) for i in range(len(when))]
    largest = max((abs(value) for each in expected.values() for value in each), default=0)
    for i, node in enumerate(result.nodes):
        values = expected[node.label]
        assert result.monotonic[i] == (values == sorted(values) and values[-1] > values[0])
        precise = float(largest / (max(at) - min(at))) * 1e-6
        assert result.slope[i] == pytest.approx(float(slope(at, values)), rel=1e-6, abs=precise)
    assert result.total_slope == pytest.approx(
        float(slope(at, totals)), rel=1e-6, abs=float(max(map(abs, totals)) / (max(at) - min(at))) * 1e-6
    )


def test_what_grows_steadily_comes_first() -> None:
    captures = [
        {
            "leak": 10 + 10 * i,
            "larger;noisy": [500, 20, 480, 60, 700][i],
            "once": 40 * (i == 4),
            "same": 900,
            "less": 50 - i,
        }
        for i in range(5)
    ]
    result = of(*captures)
    assert names(result) == ["leak", "once", "noisy", "same", "less"]
    assert names(result, "slope") == ["noisy", "leak", "once", "same", "less"]
    assert names(result, "last") == ["same", "noisy", "leak", "less", "once"]
    assert names(result, "name") == ["leak", "less", "noisy", "once", "same"]
    assert [bool(result.monotonic[row(result, name)]) for name in names(result)] == [True, True, False, False, False]
    assert result.slope[row(result, "leak")] == 10
    assert result.fit[row(result, "leak")] == pytest.approx(1)
    assert (result.slope[row(result, "same")], result.fit[row(result, "same")]) == (0, 0)


def test_by_cum_callers_go_with_their_callees() -> None:
    result = of({"main;leak": 1}, {"main;leak": 2, "main": 5}, by="cum")
    assert {node.label: values for node, values in zip(result.nodes, result.values.tolist(), strict=True)} == {
        "main": [1, 7],
        "leak": [1, 2],
    }


def test_real_times_count_and_not_the_number_of_captures() -> None:
    result = of({"a": 0, "b": 1}, {"a": 10}, {"a": 100}, times=[HOUR, 2 * HOUR, 11 * HOUR])
    assert result.slope[row(result, "a")] == pytest.approx(10)


def test_without_times_it_is_per_capture() -> None:
    result = of({"a": 10}, {"a": 30}, times=[0, 0])
    assert (result.per, result.slope[0]) == ("capture", 20)
    assert table(result, ranked(result)).columns[2].title == "per capture"
    assert of({"a": 10}, {"a": 30}, times=[5, 0]).per == "capture"


def test_the_least_number_of_captures() -> None:
    with pytest.raises(ViewError, match="needs 2 captures at least, and there is 1"):
        of({"a": 1})
    with pytest.raises(ViewError, match=r"of cpu, which counts since the program's start, needs 3.* and there are 2"):
        of({"a": 1}, {"a": 2}, cumulative=True)


def test_none_of_the_captures_is_kept() -> None:
    weights: list[weakref.ref[Int64]] = []
    alive: list[int] = []

    def one_by_one() -> Iterator[tuple[int, Top]]:
        for i in range(5):
            yield i + 1, made(i)
            alive.append(sum(each() is not None for each in weights))

    def made(i: int) -> Top:
        found = top(build.profile({"a": i + 1}), View())
        weights.append(weakref.ref(found.flat))
        return found

    assert trend(one_by_one()).last.tolist() == [5]
    # The one at hand.
    assert alive == [1] * 5


def test_the_table() -> None:
    result = of({"main;leak": 1 << 20, "noise": 3000}, {"main;leak": 3 << 20}, {"main;leak": 5 << 20, "noise": 3000})
    found = table(result, ranked(result), "auto")
    assert [column.key for column in found.columns] == ["first", "last", "slope", "monotonic", "name"]
    assert [column.text(0) for column in found.columns] == ["1.05ms", "5.24ms", "+2.10ms", "yes", "leak"]
    assert [column.text(1) for column in found.columns] == ["3us", "3us", "0", "", "noise"]
    assert found.record(0) == {
        "name": "leak",
        "file": "",
        "line": 0,
        "address": 0,
        "first": 1 << 20,
        "last": 5 << 20,
        "slope_per_hour": 2 << 20,
        "fit": pytest.approx(1),
        "monotonic": True,
        "values": [1 << 20, 3 << 20, 5 << 20],
    }
    assert (found.identity(1), found.share(0), found.share(1)) == ("noise", 1, 0)


def test_units() -> None:
    result = of({"a": 1 << 20, "b": 5}, {"a": 3 << 20, "b": 6})
    for unit, cells in (
        ("us", ["1048.58us", "3145.73us", "+2097.15us"]),
        ("minimum", ["1048576ns", "3145728ns", "+2.10ms"]),
    ):
        assert [column.text(0) for column in table(result, ranked(result), unit).columns[:3]] == cells


def test_a_series_of_nothing() -> None:
    result = of({}, {})
    assert len(result) == 0
    assert table(result, ranked(result)).length == 0
    assert result.total_slope == 0


def test_slopes_have_a_sign() -> None:
    assert [signed(value, "bytes") for value in (2048.2, -2048, 0.2, -0.2)] == ["+2kB", "-2kB", "0", "0"]


# Real captures


def epro(sample: str, granularity: Granularity = Granularity.FUNCTIONS, *, cumulative: bool = False) -> Trend:
    profiles = (read(path) for path in sorted(SAMPLES.glob("epro.heap.*.pb.gz")))
    view = View(sample=sample, granularity=granularity)
    return trend(((profile.time_ns, top(profile, view)) for profile in profiles), cumulative=cumulative)


@pytest.mark.parametrize(
    ("granularity", "label"),
    [
        (Granularity.FUNCTIONS, "main.keepWorkspace"),
        (Granularity.LINES, "main.keepWorkspace epro/orders.go:74"),
    ],
)
def test_the_leak_of_epro_comes_first(granularity: Granularity, label: str) -> None:
    result = epro("inuse_space", granularity)
    leak, *others = ranked(result).tolist()
    assert result.nodes[leak].label == label
    assert tuple(result.values[leak].tolist()) == LEAKING
    assert tuple(result.totals.tolist()) == IN_USE
    assert result.monotonic[leak]
    assert not result.monotonic[others].any()
    at = [Fraction(int(time - result.times[0]), HOUR) for time in result.times]
    assert result.slope[leak] == pytest.approx(float(slope(at, LEAKING)))
    # 6 orders a second, a megabyte each.
    assert 20 << 30 < result.slope[leak] < 24 << 30


def test_allocations_are_told_as_differences() -> None:
    """The last is that of `go tool pprof -top -sample_index=alloc_space -unit=B -base epro.heap.07 epro.heap.08`."""
    result = epro("alloc_space", cumulative=True)
    assert result.values.shape[1] == 7
    last = {node.label: int(value) for node, value in zip(result.nodes, result.last, strict=True) if value}
    assert last == {
        "main.keepWorkspace": 18190449,
        "compress/flate.(*fastGen).addBlock": 705084,
        "compress/flate.NewWriter": 671021,
    }
    assert result.totals[-1] == 19566554


@needs_corpus
def test_a_real_leak() -> None:
    """First and last as `go tool pprof -top -inuse_space -unit=B` prints them."""
    profiles = (read(ROOT / "leak" / f"sessioncache-go1.27.3-{n}.heap.pb.gz") for n in range(8))
    result = trend((profile.time_ns, top(profile, View(sample="inuse_space"))) for profile in profiles)
    leak = ranked(result)[0]
    assert result.nodes[leak].label == "main.newSessionBuffer"
    assert (result.first[leak], result.last[leak], result.monotonic[leak]) == (46082472, 340767756, True)
