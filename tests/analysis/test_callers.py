"""Callers and callees of one function, against the edges among all of them."""

from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import stacks
from analysis.callers import Neighbours, around, call_graph
from analysis.edges import edges
from analysis.errors import ViewError
from analysis.nodes import Nodes, nodes
from analysis.view import Granularity, View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build
from tests.strategies import messages, values

# Direct and indirect recursion, and a call that was inlined on one stack and not on another.
STACKS = {
    "main;a;b;a;b": 10,
    "main;a;a;c": 5,
    "main;d": -2,
    "main;out>mid>leaf": 7,
    "main;mid;leaf": 1,
}


def named(found: Nodes, side: Neighbours) -> list[tuple[str, int, bool]]:
    rows = zip(side.node.tolist(), side.weight.tolist(), side.inline.tolist(), strict=True)
    return [(found.label(node), weight, inline) for node, weight, inline in rows]


def sides(profile: Profile, name: str) -> tuple[list[tuple[str, int, bool]], list[tuple[str, int, bool]], bool]:
    found = nodes(profile, View())
    node = next(n for n in range(len(found)) if found.label(n) == name)
    around_it = around(profile, View(), node)
    return named(found, around_it.callers), named(found, around_it.callees), around_it.recursive


def test_each_sample_counts_once_and_the_heaviest_comes_first() -> None:
    profile = build.profile(STACKS)
    assert sides(profile, "a") == ([("main", 15, False), ("b", 10, False)], [("b", 10, False), ("c", 5, False)], True)
    assert sides(profile, "main") == (
        [],
        [("a", 15, False), ("out", 7, False), ("d", -2, False), ("mid", 1, False)],
        False,
    )
    assert sides(profile, "leaf") == ([("mid", 8, False)], [], False)
    assert sides(profile, "mid") == ([("out", 7, True), ("main", 1, False)], [("leaf", 8, False)], False)


def test_frames_that_are_hidden_are_stepped_over() -> None:
    profile = build.profile({"main;out>mid>leaf": 7, "main;x>leaf": 1})
    found = nodes(profile, View(inlines=False))
    node = next(n for n in range(len(found)) if found.label(n) == "main")
    assert named(found, around(profile, View(inlines=False), node).callees) == [("out", 7, False), ("x", 1, False)]


@settings(max_examples=200)
@given(messages(value=values), st.sampled_from(Granularity), st.booleans(), st.data())
def test_any_profile_has_the_edges_that_all_together_have(
    message: pb.Profile, granularity: Granularity, inlines: bool, data: st.DataObject
) -> None:
    profile = read_profile(message.SerializeToString())
    view = View(sample="0", granularity=granularity, inlines=inlines)
    found = nodes(profile, view)
    if not len(found):
        return
    node = data.draw(st.integers(0, len(found) - 1))
    every = edges(profile, view, tuple(range(len(found))))
    rows = list(
        zip(every.caller.tolist(), every.callee.tolist(), every.weight.tolist(), every.inline.tolist(), strict=True)
    )
    with patch.object(stacks, "_CHUNK", 5):
        around_it = around(profile, view, node)
    for side, expected in (
        (around_it.callers, {(a, weight, inline) for a, b, weight, inline in rows if b == node}),
        (around_it.callees, {(b, weight, inline) for a, b, weight, inline in rows if a == node}),
    ):
        listed = list(zip(side.node.tolist(), side.weight.tolist(), side.inline.tolist(), strict=True))
        assert set(listed) == expected and len(listed) == len(expected)
        order = [(-abs(weight), found.label(other)) for other, weight, _ in listed]
        assert order == sorted(order)


def test_a_report_leaves_out_light_nodes_and_edges() -> None:
    profile = build.profile({"main;big": 10_000, "main;big;small": 60, "main;tiny": 3, "main;big;tiny": 1})
    every = call_graph(profile, View(), fraction=0.0, count=0)
    label = every.result.nodes.label
    assert [label(node) for node in every.order] == ["big", "small", "tiny", "main"]
    some = call_graph(profile, View(), fraction=0.005, count=0)
    assert [label(node) for node in some.order] == ["big", "small", "main"] and (some.dropped, some.kept) == (1, 3)
    first = call_graph(profile, View(), fraction=0.005, count=1)
    assert [label(node) for node in first.order] == ["big"] and first.kept == 3
    big = int(some.order[0])
    assert named(some.result.nodes, some.callers(big)) == [("main", 10_061, False)]
    assert named(some.result.nodes, some.callees(big)) == [("small", 60, False)]
    assert named(every.result.nodes, every.callees(big)) == [("small", 60, False), ("tiny", 1, False)]


def test_an_unknown_sample_type_is_told() -> None:
    with pytest.raises(ViewError):
        around(build.profile(STACKS), View(sample="nope"), 0)
