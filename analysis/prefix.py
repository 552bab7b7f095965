"""Sums over any stretch of a long column, exact, at the cost of a few rows: and where in it a moment lies.

What the first rows add up to is kept at every so many rows only; what is missing to a stretch's ends is added when it
is asked for. So it costs the same whether a stretch has a hundred rows or ten million, and next to no memory.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from parsers.chunks import in_order
from parsers.trace.model import Int32, Int64

# Rows between two kept sums: a stretch's end is on average a quarter of that away from one.
_STEP = 64
_CHUNK = 1 << 15

# What rows add: arrays of equal length, the row (its place among those asked for), the counter and the amount.
Added = tuple[Int64, Int64, Int64]


@dataclass(frozen=True, eq=False, slots=True)
class Prefix:
    """Sums of what rows add to each of `width` counters.

    `adds` says for rows (int64) what they add: whole numbers, of which those of `step` rows stay below 2**53.
    """

    length: int
    width: int
    adds: Callable[[Int64], Added]
    step: int
    kept: Int64  # [length // step + 1, width]: of the rows before every step-th

    def between(self, at: Int64) -> Int64:
        """int64[lanes, columns - 1, width] for `at`, int64[lanes, columns] of rows: from each up to the next one."""
        low, high = at[:, :-1].ravel(), at[:, 1:].ravel()
        far = np.flatnonzero(high - low > self.step)
        near = np.flatnonzero((high > low) & (high - low <= self.step))
        total = np.zeros((len(low), self.width), np.int64)
        low_kept, high_kept = self._nearest(low[far]), self._nearest(high[far])
        total[far] = self.kept[high_kept] - self.kept[low_kept]
        stretches = (
            (near, low[near], high[near], 1),
            *_made_up(far, low_kept * self.step, low[far], -1),
            *_made_up(far, high_kept * self.step, high[far], 1),
        )
        owner, first, last, sign = (np.concatenate(parts) for parts in zip(*map(_filled, stretches), strict=True))
        total += self._sum(owner, first, last - first, sign, len(low))
        return total.reshape(at.shape[0], at.shape[1] - 1, self.width)

    def _nearest(self, rows: Int64) -> Int64:
        return np.minimum((rows + self.step // 2) // self.step, len(self.kept) - 1)

    def _sum(self, owner: Int64, first: Int64, count: Int64, sign: Int64, owners: int) -> Int64:
        which, counter, amount = self.adds(ragged(first, count))
        of = np.repeat(np.arange(len(owner)), count)[which]
        sums = np.bincount(owner[of] * self.width + counter, amount * sign[of], owners * self.width)
        return sums.astype(np.int64).reshape(owners, self.width)


def _made_up(owner: Int64, kept: Int64, wanted: Int64, sign: int) -> tuple[tuple[Int64, Int64, Int64, int], ...]:
    """The rows between a kept sum and the one wanted: to be added where that is further on, else taken off."""
    on = wanted >= kept
    return (owner[on], kept[on], wanted[on], sign), (owner[~on], wanted[~on], kept[~on], -sign)


def _filled(stretch: tuple[Int64, Int64, Int64, int]) -> tuple[Int64, Int64, Int64, Int64]:
    owner, first, last, sign = stretch
    return owner, first, last, np.full(len(owner), sign)


def prefix(length: int, width: int, adds: Callable[[Int64], Added], step: int = _STEP) -> Prefix:
    """The sums over `length` rows; `step`, a power of two, rows lie between those that are kept."""
    kept = np.zeros((length // step + 1, width), np.int64)
    begins = range(0, length, _CHUNK)

    def sums(begin: int) -> Int64:
        which, counter, amount = adds(np.arange(begin, min(begin + _CHUNK, length)))
        blocks = min(_CHUNK, length - begin) // step
        added = np.bincount(which // step * width + counter, amount, (blocks + 1) * width)
        return added.astype(np.int64).reshape(-1, width)[:blocks]

    for begin, whole in zip(begins, in_order(sums, begins), strict=True):
        first = begin // step + 1
        kept[first : first + len(whole)] = whole
    np.cumsum(kept, axis=0, out=kept)
    return Prefix(length, width, adds, step, kept)


def ragged(first: Int64, count: Int64) -> Int64:
    """The rows `first` to `first + count` of every stretch, one behind the other."""
    ends = np.cumsum(count)
    return np.repeat(first - ends + count, count) + np.arange(ends[-1] if len(ends) else 0)


def last_at(start: Int64, order: Int32 | None, low: Int64, high: Int64, times: Int64) -> Int64:
    """The last row that begins at `times` or before, for each lane and moment; `low - 1` where there is none.

    A lane is rows `low` to `high` (int64[lanes]) of `order`, or of `start` itself, by their start; `times` is
    int64[lanes or 1, moments].
    """
    low, high = low[:, None], high[:, None]
    shape = np.broadcast_shapes(low.shape, times.shape)
    low, high = np.broadcast_to(low, shape).copy(), np.broadcast_to(high, shape).copy()
    end = len(start if order is None else order) - 1
    for _ in range(int((high - low).max(initial=0)).bit_length()):
        middle = np.minimum((low + high) >> 1, end)
        right = start[middle if order is None else order[middle]] <= times
        right &= low < high
        low = np.where(right, middle + 1, low)
        high = np.where(right, high, np.minimum(high, np.maximum(middle, low)))
    return low - 1


def by_start(start: Int64) -> Int32:
    """int32: the rows of `start` in the order of time, equals in their own."""
    bits = max(1, (len(start) - 1).bit_length())
    if len(start) and int(start.max()).bit_length() + bits < 64 and int(start.min()) >= 0:
        # Sorting numbers that carry their row along is several times faster than sorting rows by numbers.
        keys = start << bits
        keys |= np.arange(len(start))
        keys.sort()
        keys &= (1 << bits) - 1
        return keys.astype(np.int32)
    return np.argsort(start, kind="stable").astype(np.int32)
