"""Percentiles that are always one of the values: by nearest rank, and exact."""

from fractions import Fraction

import numpy as np

from parsers.trace.model import Int64


def percentiles(values: Int64, shares: tuple[float, ...]) -> list[int]:
    """For each of `shares`, in [0, 1], the least of `values` (in any order) that at least that share do not exceed.

    0 and 1 are so the least and the greatest value. Of no values each is 0.
    """
    if not len(values) or not shares:
        return [0] * len(shares)
    ranks = [_nearest_rank(len(values), share) for share in shares]
    placed = np.partition(values, ranks)
    return [int(placed[rank]) for rank in ranks]


def _nearest_rank(count: int, share: float) -> int:
    """The place of a percentile among `count` values in their order, from 0."""
    # The decimal that was written is meant, and not its binary neighbour: of 100 values 0.07 is the seventh.
    exact = Fraction(str(share)) * count
    return max(0, -(-exact.numerator // exact.denominator) - 1)
