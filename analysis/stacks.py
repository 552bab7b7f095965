"""Walking all stacks of a profile in chunks that fit the cache, with the view's hidden frames left out."""

from dataclasses import dataclass

import numpy as np

from parsers.profile.model import Bool, Int32, Int64, Profile

# Stack entries in a chunk; four times more and the scratch falls out of the second-level cache.
_CHUNK = 1 << 18


@dataclass(frozen=True, eq=False, slots=True)
class Steps:
    """The visible frames of every location: location l's are rows `offsets[l]` to `offsets[l + 1]`, innermost first."""

    offsets: Int32
    node: Int32
    inlined: Bool  # the frame was inlined into the next one of its location
    counts: Int32  # how many each location has


def steps(profile: Profile, of_frame: Int32) -> Steps:
    """The frames that have a node in `of_frame`, which has a row for each of the profile's; -1 hides one."""
    shown = of_frame >= 0
    inlined = np.ones(len(shown), np.bool_)
    inlined[profile.locations.frame_offsets[1:] - 1] = False
    before = np.zeros(len(shown) + 1, np.int32)
    np.cumsum(shown, out=before[1:])
    offsets = before[profile.locations.frame_offsets]
    return Steps(offsets, of_frame[shown], inlined[shown], np.diff(offsets))


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


def ranges(offsets: Int64 | Int32, rows: Int64 | Int32) -> tuple[Int64, Int64]:
    """The offsets of the stretches `rows` laid behind one another, and the entries they are made of."""
    first, last = offsets[:-1][rows].astype(np.int64), offsets[1:][rows].astype(np.int64)
    return np.concatenate([[0], np.cumsum(last - first)]).astype(np.int64), between(first, last)


def between(first: Int64, last: Int64) -> Int64:
    """All numbers from each `first` up to its `last`, which is left out."""
    lengths = last - first
    behind = np.cumsum(lengths)
    return np.repeat(first - behind + lengths, lengths) + np.arange(behind[-1] if len(behind) else 0)


def add_by_node(values: Int64, node: Int32 | Int64, n_nodes: int) -> Int64:
    """int64[n_nodes]: the sum of `values` for each node."""
    # Floating point is exact only below 2**53; what exceeds that wraps in int64, as it does in Go.
    if len(values) and max(float(values.max()), -float(values.min())) * len(values) >= 1 << 53:
        out = np.zeros(n_nodes, np.int64)
        np.add.at(out, node, values)
        return out
    return np.bincount(node, values, n_nodes).astype(np.int64)
