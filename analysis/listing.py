"""The listing: flat and cumulative weight per source line of a function, as `go tool pprof -list`."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.errors import ViewError
from analysis.expressions import compiled
from analysis.memo import memo
from analysis.table import Column, Table
from analysis.top import Top, top
from analysis.units import AUTO, MINIMUM, label
from analysis.view import Granularity, View
from parsers.profile.model import Int64, Profile

# Lines shown before a function whose first line is not known, and behind its last line with a sample.
_MARGIN = 5


@dataclass(frozen=True, eq=False, slots=True)
class Routine:
    """One function in one file. `lines` is int64, ascending and distinct; `line_flat`, `line_cum` its weights.

    `flat` and `cum` are plain sums over the lines, as the reference prints them: in a recursive function `cum` counts a
    sample once for each of its lines that the sample passes. `first` to `last` are the lines worth showing.
    """

    name: str
    file: str
    start_line: int  # 0 when unknown
    first: int
    last: int
    flat: int
    cum: int
    lines: Int64
    line_flat: Int64
    line_cum: Int64


def routines(profile: Profile, view: View, pattern: str) -> tuple[Routine, ...]:
    """The functions whose name matches the RE2 expression `pattern`, by name and file.

    Raises ViewError on a bad expression, and when nothing matches.
    """
    matches = compiled(pattern)
    found = tuple(
        _routine(profile, view, name, file)
        for name, file in sorted(_lines_of(profile, _by_line(view)))
        if matches(name)
    )
    if not found:
        raise ViewError(f"no function matches “{pattern}”")
    return found


def routine(profile: Profile, view: View, name: str, file: str = "") -> Routine | None:
    """The function of exactly this name; of several files the one with most cum, unless `file` says which."""
    lines = _lines_of(profile, _by_line(view))
    files = [f for n, f in lines if n == name and file in ("", f)]
    found = [_routine(profile, view, name, f) for f in files]
    return max(found, key=lambda one: abs(one.cum), default=None)


def _by_line(view: View) -> View:
    return replace(view, granularity=Granularity.LINES, unit=MINIMUM)


@memo
def _lines_of(profile: Profile, view: View) -> dict[tuple[str, str], list[int]]:
    """The line nodes with any weight, by the function and file they are in."""
    result = top(profile, view)
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for node in np.flatnonzero((result.flat != 0) | (result.cum != 0)).tolist():
        found[result.nodes.name(node), result.nodes.file(node)].append(node)
    found.pop(("", ""), None)
    return dict(found)


@memo
def _start_lines(profile: Profile) -> dict[str, int]:
    """The smallest first line known of the functions of each name."""
    functions = profile.functions
    starts: dict[str, int] = {}
    for row in np.flatnonzero(functions.start_line > 0):
        name, line = profile.strings[functions.name[row]], int(functions.start_line[row])
        starts[name] = min(line, starts.get(name, line))
    return starts


def _routine(profile: Profile, view: View, name: str, file: str) -> Routine:
    by_line = _by_line(view)
    result: Top = top(profile, by_line)
    chosen = np.array(_lines_of(profile, by_line)[name, file])
    lines, place = np.unique(result.nodes.lines[chosen], return_inverse=True)
    flat, cum = np.zeros(len(lines), np.int64), np.zeros(len(lines), np.int64)
    np.add.at(flat, place, result.flat[chosen])
    np.add.at(cum, place, result.cum[chosen])
    start = _start_lines(profile).get(name, 0)
    first = min(start, int(lines[0])) if start else int(lines[0]) - _MARGIN
    return Routine(
        name,
        file,
        start,
        max(first, 1),
        int(lines[-1]) + _MARGIN,
        int(flat.sum()),
        int(cum.sum()),
        lines,
        flat,
        cum,
    )


def without_light(found: Routine, least: int) -> Routine:
    """The routine with no weight on the lines whose |cum| is less than `least`."""
    light = np.abs(found.line_cum) < least
    return replace(found, line_flat=np.where(light, 0, found.line_flat), line_cum=np.where(light, 0, found.line_cum))


def table(found: Routine, source: Sequence[str] | None, unit: str, total: int, to: str = AUTO) -> Table:
    """Columns flat, cum, line and text over a function's lines; without `source`, over those that have a weight.

    `source` is the whole file's text, a line each; `unit` the sample type's, `to` the one to write in.
    """
    last = found.last if source is None else min(found.last, len(source))
    shown = found.lines if source is None or last < found.first else np.arange(found.first, last + 1)
    place = np.searchsorted(found.lines, shown)
    at = np.minimum(place, len(found.lines) - 1)
    known = found.lines[at] == shown
    flat = np.where(known, found.line_flat[at], 0)
    cum = np.where(known, found.line_cum[at], 0)

    def text(row: int) -> str:
        line = int(shown[row])
        return source[line - 1] if source is not None and 0 < line <= len(source) else ""

    def weight(value: int) -> str:
        return label(value, unit, to) if value else "."

    return Table(
        columns=(
            Column("flat", "flat", ">", 10, lambda row: weight(flat[row]), to),
            Column("cum", "cum", ">", 10, lambda row: weight(cum[row]), to),
            Column("line", "line", ">", 6, lambda row: str(shown[row])),
            Column("text", "source", "<", 0, text),
        ),
        length=len(shown),
        record=lambda row: {
            "line": int(shown[row]),
            "flat": int(flat[row]),
            "cum": int(cum[row]),
            "text": text(row),
        },
        identity=lambda row: int(shown[row]),
        share=lambda row: abs(int(cum[row])) / total if total else 0.0,
    )
