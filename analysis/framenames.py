"""Frames of a trace's stacks by name, and which frame of a stack says most about it."""

import numpy as np

from analysis.memo import memo
from analysis.ownership import own, package
from parsers.trace.model import Bool, Int32, Trace

# Where goroutines wait, which is not why.
_WAITING_IN = ("runtime", "sync", "syscall", "time", "internal/poll", "internal/sync", "internal/syscall/unix", "os")


def frames(trace: Trace, stack: int) -> Int32:
    """int32: the rows of the frames of a stack, leaf first."""
    stacks = trace.stacks
    return stacks.frame[stacks.offsets[stack] : stacks.offsets[stack + 1]]


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
    ours = np.flatnonzero(_own(trace)[rows])
    if len(ours):
        return int(rows[ours[0]])
    outer = (row for row in rows.tolist() if package(function(trace, row)) not in _WAITING_IN)
    return next(outer, int(rows[0]))


@memo
def _own(trace: Trace) -> Bool:
    """Per frame: is it of the main module?"""
    strings, stacks = trace.strings, trace.stacks
    return own([strings[row] for row in stacks.function.tolist()], [strings[row] for row in stacks.file.tolist()])
