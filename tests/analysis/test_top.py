"""Top, held against a plain reading of the message, and against what `go tool pprof -top` printed."""

from collections import Counter
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import stacks
from analysis.errors import ViewError
from analysis.ownership import own_functions
from analysis.top import Top, ranked, smallest, table, top, trimmed
from analysis.view import Granularity, View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from parsers.profile.model import Int32
from tests import build, naive
from tests.strategies import messages, values

# What the reference printed of this: a has flat 11 and cum 16 of 18.
MUTREC = {"a;b;a;b;a": 10, "a;b": 5, "a": 1, "c": 2}


def rows(result: Top) -> dict[str, tuple[int, int]]:
    order = ranked(result)
    found = {result.nodes.label(n): (int(result.flat[n]), int(result.cum[n])) for n in order}
    assert len(found) == len(order)
    return found


def rows_of(profile: Profile, view: View | None = None) -> dict[str, tuple[int, int]]:
    return rows(top(profile, view or View()))


@settings(max_examples=200)
@given(messages(value=values), st.sampled_from(Granularity), st.booleans(), st.sampled_from([0, 1]))
def test_any_profile_as_a_plain_reading_has_it(
    message: pb.Profile, granularity: Granularity, inlines: bool, index: int
) -> None:
    profile = read_profile(message.SerializeToString())
    expected = naive.Reading(message, granularity, inlines=inlines).top(index)
    with patch.object(stacks, "_CHUNK", 5):
        result = top(profile, View(sample=str(index), granularity=granularity, inlines=inlines))
    shown = ranked(result)
    assert Counter((result.nodes.label(n), int(result.flat[n]), int(result.cum[n])) for n in shown) == Counter(
        (naive.label(key), flat, cum) for key, (flat, cum) in expected.items() if flat or cum
    )


def test_recursion_counts_once() -> None:
    profile = build.profile(MUTREC)
    assert rows_of(profile) == {"a": (11, 16), "b": (5, 15), "c": (2, 2)}
    assert top(profile, View()).total == 18


def test_a_sample_without_a_stack_is_in_the_total_alone() -> None:
    profile = build.profile({"": 5, "main": 10})
    assert rows_of(profile) == {"main": (10, 10)}
    assert top(profile, View()).total == 15


def test_negative_values() -> None:
    profile = build.profile({"main;grown": 30, "main;shrunk": -40, "main;a;b": 5, "main;a": -5})
    assert rows_of(profile) == {"main": (0, -10), "grown": (30, 30), "shrunk": (-40, -40), "b": (5, 5), "a": (-5, 0)}
    assert top(profile, View()).total == 80


def test_what_cancels_out_is_no_row() -> None:
    profile = build.profile({"main;a;x": 5, "main;a;y": -5})
    assert rows_of(profile) == {"x": (5, 5), "y": (-5, -5)}


def test_an_inlined_frame_is_a_frame() -> None:
    profile = build.profile({"main;out>mid>in": 7, "main;out": 1})
    assert rows_of(profile) == {"main": (0, 8), "out": (1, 8), "mid": (0, 7), "in": (7, 7)}


def test_without_inlines_a_location_is_its_real_function() -> None:
    profile = build.profile({"main;out>mid>in": 7, "main;out": 1})
    assert rows_of(profile, View(inlines=False)) == {"main": (0, 8), "out": (8, 8)}


def test_of_own_code_alone_flat_moves_to_the_nearest_caller_that_is() -> None:
    main, work = "main.main@/src/app/main.go", "example.com/app/db.Work@/src/app/db/db.go"
    sort, heap, lib = (
        "sort.Sort@/go/src/sort/sort.go",
        "runtime.mallocgc@/go/src/runtime/malloc.go",
        "x.Y@/mod/x@v1.2.3/y.go",
    )
    profile = build.profile(
        {
            f"{heap};{main};{sort};{work};{lib};{heap}": 10,
            f"{main};{sort}>{work}>{heap}": 3,
            f"{main};{sort}": 2,
            f"{heap}": 100,
        }
    )
    view = View(mine=True)
    assert rows_of(profile, view) == {"main.main": (2, 15), "example.com/app/db.Work": (13, 13)}
    assert top(profile, view).total == 115


def test_a_profile_without_own_code_has_no_rows_of_it() -> None:
    assert rows_of(build.profile({"runtime.mcall;runtime.park_m": 5}), View(mine=True)) == {}
    assert rows_of(build.Builder().profile(), View(mine=True)) == {}


