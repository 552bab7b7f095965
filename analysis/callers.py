"""Callers and callees: around one function, and of every function, as `go tool pprof -peek` and `-tree`."""

from dataclasses import dataclass

import numpy as np

from analysis.edges import Edges, edge_cutoff, edges
from analysis.memo import memo
from analysis.nodes import nodes
from analysis.samples import sample_index, weights
from analysis.stacks import Steps, chunks, steps
from analysis.top import SortKey, Top, ranked, top, trimmed
from analysis.view import View
from parsers.profile.model import Bool, Int32, Int64, Profile

NOBODY = -1


@dataclass(frozen=True, eq=False, slots=True)
class Neighbours:
    """The nodes on one side of a node: int64 rows of Nodes, the heaviest edge first, equals by label.

    `weight` is that of the samples in which the two follow each other, each counted once; `inline` holds where every
    such call was inlined.
    """

    node: Int64
    weight: Int64
    inline: Bool

    def __len__(self) -> int:
        return len(self.node)


@dataclass(frozen=True, eq=False, slots=True)
class Around:
    """Who calls a node and what it calls; whether it calls itself at once, which makes no edge."""

    callers: Neighbours
    callees: Neighbours
    recursive: bool


@memo
def around(profile: Profile, view: View, node: int) -> Around:
    """The callers and callees of `node`. Raises ViewError for an unknown sample type.

    As the edges of google/pprof's graph.newGraph, worked out from where the node occurs and nothing else.
    """
    found = nodes(profile, view)
    table = steps(profile, found.of_frame)
    values = weights(profile, sample_index(profile, view.sample))
    at = _occurrences(profile, table, values, node)
    labels = found.labels()
    sides: dict[bool, Neighbours] = {}
    recursive = False
    for towards_root in (True, False):
        other = _beyond(profile, table, at, towards_root)
        there = other.step != NOBODY
        neighbour = np.where(there, np.append(table.node, NOBODY)[other.step], NOBODY)
        recursive |= bool((neighbour == node).any())
        there &= neighbour != node
        # Of a call it is the callee that was inlined.
        inlined = table.inlined[(at if towards_root else other).step[there]]
        sides[towards_root] = _summed(at.sample[there], at.order[there], neighbour[there], inlined, values, labels)
    return Around(sides[True], sides[False], recursive)


@dataclass(frozen=True, eq=False, slots=True)
class _Places:
    """Frames on stacks: the sample, the entry of its stack and the row of Steps; `order` grows towards the root."""

    sample: Int64
    place: Int64
    step: Int64
    order: Int64


def _occurrences(profile: Profile, table: Steps, values: Int64, node: int) -> _Places:
    """Every frame that is `node`, in samples that weigh something."""
    rows = np.flatnonzero(table.node == node)
    location = np.searchsorted(table.offsets, rows, side="right") - 1
    count = np.bincount(location, minlength=profile.n_locations)
    first = np.searchsorted(location, np.arange(profile.n_locations))
    bounds = profile.stack_offsets
    places, samples = [], []
    for begin, end in chunks(profile, 1):
        hits = np.flatnonzero(count[profile.stack[bounds[begin] : bounds[end]]]) + bounds[begin]
        sample = np.searchsorted(bounds[begin : end + 1], hits, side="right") + (begin - 1)
        weighing = values[sample] != 0
        places.append(hits[weighing])
        samples.append(sample[weighing])
    place = np.concatenate(places) if places else np.zeros(0, np.int64)
    sample = np.concatenate(samples) if samples else np.zeros(0, np.int64)
    of = profile.stack[place]
    times = count[of]
    behind = np.cumsum(times)
    inside = np.arange(int(behind[-1]) if len(behind) else 0) - np.repeat(behind - times, times)
    step = rows[np.repeat(first[of], times) + inside]
    return _Places(np.repeat(sample, times), np.repeat(place, times), step, np.arange(len(step)))


