"""The flame graph: boxes as wide as the paths through them weigh, laid out only as far as they can be seen.

A box that is drawn at least one unit wide has one of the unit marks of its parent somewhere in its run of paths, so
looking at those marks finds them all: what a layout costs depends on how wide it is drawn and how often the paths in
it fork, not on how many samples or tree nodes there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from analysis.flamepaths import paths_from, whole_paths
from analysis.memo import memo, memo_last
from analysis.nodes import Nodes, nodes
from analysis.samples import sample_index, total, weights
from analysis.stackcuts import hits
from analysis.stackorder import StackOrder, stack_order
from analysis.view import Granularity, View
from parsers.profile.model import Bool, Int32, Int64, Profile, ValueType

UInt8 = NDArray[np.uint8]
# Of so many paths through a box is asked whether the call was inlined.
_ASKED = 8
# What a share may be off by in floating point.
_SLACK = 1e-9


class Inlined(IntEnum):
    """Of how many of its calls a box's function was inlined into its caller."""

    NONE = 0
    SOME = 1
    ALL = 2


@dataclass(frozen=True, eq=False, slots=True)
class Boxes:
    """The boxes that can be seen, row by row and from left to right; the columns have a row per box.

    The root, which stands for all that is drawn, has node and parent -1 and depth 0. Callees lie below their callers,
    or, inverted, the other way round. Around a pivot, which is the root then, its callers have depths below 0. `x` and
    `width` count units from the left. `flat` is what ends in a box, `size` the width's weight: with a difference, the
    sum of what every path through the box gained or lost, while `cum` is the difference of the sums.
    """

    depth: Int32
    x: Int32
    width: Int32
    node: Int32
    parent: Int32
    cum: Int64
    flat: Int64
    size: Int64  # of what exceeds int64, as much as that holds
    inlined: UInt8  # Inlined; judged by some of the paths through it
    first: Int32  # its run of paths; see `StackOrder`
    last: Int32

    def __len__(self) -> int:
        return len(self.depth)

    def way(self, box: int) -> list[int]:
        """The boxes from below the root up to and with `box`."""
        found: list[int] = []
        while self.parent[box] >= 0:
            found.append(box)
            box = int(self.parent[box])
        return found[::-1]


@dataclass(frozen=True, eq=False, slots=True)
class Flame:
    """A flame graph in a number of units, zoomed into the box that `zoom` leads to.

    `zoom` is as much of the path that was asked for as there is; the boxes on the way to it are as wide as it.
    """

    nodes: Nodes
    value_type: ValueType
    total: int
    boxes: Boxes
    zoom: tuple[str, ...] = ()
    pivot: str = ""

    def label(self, box: int) -> str:
        """What tells a box from others below the same one."""
        node = int(self.boxes.node[box])
        return self.nodes.label(node) if node >= 0 else self.pivot or "root"

    def path(self, box: int) -> tuple[str, ...]:
        """Labels from below the root to `box`, which name it in another capture; from a pivot, callers' as well."""
        return tuple(self.label(at) for at in self.boxes.way(box))

    def find(self, path: Sequence[str], *, above: bool = False) -> int:
        """The last box along `path` that is drawn; from a pivot, among its callers if it is `above`."""
        boxes, at = self.boxes, 0 if not self.pivot else self.root
        for step in path:
            below = np.flatnonzero(boxes.parent == at)
            below = below[boxes.depth[below] < 0] if above else below[boxes.depth[below] > 0]
            found = next((int(box) for box in below if self.label(int(box)) == step), -1)
            if found < 0:
                break
            at = found
        return at

    @property
    def root(self) -> int:
        return int(np.flatnonzero(self.boxes.parent == -1)[0])


