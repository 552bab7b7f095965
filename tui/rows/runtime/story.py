"""What happened in a stretch of time, in order: regions, logs and subtasks of a task, waits of its goroutine."""

from collections.abc import Iterator

import numpy as np

from analysis.activity import ends
from analysis.causes import WORDS, Cause
from analysis.chain import Path, doing
from parsers.trace.model import Trace
from tui.rows.runtime.whylines import Line, lasting, mark
from tui.rows.runtime.words import where_span, who
from tui.runtimespot import Stretch

# Waits below so much of the whole are not told, nor more logs than so many.
_WAITS = 0.01
_LOGGED = 500


def story(trace: Trace, there: Stretch, goroutine: int, path: Path) -> Iterator[Line]:
    """The rows, under their heading; none where nothing is told. `path` is the critical path of the goroutine's."""
    events = [*_regions(trace, there, goroutine), *_logs(trace, there, goroutine), *_waits(trace, there, path)]
    events += _children(trace, there)
    if events:
        yield Line("what happened, in order", section=True)
        yield from sorted(events, key=lambda each: (each.start, -each.ns))


def _regions(trace: Trace, there: Stretch, goroutine: int) -> Iterator[Line]:
    regions = trace.regions
    if there.task >= 0:
        rows = np.flatnonzero(regions.task == there.task)
    else:
        low, high = np.searchsorted(regions.goroutine, [goroutine, goroutine + 1])
        rows = np.arange(low, high)
    start = np.where(regions.start[rows] < 0, 0, regions.start[rows])
    end = np.where(regions.end[rows] < 0, trace.duration_ns, regions.end[rows])
    for row, begin, finish in zip(rows.tolist(), start.tolist(), end.tolist(), strict=True):
        if begin < there.end and finish > there.start:
            owner = int(regions.goroutine[row])
            span = _span_at(trace, owner, max(begin, there.start))
            text = f"  region {trace.strings[regions.name[row]]}  {who(trace, owner)}"
            yield lasting(there, text, begin, finish, owner, span)


def _logs(trace: Trace, there: Stretch, goroutine: int) -> Iterator[Line]:
    logs = trace.logs
    first, last = np.searchsorted(logs.time, [there.start, there.end + 1])
    mine = logs.task == there.task if there.task >= 0 else logs.goroutine == goroutine
    rows = np.flatnonzero(mine[first:last])[:_LOGGED] + first
    for row in rows.tolist():
        category, message = trace.strings[logs.category[row]], trace.strings[logs.message[row]]
        at, owner = int(logs.time[row]), int(logs.goroutine[row])
        text = f"  log {category + ': ' if category else ''}{message}"
        yield Line(text, at, -1, owner, _span_at(trace, owner, at), bar=mark(there, at))


def _children(trace: Trace, there: Stretch) -> Iterator[Line]:
    tasks = trace.tasks
    if there.task <= 0:
        return
    for row in np.flatnonzero(tasks.parent == there.task).tolist():
        start = int(tasks.start[row]) if tasks.start[row] >= 0 else 0
        end = int(tasks.end[row]) if tasks.end[row] >= 0 else trace.duration_ns
        owner = int(tasks.goroutine[row])
        text = f"  task {tasks.id[row]} {trace.strings[tasks.name[row]]}  {who(trace, owner)}"
        yield lasting(there, text, start, end, owner, -1)


def _waits(trace: Trace, there: Stretch, path: Path) -> Iterator[Line]:
    """The waits of the goroutine itself that took some of the time."""
    spans = np.unique(path.wait[path.wait >= 0])
    start = np.maximum(trace.spans.start[spans], there.start)
    end = np.minimum(ends(trace, spans), there.end)
    for row in np.flatnonzero(end - start >= (there.end - there.start) * _WAITS).tolist():
        span = int(spans[row])
        owner = int(np.searchsorted(trace.goroutines.offsets, span, side="right")) - 1
        cause = doing(trace, span)
        if cause is not Cause.RUNNING:
            text = f"  {WORDS[cause]}  {where_span(trace, span)}"
            yield lasting(there, text, int(start[row]), int(end[row]), owner, span)


def _span_at(trace: Trace, goroutine: int, at: int) -> int:
    """The span a goroutine is in at a moment; -1 where it is not there."""
    if goroutine < 0:
        return -1
    first, last = trace.goroutines.offsets[goroutine], trace.goroutines.offsets[goroutine + 1]
    row = int(first + np.searchsorted(trace.spans.start[first:last], at, side="right")) - 1
    return row if row >= first else -1
