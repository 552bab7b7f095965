"""What is left of a chunk's events besides states: counters, and the begins and ends of ranges, tasks and regions."""

import numpy as np

from parsers.trace.block import CounterRows, Moments
from parsers.trace.context import Context
from parsers.trace.events import Ev, of_types
from parsers.trace.ids import Ids
from parsers.trace.model import Int64
from parsers.trace.sorting import rows_of
from parsers.trace.tables import Tables
from parsers.trace.wire import Events

_COUNTERS = of_types(Ev.HeapAlloc, Ev.HeapGoal, Ev.ProcsChange)
_MOMENTS = of_types(*(Ev(code) for code in (*range(Ev.STWBegin, Ev.HeapAlloc), *range(Ev.GoLabel, Ev.GoSwitch))))
# Which arguments are strings, and which is the stack.
_STRINGS = (
    of_types(Ev.STWBegin, Ev.GoLabel),
    of_types(Ev.UserRegionBegin, Ev.UserRegionEnd, Ev.UserLog),
    of_types(Ev.UserTaskBegin, Ev.UserLog),
)
_STACK = (
    of_types(Ev.GCSweepBegin, Ev.GCMarkAssistBegin),
    of_types(Ev.STWBegin, Ev.GCBegin, Ev.UserTaskEnd),
    of_types(Ev.UserRegionBegin, Ev.UserRegionEnd),
    of_types(Ev.UserTaskBegin, Ev.UserLog),
)


def counters(events: Events, time: Int64) -> CounterRows:
    """New values of the heap's size and goal, and of GOMAXPROCS."""
    rows = np.flatnonzero(_COUNTERS.take(events.type))
    return CounterRows(events.type[rows], time[rows], events.arguments[0][rows])


def moments(events: Events, about: Context, time: Int64, tables: Tables, goroutines: Ids, procs: Ids) -> Moments:
    """The events that ranges and annotations are made of."""
    rows = np.flatnonzero(_MOMENTS.take(events.type))
    kind = events.type[rows]
    fourth = np.zeros(len(events), np.int64)[rows]
    having = np.searchsorted(rows, events.with_fourth)
    inside = np.flatnonzero((having < len(rows)) & (np.append(rows, -1)[having] == events.with_fourth))
    fourth[having[inside]] = events.fourth[inside]
    arguments = [column[rows] for column in events.arguments]
    stack = np.zeros(len(rows), np.int64)
    for column, types in zip((*arguments, fourth), _STACK, strict=True):
        stack = np.where(types.take(kind), column, stack)
    for column, types in zip(arguments, _STRINGS, strict=True):
        text = np.flatnonzero(types.take(kind))
        column[text] = np.maximum(tables.strings.rows(column[text]), 0)
    return Moments(
        kind,
        time[rows],
        rows_of(goroutines, about.goroutine[rows], add=False),
        rows_of(procs, about.proc[rows]).astype(np.int16),
        np.maximum(tables.stacks.rows(stack), 0),
        *arguments,
    )