@given(messages(), st.booleans())
def test_own_code_alone_is_the_profile_with_all_other_frames_cut_out(message: pb.Profile, inlines: bool) -> None:
    profile = read_profile(message.SerializeToString())
    own = {f.id for f, is_own in zip(message.function, own_functions(profile), strict=True) if is_own}
    kept = pb.Profile()
    kept.CopyFrom(message)
    for location in kept.location:
        lines = list(location.line) if inlines else list(location.line)[-1:]
        del location.line[:]
        location.line.extend(line for line in lines if line.function_id in own)
    empty = {location.id for location in kept.location if not location.line}
    for sample in kept.sample:
        sample.location_id[:] = [each for each in sample.location_id if each not in empty]
    expected = naive.Reading(kept).top(0)
    assert rows_of(profile, View(sample="0", mine=True, inlines=inlines)) == {
        naive.label(key): sums for key, sums in expected.items() if any(sums)
    }


def test_stacks_of_five_thousand_frames() -> None:
    made = build.Builder()
    names = [f"f{n}" for n in range(5000)]
    made.sample(";".join(names), 3)
    made.sample(";".join(names[:2500] * 2), 4)
    found = rows_of(made.profile())
    assert len(found) == 5000
    assert (found["f0"], found["f2499"], found["f2500"], found["f4999"]) == ((0, 7), (4, 7), (0, 3), (3, 3))


@pytest.mark.parametrize("value", [(1 << 62) + 1, -(1 << 62) - 1, (1 << 53) + 1, (1 << 63) - 1])
def test_large_values_lose_no_digit(value: int) -> None:
    profile = build.profile({"main;a": value, "main;b": 1, "b;main": -1})
    assert rows_of(profile) == {"main": (-1, value), "a": (value, value), "b": (1, 0)}


def test_the_smallest_integer_loses_no_digit() -> None:
    result = top(build.profile({"main;a": -(1 << 63), "main;b": 5}), View())
    assert sorted(result.cum.tolist()) == [-(1 << 63), -(1 << 63) + 5, 5]


def test_sums_beyond_int64_wrap_as_gos_do() -> None:
    made = build.Builder()
    for _ in range(3):
        made.sample("main", 1 << 62)
    assert rows_of(made.profile()) == {"main": (-(1 << 62), -(1 << 62))}


def test_many_small_values_lose_no_digit() -> None:
    made = build.Builder()
    stack = made.stack("main;work")
    for _ in range(5000):
        made.sample(stack, (1 << 41) + 1)
    assert rows_of(made.profile())["work"] == (5000 * ((1 << 41) + 1),) * 2


def test_the_chosen_sample_type_is_looked_at() -> None:
    profile = build.profile({"a": (1, 2, 3, 4)}, types=build.HEAP)
    assert [rows_of(profile, View(sample=name))["a"][0] for name in ("", "alloc_objects", "1", "inuse_space")] == [
        4,
        1,
        2,
        4,
    ]
    assert top(profile, View(sample="alloc_space")).value_type.unit == "bytes"
    with pytest.raises(ViewError):
        top(profile, View(sample="cpu"))


def test_a_profile_without_samples_has_no_rows() -> None:
    profile = build.Builder().profile()
    for granularity in Granularity:
        assert rows_of(profile, View(granularity=granularity)) == {}
    assert table(top(profile, View()), ranked(top(profile, View()))).length == 0


# Order


def labels(result: Top, order: Int32) -> list[str]:
    return [result.nodes.label(n) for n in order]


def test_by_flat_the_greatest_first_whatever_its_sign_and_equals_by_name() -> None:
    profile = build.profile({"d": 5, "b": 5, "c": -7, "x;a": 5, "z;e": 1})
    result = top(profile, View())
    assert labels(result, ranked(result)) == ["c", "a", "b", "d", "e", "x", "z"]


def test_by_cum_equals_by_name() -> None:
    result = top(build.profile(MUTREC), View())
    assert labels(result, ranked(result, "cum")) == ["a", "b", "c"]
    equal = top(build.profile({"m;b": 5, "m;a": 5, "n;o": -10}), View())
    assert labels(equal, ranked(equal, "cum")) == ["m", "n", "o", "a", "b"]


def test_by_name_and_reversed() -> None:
    result = top(build.profile(MUTREC), View())
    assert labels(result, ranked(result, "name")) == ["a", "b", "c"]
    assert labels(result, ranked(result, "name", reverse=True)) == ["c", "b", "a"]
    assert labels(result, ranked(result, "flat", reverse=True)) == ["c", "b", "a"]


