"""What is looked at as a file for other tools: which formats there are, and the bytes of each.

The screen's `e` and `goscope export` both come here, with a `Subject`; the file itself is for `capture.write`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from analysis.export.folded import folded
from analysis.export.parquet import parquet
from analysis.export.pprofcommand import Asked, Equivalent, Report, equivalent
from analysis.export.rows import code, csv_rows, escaped, json_rows, markdown_rows
from analysis.export.speedscope import speedscope
from analysis.export.svg import svg
from analysis.info import info
from analysis.samples import sample_index, total
from analysis.table import Table
from analysis.units import AUTO
from analysis.view import Filter, View
from capture.open import display_name
from parsers.profile.encode import encoded
from parsers.profile.model import Profile
from tui.place import Order, PaneName, Place, Selection
from tui.report import profile_labels

# Rows of a table that is meant to be read.
READ = 30
# The panes that pprof has a report for.
_REPORTS: dict[PaneName, Report] = {
    PaneName.TOP: "top",
    PaneName.TREE: "tree",
    PaneName.FLAME: "tree",
    PaneName.CALLERS: "peek",
    PaneName.SOURCE: "list",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is exported: the profile that is looked at under `view`, already filtered and compared, and the table shown.

    `title` says what it is in one line (`dataclean cpu`), `pane` which view of it the table is (`top`), `labels` what a
    report has above its rows. `facts` are the head of a JSON object, `units` those of the integers in the table's
    records. `equivalent` is how `go tool pprof` is asked for the table, None where it has nothing like it.
    `source` is the files' names and `derived` which profile of a trace it is, "" where it is of none.
    """

    title: str
    pane: str
    view: View
    profile: Profile | None = None
    table: Table | None = None
    labels: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    equivalent: Equivalent | None = None
    rows: int = 0
    source: str = ""
    derived: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name on the command line, the end of its files' names, and what it is for."""

    name: str
    extension: str
    what: str
    pieces: Callable[[Subject], Iterator[bytes]]
    of_table: bool = False
    binary: bool = False


def on_screen(
    profile: Profile | None,
    place: Place,
    table: Table | None,
    path: Path,
    *,
    base: Path | None = None,
    order: Order | None = None,
    derived: str = "",
    compat: bool = False,
) -> Subject:
    """What the pane of `place` shows: the profile as it is there, filtered and compared, None where there is none, and
    the table, None where there is none.

    `path` is the capture's, `base` that of what is subtracted where `place` shows a difference; `order` is how Top is
    sorted, and `derived` names the profile of a trace.
    """
    file = display_name(path)
    if profile is None:
        return Subject(file, place.pane, place.view, table=table, facts={"file": file, "pane": str(place.pane)})
    index = sample_index(profile, place.view.sample)
    value_type, whole, about = profile.sample_types[index], total(profile, index), info(profile)
    names = [name for name in (path, base if place.diff else None) if name]
    files, bases = [str(name) for name in names[:1]], [str(name) for name in names[1:]]
    if place.swapped:
        files, bases = bases, files
    centre = place.pane is PaneName.CALLERS and place.centre != Selection()
    chosen = place.centre if centre else place.selection
    title = f"{about.program or file} {f'trace {derived}' if derived else about.kind}"
    asked = Asked(
        "tags" if place.labels and place.pane is PaneName.TOP else _REPORTS.get(place.pane, "top"),
        tuple(files),
        value_type.type,
        tuple(bases),
        normalize=place.normalized,
        pattern=f"^{re.escape(chosen.function or chosen.label)}$",
        by_cum=order is not None and order.by == "cum",
        rows=READ,
        fraction=0,
        derived=derived,
        compat=compat,
    )
    facts: dict[str, object] = {"file": files, "base": bases} if bases else {"file": file}
    facts |= {"pane": str(place.pane), "sample_type": value_type.type, "unit": value_type.unit, "total": whole}
    if place.view.filters:
        facts["filters"] = [{"kind": str(each.kind), "text": each.text} for each in place.view.filters]
    return Subject(
        f"{title}, less {display_name(Path(bases[0]))}" if bases else title,
        place.pane,
        place.view,
        profile,
        table,
        labels=tuple(profile_labels(about, value_type, whole, AUTO)),
        facts=facts,
        units=units_of(table, value_type.unit) if table else {},
        equivalent=equivalent(asked, place.view) if table and place.pane in _REPORTS else None,
        source=source_of([Path(name) for name in files], [Path(name) for name in bases]),
        derived=derived,
    )


def source_of(paths: Iterable[Path], bases: Iterable[Path] = ()) -> str:
    """What files a profile is of, in one line."""
    names, less = (", ".join(map(display_name, each)) for each in (paths, bases))
    return f"{names}, less {less}" if less else names


