"""What is left of a chunk's events besides states: counters, and the begins and ends of ranges, tasks and regions."""

import numpy as np

from parsers.trace.block import CounterRows, Moments, narrow
from parsers.trace.context import Chunk, Context
from parsers.trace.events import Ev, of_types
from parsers.trace.tables import Tables

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


def counters(chunk: Chunk) -> CounterRows:
    """New values of the heap's size and goal, and of GOMAXPROCS."""
    rows = np.flatnonzero(_COUNTERS.take(chunk.type))
    return CounterRows(chunk.type[rows], chunk.time[rows], chunk.arguments[0][rows])


def moments(chunk: Chunk, about: Context, tables: Tables) -> Moments:
    """The events that ranges and annotations are made of."""
    rows = np.flatnonzero(_MOMENTS.take(chunk.type))
    kind = chunk.type[rows]
    first, second, third = (column[rows] for column in chunk.arguments)
    fourth = np.zeros(len(rows), np.int64)
    having = np.flatnonzero(_MOMENTS.take(chunk.type[chunk.with_fourth]))
    fourth[np.searchsorted(rows, chunk.with_fourth[having])] = chunk.fourth[having]
    stack = np.zeros(len(rows), np.int64)
    for column, types in zip((first, second, third, fourth), _STACK, strict=True):
        stack = np.where(types.take(kind), column, stack)
    goroutine, proc = about.goroutine[rows], about.proc[rows]
    for subject, named, active in (
        (goroutine, chunk.goroutine, Ev.GCMarkAssistActive),
        (proc, chunk.proc, Ev.GCSweepActive),
    ):
        np.copyto(subject, named[rows], where=kind == active)
    for column, types in zip((first, second, third), _STRINGS, strict=True):
        text = np.flatnonzero(types.take(kind))
        column[text] = np.maximum(tables.strings.rows(column[text]), 0)
    return Moments(
        kind,
        chunk.time[rows],
        goroutine,
        narrow(proc),
        np.maximum(tables.stacks.rows(stack), 0),
        first,
        second,
        third,
    )
