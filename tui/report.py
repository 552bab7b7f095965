"""Results as printed text, laid out as `go tool pprof` prints them, because eyes and scripts know where to look."""

from collections.abc import Iterator
from dataclasses import replace

from analysis.info import Info
from analysis.listing import Routine
from analysis.table import Table
from analysis.tags import Tag
from analysis.top import Top
from analysis.units import AUTO, label, percent, scale
from analysis.view import FilterKind, View
from parsers.profile.model import Int32, ValueType
from tui import glyphs
from tui.when import when

# What a name needs beside the figures.
_NAME = 28


def fitted(table: Table, width: int) -> Table:
    """The table without the columns that leave no room for the name on lines of `width` cells."""
    columns = list(table.columns)
    while sum(column.width + 1 for column in columns if column.width) + _NAME > width:
        spare = max(columns, key=lambda column: column.drop)
        if not spare.drop:
            break
        columns.remove(spare)
    return replace(table, columns=tuple(columns))


def text(table: Table) -> Iterator[str]:
    """A table's lines, without a heading: the cells in their widths, and the last one as long as it is."""
    fixed = [column for column in table.columns if column.width]
    rest = [column for column in table.columns if not column.width]
    for row in range(table.length):
        cells = [f"{column.text(row):{column.align}{column.width}}" for column in fixed]
        yield "  ".join([" ".join(cells), *(column.text(row) for column in rest)])


def first(table: Table, rows: int) -> Table:
    """The table's first rows alone."""
    return replace(table, length=min(rows, table.length))


def heading(table: Table) -> str:
    return " ".join(f"{column.title:{column.align}{column.width}}" for column in table.columns if column.width)


def profile_labels(about: Info, value_type: ValueType, total: int, unit: str) -> Iterator[str]:
    """The lines that say which profile this is; the time is the reader's own."""
    if about.program:
        yield f"File: {about.program}"
    if about.build_id:
        yield f"Build ID: {about.build_id}"
    yield from (comment for comment in about.comments if not comment.startswith("#"))
    if value_type.type:
        yield f"Type: {value_type.type}"
    if about.doc_url:
        yield f"Doc: {about.doc_url}"
    if time := when(about.time_ns, zone=True):
        yield f"Time: {time}"
    if about.duration_ns:
        whole, is_time = scale(total, value_type.unit, "nanoseconds")
        share = f"({percent(int(whole), about.duration_ns)})" if is_time == "ns" and whole else ""
        taken, counted = label(about.duration_ns, "ns"), label(total, value_type.unit, unit)
        yield f"Duration: {taken}, Total samples = {counted} {share}"


# Those that the reference tells of, in its order.
_TOLD = (
    FilterKind.FOCUS,
    FilterKind.IGNORE,
    FilterKind.HIDE,
    FilterKind.SHOW,
    FilterKind.SHOW_FROM,
    FilterKind.TAGFOCUS,
    FilterKind.TAGIGNORE,
)
_FILTER = 80  # bytes


def active_filters(view: View) -> Iterator[str]:
    """The lines that say by what a profile has been filtered."""
    told = [f"{each.kind}={each.text}" for kind in _TOLD for each in view.filters if each.kind is kind]
    if told:
        yield "Active filters:"
    for each in told:
        shown = each.encode()[:_FILTER].decode(errors="ignore")
        yield f"   {shown}{glyphs.UNICODE.ellipsis if shown != each else ''}"


def top_labels(result: Top, shown: Int32, unit: str, *, dropped: int, fraction: float, kept: int) -> Iterator[str]:
    """The lines that say how much of the total the rows account for, and what was left out."""

    def write(value: int) -> str:
        return label(value, result.value_type.unit, unit)

    total, covered = result.total, int(result.flat[shown].sum())
    yield f"Showing nodes accounting for {write(covered)}, {percent(covered, total).strip()} of {write(total)} total"
    if total and dropped:
        yield f"Dropped {dropped} node{'s' if dropped > 1 else ''} (cum <= {write(abs(int(total * fraction)))})"
    if total and len(shown) < kept:
        yield f"Showing top {len(shown)} nodes out of {kept}"


def routine_heading(found: Routine, unit: str, total: int, to: str = AUTO) -> Iterator[str]:
    yield f"ROUTINE ======================== {found.name} in {found.file}"
    flat, cum = label(found.flat, unit, to), label(found.cum, unit, to)
    yield f"{flat:>10} {cum:>10} (flat, cum) {percent(found.cum, total)} of Total"


def tag_lines(tag: Tag, unit: str, total: int, to: str = AUTO) -> Iterator[str]:
    def share(weight: int) -> str:
        return f" ({percent(weight, total)})" if total > 0 else ""

    cells = [f"{label(weight, unit, to)}{share(weight)}:" for _, weight in tag.values]
    key, width = f"{tag.key}:", max(map(len, cells), default=0) + 1
    yield f" {key} Total {label(tag.weight, unit, to)} of {label(total, unit, to)}{share(tag.weight)}"
    for cell, (value, _) in zip(cells, tag.values, strict=True):
        yield f"{'':{len(key) + 1}}{cell:>{width}} {value}"


def info_lines(about: Info) -> Iterator[str]:
    """What a profile is, a fact a line."""
    yield f"kind:      {about.kind}"
    if about.program:
        yield f"program:   {about.program}"
    if about.build_id:
        yield f"build id:  {about.build_id}"
    if time := when(about.time_ns, zone=True):
        yield f"time:      {time}"
    if about.duration_ns:
        yield f"duration:  {label(about.duration_ns, 'ns')}"
    if about.period:
        yield f"period:    {label(about.period, about.period_type.unit)} {about.period_type.type}".rstrip()
    for each in about.sample_types:
        default = "  (default)" if each.type == about.default_sample_type else ""
        yield f"sample:    {each.type}/{each.unit}  {label(each.total, each.unit)}{default}"
    yield f"samples:   {about.samples}"
    yield f"functions: {about.functions}"
    yield from (f"comment:   {comment}" for comment in about.comments)
    if about.doc_url:
        yield f"doc:       {about.doc_url}"
