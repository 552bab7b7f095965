"""Walking all stacks of a profile in chunks that fit the cache, with the view's hidden frames left out."""

from dataclasses import dataclass

import numpy as np

from analysis.nodes import Nodes
from parsers.profile.model import Bool, Int32, Int64, Profile, UInt64

# Stack entries in a chunk; four times more and the scratch falls out of the second-level cache.
_CHUNK = 1 << 18


@dataclass(frozen=True, eq=False, slots=True)
class Steps:
    """The visible frames of every location: location l's are rows `offsets[l]` to `offsets[l + 1]`, innermost first."""

    offsets: Int32
    node: Int32
    inlined: Bool  # the frame was inlined into the next one of its location

    def counts(self) -> Int32:
        return np.diff(self.offsets)


def steps(profile: Profile, nodes: Nodes) -> Steps:
    shown = nodes.of_frame >= 0
    inlined = np.ones(len(shown), np.bool_)
    inlined[profile.locations.frame_offsets[1:] - 1] = False
    before = np.zeros(len(shown) + 1, np.int32)
    np.cumsum(shown, out=before[1:])
    return Steps(before[profile.locations.frame_offsets], nodes.of_frame[shown], inlined[shown])


def chunks(profile: Profile, n_nodes: int) -> list[tuple[int, int]]:
    """Ranges of samples, small enough for (sample in chunk, node) to be numbered in 32 bits."""
    most = max(1, (1 << 32) // max(n_nodes, 1) - 1)
    ranges: list[tuple[int, int]] = []
    first = 0
    while first < profile.n_samples:
        reach = int(np.searchsorted(profile.stack_offsets, profile.stack_offsets[first] + _CHUNK, side="right")) - 1
        last = min(max(reach, first + 1), first + most, profile.n_samples)
        ranges.append((first, last))
        first = last
    return ranges


@dataclass(frozen=True, eq=False, slots=True)
class Walk:
    """The visible frames of a chunk's samples, one row each, from every leaf to its root."""

    sample: Int64  # counted from the chunk's first
    step: Int64  # row of Steps


def walk(profile: Profile, table: Steps, first: int, last: int) -> Walk:
    bounds = profile.stack_offsets[first : last + 1]
    location = profile.stack[bounds[0] : bounds[-1]]
    sample = np.repeat(np.arange(last - first), np.diff(bounds))
    counts = table.counts()[location]
    row = table.offsets[:-1][location].astype(np.int64)
    if not (counts == 1).all():
        behind = np.cumsum(counts)
        row = np.repeat(row - behind + counts, counts) + np.arange(behind[-1] if len(behind) else 0)
        sample = np.repeat(sample, counts)
    return Walk(sample, row)


def add_by_node(values: Int64, node: Int32 | Int64 | UInt64, n_nodes: int) -> Int64:
    """int64[n_nodes]: the sum of `values` for each node."""
    # Floating point is exact only below 2**53; what exceeds that wraps in int64, as it does in Go.
    if len(values) and float(np.abs(values).max()) * len(values) >= 1 << 53:
        out = np.zeros(n_nodes, np.int64)
        np.add.at(out, node, values)
        return out
    return np.bincount(node, values, n_nodes).astype(np.int64)
