"""Which rows Goroutines has where two traces are compared: the groups that either has, and no goroutines in them.

What is written in a row is `tui.rows.goroutine_diff`'s to know.
"""

import numpy as np

from analysis.goroutine_diff import Float64, GroupsDiff, compare
from analysis.goroutine_filters import of_goroutines
from parsers.trace.model import Int64, Trace
from tui.place import GoroutineOrder, Place, Selection
from tui.rows.goroutine_rows import RARE, SPREADS, shown_columns, sorted_by
from tui.search import found_in


class GoroutineDiffRows:
    """The rows of a trace compared with a base, of which the whole counts, as `place` and `order` want them.

    Where sides are swapped, `trace` is what was the base, and the other way round; a marked window stays with its own.
    `shown` are rows of GroupsDiff in their order. `columns` are the keys of the columns worth showing, `by` the one
    that is sorted by, `measured` the figure or reason that it is of, and `change` (float64 per row of GroupsDiff) by
    how much it differs.
    """

    def __init__(self, trace: Trace, base: Trace, place: Place, order: GoroutineOrder) -> None:
        sides = [(trace, place.view.window), (base, None)]
        (self.trace, window), (self.base, base_window) = reversed(sides) if place.swapped else sides
        self.filters = of_goroutines(place.view.filters)
        self.order = order
        self.diff: GroupsDiff = compare(self.trace, self.base, window, base_window, self.filters)
        self.names = self.diff.names
        self.titles = self.diff.titles
        reasons = {reason: float(np.abs(self.diff.change(reason)).sum()) for reason in self.diff.new.reasons if reason}
        self.by, self.measured = sorted_by(order, reasons)
        self.columns = shown_columns(self.by, reasons, [key for key in RARE if self._is_there(key)])
        self.change: Float64 = self._change()
        self.shown: Int64 = self._sorted()

    def _is_there(self, key: str) -> bool:
        return any(bool(side.spread(key).sum.any()) for side in (self.diff.base, self.diff.new))

    def _change(self) -> Float64:
        if self.by == "count":
            return (self.diff.new.count - self.diff.base.count).astype(np.float64)
        return self.diff.change(self.measured, self.by if self.by in SPREADS else "sum")

    def _sorted(self) -> Int64:
        """Those that are to be shown: what changed most first, equals by name."""
        rows = np.arange(len(self.diff))
        if self.by != "name":
            rows = rows[np.argsort(-np.abs(self.change[rows]), kind="stable")]
        return rows[::-1] if self.order.reverse else rows

    def __len__(self) -> int:
        return len(self.shown)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that can be sorted by."""
        return tuple(key for key in self.columns if key != "mostly")

    def row_of(self, name: str, id: int = 0) -> int | None:
        """Where a group is, also for a goroutine of it; None where that cannot be seen."""
        if name not in self.names:
            return None
        place = np.flatnonzero(self.shown == self.names.index(name))
        return int(place[0]) if len(place) else None

    def selected(self, selection: Selection) -> int | None:
        """The row of the selected goroutine's group, or of those that run the selected function."""
        return None if selection == Selection() else self.row_of(selection.function)

    def matches(self, query: str) -> list[int]:
        """The rows that a search finds, by name."""
        return found_in(query, (self.titles[group] for group in self.shown.tolist()))
