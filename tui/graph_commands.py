"""The commands that print who calls whom: `peek` around some functions, `callers` around all."""

import json
from argparse import Namespace
from collections.abc import Callable, Iterator

from analysis.callers import CallGraph, Neighbours, call_graph
from analysis.errors import ViewError
from analysis.expressions import compiled
from analysis.top import smallest
from analysis.units import AUTO, label, percent, report_unit
from tui import report
from tui.commands import Loaded

_LINE = "----------------------------------------------------------+-------------"
# The trailing blanks and tabs are the reference's.
_LEGEND = "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t "


def run_callers(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """Every function with its callers and callees."""
    loaded = Loaded(arguments, complain)
    fraction = 0.0 if arguments.no_trim else arguments.node_fraction
    count = 0 if arguments.no_trim else arguments.n
    graph = call_graph(loaded.profile, loaded.view, arguments.sort, fraction=fraction, count=count)
    yield from _report(loaded, graph, graph.order.tolist(), fraction, as_json=arguments.json)


def run_peek(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """The functions that match, with their callers and callees."""
    loaded = Loaded(arguments, complain)
    matches = compiled(arguments.regex)
    graph = call_graph(loaded.profile, loaded.view, fraction=0.0, count=0)
    found = [node for node in graph.order.tolist() if matches(graph.result.nodes.label(node))]
    if not found:
        raise ViewError(f"no function matches “{arguments.regex}”")
    yield from _report(loaded, graph, found, 0.0, as_json=arguments.json)


def _report(loaded: Loaded, graph: CallGraph, shown: list[int], fraction: float, *, as_json: bool) -> Iterator[str]:
    if as_json:
        yield json.dumps(loaded.facts() | {"nodes": [_record(graph, node) for node in shown]})
        return
    result, order = graph.result, graph.order
    own, total = loaded.value_type.unit, loaded.total
    unit = report_unit(smallest(result, order), total, own, loaded.view.unit) if len(order) else AUTO
    yield from loaded.labels(unit)
    yield from report.top_labels(result, order, unit, dropped=graph.dropped, fraction=fraction, kept=graph.kept)
    if reason := loaded.why_empty():
        yield reason
    yield _LINE
    yield _LEGEND
    summed = 0

    def write(value: int) -> str:
        return label(value, own, unit)

    def around(found: Neighbours, cum: int) -> Iterator[str]:
        for node, weight, inline in zip(found.node.tolist(), found.weight.tolist(), found.inline.tolist(), strict=True):
            mark = " (inline)" if inline else ""
            yield f"{write(weight):>50} {percent(weight, cum)} |   {result.nodes.label(node)}{mark}"

    for node in shown:
        flat, cum = int(result.flat[node]), int(result.cum[node])
        summed += flat
        yield _LINE
        yield from around(graph.callers(node), cum)
        figures = (
            f"{write(flat):>10} {percent(flat, total)} {percent(summed, total)} {write(cum):>10} {percent(cum, total)}"
        )
        yield f"{figures}                | {result.nodes.label(node)}"
        yield from around(graph.callees(node), cum)
    if len(order):
        yield _LINE


def _record(graph: CallGraph, node: int) -> dict[str, object]:
    result = graph.result

    def named(node: int) -> dict[str, object]:
        found = result.nodes
        return {"name": found.title(node), "file": found.file(node), "line": found.line(node)}

    def side(found: Neighbours) -> list[dict[str, object]]:
        each = zip(found.node.tolist(), found.weight.tolist(), found.inline.tolist(), strict=True)
        return [named(node) | {"weight": weight, "inline": inline} for node, weight, inline in each]

    return named(node) | {
        "flat": int(result.flat[node]),
        "cum": int(result.cum[node]),
        "callers": side(graph.callers(node)),
        "callees": side(graph.callees(node)),
    }


RUN = {"peek": run_peek, "callers": run_callers}
