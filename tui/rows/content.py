"""What a pane shows: rows, and what each of them stands for. Worked out away from the screen, and knows nothing of
it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.earlier import changed
from analysis.errors import ViewError
from analysis.filters import filtered
from analysis.nodes import Nodes
from analysis.table import Column, Table
from analysis.units import AUTO, MINIMUM, label, percent, scale
from analysis.view import Granularity
from parsers.profile.model import Bool, Int64, Profile, ValueType
from tui.place import Amounts, Place, Selection
from tui.rows.branches import Branches
from tui.rows.capture_rows import CaptureRows
from tui.rows.goroutine_diff_rows import GoroutineDiffRows
from tui.rows.goroutine_rows import GoroutineRows
from tui.rows.label_rows import Labels
from tui.widgets.line import Part, Run

if TYPE_CHECKING:
    from tui.rows.callers import CallerRows


@dataclass(frozen=True, eq=False, slots=True)
class Content:
    """The rows of a pane, or the `reason` why there are none.

    `cursor` is the row to start on, None for wherever the cursor is; `text` what a search looks at; `heading` a
    line above the rows, and whether it is a warning; `hot` a source's hot rows, the hottest first; `branches` what a
    tree's rows are of, `goroutines` and `captures` what rows of those are, `compared` what goroutines of two traces
    are, `labels` and `callers` what rows of these are; `changed` tells the rows that were otherwise in the capture that
    was on the screen before.
    """

    table: Table | None = None
    selection: Callable[[int], Selection] = lambda row: Selection()
    detail: Callable[[int], tuple[Part, ...]] = lambda row: ()
    text: Callable[[int], str] = lambda row: ""
    cursor: int | None = None
    heading: str = ""
    warning: bool = False
    hot: tuple[int, ...] = field(default=())
    branches: Branches | None = None
    goroutines: GoroutineRows | None = None
    compared: GoroutineDiffRows | None = None
    captures: CaptureRows | None = None
    reason: str = ""
    changed: Callable[[int], bool] | None = None
    labels: Labels | None = None
    callers: "CallerRows | None" = None


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes a profile's weights: as they are, as parts of the total, or per second; a difference with its sign."""

    value_type: ValueType
    total: int
    seconds: float
    amounts: Amounts = Amounts.VALUE
    to: str = AUTO
    signed: bool = False

    def __call__(self, value: int) -> str:
        if self.signed and value > 0:
            return f"+{replace(self, signed=False)(value)}"
        if self.amounts is Amounts.PERCENT:
            return ("-" if self.signed and value < 0 else "") + percent(value, self.total).strip()
        if self.amounts is Amounts.VALUE or not value or not self.seconds:
            return label(value, self.value_type.unit, self.to)
        rate, unit = value / self.seconds, self.value_type.unit
        # What is counted comes in fractions; bytes and nanoseconds are small enough to be whole.
        written = label(round(rate), unit, AUTO) if scale(1, unit, AUTO)[1] else f"{rate:.2f}"
        return f"{written}/s"


def writer(
    profile: Profile, index: int, total: int, amounts: Amounts, to: str = AUTO, *, signed: bool = False
) -> Writer:
    return Writer(profile.sample_types[index], total, profile.duration_ns / 1e9, amounts, to, signed)


def rewritten(table: Table, write: Writer) -> Table:
    """The table with flat and cum written in another way; as percentages they replace the columns that already are.

    Differences are told apart by their sign: of cum, and where that is 0 of flat.
    """
    if write.signed:
        table = replace(table, sign=lambda row: _sign(_raw(table, row, "cum")) or _sign(_raw(table, row, "flat")))
    elif write.amounts is Amounts.VALUE:
        return table
    twice = {"flat%", "cum%"} if write.amounts is Amounts.PERCENT else set()

    def column(old: Column) -> Column:
        if old.key not in ("flat", "cum"):
            return old
        return replace(old, text=lambda row: "." if old.text(row) == "." else write(_raw(table, row, old.key)))

    return replace(table, columns=tuple(column(old) for old in table.columns if old.key not in twice))


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _raw(table: Table, row: int, key: str) -> int:
    value = table.record(row)[key]
    assert isinstance(value, int)
    return value


def candidates(found: Nodes, selection: Selection) -> Int64:
    """The nodes that `selection` may be, as precisely as it and the nodes tell: its line, else its function, its
    file.
    """
    function, file = _text(found, selection.function), _text(found, selection.file)
    if function > 0:
        at = np.flatnonzero(found.names == function)
        if not len(at):
            at = np.flatnonzero(found.files == file) if file > 0 else at
    elif file > 0:
        at = np.flatnonzero(found.files == file)
    else:
        at = np.array(
            [node for node in np.flatnonzero(found.names == 0) if found.label(int(node)) == selection.label], np.int64
        )
    for part, wanted in ((found.files, file), (found.lines, selection.line)):
        if wanted > 0 and (part[at] == wanted).any():
            at = at[part[at] == wanted]
    return at


def _text(found: Nodes, text: str) -> int:
    """The row of `text` among the nodes' texts; 0 if it is empty, -1 if it is not there."""
    try:
        return found.texts.index(text)
    except ValueError:
        return -1


def changes_since(before: Profile | None, profile: Profile, place: Place, *, by_line: bool = False) -> Bool | None:
    """Bool per node: whether it weighed otherwise in the capture that was on the screen before.

    None where there was none, or none with such a sample type, and in a diff. With `by_line`, nodes are lines.
    """
    if before is None or place.diff:
        return None
    granularity = Granularity.LINES if by_line else place.view.granularity
    try:
        view = replace(place.view, granularity=granularity, unit=MINIMUM)
        return changed(profile, filtered(before, view), view)
    except ViewError:
        return None


def selected(found: Nodes, node: int) -> Selection:
    return Selection(found.name(node), found.file(node), found.line(node), found.label(node))


def described(
    profile: Profile, found: Nodes, node: int, write: Writer, flat: int, cum: int, *more: str
) -> tuple[Part, ...]:
    """A node in one line: its name, where it is, and what it weighs."""
    place = found.file(node) or _declared_in(profile, found, node)
    if place and (line := found.line(node) or _declared_at(profile, found, node)):
        place = f"{place}:{line}"
    facts = [f"{write(flat)} self", f"{write(cum)} total", *more]
    name = Run(" " + (found.name(node) or found.label(node)), "title", name=True)
    return (name, Run(f"  {place}", "dim", name=True) if place and found.name(node) else "", "  " + "  ".join(facts))


def _declared_in(profile: Profile, found: Nodes, node: int) -> str:
    rows = _functions(profile, found, node)
    return profile.strings[profile.functions.filename[rows[0]]] if len(rows) else ""


def _declared_at(profile: Profile, found: Nodes, node: int) -> int:
    rows = _functions(profile, found, node)
    return int(profile.functions.start_line[rows[0]]) if len(rows) else 0


def _functions(profile: Profile, found: Nodes, node: int) -> Int64:
    name = found.names[node]
    return np.flatnonzero(profile.functions.name == name) if name else np.zeros(0, np.int64)
