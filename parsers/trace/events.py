"""The event types of format v2 and their arguments (internal/trace/tracev2 of the Go distribution).

An event is its type, one byte, and then a fixed number of unsigned varints, of which the first is the time since the
event before it. What a type means for a goroutine or a P is `parsers.trace.context`'s and its neighbours' to know.
"""

from enum import IntEnum

import numpy as np

NEWEST = 26
"""The newest format that is known; a later one is read by the same table, as types have only ever been added."""


class Ev(IntEnum):
    """Wire codes. Those without ARGUMENTS make up the file; all others are timed events on a thread."""

    EventBatch = 1
    Stacks = 2
    Stack = 3
    Strings = 4
    String = 5
    CPUSamples = 6
    CPUSample = 7
    Frequency = 8
    ProcsChange = 9
    ProcStart = 10
    ProcStop = 11
    ProcSteal = 12
    ProcStatus = 13
    GoCreate = 14
    GoCreateSyscall = 15
    GoStart = 16
    GoDestroy = 17
    GoDestroySyscall = 18
    GoStop = 19
    GoBlock = 20
    GoUnblock = 21
    GoSyscallBegin = 22
    GoSyscallEnd = 23
    GoSyscallEndBlocked = 24
    GoStatus = 25
    STWBegin = 26
    STWEnd = 27
    GCActive = 28
    GCBegin = 29
    GCEnd = 30
    GCSweepActive = 31
    GCSweepBegin = 32
    GCSweepEnd = 33
    GCMarkAssistActive = 34
    GCMarkAssistBegin = 35
    GCMarkAssistEnd = 36
    HeapAlloc = 37
    HeapGoal = 38
    GoLabel = 39
    UserTaskBegin = 40
    UserTaskEnd = 41
    UserRegionBegin = 42
    UserRegionEnd = 43
    UserLog = 44
    GoSwitch = 45
    GoSwitchDestroy = 46
    GoCreateBlocked = 47
    GoStatusStack = 48
    ExperimentalBatch = 49
    Sync = 50
    ClockSnapshot = 51
    EndOfGeneration = 52
    # The allocation experiment (GODEBUG=traceallocfree=1).
    Span = 128
    SpanAlloc = 129
    SpanFree = 130
    HeapObject = 131
    HeapObjectAlloc = 132
    HeapObjectFree = 133
    GoroutineStack = 134
    GoroutineStackAlloc = 135
    GoroutineStackFree = 136


# Arguments after the time, by type.
_ARGUMENTS = {
    0: "ProcStop GoDestroy GoDestroySyscall GoSyscallEnd GoSyscallEndBlocked STWEnd GCMarkAssistEnd",
    1: "GoCreateSyscall GCActive GCEnd GCSweepActive GCSweepBegin GCMarkAssistActive GCMarkAssistBegin HeapAlloc "
    "HeapGoal GoLabel SpanFree HeapObjectFree GoroutineStackFree",
    2: "ProcsChange ProcStart ProcStatus GoStart GoStop GoBlock GoSyscallBegin STWBegin GCBegin GCSweepEnd UserTaskEnd "
    "GoSwitch GoSwitchDestroy HeapObject HeapObjectAlloc GoroutineStack GoroutineStackAlloc",
    3: "ProcSteal GoCreate GoUnblock GoStatus UserRegionBegin UserRegionEnd GoCreateBlocked Span SpanAlloc",
    4: "UserTaskBegin UserLog GoStatusStack",
}
ARGUMENTS = np.full(256, -1, np.int16)
"""int16[256]: how many arguments a timed event of each type has after its time; -1 for what is none."""
for _count, _names in _ARGUMENTS.items():
    ARGUMENTS[[Ev[name] for name in _names.split()]] = _count

FIRST_EXPERIMENTAL = 128


def named(counts: dict[int, int]) -> dict[str, int]:
    """Counts by name, in the order of the wire's codes."""
    return {Ev(code).name: counts[code] for code in sorted(counts) if counts[code]}


def of_types(*types: Ev) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """bool[256]: is a type one of these?"""
    table = np.zeros(256, np.bool_)
    table[list(types)] = True
    return table