def _beyond(profile: Profile, table: Steps, at: _Places, towards_root: bool) -> _Places:
    """The visible frame next to each, towards the root or the leaf; NOBODY for the step where there is none."""
    move = 1 if towards_root else -1
    location = profile.stack[at.place]
    step, place = at.step + move, at.place.copy()
    left = np.flatnonzero(step >= table.offsets[1:][location] if towards_root else step < table.offsets[:-1][location])
    bounds, counts = profile.stack_offsets, table.counts
    while len(left):
        place[left] += move
        gone = (place[left] >= bounds[1:][at.sample[left]]) | (place[left] < bounds[:-1][at.sample[left]])
        step[left[gone]] = NOBODY
        left = left[~gone]
        of = profile.stack[place[left]]
        step[left] = table.offsets[:-1][of] if towards_root else table.offsets[1:][of] - 1
        left = left[counts[of] == 0]
    return _Places(at.sample, place, step, at.order)


def _summed(
    sample: Int64, order: Int64, node: Int32 | Int64, inlined: Bool, values: Int64, labels: list[str]
) -> Neighbours:
    """What the neighbours add up to: in each sample once, and as inlined as where it is nearest the root."""
    turn = np.lexsort((-order, node, sample))
    sample, node, inlined = sample[turn], node[turn], inlined[turn]
    once = np.ones(len(turn), np.bool_)
    once[1:] = (sample[1:] != sample[:-1]) | (node[1:] != node[:-1])
    sample, node, inlined = sample[once], node[once], inlined[once]
    each, number = np.unique(node, return_inverse=True)
    weight = np.zeros(len(each), np.int64)
    np.add.at(weight, number, values[sample])
    real = np.zeros(len(each), np.bool_)
    real[number[~inlined]] = True
    names = [labels[node] for node in each.tolist()]
    ranks = np.argsort(np.argsort(np.array(names, object), kind="stable"), kind="stable") if names else each
    heaviest = np.lexsort((ranks, -np.abs(weight)))
    return Neighbours(each[heaviest].astype(np.int64), weight[heaviest], ~real[heaviest])


@dataclass(frozen=True, eq=False, slots=True)
class CallGraph:
    """What a report of callers and callees is made of: the nodes it has, in their order, and the edges among them.

    `dropped` were too light, and `kept` are those that were not, of which the report may have but the first.
    """

    result: Top
    order: Int32
    edges: Edges
    dropped: int
    kept: int

    def callers(self, node: int) -> Neighbours:
        return self._side(self.edges.callee == node, self.edges.caller)

    def callees(self, node: int) -> Neighbours:
        return self._side(self.edges.caller == node, self.edges.callee)

    def _side(self, rows: Bool, other: Int64) -> Neighbours:
        at = np.flatnonzero(rows)
        label = self.result.nodes.label
        weight, node = self.edges.weight, other
        ranking = sorted(at.tolist(), key=lambda row: (-abs(int(weight[row])), label(int(node[row]))))
        return Neighbours(node[ranking], weight[ranking], self.edges.inline[ranking])


def call_graph(profile: Profile, view: View, by: SortKey = "flat", *, fraction: float, count: int) -> CallGraph:
    """The graph that google/pprof's newTrimmedGraph leaves: without nodes that weigh less than `fraction` of all and,
    of the others, with the first `count`; 0 leaves nothing out. Raises ViewError for an unknown sample type.
    """
    result = top(profile, view)
    every = ranked(result, by)
    kept = trimmed(result, every, fraction)
    order = kept[: count or None]
    # Where nothing is left out, what comes to nothing calls and is called as well.
    among = range(len(result.nodes)) if len(order) == len(every) else np.sort(order).tolist()
    found = edges(profile, view, tuple(among))
    heavy = np.abs(found.weight) >= (edge_cutoff(result) if fraction else 0)
    left = Edges(found.caller[heavy], found.callee[heavy], found.weight[heavy], found.inline[heavy])
    return CallGraph(result, order, left, len(every) - len(kept), len(kept))
