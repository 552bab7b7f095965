"""Trends: how what each function weighs goes over the captures of a series, so that a leak is told from a large heap.

Captures come as the Tops that were made of them, one behind the other; of each only its weights are kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.errors import ViewError
from analysis.series import differences
from analysis.table import Column, Table
from analysis.top import Top
from analysis.units import AUTO, MINIMUM, label, report_unit, scale
from parsers.profile.model import Bool, Int32, Int64, ValueType

Float64 = NDArray[np.float64]
By = Literal["flat", "cum"]
SortKey = Literal["growth", "slope", "last", "name"]

_HOUR = 3600 * 10**9


class Node(NamedTuple):
    """What a row stands for, as `analysis.nodes.Nodes` tells it."""

    label: str
    name: str
    file: str
    line: int
    address: int


@dataclass(frozen=True, eq=False, slots=True)
class Trend:
    """Weights over a series: `values` is int64[nodes, captures], in `value_type`'s unit.

    `times` is int64[captures], nanoseconds since the Unix epoch. With `differences`, what the captures hold is counted
    since the program's start, and values, times and totals are of each capture but the first: what came since the one
    before.

    `slope` is float64 per node: by how much it grows in an hour, the line of least squares through its values at the
    captures' times, or in `per` = "capture" where these do not tell when they were taken. `fit` is how much of how its
    values differ that line accounts for, 0 to 1 (the coefficient of determination). `monotonic` tells of a node that it
    has grown and never fell.
    """

    nodes: tuple[Node, ...]
    values: Int64
    times: Int64
    totals: Int64
    value_type: ValueType
    per: Literal["hour", "capture"]
    differences: bool
    slope: Float64
    fit: Float64
    monotonic: Bool
    total_slope: float

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def first(self) -> Int64:
        return self.values[:, 0]

    @property
    def last(self) -> Int64:
        return self.values[:, -1]


def trend(captures: Iterable[tuple[int, Top]], *, by: By = "flat", cumulative: bool = False) -> Trend:
    """How the nodes go in the captures of a series, the oldest first: when each was taken, 0 if it does not tell, and
    its Top.

    All are of one sample type; `cumulative` tells that it is counted since the program's start, see
    `analysis.series.is_cumulative`. They are asked for one by one, and none is kept. Raises ViewError for captures too
    few to tell.
    """
    kept = _Weights()
    for time, top in captures:
        kept.add(time, top, top.flat if by == "flat" else top.cum)
    least = 3 if cumulative else 2
    if len(kept.totals) < least:
        what = f"of {kept.value_type.type}, which counts since the program's start, " if cumulative else ""
        raise ViewError(f"a trend {what}needs {least} captures at least, and there {_are(len(kept.totals))}")
    values, when, totals = kept.values(), np.array(kept.times, np.int64), np.array(kept.totals, np.int64)
    if cumulative:
        values, totals, when = differences(values, totals), differences(totals, totals), when[1:]
    shown = np.flatnonzero(values.any(axis=1))
    values, nodes = values[shown], tuple(kept.nodes[row] for row in shown.tolist())
    timed = when.all() and when.min() < when.max()
    at = (when - when[0]) / _HOUR if timed else np.arange(len(when), dtype=np.float64)
    slope, fit = _lines(at, values)
    return Trend(
        nodes,
        values,
        when,
        totals,
        kept.value_type,
        "hour" if timed else "capture",
        cumulative,
        slope,
        fit,
        (values[:, 1:] >= values[:, :-1]).all(axis=1) & (values[:, -1] > values[:, 0]),
        float(_lines(at, totals[None, :])[0][0]),
    )


def _are(count: int) -> str:
    return f"are {count}" if count != 1 else "is 1"


class _Weights:
    """The weights of captures taken in one by one, by what their nodes are called."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.times: list[int] = []
        self.totals: list[int] = []
        self.value_type = ValueType("", "")
        self._rows: dict[str, int] = {}
        self._parts: list[tuple[Int32, Int64]] = []

    def add(self, time: int, top: Top, weight: Int64) -> None:
        shown = np.flatnonzero(weight)
        rows = np.fromiter((self._row(top, node) for node in shown.tolist()), np.int32, len(shown))
        self._parts.append((rows, weight[shown]))
        self.times.append(time)
        self.totals.append(top.total)
        self.value_type = top.value_type

    def _row(self, top: Top, node: int) -> int:
        found = top.nodes
        text = found.label(node)
        row = self._rows.setdefault(text, len(self.nodes))
        if row == len(self.nodes):
            self.nodes.append(
                Node(text, found.title(node), found.file(node), found.line(node), found.address(node)),
            )
        return row

    def values(self) -> Int64:
        """int64[nodes, captures]."""
        values = np.zeros((len(self.nodes), len(self._parts)), np.int64)
        for capture, (rows, weight) in enumerate(self._parts):
            # Nodes of one label are one row.
            np.add.at(values[:, capture], rows, weight)
        return values


