"""Which rows Goroutines has: the groups of those that run one function, and behind an open group its goroutines.

Rows are told apart when they are asked for, so that a group of a million goroutines is open as soon as they are sorted.
What is written in a row is `tui.rows.goroutines`' to know.
"""

import re
from collections.abc import Collection, Iterable, Mapping

import numpy as np

from analysis.goroutine_filters import of_goroutines, passing
from analysis.goroutine_groups import FIGURES, Groups, Spread, figure, groups, spread
from analysis.goroutines import GoroutineStats, goroutine_stats, group_name
from parsers.trace.model import Bool, Int32, Int64, Trace, UInt64
from tui.place import GoroutineOrder, Place, Selection
from tui.search import found_in

# A row that is a group's own, and no goroutine's.
GROUP = -1
SPREADS = ("median", "p95", "max")
# Figures that a trace need not have any of: their columns are there only where it has.
RARE = ("syscall_block", "assist", "sweep", "stw")
_REASONS = 3
_ID = re.compile(r"[Gg]?([1-9]\d{,18})$")


class GoroutineRows:
    """The rows of a trace's goroutines, as `place` and `order` want them, with the groups in `opened` open.

    `shown` are rows of Groups in their order, the i-th of them at row `starts[i]` (int64, n + 1); `members` has of an
    open one its goroutines, rows of the trace, in theirs. `columns` are the keys of the columns worth showing, `by` the
    one that is sorted by, `measured` the figure or reason that it is of.
    """

    def __init__(self, trace: Trace, place: Place, order: GoroutineOrder, opened: frozenset[str]) -> None:
        self.trace = trace
        self.window = place.view.window
        self.filters = of_goroutines(place.view.filters)
        self.order = order
        self.stats: GoroutineStats = goroutine_stats(trace, self.window)
        self.groups: Groups = groups(trace, self.window, self.filters)
        self.names = [trace.strings[name] for name in self.groups.name.tolist()]
        self.titles = [group_name(trace, name) for name in self.groups.name.tolist()]
        reasons = {reason: int(each.sum.sum()) for reason, each in self.groups.reasons.items() if reason}
        self.by, self.measured = sorted_by(order, reasons)
        self.columns = shown_columns(self.by, reasons, [key for key in RARE if self.spread(key).sum.any()])
        self.shown: Int64 = self._sorted_groups()
        opening = [group for group in self.shown.tolist() if self.names[group] in opened]
        # Of every goroutine, where goroutines are to be seen.
        wanted = {self.measured, *self.columns} & {*FIGURES, *reasons} if opening else ()
        self.figures: dict[str, Int64] = {key: figure(trace, self.stats, key) for key in wanted}
        self.members: dict[int, Int32] = {group: self._sorted_members(group) for group in opening}
        self.starts: Int64 = _starts(len(self.members.get(group, ())) for group in self.shown.tolist())

    def _sorted_groups(self) -> Int64:
        """Rows of Groups, of those that are to be shown: the greatest first, equals by name."""
        found = self.groups
        order = np.arange(len(found))
        if self.by == "count":
            order = order[np.lexsort((order, -found.count[order]))]
        elif self.by != "name":
            column = self.by if self.by in SPREADS else "sum"
            order = order[np.lexsort((order, -getattr(self.spread(self.measured), column)[order]))]
        return order[::-1] if self.order.reverse else order

    def _sorted_members(self, group: int) -> Int32:
        """A group's goroutines: those with most of what is measured first, equals as they are in the trace."""
        found = self.groups
        members = found.order[found.offsets[group] : found.offsets[group + 1]]
        if self.by not in ("name", "count"):
            members = members[np.argsort(-self.figures[self.measured][members], kind="stable")]
        return members[::-1] if self.order.reverse else members

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that can be sorted by."""
        return tuple(key for key in self.columns if key != "mostly")

    @property
    def length_ns(self) -> int:
        """How long the time is that is looked at."""
        return self.window.end - self.window.start if self.window else self.trace.duration_ns

    def spread(self, key: str) -> Spread:
        """A figure or reason of each group."""
        return spread(self.trace, self.groups, key)

    def at(self, row: int) -> tuple[int, int]:
        """The group that a row is of, and its goroutine: GROUP on the group's own row."""
        place = int(np.searchsorted(self.starts, row, side="right")) - 1
        group = int(self.shown[place])
        inside = row - int(self.starts[place]) - 1
        return group, GROUP if inside < 0 else int(self.members[group][inside])

    def id(self, goroutine: int) -> int:
        """A goroutine's id; 0 for all those of a group."""
        return 0 if goroutine == GROUP else int(self.trace.goroutines.id[goroutine])

    def row_of(self, name: str, id: int = 0) -> int | None:
        """Where a group, or the goroutine of it with this id, is; None where that cannot be seen."""
        if name not in self.names:
            return None
        group = self.names.index(name)
        place = np.flatnonzero(self.shown == group)
        if not len(place):
            return None
        start = int(self.starts[place[0]])
        if not id:
            return start
        if group not in self.members:
            return None
        inside = np.flatnonzero(self.trace.goroutines.id[self.members[group]] == np.uint64(id))
        return start + 1 + int(inside[0]) if len(inside) else None

    def selected(self, selection: Selection) -> int | None:
        """The row of the selected goroutine, or else of its group, or of those that run the selected function."""
        if selection == Selection():
            return None
        row = self.row_of(selection.function, selection.goroutine or 0)
        return self.row_of(selection.function) if row is None else row

    # Search

    def matches(self, query: str) -> list[int]:
        """The rows that a search finds: groups by their names, goroutines by what their ids begin with."""
        hits = found_in(query, (self.titles[group] for group in self.shown.tolist()))
        rows: list[Int64] = [self.starts[hits]]
        if number := _ID.match(query):
            for place, group in enumerate(self.shown.tolist()):
                if group in self.members:
                    ids = self.trace.goroutines.id[self.members[group]]
                    rows.append(self.starts[place] + 1 + np.flatnonzero(_begin_with(ids, int(number[1]))))
        found: list[int] = np.sort(np.concatenate(rows)).tolist()
        return found

    def group_of(self, query: str) -> tuple[str, int] | None:
        """The group of the goroutine that a search names by its id, and that id."""
        number = _ID.match(query)
        if not number:
            return None
        there = (self.trace.goroutines.id == np.uint64(number[1])) & self.stats.present
        found = np.flatnonzero(there & passing(self.trace, self.filters))
        return (self.trace.strings[self.trace.goroutines.name[found[0]]], int(number[1])) if len(found) else None


