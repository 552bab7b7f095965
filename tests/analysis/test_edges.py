"""Edges: who calls whom, among the rows that are shown."""

from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import edges as module
from analysis import stacks
from analysis.edges import edges, inline_marks
from analysis.errors import ViewError
from analysis.nodes import Nodes, nodes
from analysis.top import ranked, top
from analysis.view import Granularity, View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build, naive
from tests.strategies import messages, values

MUTREC = {"a;b;a;b;a": 10, "a;b": 5, "a": 1, "c": 2}


def key(found: Nodes, node: int) -> naive.Key:
    binary = found.texts[found.binaries[node]]
    return (found.address(node), found.name(node), found.file(node), found.line(node), int(found.columns[node]), binary)


def calls(profile: Profile, *kept: str, view: View | None = None) -> dict[str, tuple[int, bool]]:
    """Weight and inlining by "caller>callee", among the functions `kept`, or all."""
    view = view or View()
    found = nodes(profile, view)
    chosen = tuple(n for n in range(len(found)) if not kept or found.label(n) in kept)
    result = edges(profile, view, chosen)
    return {
        f"{found.label(int(a))}>{found.label(int(b))}": (int(weight), bool(inline))
        for a, b, weight, inline in zip(result.caller, result.callee, result.weight, result.inline, strict=True)
    }


@settings(max_examples=200)
@given(messages(value=values), st.sampled_from(Granularity), st.booleans(), st.data(), st.booleans())
def test_any_profile_as_a_plain_reading_has_it(
    message: pb.Profile, granularity: Granularity, inlines: bool, data: st.DataObject, dense: bool
) -> None:
    profile = read_profile(message.SerializeToString())
    view = View(sample="0", granularity=granularity, inlines=inlines)
    found = nodes(profile, view)
    kept = tuple(n for n in range(len(found)) if data.draw(st.booleans() if n % 3 == 0 else st.just(value=True)))
    expected = naive.Reading(message, granularity, inlines=inlines).edges({key(found, n) for n in kept}, 0)
    with patch.object(stacks, "_CHUNK", 5), patch.object(module, "_DENSE", 1000 if dense else 0):
        result = edges(profile, view, kept)
    assert {
        (key(found, int(a)), key(found, int(b))): (int(weight), bool(inline))
        for a, b, weight, inline in zip(result.caller, result.callee, result.weight, result.inline, strict=True)
    } == expected
    assert len(result.caller) == len(expected)


@given(messages(), st.booleans())
def test_the_edges_to_inlined_nodes_are_some_of_all(message: pb.Profile, inlines: bool) -> None:
    profile = read_profile(message.SerializeToString())
    view = View(sample="0", inlines=inlines)
    kept = tuple(range(len(nodes(profile, view))))
    whole, some = edges(profile, view, kept), edges(profile, view, kept, inlinable=True)

    def rows(found: module.Edges) -> set[tuple[int, ...]]:
        columns = (found.caller, found.callee, found.weight, found.inline)
        return {tuple(int(each) for each in row) for row in zip(*columns, strict=True)}

    assert rows(some) <= rows(whole)
    assert {row for row in rows(whole) if row[3]} <= rows(some)


def test_mutual_recursion_counts_once_per_sample() -> None:
    assert calls(build.profile(MUTREC)) == {"a>b": (15, False), "b>a": (10, False)}


def test_direct_recursion_makes_no_edge() -> None:
    assert calls(build.profile({"main;f;f;f;g": 5})) == {"main>f": (5, False), "f>g": (5, False)}


def test_what_is_left_out_is_skipped() -> None:
    profile = build.profile({"main;a;b;c": 5, "main;c": 2, "a;b": 1})
    assert calls(profile, "main", "c") == {"main>c": (7, False)}
    assert calls(profile, "a") == {}
    assert calls(profile, "nobody") == {}


def test_recursion_through_what_is_left_out_makes_no_edge() -> None:
    assert calls(build.profile({"main;f;g;f": 5}), "main", "f") == {"main>f": (5, False)}


