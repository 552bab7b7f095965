"""The call tree, held against all paths of all stacks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import ViewError
from analysis.top import top
from analysis.tree import ROOT, CallTree
from analysis.view import Granularity, View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build, naive
from tests.strategies import messages


def opened(tree: CallTree) -> list[int]:
    """All nodes but the root, opened."""
    found, todo = [], [ROOT]
    while todo:
        children = list(tree.children(todo.pop()))
        found += children
        todo += children
    return found


def paths(tree: CallTree) -> dict[tuple[str, ...], tuple[int, int]]:
    return {tree.path(at): (tree.cum(at), tree.flat(at)) for at in opened(tree)}


def tree_of(stacks: dict[str, int], *, inverted: bool = False) -> CallTree:
    return CallTree(build.profile(stacks), View(), inverted=inverted)


# Names that are as they are printed, so that a path of labels is a path of nodes.
granularities = st.sampled_from([Granularity.FUNCTIONS, Granularity.FILEFUNCTIONS, Granularity.FILES])


@settings(max_examples=150)
@given(messages(), granularities, st.booleans(), st.booleans())
def test_any_profile_as_a_plain_reading_has_it(
    message: pb.Profile, granularity: Granularity, inlines: bool, inverted: bool
) -> None:
    profile = read_profile(message.SerializeToString())
    view = View(sample="0", granularity=granularity, inlines=inlines)
    tree = CallTree(profile, view, inverted=inverted)
    assert paths(tree) == naive.Reading(message, granularity, inlines=inlines).tree(0, inverted=inverted)


@given(messages(), st.sampled_from(Granularity), st.booleans(), st.booleans())
def test_the_sums_agree(message: pb.Profile, granularity: Granularity, inverted: bool, mine: bool) -> None:
    profile = read_profile(message.SerializeToString())
    view = View(sample="0", granularity=granularity, mine=mine)
    tree = CallTree(profile, view, inverted=inverted)
    for at in (ROOT, *opened(tree)):
        assert tree.cum(at) == tree.flat(at) + sum(tree.cum(child) for child in tree.children(at))
        assert tree.is_leaf(at) == (at != ROOT and not tree.children(at))
        for child in tree.children(at):
            assert (tree.parent(child), tree.depth(child)) == (at, tree.depth(at) + 1)
    result = top(profile, view)
    flat: dict[int, int] = {}
    for at in opened(tree):
        if inverted and tree.depth(at) == 1:
            flat[tree.node(at)] = tree.cum(at)
        elif not inverted:
            flat[tree.node(at)] = flat.get(tree.node(at), 0) + tree.flat(at)
    assert {n: weight for n, weight in flat.items() if weight} == {n: int(f) for n, f in enumerate(result.flat) if f}


@given(messages(), granularities, st.booleans())
def test_a_path_leads_back_to_its_node(message: pb.Profile, granularity: Granularity, inverted: bool) -> None:
    profile = read_profile(message.SerializeToString())
    view = View(sample="0", granularity=granularity)
    tree = CallTree(profile, view, inverted=inverted)
    names = [tree.path(at) for at in opened(tree)]
    assert [tree.find(path) for path in names] == opened(tree)
    # In a tree that nobody opened as well.
    other = CallTree(profile, view, inverted=inverted)
    assert [other.path(other.find(path)) for path in reversed(names)] == names[::-1]


@given(messages(value=st.integers(-3, 20)), st.sampled_from(Granularity), st.booleans(), st.booleans())
def test_the_heaviest_path_ends_at_the_node(
    message: pb.Profile, granularity: Granularity, inverted: bool, mine: bool
) -> None:
    profile = read_profile(message.SerializeToString())
    view = View(sample="0", granularity=granularity, mine=mine)
    tree = CallTree(profile, view, inverted=inverted)
    everywhere = {tree.node(at) for at in opened(tree)}
    for node in range(len(tree.nodes)):
        at = tree.heaviest(node)
        assert (tree.node(at) == node) if node in everywhere else (at == ROOT)


def children(tree: CallTree, *path: str) -> list[tuple[str, int, int]]:
    at = tree.find(path)
    assert tree.path(at) == path
    return [(tree.label(child), tree.cum(child), tree.flat(child)) for child in tree.children(at)]


def test_from_the_root() -> None:
    tree = tree_of({"main;a;x": 5, "main;a": 2, "main;b;x": 4, "other": 1})
    assert (tree.cum(ROOT), tree.flat(ROOT), tree.label(ROOT), tree.node(ROOT), tree.total) == (12, 0, "root", -1, 12)
    assert children(tree) == [("main", 11, 0), ("other", 1, 1)]
    assert children(tree, "main") == [("a", 7, 2), ("b", 4, 0)]
    assert children(tree, "main", "a") == [("x", 5, 5)]


def test_from_the_leaves() -> None:
    tree = tree_of({"main;a;x": 5, "main;a": 2, "main;b;x": 4, "x": 1}, inverted=True)
    assert children(tree) == [("x", 10, 1), ("a", 2, 0)]
    assert children(tree, "x") == [("a", 5, 0), ("b", 4, 0)]
    assert children(tree, "x", "a") == [("main", 5, 5)]


def test_recursion_goes_down() -> None:
    tree = tree_of({"f;f;f;g": 5, "f;g": 1})
    assert children(tree) == [("f", 6, 0)]
    assert children(tree, "f") == [("f", 5, 0), ("g", 1, 1)]
    assert children(tree, "f", "f", "f") == [("g", 5, 5)]


def test_inlined_frames_are_steps_of_their_own() -> None:
    profile = build.profile({"main;out>mid>in": 7, "main;out": 1})
    assert children(CallTree(profile, View()), "main", "out", "mid") == [("in", 7, 7)]
    assert children(CallTree(profile, View(), inverted=True), "in", "mid") == [("out", 7, 0)]
    assert children(CallTree(profile, View(inlines=False)), "main") == [("out", 8, 8)]


def test_hidden_frames_are_stepped_over() -> None:
    main, run, sort = "main.main@/src/app/main.go", "main.run@/src/app/run.go", "sort.Sort@/go/src/sort/sort.go"
    profile = build.profile({f"{sort};{main};{sort};{sort};{run};{sort}": 5, f"{sort}": 9, f"{main};{sort}>{run}": 1})
    tree = CallTree(profile, View(mine=True))
    assert paths(tree) == {("main.main",): (6, 0), ("main.main", "main.run"): (6, 6)}
    assert tree.total == 15
    assert tree.cum(ROOT) == 6
    inverted = CallTree(profile, View(mine=True), inverted=True)
    assert paths(inverted) == {("main.run",): (6, 0), ("main.run", "main.main"): (6, 6)}


def test_empty_stacks_are_in_the_total_alone() -> None:
    tree = tree_of({"": 5, "main": 10})
    assert (tree.total, tree.cum(ROOT)) == (15, 10)
    assert children(tree) == [("main", 10, 10)]


def test_children_come_by_weight_whatever_its_sign_and_then_by_name() -> None:
    tree = tree_of({"d": 5, "b": 5, "c": -7, "a": 1})
    assert [name for name, _, _ in children(tree)] == ["c", "b", "d", "a"]


def test_a_path_that_ends_early_leads_as_far_as_it_goes() -> None:
    tree = tree_of({"main;a;x": 5})
    assert tree.path(tree.find(("main", "a", "gone", "x"))) == ("main", "a")
    assert tree.find(("gone",)) == tree.find(()) == ROOT


def test_the_heaviest_path_takes_the_heavier_way_at_each_fork() -> None:
    tree = tree_of({"main;a;x": 5, "main;b;x": 6, "main;a;y": 90, "other;x": 3})
    x = next(tree.node(at) for at in opened(tree) if tree.label(at) == "x")
    assert tree.path(tree.heaviest(x)) == ("main", "b", "x")


def test_the_heaviest_path_ends_at_the_first_of_several() -> None:
    tree = tree_of({"main;f;g;f": 5})
    f = next(tree.node(at) for at in opened(tree) if tree.label(at) == "f")
    assert tree.path(tree.heaviest(f)) == ("main", "f")


def test_a_profile_without_samples_is_a_bare_root() -> None:
    profile: Profile = build.Builder().profile()
    for inverted in (False, True):
        tree = CallTree(profile, View(), inverted=inverted)
        assert (list(tree.children(ROOT)), tree.cum(ROOT), tree.total, tree.is_leaf(ROOT)) == ([], 0, 0, False)


def test_stacks_of_five_thousand_frames() -> None:
    tree = tree_of({";".join(f"f{n}" for n in range(5000)): 3})
    at = tree.find(tuple(f"f{n}" for n in range(5000)))
    assert (tree.depth(at), tree.flat(at), tree.cum(at)) == (5000, 3, 3)
    assert tree.is_leaf(at)
    assert len(tree.path(at)) == 5000


def test_the_sample_type_is_the_views() -> None:
    profile = build.profile({"a;b": (1, 2, 3, 4)}, types=build.HEAP)
    assert CallTree(profile, View(sample="alloc_space")).cum(ROOT) == 2
    assert CallTree(profile, View(sample="alloc_space")).value_type.unit == "bytes"
    with pytest.raises(ViewError):
        CallTree(profile, View(sample="cpu"))


def test_below_what_comes_to_nothing_there_may_be_more() -> None:
    tree = CallTree(build.profile({"main;new;f": 5, "main;old;f": -5, "main;same": 1, "other": 2}), View())
    other, main = tree.children(ROOT)
    assert (tree.label(main), tree.cum(main)) == ("main", 1)
    assert [tree.label(at) for at in tree.way(main, 5)] == ["new", "main"]
    assert tree.way(main, 6) == []
    assert tree.way(other, 2) == [other]
