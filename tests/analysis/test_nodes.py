"""Nodes: what is one row and what is two, at each granularity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.nodes import nodes
from analysis.top import ranked, top
from analysis.view import Granularity, View
from parsers.profile import Profile
from tests import build, naive


def labels(profile: Profile, granularity: Granularity) -> list[str]:
    result = top(profile, View(granularity=granularity))
    return sorted(result.nodes.label(n) for n in ranked(result))


@pytest.mark.parametrize(
    ("granularity", "expected"),
    [
        (Granularity.FUNCTIONS, ["main.work"]),
        (Granularity.FILEFUNCTIONS, ["main.work /src/other.go", "main.work /src/work.go"]),
        (Granularity.FILES, ["/src/other.go", "/src/work.go"]),
        (Granularity.LINES, ["main.work /src/other.go:20", "main.work /src/work.go:20", "main.work /src/work.go:21"]),
        (
            Granularity.ADDRESSES,
            [
                "0000000000001000 main.work /src/work.go:20",
                "0000000000002000 main.work /src/work.go:21",
                "0000000000003000 main.work /src/other.go:20",
                "0000000000004000 main.work /src/work.go:20",
            ],
        ),
    ],
)
def test_the_same_name_at_every_granularity(granularity: Granularity, expected: list[str]) -> None:
    made = build.Builder()
    for at, place in enumerate(("work.go:20", "work.go:21", "other.go:20", "work.go:20"), 1):
        made.sample([made.location(f"main.work@/src/{place}", address=0x1000 * at)], at)
    assert labels(made.profile(), granularity) == expected


def test_a_path_counts_in_its_clean_form() -> None:
    stacks = {
        f"f@{path}:1": 1 for path in ("/a/x.go", "/a/./x.go", "/a//x.go", "/a/b/../x.go", "//a/x.go", "/../a/x.go")
    }
    assert labels(build.profile(stacks), Granularity.FILES) == ["/a/x.go"]
    assert labels(build.profile(stacks), Granularity.LINES) == ["f /a/x.go:1"]


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        ("x.go", "x.go"),
        ("./x.go", "x.go"),
        ("a/../x.go", "x.go"),
        ("../x.go", "../x.go"),
        ("a/../../x.go", "../x.go"),
        ("a/b/", "a/b"),
        ("a/.", "a"),
        ("a/..", "."),
        ("///x", "/x"),
        ("/..", "/"),
        ("...", "..."),
        ("a/.hidden/x..go", "a/.hidden/x..go"),
        ("example.com/x@v1.2.3/a.go", "example.com/x@v1.2.3/a.go"),
    ],
)
def test_paths_are_cleaned_as_gos_filepath_clean_does(path: str, clean: str) -> None:
    assert naive.clean_path(path) == clean
    assert labels(build.profile({f"f@{path}": 1}), Granularity.FILES) == [clean]


@given(st.lists(st.sampled_from([".", "..", "", "a", "bb", "..."]), min_size=1, max_size=6))
def test_any_path_is_cleaned_as_gos_filepath_clean_does(parts: list[str]) -> None:
    path = "/".join(parts)
    if path:
        assert labels(build.profile({f"f@{path}": 1}), Granularity.FILES) == [naive.clean_path(path)]


def test_without_symbols_a_row_is_its_binary() -> None:
    made = build.Builder()
    app, other, none = made.mapping("/bin/app"), made.mapping("/lib/libc.so.6"), made.mapping()
    for at, mapping in enumerate((app, other, none, 0, app), 1):
        made.sample([made.location(mapping=mapping, address=at)], 1)
    profile = made.profile()
    for granularity in (Granularity.FUNCTIONS, Granularity.FILEFUNCTIONS, Granularity.FILES, Granularity.LINES):
        assert labels(profile, granularity) == ["<unknown>", "[app]", "[libc.so.6]"]
    assert labels(profile, Granularity.ADDRESSES) == [
        "0000000000000001 [app]",
        "0000000000000002 [libc.so.6]",
        "0000000000000003 <unknown>",
        "0000000000000004 <unknown>",
        "0000000000000005 [app]",
    ]


def test_with_a_file_or_a_name_the_binary_does_not_matter() -> None:
    made = build.Builder()
    for at, file in enumerate(("/bin/app", "/lib/plugin.so"), 1):
        made.sample([made.location("f@/f.go:3", mapping=made.mapping(file), address=at)], 1)
    profile = made.profile()
    assert labels(profile, Granularity.FILES) == ["/f.go"]
    assert labels(profile, Granularity.LINES) == ["f /f.go:3"]


def test_a_function_without_a_name_is_its_file() -> None:
    profile = build.profile({"@/src/a.go:5": 1, "@/src/b.go": 1, "": 1, "@": 1})
    assert labels(profile, Granularity.FUNCTIONS) == ["<unknown>"]
    assert labels(profile, Granularity.FILEFUNCTIONS) == ["/src/a.go", "/src/b.go", "<unknown>"]
    assert labels(profile, Granularity.LINES) == ["/src/a.go:5", "/src/b.go", "<unknown>"]


def test_a_line_of_0_is_none_and_a_negative_one_is_shown() -> None:
    profile = build.profile({"f@/a.go:0": 1, "f@/a.go:-1": 1, "g:": 1})
    assert labels(profile, Granularity.LINES) == ["f /a.go", "f /a.go:-1", "g:"]


def test_columns_are_told_at_addresses_alone() -> None:
    made = build.Builder()
    for at, column in enumerate((7, 9), 1):
        made.sample([made.location(build.Frame("f", "/a.go", 3, column), address=0x10)], at)
    profile = made.profile()
    assert labels(profile, Granularity.LINES) == ["f /a.go:3"]
    assert labels(profile, Granularity.ADDRESSES) == ["0000000000000010 f /a.go:3:7", "0000000000000010 f /a.go:3:9"]
    result = top(profile, View(granularity=Granularity.ADDRESSES, inlines=False))
    assert [result.nodes.label(n) for n in ranked(result)] == ["0000000000000010 f /a.go:3"]


def test_functions_of_one_file_are_one_row_at_files() -> None:
    profile = build.profile({"a@/x.go": 1, "b@/x.go": 2, "a@/x.go;b@/x.go": 4}, start_lines={"a": 1, "b": 50})
    result = top(profile, View(granularity=Granularity.FILES))
    assert [(int(result.flat[n]), int(result.cum[n])) for n in ranked(result)] == [(7, 7)]


def test_the_title_is_the_function_or_else_what_there_is() -> None:
    found = nodes(build.profile({"main.work@/a.go:3;@/b.go:4": 1}), View(granularity=Granularity.LINES))
    assert sorted(found.title(n) for n in range(len(found))) == ["/b.go:4", "main.work"]
    assert sorted(found.labels()) == ["/b.go:4", "main.work /a.go:3"]


def test_a_frame_that_the_view_hides_has_no_node() -> None:
    profile = build.profile({"out>in": 1})
    inner, outer = nodes(profile, View(inlines=False)).of_frame
    assert inner == -1
    assert outer >= 0
    assert (nodes(profile, View()).of_frame >= 0).all()


def test_a_generic_name_stays_whole() -> None:
    name = "slices.partitionCmpFunc[go.shape.struct { Name string }]"
    assert labels(build.profile({name.replace(";", ""): 1}), Granularity.FUNCTIONS) == [name]
