"""`goscope export`: what the other commands print as files for other tools."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from analysis import listing, tags
from analysis.callers import CallGraph, Neighbours, call_graph
from analysis.edges import edge_cutoff, inline_marks
from analysis.errors import ViewError
from analysis.export.pprofcommand import Asked, Report, equivalent
from analysis.expressions import compiled
from analysis.filters import minimum
from analysis.info import info
from analysis.table import Column, Table
from analysis.top import ranked, smallest, top, trimmed
from analysis.top import table as top_table
from analysis.tree import CallTree
from analysis.tree import table as tree_table
from analysis.units import AUTO, MINIMUM, label, percent, report_unit
from capture.open import display_name
from capture.write import write
from tui.commands import Loaded, opened
from tui.exporting import FORMATS, READ, Format, Subject, source_of, units_of

# The least share of a row that is meant to be read, as of the printed reports.
_FRACTION = 0.005


def run_export(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """Write what the arguments name, and say where to; to standard output without a word."""
    wanted = FORMATS[arguments.format]
    if arguments.report in ("list", "peek") and not arguments.regex:
        raise ViewError(f"--report {arguments.report} needs --regex, which functions are searched for with")
    if arguments.output in ("", "-"):
        if wanted.binary and sys.stdout.isatty():
            raise ViewError(f"{wanted.name} is nothing for a terminal: name a file with -o, or redirect the output")
        for piece in _pieces(wanted, arguments, complain):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    path = Path(arguments.output)
    size = write(path, _pieces(wanted, arguments, complain), force=arguments.force)
    yield f"{display_name(path)}: {label(size, 'bytes')}"


def _pieces(wanted: Format, arguments: Namespace, complain: Callable[[str], None]) -> Iterator[bytes]:
    """The file, of which nothing is read before the first piece is asked for."""
    yield from wanted.pieces(_subject(wanted, Loaded(arguments, complain), arguments))


def _subject(wanted: Format, loaded: Loaded, arguments: Namespace) -> Subject:
    about = info(loaded.profile)
    kind = f"trace {loaded.derived}" if loaded.derived else str(about.kind)
    title = f"{about.program or display_name(loaded.paths[0])} {kind}"
    if loaded.base:
        title = f"{title}, less {', '.join(display_name(path) for path in loaded.base_paths)}"
    if not wanted.of_table:
        source = source_of(loaded.paths, loaded.base_paths)
        labels = (loaded.value_type.type, label(loaded.total, loaded.value_type.unit, AUTO))
        return Subject(title, "", loaded.view, loaded.profile, labels=labels, source=source, derived=loaded.derived)
    report: Report = arguments.report
    table = _TABLES[report](loaded, arguments, wanted)
    return Subject(
        title,
        report,
        loaded.view,
        loaded.profile,
        table,
        labels=tuple(loaded.labels(AUTO)),
        facts=loaded.facts() | {"report": report},
        units=units_of(table, loaded.value_type.unit),
        equivalent=equivalent(_asked(report, loaded, arguments), loaded.view),
        rows=table.length if report in ("callers", "peek") else arguments.n or READ,
    )


def _asked(report: Report, loaded: Loaded, arguments: Namespace) -> Asked:
    return Asked(
        report,
        tuple(map(str, loaded.paths)),
        loaded.value_type.type,
        tuple(map(str, loaded.base_paths)),
        str(loaded.against),
        loaded.normalized,
        arguments.regex,
        by_cum=arguments.sort == "cum",
        rows=arguments.n or READ,
        derived=loaded.derived,
        compat=arguments.compat,
        source_path=arguments.source_path,
        trim_path=arguments.trim_path,
    )


def _top(loaded: Loaded, arguments: Namespace, wanted: Format) -> Table:
    """All rows for scripts; to be read, those that `goscope top` prints."""
    result = top(loaded.profile, loaded.view)
    order = ranked(result, arguments.sort)
    if wanted.name == "md":
        order = trimmed(result, order, minimum(loaded.view) or _FRACTION)[: arguments.n or READ]
        marks = inline_marks(loaded.profile, loaded.view, result, order, least=edge_cutoff(result))
    else:
        marks = inline_marks(loaded.profile, loaded.view, result, order)
        order = order[: arguments.n or None]
    return top_table(result, order, loaded.view.unit, marks)


def _tree(loaded: Loaded, arguments: Namespace, wanted: Format) -> Table:
    tree = CallTree(loaded.profile, loaded.view)
    shown = list(opened(tree, abs(int(loaded.total * minimum(loaded.view) or _FRACTION)), 0, arguments.n))
    weights = [abs(tree.flat(at) or tree.cum(at)) for at in shown]
    unit = report_unit(min(filter(None, weights), default=0), loaded.total, loaded.value_type.unit, arguments.unit)
    return tree_table(tree, shown, unit)


def _callers(loaded: Loaded, arguments: Namespace, wanted: Format) -> Table:
    """Every function with its callers before it and its callees behind: all for scripts, to be read the first ones."""
    reading = wanted.name == "md"
    graph = call_graph(
        loaded.profile,
        loaded.view,
        arguments.sort,
        fraction=minimum(loaded.view) or _FRACTION if reading else 0.0,
        count=arguments.n or (READ if reading else 0),
    )
    return _of_graph(loaded, graph, graph.order.tolist())


def _peek(loaded: Loaded, arguments: Namespace, wanted: Format) -> Table:
    matches = compiled(arguments.regex)
    graph = call_graph(loaded.profile, loaded.view, fraction=0.0, count=0)
    found = [node for node in graph.order.tolist() if matches(graph.result.nodes.label(node))]
    if not found:
        raise ViewError(f"no function matches “{arguments.regex}”")
    return _of_graph(loaded, graph, found)


def _of_graph(loaded: Loaded, graph: CallGraph, shown: Sequence[int]) -> Table:
    """The functions `shown`, each between its callers and its callees, whose weight is that of the calls."""
    names, result, unit = graph.result.nodes, graph.result, loaded.value_type.unit
    to = report_unit(smallest(result, graph.order), loaded.total, unit, loaded.view.unit)
    records: list[dict[str, object]] = []
    cums: list[int] = []

    def side(of: int, which: str, found: Neighbours) -> None:
        for node, weight, inline in zip(found.node.tolist(), found.weight.tolist(), found.inline.tolist(), strict=True):
            add(of, node, which, None, None, weight, inline)

    def add(
        of: int, node: int, which: str, flat: int | None, cum: int | None, weight: int | None, inline: bool
    ) -> None:
        name, file, line = names.title(node), names.file(node), names.line(node)
        about = {"function": names.title(of), "side": which, "name": name, "file": file, "line": line}
        records.append(about | {"flat": flat, "cum": cum, "weight": weight, "inline": inline})
        cums.append(int(result.cum[of]))
        labels.append(f"{names.label(node)}{' (inline)' if inline else ''}")

    labels: list[str] = []
    for node in shown:
        side(node, "caller", graph.callers(node))
        add(node, node, "function", int(result.flat[node]), int(result.cum[node]), None, False)
        side(node, "callee", graph.callees(node))

    def weight(key: str) -> Column:
        return Column(key, key, ">", 10, lambda row: _written(records[row][key], unit, to, nothing="0"), to)

    return _of_records(
        records,
        weight("flat"),
        weight("cum"),
        weight("weight"),
        Column("weight%", "weight%", ">", 6, lambda row: _share(records[row]["weight"], cums[row])),
        Column("side", "side", "<", 8, lambda row: str(records[row]["side"])),
        Column("name", "function", "<", 0, labels.__getitem__),
    )


def _list(loaded: Loaded, arguments: Namespace, wanted: Format) -> Table:
    """The lines of all functions that match, behind one another."""
    to, unit = _to(loaded), loaded.value_type.unit
    records: list[dict[str, object]] = []
    for each in listing.routines(loaded.profile, loaded.view, arguments.regex):
        source = loaded.finder.sources.find(each.file) if each.file else None
        lines = listing.table(each, source.lines if source else None, unit, loaded.total, to)
        place = {"function": each.name, "file": each.file}
        records += [place | lines.record(row) for row in range(lines.length)]

    def weight(key: str) -> Column:
        return Column(key, key, ">", 10, lambda row: _written(records[row][key], unit, to, nothing="."), to)

    return _of_records(
        records,
        weight("flat"),
        weight("cum"),
        Column("function", "function", "<", 0, lambda row: str(records[row]["function"])),
        Column("line", "line", ">", 6, lambda row: str(records[row]["line"])),
        Column("text", "source", "<", 0, lambda row: str(records[row]["text"])),
    )


def _tags(loaded: Loaded, arguments: Namespace, wanted: Format) -> Table:
    to, unit = _to(loaded), loaded.value_type.unit
    records: list[dict[str, object]] = [
        {"key": tag.key, "value": value, "weight": weight}
        for tag in tags.tags(loaded.profile, loaded.view, to)
        for value, weight in tag.values
    ]
    return _of_records(
        records,
        Column("key", "key", "<", 0, lambda row: str(records[row]["key"])),
        Column("value", "value", "<", 0, lambda row: str(records[row]["value"])),
        Column("weight", "weight", ">", 10, lambda row: _written(records[row]["weight"], unit, to), to),
        Column("weight%", "weight%", ">", 7, lambda row: _share(records[row]["weight"], loaded.total)),
    )


def _of_records(records: Sequence[dict[str, object]], *columns: Column) -> Table:
    return Table(columns, len(records), record=lambda row: records[row])


def _written(value: object, unit: str, to: str, *, nothing: str = "0") -> str:
    """A weight in words, "" where there is none; `nothing` for 0."""
    return (label(value, unit, to) if value else nothing) if isinstance(value, int) else ""


def _share(value: object, whole: int) -> str:
    return percent(value, whole).strip() if isinstance(value, int) else ""


def _to(loaded: Loaded) -> str:
    return AUTO if loaded.view.unit == MINIMUM else loaded.view.unit


_TABLES = {"top": _top, "tree": _tree, "callers": _callers, "peek": _peek, "list": _list, "tags": _tags}

RUN = {"export": run_export}
