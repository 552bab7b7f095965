"""Percentiles that are always one of the values: by nearest rank, and exact."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from parsers.trace.model import Int64


def percentiles(values: Int64, shares: tuple[float, ...], *, in_place: bool = False) -> list[int]:
    """For each of `shares`, in [0, 1], the least of `values` (in any order) that at least that share do not exceed.

    0 and 1 are so the least and the greatest value. Of no values each is 0. `in_place`, `values` are put in another
    order, and not copied.
    """
    if not len(values) or not shares:
        return [0] * len(shares)
    count = np.array([len(values)])
    ranks = [int(nearest_rank(count, share)[0]) for share in shares]
    placed = values if in_place else values.copy()
    placed.partition(ranks)
    return [int(placed[rank]) for rank in ranks]


def nearest_rank(count: Int64, share: float) -> Int64:
    """int64: the place, among so many values in their order and from 0, of the percentile `share`; of none it is 0."""
    # The decimal that was written is meant, and not its binary neighbour: of 100 values 0.07 is the seventh.
    exact = Fraction(str(share))
    return np.maximum(-(-exact.numerator * count // exact.denominator) - 1, 0)


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many values there are, what they add up to, and how they are spread: 0 each where there are none."""

    count: int = 0
    total: int = 0
    p50: int = 0
    p95: int = 0
    p99: int = 0
    max: int = 0


def distribution(values: Int64, *, in_place: bool = False) -> Distribution:
    """That of `values`; `in_place` is that of `percentiles`."""
    found = percentiles(values, (0.5, 0.95, 0.99, 1.0), in_place=in_place)
    return Distribution(len(values), int(values.sum()), *found)


@dataclass(frozen=True, eq=False, slots=True)
class Distributions:
    """A Distribution in each row: int64 columns."""

    count: Int64
    total: Int64
    p50: Int64
    p95: Int64
    p99: Int64
    max: Int64

    def __len__(self) -> int:
        return len(self.count)

    def picked(self, rows: Int64) -> "Distributions":
        return Distributions(*(getattr(self, name)[rows] for name in Distributions.__slots__))

    def row(self, at: int) -> Distribution:
        columns = (self.count, self.total, self.p50, self.p95, self.p99, self.max)
        return Distribution(*(int(column[at]) for column in columns))


def distributions(group: NDArray[np.integer], values: Int64, groups: int) -> Distributions:
    """Those of the `values`, none negative, of each of so many groups; `group` is the group of each value."""
    bits = int(values.max(initial=0)).bit_length()
    if groups.bit_length() + bits < 64:
        # A number that says both, where it has room for both, is sorted several times faster than two.
        ordered = group.astype(np.int64)
        ordered <<= bits
        ordered |= values
        ordered.sort()
        edges = np.searchsorted(ordered, np.arange(groups + 1) << bits)
        ordered &= (1 << bits) - 1
    else:
        ordered = values[np.lexsort((values, group))]
        edges = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    begins, count = edges[:-1], np.diff(edges)
    total, some = np.zeros(groups, np.int64), np.flatnonzero(count)
    total[some] = np.add.reduceat(ordered, begins[some]) if len(some) else 0

    def ranked(share: float) -> Int64:
        place = np.minimum(begins + nearest_rank(count, share), max(len(values) - 1, 0))
        return np.where(count > 0, ordered[place] if len(values) else 0, 0)

    return Distributions(count, total, ranked(0.5), ranked(0.95), ranked(0.99), ranked(1.0))
