"""The pages of requests: what types there are, all of one type, and regions."""

import numpy as np

from analysis.activity import BLOCKED, RUNNING, Activity
from analysis.framenames import entered, function
from analysis.regions import region_bounds, region_times, region_types, regions_of
from analysis.requests import (
    RequestKind,
    Requests,
    RequestType,
    request_types,
    requests,
    slowest,
    type_named,
)
from parsers.trace.model import Int64
from tui.place import Selection
from tui.rows.runtime.sheet import Ask, Changes, Field, Sheet, at, number, time, to
from tui.rows.runtime.strips import histogram
from tui.rows.runtime.words import selected, who
from tui.runtimespot import Page, Stretch

_KINDS = {RequestKind.TASK: "task", RequestKind.HTTP: "HTTP", RequestKind.GROUP: "goroutine"}
# Of tasks that began before the trace, or whose names are still to be written.
NAMELESS = "of no known name"
# More rows than that nobody looks through.
_MOST = 10_000
_GROUPED = (
    ("gc", "GC", (Activity.GC, Activity.GC_WAIT), 3),
    ("sync", "locks", (Activity.SYNC,), 0),
    ("channel", "chan", (Activity.CHANNEL,), 0),
    ("network", "network", (Activity.NETWORK,), 0),
    ("sleep", "sleep", (Activity.SLEEP,), 2),
    ("syscall", "syscall", (Activity.SYSCALL, Activity.SYSCALL_BLOCKED), 4),
    ("other", "other", (Activity.WAITING,), 5),
)


def types(ask: Ask) -> Sheet:
    """What can be looked at as requests."""
    trace = ask.trace
    found = request_types(trace)
    names = [each.name or NAMELESS for each in found]
    return Sheet(
        fields=[
            Field("kind", "kind", [_KINDS[each.kind] for each in found], width=9, align="<"),
            Field("count", "count", [each.count for each in found], number, 8),
            Field("complete", "whole", [each.whole for each in found], number, 8, drop=3),
            Field("p50_ns", "p50", [each.spread.p50 for each in found], time),
            Field("p95_ns", "p95", [each.spread.p95 for each in found], time),
            Field("p99_ns", "p99", [each.spread.p99 for each in found], time, drop=2),
            Field("max_ns", "max", [each.spread.max for each in found], time),
            Field("total_ns", "total", [each.spread.total for each in found], time, drop=1),
            Field("name", "name", names, width=0, align="<"),
        ],
        heading="User tasks, HTTP requests, and the lives of goroutines; times are of those that begin and end here",
        identity=lambda row: (found[row].kind, found[row].name),
        selection=lambda row: _function(found[row]),
        leads=lambda row: to(ask.spot.to(Page.REQUESTS, found[row].kind, found[row].name)),
        reason="The trace has no tasks, no HTTP requests, and no goroutine that both began and ended in it.",
    )


def _function(type: RequestType) -> Selection:
    if type.kind is RequestKind.GROUP:
        return Selection(type.name, label=type.name, goroutine=0)
    return Selection(label=type.name)


def every(ask: Ask) -> Sheet:
    """All requests of one type, the slowest first, and where their own goroutines spent the time."""
    trace = ask.trace
    found = requests(trace, type_named(trace, ask.spot.name, RequestKind(ask.spot.kind)), ask.view.window)
    rows = slowest(found)[:_MOST]
    length = found.length[rows]
    owner = found.first[rows]
    fields = [
        Field("start_ns", "start", found.start[rows], at, 9, drop=6),
        Field("duration_ns", "took", length, time, 8),
        Field("exec_ns", "exec", found.total(RUNNING)[rows], time),
        Field("sched_wait_ns", "to run", found.total((Activity.RUNNABLE,))[rows], time),
    ]
    for key, title, activities, drop in _GROUPED:
        spent = found.total(activities)[rows]
        if spent.any():
            fields.append(Field(f"{key}_ns", title, spent, time, drop=drop))
    said = zip(rows.tolist(), _said(ask, found, rows), strict=True)
    names = [f"{_name(found, row)}  {words}".rstrip() for row, words in said]
    fields.append(Field("id", "id", names, width=0, align="<"))
    spread = found.type.spread
    return Sheet(
        fields=fields,
        by="duration_ns",
        rising=frozenset({"start_ns"}),
        share="duration_ns",
        heading=f"{_counted(len(found))} of {found.type.name or f'tasks {NAMELESS}'}, median "
        f"{time(spread.p50)}, p95 {time(spread.p95)}, max {time(spread.max)}; what their own goroutines did",
        picture=histogram(found.length[found.whole], ask.width, "took"),
        identity=lambda row: (int(found.id[rows[row]]), int(found.start[rows[row]])),
        selection=lambda row: selected(trace, 0, int(owner[row])),
        detail=lambda row: (" ", (f"{_name(found, int(rows[row]))} ", "title"), f" {_split(found, int(rows[row]))}"),
        leads=lambda row: to(ask.spot.why(stretch_of(ask, found, int(rows[row])))),
        why=lambda row: to(ask.spot.why(stretch_of(ask, found, int(rows[row])))),
        stretch=lambda row: (int(found.start[rows[row]]), int(found.end[rows[row]])),
        reason="There are no such requests here.",
    )


