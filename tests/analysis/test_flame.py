"""The flame graph, held against one that is laid out path by path."""

from collections import defaultdict
from collections.abc import Iterable
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import stacks as stacks_module
from analysis.diff import diff
from analysis.errors import ViewError
from analysis.flame import Flame, Inlined, flame, matched
from analysis.nodes import nodes
from analysis.tree import CallTree
from analysis.view import Granularity, View
from parsers.profile import profile_pb2 as pb
from parsers.profile import read_profile
from tests import build, naive
from tests.naive import Key
from tests.naive_flame import Box, layout
from tests.strategies import messages, small_values, values

# Names that are as they are printed, so that a path of labels is a path of nodes.
granularities = st.sampled_from([Granularity.FUNCTIONS, Granularity.FILEFUNCTIONS, Granularity.FILES])
Stack = tuple[Key, ...]


def boxes(found: Flame, side: int = 1) -> dict[tuple[str, ...], Box]:
    """The root and all boxes below it, or above."""
    drawn = found.boxes
    columns = (drawn.x, drawn.width, drawn.cum, drawn.flat, drawn.size)
    return {
        found.path(box): tuple(int(column[box]) for column in columns)  # type: ignore[misc]
        for box in range(len(drawn))
        if drawn.depth[box] * side >= 0
    }


def stacks(
    message: pb.Profile, granularity: Granularity, *, inlines: bool = True, merged: bool = False
) -> list[tuple[Stack, int]]:
    """Every sample's frames from the root, and its weight."""
    reading = naive.Reading(message, granularity, inlines=inlines)
    found = []
    for sample in message.sample:
        keys = [key for key, _ in reading.stack(sample)][::-1]
        if merged:
            keys = [key for at, key in enumerate(keys) if not at or keys[at - 1] != key]
        found.append((tuple(keys), sample.value[0]))
    return found


def added(paths: Iterable[tuple[Stack, int]]) -> dict[Stack, int]:
    """The paths that do not come to nothing."""
    sums: dict[Stack, int] = defaultdict(int)
    for path, weight in paths:
        sums[path] += weight
    return {path: weight for path, weight in sums.items() if weight}


@settings(max_examples=200)
@given(
    messages(value=small_values),
    granularities,
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
    st.integers(1, 60),
    st.sampled_from([0.0, 0.0, 0.1]),
)
def test_any_profile_as_a_plain_layout_has_it(
    message: pb.Profile, granularity: Granularity, how: tuple[bool, bool, bool], width: int, least: float
) -> None:
    inlines, inverted, merged = how
    profile = read_profile(message.SerializeToString())
    view = View(sample="0", granularity=granularity, inlines=inlines)
    with patch.object(stacks_module, "_CHUNK", 5):
        found = flame(profile, view, width, inverted=inverted, merged=merged, least=least)
    paths = stacks(message, granularity, inlines=inlines, merged=merged)
    whole = sum(abs(weight) for _, weight in paths)
    expected = added((path[::-1] if inverted else path, weight) for path, weight in paths if path)
    assert found.total == whole
    assert boxes(found) == layout(expected, width, least * whole)


def test_what_cancels_out_to_less_than_is_asked_for_is_left_out() -> None:
    made = build.Builder()
    for stack, weight in (("", 8), ("a", 1), ("a", 1), ("a", -1)):
        made.sample(stack, weight)
    profile = made.profile()
    assert len(flame(profile, View(), 10, least=0.1).boxes) == 1
    assert len(flame(profile, View(), 10, least=0.01).boxes) > 1


@settings(max_examples=200)
@given(
    messages(value=small_values),
    granularities,
    st.booleans(),
    st.integers(1, 60),
    st.sampled_from(["main.main", "runtime.mallocgc", "gone"]),
)
def test_what_is_around_a_pivot(
    message: pb.Profile, granularity: Granularity, merged: bool, width: int, pivot: str
) -> None:
    profile = read_profile(message.SerializeToString())
    found = flame(profile, View(sample="0", granularity=granularity), width, merged=merged, pivot=pivot)
    callers, callees = [], []
    for path, weight in stacks(message, granularity, merged=merged):
        at = next((at for at, key in enumerate(path) if key[1] == pivot), -1)
        if at >= 0:
            callers.append((path[:at][::-1], weight))
            callees.append((path[at + 1 :], weight))
    for side, paths in ((-1, callers), (1, callees)):
        expected = layout(added(paths), width)
        if side < 0 and expected:
            # The pivot's own row is that of its callees.
            del expected[()]
        drawn = boxes(found, side)
        if side < 0:
            drawn.pop((), None)
        assert drawn == expected


