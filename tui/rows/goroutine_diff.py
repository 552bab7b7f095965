"""What Goroutines writes in its rows where two traces are compared: by how much groups differ, and from what to what.

Sums are those that the base's goroutines would have had in a trace as long as the new one, or per second, or parts of
their lives: what a trace has more of only because it is longer is no difference. Spreads are one goroutine's, as they
are.
"""

from collections.abc import Iterator

import numpy as np

from analysis.goroutine_diff import ABSENT, Float64, Side, mostly_changed, states
from analysis.goroutine_tables import MOSTLY, time_text
from analysis.table import Column, Table
from analysis.timetext import duration
from analysis.traceinfo import trace_info
from analysis.units import percent
from parsers.trace.model import Trace
from tui.filterlang import nothing_left
from tui.place import Amounts, GoroutineOrder, Place, Selection
from tui.rows.content import Content
from tui.rows.goroutine_diff_rows import GoroutineDiffRows
from tui.rows.goroutine_rows import SPREADS
from tui.rows.goroutines import REASONS, column_drop, column_title, noted, selection_of
from tui.trace_report import compared_facts, compared_notes, turn
from tui.widgets.line import Part, Run

# Percentages are worked out from so many parts of a whole.
_WHOLE = 1_000_000
# Lengths of two traces that differ by less are the same to a reader.
_SAME = 0.01


def goroutine_diff_content(trace: Trace, base: Trace, place: Place, order: GoroutineOrder, amounts: Amounts) -> Content:
    """The rows of Goroutines, the cursor on what is selected: what has changed since `base`, or is not in it."""
    rows = GoroutineDiffRows(trace, base, place, order)
    abouts = trace_info(rows.trace), trace_info(rows.base)
    notes = list(compared_notes(*abouts))
    heading = "  ".join(filter(None, (noted(notes), compared_facts(*abouts), _scaled(rows))))
    if not len(rows):
        return Content(reason=_why_none(rows), heading=heading, warning=bool(notes), compared=rows)
    whole = float(np.abs(rows.change).sum())
    return Content(
        table=Table(
            columns=tuple(_column(rows, key, amounts) for key in rows.columns),
            length=len(rows),
            identity=lambda row: (rows.names[rows.shown[row]], 0),
            share=lambda row: float(abs(rows.change[rows.shown[row]])) / whole if whole else 0.0,
            find=lambda identity: rows.row_of(*identity),
            sign=lambda row: int(np.sign(rows.change[rows.shown[row]])),
        ),
        selection=lambda row: _selection(rows, row),
        detail=lambda row: tuple(_detail(rows, row, amounts)),
        cursor=rows.selected(place.selection),
        heading=heading,
        warning=bool(notes),
        compared=rows,
    )


def _why_none(rows: GoroutineDiffRows) -> str:
    if rows.filters:
        return nothing_left(())
    return "Neither trace has a goroutine."


def _scaled(rows: GoroutineDiffRows) -> str:
    """How the base's sums are made comparable, where they have to be."""
    was, length = rows.diff.base.length_ns, rows.diff.new.length_ns
    return f"sums as if the base took {duration(length)}" if abs(was - length) > _SAME * length else ""


def _selection(rows: GoroutineDiffRows, row: int) -> Selection:
    group, diff = rows.shown[row], rows.diff
    trace, side = (rows.base, diff.base) if diff.new.name[group] == ABSENT else (rows.trace, diff.new)
    return selection_of(trace, int(side.name[group]))


# Columns


def _column(rows: GoroutineDiffRows, key: str, amounts: Amounts) -> Column:
    title, drop = column_title(key, rows.by, rows.order.reverse), column_drop(key, rows.by, rows.columns)
    if key == "name":
        return Column(key, title, "<", 0, lambda row: rows.titles[rows.shown[row]])
    if key == "count":
        more = rows.diff.new.count - rows.diff.base.count
        return Column(key, title, ">", 5, lambda row: f"{more[rows.shown[row]]:+}".replace("+0", "0"), drop=drop)
    if key == "mostly":
        parts = {name: _change(rows, each, amounts) for each, name in states(rows.diff).items()}
        return Column(key, title, "<", MOSTLY, lambda row: _mostly(rows, row, parts, amounts), drop=drop)
    change = _change(rows, key, amounts)
    return Column(key, title, ">", 8, lambda row: _written(change[rows.shown[row]], amounts), "nanoseconds", drop)