def _said(ask: Ask, found: Requests, rows: Int64) -> list[str]:
    """What tells requests apart: what a task logged first, else the outermost function of the program's own."""
    trace = ask.trace
    if found.type.kind is not RequestKind.TASK:
        first = entered(trace, found.first[rows], found.start[rows], found.end[rows])
        return [function(trace, frame) if frame >= 0 else "" for frame in first.tolist()]
    logs = trace.logs
    ids, at = np.unique(logs.task, return_index=True)
    first_log = dict(zip(ids.tolist(), at.tolist(), strict=True))
    said = []
    for id in found.id[rows].tolist():
        log = first_log.get(id, -1)
        words = (trace.strings[logs.category[log]], trace.strings[logs.message[log]]) if log >= 0 else ("", "")
        said.append(": ".join(word for word in words if word))
    return said


def _counted(count: int) -> str:
    return f"{count:,}" if count <= _MOST else f"The slowest {_MOST:,} of {count:,}"


def _split(found: Requests, row: int) -> str:
    run, wait, blocked = (time(int(found.total(kinds)[row])) for kinds in (RUNNING, (Activity.RUNNABLE,), BLOCKED))
    return f"{time(int(found.length[row]))}: {run} execution, {wait} waiting to run, {blocked} blocked"


def _name(found: Requests, row: int) -> str:
    whole = "" if found.whole[row] else "  (not whole)"
    id = int(found.id[row])
    return f"{f'task {id}' if found.type.kind is RequestKind.TASK else f'G{id}'}{whole}"


def stretch_of(ask: Ask, found: Requests, row: int) -> Stretch:
    """What there is to ask about one request: of what goroutine it ended on, up to then."""
    last = int(found.last[row])
    id = int(ask.trace.goroutines.id[last]) if last >= 0 else -1
    name = found.type.name.removesuffix("s") if found.type.kind is RequestKind.HTTP else found.type.name
    title = f"{name} {_name(found, row)}"
    task = int(found.id[row]) if found.type.kind is RequestKind.TASK else -1
    return Stretch(id, int(found.start[row]), int(found.end[row]), title, task)


def region_list(ask: Ask) -> Sheet:
    """Types of regions."""
    trace = ask.trace
    found = region_types(trace)
    names = [trace.strings[name] for name in found.name.tolist()]
    functions = [trace.strings[row] for row in found.function.tolist()]
    return Sheet(
        fields=[
            Field("count", "count", found.count, number, 8),
            Field("complete", "whole", found.complete, number, 8, drop=3),
            Field("p50_ns", "p50", found.p50, time),
            Field("p95_ns", "p95", found.p95, time),
            Field("p99_ns", "p99", found.p99, time, drop=2),
            Field("max_ns", "max", found.max, time),
            Field("total_ns", "total", found.total, time),
            Field("name", "region", names, width=16, align="<"),
            Field("function", "of goroutines that run", functions, width=0, align="<"),
        ],
        by="total_ns",
        share="total_ns",
        heading="User regions by name and entry function; times are of those that begin and end here",
        identity=lambda row: (names[row], functions[row]),
        selection=lambda row: Selection(functions[row], label=functions[row]),
        leads=lambda row: to(ask.spot.to(Page.REGIONS, functions[row], names[row])),
        reason="The trace has no user regions: a program marks them with runtime/trace.WithRegion.",
    )


def region_rows(ask: Ask) -> Sheet:
    """All regions of one type, the slowest first."""
    trace, strings = ask.trace, ask.trace.strings
    known = {name: at for at, name in enumerate(strings)}
    every = regions_of(trace, known.get(ask.spot.name, -1), known.get(ask.spot.kind, -1))
    rows = every[:_MOST]
    start, end = region_bounds(trace, rows)
    times = region_times(trace, rows)
    owner = trace.regions.goroutine[rows]
    tasks = trace.regions.task[rows]
    waited = sorted(times.reasons, key=lambda reason: -int(times.reasons[reason].sum()))[:4]
    fields = [
        Field("start_ns", "start", start, at, 9, drop=6),
        Field("duration_ns", "took", end - start, time, 8),
        Field("exec_ns", "exec", times.exec, time),
        Field("sched_wait_ns", "to run", times.sched_wait, time),
        Field("syscall_ns", "syscall", times.syscall + times.syscall_block, time, drop=4),
        Field("assist_ns", "assist", times.assist, time, drop=5),
    ]
    fields += [
        Field(f"{reason or 'waiting'}_ns", (reason or "waiting")[-12:], times.reasons[reason], time, 12, drop=at)
        for at, reason in enumerate(waited)
    ]
    pairs = zip(owner.tolist(), tasks.tolist(), strict=True)
    names = [f"{who(trace, goroutine)}{f'  task {task}' if task else ''}" for goroutine, task in pairs]
    fields.append(Field("goroutine", "goroutine", names, width=0, align="<"))

    def why(row: int) -> Changes:
        id = int(trace.goroutines.id[owner[row]])
        return to(ask.spot.why(Stretch(id, int(start[row]), int(end[row]), f"region {ask.spot.name}")))

    return Sheet(
        fields=fields,
        by="duration_ns",
        rising=frozenset({"start_ns"}),
        share="duration_ns",
        heading=f"{_counted(len(every))} regions {ask.spot.name} of {ask.spot.kind}",
        picture=histogram(np.subtract(*region_bounds(trace, every)[::-1]), ask.width, "took"),
        identity=lambda row: int(rows[row]),
        selection=lambda row: selected(trace, int(trace.regions.stack[rows[row]]), int(owner[row])),
        leads=why,
        why=why,
        stretch=lambda row: (int(start[row]), int(end[row])),
        reason="There are no such regions.",
    )
