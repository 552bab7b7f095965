"""Top: flat and cumulative weight per node, as `go tool pprof -top`.

Flat is the weight of the samples whose innermost visible frame is the node; cum that of the samples in which it
occurs at all, however often: a recursive function counts once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from analysis.memo import memo
from analysis.nodes import Nodes, nodes
from analysis.samples import sample_index, total, weights
from analysis.stacks import Steps, add_by_node, chunks, steps
from analysis.table import Column, Table
from analysis.units import MINIMUM, label, percent, report_unit
from analysis.view import View
from parsers.chunks import in_order
from parsers.profile.model import Bool, Int32, Int64, Profile, UInt32, ValueType

_NO_MARKS: Mapping[int, str] = MappingProxyType({})

SortKey = Literal["flat", "cum", "name"]


@dataclass(frozen=True, eq=False, slots=True)
class Top:
    """`flat` and `cum` are int64 per node, in `value_type`'s unit; `total` is the sum of |value| over all samples."""

    nodes: Nodes
    flat: Int64
    cum: Int64
    total: int
    value_type: ValueType


def top(profile: Profile, view: View) -> Top:
    """The weights of all nodes under `view`. Raises ViewError for a sample type that is not there."""
    index = sample_index(profile, view.sample)
    found = nodes(profile, view)
    flat, cum = _weights(profile, index, View(granularity=view.granularity, inlines=view.inlines, mine=view.mine))
    return Top(found, flat, cum, total(profile, index), profile.sample_types[index])


@memo
def _weights(profile: Profile, index: int, view: View) -> tuple[Int64, Int64]:
    found = nodes(profile, view)
    table = steps(profile, found.of_frame)
    values = weights(profile, index)
    layers, n = _layers(table), len(found)

    def part(span: tuple[int, int]) -> Int64:
        first, last = span
        sample, node = _occurrences(profile, layers, n, first, last)
        return add_by_node(values[first:last][sample], node, n)

    cum = np.zeros(n, np.int64)
    for some in in_order(part, chunks(profile, n)):
        cum += some
    leaf = leaves(profile, table)
    visible = leaf >= 0
    return add_by_node(values[visible], leaf[visible], n), cum


def _layers(table: Steps) -> list[tuple[Bool, UInt32]]:
    """Per depth within a location: whether a location has a frame there, and its node."""
    layers: list[tuple[Bool, UInt32]] = []
    for depth in range(int(table.counts.max(initial=0))):
        there = table.counts > depth
        node = np.zeros(len(there), np.uint32)
        node[there] = table.node[table.offsets[:-1][there] + depth]
        layers.append((there, node))
    return layers


def _occurrences(
    profile: Profile, layers: list[tuple[Bool, UInt32]], n_nodes: int, first: int, last: int
) -> tuple[Int64, Int64]:
    """Which sample (counted from `first`) has which node somewhere on its stack, each pair once."""
    bounds = profile.stack_offsets[first : last + 1]
    location = profile.stack[bounds[0] : bounds[-1]]
    base = np.repeat(np.arange(last - first, dtype=np.uint32) * np.uint32(n_nodes), np.diff(bounds))
    parts: list[UInt32] = [np.zeros(0, np.uint32)]
    # Nearly all locations have one frame: take every location's first, then the second of those that have one, and
    # so on.
    for there, node in layers:
        if not there.all():
            deep = np.flatnonzero(there[location])
            base, location = base[deep], location[deep]
        parts.append(base + node[location])
    keys = np.concatenate(parts)
    keys.sort()
    once = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=once[1:])
    keys = keys[once]
    sample = keys // np.uint32(max(n_nodes, 1))
    return sample.astype(np.int64), (keys - sample * np.uint32(n_nodes)).astype(np.int64)


