"""Which captures belong together, in which order, and how their totals go."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import ViewError
from analysis.info import SampleTotal
from analysis.series import Series, differences, is_cumulative, series_of, sparkline, totals
from analysis.summary import Summary, summary
from capture.live.address import address
from capture.live.take import Take
from capture.live.target import file_name
from capture.open import read
from tests.conformance.corpus import ROOT, needs_corpus

HEAP = tuple(
    SampleTotal(kind, unit, 0)
    for kind, unit in (
        ("alloc_objects", "count"),
        ("alloc_space", "bytes"),
        ("inuse_objects", "count"),
        ("inuse_space", "bytes"),
    )
)
NOTHING = Summary("heap", "", "", 0, 0, HEAP, "inuse_space")
CPU = Summary("cpu", "", "", 0, 30, (SampleTotal("cpu", "nanoseconds", 0),), "cpu")


@dataclass(frozen=True)
class File:
    """A member."""

    name: str
    summary: Summary | None = NOTHING
    mtime_ns: int = 0


def of(name: str, mtime_ns: int = 0, like: Summary = NOTHING, **what: Any) -> File:
    return File(name, replace(like, **what), mtime_ns)


def grouped(*files: File) -> list[list[str]]:
    """The names in each series, in order."""
    return [[member.name for member in series.members] for series in series_of(files).series]


# What belongs together


def test_a_build_is_one_program_wherever_its_captures_lie() -> None:
    files = (of("a/x", build_id="b1", program="app"), of("b/y", build_id="b1", program="app.new"))
    assert grouped(*files) == [["a/x", "b/y"]]
    assert len(grouped(*files, of("a/z", build_id="b2", program="app"))) == 2


def test_what_was_recorded_of_several_processes_is_told_apart() -> None:
    def recorded(host: str, second: int, kind: Summary = NOTHING, program: str = "epro") -> File:
        name = file_name(address(f"{host}:6060"), program, Take(kind.kind), second * 1000)
        return of(f"dir/{name}", like=kind, build_id="b1", program=program, time_ns=second)

    files = [recorded(host, second) for second in (1, 2) for host in ("10.0.0.7", "10.0.0.8")]
    titles = {series.title: len(series.members) for series in series_of(files).series}
    assert titles == {"epro@10-0-0-7-6060": 2, "epro@10-0-0-8-6060": 2}
    # Of one alone it need not be said, whatever its captures are of.
    one = [recorded("10.0.0.7", 1), recorded("10.0.0.7", 2, CPU), recorded("10.0.0.7", 3, program="other")]
    assert {series.title for series in series_of(one).series} == {"epro", "other"}


def test_without_a_build_id_the_binary_makes_the_program() -> None:
    assert grouped(of("a/x", program="app"), of("b/y", program="app"), of("a/z", program="other")) == [
        ["a/x", "b/y"],
        ["a/z"],
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("d/heap.1.pb.gz", "d/heap.10.pb.gz"),
        ("d/heap-2026-11-25T04:11:30Z.pb.gz", "d/heap-2026-11-25T04:11:31.5Z.pb.gz"),
        ("d/memprof.2020-04-06T17_11_46.000.49832064.pprof", "d/memprof.2020-04-07T01_02_03.123.512.pprof"),
        ("d/cpu_20261125_041130.prof", "d/cpu_20261125_041131.prof"),
        ("d/550e8400-e29b-41d4-a716-446655440000.pb", "d/6fa459ea-ee8a-3ca4-894e-db77e160355e.pb"),
        ("d/heap.9f3c12ab.pb.gz", "d/heap.77e160bd.pb.gz"),
        ("d/heap.9f3c12ab.pb.gz", "d/heap.12345678.pb.gz"),
    ],
)
def test_without_a_program_the_folder_and_the_pattern_of_the_name_do(first: str, second: str) -> None:
    assert len(grouped(of(first), of(second))) == 1
    assert len(grouped(of(first), of(second.replace("d/", "e/")))) == 2
    assert len(grouped(of(first), of(second.replace("d/", "d/new")))) == 2


def test_words_are_no_numbers() -> None:
    assert len(grouped(of("before.pb.gz"), of("after.pb.gz"), of("decade.pb.gz"), of("facade.pb.gz"))) == 4


def test_a_name_is_no_program() -> None:
    assert len(grouped(of("app", program=""), of("x", program="app"))) == 2


def test_kinds_are_apart_and_so_are_sample_types() -> None:
    app: dict[str, Any] = {"build_id": "b"}
    widgets, gadgets = ((SampleTotal(name, "count", 1),) for name in ("widgets", "gadgets"))
    files = (
        of("1", **app),
        of("2", kind="allocs", default="alloc_space", **app),
        of("3", like=CPU, **app),
        of("4", kind="profile", sample_types=widgets, default="widgets", **app),
        of("5", kind="profile", sample_types=gadgets, default="gadgets", **app),
        of("6", kind="trace", sample_types=(), default="", program="app"),
    )
    assert sorted(grouped(*files)) == [["1"], ["2"], ["3"], ["4"], ["5"], ["6"]]


def test_differences_over_a_time_are_apart_from_states() -> None:
    found = series_of([of("a", program="p"), of("b", program="p", duration_ns=30), of("c", like=CPU, program="p")])
    assert [(each.members[0].name, each.delta) for each in found.series] == [("c", False), ("a", False), ("b", True)]
    assert [each.is_cumulative("alloc_space") for each in found.series] == [False, True, False]


def test_what_is_not_known_is_loose() -> None:
    found = series_of([File("b.10", None), of("a"), File("b.9", None)])
    assert [each.name for each in found.loose] == ["b.9", "b.10"]
    assert [each.title for each in found.series] == ["a"]


# Order


def test_the_time_inside_comes_first() -> None:
    files = (
        of("c", 1, program="p", time_ns=30),
        of("a", 2, program="p", time_ns=40),
        of("b", 3, program="p", time_ns=5),
    )
    assert grouped(*files) == [["b", "c", "a"]]


def test_without_times_numbers_are_in_their_order() -> None:
    assert grouped(of("heap.10.pb", 1), of("heap.9.pb", 2), of("heap.02.pb", 3)) == [
        ["heap.02.pb", "heap.9.pb", "heap.10.pb"]
    ]


def test_an_identifier_tells_no_order_but_the_file_does() -> None:
    first, second, third = "heap.f7a9b2c4.pb", "heap.0a1b2c3d.pb", "heap.b1946ac9.pb"
    assert grouped(of(first, 1), of(second, 2), of(third, 3)) == [[first, second, third]]
    # The number behind it does.
    assert grouped(of("f7a9b2c4-2", 1), of("0a1b2c3d-1", 2)) == [["0a1b2c3d-1", "f7a9b2c4-2"]]


def test_what_has_no_time_among_others_stands_where_it_was_written() -> None:
    files = (of("1", 99, program="p", time_ns=30), of("2", 20, program="p"), of("3", 35, program="p"))
    assert grouped(*files) == [["2", "1", "3"]]


summaries = st.builds(
    lambda kind, program, build, time, types: replace(
        NOTHING, kind=kind, program=program, build_id=build, time_ns=time, sample_types=HEAP[:types]
    ),
    st.sampled_from(["heap", "allocs"]),
    st.sampled_from(["", "p", "q"]),
    st.sampled_from(["", "b"]),
    st.sampled_from([0, 1, 5, 9]),
    st.sampled_from([1, 4]),
)
files = st.lists(
    st.builds(
        File,
        st.sampled_from(
            [f"{folder}/{name}{n}" for folder in "de" for name in ("heap.", "x-f7a9b2c4-") for n in range(12)]
        ),
        st.none() | summaries,
        st.integers(0, 10),
    ),
    max_size=20,
    unique_by=lambda file: file.name,
)


@given(files, st.randoms(use_true_random=False))
def test_every_capture_is_in_one_place_whatever_the_order_they_come_in(members: list[File], random: Any) -> None:
    found = series_of(members)
    inside = [member for series in found.series for member in series.members]
    assert sorted((*inside, *found.loose), key=lambda member: member.name) == sorted(members, key=lambda m: m.name)
    assert all(member.summary is None for member in found.loose)
    for series in found.series:
        assert {(m.summary.kind, m.summary.sample_types) for m in series.members if m.summary} == {
            (series.kind, series.summaries[0].sample_types)
        }
        times = [each.time_ns for each in series.summaries]
        assert 0 in times or times == sorted(times)
    random.shuffle(members)
    assert [[m.name for m in s.members] for s in series_of(members).series] == [
        [m.name for m in s.members] for s in found.series
    ]


# Totals


@pytest.mark.parametrize(
    ("kind", "sample", "expected"),
    [
        ("heap", "alloc_space", True),
        ("heap", "alloc_objects", True),
        ("heap", "inuse_space", False),
        ("allocs", "alloc_space", True),
        ("allocs", "inuse_objects", False),
        ("block", "contentions", True),
        ("mutex", "delay", True),
        ("goroutine", "goroutine", False),
        ("threadcreate", "threadcreate", False),
        ("cpu", "cpu", False),
        ("cpu", "samples", False),
        ("profile", "alloc_space", False),
        ("trace", "", False),
    ],
)
def test_what_is_counted_since_the_start(kind: str, sample: str, expected: bool) -> None:
    assert is_cumulative(kind, sample) is expected


def going(*values: int, kind: str = "heap", default: str = "inuse_space", **what: Any) -> Series[File]:
    """A series of captures a second apart in which every sample type has these totals."""
    types = [tuple(replace(each, total=value) for each in HEAP) for value in values]
    (found,) = series_of(
        of(f"{i}", kind=kind, default=default, program="p", time_ns=i + 1, sample_types=each, **what)
        for i, each in enumerate(types)
    ).series
    return found


def test_a_state_is_what_it_is() -> None:
    found = totals(going(5, 3, 8))
    assert (found.sample, found.unit, found.differences) == ("inuse_space", "bytes", False)
    assert (found.times.tolist(), found.values.tolist()) == ([1, 2, 3], [5, 3, 8])
    with pytest.raises(ViewError):
        totals(going(5), "cpu")


def test_of_what_is_counted_the_differences_are_told() -> None:
    found = totals(going(5, 9, 9), "alloc_space")
    assert (found.sample, found.differences) == ("alloc_space", True)
    assert (found.times.tolist(), found.values.tolist()) == ([2, 3], [4, 0])
    assert len(totals(going(5), "alloc_space")) == 0


def test_a_difference_over_a_time_is_not_subtracted_again() -> None:
    found = totals(going(5, 9, 2, duration_ns=30), "alloc_space")
    assert (found.values.tolist(), found.differences) == ([5, 9, 2], False)


def test_after_a_restart_all_has_come_since() -> None:
    assert totals(going(5, 9, 3, 4), "alloc_space").values.tolist() == [4, 3, 1]


@given(st.lists(st.lists(st.integers(0, 1 << 40), min_size=4, max_size=4), min_size=1, max_size=6))
def test_differences(rows: list[list[int]]) -> None:
    values = np.array(rows, np.int64)
    whole = [sum(column) for column in zip(*rows, strict=True)]
    expected = [
        [row[i] if whole[i] < whole[i - 1] else row[i] - row[i - 1] for i in range(1, len(whole))] for row in rows
    ]
    assert differences(values, np.array(whole, np.int64)).tolist() == expected


# Sparklines


def drawn(values: Sequence[int], width: int = 8) -> list[int]:
    return sparkline(values, width)


def test_a_sparkline() -> None:
    assert drawn([0, 1, 2, 3, 4, 5, 6, 7]) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert drawn([100, 101, 100]) == [7, 7, 7]
    assert drawn([1, 1000, 0]) == [1, 7, 0]
    assert drawn([-70, 0, -30]) == [0, 7, 4]
    assert drawn([1, 2, 9, 3, 4, 5], 3) == [2, 7, 4]
    assert drawn([]) == []
    assert drawn([0, 0]) == [0, 0]
    assert drawn([5, 6], 0) == []


@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1), max_size=50), st.integers(0, 20), st.integers(2, 9))
def test_any_sparkline(values: list[int], width: int, levels: int) -> None:
    found = sparkline(values, width, levels)
    assert len(found) == min(len(values), width)
    assert all(0 <= level < levels for level in found)
    if found and max(values) > 0:
        assert found.count(levels - 1) >= 1
    if len(found) == len(values):
        pairs = sorted(zip(values, found, strict=True))
        assert [level for _, level in pairs] == sorted(found)


# Real captures


@needs_corpus
def test_a_real_series() -> None:
    """inuse_space as `go tool pprof -top -inuse_space -unit=B` prints it."""
    paths = sorted((ROOT / "leak").glob("*.pb.gz"), reverse=True)
    found = series_of(File(str(path), summary(read(path))) for path in paths)
    (series,) = (each for each in found.series if each.kind == "heap" and len(each.members) == 8)
    assert [Path(member.name).name for member in series.members] == [
        f"sessioncache-go1.27.3-{n}.heap.pb.gz" for n in range(8)
    ]
    assert (totals(series).values[0], totals(series).values[-1]) == (47134374, 341819658)
    assert len(found.series) == 6


@needs_corpus
def test_a_real_series_of_cpu_profiles() -> None:
    paths = sorted((ROOT / "series-cpu").glob("*.cpu.pb.gz"), reverse=True)
    (series,) = series_of(File(str(path), summary(read(path))) for path in paths).series
    assert [Path(member.name).name for member in series.members] == [f"{n:03}.cpu.pb.gz" for n in range(len(paths))]
    assert not totals(series).differences
    assert (np.diff(totals(series).times) > 0).all()
