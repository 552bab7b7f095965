"""Callers' rows: one function in the middle, its callers above and its callees below."""

from dataclasses import dataclass

import numpy as np

from analysis.callers import Around, Neighbours, around
from analysis.filters import minimum
from analysis.info import why_empty
from analysis.samples import sample_index
from analysis.table import Column, Table
from analysis.top import Top, ranked, top
from analysis.units import percent
from parsers.profile.model import Int64, Profile
from tui import glyphs
from tui.place import Amounts, Place, Selection
from tui.rows.content import Content, Writer, candidates, changes_since, described, selected
from tui.rows.top import top_writer
from tui.widgets.line import Part

_INDENT = "  "


@dataclass(frozen=True, eq=False, slots=True)
class CallerRows:
    """The rows: int64 columns of nodes and of the weights of their edges, and which row is the `middle` one."""

    result: Top
    node: Int64
    weight: Int64
    inline: list[bool]
    middle: int

    @property
    def centre(self) -> int:
        return int(self.node[self.middle])

    @property
    def cum(self) -> int:
        """What the function in the middle weighs."""
        return int(self.result.cum[self.centre])


def callers_content(profile: Profile, place: Place, amounts: Amounts, before: Profile | None = None) -> Content:
    """The rows of Callers around what is in the middle, the cursor on what is selected if that is there."""
    index = sample_index(profile, place.view.sample)
    result = top(profile, place.view)
    ranking = ranked(result)
    if not len(ranking):
        return Content(
            reason="Nothing differs." if place.diff else why_empty(profile, index) or "Nothing weighs anything."
        )
    asked = place.centre if place.centre != Selection() else place.selection
    possible = np.intersect1d(candidates(result.nodes, asked), ranking) if asked != Selection() else ranking[:1]
    if not len(possible):
        where = "what the filters leave" if place.view.filters else "this profile"
        return Content(reason=f"{asked.function or asked.label or asked.file} is not in {where}.")
    centre = int(possible[int(np.abs(result.cum[possible]).argmax())])
    found = around(profile, place.view, centre)
    rows = _rows(result, centre, found, int(result.total * minimum(place.view)))
    write = top_writer(profile, result, ranking, place, amounts)
    changes = changes_since(before, profile, place)

    def detail(row: int) -> tuple[Part, ...]:
        node = int(rows.node[row])
        return described(
            profile,
            result.nodes,
            node,
            write,
            int(result.flat[node]),
            int(result.cum[node]),
            _relation(rows, row, write),
        )

    return Content(
        table=_table(rows, write),
        selection=lambda row: selected(result.nodes, int(rows.node[row])),
        detail=detail,
        text=lambda row: result.nodes.label(int(rows.node[row])),
        cursor=_row_of(rows, place.selection),
        heading=_heading(result.nodes.title(centre), rows, recursive=found.recursive),
        changed=None if changes is None else lambda row: bool(changes[rows.node[row]]),
        callers=rows,
    )


def _rows(result: Top, centre: int, found: Around, least: int) -> CallerRows:
    sides = [_heavy(side, least) for side in (found.callers, found.callees)]
    (above, above_weight, above_inline), (below, below_weight, below_inline) = sides
    return CallerRows(
        result,
        np.concatenate([above, [centre], below]).astype(np.int64),
        np.concatenate([above_weight, [result.cum[centre]], below_weight]).astype(np.int64),
        [*above_inline, False, *below_inline],
        len(above),
    )


def _heavy(side: Neighbours, least: int) -> tuple[Int64, Int64, list[bool]]:
    kept = np.abs(side.weight) >= least
    inline: list[bool] = side.inline[kept].tolist()
    return side.node[kept], side.weight[kept], inline


def _row_of(rows: CallerRows, selection: Selection) -> int:
    """Where the cursor is to be: on what is selected, else in the middle."""
    if selection != Selection():
        found = np.flatnonzero(np.isin(rows.node, candidates(rows.result.nodes, selection)))
        if len(found) and rows.middle not in found:
            return int(found[0])
    return rows.middle


def _heading(name: str, rows: CallerRows, *, recursive: bool) -> str:
    callers, callees = rows.middle, len(rows.node) - rows.middle - 1
    own = ", calls itself" if recursive else ""
    return (
        f"{name}: called by {callers or 'nobody'}, calls {callees or 'nothing'}{own}"
        if callers or callees or own
        else f"{name} stands alone"
    )


def _table(rows: CallerRows, write: Writer) -> Table:
    result, whole = rows.result, rows.cum
    found = result.nodes
    glyph = glyphs.current()

    def name(row: int) -> str:
        mark = " (inline)" if rows.inline[row] else ""
        text = f"{found.label(int(rows.node[row]))}{mark}"
        if row == rows.middle:
            return f"{_INDENT}{glyph.following} {text}"
        return text if row < rows.middle else f"{2 * _INDENT}{text}"

    def record(row: int) -> dict[str, object]:
        node = int(rows.node[row])
        side = "caller" if row < rows.middle else "callee" if row > rows.middle else "centre"
        return {
            "side": side,
            "name": found.title(node),
            "file": found.file(node),
            "line": found.line(node),
            "weight": int(rows.weight[row]),
            "inline": rows.inline[row],
            "flat": int(result.flat[node]),
            "cum": int(result.cum[node]),
        }

    def cum(row: int) -> int:
        return int(result.cum[rows.node[row]])

    unit = write.value_type.unit
    return Table(
        columns=(
            Column("weight", "weight", ">", 10, lambda row: write(int(rows.weight[row])), unit),
            Column("share", "share", ">", 6, lambda row: percent(int(rows.weight[row]), whole)),
            Column("cum", "cum", ">", 10, lambda row: write(cum(row)), unit, drop=2),
            Column("cum%", "cum%", ">", 6, lambda row: percent(cum(row), result.total), drop=1),
            Column("name", "callers, function, callees", "<", 0, name),
        ),
        length=len(rows.node),
        record=record,
        identity=lambda row: (row < rows.middle, row > rows.middle, found.label(int(rows.node[row]))),
        share=lambda row: abs(int(rows.weight[row])) / abs(whole) if whole else 0.0,
        sign=(lambda row: int(np.sign(rows.weight[row]))) if write.signed else None,
    )


def _relation(rows: CallerRows, row: int, write: Writer) -> str:
    """What a row has to do with the function in the middle."""
    if row == rows.middle:
        return ""
    weight, share = int(rows.weight[row]), percent(int(rows.weight[row]), rows.cum).strip()
    return f"{write(weight)} ({share}) {'into' if row < rows.middle else 'from'} {rows.result.nodes.title(rows.centre)}"
