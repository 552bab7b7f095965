"""The listing: weights line by line, as `go tool pprof -list` sums them."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given

from analysis.errors import ViewError
from analysis.expressions import compiled
from analysis.listing import routine, routines, table
from analysis.view import Granularity, View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build, naive
from tests.strategies import messages


def lines(profile: Profile, name: str, file: str = "", view: View | None = None) -> dict[int, tuple[int, int]]:
    found = routine(profile, view or View(), name, file)
    assert found
    return {int(n): (int(f), int(c)) for n, f, c in zip(found.lines, found.line_flat, found.line_cum, strict=True)}


@given(messages())
def test_any_profile_as_a_plain_reading_has_it(message: pb.Profile) -> None:
    profile = read_profile(message.SerializeToString())
    expected: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for (_, name, file, line, _, _), (flat, cum) in naive.Reading(message, "lines").top(0).items():
        if (flat or cum) and (name or file):
            sums = expected[name, file][line]
            sums[0], sums[1] = sums[0] + flat, sums[1] + cum
    try:
        found = routines(profile, View(sample="0"), "")
    except ViewError:
        found = ()
    assert [(one.name, one.file) for one in found] == sorted(expected)
    for one in found:
        by_line = expected[one.name, one.file]
        assert one.lines.tolist() == sorted(by_line)
        assert list(zip(one.line_flat.tolist(), one.line_cum.tolist(), strict=True)) == [
            tuple(by_line[n]) for n in sorted(by_line)
        ]
        assert (one.flat, one.cum) == tuple(sum(sums[i] for sums in by_line.values()) for i in (0, 1))
        assert one.first >= 1
        assert one.first <= max(int(one.lines[0]), 1)
        assert one.last == int(one.lines[-1]) + 5


def test_a_line_has_the_samples_that_pass_it_once_each() -> None:
    profile = build.profile(
        {
            "main.main@/m.go:5;main.work@/m.go:20": 10,
            "main.main@/m.go:5;main.work@/m.go:21;leaf@/l.go:1": 7,
            "main.main@/m.go:5;main.work@/m.go:20;main.work@/m.go:20": 1,
        }
    )
    assert lines(profile, "main.work") == {20: (11, 11), 21: (0, 7)}
    assert lines(profile, "main.main") == {5: (0, 18)}


def test_the_sum_of_a_recursive_function_counts_each_of_its_lines() -> None:
    found = routine(build.profile({"fib@/f.go:3;fib@/f.go:4;fib@/f.go:4": 5}), View(), "fib")
    assert found
    assert (found.flat, found.cum) == (5, 10)


def test_what_was_inlined_is_in_its_callers_cum_and_its_own_flat() -> None:
    profile = build.profile({"out@/o.go:10>in@/i.go:3": 7})
    assert lines(profile, "out") == {10: (0, 7)}
    assert lines(profile, "in") == {3: (7, 7)}
    assert lines(profile, "out", view=View(inlines=False)) == {10: (7, 7)}
    assert routine(profile, View(inlines=False), "in") is None


def test_the_range_begins_with_the_function_and_ends_five_lines_behind() -> None:
    profile = build.profile({"f@/f.go:20": 1, "f@/f.go:30": 1}, start_lines={"f": 12})
    found = routine(profile, View(), "f")
    assert found
    assert (found.start_line, found.first, found.last) == (12, 12, 35)


def test_without_a_first_line_the_range_begins_five_lines_before() -> None:
    found = routine(build.profile({"f@/f.go:20": 1}), View(), "f")
    assert found
    assert (found.start_line, found.first, found.last) == (0, 15, 25)
    near = routine(build.profile({"f@/f.go:2": 1}), View(), "f")
    assert near
    assert near.first == 1


def test_a_first_line_behind_the_lines_does_not_hide_them() -> None:
    found = routine(build.profile({"f@/f.go:20": 1}, start_lines={"f": 25}), View(), "f")
    assert found
    assert found.first == 20


def test_a_function_in_several_files_is_several_routines() -> None:
    profile = build.profile({"init@/a.go:1": 5, "init@/b.go:2": 9, "init@/c.go:3": 1})
    assert [(one.file, one.cum) for one in routines(profile, View(), "init")] == [
        ("/a.go", 5),
        ("/b.go", 9),
        ("/c.go", 1),
    ]
    heaviest = routine(profile, View(), "init")
    assert heaviest
    assert heaviest.file == "/b.go"
    assert lines(profile, "init", "/c.go") == {3: (1, 1)}
    assert routine(profile, View(), "init", "/nowhere.go") is None
    assert routine(profile, View(), "ini") is None


def test_the_same_line_in_two_binaries_is_one() -> None:
    made = build.Builder()
    for at, file in enumerate(("/bin/app", "/lib/plugin.so"), 1):
        made.sample([made.location("f@/f.go:3", mapping=made.mapping(file), address=at)], at)
    assert lines(made.profile(), "f") == {3: (3, 3)}


def test_the_view_chooses_the_sample_type_and_not_the_granularity() -> None:
    profile = build.profile({"f@/f.go:3": (1, 2, 3, 4)}, types=build.HEAP)
    for granularity in Granularity:
        assert lines(profile, "f", view=View(sample="alloc_space", granularity=granularity)) == {3: (2, 2)}


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("work", ["main.(*Pool).work", "main.work"]),
        (r"^main\.work$", ["main.work"]),
        ("Pool|main.main", ["main.(*Pool).work", "main.main"]),
        (r"\(\*Pool\)", ["main.(*Pool).work"]),
    ],
)
def test_functions_are_chosen_by_pattern_and_come_by_name(pattern: str, names: list[str]) -> None:
    profile = build.profile({"main.work@/w.go:1": 1, "main.main@/m.go:1;main.(*Pool).work@/p.go:1": 1})
    assert [one.name for one in routines(profile, View(), pattern)] == names


def test_a_pattern_that_matches_nothing() -> None:
    with pytest.raises(ViewError, match=r"no function matches “Work”"):
        routines(build.profile({"main.work": 1}), View(), "Work")


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "*", r"(?=x)", "\\"])
def test_a_pattern_that_is_none(pattern: str) -> None:
    with pytest.raises(ViewError) as caught:
        compiled(pattern)
    assert str(caught.value).startswith(f"“{pattern}” is not a regular expression: ")


def test_a_pattern_takes_linear_time() -> None:
    """RE2 does not go back: what takes others ages is answered at once, so this test ends."""
    assert not compiled("(a*)*(a*)*(a*)*b")("a" * 5000)


# The table


def cells(found: object, source: list[str] | None = None, to: str = "auto") -> list[list[str]]:
    shown = table(found, source, "nanoseconds", 100, to)  # type: ignore[arg-type]
    return [[column.text(row) for column in shown.columns] for row in range(shown.length)]


def test_the_table_with_source() -> None:
    profile = build.profile({"f@/f.go:3": 1_500_000_000, "f@/f.go:4;g@/g.go:1": 150_000_000}, start_lines={"f": 2})
    source = ["package main", "func f() {", "\twork()", "\tg()", "}"]
    assert cells(routine(profile, View(), "f"), source) == [
        [".", ".", "2", "func f() {"],
        ["1.50s", "1.50s", "3", "\twork()"],
        [".", "150ms", "4", "\tg()"],
        [".", ".", "5", "}"],
    ]


def test_without_source_the_lines_with_a_weight_are_shown() -> None:
    profile = build.profile({"f@/f.go:3": 1_500_000_000, "f@/f.go:40;g@/g.go:1": 150_000_000}, start_lines={"f": 2})
    assert cells(routine(profile, View(), "f")) == [["1.50s", "1.50s", "3", ""], [".", "150ms", "40", ""]]


def test_a_source_that_is_too_short_is_another_files() -> None:
    profile = build.profile({"f@/f.go:30": 5}, start_lines={"f": 20})
    assert cells(routine(profile, View(), "f"), ["package main"]) == [["5ns", "5ns", "30", ""]]


def test_a_row_as_scripts_read_it() -> None:
    profile = build.profile({"f@/f.go:3": 25, "f@/f.go:4;g@/g.go:1": 50})
    found = routine(profile, View(), "f")
    assert found
    shown = table(found, None, "nanoseconds", 100)
    assert [shown.record(row) for row in range(2)] == [
        {"line": 3, "flat": 25, "cum": 25, "text": ""},
        {"line": 4, "flat": 0, "cum": 50, "text": ""},
    ]
    assert [shown.identity(row) for row in range(2)] == [3, 4]
    assert [shown.share(row) for row in range(2)] == [0.25, 0.5]
    assert found.lines.dtype == np.int64
