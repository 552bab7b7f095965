"""The distinct stacks of a profile under a view, in the order of their labels: what folded stacks, speedscope and the
SVG are written from.

Equal stacks are one, and those that begin alike lie behind one another, so that every box of a flame graph is a
stretch of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.memo import memo_last
from analysis.nodes import Nodes, nodes
from analysis.samples import base_samples
from analysis.stacks import between, chunks, ranges, steps
from analysis.view import View
from parsers.profile.model import Bool, Int32, Int64, Profile

Float64 = NDArray[np.float64]
# Stacks that are turned round together.
_CHUNK = 8192


@dataclass(frozen=True, eq=False, slots=True)
class Stacks:
    """Stack i is `path[offsets[i]:offsets[i + 1]]` (int32, rows of `labels`), the root first; it may be empty, where
    the view hides all of it.

    `values` is int64[n_stacks, n_types]; of a difference `base` has what of them is the base's, as it was before it
    was subtracted, else None. `node` (int32) is a row of `nodes` for each label; `labels` are sorted and distinct.
    """

    nodes: Nodes
    labels: tuple[str, ...]
    node: Int32
    offsets: Int64
    path: Int32
    values: Int64
    base: Int64 | None

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> Int64:
        return self.offsets[1:] - self.offsets[:-1]


@memo_last(1)
def distinct_stacks(profile: Profile, view: View) -> Stacks:
    """All stacks under `view`, whose sample type and unit make no difference here."""
    found = nodes(profile, view)
    texts = found.labels()
    labels = sorted(set(texts))
    rank_of = {text: rank for rank, text in enumerate(labels)}
    rank = np.fromiter((rank_of[text] for text in texts), np.int32, len(texts))
    node = np.zeros(len(labels), np.int32)
    node[rank[::-1]] = np.arange(len(rank), dtype=np.int32)[::-1]

    offsets, entries = _entries(profile, found, rank)
    first, stack_of = _in_order(offsets, entries, len(labels))
    sums = np.zeros((len(first), profile.values.shape[1]), np.int64)
    np.add.at(sums, stack_of, profile.values)
    base, of_base = None, base_samples(profile)
    if len(of_base):
        base = np.zeros_like(sums)
        np.subtract.at(base, stack_of[of_base], profile.values[of_base])
    own = np.zeros(len(first) + 1, np.int64)
    np.cumsum(offsets[first + 1] - offsets[first], out=own[1:])
    path = np.empty(int(own[-1]), np.int32)
    for begin in range(0, len(first), _CHUNK):
        some = first[begin : begin + _CHUNK]
        behind, rows = ranges(offsets, some)
        # The leaf comes first in a profile.
        last = np.repeat(offsets[some] + offsets[some + 1] - 1, behind[1:] - behind[:-1])
        path[own[begin] : own[begin + len(some)]] = entries[last - rows]
    return Stacks(found, tuple(labels), node, own, path, sums, base)


def _entries(profile: Profile, found: Nodes, rank: Int32) -> tuple[Int64, Int32]:
    """Every sample's visible frames, by the rank of their labels, the leaf first, and where each sample's begin."""
    table = steps(profile, found.of_frame)
    bounds = profile.stack_offsets
    spans = chunks(profile, len(found))
    lengths = np.zeros(profile.n_samples, np.int64)
    for first, last in spans:
        behind = np.cumsum(np.append(0, table.counts[profile.stack[bounds[first] : bounds[last]]]))
        lengths[first:last] = np.diff(behind[bounds[first : last + 1] - bounds[first]])
    offsets = np.zeros(profile.n_samples + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    entries = np.empty(int(offsets[-1]), np.int32)
    of_step = rank[table.node] if len(table.node) else table.node
    for first, last in spans:
        location = profile.stack[bounds[first] : bounds[last]]
        entries[offsets[first] : offsets[last]] = of_step[ranges(table.offsets, location)[1]]
    return offsets, entries


def _in_order(offsets: Int64, entries: Int32, n_labels: int) -> tuple[Int64, Int64]:
    """A sample of each distinct stack, sorted from the root on, and the number of every sample's stack.

    Samples are told apart step by step; those that are alone, or at their end, are looked at no longer.
    """
    lengths, ends = offsets[1:] - offsets[:-1], offsets[1:]
    place = np.zeros(len(lengths), np.int64)
    alive, depth = np.arange(len(lengths)), 0
    while len(alive) > 1:
        going = lengths[alive] > depth
        step = np.zeros(len(alive), np.int64)
        step[going] = entries[ends[alive[going]] - 1 - depth] + 1
        order = np.lexsort((step, place[alive]))
        alive, step = alive[order], step[order]
        old = place[alive]
        new_group, new_step = np.ones(len(alive), np.bool_), np.ones(len(alive), np.bool_)
        np.not_equal(old[1:], old[:-1], out=new_group[1:])
        np.not_equal(step[1:], step[:-1], out=new_step[1:])
        new_step |= new_group
        at = np.arange(len(alive))
        of_group = np.maximum.accumulate(np.where(new_group, at, 0))
        of_step = np.maximum.accumulate(np.where(new_step, at, 0))
        place[alive] = old + of_step - of_group
        alone = new_step & np.append(new_step[1:], True)
        alive = alive[(step > 0) & ~alone]
        depth += 1
    _, first, number = np.unique(place, return_index=True, return_inverse=True)
    return first.astype(np.int64), number.astype(np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class Boxes:
    """The boxes of a flame graph, level by level, heaviest siblings first; columns with a row per box.

    The first is the root, which stands for all, with label -1 and depth 0. `x` and `width` (float64) are parts of
    `whole`, which is the sum of |weight|: of a difference, of both sides.
    """

    whole: float

    depth: Int64
    label: Int64
    x: Float64
    width: Float64
    cum: Int64
    flat: Int64

    def __len__(self) -> int:
        return len(self.depth)


@dataclass(frozen=True, eq=False, slots=True)
class _Level:
    """Boxes of one depth, each the stacks `first` to `last`; `parent` is a box of the level above."""

    first: Int64
    last: Int64
    label: Int64
    parent: Int64

    def taken(self, rows: Int64 | Bool) -> "_Level":
        return _Level(self.first[rows], self.last[rows], self.label[rows], self.parent[rows])


def boxes(stacks: Stacks, index: int, least: float) -> Boxes:
    """The boxes that are at least `least` of the width, under the sample type `index`."""
    values = stacks.values[:, index]
    before = np.concatenate([[0.0], np.cumsum(_sizes(stacks, index))])
    sums = np.concatenate([[0], np.cumsum(values)]).astype(np.int64)
    whole = float(before[-1]) or 1.0
    nothing = np.zeros(1, np.int64)
    level, x, depth = _Level(nothing, nothing + len(stacks), nothing - 1, nothing), np.zeros(1), 0
    width = (before[level.last] - before[level.first]) / whole
    columns: list[tuple[Int64 | Float64, ...]] = []
    while len(x):
        flat = _ending(stacks, values, level.first, level.last, depth)
        cum = sums[level.last] - sums[level.first]
        columns.append((np.full(len(x), depth, np.int64), level.label, x, width, cum, flat))
        below = _below(stacks, level, depth)
        wide = (before[below.last] - before[below.first]) / whole
        order = np.lexsort((below.label, -wide, below.parent))
        below, wide = below.taken(order), wide[order]
        left = x[below.parent] + _so_far(wide, below.parent)
        seen = (wide >= least) & (wide > 0)
        level, x, width, depth = below.taken(seen), left[seen], wide[seen], depth + 1
    return Boxes(whole, *(np.concatenate(column) for column in zip(*columns, strict=True)))


def _sizes(stacks: Stacks, index: int) -> Float64:
    """float64 per stack: how wide it is drawn."""
    values = stacks.values[:, index]
    if stacks.base is None:
        return np.abs(values.astype(np.float64))
    base = stacks.base[:, index]
    return np.abs((values + base).astype(np.float64)) + np.abs(base.astype(np.float64))


def _ending(stacks: Stacks, values: Int64, first: Int64, last: Int64, depth: int) -> Int64:
    """int64 per box: the weight of the stack that ends there, which is the first one of it."""
    flat = np.zeros(len(first), np.int64)
    some = np.flatnonzero(first < last)
    some = some[stacks.lengths[first[some]] == depth]
    flat[some] = values[first[some]]
    return flat


def _below(stacks: Stacks, level: _Level, depth: int) -> _Level:
    """The boxes below those of `level`, which is at `depth`, in the order of labels."""
    parent = np.repeat(np.arange(len(level.first)), level.last - level.first)
    rows = between(level.first, level.last)
    further = stacks.lengths[rows] > depth
    parent, rows = parent[further], rows[further]
    step = stacks.path[stacks.offsets[rows] + depth].astype(np.int64)
    new = np.ones(len(rows), np.bool_)
    new[1:] = (step[1:] != step[:-1]) | (parent[1:] != parent[:-1])
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(rows))[: len(starts)] - 1
    return _Level(rows[starts], rows[ends] + 1, step[starts], parent[starts])


def _so_far(width: Float64, parent: Int64) -> Float64:
    """float64 per box: the width of those before it below the same parent."""
    before = np.cumsum(width) - width
    first = np.ones(len(parent), np.bool_)
    first[1:] = parent[1:] != parent[:-1]
    return before - before[np.maximum.accumulate(np.where(first, np.arange(len(parent)), 0))]