def flame(
    profile: Profile,
    view: View,
    width: int,
    *,
    inverted: bool = False,
    merged: bool = False,
    zoom: tuple[str, ...] = (),
    pivot: str = "",
    least: float = 0.0,
) -> Flame:
    """The flame graph of `profile` in `width` units, at least one.

    `merged` draws direct recursion as one box. `zoom` is a path of labels. Of `pivot`, a function, callers and callees
    are drawn, in neither of which one can zoom. What weighs less than `least` of the total is not drawn. Where there is
    no sample with a stack, there is no box. Raises ViewError.
    """
    index = sample_index(profile, view.sample)
    found, whole = nodes(profile, view), total(profile, index)
    orders = _orders(profile, view.granularity, view.inlines, view.mine, index, inverted and not pivot, merged, pivot)
    make = _Layout(found, width, least * whole)
    if pivot:
        boxes = _around(*(make.boxes(order, *_whole(order)) for order in orders))
        return Flame(found, profile.sample_types[index], whole, boxes, (), pivot)
    trail, known = _trail(orders[0], found, zoom)
    return Flame(found, profile.sample_types[index], whole, make.boxes(orders[0], *trail), known)


@memo_last(3)
def _orders(
    profile: Profile,
    granularity: Granularity,
    inlines: bool,
    mine: bool,
    index: int,
    inverted: bool,
    merged: bool,
    pivot: str,
) -> tuple[StackOrder, ...]:
    """The samples in order; with a pivot, by its callers and by its callees."""
    view = View(sample=str(index), granularity=granularity, inlines=inlines, mine=mine)
    if pivot:
        return tuple(stack_order(each) for each in paths_from(profile, view, pivot, merged=merged))
    return (stack_order(whole_paths(profile, view, inverted=inverted, merged=merged)),)


def matched(profile: Profile, view: View, found: Bool) -> int:
    """The weight of the samples with a visible frame of the nodes that are `found`, each counted once.

    What a difference lost counts as what it gained. `found` is bool[nodes]. Raises ViewError.
    """
    index = sample_index(profile, view.sample)
    return _matched(profile, view.granularity, view.inlines, view.mine, index, found.tobytes())


@memo
def _matched(profile: Profile, granularity: Granularity, inlines: bool, mine: bool, index: int, packed: bytes) -> int:
    found = np.frombuffer(packed, np.bool_)
    node = nodes(profile, View(granularity=granularity, inlines=inlines, mine=mine)).of_frame
    of_frame = np.append(found, False)[node]
    # Every location has a frame.
    having = np.logical_or.reduceat(of_frame, profile.locations.frame_offsets[:-1]) if len(of_frame) else of_frame
    passing = hits(profile, having)[0] >= 0
    return int(np.abs(weights(profile, index)[passing]).sum())


def _whole(order: StackOrder) -> tuple[Int64, Int64]:
    """The run of all paths."""
    return np.array([0]), np.array([len(order)])


def _trail(order: StackOrder, found: Nodes, zoom: tuple[str, ...]) -> tuple[tuple[Int64, Int64], tuple[str, ...]]:
    """The runs from that of all paths to that of `zoom`, and as much of it as there is."""
    runs = [(0, len(order))]
    for depth, step in enumerate(zoom):
        starts, ends = order.below(*runs[-1], depth) if len(order) else _whole(order)
        at = next((at for at, node in enumerate(order.nodes(starts, depth)) if found.label(int(node)) == step), -1)
        if at < 0:
            break
        runs.append((int(starts[at]), int(ends[at])))
    firsts, lasts = np.array(runs).T
    return (firsts, lasts), zoom[: len(runs) - 1]


@dataclass(frozen=True, eq=False, slots=True)
class _Bars:
    """Boxes below one another of which each is all there is of the one above: a run of paths as far as it is one.

    `depth` is the first box's.
    """

    first: Int64
    last: Int64
    depth: Int64
    end: Int64  # the depth behind the last box
    x: Int64
    width: Int64


