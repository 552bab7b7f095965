"""Tables of goroutines: by entry function, and each by itself, the ones that have most of a figure first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.errors import ViewError
from analysis.expressions import compiled
from analysis.goroutine_groups import FIGURES, Groups, figure, spread
from analysis.goroutines import GoroutineStats, group_name
from analysis.table import Column, Table
from analysis.timetext import duration
from parsers.trace.model import Int64, Trace

# What of a figure a group is sorted by: what its goroutines have together, or one of a Spread's.
OF_GROUP = ("sum", "min", "median", "p95", "max")
_TIME = 7
# Cells that the state with most time, and how much that is, may take.
MOSTLY = 22
# How states are called where a table says in which one most time was spent.
STATES = {
    "exec": "running",
    "sched_wait": "runnable",
    "syscall": "syscall",
    "syscall_block": "syscall blocked",
}


@dataclass(frozen=True, slots=True)
class Order:
    """What to sort by: "name", "count", or a figure, of groups the `of` it that is one of OF_GROUP.

    A figure is one of FIGURES, a reason for waiting or a range.
    """

    key: str = "exec"
    of: str = "sum"

    @classmethod
    def parse(cls, text: str) -> "Order":
        """`exec`, `total:p95`, `chan receive:max`."""
        key, _, of = text.rpartition(":")
        return cls(key, of) if key and of in OF_GROUP else cls(text)

    @property
    def figure(self) -> str:
        """The figure that single goroutines are sorted by."""
        return "exec" if self.key in ("name", "count") else self.key


def ranked_groups(trace: Trace, found: Groups, order: Order, pattern: str = "") -> Int64:
    """The groups whose name the RE2 expression `pattern` matches, the greatest first, equals by name.

    Raises ViewError for a figure that is not there, and for an expression that is none.
    """
    rows = matching([group_name(trace, name) for name in found.name.tolist()], pattern)
    if order.key == "name":
        return rows
    values = found.count if order.key == "count" else getattr(spread(trace, found, order.key), order.of)
    return rows[np.argsort(-values[rows], kind="stable")]


def matching(titles: Sequence[str], pattern: str) -> Int64:
    """Which groups' names the RE2 expression `pattern` matches; all for "". Raises ViewError where it is none."""
    if not pattern:
        return np.arange(len(titles))
    matches = compiled(pattern)
    rows = np.array([row for row, title in enumerate(titles) if matches(title)], np.int64)
    if not len(rows):
        raise ViewError(f"no goroutine's function matches “{pattern}”")
    return rows


def ranked_goroutines(trace: Trace, stats: GoroutineStats, found: Groups, groups: Int64, order: Order) -> Int64:
    """The goroutines of some groups, the one with most of a figure first, equals as in the trace."""
    wanted = np.zeros(len(found), np.bool_)
    wanted[groups] = True
    rows = np.sort(found.order[np.repeat(wanted, found.count)]).astype(np.int64)
    values = figure(trace, stats, order.figure)
    return rows[np.argsort(-values[rows], kind="stable")]


def groups_table(trace: Trace, found: Groups, rows: Int64, order: Order = Order()) -> Table:
    """The groups `rows`: sums, and how the figure of `order` differs among a group's goroutines."""
    sums = {key: found.figures[key].sum for key in FIGURES}
    differing = spread(trace, found, order.figure)
    whole = int(sums["exec"].sum())
    waits = {name or "waiting": each.sum for name, each in found.reasons.items()}
    states = {name: sums[key] for key, name in STATES.items()} | waits

    def time(key: str, title: str, values: Int64, drop: int = 0) -> Column:
        return Column(key, title, ">", _TIME, lambda row: time_text(values[rows[row]]), "nanoseconds", drop)

    def most_of(row: int) -> str:
        at = rows[row]
        return mostly({name: int(values[at]) for name, values in states.items()})

    return Table(
        columns=(
            Column("count", "count", ">", 7, lambda row: str(found.count[rows[row]])),
            time("exec", "exec", sums["exec"]),
            time("sched_wait", "sched", sums["sched_wait"]),
            time("blocked", "blocked", sums["blocked"]),
            time("syscall", "syscall", sums["syscall"], drop=3),
            time("syscall_block", "sysblk", sums["syscall_block"], drop=5),
            time("assist", "assist", sums["assist"], drop=6),
            time("sweep", "sweep", sums["sweep"], drop=7),
            time("stw", "stw", sums["stw"], drop=8),
            time("median", "median", differing.median, drop=4),
            time("p95", "p95", differing.p95, drop=1),
            time("max", "max", differing.max),
            Column("mostly", "mostly", "<", MOSTLY, most_of, drop=2),
            Column("name", "function", "<", 0, lambda row: group_name(trace, found.name[rows[row]])),
        ),
        length=len(rows),
        identity=lambda row: trace.strings[found.name[rows[row]]],
        share=lambda row: int(sums["exec"][rows[row]]) / whole if whole else 0.0,
    )


def goroutines_table(trace: Trace, stats: GoroutineStats, rows: Int64) -> Table:
    """The goroutines `rows`, and where each spent its time."""
    assist, sweep, stopped = (figure(trace, stats, key)[rows] for key in ("assist", "sweep", "stw"))
    states = {name: figure(trace, stats, key) for key, name in STATES.items()}
    ids, names = trace.goroutines.id, trace.goroutines.name

    def time(key: str, title: str, values: Int64, drop: int = 0) -> Column:
        return Column(key, title, ">", _TIME, lambda row: time_text(values[row]), "nanoseconds", drop)

    def most_of(row: int) -> str:
        at = int(rows[row])
        waits = {trace.reasons[kind] or "waiting": ns for kind, ns in stats.reasons.of(at)}
        return mostly({name: int(values[at]) for name, values in states.items()} | waits)

    return Table(
        columns=(
            Column("id", "id", ">", 7, lambda row: str(ids[rows[row]])),
            time("total", "total", stats.total[rows]),
            time("exec", "exec", stats.exec[rows]),
            time("sched_wait", "sched", stats.sched_wait[rows]),
            time("blocked", "blocked", stats.blocked[rows]),
            time("syscall", "syscall", stats.syscall[rows], drop=3),
            time("syscall_block", "sysblk", stats.syscall_block[rows], drop=4),
            time("assist", "assist", assist, drop=6),
            time("sweep", "sweep", sweep, drop=7),
            time("stw", "stw", stopped, drop=8),
            Column("mostly", "mostly", "<", MOSTLY, most_of, drop=2),
            Column("name", "function", "<", 0, lambda row: group_name(trace, names[rows[row]])),
        ),
        length=len(rows),
        identity=lambda row: int(ids[rows[row]]),
    )


def time_text(ns: int) -> str:
    """A figure as a table shows it."""
    return duration(int(ns)) if ns else "0"


def mostly(states: dict[str, int]) -> str:
    """The state that took most, and its part of all, in at most MOSTLY cells: `61% chan receive`; "" for no time."""
    name, most = max(states.items(), key=lambda item: item[1])
    if not most:
        return ""
    return fitted_name(f"{100 * most / sum(states.values()):.0f}%", name)


def fitted_name(amount: str, name: str) -> str:
    """An amount and what it is of, in at most MOSTLY cells: words of the name go from the right."""
    words = f"{amount} {name}".split()
    while len(" ".join(words)) > MOSTLY and len(words) > 2:
        words.pop()
    return " ".join(words)[:MOSTLY]
