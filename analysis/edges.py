"""Who calls whom: the weighted edges between nodes, and which of them the compiler has inlined away."""

from dataclasses import dataclass

import numpy as np

from analysis.memo import memo
from analysis.nodes import nodes
from analysis.samples import sample_index, weights
from analysis.stacks import Steps, chunks, ranges, steps
from analysis.top import Top
from analysis.view import View
from parsers.chunks import in_order
from parsers.profile.model import Bool, Int32, Int64, Profile


@dataclass(frozen=True, eq=False, slots=True)
class Edges:
    """One row per pair of nodes that follow each other on some stack once the others are left out.

    `weight` is that of the samples in which the pair occurs, each counted once; `inline` holds where every
    occurrence is a call that was inlined (google/pprof's graph.newGraph).
    """

    caller: Int64
    callee: Int64
    weight: Int64
    inline: Bool


@memo
def edges(profile: Profile, view: View, kept: tuple[int, ...], *, inlinable: bool = False) -> Edges:
    """The edges among the nodes `kept`; direct recursion makes none. Raises ViewError for an unknown sample type.

    With `inlinable`, only those to nodes that were inlined somewhere, which are few.
    """
    found = nodes(profile, view)
    ids = np.array(kept, np.int64)
    rank = np.full(len(found) + 1, -1, np.int32)
    rank[ids] = np.arange(len(ids))
    table = _calls(steps(profile, rank[found.of_frame]), len(ids), inlinable)
    values = weights(profile, sample_index(profile, view.sample))
    sums = _Dense(len(ids)) if len(ids) <= _DENSE else _Sparse()

    def part(span: tuple[int, int]) -> _Occurrences:
        return _occurrences(profile, table, values, *span)

    for occurrences in in_order(part, chunks(profile, len(found))):
        sums.add(occurrences)
    pair, weight, real = sums.result()
    size = max(len(ids), 1)
    return Edges(ids[pair // size], ids[pair % size], weight, ~real)


@dataclass(frozen=True, eq=False, slots=True)
class _Calls:
    """What every location brings to the edges, in columns with a row per location; nodes by their place in `kept`.

    A location is entered from its caller at `outer` and left for its callee at `inner`. `entered` tells whether the
    edge into it is wanted, `real` whether that is a real call. The pairs inside it, numbered caller * n + callee
    and all of them inlined, are rows `offsets[l]` to `offsets[l + 1]` of `pairs`.
    """

    n: int
    visible: Bool
    inner: Int32
    outer: Int32
    entered: Bool
    real: Bool
    offsets: Int64
    pairs: Int64


def _calls(table: Steps, n: int, inlinable: bool) -> _Calls:
    wanted = np.full(n, not inlinable)
    wanted[table.node[table.inlined]] = True
    visible = table.counts > 0
    inner, outer = np.zeros(len(visible), np.int32), np.zeros(len(visible), np.int32)
    entered, real = np.zeros(len(visible), np.bool_), np.zeros(len(visible), np.bool_)
    last = table.offsets[1:][visible] - 1
    inner[visible], outer[visible] = table.node[table.offsets[:-1][visible]], table.node[last]
    entered[visible], real[visible] = wanted[table.node[last]], ~table.inlined[last]

    # Frames that follow each other in one location: the caller is the outer one.
    location = np.repeat(np.arange(len(visible)), table.counts)
    callee, caller = table.node[:-1], table.node[1:]
    inside = np.flatnonzero((location[1:] == location[:-1]) & (callee != caller) & wanted[callee])
    offsets = np.searchsorted(location[inside], np.arange(len(visible) + 1))
    pairs = caller[inside].astype(np.int64) * n + callee[inside]
    return _Calls(n, visible, inner, outer, entered, real, offsets, pairs)


@dataclass(frozen=True, eq=False, slots=True)
class _Occurrences:
    """A chunk's pairs, numbered caller * n + callee: once in each sample with its weight, and those that really
    call.
    """

    pair: Int64
    weight: Int64
    real: Int64


def _occurrences(profile: Profile, table: _Calls, values: Int64, first: int, last: int) -> _Occurrences:
    bounds, values = profile.stack_offsets[first : last + 1], values[first:last]
    location = profile.stack[bounds[0] : bounds[-1]]
    sample = np.repeat(np.arange(last - first, dtype=np.int32), np.where(values != 0, np.diff(bounds), 0))
    if len(sample) != len(location):
        location = location[np.repeat(values != 0, np.diff(bounds))]
    seen = np.flatnonzero(table.visible[location])
    location, sample = location[seen], sample[seen]
    enter = np.flatnonzero(table.entered[location[:-1]] & (sample[1:] == sample[:-1]))
    callee, caller = table.outer[location[enter]], table.inner[location[enter + 1]]
    calls = np.flatnonzero(callee != caller)
    enter, pair = enter[calls], caller[calls].astype(np.int64) * table.n + callee[calls]
    real = table.real[location[enter]]

    inside = np.flatnonzero((np.diff(table.offsets) > 0)[location])
    lengths, rows = ranges(table.offsets, location[inside])
    place = np.concatenate([enter, np.repeat(inside, np.diff(lengths))])
    pair = np.concatenate([pair, table.pairs[rows]])
    of = sample[place].astype(np.int64)
    square = table.n * table.n
    keys = of * square + pair
    real = np.concatenate([real, np.zeros(len(rows), np.bool_)])
    calling = pair[real & _nearest_root(table.n, keys, pair, place, real)]
    keys.sort()
    once = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=once[1:])
    keys = keys[once]
    of = keys // max(square, 1)
    return _Occurrences(keys - of * square, values[of], calling)


def _nearest_root(n: int, keys: Int64, pair: Int64, place: Int64, real: Bool) -> Bool:
    """Whether a real call tells of its pair in its sample: not where the same pair was inlined nearer the root.

    The reference looks at each pair once in a sample, coming from the root. It takes recursion for both to occur.
    """
    telling = np.ones(len(keys), np.bool_)
    others = np.flatnonzero(~real)
    both = np.flatnonzero(real & _among(pair[others], pair, n * n))
    suspects, number = np.unique(keys[both], return_inverse=True)
    others = others[np.isin(keys[others], suspects)] if len(suspects) else others[:0]
    if len(others):
        of_call, of_inlined = np.full(len(suspects), -1), np.full(len(suspects), -1)
        np.maximum.at(of_call, number, place[both])
        np.maximum.at(of_inlined, np.searchsorted(suspects, keys[others]), place[others])
        telling[both] = (of_call >= of_inlined)[number]
    return telling


def _among(some: Int64, values: Int64, most: int) -> Bool:
    """Which of `values` are in `some`; all are less than `most`."""
    if most > _DENSE * _DENSE:
        return np.isin(values, some)
    there = np.zeros(most, np.bool_)
    there[some] = True
    found: Bool = there[values]
    return found


# With this many nodes a table of all pairs is small; with more, those that occur are far fewer.
_DENSE = 2048
_ENOUGH = 1 << 22


class _Dense:
    """Sums by pair in a table of all pairs."""

    def __init__(self, n: int) -> None:
        self._weight = np.zeros(n * n, np.int64)
        self._seen = np.zeros(n * n, np.bool_)
        self._real = np.zeros(n * n, np.bool_)

    def add(self, found: _Occurrences) -> None:
        np.add.at(self._weight, found.pair, found.weight)
        self._seen[found.pair] = True
        self._real[found.real] = True

    def result(self) -> tuple[Int64, Int64, Bool]:
        pair = np.flatnonzero(self._seen)
        return pair, self._weight[pair], self._real[pair]


class _Sparse:
    """Sums by pair, over the pairs that occur; what comes in is kept until there is enough to be worth sorting."""

    def __init__(self) -> None:
        self._pair = self._weight = self._real = np.zeros(0, np.int64)
        self._waiting: list[_Occurrences] = []

    def add(self, found: _Occurrences) -> None:
        self._waiting.append(found)
        if sum(len(each.pair) for each in self._waiting) > max(_ENOUGH, len(self._pair)):
            self._merge()

    def result(self) -> tuple[Int64, Int64, Bool]:
        self._merge()
        return self._pair, self._weight, np.isin(self._pair, self._real)

    def _merge(self) -> None:
        weight = np.concatenate([self._weight, *(each.weight for each in self._waiting)])
        self._pair, number = np.unique(
            np.concatenate([self._pair, *(each.pair for each in self._waiting)]), return_inverse=True
        )
        self._weight = np.zeros(len(self._pair), np.int64)
        np.add.at(self._weight, number, weight)
        self._real = np.unique(np.concatenate([self._real, *(each.real for each in self._waiting)]))
        self._waiting.clear()


def inline_marks(profile: Profile, view: View, result: Top, kept: Int32, *, least: int = 0) -> dict[int, str]:
    """What a report says behind the names of the nodes `kept`: "inline" or "partial-inline"; the others are left out.

    It depends on which rows there are, as in the reference: calls are told among what is shown, and only those that
    weigh `least` or more. Where every node with any weight is shown, those that come to nothing, as in a difference,
    call and are called as well.
    """
    ids = tuple(np.sort(kept).tolist())
    complete = len(ids) == np.count_nonzero((result.flat != 0) | (result.cum != 0))
    among = tuple(range(len(result.nodes))) if complete else ids
    found = edges(profile, view, among, inlinable=True)
    heavy = np.abs(found.weight) >= least
    inlined = np.bincount(found.callee[heavy & found.inline], minlength=len(result.nodes))
    real = np.bincount(found.callee[heavy & ~found.inline], minlength=len(result.nodes))
    return {node: "partial-inline" if real[node] else "inline" for node in ids if inlined[node]}


def edge_cutoff(result: Top, fraction: float = 0.001) -> int:
    """The weight below which an edge does not count in a report that leaves the lightest out."""
    return abs(int(int(result.flat.sum()) * fraction))
