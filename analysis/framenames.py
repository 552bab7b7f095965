"""Frames of a trace's stacks by name, and which frame of a stack says most about it."""

import numpy as np

from analysis.memo import memo
from analysis.ownership import own, package
from analysis.prefix import last_at
from parsers.trace.model import Bool, Int32, Int64, State, Trace

# So many spans are looked through for the first one in the program's own code.
_LOOKED = 64
# Where goroutines wait, which is not why.
_WAITING_IN = ("runtime", "sync", "syscall", "time", "internal/poll", "internal/sync", "internal/syscall/unix", "os")


def frames(trace: Trace, stack: int) -> Int32:
    """int32: the rows of the frames of a stack, leaf first."""
    stacks = trace.stacks
    return stacks.frame[stacks.offsets[stack] : stacks.offsets[stack + 1]]


@memo
def stacks_with(trace: Trace, names: tuple[str, ...]) -> Bool:
    """Per stack: has it a function whose name begins with one of these?"""
    strings, stacks = trace.strings, trace.stacks
    found = np.zeros(len(stacks), np.bool_)
    if len(stacks.function):
        named = np.array([text.startswith(names) for text in strings], np.bool_)
        entries = np.flatnonzero(named[stacks.function][stacks.frame])
        found[np.searchsorted(stacks.offsets, entries, side="right") - 1] = True
    return found


def function(trace: Trace, frame: int) -> str:
    """A frame's function, or its address where nobody knows it."""
    stacks = trace.stacks
    return trace.strings[stacks.function[frame]] or f"{int(stacks.pc[frame]):#x}"


def place(trace: Trace, frame: int) -> str:
    """A frame's file without its folders, and line: `quota.go:33`."""
    file = trace.strings[trace.stacks.file[frame]].rpartition("/")[2]
    return f"{file}:{trace.stacks.line[frame]}" if file else ""


def telling(trace: Trace, stack: int) -> int:
    """The frame of a stack to name it by: the main module's innermost, else the first that is not of the runtime and
    its like; -1 for an empty stack.
    """
    rows = frames(trace, stack)
    if not len(rows):
        return -1
    ours = np.flatnonzero(owned(trace)[rows])
    if len(ours):
        return int(rows[ours[0]])
    outer = (row for row in rows.tolist() if package(function(trace, row)) not in _WAITING_IN)
    return next(outer, int(rows[0]))


def entered(trace: Trace, goroutine: Int32, start: Int64, end: Int64) -> Int64:
    """int64: for each goroutine the frame in which the program's own code is entered, as the first stack tells that it
    began a span with from `start` to `end`; -1 where none does.
    """
    spans, offsets, outermost = trace.spans, trace.goroutines.offsets, entries(trace)
    found = np.full(len(goroutine), -1, np.int64)
    low, high = offsets[goroutine], offsets[goroutine + 1]
    times = np.column_stack([start, end - 1])
    first, last = last_at(spans.start, None, low, high, times).T
    row, left = np.maximum(first, low), np.flatnonzero(goroutine >= 0)
    for _ in range(_LOOKED):
        # Who made it runnable is no frame of its own.
        stack = np.where(spans.state[row[left]] == State.RUNNABLE, 0, spans.stack[row[left]])
        found[left] = outermost[stack]
        row[left] += 1
        left = left[(found[left] < 0) & (row[left] <= last[left])]
    return found


@memo
def entries(trace: Trace) -> Int64:
    """int64 per stack: its outermost frame that is the program's own, -1 for none."""
    stacks = trace.stacks
    found = np.full(len(stacks), -1, np.int64)
    ours = np.flatnonzero(owned(trace)[stacks.frame])
    # A stack is leaf first: of what is written twice, the last one stays.
    found[np.searchsorted(stacks.offsets, ours, side="right") - 1] = stacks.frame[ours]
    return found


@memo
def owned(trace: Trace) -> Bool:
    """Per frame: is it of the main module?"""
    strings, stacks = trace.strings, trace.stacks
    return own([strings[row] for row in stacks.function.tolist()], [strings[row] for row in stacks.file.tolist()])
