"""Means of a step function over windows of a length: their least, their shares, the worst of them.

A window's mean changes evenly with its place until one of its edges meets a step, so that only windows that begin or
end at one are looked at (`bandMMU` of internal/trace's gc.go). Where there are very many steps, blocks of them are
bounded first, and gone through only as long as one may hold a lower mean than is known. What the steps are of,
`analysis.utilisation` knows.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from parsers.trace.model import Bool, Int64

Float64 = NDArray[np.float64]

# Steps in a block that is bounded as a whole, and how many of these are gone through at a time.
_BLOCK = 64
_AT_A_TIME = 64
# Halvings by which a share is found: to a billionth.
_HALVINGS = 30


@dataclass(frozen=True, eq=False, slots=True)
class Edges:
    """Windows that begin (`ahead` 1) or end (-1) at moments, in order of time; `sum` is what was lost before each."""

    at: Float64
    sum: Float64
    ahead: int


@dataclass(frozen=True, eq=False)
class Steps:
    """A function of time between 0 and 1: it is `value[i]` from `time[i]` to `time[i + 1]`, and ends with the last."""

    time: Int64
    value: Float64

    @property
    def length(self) -> int:
        return int(self.time[-1] - self.time[0])

    @cached_property
    def _lost(self) -> Float64:
        lost: Float64 = 1 - self.value[:-1]
        return lost

    @cached_property
    def _at(self) -> Float64:
        at: Float64 = (self.time - self.time[0]).astype(np.float64)
        return at

    @cached_property
    def _sum(self) -> Float64:
        """What is lost before each step, in nanoseconds."""
        sums: Float64 = np.append(0.0, np.cumsum(self._lost * np.diff(self._at)))
        return sums

    @cached_property
    def _edges(self) -> tuple[Edges, Edges]:
        """Where the windows with the least means can begin, and where they can end.

        As one is moved on, its mean has a low only where it leaves a better time behind or reaches one, or where it
        can not be moved any further.
        """
        change = np.diff(self._lost)
        falls, rises = np.flatnonzero(change > 0) + 1, np.flatnonzero(change < 0) + 1
        begin, end = np.append(0, falls), np.append(rises, len(self._at) - 1)
        return Edges(self._at[begin], self._sum[begin], 1), Edges(self._at[end], self._sum[end], -1)

    def mean(self) -> float:
        """Over all of the time; 1 where there is none."""
        return 1 - float(self._sum[-1]) / self.length if self.length else 1.0

    def least(self, windows: Int64) -> Float64:
        """float64 per window: the least mean over all of that length, in nanoseconds.

        One longer than all of the time counts as that, and one of less than a nanosecond as one.
        """
        if not self.length:
            return np.ones(len(windows))
        lengths = np.clip(windows, 1, self.length).tolist()
        least: Float64 = np.clip([1 - self._most_lost(length) / length for length in lengths], 0, 1)
        return least

    def _most_lost(self, window: int) -> float:
        # No window loses more than the worst time would in all of it.
        limit = window * float(self._lost.max())
        best = 0.0
        for edges in self._edges:
            best = self._most_of(edges, window, best, limit)
        return best

    def _most_of(self, edges: Edges, window: int, best: float, limit: float) -> float:
        """The most that is lost in a window with one of these edges, if that is more than `best`."""
        at, sums = self._inside(edges, window)
        if len(at) <= _BLOCK * _AT_A_TIME:
            return max(best, float(self._losses(at, sums, edges.ahead * window).max(initial=0)))
        first = np.arange(0, len(at), _BLOCK)
        last = np.minimum(first + _BLOCK, len(at)) - 1
        # All windows of a block lie between where its first one begins and its last one ends.
        if edges.ahead > 0:
            bound = np.interp(at[last] + window, self._at, self._sum) - sums[first]
        else:
            bound = sums[last] - np.interp(at[first] - window, self._at, self._sum)
        bound = np.minimum(bound, limit)
        order = np.argsort(-bound)
        for part in range(0, len(order), _AT_A_TIME):
            blocks = order[part : part + _AT_A_TIME]
            blocks = np.sort(blocks[bound[blocks] > best])
            if not len(blocks):
                break
            rows = np.minimum(first[blocks][:, None] + np.arange(_BLOCK), last[blocks][:, None]).ravel()
            best = max(best, float(self._losses(at[rows], sums[rows], edges.ahead * window).max()))
        return best

    def _inside(self, edges: Edges, window: int) -> tuple[Float64, Float64]:
        """The edges of windows that lie within the time as a whole, and what is lost before each."""
        if edges.ahead > 0:
            rows = slice(0, int(np.searchsorted(edges.at, self.length - window, "right")))
        else:
            rows = slice(int(np.searchsorted(edges.at, window, "left")), None)
        return edges.at[rows], edges.sum[rows]

    def _losses(self, at: Float64, sums: Float64, window: int) -> Float64:
        """What is lost in windows that begin at these edges, or that end there where `window` is below 0."""
        losses: Float64 = np.abs(np.interp(at + window, self._at, self._sum) - sums)
        return losses

    def _means(self, starts: Float64, window: int) -> Float64:
        lost = np.interp(starts + window, self._at, self._sum) - np.interp(starts, self._at, self._sum)
        means: Float64 = np.clip(1 - lost / window, 0, 1)
        return means

    def worst(self, window: int, count: int) -> tuple[Int64, Float64]:
        """The starts and means of up to `count` windows in which something is lost, the worst first.

        No two of them overlap: each is the worst of those that overlap none before it, the earlier one of equals.
        """
        none = np.zeros(0, np.int64), np.zeros(0)
        if not self.length:
            return none
        window = min(max(window, 1), self.length)
        starts = np.concatenate(
            [self._inside(edges, window)[0] - (0 if edges.ahead > 0 else window) for edges in self._edges]
        )
        starts = np.unique(starts)
        means = self._means(starts, window)
        found: list[tuple[float, float]] = []
        while len(starts) and len(found) < count:
            worst = int(np.argmin(means))
            if means[worst] >= 1:
                break
            start = float(starts[worst])
            found.append((start, float(means[worst])))
            # What is left are windows apart from it, the first of which touch it.
            beside = np.array([start - window, start + window])
            beside = beside[self._free(beside, window, found)]
            starts = np.concatenate([starts, beside])
            means = np.concatenate([means, self._means(beside, window)])
            apart = np.abs(starts - start) >= window
            starts, means = starts[apart], means[apart]
            order = np.argsort(starts, kind="stable")
            starts, means = starts[order], means[order]
        if not found:
            return none
        begun, mean = np.array(found).T
        return begun.astype(np.int64) + self.time[0], mean

    def _free(self, starts: Float64, window: int, taken: list[tuple[float, float]]) -> Bool:
        """Which windows lie within the time and overlap none of those taken."""
        free = (starts >= 0) & (starts <= self.length - window)
        for start, _ in taken:
            free &= np.abs(starts - start) >= window
        return free

    def shares(self, window: int, shares: tuple[float, ...]) -> Float64:
        """float64 per share: the mean that so many of all windows of a length are at or below.

        0 asks for the least of the means. A share counts places of the window, all of them alike (internal/trace's
        mud.go, `invCumulativeSum`).
        """
        if not self.length:
            return np.ones(len(shares))
        window = min(max(window, 1), self.length)
        place = np.concatenate([self._at, self._at - window])
        place = np.unique(place[(place >= 0) & (place <= self.length - window)])
        mean = self._means(place, window)
        if len(place) < 2:
            return np.full(len(shares), float(mean.min()))
        low, high = np.minimum(mean[1:], mean[:-1]), np.maximum(mean[1:], mean[:-1])
        mass = np.diff(place)
        wanted = [share * float(mass.sum()) for share in shares]
        return np.array([_below(low, high, mass, each) if each > 0 else float(mean.min()) for each in wanted])


def _below(low: Float64, high: Float64, mass: Float64, wanted: float) -> float:
    """The least value that `wanted` of the mass is at or below, which lies evenly from `low` to `high` each."""
    least, most, under = float(low.min()), float(high.max()), 0.0
    for _ in range(_HALVINGS):
        middle = (least + most) / 2
        part = np.clip((middle - low) / np.maximum(high - low, np.finfo(np.float64).tiny), 0, 1)
        part[high <= middle] = 1
        if under + float(part @ mass) >= wanted:
            most = middle
            kept = low <= middle
        else:
            least = middle
            kept = high > middle
            under += float(mass[~kept].sum())
        low, high, mass = low[kept], high[kept], mass[kept]
    return most