class _Layout:
    """Lays out in so many units what weighs at least so much."""

    def __init__(self, found: Nodes, width: int, least: float) -> None:
        self.nodes = found
        self.width = width
        self.least = least

    def boxes(self, order: StackOrder, firsts: Int64, lasts: Int64) -> Boxes:
        """The boxes of an order below the runs on the way to what fills the width, the root's first."""
        if not len(order):
            return _boxes(order, [])
        made = [self._trunk(order, firsts, lasts)]
        bars = _picked(made[0], np.array([len(firsts) - 1]))
        while len(bars.first):
            bars = self._below(order, bars)
            made.append(bars)
        return _boxes(order, made)

    def _trunk(self, order: StackOrder, firsts: Int64, lasts: Int64) -> _Bars:
        """The runs one below the other, each as wide as all there is; a last one that is heavy goes on to its fork."""
        depth = np.arange(len(firsts))
        end = depth + 1
        if len(firsts) and float(order.size[lasts[-1]] - order.size[firsts[-1]]) >= self.least:
            end[-1:] = order.forks(firsts[-1:], lasts[-1:]) + 1
        return _Bars(firsts, lasts, depth, end, np.zeros_like(depth), np.full_like(depth, self.width))

    def _below(self, order: StackOrder, above: _Bars) -> _Bars:
        """What is wide enough below the ends of the bars."""
        above = _picked(above, np.flatnonzero((above.last - above.first > 1) & (above.width > 1)))
        owner, first, last = _runs(order, above)
        size = (order.size[above.last] - order.size[above.first]).astype(np.float64)
        weight = (order.size[last] - order.size[first]).astype(np.float64)
        share = weight * above.width[owner] / size[owner]
        wide = (share >= 1 - _SLACK) & (weight >= self.least)
        owner, first, last, share, weight = owner[wide], first[wide], last[wide], share[wide], weight[wide]
        turned = np.lexsort((self._ranks(order, first, above.end[owner] - 1, owner, weight), -weight, owner))
        owner, first, last, share = owner[turned], first[turned], last[turned], share[turned]
        width = _shared_out(share, owner, above.width)
        depth = above.end[owner]
        return _Bars(first, last, depth, order.forks(first, last) + 1, above.x[owner] + _before(width, owner), width)

    def _ranks(self, order: StackOrder, first: Int64, depth: Int64, owner: Int64, weight: NDArray[np.float64]) -> Int64:
        """Numbers in the order of the names, for boxes that weigh the same as another below the same one."""
        ranks = np.zeros(len(first), np.int64)
        by_weight = np.lexsort((weight, owner))
        again = (np.diff(weight[by_weight]) == 0) & (np.diff(owner[by_weight]) == 0)
        tied = by_weight[np.append(again, False) | np.append(False, again)] if len(first) else by_weight
        if len(tied):
            found, number = np.unique(order.nodes(first[tied], depth[tied]), return_inverse=True)
            names = [self.nodes.label(int(node)) for node in found]
            rank = np.empty(len(found), np.int64)
            rank[sorted(range(len(found)), key=names.__getitem__)] = np.arange(len(found))
            ranks[tied] = rank[number]
        return ranks


def _runs(order: StackOrder, above: _Bars) -> tuple[Int64, Int64, Int64]:
    """The runs below the ends of bars that have one of their unit marks in them: whose, first and last.

    The marks divide a bar's weight evenly, so that whatever weighs as much as a unit has one.
    """
    low = order.size[above.first]
    weight = order.size[above.last] - low
    owner = np.repeat(np.arange(len(above.first)), above.width)
    mark = np.arange(len(owner)) - np.repeat(np.cumsum(above.width) - above.width, above.width)
    width = above.width[owner]
    # Divided so that nothing exceeds int64.
    step, rest = weight[owner] // width, weight[owner] % width
    at = low[owner] + step * mark + rest * mark // width
    row = np.searchsorted(order.size, at, side="right") - 1
    depth = above.end[owner] - 1
    going = order.length[row] > depth
    owner, row, depth = owner[going], row[going], depth[going]
    first, last = order.run(row, depth)
    new = np.ones(len(first), np.bool_)
    new[1:] = (first[1:] != first[:-1]) | (owner[1:] != owner[:-1])
    return owner[new], first[new], last[new]


def _picked(bars: _Bars, rows: Int64) -> _Bars:
    return _Bars(bars.first[rows], bars.last[rows], bars.depth[rows], bars.end[rows], bars.x[rows], bars.width[rows])


def _before(width: Int64, owner: Int64) -> Int64:
    """The widths before each, of the same owner; owners are in order."""
    before = np.cumsum(width) - width
    return before - before[np.searchsorted(owner, owner)]


