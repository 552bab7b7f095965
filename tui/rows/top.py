"""Top's rows: what weighs most, at the view's granularity."""

from dataclasses import replace
from functools import cache

import numpy as np

from analysis.edges import edge_cutoff, inline_marks
from analysis.filters import minimum
from analysis.info import kind, why_empty
from analysis.samples import sample_index
from analysis.table import Column, Table
from analysis.top import Top, ranked, smallest, table, top, trimmed
from analysis.units import report_unit
from parsers.profile.model import Int32, Profile
from tui import glyphs
from tui.basis import SPAN
from tui.place import Amounts, Order, Place, Selection
from tui.rows.beside import Beside, is_counted
from tui.rows.content import Content, Writer, candidates, changes_since, described, rewritten, selected, writer
from tui.widgets.line import Part


def top_content(
    profile: Profile,
    place: Place,
    order: Order,
    amounts: Amounts,
    before: Profile | None = None,
    beside: Beside | None = None,
) -> Content:
    """The rows of Top, the cursor on what is selected; those that are not as they were `before` are told."""
    index = sample_index(profile, place.view.sample)
    result = top(profile, place.view)
    ranking = trimmed(result, ranked(result, order.by, reverse=order.reverse), minimum(place.view))
    if not len(ranking):
        return Content(reason=_nothing(place) if place.diff else why_empty(profile, index) or _nothing(place))
    write = top_writer(profile, result, ranking, place, amounts)
    # Among the rows a report would have: that of all can take longer than the rest together, and says little more.
    marks = inline_marks(profile, place.view, result, trimmed(result, ranking), least=edge_cutoff(result))
    found = result.nodes

    def detail(row: int) -> tuple[Part, ...]:
        node = ranking[row]
        return described(profile, found, node, write, int(result.flat[node]), int(result.cum[node]))

    changes = changes_since(before, profile, place)
    rows = _marked(rewritten(table(result, ranking, write.to, marks), write), order)
    return Content(
        table=rows if beside is None else _set_beside(rows, profile, result, ranking, order, write, beside),
        selection=lambda row: selected(found, ranking[row]),
        detail=detail,
        text=lambda row: found.label(ranking[row]),
        cursor=row_of(result, ranking, place.selection),
        changed=None if changes is None else lambda row: bool(changes[ranking[row]]),
    )


def top_writer(profile: Profile, result: Top, ranking: Int32, place: Place, amounts: Amounts) -> Writer:
    """Writes weights in the one unit that pprof's report would be in, which leaves the lightest rows out."""
    counted = trimmed(result, ranking)
    unit = report_unit(
        smallest(result, counted if len(counted) else ranking), result.total, result.value_type.unit, place.view.unit
    )
    index = sample_index(profile, place.view.sample)
    return writer(profile, index, result.total, amounts, unit, signed=place.diff)


def _set_beside(
    rows: Table, profile: Profile, result: Top, ranking: Int32, order: Order, write: Writer, beside: Beside
) -> Table:
    """The table with what each row weighs more than before, and its weight over time: of the column it is sorted by."""
    by_cum = order.by == "cum"
    now = (result.cum if by_cum else result.flat)[ranking]
    labels = [result.nodes.label(node) for node in ranking.tolist()]
    delta = beside.delta(labels, now, by_cum=by_cum)
    signed = replace(write, signed=True)
    counted = is_counted(kind(profile), result.value_type.type, profile)

    @cache
    def trends() -> list[str]:
        return beside.trends(labels, now, result.total, by_cum=by_cum, counted=counted)

    def difference(row: int) -> str:
        if delta is None or not (now[row] or delta[row]):
            return ""
        return signed(int(delta[row])) if delta[row] else "="

    *figures, name = rows.columns
    title = f"{glyphs.current().delta}{'cum' if by_cum else 'flat'}"
    more = [Column("delta", title, ">", 9, difference, drop=1)]
    if beside.before:
        more.append(Column("trend", "trend", "<", SPAN + 1, lambda row: trends()[row], drop=5))
    return replace(rows, columns=(*figures, *more, name))


def row_of(result: Top, ranking: Int32, selection: Selection) -> int | None:
    """The first row that is what is selected; None if there is none."""
    if selection == Selection():
        return None
    rows = np.flatnonzero(np.isin(ranking, candidates(result.nodes, selection)))
    return int(rows[0]) if len(rows) else None


def _marked(rows: Table, order: Order) -> Table:
    """The table with an arrow at the title of the column it is sorted by."""
    arrow = glyphs.current().up if order.reverse else glyphs.current().down
    columns = tuple(
        replace(column, title=column.title + arrow) if column.key == order.by else column for column in rows.columns
    )
    return replace(rows, columns=columns)


def _nothing(place: Place) -> str:
    if place.diff:
        return "Nothing differs."
    return (
        "No frame belongs to the main module; press m to see all code."
        if place.view.mine
        else "Nothing has any weight."
    )
