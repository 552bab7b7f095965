"""`goscope runtime` and `goscope tasks`: what the Runtime pane shows, printed, or as JSON for scripts.

As in `tui.commands`, each takes the parsed arguments and yields its lines; errors a user can meet are raised.
"""

import json
import os
import shutil
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator

import numpy as np

from analysis.activity import BLOCKED, RUNNING, Activity
from analysis.errors import ViewError
from analysis.expressions import compiled
from analysis.gc import UNKNOWN, gc_cycles, pauses
from analysis.load import changes, load
from analysis.requests import (
    HTTP,
    RequestKind,
    Requests,
    RequestType,
    annotations,
    default_type,
    mentioned,
    request_types,
    requests,
    slowest,
    type_named,
)
from analysis.spot import Spot
from analysis.timetext import duration
from analysis.traceinfo import trace_info
from analysis.utilisation import mmu
from analysis.view import View, Window
from analysis.waits import sched_latency
from parsers.trace.model import Int64, Trace
from tui import glyphs, report
from tui.goroutine_json import document
from tui.rows.runtime.overview import MMU_WINDOWS
from tui.rows.runtime.pages import sheet
from tui.rows.runtime.requesting import stretch_of
from tui.rows.runtime.sheet import Ask, Sheet
from tui.runtimespot import Page, RuntimeSpot
from tui.timeline_text import row_line
from tui.trace_commands import only, window_of
from tui.trace_report import heading_lines

PAGES = {
    "overview": Page.OVERVIEW,
    "requests": Page.REQUESTS,
    "gc": Page.CYCLES,
    "pauses": Page.PAUSES,
    "utilisation": Page.UTILISATION,
    "load": Page.LOAD,
    "latency": Page.LATENCY,
    "longest": Page.LONGEST,
    "blocking": Page.BLOCKING,
    "regions": Page.REGIONS,
}
_ROWS = 20
_WIDTH = 120
_HEIGHT = 40


