"""Merging: what becomes one and what stays two, held against a plain reading and the reference's rules."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import ViewError
from analysis.merge import merge, scaled
from analysis.top import ranked, top
from analysis.tree import CallTree
from analysis.view import Granularity, View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build, naive
from tests.strategies import messages

Rows = dict[str, tuple[int, int]]
granularities = st.sampled_from([each for each in Granularity if each is not Granularity.ADDRESSES])


def rows(profile: Profile, granularity: Granularity = Granularity.FUNCTIONS, sample: str = "") -> Rows:
    result = top(profile, View(sample=sample, granularity=granularity))
    return {result.nodes.label(n): (int(result.flat[n]), int(result.cum[n])) for n in ranked(result)}


def read(message: pb.Profile) -> Profile:
    return read_profile(message.SerializeToString())


def test_a_single_profile_comes_back_as_it_is() -> None:
    profile = build.profile({"a": 1})
    assert merge([profile]) is profile


@given(messages(), messages(), granularities)
def test_rows_of_any_two_profiles_add_up(one: pb.Profile, two: pb.Profile, granularity: Granularity) -> None:
    expected: dict[str, list[int]] = {}
    for message in (one, two):
        for key, (flat, cum) in naive.Reading(message, granularity).top(0).items():
            sums = expected.setdefault(naive.label(key), [0, 0])
            sums[0], sums[1] = sums[0] + flat, sums[1] + cum
    wanted = {name: (flat, cum) for name, (flat, cum) in expected.items() if flat or cum}
    merged = merge([read(one), read(two)])
    found = top(merged, View(sample="0", granularity=granularity))
    seen: dict[str, list[int]] = {}
    for n in ranked(found):
        sums = seen.setdefault(found.nodes.label(n), [0, 0])
        sums[0], sums[1] = sums[0] + int(found.flat[n]), sums[1] + int(found.cum[n])
    assert {name: (flat, cum) for name, (flat, cum) in seen.items() if flat or cum} == wanted


@given(st.lists(messages(), min_size=2, max_size=3))
def test_equal_samples_of_any_profiles_become_one(parts: list[pb.Profile]) -> None:
    merged = merge([read(part) for part in parts])
    assert Counter(map(tuple, merged.values.tolist())) == naive.distinct_samples(parts)


@given(messages(), messages(), granularities)
def test_the_order_of_files_does_not_change_the_rows(
    one: pb.Profile, two: pb.Profile, granularity: Granularity
) -> None:
    there, back = merge([read(one), read(two)]), merge([read(two), read(one)])
    view = View(sample="0", granularity=granularity)
    found = [top(each, view) for each in (there, back)]
    assert Counter((f.nodes.label(n), int(f.flat[n]), int(f.cum[n])) for f in found[:1] for n in ranked(f)) == Counter(
        (f.nodes.label(n), int(f.flat[n]), int(f.cum[n])) for f in found[1:] for n in ranked(f)
    )


@given(messages(), st.sampled_from(Granularity))
def test_the_same_file_twice_doubles_everything(message: pb.Profile, granularity: Granularity) -> None:
    once, twice = read(message), merge([read(message), read(message)])
    view = View(sample="0", granularity=Granularity.LINES if granularity is Granularity.ADDRESSES else granularity)
    single, double = top(once, view), top(twice, view)

    def weights(result: object, times: int) -> Counter[tuple[str, int, int]]:
        assert isinstance(result, type(single))
        return Counter(
            (result.nodes.label(n), times * int(result.flat[n]), times * int(result.cum[n])) for n in ranked(result)
        )

    assert weights(double, 1) == weights(single, 2)
    tree = CallTree(once, view)
    assert CallTree(twice, view).cum(0) == 2 * tree.cum(0)


def test_ids_and_string_tables_of_the_files_do_not_matter() -> None:
    one = build.profile({"main;a": 1, "main;b": 2})
    other = build.Builder()
    for name in ("zzz", "b", "a", "main"):
        other.text(name)
    for stack in ("b;x", "main;b"):
        other.stack(stack)
    other.message.location[-1].address = other.message.location[-2].address = 0
    first = build.builder({"main;a": 1, "main;b": 2}).message
    merged = merge([one, read(first), other.profile()])
    assert rows(merged) == {"a": (2, 2), "b": (4, 4), "main": (0, 6)}
    assert merged.n_samples == 2


def test_equal_stacks_become_one_sample_and_nothing_is_left_of_what_cancels() -> None:
    one = build.profile({"main;a": 5, "main;b": 2, "main;c": 0})
    minus = replace(one, values=-one.values, memo={})
    assert merge([one, minus]).n_samples == 0
    half = build.builder({"main;a": -5, "main;b": 3}).profile()
    assert rows(merge([one, half])) == {"b": (5, 5), "main": (0, 5)}


def test_samples_within_a_file_become_one_as_well() -> None:
    made = build.Builder()
    for value in (1, 2, 3):
        made.sample("main;a", value)
    assert merge([made.profile(), build.Builder().profile()]).values.tolist() == [[6]]


@pytest.mark.parametrize(
    ("labels", "other", "same"),
    [
        ({"k": "a"}, {"k": "a"}, True),
        ({"k": "a"}, {"k": "b"}, False),
        ({"k": "a"}, {}, False),
        ({"k": "1"}, {"k": (1, "")}, False),
        ({"k": (1, "bytes")}, {"k": (1, "bytes")}, True),
        ({"k": (1, "bytes")}, {"k": (1, "count")}, False),
        ({"k": (1, "bytes")}, {"k": (2, "bytes")}, False),
        ({"k": "a", "l": "b"}, {"l": "b", "k": "a"}, True),
        ({"k": "a", "n": (1, "")}, {"n": (1, ""), "k": "a"}, True),
    ],
)
def test_samples_with_other_labels_stay_apart(
    labels: dict[str, build.Label], other: dict[str, build.Label], same: bool
) -> None:
    parts = [build.profile({"main;a": 1}, labels={"main;a": each}) for each in (labels, other)]
    assert merge(parts).n_samples == (1 if same else 2)


def test_several_values_of_a_key_count_in_their_order() -> None:
    def part(*values: str) -> Profile:
        made = build.builder({"main": 1})
        for value in values:
            made.message.sample[0].label.add(key=made.text("k"), str=made.text(value))
        return made.profile()

    assert merge([part("a", "b"), part("a", "b")]).n_samples == 1
    assert merge([part("a", "b"), part("b", "a")]).n_samples == 2


# Addresses, binaries, functions


def binary(
    start: int, *, size: int = 0x5000, file: str = "/bin/app", build_id: str = "", offset: int = 0, into: int = 0x10
) -> Profile:
    made = build.Builder()
    mapping = made.mapping(file, start=start, limit=start + size, offset=offset, build_id=build_id)
    made.sample([made.location(mapping=mapping, address=start + into)], 1)
    return made.profile()


def test_addresses_count_from_where_the_binary_was_mapped() -> None:
    merged = merge([binary(0x400000), binary(0x7F0000)])
    assert rows(merged, Granularity.ADDRESSES) == {"0000000000400010 [app]": (2, 2)}
    apart = merge([binary(0x400000), binary(0x7F0000, into=0x20)])
    assert apart.n_locations == 2


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ({"size": 0x5000}, {"size": 0x4001}, True),
        ({"size": 0x5000}, {"size": 0x5001}, False),
        ({"offset": 0}, {"offset": 0x1000}, False),
        ({"file": "/a/app"}, {"file": "/b/app"}, False),
        ({"file": "/a/app", "build_id": "x"}, {"file": "/b/app", "build_id": "x"}, True),
        ({"build_id": "x"}, {"build_id": "y"}, False),
        ({"build_id": "x"}, {"build_id": ""}, False),
        ({"file": ""}, {"file": ""}, True),
    ],
)
def test_which_binaries_are_the_same(one: dict[str, int], two: dict[str, int], same: bool) -> None:
    merged = merge([binary(0x400000, **one), binary(0x700000, **two)])  # type: ignore[arg-type]
    assert len(merged.mappings.start) == (1 if same else 2)
    assert merged.n_samples == (1 if same else 2)


def test_the_first_binary_of_the_first_file_stays_the_first() -> None:
    merged = merge([binary(0x900000, file="/bin/zz"), binary(0x400000, file="/bin/aa")])
    assert [merged.strings[row] for row in merged.mappings.file] == ["/bin/zz", "/bin/aa"]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"line": 2}, False),
        ({"column": 5}, False),
        ({"file": "/b.go"}, False),
        ({"name": "g"}, False),
    ],
)
def test_which_locations_are_the_same(change: dict[str, object], same: bool) -> None:
    frame = build.Frame("f", "/a.go", 1, 4)
    parts = []
    for each in (frame, replace(frame, **change)):  # type: ignore[arg-type]
        made = build.Builder()
        made.sample([made.location(each, address=0x10)], 1)
        parts.append(made.profile())
    assert merge(parts).n_locations == (1 if same else 2)


def test_a_folded_location_is_another() -> None:
    made = build.builder({"f": 1})
    plain = made.profile()
    made.message.location[0].is_folded = True
    merged = merge([plain, made.profile()])
    assert sorted(merged.locations.is_folded.tolist()) == [False, True]


def test_functions_that_begin_elsewhere_are_others() -> None:
    merged = merge([build.profile({"f@/a.go:9": 1}, start_lines={"f": start}) for start in (1, 2)])
    assert sorted(merged.functions.start_line.tolist()) == [1, 2]
    assert rows(merged) == {"f": (2, 2)}


# Types and units


def test_types_that_not_all_have_are_left_out_and_the_first_files_order_stays() -> None:
    one = build.profile({"f": (1, 2, 3)}, types=[("a", "count"), ("b", "count"), ("c", "count")], default="b")
    two = build.profile({"f": (30, 10)}, types=[("c", "count"), ("a", "count")])
    merged = merge([one, two])
    assert [each.type for each in merged.sample_types] == ["a", "c"]
    assert merged.values.tolist() == [[11, 33]]
    # The default is gone, so the first type there is takes its place.
    assert merged.default_sample_type == "a"


def test_without_a_common_type_there_is_no_merging() -> None:
    with pytest.raises(ViewError, match="no sample type in common"):
        merge([build.profile({"f": 1}), build.profile({"f": 1}, types=[("space", "bytes")])])


def test_units_become_the_finest() -> None:
    one = build.profile({"f": 3}, types=[("cpu", "milliseconds")])
    two = build.profile({"f": 5}, types=[("cpu", "microseconds")])
    for parts in ([one, two], [two, one]):
        merged = merge(parts)
        assert merged.sample_types[0].unit == "microseconds"
        assert merged.values.tolist() == [[3005]]


def test_units_that_do_not_convert_are_refused() -> None:
    parts = [build.profile({"f": 3}, types=[("x", unit)]) for unit in ("bytes", "seconds")]
    with pytest.raises(ViewError, match="different units: x/bytes and x/seconds"):
        merge(parts)


def with_period(kind: str, unit: str, period: int) -> Profile:
    made = build.builder({"f": 1})
    made.message.period_type.type, made.message.period_type.unit = made.text(kind), made.text(unit)
    made.message.period = period
    return made.profile()


def test_periods_become_the_greatest_in_the_finest_unit() -> None:
    merged = merge([with_period("cpu", "milliseconds", 10), with_period("cpu", "nanoseconds", 7)])
    assert merged.period == 10_000_000
    assert merged.period_type
    assert merged.period_type.unit == "nanoseconds"


def test_periods_of_different_things_are_refused() -> None:
    with pytest.raises(ViewError, match="different"):
        merge([with_period("cpu", "nanoseconds", 1), with_period("space", "bytes", 1)])


# The rest of the header


def header(**fields: int) -> Profile:
    made = build.builder({"f": 1})
    for name, value in fields.items():
        setattr(made.message, name, value)
    return made.profile()


@pytest.mark.parametrize(("times", "expected"), [([100, 50], 50), ([0, 100], 100), ([100, 0], 0), ([100, 0, 70], 70)])
def test_the_time_is_the_earliest_but_a_0_counts_unless_it_comes_first(times: list[int], expected: int) -> None:
    assert merge([header(time_nanos=time) for time in times]).time_ns == expected


def test_durations_add_up() -> None:
    assert merge([header(duration_nanos=2_990), header(duration_nanos=5_960)]).duration_ns == 8_950


def with_texts(default: str, doc: str, drop: str, *comments: str) -> Profile:
    made = build.builder({"f": (1, 2, 3, 4)}, types=build.HEAP, default=default, drop=drop)
    made.message.doc_url = made.text(doc)
    made.message.comment.extend(made.text(comment) for comment in comments)
    return made.profile()


def test_texts_are_the_first_that_there_are() -> None:
    merged = merge([with_texts("", "", "", "a", "b"), with_texts("alloc_space", "http://x", "drop", "b", "c")])
    assert merged.default_sample_type == "alloc_space"
    assert merged.doc_url == "http://x"
    assert merged.drop_frames == ""
    assert merged.comments == ("a", "b", "c")


def test_a_merged_profile_can_be_merged_again() -> None:
    parts = [build.profile({f"main;{name}": 1, "main;a;b>c": 2}) for name in "xyz"]
    one = merge([merge(parts[:2]), parts[2]])
    assert rows(one) == rows(merge(parts))
    assert rows(one)["c"] == (6, 6)


def test_nothing_of_the_parts_is_changed_and_no_result_is_taken_over() -> None:
    one, two = build.profile({"main;a": 1}), build.profile({"main;b": 2})
    before = rows(one)
    merged = merge([one, two])
    assert merged.memo == {}
    assert rows(one) == before
    assert one.values.tolist() == [[1]]


def test_addresses_are_those_of_the_mapping_that_stays() -> None:
    def loaded_at(start: int, *offsets: int) -> Profile:
        made = build.Builder()
        binary = made.mapping("/bin/app", start=start, limit=start + 0x5000, build_id="x")
        for offset in offsets:
            made.sample([made.location(f"f{offset}", mapping=binary, address=start + offset)], 1)
        return made.profile()

    merged = merge([loaded_at(0x400000, 0x10), loaded_at(0x700000, 0x10, 0x20)])
    assert rows(merged, Granularity.ADDRESSES) == {"0000000000400010 f16": (2, 2), "0000000000400020 f32": (1, 1)}


def test_a_mapping_that_no_sample_reaches_says_nothing_of_addresses() -> None:
    def loaded_at(start: int, value: int) -> Profile:
        made = build.Builder()
        made.mapping("/bin/app", start=0x1000, limit=0x2000)
        library = made.mapping("/lib/libc.so", start=start, limit=start + 0x5000)
        made.sample([made.location("f", mapping=library, address=start + 0x10)], value)
        return made.profile()

    merged = merge([loaded_at(0x400000, 0), loaded_at(0x700000, 1)])
    assert rows(merged, Granularity.ADDRESSES) == {"0000000000700010 f": (1, 1)}


@pytest.mark.parametrize(
    ("value", "ratio", "expected"),
    [(5, 0.5, 3), (-5, 0.5, -3), (1, 0.49999999999999994, 0), ((1 << 53) - 3, -1.0, 3 - (1 << 53)), (3, -1.0, -3)],
)
def test_scaled_values_are_rounded_half_away_from_zero(value: int, ratio: float, expected: int) -> None:
    assert scaled(build.profile({"f": value}), [ratio]).values.sum() == expected
