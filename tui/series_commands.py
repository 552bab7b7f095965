"""The printing commands for many captures: which series they are, and how what functions weigh goes over one of them.

As in `tui.commands`, each takes the parsed arguments and yields its lines; errors a user can meet are raised.
"""

import json
import shutil
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from analysis.errors import ViewError
from analysis.info import Kind
from analysis.prune import prune
from analysis.series import Catalogue, Series, series_of, sparkline, totals
from analysis.summary import TRACE, sample_of, total_of
from analysis.table import Column, Table
from analysis.top import Top, top
from analysis.trend import Trend, ranked, signed, trend
from analysis.trend import table as trend_table
from analysis.units import AUTO, MINIMUM, label
from analysis.view import Granularity, View
from capture.open import STDIN, CaptureError, candidates, display_name, read
from tui import glyphs, report
from tui.catalogue import Entry, FileState, examined
from tui.when import when

_ROWS = 20
_SPARK = 12
_BUILD_ID = 8
# Wide enough for a pipe's reader, and for the terminal when it does not say.
_WIDTH = 120
# Choices that a sentence may list.
_NAMED = 6


def run_captures(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """The series in a directory, and what is in none."""
    found = _catalogue(arguments)
    if arguments.json:
        yield json.dumps(
            {
                "series": [_series_record(series) for series in found.series],
                "loose": [_entry_record(entry) for entry in found.loose],
            }
        )
    else:
        _choose_glyphs(arguments)
        if found.series:
            yield from _printed(_captures_table(found.series))
        members = [each for series in found.series for each in series.members]
        unfinished, events = [each for each in members if each.reason], [each for each in members if each.why]
        if found.series and (unfinished or found.loose or events):
            yield ""
        yield from (f"{display_name(each.path)}: {each.because}" for each in events)
        yield from (f"{display_name(each.path)}: {each.state}: {each.reason}" for each in (*unfinished, *found.loose))
    if not found.series:
        complain("none of the files could be read")


def _catalogue(arguments: Namespace) -> Catalogue[Entry]:
    """What the arguments name, looked into. Raises CaptureError where there is nothing."""
    files = candidates(arguments.files, recursive=arguments.recursive)
    if STDIN in files:
        raise CaptureError(STDIN, "one capture, no series: name files or directories")
    entries = [examined(path, budget=arguments.max_memory, named=named) for path, named in files.items()]
    found = series_of(each for each in entries if each)
    if not found.series and not found.loose:
        raise CaptureError(Path(arguments.files[0]), "a directory without a profile or trace in it")
    return found


def _choose_glyphs(arguments: Namespace) -> None:
    glyphs.use(ascii=arguments.ascii or not glyphs.writable(getattr(sys.__stderr__, "encoding", None)))


def _printed(table: Table) -> Iterator[str]:
    table = report.fitted(table, shutil.get_terminal_size((_WIDTH, 0)).columns)
    yield report.heading(table).rstrip()
    yield from report.text(table)


def _spark(values: Sequence[int]) -> str:
    return glyphs.sparkline(sparkline(values, _SPARK))


def _captures_table(every: Sequence[Series[Entry]]) -> Table:
    """A row per series; the program comes last, with the build where there are several."""
    builds: dict[str, set[str]] = {}
    for each in every:
        builds.setdefault(each.title, {""}).add(each.build_id)

    def name(row: int) -> str:
        series = every[row]
        build = f"  build {series.build_id[:_BUILD_ID]}" if len(builds[series.title]) > 2 else ""
        return f"{_title(series)}{build}{'  differences' if series.delta else ''}"

    return Table(
        columns=(
            Column("kind", "kind", "<", 13, lambda row: every[row].kind),
            Column("newest", "newest", "<", 19, lambda row: when(_time(every[row].members[-1]))),
            Column("count", "count", ">", 5, lambda row: str(len(every[row].members))),
            Column("size", "size", ">", 9, lambda row: label(_size(every[row]), "bytes"), drop=1),
            Column("total", "total", ">", 9, lambda row: _total(every[row])),
            Column("trend", "trend", "<", _SPARK, lambda row: _trend(every[row]), drop=2),
            Column("state", "state", "<", 11, lambda row: _state(every[row]), drop=3),
            Column("program", "program", "<", 0, name),
        ),
        length=len(every),
    )


def _title(series: Series[Entry]) -> str:
    # Where it is not the program's it is made of files' names.
    return display_name(Path(series.title))


def _time(entry: Entry) -> int:
    return entry.summary.time_ns if entry.summary and entry.summary.time_ns else entry.mtime_ns


def _size(series: Series[Entry]) -> int:
    return sum(entry.size for entry in series.members)


def _total(series: Series[Entry]) -> str:
    """That of the newest capture; of a trace how long it is."""
    newest = series.summaries[-1]
    if newest.kind == TRACE:
        return label(newest.duration_ns, "ns")
    found = total_of(newest)
    return label(found.total, found.unit)


def _trend(series: Series[Entry]) -> str:
    return "" if series.kind == TRACE or len(series.members) < 2 else _spark(totals(series).values.tolist())


def _state(series: Series[Entry]) -> str:
    unfinished = sum(entry.state is FileState.INCOMPLETE for entry in series.members)
    return f"{unfinished} growing" if unfinished else ""


def _series_record(series: Series[Entry]) -> dict[str, object]:
    return {
        "program": series.program,
        "build_id": series.build_id,
        "kind": series.kind,
        "delta": series.delta,
        "captures": [_entry_record(entry) for entry in series.members],
    }


def _entry_record(entry: Entry) -> dict[str, object]:
    about = entry.summary
    known: dict[str, object] = {}
    if about:
        known = {
            "time_ns": about.time_ns,
            "duration_ns": about.duration_ns,
            "totals": {each.type: each.total for each in about.sample_types},
        }
    file = {"file": display_name(entry.path), "state": str(entry.state), "reason": entry.reason}
    return file | {"size": entry.size, "mtime_ns": entry.mtime_ns, "why": entry.why} | known


def run_trend(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """How what the nodes of one series weigh goes from its first capture to its last."""
    found = _catalogue(arguments)
    if not found.series:
        raise CaptureError(found.loose[0].path, found.loose[0].reason)
    series = _chosen(found.series, arguments)
    about = series.summaries[-1]
    index = sample_of(about, arguments.sample)
    granularity = Granularity(arguments.granularity)
    # All captures of a series have the same sample types.
    view = View(str(index), granularity, not arguments.no_inlines, arguments.mine, arguments.unit)
    used: list[Entry] = []
    cumulative = series.is_cumulative(about.sample_types[index].type)
    tops = _tops(series, view, arguments.max_memory, used, complain)
    result = trend(tops, by=arguments.by, cumulative=cumulative)
    order = ranked(result, arguments.sort)
    most = arguments.n if arguments.n is not None else 0 if arguments.json else _ROWS
    table = trend_table(result, order[: most or None], arguments.unit)
    if arguments.json:
        rows = [table.record(row) for row in range(table.length)]
        yield json.dumps(_trend_facts(series, result, used, arguments) | {"rows": rows})
        return
    _choose_glyphs(arguments)
    yield from _heading(series, result, used, arguments.unit)
    yield from (f"Left out: {display_name(entry.path)}: {entry.reason}" for entry in found.loose)
    if table.length < len(order):
        yield f"Showing top {table.length} nodes out of {len(order)}"
    drawn = Column("trend", "trend", "<", _SPARK, lambda row: _spark(result.values[order[row]].tolist()), drop=1)
    yield from _printed(replace(table, columns=(*table.columns[:-1], drawn, table.columns[-1])))


def _chosen(every: Sequence[Series[Entry]], arguments: Namespace) -> Series[Entry]:
    """The one series that is meant. Raises ViewError where that is none, or not clear."""
    asked = [series for series in every if series.kind != TRACE and _is_asked_for(series, arguments)]
    if not asked:
        raise ViewError(f"there is no such series of profiles: there {_listed(every)}")
    having = [series for series in asked if _has(series, arguments.sample)]
    if not having:
        raise ViewError(f"no series has a sample type “{arguments.sample}”: there {_listed(asked)}")
    several = [series for series in having if len(series.members) > 1] or having
    meant = [series for series in several if _suits(series, arguments.sample)] or several
    if len(meant) > 1:
        raise ViewError(f"choose a series with --kind or --program, or name its files: there {_listed(meant)}")
    return meant[0]


def _is_asked_for(series: Series[Entry], arguments: Namespace) -> bool:
    program = arguments.program
    named = not program or series.title == program or (bool(series.build_id) and series.build_id.startswith(program))
    return named and arguments.kind in ("", series.kind)


def _has(series: Series[Entry], sample: str) -> bool:
    try:
        sample_of(series.summaries[-1], sample)
    except ViewError:
        return False
    return True


def _suits(series: Series[Entry], sample: str) -> bool:
    """Whether the sample type is what its kind is taken for: heap and allocs profiles have the same ones."""
    if not sample or series.kind not in (Kind.HEAP, Kind.ALLOCS):
        return True
    return (series.kind == Kind.ALLOCS) == sample.startswith("alloc")


def _listed(every: Sequence[Series[Entry]]) -> str:
    names = [
        f"{_title(series)} {series.kind}{f' {series.build_id[:_BUILD_ID]}' if series.build_id else ''}"
        f" ({len(series.members)})"
        for series in every[:_NAMED]
    ]
    more = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return f"{'is' if len(every) == 1 else 'are'} {', '.join(names)}{more}" if every else "is none"


def _tops(
    series: Series[Entry], view: View, budget: int | None, used: list[Entry], complain: Callable[[str], None]
) -> Iterator[tuple[int, Top]]:
    """The time and the Top of each capture, none of which is kept; `used` are those that could be read."""
    for entry in series.members:
        try:
            found = top(prune(read(entry.path, budget=budget)), view)
        except CaptureError as error:
            complain(str(error))
            continue
        used.append(entry)
        yield entry.summary.time_ns if entry.summary else 0, found


def _trend_facts(
    series: Series[Entry], result: Trend, used: Sequence[Entry], arguments: Namespace
) -> dict[str, object]:
    """The head of the JSON object."""
    captures = [
        {"file": display_name(entry.path), "time_ns": time, "total": total}
        for entry, time, total in zip(
            used[len(used) - len(result.times) :], result.times.tolist(), result.totals.tolist(), strict=True
        )
    ]
    return {
        "program": series.program,
        "build_id": series.build_id,
        "kind": series.kind,
        "sample_type": result.value_type.type,
        "unit": result.value_type.unit,
        "granularity": arguments.granularity,
        "by": arguments.by,
        "differences": result.differences,
        f"slope_per_{result.per}": result.total_slope,
        "captures": captures,
    }


def _heading(series: Series[Entry], result: Trend, used: Sequence[Entry], unit: str) -> Iterator[str]:
    """The lines that say which series this is, from when to when, and how its total goes."""
    own, to = result.value_type.unit, AUTO if unit == MINIMUM else unit
    yield f"{'File' if series.program else 'Files'}: {_title(series)}"
    if series.build_id:
        yield f"Build ID: {series.build_id}"
    yield f"Kind: {series.kind}{', differences over a time each' if series.delta else ''}"
    yield f"Type: {result.value_type.type}"
    first, last = (when(_time(entry), zone=True) for entry in (used[0], used[-1]))
    yield f"Captures: {len(used)}, from {first} to {last}"
    if result.differences:
        yield "Counted since the program's start: figures are of what came between one capture and the next."
    if result.per == "capture":
        yield "The captures do not tell when they were taken: slopes are per capture."
    totals = f"{label(result.totals[0], own, to)} to {label(result.totals[-1], own, to)}"
    yield f"Total: {totals}, {signed(result.total_slope, own, to)} per {result.per}"


RUN = {"captures": run_captures, "trend": run_trend}