def formats(subject: Subject) -> list[Format]:
    """Those that there is something to write in."""
    return [each for each in FORMATS.values() if (subject.table if each.of_table else subject.profile) is not None]


def default_name(program: str, kind: str, time_ns: int, pane: str, extension: str) -> str:
    """`<program>-<kind>-<YYYYmmdd-HHMMSS>.<pane>.<extension>`, of the capture's time, or the clock's where it has none.

    Whatever a capture calls its program, this names a file in the working directory.
    """
    try:
        time = datetime.fromtimestamp(time_ns // 10**9) if time_ns else datetime.now()
    except (OverflowError, OSError, ValueError):
        time = datetime.now()
    stem = "-".join(filter(None, (re.sub(r"[^\w.+-]+", "_", part).lstrip(".-")[:80] for part in (program, kind))))
    return f"{stem or 'goscope'}-{time:%Y%m%d-%H%M%S}.{pane}.{extension}"


def unused(path: Path) -> Path:
    """The path, or where that is taken the same with a number before its endings."""
    stem, dot, endings = path.name.partition(".")
    names = (path if n < 2 else path.with_name(f"{stem}-{n}{dot}{endings}") for n in count(1))
    return next(each for each in names if not each.exists())


def units_of(table: Table, unit: str) -> dict[str, str]:
    """The unit of the integers in the records of a profile's table, by key: those of them that are weights."""
    keys = table.record(0) if table.length else ()
    return {key: unit for key in ("flat", "cum", "weight") if key in keys}


def chip(filter: Filter) -> str:
    return f"{filter.kind}={filter.text}"


def _proto(subject: Subject) -> Iterator[bytes]:
    return encoded(_profile(subject))


def _folded(subject: Subject) -> Iterator[bytes]:
    return _encoded(folded(_profile(subject), subject.view))


def _speedscope(subject: Subject) -> Iterator[bytes]:
    return _encoded(speedscope(_profile(subject), subject.view, subject.title))


def _svg(subject: Subject) -> Iterator[bytes]:
    filters = [chip(each) for each in subject.view.filters]
    return _encoded(svg(_profile(subject), subject.view, subject.title, "   ".join([*subject.labels, *filters])))


def _parquet(subject: Subject) -> Iterator[bytes]:
    return parquet(_profile(subject), subject.source, subject.derived and f"trace {subject.derived}")


def _csv(subject: Subject) -> Iterator[bytes]:
    return _encoded(csv_rows(_table(subject), subject.units))


def _json(subject: Subject) -> Iterator[bytes]:
    return _encoded(json_rows(_table(subject), subject.facts, subject.units))


def _markdown(subject: Subject) -> Iterator[bytes]:
    return _encoded(_markdown_text(subject, _table(subject)))


def _markdown_text(subject: Subject, table: Table) -> Iterator[str]:
    yield f"# {escaped(subject.title)}: {escaped(subject.pane)}\n\n"
    yield from (f"- {escaped(line.strip())}\n" for line in subject.labels)
    if subject.view.filters:
        yield f"- Filters: {', '.join(code(chip(each)) for each in subject.view.filters)}\n"
    yield "\n"
    most = subject.rows or READ
    yield from markdown_rows(table, most)
    if table.length > most:
        yield f"\n{most} of {table.length} rows.\n"
    if found := subject.equivalent:
        if found.commands:
            yield "\nThe same with Go's own tools:\n\n```sh\n"
            yield from (f"{command}\n" for command in found.commands)
            yield "```\n"
        yield from (f"\n{note}\n" for note in found.notes)


def _profile(subject: Subject) -> Profile:
    assert subject.profile is not None
    return subject.profile


def _table(subject: Subject) -> Table:
    assert subject.table is not None
    return subject.table


def _encoded(pieces: Iterator[str]) -> Iterator[bytes]:
    return (piece.encode("utf-8", "backslashreplace") for piece in pieces)


FORMATS = {
    each.name: each
    for each in (
        Format("proto", "pb.gz", "pprof protobuf, for `go tool pprof`", _proto, binary=True),
        Format("parquet", "parquet", "a row for each sample, for DuckDB, ClickHouse and Spark", _parquet, binary=True),
        Format("folded", "folded", "folded stacks, for flamegraph.pl", _folded),
        Format("speedscope", "speedscope.json", "JSON for speedscope.app", _speedscope),
        Format("svg", "svg", "flame graph for a browser", _svg),
        Format("csv", "csv", "the rows, with raw integers", _csv, of_table=True),
        Format("json", "json", "the rows, with raw integers", _json, of_table=True),
        Format("md", "md", "Markdown, with the `go tool pprof` command", _markdown, of_table=True),
    )
}
