"""The ways through a profile's stacks that a flame graph draws: from the root, from the leaves, or from one function.

All visible frames lie behind one another in one column, once; a way is where in it a sample's path begins, how far it
goes and in which direction.
"""

from dataclasses import dataclass

import numpy as np

from analysis.memo import memo_last
from analysis.nodes import nodes
from analysis.samples import sample_index, weights
from analysis.stacks import Steps, between, chunks, steps
from analysis.view import Granularity, View
from parsers.profile.model import Bool, Int32, Int64, Profile

_TO_THE_ROOT, _TO_THE_LEAF = 1, -1


@dataclass(frozen=True, eq=False, slots=True)
class Paths:
    """One path for each sample that has a weight: `entries[start + way * depth]` is its frame at `depth`, a row of
    `steps`, for depths 0 to `length`.
    """

    steps: Steps
    entries: Int32
    start: Int64
    length: Int32
    way: int
    values: Int64

    def nodes(self, path: Int64 | Int32, depth: Int64 | int) -> Int32:
        """The node of each of these paths at its `depth`."""
        node: Int32 = self.steps.node[self._entry(path, depth)]
        return node

    def inlined(self, path: Int64 | Int32, depth: Int64 | int) -> Bool:
        """Whether the frame was inlined into its caller."""
        inlined: Bool = self.steps.inlined[self._entry(path, depth)]
        return inlined

    def _entry(self, path: Int64 | Int32, depth: Int64 | int) -> Int32:
        entry: Int32 = self.entries[self.start[path] + self.way * depth]
        return entry


@dataclass(frozen=True, eq=False, slots=True)
class _Frames:
    """The visible frames of all samples, leaf first: sample i's are `entries[offsets[i]:offsets[i + 1]]`."""

    steps: Steps
    entries: Int32
    offsets: Int64


def whole_paths(profile: Profile, view: View, *, inverted: bool, merged: bool) -> Paths:
    """The path of every sample with a visible frame, from the root, `inverted` from the leaf.

    `merged` takes a frame that calls itself directly, and is its own callee, for one. Raises ViewError.
    """
    frames = _visible(profile, view, merged=merged)
    values = weights(profile, sample_index(profile, view.sample))
    first, behind = frames.offsets[:-1], frames.offsets[1:]
    rows = np.flatnonzero((values != 0) & (behind > first))
    return _paths(frames, values, rows, first[rows], behind[rows], inverted=inverted)


def paths_from(profile: Profile, view: View, name: str, *, merged: bool) -> tuple[Paths, Paths]:
    """Of the samples that contain the function `name`, the ways to its callers and to its callees, it left out.

    Both begin at its outermost call, so that each sample counts once. A node that has no function is named by its
    label. Raises ViewError.
    """
    frames = _visible(profile, view, merged=merged)
    values = weights(profile, sample_index(profile, view.sample))
    there = _called(profile, view, name)[frames.steps.node]
    places = np.flatnonzero(there[frames.entries])
    sample = np.searchsorted(frames.offsets, places, side="right") - 1
    outermost = np.append(sample[1:] != sample[:-1], np.ones(len(sample[:1]), np.bool_)) & (values[sample] != 0)
    places, rows = places[outermost], sample[outermost]
    callers = _paths(frames, values, rows, places + 1, frames.offsets[rows + 1], inverted=True)
    callees = _paths(frames, values, rows, frames.offsets[rows], places, inverted=False)
    return callers, callees


def _paths(frames: _Frames, values: Int64, rows: Int64, first: Int64, behind: Int64, *, inverted: bool) -> Paths:
    return Paths(
        frames.steps,
        frames.entries,
        first if inverted else behind - 1,
        (behind - first).astype(np.int32),
        _TO_THE_ROOT if inverted else _TO_THE_LEAF,
        values[rows],
    )


def _called(profile: Profile, view: View, name: str) -> Bool:
    """Per node: is it called `name`?"""
    found = nodes(profile, view)
    called: Bool = found.names == (found.texts.index(name) if name in found.texts else -1)
    for node in np.flatnonzero(found.names == 0).tolist() if name else ():
        called[node] = found.label(node) == name
    return called


def _visible(profile: Profile, view: View, *, merged: bool) -> _Frames:
    return _frames(profile, view.granularity, view.inlines, view.mine, merged)


@memo_last(1)
def _frames(profile: Profile, granularity: Granularity, inlines: bool, mine: bool, merged: bool) -> _Frames:
    view = View(granularity=granularity, inlines=inlines, mine=mine)
    found = steps(profile, nodes(profile, view).of_frame)
    if not merged and (found.counts == 1).all():
        return _Frames(found, profile.stack, profile.stack_offsets)
    offsets = np.zeros(profile.n_samples + 1, np.int64)
    parts = [np.zeros(0, np.int32)]
    for first, last in chunks(profile, 1):
        bounds = profile.stack_offsets[first : last + 1]
        location = profile.stack[bounds[0] : bounds[-1]]
        entries = between(
            found.offsets[location].astype(np.int64), found.offsets[location + 1].astype(np.int64)
        ).astype(np.int32)
        ends = _running(found.counts[location])[bounds - bounds[0]]
        if merged:
            kept = _outermost(found.node[entries], ends)
            ends = _running(kept)[ends]
            entries = entries[kept]
        offsets[first + 1 : last + 1] = ends[1:] + offsets[first]
        parts.append(entries)
    return _Frames(found, np.concatenate(parts), offsets)


def _running(counts: Int32 | Bool) -> Int64:
    """The sums of all counts before each one, and of all."""
    sums = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=sums[1:])
    return sums


def _outermost(node: Int32, ends: Int64) -> Bool:
    """Of frames of samples that end at `ends`, those that are not called by the same node."""
    kept = np.ones(len(node), np.bool_)
    kept[:-1] = node[1:] != node[:-1]
    kept[ends[1:][ends[1:] > 0] - 1] = True
    return kept