@given(messages(), st.sampled_from([Granularity.FUNCTIONS, Granularity.FILEFUNCTIONS, Granularity.LINES]))
def test_the_order_is_the_references(message: pb.Profile, granularity: Granularity) -> None:
    """|flat| downwards, printed name upwards, |cum| downwards; by cum the two change places."""
    profile = read_profile(message.SerializeToString())
    result = top(profile, View(sample="0", granularity=granularity))
    expected = naive.Reading(message, granularity).top(0)
    kept = [(naive.label(key), flat, cum) for key, (flat, cum) in expected.items() if flat or cum]
    by_flat = sorted(kept, key=lambda row: (-abs(row[1]), row[0], -abs(row[2])))
    by_cum = sorted(kept, key=lambda row: (-abs(row[2]), row[0], -abs(row[1])))
    assert labels(result, ranked(result)) == [row[0] for row in by_flat]
    assert labels(result, ranked(result, "cum")) == [row[0] for row in by_cum]


# Trimming


def test_rows_at_the_cutoff_stay_and_those_below_go() -> None:
    profile = build.profile({"main": 989, "main;five": 5, "main;four": 4, "main;minus": -5, "main;x": 12})
    result = top(profile, View())
    order = ranked(result)
    # int(1005 * 0.005) is 5.
    assert int(result.flat.sum()) == 1005
    assert labels(result, trimmed(result, order)) == ["main", "x", "five", "minus"]
    assert labels(result, trimmed(result, order, 0.0)) == labels(result, order)
    assert labels(result, trimmed(result, order, 0.5)) == ["main"]


def test_a_cutoff_of_less_than_one_trims_nothing() -> None:
    result = top(build.profile({"main": 190, "x": 1}), View())
    assert len(trimmed(result, ranked(result))) == 2


def test_of_a_negative_sum_the_cutoff_is_the_same() -> None:
    result = top(build.profile({"main": -2000, "main;x": -9, "main;y": 10, "main;z": 8}), View())
    assert labels(result, trimmed(result, ranked(result))) == ["main", "y", "x"]


# The table


def test_the_table_as_pprof_prints_it() -> None:
    profile = build.profile(
        {
            "fib": 270_000_000,
            "fib;preempt": 270_000_000,
            "preempt": 420_000_000,
            "leaf": 230_000_000,
            "leaf;x": 150_000_000,
        }
    )
    result = top(profile, View())
    found = table(result, ranked(result))
    cells = [[column.text(row) for column in found.columns] for row in range(found.length)]
    assert cells == [
        ["690ms", "51.49%", "51.49%", "690ms", "51.49%", "preempt"],
        ["270ms", "20.15%", "71.64%", "540ms", "40.30%", "fib"],
        ["230ms", "17.16%", "88.81%", "380ms", "28.36%", "leaf"],
        ["150ms", "11.19%", "  100%", "150ms", "11.19%", "x"],
    ]
    assert found.record(1) == {
        "name": "fib",
        "file": "",
        "line": 0,
        "address": 0,
        "flat": 270_000_000,
        "cum": 540_000_000,
        "inline": "",
    }
    assert found.identity(1) == "fib"
    assert found.share(0) == pytest.approx(690 / 1340)
    assert found.columns[0].unit == found.columns[3].unit == "ms"


def test_percentages_of_shrinking_are_positive_and_the_sum_goes_down() -> None:
    result = top(build.profile({"a": 60, "b": -40}), View())
    found = table(result, ranked(result))
    assert [[column.text(1) for column in found.columns[i : i + 1]] for i in (0, 1, 2, 4)] == [
        ["-40ns"],
        ["40.00%"],
        ["20.00%"],
        ["40.00%"],
    ]


def test_a_row_tells_its_inlining() -> None:
    result = top(build.profile({"a": 60, "b": 40}), View())
    order = ranked(result)
    found = table(result, order, marks={int(order[1]): "inline"})
    assert [found.columns[-1].text(row) for row in (0, 1)] == ["a", "b (inline)"]
    assert found.record(1)["inline"] == "inline"


def test_the_smallest_weight_is_a_flat_or_else_a_cum() -> None:
    result = top(build.profile({"main;a": 50, "main;b": -7}), View())
    assert smallest(result, ranked(result)) == 7
    only_cum = top(build.profile({"main;a": 50, "main;a;b": -50, "x;a": 3}), View())
    assert smallest(only_cum, ranked(only_cum)) == 3
    assert smallest(result, np.zeros(0, np.int32)) == 0
