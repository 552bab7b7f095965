"""Goroutines that run the same function, taken together: what they add up to, and how they differ among themselves."""

from dataclasses import dataclass

import numpy as np

from analysis.errors import ViewError
from analysis.goroutine_filters import passing
from analysis.goroutines import ASSIST, STOPPED, SWEEP, GoroutineStats, Shares, goroutine_stats
from analysis.memo import memo_few
from analysis.view import Filter, Window
from parsers.trace.model import Int32, Int64, Trace

# The figures that every goroutine and every group has. The first six are columns of GoroutineStats.
FIGURES = ("total", "exec", "sched_wait", "blocked", "syscall", "syscall_block", "assist", "sweep", "stw")


@dataclass(frozen=True, eq=False, slots=True)
class Spread:
    """One figure of the goroutines of each group: int64 columns with a row per group, in nanoseconds.

    Those that have none count as 0. `median` and `p95` are the least value that at least half, and at least 95 %, of
    the group do not exceed: always the value of one of them.
    """

    sum: Int64
    min: Int64
    median: Int64
    p95: Int64
    max: Int64


def no_time(groups: int) -> Spread:
    """That of a figure that no goroutine has any of."""
    return Spread(*(np.zeros(groups, np.int64) for _ in range(5)))


@dataclass(frozen=True, eq=False, slots=True)
class Grouped:
    """What goroutines have together, a row per group: `name` is its entry function, a row of Trace.strings.

    `figures` has a Spread for each of FIGURES, `reasons` and `ranges` for what there is of those.
    """

    name: Int32
    count: Int64
    figures: dict[str, Spread]
    reasons: dict[str, Spread]
    ranges: dict[str, Spread]

    def __len__(self) -> int:
        return len(self.name)

    def spread(self, key: str) -> Spread:
        """The Spread of a figure, reason or range: nothing but 0 of one that no goroutine has any of."""
        of = self.figures.get(key) or self.reasons.get(key) or self.ranges.get(key)
        return of or no_time(len(self))


@dataclass(frozen=True, eq=False, slots=True)
class Groups(Grouped):
    """One row per entry function; the goroutines of group g are rows `order[offsets[g]:offsets[g + 1]]`."""

    offsets: Int64  # n + 1
    order: Int32  # rows of Goroutines


def figure(trace: Trace, stats: GoroutineStats, key: str) -> Int64:
    """int64 per goroutine: the figure, reason or range that `key` names. Raises ViewError."""
    if key in FIGURES[:6]:
        column: Int64 = getattr(stats, key)
        return column
    check_figure(key, figure_names(trace))
    if key in trace.reasons:
        shares, kinds = stats.reasons, [trace.reasons.index(key)]
    else:
        shares, kinds = stats.ranges, _kinds(trace, key)
    owner, ns = _of_kinds(shares, kinds)
    dense = np.zeros(len(stats), np.int64)
    np.add.at(dense, owner, ns)
    return dense


def spread(trace: Trace, found: Groups, key: str) -> Spread:
    """The Spread of the figure, reason or range that `key` names. Raises ViewError."""
    # What a trace knows, a window of it may be without.
    check_figure(key, figure_names(trace))
    return found.spread(key)


def figure_names(*traces: Trace) -> tuple[str, ...]:
    """The figures, reasons and ranges that any of `traces` knows, each once."""
    reasons = (reason for trace in traces for reason in trace.reasons if reason)
    ranges = (name for trace in traces for name in trace.range_names)
    return tuple(dict.fromkeys([*FIGURES, *reasons, *ranges]))


def check_figure(key: str, names: tuple[str, ...]) -> None:
    """Raises ViewError unless `key` is one of `names`."""
    if key not in names:
        raise ViewError(f"no figure “{key}”: there are {', '.join(names)}")


