"""Begins and ends of ranges paired: stop-the-world pauses, GC cycles, mark assists and sweeps.

Of each kind there is at most one open on a goroutine (pauses, assists), on a P (sweeps), or anywhere (GC cycles).
"""

import numpy as np
from numpy.typing import NDArray

from parsers.trace.block import Moments
from parsers.trace.columns import joined, none_of, picked
from parsers.trace.context import NONE
from parsers.trace.events import Ev
from parsers.trace.model import Int64, Ranges

STILL_OPEN = -2
_MOST_NAMES = 255
_CYCLE, _ASSIST, _SWEEP = "GC concurrent mark phase", "GC mark assist", "GC incremental sweep"
# Begin, end, and what says at the start of a generation that one is open already.
_KINDS = (
    (_CYCLE, Ev.GCBegin, Ev.GCEnd, Ev.GCActive),
    (_ASSIST, Ev.GCMarkAssistBegin, Ev.GCMarkAssistEnd, Ev.GCMarkAssistActive),
    (_SWEEP, Ev.GCSweepBegin, Ev.GCSweepEnd, Ev.GCSweepActive),
    ("", Ev.STWBegin, Ev.STWEnd, None),
)


def ranges(found: Moments, starts: Int64, end: int, strings: tuple[str, ...]) -> tuple[Ranges, tuple[str, ...]]:
    """All ranges in the order of their start, and their names.

    `starts` is, for each moment, when its generation began; `end` when the trace ended.
    """
    names = [_CYCLE, _ASSIST, _SWEEP]
    parts = [none_of(Ranges)]
    for name, begin, finish, active in _KINDS:
        rows = np.flatnonzero(np.isin(found.type, [begin, finish, *([active] if active else [])]))
        some, since = picked(found, rows), starts[rows]
        # Cycles are numbered; all else is in order as it is on one goroutine or P.
        clock = some.first if name == _CYCLE else some.time
        first, last, started = _paired(some, since, _scope(some, name), clock, begin, active)
        open_ = last < 0
        kind = np.full(len(first), names.index(name)) if name else _stw_names(some.first[first], strings, names)
        sweeps = np.where((name == _SWEEP) & ~open_, 1, 0)
        parts.append(
            Ranges(
                kind.astype(np.uint8),
                started,
                np.where(open_, end, some.time[last]),
                np.where(name == _CYCLE, NONE, some.goroutine[first]).astype(np.int32),
                np.where(open_, STILL_OPEN, np.where(name == _CYCLE, NONE, some.goroutine[last])).astype(np.int32),
                some.proc[first],
                some.stack[first],
                some.first[last] * sweeps,
                some.second[last] * sweeps,
            )
        )
    every = joined(parts)
    return picked(every, np.argsort(every.start, kind="stable")), tuple(names)


def _scope(found: Moments, name: str) -> NDArray[np.int64]:
    """What a kind of range can be open on but once."""
    if name == _CYCLE:
        return np.zeros(len(found.type), np.int64)
    return (found.proc if name == _SWEEP else found.goroutine).astype(np.int64)


def _paired(
    found: Moments, since: Int64, scope: Int64, clock: Int64, begin: Ev, active: Ev | None
) -> tuple[Int64, Int64, Int64]:
    """Rows of begins and of their ends, -1 where there is none, and when each began."""
    # What says at the end of a generation that one was open at its start may come after the next one has begun.
    order = np.lexsort((clock, since, scope))
    kind, scope = found.type[order], scope[order]
    opens = (kind == begin) | ((kind == active) if active else False)
    same = np.append(False, scope[1:] == scope[:-1])[: len(scope)]
    was_open = np.append(False, opens[:-1])[: len(opens)] & same
    # What is said to be open and is known to be so tells nothing.
    kept = np.flatnonzero(~(was_open & (kind == active))) if active else np.arange(len(kind))
    order, opens, scope = order[kept], opens[kept], scope[kept]
    firsts = np.flatnonzero(opens)
    behind = np.minimum(firsts + 1, len(order) - 1)
    ended = (firsts + 1 < len(order)) & (scope[behind] == scope[firsts]) & ~opens[behind]
    first, last = order[firsts], np.where(ended, order[behind], -1)
    started = np.where(found.type[first] == begin, found.time[first], since[first])
    return first, last, started


def _stw_names(kinds: Int64, strings: tuple[str, ...], names: list[str]) -> NDArray[np.int64]:
    """The names of pauses with these kinds, rows of `strings`; new ones are added to `names`."""
    distinct, place = np.unique(kinds, return_inverse=True)
    rows = []
    for kind in distinct.tolist():
        name = f"stop-the-world ({strings[kind]})"
        if name not in names and len(names) < _MOST_NAMES:
            names.append(name)
        rows.append(names.index(name) if name in names else len(names) - 1)
    return np.array(rows, np.int64)[place]
