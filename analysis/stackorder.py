"""Paths in an order in which those with a common beginning lie side by side, so that a tree of them need not be built.

Sorted by their frames, first frame first, the paths that share a beginning are one run. A node of their merged tree is
such a run and a depth; its weight is a difference of two running sums; and which runs there are at a depth tells a
column of how many frames each path shares with the one before it. However many nodes the tree has, there are only a
few columns as long as there are distinct paths.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.flamepaths import Paths
from parsers.profile.model import Bool, Int32, Int64

Real = NDArray[np.float64]
# What a running sum may come to in int64; a profile of more is measured in floating point.
_MOST = float(1 << 62)


@dataclass(frozen=True, eq=False, slots=True)
class StackOrder:
    """The distinct paths of some samples, sorted, without those that come to nothing.

    The columns have a row per path, the sums one more. `size` counts what a path lost as well as what it gained; of a
    profile that is no difference, it is `net`. A run is two rows, the first and the one behind the last.
    """

    paths: Paths
    path: Int32  # a row of `paths`
    length: Int32
    size: Int64 | Real  # running sum of |weight|
    net: Int64  # running sum of the weight, which wraps in int64 as in Go
    _shared: Int32  # [power, row]: the fewest frames that 2**power paths from there share with the ones before them

    def __len__(self) -> int:
        return len(self.path)

    def run(self, row: Int64, depth: Int64 | int) -> tuple[Int64, Int64]:
        """The run of the paths that are, up to and with `depth`, as that of `row`."""
        table = self._shared
        first, last = row.copy(), row + 1
        for power in reversed(range(len(table))):
            reach = 1 << power
            first -= reach * (table[power][np.maximum(first - reach + 1, 0)] > depth)
            last += reach * (table[power][np.minimum(last, table.shape[1] - 1)] > depth)
        return first, last

    def forks(self, first: Int64, last: Int64) -> Int64:
        """The depth up to which all paths of each run are the same: the length of its only path, where it has one."""
        depth = self.length[first].astype(np.int64)
        several = np.flatnonzero(last - first > 1)
        low, high = first[several] + 1, last[several]
        power = np.frexp((high - low).astype(np.float64))[1] - 1
        depth[several] = np.minimum(self._shared[power, low], self._shared[power, high - (1 << power)])
        return depth

    def nodes(self, row: Int64, depth: Int64 | int) -> Int32:
        return self.paths.nodes(self.path[row], depth)

    def inlined(self, row: Int64, depth: Int64 | int) -> Bool:
        return self.paths.inlined(self.path[row], depth)

    def below(self, first: int, last: int, depth: int) -> tuple[Int64, Int64]:
        """The runs at `depth` that a run of paths with the same frames before it falls into; ended paths in none."""
        cuts = np.flatnonzero(self._shared[0][first + 1 : last] <= depth) + first + 1
        starts, ends = np.append(first, cuts), np.append(cuts, last)
        going = self.length[starts] > depth
        return starts[going], ends[going]


def stack_order(paths: Paths) -> StackOrder:
    """Sort `paths`."""
    path, shared = _sorted(paths)
    length = paths.length[path]
    values = paths.values[path]
    # A path that many samples have is one row.
    same = np.zeros(len(path), np.bool_)
    same[1:] = (shared[1:] == length[1:]) & (shared[1:] == length[:-1])
    firsts = np.flatnonzero(~same)
    path, length, shared = path[firsts], length[firsts], shared[firsts]
    values = np.add.reduceat(values, firsts) if len(firsts) else values
    # What a difference leaves of a path may be nothing.
    kept = np.flatnonzero(values)
    if len(kept) < len(values):
        stretches = np.append(0, kept[:-1] + 1)[: len(kept)]
        shared = np.minimum.reduceat(shared[: kept[-1] + 1], stretches) if len(kept) else shared[:0]
        path, length, values = path[kept], length[kept], values[kept]
    return StackOrder(paths, path, length, _sizes(values), _summed(values), _table(shared))


def _summed(values: Int64) -> Int64:
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return sums


def _sizes(values: Int64) -> Int64 | Real:
    exact = np.abs(values.astype(np.float64))
    return np.append(0.0, np.cumsum(exact)) if exact.sum() >= _MOST else _summed(np.abs(values))


def _table(shared: Int32) -> Int32:
    """The minima of all stretches as long as a power of two, between two ends that share nothing with what is there."""
    length = len(shared) + 1
    narrow = np.int16 if not len(shared) or shared.max() < 1 << 15 else np.int32
    table = np.full((max(1, length.bit_length()), length), -1, narrow)
    table[0, 1:-1] = shared[1:]
    for power in range(1, len(table)):
        reach = 1 << (power - 1)
        above = table[power - 1]
        # Rows from which no such stretch fits are never asked for what lies behind the end: it is less than anything.
        table[power, :-reach] = np.minimum(above[:-reach], above[reach:])
    return table


def _sorted(paths: Paths) -> tuple[Int32, Int32]:
    """The rows of `paths` in order, and of how many frames each shares with the one before it.

    Depth by depth, and at each only the paths that have not been told from all others yet.
    """
    n = len(paths.start)
    order, shared = np.arange(n, dtype=np.int32), np.zeros(n, np.int32)
    slot, group = np.arange(n, dtype=np.int32), np.zeros(n, np.int32)
    depth = 0
    while len(slot):
        path = order[slot]
        node = _numbered(paths, path, depth)
        together = group[1:] == group[:-1]
        forked = together & (node[1:] != node[:-1])
        if forked.any():
            turned = _argsort(group, node)
            node = node[turned]
            order[slot] = path[turned]
            forked = together & (node[1:] != node[:-1])
        ended = node == 0
        starts = np.ones(len(slot) + 1, np.bool_)
        starts[1:-1] = forked | ~together
        shared[slot[1:][forked | (together & ended[1:])]] = depth
        going = ~(ended | (starts[:-1] & starts[1:]))
        slot = slot[going]
        group = np.cumsum(starts[:-1][going], dtype=np.int32)
        depth += 1
    return order, shared


def _numbered(paths: Paths, path: Int32, depth: int) -> Int32:
    """The node of each path at `depth`, counted from 1; 0 for one that has ended."""
    going = paths.length[path] > depth
    if going.all():
        return paths.nodes(path, depth) + np.int32(1)
    node = np.zeros(len(path), np.int32)
    node[going] = paths.nodes(path[going], depth) + np.int32(1)
    return node


def _argsort(group: Int32, node: Int32) -> Int64:
    """What sorts by group, then by node."""
    n = len(group)
    places, names = n.bit_length(), int(node.max()).bit_length()
    if int(group[-1]).bit_length() + names + places > 63:
        return np.lexsort((node, group))
    # One integer of all three sorts many times faster than an order of indices.
    key = (group.astype(np.int64) << (names + places)) | (node.astype(np.int64) << places) | np.arange(n)
    key.sort()
    return key & ((1 << places) - 1)
