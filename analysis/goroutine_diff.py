"""Two traces by their goroutines, before and after: the groups of both side by side, and what changed most.

Traces rarely take equally long under the same load, so sums of one say little beside those of another. `Per` says what
is compared instead. Per second of the trace is what holds for every group, and adds up: it is how many goroutines were
in a state at a time, on average, so that neither a long trace nor a pool that waits in vain looks like a change. Per
goroutine is what one request took where each has a goroutine of its own, whatever the load; of goroutines that live as
long as the trace it is that length that it tells.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.goroutine_groups import FIGURES, Grouped, Groups, Spread, check_figure, figure_names, groups, no_time
from analysis.goroutine_tables import MOSTLY, STATES, Order, fitted_name, matching, time_text
from analysis.goroutines import UNNAMED
from analysis.table import Column, Table
from analysis.units import percent
from analysis.view import Filter, Window
from parsers.trace.model import Int64, Trace

Float64 = NDArray[np.float64]
Per = Literal["second", "goroutine", "sum"]
# No row of Trace.strings: a trace has no goroutine of the group.
ABSENT = -1
_TIME = 8


@dataclass(frozen=True, eq=False, slots=True)
class Side(Grouped):
    """One of the two traces: `name` is ABSENT where it has no goroutine of a group, and then its figures are 0.

    `length_ns` is how long the trace, or the window of it, takes.
    """

    length_ns: int

    def amounts(self, key: str, of: str = "sum", per: Per = "second") -> Float64:
        """float64 per group, in nanoseconds: the sum of a figure, reason or range, as `per` says.

        Per second of the trace, per goroutine (the mean), or as it is. Where `of` is another of OF_GROUP, that
        goroutine's, whatever `per` is.
        """
        column: Float64 = getattr(self.spread(key), of).astype(np.float64)
        match of, per:
            case "sum", "second":
                return column * (1e9 / max(self.length_ns, 1))
            case "sum", "goroutine":
                return column / np.maximum(self.count, 1)
        return column


@dataclass(frozen=True, eq=False, slots=True)
class GroupsDiff:
    """One row per entry function that either trace has, in the order of `names`; "" where none is known.

    Both sides have the same figures, reasons and ranges; `known` are the names of all that the traces know of.
    """

    names: tuple[str, ...]
    known: tuple[str, ...]
    base: Side
    new: Side

    def __len__(self) -> int:
        return len(self.names)

    @property
    def titles(self) -> list[str]:
        """What the groups are called."""
        return [name or UNNAMED for name in self.names]

    def values(self, key: str, of: str = "sum", per: Per = "second") -> tuple[Float64, Float64]:
        """A figure, reason or range in the base and in the new trace: see `Side.amounts`."""
        return self.base.amounts(key, of, per), self.new.amounts(key, of, per)

    def change(self, key: str, of: str = "sum", per: Per = "second") -> Float64:
        """By how much a figure, reason or range is more in the new trace, in whole nanoseconds.

        What only rounding tells apart has not changed.
        """
        before, after = self.values(key, of, per)
        change: Float64 = np.rint(after - before)
        return change


def compare(
    new: Trace,
    base: Trace,
    new_window: Window | None = None,
    base_window: Window | None = None,
    filters: tuple[Filter, ...] = (),
) -> GroupsDiff:
    """The groups of two traces, or of windows of them, side by side; those of one name are the same.

    `filters` are as for `groups`.
    """
    sides = (
        (base, base_window, groups(base, base_window, filters)),
        (new, new_window, groups(new, new_window, filters)),
    )
    names = sorted({trace.strings[name] for trace, _, found in sides for name in found.name.tolist()})
    reasons = sorted({reason for _, _, found in sides for reason in found.reasons})
    ranges = sorted({name for _, _, found in sides for name in found.ranges})

    def side(trace: Trace, window: Window | None, found: Groups) -> Side:
        rows = {trace.strings[name]: row for row, name in enumerate(found.name.tolist())}
        at = np.array([rows.get(name, ABSENT) for name in names], np.int64)

        def placed(column: Int64) -> Int64:
            # The row of what is absent is the last one.
            return np.append(column, 0)[at]

        def spreads(keys: Iterable[str], of: dict[str, Spread]) -> dict[str, Spread]:
            nothing = no_time(len(found))
            each = ((key, of.get(key, nothing)) for key in keys)
            return {key: Spread(*map(placed, (s.sum, s.min, s.median, s.p95, s.max))) for key, s in each}

        return Side(
            name=np.append(found.name, np.int32(ABSENT))[at],
            count=placed(found.count),
            figures=spreads(FIGURES, found.figures),
            reasons=spreads(reasons, found.reasons),
            ranges=spreads(ranges, found.ranges),
            length_ns=min(window.end, trace.duration_ns) - window.start if window else trace.duration_ns,
        )

    return GroupsDiff(tuple(names), figure_names(base, new), *(side(*each) for each in sides))


def states(diff: GroupsDiff) -> dict[str, str]:
    """The figures that a goroutine's life is made of, and how they are called in a sentence."""
    return STATES | {reason: reason or "waiting" for reason in diff.new.reasons}


