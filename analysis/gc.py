"""The garbage collector's cycles, and the pauses in which the world was stopped, one by one.

How much they left to the program is `analysis.utilisation`'s to say.
"""

from dataclasses import dataclass

import numpy as np

from analysis.activity import MARK_WORKER, ends
from analysis.cover import CYCLE, cover, ranges_named
from analysis.goroutines import ASSIST, STILL_OPEN, STOPPED
from analysis.memo import memo, memo_few
from analysis.prefix import ragged
from analysis.stacks import add_by_node
from analysis.view import Window
from parsers.trace.model import Bool, Int32, Int64, Series, State, Trace

UNKNOWN = -1


@dataclass(frozen=True, eq=False, slots=True)
class Cycles:
    """GC cycles, a row each in the order of time: from where marking begins to where it ends.

    `assist` is the time of the mark assists that it made goroutines begin, added up, what they waited in them included;
    `workers` how many mark workers ran and `marking` for how long, added up. The heap's sizes are in bytes: when it
    began, what marking found alive, and the goal that the cycle was to meet, 0 where there is none; UNKNOWN where the
    trace does not say. A cycle that is not `whole` began before the trace, or was not over at its end.
    """

    start: Int64
    end: Int64
    assist: Int64
    workers: Int64
    marking: Int64
    heap_start: Int64
    heap_end: Int64
    goal: Int64
    whole: Bool

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, eq=False, slots=True)
class Pauses:
    """Stop-the-world pauses, a row each in the order of time.

    `kind` is a row of `kinds`, the runtime's words for who wanted the world stopped; `goroutine` the one that asked for
    it, -1 for none, with `stack`, a row of Stacks.
    """

    kinds: tuple[str, ...]
    kind: Int64
    start: Int64
    end: Int64
    goroutine: Int32
    stack: Int32

    def __len__(self) -> int:
        return len(self.start)


@memo_few
def gc_cycles(trace: Trace, window: Window | None = None) -> Cycles:
    """All cycles, or those that a window touches: whole, also where it has but a part of them."""
    every = ranges_named(trace, CYCLE)
    rows = _touched(trace, every, window)
    start, end = trace.ranges.start[rows], trace.ranges.end[rows]
    edges = np.column_stack([start, end]).ravel()
    by_worker = _marking(trace, edges)[:, ::2]
    over = trace.ranges.ended_by[rows] != STILL_OPEN
    return Cycles(
        start=start,
        end=end,
        assist=_assisted(trace, trace.ranges.start[every])[np.isin(every, rows)],
        workers=(by_worker > 0).sum(axis=0),
        marking=by_worker.sum(axis=0),
        heap_start=_at(trace.heap, start),
        # The last thing that marking does is to say what it found alive (resetLive), while the world is stopped.
        heap_end=np.where(over, _at(trace.heap, end), UNKNOWN),
        # The next goal is told once the cycle is over; a trace that begins amidst of one tells that one's first.
        goal=_at(trace.heap_goal, np.where(start > 0, start, end)),
        whole=(start > 0) & over,
    )


@memo_few
def pauses(trace: Trace, window: Window | None = None) -> Pauses:
    """All pauses, or those that a window touches."""
    rows = _touched(trace, ranges_named(trace, STOPPED), window)
    names = [trace.range_names[name].removeprefix(f"{STOPPED} (").removesuffix(")") for name in trace.ranges.name[rows]]
    kinds = tuple(dict.fromkeys(names))
    number = {kind: at for at, kind in enumerate(kinds)}
    ranges = trace.ranges
    return Pauses(
        kinds,
        np.array([number[name] for name in names], np.int64),
        ranges.start[rows],
        ranges.end[rows],
        ranges.goroutine[rows],
        ranges.stack[rows],
    )


def _touched(trace: Trace, rows: Int64, window: Window | None) -> Int64:
    if window is None:
        return rows
    start, end = trace.ranges.start[rows], trace.ranges.end[rows]
    return rows[(start < window.end) & (np.maximum(end, start + 1) > window.start)]


@memo
def mark_spans(trace: Trace) -> tuple[Int64, Int64, Int64]:
    """When mark workers ran: which of them, counted from 0, and from when until when."""
    workers = np.zeros(0, np.int64)
    if MARK_WORKER in trace.strings:
        workers = np.flatnonzero(trace.goroutines.name == trace.strings.index(MARK_WORKER))
    offsets = trace.goroutines.offsets
    count = offsets[workers + 1] - offsets[workers]
    row, worker = ragged(offsets[workers], count), np.repeat(np.arange(len(workers)), count)
    ran = trace.spans.state[row] == State.RUNNING
    return worker[ran], trace.spans.start[row[ran]], ends(trace, row[ran])


def _assisted(trace: Trace, start: Int64) -> Int64:
    """int64: how long the mark assists took that were begun from one cycle's start to the next one's."""
    rows = ranges_named(trace, ASSIST)
    begun = np.searchsorted(start, trace.ranges.start[rows], side="right") - 1
    lasted = trace.ranges.end[rows] - trace.ranges.start[rows]
    return add_by_node(lasted[begun >= 0], begun[begun >= 0], len(start))


def _marking(trace: Trace, edges: Int64) -> Int64:
    """int64[workers, edges - 1]: how long each mark worker ran between one of `edges` and the next."""
    worker, start, end = mark_spans(trace)
    lanes = np.arange(int(worker.max(initial=-1)) + 1)
    if not len(edges):
        return np.zeros((len(lanes), 0), np.int64)
    return cover(worker, start, end).between(lanes, np.broadcast_to(edges, (len(lanes), len(edges))))


def _at(series: Series, times: Int64) -> Int64:
    """What a number was at these moments; UNKNOWN before it is told."""
    if not len(series):
        return np.full(len(times), UNKNOWN)
    at = np.searchsorted(series.time, times, side="right") - 1
    return np.where(at >= 0, series.value[np.maximum(at, 0)], UNKNOWN)