def _shared_out(share: NDArray[np.float64], owner: Int64, whole: Int64) -> Int64:
    """Whole units for `share`s of what each owner has, and for what they leave of it, by the largest remainder.

    Of equal remainders the first gets more, what is left last.
    """
    left = whole - np.bincount(owner, share, len(whole))
    owners, shares = np.append(owner, np.arange(len(whole))), np.append(share, np.maximum(left, 0.0))
    units = np.floor(shares + _SLACK).astype(np.int64)
    missing = whole - np.bincount(owners, units, len(whole)).astype(np.int64)
    remainder = np.round(shares - units, 9)
    order = np.lexsort((-remainder, owners))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(owners[order], owners[order])
    units += rank < missing[owners]
    return units[: len(share)]


def _boxes(order: StackOrder, made: Sequence[_Bars]) -> Boxes:
    """The boxes of all bars."""
    nothing = np.zeros(0, np.int64)
    first, last, depth, end, x, width = (
        np.concatenate([nothing, *(getattr(bars, name) for bars in made)]).astype(np.int64)
        for name in ("first", "last", "depth", "end", "x", "width")
    )
    bar = np.repeat(np.arange(len(first)), end - depth)
    level = np.arange(len(bar)) - np.repeat(np.cumsum(end - depth) - (end - depth), end - depth) + depth[bar]
    turned = np.lexsort((x[bar], level))
    bar, level = bar[turned], level[turned]
    first, last, x, width = first[bar], last[bar], x[bar], width[bar]
    flat = np.where(order.length[first] == level, order.net[first + 1] - order.net[first], 0) if len(bar) else nothing
    return Boxes(
        level.astype(np.int32),
        x.astype(np.int32),
        width.astype(np.int32),
        _nodes(order, first, level),
        _parents(level, x),
        order.net[last] - order.net[first],
        flat,
        np.minimum(order.size[last] - order.size[first], (1 << 63) - 1024).astype(np.int64),
        _inlined(order, first, last, level),
        first.astype(np.int32),
        last.astype(np.int32),
    )


def _nodes(order: StackOrder, first: Int64, level: Int64) -> Int32:
    node = np.full(len(first), -1, np.int32)
    below = np.flatnonzero(level > 0)
    node[below] = order.nodes(first[below], level[below] - 1)
    return node


def _parents(level: Int64, x: Int64) -> Int32:
    """The box of the level above that a box begins in."""
    # A level and a place in it as one number: boxes are in that order.
    reach = int(x.max()) + 1 if len(x) else 1
    return (np.searchsorted(level * reach + x, (level - 1) * reach + x, side="right") - 1).astype(np.int32)


def _inlined(order: StackOrder, first: Int64, last: Int64, level: Int64) -> UInt8:
    asked = first[:, None] + (last - first - 1)[:, None] * np.arange(_ASKED) // (_ASKED - 1)
    found = np.zeros(asked.shape, np.bool_)
    below = np.flatnonzero(level > 0)
    found[below] = order.inlined(asked[below], (level[below] - 1)[:, None])
    return np.where(found.all(axis=1), Inlined.ALL, np.where(found.any(axis=1), Inlined.SOME, Inlined.NONE)).astype(
        np.uint8
    )


def _around(callers: Boxes, callees: Boxes) -> Boxes:
    """One graph of two with the same root: callers above it, the outermost first, and callees below."""
    turned = np.lexsort((callers.x, -callers.depth))[: max(0, len(callers) - 1)]
    place = np.zeros(len(callers), np.int32)
    place[turned] = np.arange(len(turned))
    place[:1] = len(turned)

    def joined(name: str) -> NDArray[np.generic]:
        above, below = getattr(callers, name)[turned], getattr(callees, name)
        if name == "depth":
            above = -above
        elif name == "parent":
            above = place[above]
            below = np.where(below >= 0, below + len(turned), -1).astype(np.int32)
        return np.concatenate([above, below])

    return Boxes(*(joined(name) for name in Boxes.__dataclass_fields__))  # type: ignore[arg-type]