def leaves(profile: Profile, table: Steps) -> Int32:
    """int32 per sample: the node of its innermost visible frame, -1 where there is none."""
    depth = np.diff(profile.stack_offsets)
    at = np.flatnonzero(depth > 0)
    leaf = np.full(profile.n_samples, -1, np.int32)
    if not len(table.node):
        return leaf
    empty = table.counts == 0
    place = profile.stack_offsets[:-1][at]
    # Towards the root past the locations that the view hides altogether.
    while len(at):
        location = profile.stack[place]
        seen = ~empty[location]
        leaf[at[seen]] = table.node[table.offsets[location[seen]]]
        at, place = at[~seen], place[~seen] + 1
        inside = place < profile.stack_offsets[1:][at]
        at, place = at[inside], place[inside]
    return leaf


def ranked(result: Top, by: SortKey = "flat", *, reverse: bool = False) -> Int32:
    """The nodes with any weight, in pprof's order: the greatest first, equals by label, then by the other weight."""
    shown = np.flatnonzero((result.flat != 0) | (result.cum != 0)).astype(np.int32)
    flat, cum = np.abs(result.flat[shown]), np.abs(result.cum[shown])
    name = _ranks([result.nodes.label(node) for node in shown.tolist()])
    keys = {"flat": (-cum, name, -flat), "cum": (-flat, name, -cum), "name": (-flat, -cum, name)}[by]
    order = shown[np.lexsort(keys)]
    return order[::-1] if reverse else order


def _ranks(labels: list[str]) -> Int64:
    """The place of each label among the distinct ones."""
    place = {label: i for i, label in enumerate(sorted(set(labels)))}
    return np.fromiter((place[label] for label in labels), np.int64, len(labels))


def trimmed(result: Top, order: Int32, fraction: float = 0.005) -> Int32:
    """Leave out the nodes that weigh less than `fraction` of all, as pprof does by default (newTrimmedGraph)."""
    cutoff = abs(int(int(result.flat.sum()) * fraction))
    return order[np.abs(result.cum[order]) >= cutoff]


def smallest(result: Top, order: Int32) -> int:
    """The smallest weight in the rows: a node's flat, or its cum where flat is 0."""
    flat, cum = np.abs(result.flat[order]), np.abs(result.cum[order])
    least = np.where(flat > 0, flat, cum)
    return int(least[least > 0].min(initial=np.iinfo(np.int64).max)) if (least > 0).any() else 0


def table(result: Top, order: Int32, unit: str = MINIMUM, marks: Mapping[int, str] = _NO_MARKS) -> Table:
    """Columns flat, flat%, sum%, cum, cum% and function over the nodes of `order`.

    `marks` says of some nodes how they were inlined, as `analysis.edges.inline_marks` does.
    """
    flat, cum, found, whole = result.flat[order], result.cum[order], result.nodes, result.total
    summed = np.cumsum(flat)
    own = result.value_type.unit
    unit = report_unit(smallest(result, order), whole, own, unit)

    def record(row: int) -> dict[str, object]:
        node = order[row]
        return {
            "name": found.title(node),
            "file": found.file(node),
            "line": found.line(node),
            "address": found.address(node),
            "flat": int(flat[row]),
            "cum": int(cum[row]),
            "inline": marks.get(int(node), ""),
        }

    def name(row: int) -> str:
        mark = marks.get(int(order[row]))
        return f"{found.label(order[row])} ({mark})" if mark else found.label(order[row])

    return Table(
        columns=(
            Column("flat", "flat", ">", 10, lambda row: label(flat[row], own, unit), unit),
            Column("flat%", "flat%", ">", 6, lambda row: percent(flat[row], whole), drop=3),
            Column("sum%", "sum%", ">", 6, lambda row: percent(summed[row], whole), drop=4),
            Column("cum", "cum", ">", 10, lambda row: label(cum[row], own, unit), unit),
            Column("cum%", "cum%", ">", 6, lambda row: percent(cum[row], whole), drop=2),
            Column("name", "function", "<", 0, name),
        ),
        length=len(order),
        record=record,
        identity=lambda row: found.label(order[row]),
        share=lambda row: abs(int(flat[row])) / whole if whole else 0.0,
    )