def run_runtime(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """Why it was slow: the collector, pauses, the scheduler, waits, requests."""
    trace = only(arguments)
    window = window_of(arguments, trace)
    if arguments.json and not arguments.page:
        yield json.dumps(_record(trace, window, frozenset(arguments.flags)))
        return
    ask = _ask(trace, window, RuntimeSpot(PAGES[arguments.page or "overview"], flags=arguments.flags))
    if arguments.json:
        yield from document([("rows", _rows(sheet(ask), ask, arguments.n))])
        return
    _draw(arguments)
    yield from heading_lines(trace_info(trace), window)
    yield ""
    yield from _page(sheet(ask), ask, arguments.n)


def run_tasks(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """Requests: their types, the slowest ones, and what held the slowest one up."""
    trace = only(arguments)
    window = window_of(arguments, trace)
    if arguments.json:
        yield from _tasks_json(trace, window, arguments)
        return
    _draw(arguments)
    chosen = _chosen(trace, arguments)
    rows = _asked_for(requests(trace, chosen, window), arguments) if chosen else None
    yield from heading_lines(trace_info(trace), window)
    yield ""
    ask = _ask(trace, window, RuntimeSpot(Page.REQUESTS))
    yield from _page(sheet(ask), ask, _ROWS)
    if chosen is None or rows is None:
        return
    if not (len(trace.tasks) or arguments.group or arguments.http):
        yield ""
        yield f"No user tasks in this trace (runtime/trace.NewTask): requests are taken to be {_words(chosen)}."
    yield ""
    ask = _ask(trace, window, RuntimeSpot(Page.REQUESTS, chosen.kind, chosen.name))
    yield from _page(sheet(ask), ask, arguments.n)
    found = requests(trace, chosen, window)
    whole = rows[found.whole[rows]]
    if arguments.task is not None or not len(whole):
        whole = rows
    if len(whole):
        yield ""
        ask = _ask(trace, window, RuntimeSpot(Page.WHY, stretch=stretch_of(ask, found, int(whole[0]))))
        yield from _page(sheet(ask), ask, 0)


def _words(chosen: RequestType) -> str:
    if chosen.kind is RequestKind.HTTP:
        return "what net/http's connections read and answer"
    return f"the lives of the goroutines that run {chosen.name}"


def _chosen(trace: Trace, arguments: Namespace) -> RequestType | None:
    """The type of requests that is asked for, or else the one of the task asked for, or the first there is.

    None where the trace has none. Raises ViewError where there is none of what is asked for.
    """
    if arguments.group:
        return type_named(trace, arguments.group, RequestKind.GROUP)
    if arguments.http:
        return type_named(trace, HTTP, RequestKind.HTTP)
    if arguments.name:
        finds = compiled(arguments.name)
        for each in request_types(trace):
            if finds(each.name):
                return each
        raise ViewError(f"no requests “{arguments.name}” in the trace: goscope tasks lists what there is")
    if arguments.task is not None and len(known := np.flatnonzero(trace.tasks.id == arguments.task)):
        return type_named(trace, trace.strings[trace.tasks.name[known[0]]], RequestKind.TASK)
    return default_type(trace)


def _asked_for(found: Requests, arguments: Namespace) -> Int64:
    """The rows of the requests that are asked for, the slowest first. Raises ViewError where there are none."""
    rows = slowest(found)
    if arguments.task is not None:
        rows = rows[np.flatnonzero(found.id[rows] == arguments.task)]
    if arguments.task is not None and not len(rows):
        raise ViewError(f"no {arguments.task} among “{found.type.name}” here: goscope tasks --json lists their ids")
    return rows


def _ask(trace: Trace, window: Window | None, spot: RuntimeSpot) -> Ask:
    width = shutil.get_terminal_size((_WIDTH, 0)).columns
    return Ask(trace, spot, View(window=window), Spot(), width, _HEIGHT)


def _draw(arguments: Namespace) -> None:
    glyphs.use(ascii=arguments.ascii or not glyphs.writable(getattr(sys.__stderr__, "encoding", None)))


def _page(found: Sheet, ask: Ask, most: int | None) -> Iterator[str]:
    """A page as text: its sentence, its picture, its rows."""
    content = found.content(ask)
    if content.heading:
        yield content.heading
    if content.picture is not None:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        yield from (row_line(row, content.picture.gutter, colour) for row in content.picture.head)
    if content.table is None:
        yield content.reason
        return
    rows = _ROWS if most is None else most or content.table.length
    table = report.fitted(report.first(content.table, rows), ask.width)
    yield report.heading(table).rstrip()
    yield from (line.rstrip() for line in report.text(table))
    if rows < content.table.length:
        yield f"{rows:,} of {content.table.length:,} rows"


def _rows(found: Sheet, ask: Ask, most: int | None) -> Iterator[str]:
    """The rows of a page in the order that it shows them in."""
    table = found.content(ask).table
    if table is not None:
        yield from (json.dumps(table.record(row)) for row in range(min(most or table.length, table.length)))


# JSON


def _record(trace: Trace, window: Window | None, flags: frozenset[str]) -> dict[str, object]:
    """The runtime's figures; of a window those that are of one, the MMU always of the whole trace."""
    cycles, stops, latency = gc_cycles(trace, window), pauses(trace, window), sched_latency(trace, window)
    heaps = zip(*(_known(column) for column in (cycles.heap_start, cycles.heap_end, cycles.goal)), strict=True)
    times = zip(cycles.start.tolist(), (cycles.end - cycles.start).tolist(), cycles.assist.tolist(), strict=True)
    windows = {duration(each): each for each in MMU_WINDOWS}
    least = mmu(trace, np.array(MMU_WINDOWS), flags).tolist()
    ids = trace.goroutines.id
    asked = [int(ids[row]) if row >= 0 else None for row in stops.goroutine.tolist()]
    pairs = zip(stops.start.tolist(), (stops.end - stops.start).tolist(), stops.kind.tolist(), asked, strict=True)
    return {
        "duration_ns": trace.duration_ns,
        "gomaxprocs": [list(change) for change in changes(trace.gomaxprocs)],
        "gcs": [
            {
                "start_ns": start,
                "duration_ns": took,
                "assist_ns": assist,
                "heap_start": before,
                "heap_end": after,
                "goal": goal,
                "workers": workers,
                "marking_ns": marking,
            }
            for (start, took, assist), (before, after, goal), workers, marking in zip(
                times, heaps, cycles.workers.tolist(), cycles.marking.tolist(), strict=True
            )
        ],
        "stw": [
            {"start_ns": start, "duration_ns": took, "kind": stops.kinds[kind], "goroutine": goroutine}
            for start, took, kind, goroutine in pairs
        ],
        "mmu": dict(zip(windows, least, strict=True)),
        "sched_latency": {
            "count": latency.count,
            "p50_ns": latency.p50,
            "p95_ns": latency.p95,
            "p99_ns": latency.p99,
            "max_ns": latency.max,
        },
        "idle_while_runnable_ns": load(trace, window).idle_while_runnable,
    }


def _known(column: Int64) -> list[int | None]:
    return [None if value == UNKNOWN else value for value in column.tolist()]


def _tasks_json(trace: Trace, window: Window | None, arguments: Namespace) -> Iterator[str]:
    """User tasks, or the one asked for; with --group or --http what is taken for requests, by its goroutines' ids."""
    if (arguments.group or arguments.http or arguments.task is not None) and (chosen := _chosen(trace, arguments)):
        _asked_for(requests(trace, chosen, window), arguments)
        types = [chosen]
    else:
        types = [each for each in request_types(trace) if each.kind is RequestKind.TASK]
        finds = compiled(arguments.name) if arguments.name else None
        types = [each for each in types if finds is None or finds(each.name)]
    only_mentioned = mentioned(trace) if trace.compat and not (arguments.group or arguments.http) else ()
    records = [
        {
            "name": each.name,
            "count": each.count + (len(only_mentioned) if not each.name else 0),
            "complete": each.whole,
            "p50_ns": each.spread.p50,
            "p95_ns": each.spread.p95,
            "max_ns": each.spread.max,
        }
        for each in types
    ]
    if len(only_mentioned) and not any(not each.name for each in types) and not arguments.name:
        nothing = dict.fromkeys(("complete", "p50_ns", "p95_ns", "max_ns"), 0)
        records.append({"name": "", "count": len(only_mentioned), **nothing})
    tasks = (record for each in types for record in _task_records(trace, requests(trace, each, window), arguments))
    yield from document([("types", map(json.dumps, records)), ("tasks", map(json.dumps, tasks))])


def _task_records(trace: Trace, found: Requests, arguments: Namespace) -> Iterator[dict[str, object]]:
    """Requests of one type, the slowest first."""
    rows = _asked_for(found, arguments)
    tasks, known, ids = trace.tasks, annotations(trace), trace.goroutines.id
    run, runnable = found.total(RUNNING), found.total((Activity.RUNNABLE,))
    blocked, calls, collected = (found.total(kinds) for kinds in (BLOCKED, (Activity.SYSCALL,), (Activity.GC,)))
    for row in (rows[: arguments.n] if arguments.n else rows).tolist():
        task = int(found.task[row])
        if task >= 0:
            start, end = int(tasks.start[task]), int(tasks.end[task])
            who = known.goroutine[known.offsets[task] : known.offsets[task + 1]]
            parent, logs, regions = int(tasks.parent[task]), int(known.logs[task]), int(known.regions[task])
        else:
            start, end = int(found.start[row]), int(found.end[row])
            who, parent, logs, regions = found.first[row : row + 1].astype(np.int64), 0, 0, 0
        yield {
            "id": int(found.id[row]),
            "parent": parent,
            "name": found.type.name,
            "start_ns": start if start >= 0 else None,
            "end_ns": end if end >= 0 else None,
            "goroutines": sorted(ids[who].tolist()),
            "exec_ns": int(run[row]),
            "sched_wait_ns": int(runnable[row]),
            "block_ns": int(blocked[row]),
            "syscall_ns": int(calls[row]),
            "gc_ns": int(collected[row]),
            "logs": logs,
            "regions": regions,
        }


RUN = {"runtime": run_runtime, "tasks": run_tasks}