def test_an_edge_is_inline_if_every_call_is() -> None:
    profile = build.profile({"main;out>in": 5, "main;other>in": 3, "main;other;in": 1})
    assert calls(profile) == {
        "main>out": (5, False),
        "out>in": (5, True),
        "main>other": (4, False),
        "other>in": (4, False),
    }
    assert calls(profile, view=View(inlines=False)) == {
        "main>out": (5, False),
        "main>other": (4, False),
        "other>in": (1, False),
    }


def test_an_edge_over_what_is_left_out_is_inline_if_its_end_is() -> None:
    assert calls(build.profile({"main;out>mid>in": 5}), "main", "in") == {"main>in": (5, True)}


def test_of_several_calls_in_one_stack_the_one_nearest_the_root_tells() -> None:
    """As in the reference, which looks at each pair once in a sample."""
    assert calls(build.profile({"a>b;x;a;b": 5}))["a>b"] == (5, True)
    assert calls(build.profile({"a;b;x;a>b": 5}))["a>b"] == (5, False)


def test_that_holds_for_calls_over_what_is_left_out() -> None:
    """`mid` is not shown, so that the stack has `out` calling `in` once inlined and once really."""
    assert calls(build.profile({"out;mid>in;out;in": 5}), "out", "in")["out>in"] == (5, True)
    assert calls(build.profile({"out;in;out;mid>in": 5}), "out", "in")["out>in"] == (5, False)


def test_samples_of_nothing_make_no_edges() -> None:
    assert calls(build.profile({"main;out;in": 0, "main;out>in": 5}))["out>in"] == (5, True)
    assert calls(build.profile({"main;in": 0})) == {}
    assert calls(build.Builder().profile()) == {}


def test_the_sample_type_is_the_views() -> None:
    profile = build.profile({"a;b": (1, 2, 3, 4)}, types=build.HEAP)
    assert calls(profile, view=View(sample="alloc_space")) == {"a>b": (2, False)}
    with pytest.raises(ViewError):
        edges(profile, View(sample="cpu"), (0, 1))


# What a row says of its inlining


def marks(profile: Profile, *kept: str, least: int = 0) -> dict[str, str]:
    result = top(profile, View())
    every = ranked(result)
    order = every[[not kept or result.nodes.label(node) in kept for node in every]]
    names = [result.nodes.label(n) for n in order]
    marks = inline_marks(profile, View(), result, order, least=least)
    return {name: marks.get(int(node), "") for name, node in zip(names, order, strict=True)}


def test_a_row_is_inline_if_all_its_callers_have_it_inlined() -> None:
    profile = build.profile({"main;out>in": 5, "main;some>part": 3, "main;other;part": 1, "main": 1})
    assert marks(profile) == {
        "in": "inline",
        "part": "partial-inline",
        "main": "",
        "out": "",
        "some": "",
        "other": "",
    }


def test_it_depends_on_the_callers_that_are_shown() -> None:
    profile = build.profile({"main;some>part": 3, "main;other;part": 1})
    assert marks(profile, "main", "some", "part")["part"] == "partial-inline"
    assert marks(profile, "some", "part")["part"] == "inline"
    assert marks(profile, "other", "part")["part"] == ""
    assert marks(profile, "part") == {"part": ""}


def test_it_depends_on_the_calls_that_weigh_enough() -> None:
    profile = build.profile({"main;some>part": 3, "main;other;part": -1})
    assert marks(profile, least=1)["part"] == "partial-inline"
    assert marks(profile, least=2)["part"] == "inline"
    assert marks(profile, least=4)["part"] == ""


def test_a_node_that_comes_to_nothing_still_calls() -> None:
    # What calls f adds up to nothing, as it may in a difference, and is not among the rows.
    profile = build.profile({"caller>f": 5, "caller;g": -5})
    assert marks(profile) == {"f": "inline", "g": ""}
    assert marks(profile, "f") == {"f": ""}
