"""Distinct stacks and the boxes over them, held against dicts of paths."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.diff import Against, diff
from analysis.export.stacks import Stacks, boxes, distinct_stacks
from analysis.nodes import nodes
from analysis.view import Granularity, View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build
from tests.strategies import messages

Path = tuple[str, ...]


def naive(profile: Profile, view: View) -> dict[Path, list[int]]:
    """What each path of labels weighs, read sample by sample."""
    found = nodes(profile, view)
    offsets, bounds = profile.locations.frame_offsets, profile.stack_offsets
    sums: dict[Path, list[int]] = {}
    for sample in range(profile.n_samples):
        frames = [
            found.label(int(found.of_frame[frame]))
            for location in profile.stack[bounds[sample] : bounds[sample + 1]]
            for frame in range(offsets[location], offsets[location + 1])
            if found.of_frame[frame] >= 0
        ]
        so_far = sums.setdefault(tuple(reversed(frames)), [0] * profile.values.shape[1])
        for column, value in enumerate(profile.values[sample].tolist()):
            so_far[column] += value
    return sums


def path(stacks: Stacks, row: int) -> Path:
    return tuple(stacks.labels[rank] for rank in stacks.path[stacks.offsets[row] : stacks.offsets[row + 1]])


views = st.builds(View, granularity=st.sampled_from(list(Granularity)), inlines=st.booleans(), mine=st.booleans())


@given(messages(), views)
def test_every_stack_is_there_once_in_the_order_of_its_labels(message: pb.Profile, view: View) -> None:
    profile = read_profile(message.SerializeToString())
    stacks = distinct_stacks(profile, view)
    found = [(path(stacks, row), stacks.values[row].tolist()) for row in range(len(stacks))]
    assert found == sorted(naive(profile, view).items())


def test_of_a_difference_the_base_is_known() -> None:
    new = build.profile({"main;work": 5, "main;more": 2})
    base = build.profile({"main;work": 3, "main;gone": 4})
    stacks = distinct_stacks(diff(new, base), View())
    assert stacks.base is not None
    found = {path(stacks, row): (int(stacks.values[row, 0]), int(stacks.base[row, 0])) for row in range(len(stacks))}
    assert found == {("main", "gone"): (-4, 4), ("main", "more"): (2, 0), ("main", "work"): (2, 3)}
    assert distinct_stacks(diff(new, base, against=Against.BASE), View()).base is None


@given(messages(value=st.integers(0, 20)), st.sampled_from([0.0, 0.05, 0.3]))
def test_boxes_are_the_beginnings_of_stacks(message: pb.Profile, least: float) -> None:
    profile = read_profile(message.SerializeToString())
    stacks = distinct_stacks(profile, View())
    cum: dict[Path, int] = defaultdict(int)
    flat: dict[Path, int] = defaultdict(int)
    for stack, (value, _) in naive(profile, View()).items():
        flat[stack] += value
        for depth in range(len(stack) + 1):
            cum[stack[:depth]] += value
    whole = sum(profile.values[:, 0].tolist()) or 1
    expected = Counter(
        (len(way), way[-1] if way else "", value, flat[way])
        for way, value in cum.items()
        if not way or (value and value / whole >= least)
    )
    found = boxes(stacks, 0, least)
    seen = Counter(
        (int(depth), stacks.labels[label] if label >= 0 else "", int(total), int(own))
        for depth, label, total, own in zip(found.depth, found.label, found.cum, found.flat, strict=True)
    )
    if profile.n_samples:
        assert seen == expected


def test_boxes_lie_inside_of_their_callers_the_heaviest_first() -> None:
    profile = build.profile({"a;x": 1, "a;y": 3, "b": 4, "a": 2, "a;y;z": 2})
    stacks = distinct_stacks(profile, View())
    found = boxes(stacks, 0, 0.0)
    names = [stacks.labels[label] if label >= 0 else "root" for label in found.label]
    assert names == ["root", "a", "b", "y", "x", "z"]
    assert (found.x * 12).round(6).tolist() == [0, 0, 8, 0, 5, 0]
    assert (found.width * 12).round(6).tolist() == [12, 8, 4, 5, 1, 2]
    assert found.flat.tolist() == [0, 2, 4, 3, 1, 2]


def test_a_box_of_a_difference_is_as_wide_as_both_sides() -> None:
    profile = diff(build.profile({"a": 5, "b": 1}), build.profile({"a": 5, "b": 3}))
    found = boxes(distinct_stacks(profile, View()), 0, 0.0)
    assert found.whole == 14
    assert (found.width * 14).round(6).tolist() == [14, 10, 4]
    assert found.cum.tolist() == [-2, 0, -2]


@pytest.mark.parametrize("stacks", [{}, {"": 3}, {"main": 0}])
def test_where_there_is_nothing_there_is_a_root(stacks: dict[str, int]) -> None:
    profile = build.profile(stacks)
    found = boxes(distinct_stacks(profile, View()), 0, 0.0)
    assert found.label.tolist() == [-1]
    assert found.flat.tolist() == [sum(stacks.values())]
    assert np.isfinite(found.width).all()