@given(messages(value=values), st.sampled_from(Granularity), st.booleans(), st.booleans(), st.integers(1, 300))
def test_widths_add_up_whatever_the_weights(
    message: pb.Profile, granularity: Granularity, inverted: bool, mine: bool, width: int
) -> None:
    profile = read_profile(message.SerializeToString())
    drawn = flame(profile, View(sample="0", granularity=granularity, mine=mine), width, inverted=inverted).boxes
    assert (drawn.width >= 1).all()
    for box in range(len(drawn)):
        below = np.flatnonzero(drawn.parent == box)
        assert (drawn.depth[below] == drawn.depth[box] + 1).all()
        edges = [int(drawn.x[box]), *(drawn.x[below] + drawn.width[below]).tolist()]
        assert drawn.x[below].tolist() == edges[:-1]
        assert edges[-1] <= drawn.x[box] + drawn.width[box]
        assert (np.diff(drawn.size[below]) <= 0).all()


@settings(max_examples=150)
@given(messages(value=small_values), granularities, st.booleans(), st.integers(1, 60), st.data())
def test_a_box_that_is_zoomed_into_is_as_wide_as_all_was(
    message: pb.Profile, granularity: Granularity, inverted: bool, width: int, data: st.DataObject
) -> None:
    profile = read_profile(message.SerializeToString())
    view = View(sample="0", granularity=granularity)
    paths = added((path[::-1] if inverted else path, w) for path, w in stacks(message, granularity) if path)
    every = [stack[:depth] for stack in paths for depth in range(len(stack) + 1)]
    if not every:
        return
    zoom = data.draw(st.sampled_from(every))
    names = tuple(map(naive.label, zoom))
    found = flame(profile, view, width, inverted=inverted, zoom=(*names, "gone") if len(zoom) % 2 else names)
    assert found.zoom == names
    below = layout({stack: w for stack, w in paths.items() if stack[: len(zoom)] == zoom}, width)
    drawn = boxes(found)
    assert {path: box for path, box in drawn.items() if len(path) >= len(zoom)} == {
        path: box for path, box in below.items() if len(path) >= len(zoom)
    }
    for depth in range(len(zoom)):
        x, units, cum, _, _ = drawn[names[:depth]]
        expected = sum(w for stack, w in paths.items() if stack[:depth] == zoom[:depth])
        assert (x, units, cum) == (0, width, expected)


@given(messages(value=small_values), st.sampled_from(Granularity), st.booleans())
def test_cum_and_flat_are_the_trees(message: pb.Profile, granularity: Granularity, inverted: bool) -> None:
    profile = read_profile(message.SerializeToString())
    view = View(sample="0", granularity=granularity)
    tree = CallTree(profile, view, inverted=inverted)
    found = flame(profile, view, 500, inverted=inverted)
    for box in range(len(found.boxes)):
        at = tree.find(found.path(box))
        assert tree.path(at) == found.path(box)
        if tree.path(at) and granularity in (Granularity.LINES, Granularity.ADDRESSES):
            continue  # labels do not tell all nodes of these apart
        assert found.boxes.cum[box] == tree.cum(at)
        assert found.boxes.flat[box] == tree.flat(at)


@given(messages(value=small_values), granularities, st.data())
def test_the_matched_share_counts_a_sample_once(
    message: pb.Profile, granularity: Granularity, data: st.DataObject
) -> None:
    profile = read_profile(message.SerializeToString())
    view = View(sample="0", granularity=granularity)
    found = nodes(profile, view)
    wanted = data.draw(st.sets(st.sampled_from(found.labels()))) if len(found) else set()
    picked = np.array([name in wanted for name in found.labels()], np.bool_)
    expected = sum(
        abs(weight) for path, weight in stacks(message, granularity) if any(naive.label(key) in wanted for key in path)
    )
    assert matched(profile, view, picked) == expected


def drawn(stacks_: dict[str, int], width: int, **how: object) -> dict[str, tuple[int, int, int]]:
    """By path: x, width and cum."""
    found = flame(build.profile(stacks_), View(), width, **how)  # type: ignore[arg-type]
    return {";".join(path): box[:3] for path, box in boxes(found).items()}


def test_halves_are_shared_out() -> None:
    found = drawn({"main;b": 1, "main;a": 1, "main;c": 1, "main;d": 1}, 10)
    assert found == {
        "": (0, 10, 4),
        "main": (0, 10, 4),
        "main;a": (0, 3, 1),
        "main;b": (3, 3, 1),
        "main;c": (6, 2, 1),
        "main;d": (8, 2, 1),
    }


def test_what_is_narrower_than_a_unit_is_not_there() -> None:
    found = drawn({"main;big;x": 990, "main;small": 9, "main": 1}, 100)
    assert found == {"": (0, 100, 1000), "main": (0, 100, 1000), "main;big": (0, 99, 990), "main;big;x": (0, 99, 990)}