def ranked_diff(diff: GroupsDiff, order: Order, per: Per = "second", pattern: str = "") -> Int64:
    """The groups whose name the RE2 expression `pattern` matches, what changed most first, equals by name.

    Raises ViewError for a figure that is not there, and for an expression that is none.
    """
    check_figure(order.figure, diff.known)
    rows = matching(diff.titles, pattern)
    if order.key == "name":
        return rows
    change = diff.new.count - diff.base.count if order.key == "count" else diff.change(order.key, order.of, per)
    return rows[np.argsort(-np.abs(change[rows]), kind="stable")]


def diff_table(diff: GroupsDiff, rows: Int64, order: Order, per: Per = "second") -> Table:
    """The groups `rows`: how many goroutines they had and have, and the figure of `order` before and after.

    Where a trace has no goroutine of a group there is no figure, "-". A row's share is its part of all that changed.
    """
    before, after = diff.values(order.figure, order.of, per)
    change = diff.change(order.figure, order.of, per)
    whole = float(np.abs(change).sum())
    parts = {name: diff.change(key, per=per) for key, name in states(diff).items()}

    def count(key: str, title: str, side: Side) -> Column:
        return Column(key, title, ">", 7, lambda row: str(side.count[rows[row]]))

    def time(key: str, values: Float64, side: Side) -> Column:
        def text(row: int) -> str:
            return time_text(round(values[rows[row]])) if side.count[rows[row]] else "-"

        return Column(key, key, ">", _TIME, text, "nanoseconds", drop=1)

    def share(row: int) -> float:
        return float(abs(change[rows[row]])) / whole if whole else 0.0

    def most_changed(row: int) -> str:
        return mostly_changed({name: float(each[rows[row]]) for name, each in parts.items()})

    return Table(
        columns=(
            count("count_before", "was", diff.base),
            count("count", "count", diff.new),
            time("before", before, diff.base),
            time("after", after, diff.new),
            Column("change", "change", ">", _TIME, lambda row: change_text(change[rows[row]]), "nanoseconds"),
            Column(
                "share",
                "share",
                ">",
                6,
                lambda row: percent(round(abs(change[rows[row]])), round(whole)).strip(),
                drop=3,
            ),
            Column("mostly", "mostly", "<", MOSTLY, most_changed, drop=2),
            Column("name", "function", "<", 0, lambda row: diff.titles[rows[row]]),
        ),
        length=len(rows),
        identity=lambda row: diff.names[rows[row]],
        share=share,
        sign=lambda row: int(np.sign(change[rows[row]])),
    )


def change_text(ns: float) -> str:
    """A difference as a table shows it: `+1.2ms`, `-95.5s`, `0`."""
    return f"{'+' if round(ns) > 0 else ''}{time_text(round(ns))}"


def mostly_changed(changes: dict[str, float], write: Callable[[float], str] = change_text) -> str:
    """The state that changed most, and by how much: `-12ms sync`; "" where none did."""
    name, change = max(changes.items(), key=lambda item: abs(item[1]))
    text = write(change)
    return fitted_name(text, name) if text != "0" else ""