def _kinds(trace: Trace, key: str) -> list[int]:
    """The ranges that a figure, or the name of a range, is about."""
    prefix = {"assist": ASSIST, "sweep": SWEEP, "stw": STOPPED}.get(key, key)
    return [row for row, name in enumerate(trace.range_names) if name.startswith(prefix)]


def _of_kinds(shares: Shares, kinds: list[int]) -> tuple[Int64, Int64]:
    """Whose times they are, and the times of these kinds."""
    wanted = np.zeros(256, np.bool_)
    wanted[kinds] = True
    rows = np.flatnonzero(wanted[shares.kind])
    return np.searchsorted(shares.offsets, rows, side="right") - 1, shares.ns[rows]


@memo_few
def groups(trace: Trace, window: Window | None = None, filters: tuple[Filter, ...] = ()) -> Groups:
    """The goroutines that lived in `window`, by entry function, in the order of the functions' names.

    Only those that `filters` leave, all of which are such as `goroutine_filters.passing` takes.
    """
    stats = goroutine_stats(trace, window)
    present = stats.present & passing(trace, filters) if filters else stats.present
    rows = np.unique(trace.goroutines.name[present])
    names = sorted(range(len(rows)), key=lambda row: trace.strings[rows[row]])
    ranks = np.empty(len(rows), np.int32)
    ranks[names] = np.arange(len(rows))
    group = np.append(ranks, np.zeros(1, np.int32)).take(np.searchsorted(rows, trace.goroutines.name))
    order = np.flatnonzero(present).astype(np.int32)
    order = order[np.argsort(group[order], kind="stable")]
    count = np.bincount(group[order], minlength=len(rows))

    def of(owner: Int64, ns: Int64) -> Spread:
        if filters or window:
            # What began before a window, such as a sweep, may have outlived its goroutine.
            owner, ns = owner[present[owner]], ns[present[owner]]
        return _spread(group[owner], ns, count)

    def of_column(column: Int64) -> Spread:
        some = np.flatnonzero(column)
        return of(some, column[some])

    figures = {key: of_column(figure(trace, stats, key)) for key in FIGURES}
    return Groups(
        name=rows[names],
        count=count,
        offsets=np.concatenate([[0], np.cumsum(count)]),
        order=order,
        figures=figures,
        reasons={name: of(*_of_kinds(stats.reasons, [kind])) for kind, name in _found(stats.reasons, trace.reasons)},
        ranges={name: of(*_of_kinds(stats.ranges, [kind])) for kind, name in _found(stats.ranges, trace.range_names)},
    )


def _found(shares: Shares, names: tuple[str, ...]) -> list[tuple[int, str]]:
    return [(kind, names[kind]) for kind in np.unique(shares.kind).tolist()]


def _spread(group: Int32, ns: Int64, count: Int64) -> Spread:
    """Of times that belong to members of `group`; the members that have none are known by `count`."""
    groups = np.arange(len(count) + 1)
    bits = int(ns.max(initial=0)).bit_length()
    if bits + len(count).bit_length() < 63:
        packed = group.astype(np.int64)
        packed <<= bits
        packed |= ns
        packed.sort()
        bounds = np.searchsorted(packed, groups << bits)
        packed &= (1 << bits) - 1
        ns = packed
    else:
        order = np.lexsort((ns, group))
        bounds = np.searchsorted(group[order], groups)
        ns = ns[order]
    summed = np.concatenate([[0], np.cumsum(ns)])
    none = count - np.diff(bounds)

    def ranked(rank: Int64) -> Int64:
        at = np.minimum(bounds[:-1] + np.maximum(rank - none, 0), max(len(ns) - 1, 0))
        return np.where(rank < none, 0, ns[at] if len(ns) else 0)

    return Spread(
        sum=summed[bounds[1:]] - summed[bounds[:-1]],
        min=ranked(np.zeros_like(count)),
        median=ranked((count - 1) // 2),
        p95=ranked((count * 95 + 99) // 100 - 1),
        max=ranked(count - 1),
    )
