"""What Captures writes in its rows: series with their newest capture and their total over time, and files."""

from datetime import datetime
from functools import cache
from pathlib import Path

from analysis.series import sparkline, totals
from analysis.summary import TRACE, total_of
from analysis.table import Column, Table
from analysis.units import label
from capture.open import display_name
from tui import glyphs
from tui.catalogue import Entry, FileState
from tui.library import Library
from tui.rows.capture_rows import CaptureRows, size_of
from tui.rows.content import Content
from tui.when import when
from tui.widgets.line import Part

# Cells of a sparkline, and captures that it is of.
_TREND = 12
_NAME = 16
_BUILD_ID = 8


def captures_content(
    rows: CaptureRows, bases: frozenset[Path], here: Path | None, targets: tuple[str, bool] = ("", False)
) -> Content:
    """The rows of Captures; the bases of diffs and the capture that is open `here` are marked.

    `targets` is what is said of these above the rows, and whether that is a warning.
    """
    said, warning = targets
    if not len(rows):
        return Content(reason=_why_none(rows.library), captures=rows, heading=said, warning=warning)
    return Content(
        table=Table(
            columns=tuple(_columns(rows, bases, here)),
            length=len(rows),
            identity=rows.identity,
            find=rows.find,
        ),
        detail=lambda row: _detail(rows, row),
        text=lambda row: _name(rows, row),
        heading="   ".join(filter(None, (_heading(rows.library), said))),
        warning=warning or bool(rows.library.problems),
        captures=rows,
    )


def _why_none(library: Library) -> str:
    if library.problems:
        return f"{library.problems[0]}."
    return "Looking for captures." if library.waiting else "There is no profile or trace here yet; what lands is shown."


def _heading(library: Library) -> str:
    """What cannot be watched, or has not been looked into."""
    if library.problems:
        more = f"  (and {len(library.problems) - 1} more)" if len(library.problems) > 1 else ""
        return library.problems[0] + more
    if library.waiting:
        return f"{library.waiting:,} of {len(library.entries):,} files have not been looked into yet"
    return ""


def _columns(rows: CaptureRows, bases: frozenset[Path], here: Path | None) -> list[Column]:
    def titled(key: str, title: str) -> str:
        arrow = glyphs.current().up if rows.reverse else glyphs.current().down
        return title + arrow if key == rows.by else title

    @cache
    def trend(row: int) -> str:
        return _trend(rows, row)

    return [
        Column("kind", titled("kind", "kind"), "<", 9, lambda row: _kind(rows, row)),
        Column("newest", titled("newest", "newest"), "<", 14, lambda row: _time(rows.entry(row))),
        Column("count", titled("count", "count"), ">", 5, lambda row: _count(rows, row)),
        Column("size", titled("size", "size"), ">", 8, lambda row: label(_size(rows, row), "bytes"), drop=3),
        Column("total", "total", ">", 9, lambda row: _total(rows.entry(row))),
        Column("trend", "trend", "<", _TREND, trend, drop=2),
        Column("state", "state", "<", 5, lambda row: _state(rows, row, bases, here), drop=1),
        Column("program", titled("program", "program"), "<", 0, lambda row: _name(rows, row), least=_NAME),
    ]


def _kind(rows: CaptureRows, row: int) -> str:
    series = rows.series_at(row)
    return series.kind if series is not None and rows.is_series(row) else ""


def _count(rows: CaptureRows, row: int) -> str:
    series = rows.series_at(row)
    return str(len(series.members)) if series is not None and rows.is_series(row) else ""


def _size(rows: CaptureRows, row: int) -> int:
    series = rows.series_at(row)
    return size_of(series) if series is not None and rows.is_series(row) else rows.entry(row).size


def _name(rows: CaptureRows, row: int) -> str:
    """A series' program, with the build where there are several; a capture's file."""
    glyph = glyphs.current()
    series = rows.series_at(row)
    if series is None:
        return f"  {glyph.tree_leaf} {display_name(Path(rows.entry(row).path.name))}"
    if not rows.is_series(row):
        return f"  {glyph.tree_leaf} {display_name(Path(rows.entry(row).path.name))}"
    build = f"  build {rows.build(row)[:_BUILD_ID]}" if rows.build(row) else ""
    return f"{glyph.tree_open if rows.is_open(row) else glyph.tree_closed} {series.title}{build}"


def _time(entry: Entry) -> str:
    """When it was taken: the time alone if that was today."""
    if entry.summary is None or not entry.summary.time_ns:
        return when(entry.mtime_ns)[5:-3]
    written = when(entry.summary.time_ns)
    today = f"{datetime.now().astimezone():%Y-%m-%d} "
    return written.removeprefix(today) if written.startswith(today) else written[5:]


def _total(entry: Entry) -> str:
    if entry.summary is None:
        return ""
    if entry.summary.kind == TRACE:
        return label(entry.summary.duration_ns, "ns")
    total = total_of(entry.summary)
    return label(total.total, total.unit)


def _trend(rows: CaptureRows, row: int) -> str:
    """The total over time, as levels."""
    series = rows.series_at(row)
    if series is None or series.kind == TRACE or not rows.is_series(row) or len(series.members) < 2:
        return ""
    return glyphs.sparkline(sparkline(totals(series).values.tolist(), _TREND))


def _state(rows: CaptureRows, row: int, bases: frozenset[Path], here: Path | None) -> str:
    """What is to be known of a capture; of a series also that it has one which an event had taken."""
    entry, series = rows.entry(row), rows.series_at(row)
    if entry.path in bases:
        return "base"
    if entry.state is not FileState.COMPLETE:
        return {FileState.INCOMPLETE: "growing", FileState.UNREADABLE: "unreadable"}.get(entry.state, str(entry.state))
    if entry.path == here:
        return "open"
    members = series.members if series is not None and rows.is_series(row) else (entry,)
    return "event" if any(each.why for each in members) else ""


def _events(rows: CaptureRows, row: int) -> int:
    """How many captures of this row an event had taken."""
    series = rows.series_at(row)
    if series is None or not rows.is_series(row):
        return bool(rows.entry(row).why)
    return sum(bool(each.why) for each in series.members)


def _detail(rows: CaptureRows, row: int) -> tuple[Part, ...]:
    entry, series = rows.entry(row), rows.series_at(row)
    name = (f" {display_name(Path(entry.path.name))}", "title")
    folder = (f"  in {display_name(entry.path.parent)}", "dim")
    if entry.reason:
        return name, f"  {entry.reason}", folder
    if entry.summary is None or series is None:
        return name, f"  {entry.state}", folder
    facts = [entry.summary.kind]
    if entry.summary.kind != TRACE:
        total = total_of(entry.summary)
        facts.append(f"{total.type} {label(total.total, total.unit)}")
    if entry.summary.duration_ns:
        facts.append(f"in {label(entry.summary.duration_ns, 'ns')}")
    events = _events(rows, row)
    because = entry.because or (f"{events:,} event{'s' * (events != 1)}" if events else "")
    return (
        name,
        "  " + " ".join(facts),
        (f"  {because}" * bool(because), "warn"),
        (f"  {when(entry.time_ns)}", "dim"),
        folder,
    )
