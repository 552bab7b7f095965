"""The pages of waiting: for a P, by groups and one by one, and for everything else, by where it was waited."""

import numpy as np

from analysis.causes import WORDS, Cause
from analysis.derive import waits
from analysis.framenames import entries
from analysis.goroutines import group_name
from analysis.percentiles import Distributions
from analysis.timeline import span
from analysis.waits import (
    SCHED,
    blocked_by_stack,
    latency_by_group,
    longest_latencies,
    owners_any,
    ran_on,
    sched_latency,
)
from tui.place import Selection
from tui.rows.runtime.sheet import Ask, Changes, Field, Sheet, at, number, on_timeline, time
from tui.rows.runtime.strips import histogram
from tui.rows.runtime.words import lines_of, meanwhile, selected, where, who
from tui.runtimespot import Stretch


def latency(ask: Ask) -> Sheet:
    """From runnable to running, by entry function."""
    trace = ask.trace
    found = latency_by_group(trace, ask.view.window)
    every = sched_latency(trace, ask.view.window)
    names = [group_name(trace, name) for name in found.name.tolist()]
    return Sheet(
        fields=[*spread_fields(found.spread), Field("name", "function", names, width=0, align="<")],
        by="total_ns",
        share="total_ns",
        heading=f"From runnable to running: {every.count:,} times, median {time(every.p50)}, p95 {time(every.p95)}, "
        f"p99 {time(every.p99)}, max {time(every.max)}",
        picture=histogram(waits(trace, SCHED, ask.view.window).ns, ask.width),
        identity=lambda row: names[row],
        selection=lambda row: Selection(names[row], label=names[row]),
        leads=lambda row: _to_wait(ask, int(found.worst[row])),
        reason="No goroutine waited for a P here.",
    )


def spread_fields(spread: Distributions) -> list[Field]:
    return [
        Field("count", "count", spread.count, number, 9, drop=2),
        Field("p50_ns", "p50", spread.p50, time, drop=3),
        Field("p95_ns", "p95", spread.p95, time),
        Field("p99_ns", "p99", spread.p99, time, drop=4),
        Field("max_ns", "max", spread.max, time),
        Field("total_ns", "total", spread.total, time),
    ]


def longest(ask: Ask) -> Sheet:
    """The longest waits for a P, and who had it meanwhile."""
    trace = ask.trace
    found = longest_latencies(trace, ask.view.window)
    start = trace.spans.start[found.row]
    owner = owners_any(trace, found.row).tolist()
    had = [meanwhile(trace, row, ns) for row, ns in zip(found.row.tolist(), found.ns.tolist(), strict=True)]
    procs = [ran_on(trace, row) for row in found.row.tolist()]
    return Sheet(
        fields=[
            Field("start_ns", "since", start, at, 9),
            Field("wait_ns", "waited", found.ns, time),
            Field("proc", "P", [int(trace.procs.id[p]) if p >= 0 else -1 for p in procs], _proc, 4, drop=2),
            Field("goroutine", "goroutine", [who(trace, g) for g in owner], width=34, align="<", drop=1),
            Field("instead", "what ran there instead", had, width=0, align="<"),
        ],
        by="wait_ns",
        rising=frozenset({"start_ns"}),
        share="wait_ns",
        heading="The longest waits of runnable goroutines, and what the P that they came to run on did meanwhile",
        identity=lambda row: int(found.row[row]),
        selection=lambda row: selected(trace, 0, owner[row]),
        detail=lambda row: (" ", (who(trace, owner[row]), "title"), f"  {_woken(ask, int(found.row[row]))}"),
        leads=lambda row: on_timeline(ask, int(start[row]), int(start[row] + found.ns[row]), owner[row]),
        stretch=lambda row: (int(start[row]), int(start[row] + found.ns[row])),
        copied=lambda row: (
            f"{who(trace, owner[row])} waited {time(int(found.ns[row]))} for a P from {at(int(start[row]))}",
            _woken(ask, int(found.row[row])),
            f"meanwhile: {had[row]}",
        ),
        reason="No goroutine waited for a P here.",
    )


def _proc(id: int) -> str:
    return str(id) if id >= 0 else "-"


def _woken(ask: Ask, row: int) -> str:
    spans = ask.trace.spans
    by, stack = int(spans.by[row]), int(spans.stack[row])
    place = where(ask.trace, stack)
    return f"made runnable by {who(ask.trace, by)}{f' at {place}' if place else ''}"


def blocking(ask: Ask) -> Sheet:
    """Where the program's goroutines waited, what for, and for how long."""
    trace = ask.trace
    found = blocked_by_stack(trace, ask.view.window)
    if ask.view.mine:
        found = found.picked(np.flatnonzero(entries(trace)[found.stack] >= 0))
    places = [where(trace, stack) for stack in found.stack.tolist()]
    return Sheet(
        fields=[
            *spread_fields(found.spread),
            Field("cause", "for", [WORDS[Cause(cause)] for cause in found.cause.tolist()], width=11, align="<"),
            Field("where", "where", places, width=0, align="<"),
        ],
        by="total_ns",
        share="total_ns",
        heading="Where goroutines waited and what for, system calls included; the runtime's own are left out"
        + (", and what none of the program's own code waited for" if ask.view.mine else ""),
        identity=lambda row: (int(found.stack[row]), int(found.cause[row])),
        selection=lambda row: selected(trace, int(found.stack[row])),
        leads=lambda row: _to_wait(ask, int(found.worst[row])),
        why=lambda row: why_span(ask, int(found.worst[row])),
        copied=lambda row: (
            f"{WORDS[Cause(int(found.cause[row]))]}: {found.spread.row(row).count} waits, "
            f"{time(int(found.spread.total[row]))} in all, the longest {time(int(found.spread.max[row]))}",
            *lines_of(trace, int(found.stack[row])),
        ),
        reason="No goroutine of the program waited here.",
    )


def _to_wait(ask: Ask, row: int) -> Changes:
    here = span(ask.trace, row)
    return on_timeline(ask, here.start, here.end, here.goroutine)


def why_span(ask: Ask, row: int) -> Changes | None:
    """To who woke whom, of a span that was waited in."""
    here = span(ask.trace, row)
    id = int(ask.trace.goroutines.id[here.goroutine])
    return {"runtime": ask.spot.why(Stretch(id, here.start, here.end))}