def _lines(at: Float64, values: Int64) -> tuple[Float64, Float64]:
    """Slope of the line of least squares through each row of `values` at `at`, and how well it fits."""
    x = at - at.mean()
    spread = float(x @ x)
    y = values.astype(np.float64)
    # So that what stays the same is exactly level.
    y -= y[:, :1]
    y -= y.mean(axis=1, keepdims=True)
    shared, variation = y @ x, np.einsum("ij,ij->i", y, y)
    slope = shared / spread if spread else np.zeros(len(y))
    fit = np.divide(shared * slope, variation, out=np.zeros(len(y)), where=variation > 0)
    return slope, np.clip(fit, 0.0, 1.0)


def ranked(result: Trend, by: SortKey = "growth") -> Int32:
    """int32: the nodes in order, equals by what they weigh in the last capture, the heaviest first, then by label.

    By "growth", what grows most and most steadily comes first: the slope counts as far as a line fits, so that a leak
    stands before what is larger and goes up and down, and before what came once. What falls comes last.
    """
    name = np.argsort(np.argsort(np.array([node.label for node in result.nodes], np.object_), kind="stable"))
    last = -np.abs(result.last.astype(np.float64))
    key = {"growth": -result.slope * result.fit, "slope": -result.slope, "last": last, "name": name}[by]
    return np.lexsort((name, last, key)).astype(np.int32)


def table(result: Trend, order: Int32, unit: str = MINIMUM) -> Table:
    """Columns first, last, per hour (or capture), steady and function over the nodes of `order`.

    Steady is what has grown and never fell.
    """
    own = result.value_type.unit
    first, last = result.first, result.last
    weights = np.abs(np.concatenate([first[order], last[order]]))
    least = int(weights[weights > 0].min(initial=np.iinfo(np.int64).max)) if weights.any() else 0
    rows_unit = report_unit(least, int(np.abs(result.totals).max(initial=0)), own, unit)
    greatest = float(np.abs(result.slope[order]).max(initial=0))
    # The smallest slope is next to nothing, and what stays the same has none: the greatest says which unit is fit.
    slope_unit = scale(int(greatest), own, unit)[1]

    def record(row: int) -> dict[str, object]:
        node = order[row]
        _, name, file, line, address = result.nodes[node]
        return {
            "name": name,
            "file": file,
            "line": line,
            "address": address,
            "first": int(first[node]),
            "last": int(last[node]),
            f"slope_per_{result.per}": float(result.slope[node]),
            "fit": float(result.fit[node]),
            "monotonic": bool(result.monotonic[node]),
            "values": result.values[node].tolist(),
        }

    return Table(
        columns=(
            Column("first", "first", ">", 10, lambda row: label(first[order[row]], own, rows_unit), rows_unit, drop=2),
            Column("last", "last", ">", 10, lambda row: label(last[order[row]], own, rows_unit), rows_unit),
            Column(
                "slope",
                f"per {result.per}",
                ">",
                11,
                lambda row: signed(result.slope[order[row]], own, slope_unit),
                slope_unit,
            ),
            Column("monotonic", "steady", ">", 6, lambda row: "yes" if result.monotonic[order[row]] else "", drop=3),
            Column("name", "function", "<", 0, lambda row: result.nodes[order[row]].label),
        ),
        length=len(order),
        record=record,
        identity=lambda row: result.nodes[order[row]].label,
        share=lambda row: abs(float(result.slope[order[row]])) / greatest if greatest else 0.0,
    )


def signed(value: float, unit: str, to: str = AUTO) -> str:
    """A slope as it is written, with its sign."""
    text = label(round(value), unit, to)
    return text if value < 0 or text == "0" else f"+{text}"
