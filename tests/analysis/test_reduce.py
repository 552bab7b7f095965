"""Many profiles made one: the same bytes in any order and any grouping, and the same samples as a plain merge."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import ViewError
from analysis.merge import merge
from analysis.reduce import Part, combined, finished, part
from analysis.top import top
from analysis.view import Granularity, View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from parsers.profile.encode import encode
from tests import build, naive
from tests.strategies import messages


def whole(profiles: Sequence[Profile]) -> Profile:
    return finished(combined([part(each) for each in profiles]))


def grouped(parts: list[Part], cuts: list[int]) -> Part:
    """Put together as `cuts` say: so many at a time, until there is one."""
    waiting = list(parts)
    for cut in cuts:
        if len(waiting) > 1:
            size = 1 + cut % len(waiting)
            waiting = [*waiting[size:], combined(waiting[:size])]
    return combined(waiting)


def rows(profile: Profile, granularity: Granularity = Granularity.LINES) -> dict[str, tuple[int, int]]:
    result = top(profile, View(sample="0", granularity=granularity))
    found: dict[str, tuple[int, int]] = {}
    for node in np.flatnonzero((result.flat != 0) | (result.cum != 0)).tolist():
        flat, cum = found.get(result.nodes.label(node), (0, 0))
        found[result.nodes.label(node)] = flat + int(result.flat[node]), cum + int(result.cum[node])
    return found


@settings(max_examples=150, deadline=None)
@given(st.lists(messages(), min_size=1, max_size=5), st.randoms(), st.lists(st.integers(0, 9), max_size=6))
def test_neither_order_nor_grouping_changes_a_byte(made: list[pb.Profile], random: object, cuts: list[int]) -> None:
    for at, message in enumerate(made):
        message.sample_type[0].type = list(message.string_table).index("key")
        message.time_nanos = (0, 70, 30)[at % 3]
        message.comment.append(list(message.string_table).index(("one", "two")[at % 2]))
    parts = [part(read_profile(message.SerializeToString())) for message in made]
    expected = encode(finished(combined(parts)))
    random.shuffle(parts)  # type: ignore[attr-defined]
    assert encode(finished(grouped(parts, cuts))) == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(messages(types=1), min_size=1, max_size=4))
def test_the_samples_are_those_of_a_merge(made: list[pb.Profile]) -> None:
    for line in (line for message in made for location in message.location for line in location.line):
        line.column = 0  # locations that differ only in the column of what was inlined are one to the reference
    profiles = [read_profile(message.SerializeToString()) for message in made]
    plain = merge([*profiles, profiles[0]])
    found = whole([*profiles, profiles[0]])
    assert rows(found) == rows(plain)
    made = [*made, made[0]]
    expected = naive.distinct_samples(made)
    assert sorted(map(tuple, found.values.tolist())) == sorted(expected.elements())


def test_sample_types_in_common_in_the_order_of_most() -> None:
    two = build.profile({"a": (1, 2)}, types=(("samples", "count"), ("cpu", "ns")))
    swapped = build.profile({"a": (20, 10)}, types=(("cpu", "ns"), ("samples", "count")))
    more = build.profile({"a": (1, 2, 3)}, types=(("x", "y"), ("samples", "count"), ("cpu", "ns")))
    for order in ([two, swapped, more], [swapped, more, two], [more, two, swapped]):
        found = whole(order)
        assert [each.type for each in found.sample_types] == ["samples", "cpu"]
        assert found.values.tolist() == [[13, 25]]


def test_units_are_the_finest_and_nothing_is_rounded() -> None:
    coarse = build.profile({"a": 3}, types=(("cpu", "milliseconds"),))
    fine = build.profile({"a": (1 << 53) + 1}, types=(("cpu", "nanoseconds"),))
    for order in ([coarse, fine, coarse], [fine, coarse, coarse]):
        found = whole(order)
        assert found.sample_types[0].unit == "nanoseconds" and found.values.tolist() == [[(1 << 53) + 6_000_001]]


def test_what_cancels_out_is_left_out_in_the_end_only() -> None:
    plus, minus = build.profile({"a;b": 5}), build.profile({"a;b": -5})
    assert whole([plus, minus]).n_samples == 0
    assert whole([plus, minus, plus]).values.tolist() == [[5]]


def test_addresses_count_from_where_the_program_was_mapped() -> None:
    def at(start: int, file: str, value: int) -> Profile:
        made = build.Builder()
        mapping = made.mapping(file, start=start, limit=start + 0x1000, build_id="b1")
        made.sample([made.location("main.f", mapping=mapping, address=start + 0x10)], value)
        return made.profile()

    hosts = [at(0x700000, "/srv/app", 1), at(0x400000, "/opt/app", 2), at(0x500000, "/srv/app", 4)]
    for order in (hosts, hosts[::-1], [hosts[1], hosts[0], hosts[2]]):
        found = whole(order)
        assert found.values.tolist() == [[7]] and found.mappings.start.tolist() == [0x400000]
        assert found.locations.address.tolist() == [0x400010]


def test_the_program_of_most_captures_comes_first() -> None:
    def of(*files: str) -> Profile:
        made = build.Builder()
        for at, file in enumerate(files, 1):
            mapping = made.mapping(file, start=at * 0x10000, limit=at * 0x10000 + 0x1000)
            made.sample([made.location(f"f{file}", mapping=mapping, address=at * 0x10000)], 1)
        return made.profile()

    some = [of("/z", "/a"), of("/a"), of("/z", "/b")]
    for order in (some, some[::-1]):
        found = whole(order)
        assert [found.strings[row] for row in found.mappings.file] == ["/z", "/a", "/b"]


def test_what_they_say_about_themselves() -> None:
    def said(time: int, duration: int, default: str, comment: str, doc: str) -> Profile:
        made = build.builder({"a": (1, 1)}, types=(("cpu", "ns"), ("x", "y")), default=default)
        made.message.time_nanos, made.message.duration_nanos = time, duration
        made.message.comment.append(made.text(comment))
        made.message.doc_url = made.text(doc)
        return made.profile()

    some = [said(0, 5, "", "b", ""), said(70, 5, "cpu", "a", "http://z"), said(30, 5, "", "b", "http://a")]
    for order in (some, some[::-1]):
        found = whole(order)
        assert (found.time_ns, found.duration_ns, found.default_sample_type) == (30, 15, "cpu")
        assert (found.comments, found.doc_url) == (("a", "b"), "http://a")


def test_profiles_that_have_nothing_in_common_are_refused() -> None:
    heap = build.profile({"a": (1, 2, 3, 4)}, types=build.HEAP)
    with pytest.raises(ViewError, match="no sample type in common"):
        whole([heap, build.profile({"a": 1})])
    with pytest.raises(ViewError, match="different units"):
        whole([build.profile({"a": 1}), build.profile({"a": 1}, types=(("cpu", "bytes"),))])
    with pytest.raises(ViewError, match="two sample types of one name"):
        part(build.profile({"a": (1, 2)}, types=(("cpu", "ns"), ("cpu", "ns"))))