def _change(rows: GoroutineDiffRows, key: str, amounts: Amounts) -> Float64:
    """float64 per group: by how much a figure, or what of it stands in this column, is more in the new trace."""
    base, new = (_amounts(rows, side, key, amounts) for side in (rows.diff.base, rows.diff.new))
    return new - base


def _amounts(rows: GoroutineDiffRows, side: Side, key: str, amounts: Amounts) -> Float64:
    """As the pane writes one trace's: spreads and rates of its length, percentages of lives, and these of all lives."""
    length = max(side.length_ns, 1)
    if key in SPREADS:
        values = side.amounts(rows.order.figure, key)
        return values if amounts is Amounts.VALUE else values / length * (1e9 if amounts is Amounts.RATE else 1)
    match amounts:
        case Amounts.RATE:
            return side.amounts(key)
        case Amounts.PERCENT:
            lives = side.amounts("total", per="sum")
            whole = lives.sum() if key == "total" else lives
            return side.amounts(key, per="sum") / np.maximum(whole, 1)
    return side.amounts(key, per="sum") * (rows.diff.new.length_ns / length)


def _written(change: float, amounts: Amounts) -> str:
    """A difference, with its sign."""
    text = _plain(abs(change), amounts)
    return text if text == "0" else f"{'+' if change > 0 else '-'}{text}"


def _plain(value: float, amounts: Amounts) -> str:
    if amounts is Amounts.PERCENT:
        parts = round(value * _WHOLE)
        return percent(parts, _WHOLE).strip() if parts else "0"
    text = time_text(round(value))
    return f"{text}/s" if amounts is Amounts.RATE and text != "0" else text


def _mostly(rows: GoroutineDiffRows, row: int, parts: dict[str, Float64], amounts: Amounts) -> str:
    """The state that changed most."""
    changes = {name: float(change[rows.shown[row]]) for name, change in parts.items()}
    return mostly_changed(changes, lambda change: _written(change, amounts))


# The one under the cursor


def _detail(rows: GoroutineDiffRows, row: int, amounts: Amounts) -> Iterator[Part]:
    """What was and is: how many goroutines, what rows are sorted by, and the states that changed most."""
    group, diff = int(rows.shown[row]), rows.diff
    before, after = int(diff.base.count[group]), int(diff.new.count[group])
    yield Run(" " + rows.titles[group], "title", name=True)
    yield f"  {turn(str(before), str(after))} goroutine{'s' * (after != 1)}"
    first = rows.by if rows.by in SPREADS else rows.measured
    name = f"{first} of {rows.order.figure}" if first in SPREADS else states(diff).get(first, first)
    yield f"  {name} {turn(*_both(rows, group, first, amounts))}"
    if before and after and first not in SPREADS:
        means = (time_text(round(side.amounts(first, per="goroutine")[group])) for side in (diff.base, diff.new))
        yield f", each {turn(*means)}"
    changes = {key: abs(float(_change(rows, key, amounts)[group])) for key in states(diff) if key != first}
    for key in sorted(filter(changes.__getitem__, changes), key=lambda key: -changes[key])[:REASONS]:
        yield f"  {states(diff)[key]} {turn(*_both(rows, group, key, amounts))}"


def _both(rows: GoroutineDiffRows, group: int, key: str, amounts: Amounts) -> tuple[str, str]:
    """What a column's figure was in the base, and is."""
    before, after = (
        _plain(float(_amounts(rows, side, key, amounts)[group]), amounts) for side in (rows.diff.base, rows.diff.new)
    )
    return before, after