def test_a_difference_is_as_wide_as_what_changed() -> None:
    same = {"main;same": 50, "main;grown": 30, "main;shrunk": 10}
    base = build.profile(same)
    new = build.profile({"main;same": 50, "main;grown": 40, "main;shrunk": 5, "main;new": 5})
    found = flame(diff(new, base), View(), 100)
    assert boxes(found) == {
        (): (0, 100, 10, 0, 20),
        ("main",): (0, 100, 10, 0, 20),
        ("main", "grown"): (0, 50, 10, 10, 10),
        ("main", "new"): (50, 25, 5, 5, 5),
        ("main", "shrunk"): (75, 25, -5, -5, 5),
    }
    assert found.total == 90


def test_recursion_is_drawn_once_where_it_is_merged() -> None:
    recursive = {"main;f;f;f;g": 5, "main;f;g;f": 1}
    apart = ["", "main", "main;f", "main;f;f", "main;f;g", "main;f;f;f", "main;f;g;f", "main;f;f;f;g"]
    assert list(drawn(recursive, 60)) == apart
    assert drawn(recursive, 60, merged=True) == {
        "": (0, 60, 6),
        "main": (0, 60, 6),
        "main;f": (0, 60, 6),
        "main;f;g": (0, 60, 6),
        "main;f;g;f": (0, 10, 1),
    }


def test_inlined_calls_are_told() -> None:
    found = flame(build.profile({"main;out>mid": 7, "main;out;mid;leaf": 3, "main>in": 9}), View(), 100)
    told = {found.path(box): Inlined(found.boxes.inlined[box]) for box in range(len(found.boxes))}
    assert told[("main", "in")] is Inlined.ALL
    assert told[("main", "out", "mid")] is Inlined.SOME
    assert told[("main", "out", "mid", "leaf")] is told[("main",)] is told[()] is Inlined.NONE


def test_a_pivot_that_calls_itself_counts_once() -> None:
    found = flame(build.profile({"main;f;g;f;h": 5, "other;f": 1, "main;g": 7}), View(), 60, pivot="f")
    assert boxes(found) == {
        (): (0, 60, 6, 1, 6),
        ("g",): (0, 50, 5, 0, 5),
        ("g", "f"): (0, 50, 5, 0, 5),
        ("g", "f", "h"): (0, 50, 5, 5, 5),
    }
    assert boxes(found, -1) == {
        (): (0, 60, 6, 1, 6),
        ("main",): (0, 50, 5, 5, 5),
        ("other",): (50, 10, 1, 1, 1),
    }
    assert found.label(found.root) == "f"
    assert found.boxes.depth.tolist() == sorted(found.boxes.depth.tolist())
    assert found.path(found.find(("main", "gone"), above=True)) == ("main",)
    assert found.path(found.find(("g", "f"))) == ("g", "f")


def test_a_path_leads_to_its_box() -> None:
    found = flame(build.profile({"main;a;x": 5, "main;b;x": 4}), View(), 90)
    for box in range(len(found.boxes)):
        assert found.find(found.path(box)) == box
    assert found.path(found.find(("main", "b", "gone", "x"))) == ("main", "b")


def test_a_profile_without_samples_has_no_box() -> None:
    for pivot in ("", "f"):
        assert not len(flame(build.Builder().profile(), View(), 80, pivot=pivot).boxes)
    assert not len(flame(build.profile({"main;f": 5}), View(), 80, pivot="gone").boxes)


def test_empty_stacks_are_in_the_total_alone() -> None:
    found = flame(build.profile({"": 5, "main": 10}), View(), 30)
    assert found.total == 15
    assert boxes(found) == {(): (0, 30, 10, 0, 10), ("main",): (0, 30, 10, 10, 10)}


def test_the_sample_type_is_the_views() -> None:
    profile = build.profile({"a;b": (1, 2, 3, 4)}, types=build.HEAP)
    assert flame(profile, View(sample="alloc_space"), 9).boxes.cum[0] == 2
    with pytest.raises(ViewError):
        flame(profile, View(sample="cpu"), 9)


def test_stacks_of_five_thousand_frames() -> None:
    names = [f"f{n}" for n in range(5000)]
    found = flame(build.profile({";".join(names): 3, ";".join(names[:4000]): 2}), View(), 10)
    assert found.boxes.depth[-1] == 5000
    deepest = len(found.boxes) - 1
    assert found.path(deepest) == tuple(names)
    assert found.boxes.width[[0, 4000, 4001, deepest]].tolist() == [10, 10, 6, 6]
    assert flame(build.profile({";".join(["f"] * 5000): 3}), View(), 10, merged=True).boxes.depth.tolist() == [0, 1]
