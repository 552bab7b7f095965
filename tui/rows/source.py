"""Source's rows: a function's lines with their weights, with the text where it is found."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.filters import minimum
from analysis.info import why_empty
from analysis.listing import Routine, routine, table, without_light
from analysis.samples import sample_index, total
from analysis.table import Column, Table
from analysis.top import ranked, top
from analysis.units import AUTO, MINIMUM
from analysis.view import Granularity, View
from capture.godecl import declared_at
from capture.sources import SourceFinder, SourceText, mismatch
from parsers.profile.model import Profile
from tui.place import Amounts, Place, Selection
from tui.rows.content import Content, Writer, changes_since, rewritten, selected, writer
from tui.widgets.line import Part

_TAB = 4
# A line is hot from this part of the function's hottest line on.
_HOT = 0.1
# Lines shown around one that has no weight.
_MARGIN = 20


def source_content(
    profile: Profile, place: Place, finder: SourceFinder, amounts: Amounts, before: Profile | None = None
) -> Content:
    """The lines of the selected function, the cursor on the selected or the hottest line; those that are not as they
    were `before` are told.
    """
    index = sample_index(profile, place.view.sample)
    whole = total(profile, index)
    chosen = place.selection if place.selection != Selection() else _hottest(profile, place.view)
    if chosen is None:
        return Content(reason=why_empty(profile, index) or "Nothing has any weight.")
    if not chosen.function:
        return Content(reason=f"Nobody knows the functions of {chosen.label}: there are no lines to show.")
    found = routine(profile, place.view, chosen.function, chosen.file) or routine(profile, place.view, chosen.function)
    text = finder.find(found.file if found else chosen.file) if (found or chosen).file else None
    found = found or _unweighted(chosen, text)
    if found is not None and (least := int(whole * minimum(place.view))):
        found = without_light(found, least)
    if found is None:
        return Content(reason=f"{chosen.function} has no weight under this sample type.")
    to = AUTO if place.view.unit == MINIMUM else place.view.unit
    write = writer(profile, index, whole, amounts, to, signed=place.diff)
    rows = _expanded(table(found, text.lines if text else None, write.value_type.unit, whole, to))
    lines = [_line(rows, row) for row in range(rows.length)]
    hot = _hot(found, lines)
    heading, warning = _heading(found, text, finder)
    wanted = chosen.line if chosen.line in lines else lines[hot[0]] if hot else found.start_line
    changed = _changed_lines(profile, before, place, found)
    return Content(
        table=rewritten(rows, write),
        selection=lambda row: Selection(found.name, found.file, lines[row], found.name),
        detail=lambda row: _detail(found, rows, row, write),
        text=rows.columns[-1].text,
        cursor=lines.index(wanted) if wanted in lines else 0,
        heading=heading,
        warning=warning,
        hot=hot,
        changed=None if changed is None else lambda row: lines[row] in changed,
    )


def _changed_lines(profile: Profile, before: Profile | None, place: Place, found: Routine) -> frozenset[int] | None:
    """The function's lines that weighed otherwise before; None where there is nothing to say of that."""
    changes = changes_since(before, profile, place, by_line=True)
    if changes is None:
        return None
    by_line = top(profile, replace(place.view, granularity=Granularity.LINES, unit=MINIMUM)).nodes
    return frozenset(
        by_line.line(node)
        for node in np.flatnonzero(changes).tolist()
        if (by_line.name(node), by_line.file(node)) == (found.name, found.file)
    )


def _hottest(profile: Profile, view: View) -> Selection | None:
    result = top(profile, view)
    ranking = ranked(result)
    named = (node for node in ranking if result.nodes.name(node))
    node = next(named, ranking[0] if len(ranking) else None)
    return None if node is None else selected(result.nodes, node)


def _unweighted(chosen: Selection, text: SourceText | None) -> Routine | None:
    """The selected line, or the function's first, for a function that has no weight but is known all the same."""
    line = chosen.line or (declared_at(text.lines, chosen.function) if text else None)
    if not line:
        return None
    nothing = np.zeros(1, np.int64)
    first, last = max(line - _MARGIN, 1), line + _MARGIN
    return Routine(chosen.function, chosen.file, 0, first, last, 0, 0, nothing + line, nothing, nothing)


def _heading(found: Routine, text: SourceText | None, finder: SourceFinder) -> tuple[str, bool]:
    """What the first line says: the file, or what is wrong with it."""
    if text is None:
        if not found.file:
            return f"{found.name}: the profile names no file", True
        tried = finder.tried(found.file)
        if not tried:
            return f"{found.file} is no source file", True
        return f"{found.file} not found (--source-path tells where it is); tried {', '.join(tried)}", True
    wrong = mismatch(text, found.name, found.start_line, int(found.lines[-1]))
    path = _from_here(text.path)
    weightless = "" if found.cum or found.flat else ": no weight under this sample type"
    return (f"{path}: {wrong}", True) if wrong else (f"{path}  {found.name}{weightless}", False)


def _from_here(path: str) -> str:
    """A path below the working directory as one would type it."""
    try:
        here = f"{Path.cwd()}/"
    except OSError:  # it is gone
        return path
    return path.removeprefix(here)


def _hot(found: Routine, lines: list[int]) -> tuple[int, ...]:
    """The rows of the hot lines, the hottest first; of equals the one that burns itself."""
    cum, flat = np.abs(found.line_cum), np.abs(found.line_flat)
    order = np.lexsort((found.lines, -flat, -cum))
    hot = [int(found.lines[at]) for at in order if cum[at] and cum[at] >= _HOT * cum.max()]
    place = {line: row for row, line in enumerate(lines)}
    return tuple(place[line] for line in hot if line in place)


def _expanded(rows: Table) -> Table:
    """The table with tabs as wide as they would be."""

    def column(old: Column) -> Column:
        return replace(old, text=lambda row: old.text(row).expandtabs(_TAB)) if old.key == "text" else old

    return replace(rows, columns=tuple(column(old) for old in rows.columns))


def _line(rows: Table, row: int) -> int:
    line = rows.record(row)["line"]
    assert isinstance(line, int)
    return line


def _detail(found: Routine, rows: Table, row: int, write: Writer) -> tuple[Part, ...]:
    record = rows.record(row)
    file = found.file.rpartition("/")[2] or "line"
    weights = f"  {write(record['flat'])} self  {write(record['cum'])} total"  # type: ignore[arg-type]
    whole = f"  of {write(found.cum)} in {found.name}"
    return (f" {file}:{record['line']}", "title"), weights, (whole, "dim")