def sorted_by(order: GoroutineOrder, reasons: Iterable[str]) -> tuple[str, str]:
    """The column that `order` sorts by, and the figure or reason that it is of."""
    measures = (*FIGURES, *reasons)
    # What was sorted by may have gone with a window, or with another trace.
    by = order.by if order.by in (*measures, *SPREADS, "count", "name") else "exec"
    return by, by if by in measures else order.figure if by in SPREADS else "exec"


def shown_columns(by: str, reasons: Mapping[str, float], rare: Collection[str]) -> tuple[str, ...]:
    """The columns from the left: of `reasons` those with most, of rare figures those that there are, and `by`."""
    ranked = sorted(reasons, key=lambda reason: -reasons[reason])
    main = [reason for at, reason in enumerate(ranked) if at < _REASONS or reason == by]
    rest = [key for key in FIGURES[4:] if key not in RARE or key in rare or key == by]
    return ("count", *FIGURES[:4], *rest, *SPREADS, *main, "mostly", "name")


def _starts(inside: Iterable[int]) -> Int64:
    """The row of each group, and that behind the last one, from how many rows each has open."""
    return np.cumsum([0, *(1 + rows for rows in inside)], dtype=np.int64)


def _begin_with(ids: UInt64, digits: int) -> Bool:
    """Which of `ids`, written in decimal, begin with these digits."""
    found = np.zeros(len(ids), np.bool_)
    least, beyond = digits, digits + 1
    while beyond < 1 << 64:
        found |= (ids >= np.uint64(least)) & (ids < np.uint64(beyond))
        least, beyond = 10 * least, 10 * beyond
    return found
