"""Filters: each rule by hand, and all together against a plain reading of the reference's rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import ViewError
from analysis.filters import check, filtered, minimum, unmatched
from analysis.samples import total
from analysis.tagfilters import number_range
from analysis.view import Filter, FilterKind, View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build, naive_filters
from tests.strategies import messages

Filters = list[tuple[str, str]]


def view(*filters: tuple[str, str], relative: bool = False) -> View:
    return View(filters=tuple(Filter(FilterKind(kind), text) for kind, text in filters), relative=relative)


def stacks(profile: Profile) -> list[tuple[tuple[int, ...], list[list[tuple[str, str]]]]]:
    """Each sample's values, and its stack's locations with their frames, leaf and innermost first."""
    offsets, functions, strings = profile.locations.frame_offsets, profile.functions, profile.strings

    def frames(location: int) -> list[tuple[str, str]]:
        rows = profile.frames.function[offsets[location] : offsets[location + 1]].tolist()
        return [(strings[functions.name[row]], strings[functions.filename[row]]) for row in rows if row >= 0]

    return [
        (tuple(values), [frames(location) for location in profile.stack[a:b].tolist()])
        for values, a, b in zip(
            profile.values.tolist(), profile.stack_offsets[:-1], profile.stack_offsets[1:], strict=True
        )
    ]


def left(stacks_of: dict[str, int], *filters: tuple[str, str]) -> list[str]:
    """What the filters leave of stacks written as text."""
    found = stacks(filtered(build.profile(stacks_of), view(*filters)))
    return [";".join(">".join(n for n, _ in reversed(frames)) for frames in reversed(stack)) for _, stack in found]


_PATTERNS = st.sampled_from(["main", "work", "app$", "libc", "^$", "Do|mallocgc", "none", "x", "[.]go$"])
_TAGS = st.sampled_from(["one", "key=one", "other=one,two", "key:one,two", "1", ":1", "1:", "key=0:1", "none", "key=2"])
_KEYS = st.sampled_from(["key", "other", "key,other", "nothing", ",key"])
_FILTERS = st.lists(
    st.tuples(st.sampled_from(["focus", "ignore", "hide", "show", "show_from", "prune_from"]), _PATTERNS)
    | st.tuples(st.sampled_from(["tagfocus", "tagignore"]), _TAGS)
    | st.tuples(st.sampled_from(["tagroot", "tagleaf"]), _KEYS),
    min_size=1,
    max_size=4,
)


@given(messages(), _FILTERS)
def test_what_is_left_is_what_a_plain_reading_leaves(message: pb.Profile, filters: Filters) -> None:
    profile = read_profile(message.SerializeToString())
    result = filtered(profile, view(*filters))
    expected = naive_filters.filtered(message, filters)
    assert stacks(result) == [(each.values, [list(one.frames) for one in each.stack]) for each in expected]
    assert np.diff(result.locations.frame_offsets).min(initial=1) > 0
    assert [total(result, i) for i in range(2)] == [total(profile, i) for i in range(2)]
    assert np.bincount(result.labels.sample, minlength=result.n_samples).tolist() == [
        len(each.text) + len(each.numbers) for each in expected
    ]
    assert filtered(profile, view(*filters)) is result


@given(messages(), _FILTERS)
def test_relative_percentages_are_of_what_is_left(message: pb.Profile, filters: Filters) -> None:
    result = filtered(read_profile(message.SerializeToString()), view(*filters, relative=True))
    assert [total(result, i) for i in range(2)] == np.abs(result.values).sum(axis=0).tolist()


def test_without_filters_it_is_the_very_same_profile() -> None:
    profile = build.profile({"main;a": 1})
    for filters in ([], [("minimum", "1%")], [("focus", "")]):
        assert filtered(profile, view(*filters)) is profile
        assert unmatched(profile, view(*filters)) == ()


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([("focus", "^a$")], ["main;a>b>c;d", "main;b;a;b"]),
        ([("focus", "^a$"), ("focus", "d")], ["main;a>b>c;d"]),
        ([("focus", "^a$"), ("ignore", "d")], ["main;b;a;b"]),
        ([("focus", "b"), ("ignore", "c")], ["main;b;a;b"]),
        ([("hide", "^b$")], ["main;a>c;d", "main;a", "x"]),
        ([("hide", "a|b|c|d")], ["x"]),
        ([("show", "a|c|d"), ("show", "c|d")], ["c;d"]),
        ([("hide", "c"), ("show", "[a-d]$")], ["a>b;d", "b;a;b"]),
        ([("focus", "main"), ("hide", "main")], ["a>b>c;d", "b;a;b"]),
        ([("show_from", "^b$")], ["b>c;d", "b;a;b"]),
        ([("show_from", "^b$"), ("show_from", "a")], ["a;b"]),
        ([("prune_from", "^b$")], ["main;a>b", "main;b;a;b", "x", ""]),
        ([("prune_from", "^a$")], ["main;a", "main;b;a", "x", ""]),
        ([("ignore", "none")], ["main;a>b>c;d", "main;b;a;b", "x"]),
        ([("show", "none")], []),
    ],
)
def test_what_a_filter_leaves(filters: Filters, expected: list[str]) -> None:
    assert left({"main;a>b>c;d": 1, "main;b;a;b": 2, "x": 3, "": 4}, *filters) == expected


def test_a_location_nobody_symbolized_is_known_by_its_binary() -> None:
    made = build.Builder()
    made.sample([made.location(mapping=made.mapping("/lib/libc.so")), made.location("main")], 1)
    profile = made.profile()

    def lengths(kind: str, text: str) -> list[int]:
        return [len(stack) for _, stack in stacks(filtered(profile, view((kind, text))))]

    assert lengths("focus", "libc") == [2] and lengths("ignore", "libc") == []
    assert lengths("hide", "libc") == [1] and lengths("hide", "ain") == [1]
    assert lengths("show", "libc|main") == [1] and lengths("show_from", "libc") == [1]


def test_labels_become_frames() -> None:
    labels: dict[str, dict[str, build.Label]] = {"main;a": {"k": "v", "n": (4096, "bytes")}, "main;b": {"n": (3, "")}}
    profile = build.profile({"main;a": 1, "main;b": 2, "": 3}, labels=labels)
    found = stacks(filtered(profile, view(("tagroot", "k,n"), ("tagleaf", "n"), ("tagroot", "k"))))
    names = [[frames[0] for frames in reversed(stack)] for _, stack in found]
    assert names == [
        [("v", "k"), ("4kB", "n"), ("v", "k"), ("main", ""), ("a", ""), ("4kB", "n")],
        [("", "k"), ("3", "n"), ("", "k"), ("main", ""), ("b", ""), ("3", "n")],
        [("", "k"), ("", "n"), ("", "k"), ("", "n")],
    ]


@pytest.mark.parametrize(
    ("text", "number", "unit", "within"),
    [
        ("32kb", 32768, "bytes", True),
        ("32kb", 32769, "bytes", False),
        (":64kb", 65536, "bytes", True),
        ("4mb:", 4 << 20, "bytes", True),
        ("4mb:", 1, "seconds", False),
        ("1kb:2mb", 2048, "kilobytes", True),
        ("1kb:2mb", 2049, "kilobytes", False),
        ("1s:2s", 1500, "ms", True),
        ("512", 512, "bytes", False),
        ("512", 512, "requests", True),
        ("-5:+5", 0, "n", True),
    ],
)
def test_ranges_convert_units(text: str, number: int, unit: str, within: bool) -> None:
    found = number_range(text)
    assert found and found(number, unit) is within


@pytest.mark.parametrize("text", ["", "a1", "1:2:3", "1-2", "1kb:2s", "9" * 20])
def test_what_is_no_range(text: str) -> None:
    assert number_range(text) is None


def test_filters_that_match_nothing_are_named() -> None:
    profile = build.profile({"main;a": 1}, labels={"main;a": {"k": "v"}})
    missing = view(("tagroot", "z"), ("focus", "y"), ("hide", "w"), ("prune_from", "u"), ("tagignore", "t"))
    assert set(unmatched(profile, missing)) == set(missing.filters)
    assert unmatched(profile, view(("tagroot", "k"), ("focus", "^v$"), ("tagfocus", "k=v"), ("show", "a"))) == ()
    # What is ignored can no longer be focused on.
    assert unmatched(profile, view(("focus", "a"), ("ignore", "a"))) == (Filter(FilterKind.FOCUS, "a"),)


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        ("focus", "(", "focus: “(” is not a regular expression: missing ): ("),
        ("tagfocus", "k=v,[", "tagfocus: “[” is not a regular expression: missing ]: ["),
        ("minimum", "half", "minimum: “half” is no share of the total, such as 0.5% or 0.005"),
        ("minimum", "101%", "minimum: “101%” is no share of the total, such as 0.5% or 0.005"),
    ],
)
def test_a_bad_filter_is_said_to_be(kind: str, text: str, sentence: str) -> None:
    with pytest.raises(ViewError) as found:
        check(Filter(FilterKind(kind), text))
    assert str(found.value) == sentence
    with pytest.raises(ViewError):
        minimum(view((kind, text))) if kind == "minimum" else filtered(build.profile({"a": 1}), view((kind, text)))


def test_the_largest_minimum_counts() -> None:
    assert minimum(view(("minimum", "0.5%"), ("minimum", "0.01"), ("focus", "x"))) == 0.01
    assert minimum(view()) == 0
