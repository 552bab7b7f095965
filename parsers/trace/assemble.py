"""Blocks of generations to one Trace: the spans of each goroutine behind one another, and all else by time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.trace.annotations import labels, logs, regions, tasks
from parsers.trace.batches import Index
from parsers.trace.block import (
    CHANGED,
    Block,
    CounterRows,
    Moments,
    ProcRows,
    SampleRows,
    SpanRows,
    bits,
    causes,
    facts,
    narrow,
)
from parsers.trace.columns import joined, none_of, picked
from parsers.trace.events import Ev, named
from parsers.trace.model import (
    Bool,
    CpuSamples,
    Generation,
    Goroutines,
    Int32,
    Int64,
    Procs,
    Series,
    Spans,
    State,
    Trace,
)
from parsers.trace.order import mend
from parsers.trace.ranges import ranges
from parsers.trace.reader import Reader


def assembled(
    reader: Reader,
    blocks: Sequence[Block],
    generations: Sequence[Generation],
    notes: Sequence[str],
    found: Index,
    before: Trace | None = None,
    n_before: int = 0,
) -> Trace:
    """The trace that `blocks` are the generations of; their spans are used up.

    The spans of the first `n_before` of them have been, for the trace `before`: they are taken from there.
    """
    end = reader.end(blocks)
    stacks, strings = reader.known.strings.stacks(), reader.known.strings.strings()
    moments = joined([none_of(Moments), *(block.moments for block in blocks)])
    starts = np.repeat([block.start for block in blocks], [len(block.moments.type) for block in blocks])
    every_range, range_names = ranges(moments, starts, end, strings)
    parts = [block.spans for block in blocks]
    n_goroutines, step = len(reader.known.goroutines.ids), 1 if reader.compat else 0
    spans, offsets = _spans(before, parts[:n_before], parts[n_before:], n_goroutines, end, step=step)
    counters = joined([none_of(CounterRows), *(block.counters for block in blocks)])
    goroutines = reader.known.goroutines
    return Trace(
        version=found.version,
        duration_ns=end,
        wall_ns=reader.wall_ns,
        compat=reader.compat,
        size=found.size,
        counts=named(dict(enumerate(reader.known.counts.tolist()))),
        generations=tuple(generations),
        notes=tuple(notes),
        strings=strings,
        reasons=tuple(reader.known.reasons),
        range_names=range_names,
        threads=reader.known.threads.ids(),
        stacks=stacks,
        goroutines=Goroutines(goroutines.ids.ids(), offsets, goroutines.name, goroutines.created),
        spans=spans,
        procs=_procs(blocks, reader),
        ranges=every_range,
        gomaxprocs=_series(counters, Ev.ProcsChange),
        heap=_series(counters, Ev.HeapAlloc),
        heap_goal=_series(counters, Ev.HeapGoal),
        cpu_samples=_samples(blocks),
        tasks=tasks(moments, starts),
        regions=regions(moments, starts),
        logs=logs(moments),
        labels=labels(moments),
    )


def _spans(
    before: Trace | None, used: Sequence[SpanRows], parts: list[SpanRows], n_goroutines: int, end: int, *, step: int
) -> tuple[Spans, Int64]:
    """All spans by goroutine and time, `step` apart at least, and where each goroutine's begin.

    They are those of `parts`, behind those that `used` were, which each goroutine has first in `before`.
    """
    had = _counts(used, n_goroutines)
    counts = had + _counts(parts, n_goroutines)
    # What is known by its name alone, in a damaged trace, has no state.
    if len(nothing := np.flatnonzero(counts == 0)):
        parts = [*parts, _gone(nothing.astype(np.int32), end)]
        counts[nothing] = 1
    offsets = np.concatenate([[0], np.cumsum(counts)])
    places = _places(parts, offsets, had)
    here = there = np.zeros(0, np.bool_)
    if before:
        here = _firsts(had, offsets)
        there = _firsts(_counts(used, len(before.goroutines)), before.goroutines.offsets)

    def placed(source: str, **kinds: type[np.generic]) -> list[NDArray[Any]]:
        """The columns that are worked out from one of the blocks', which is let go block by block."""
        columns: list[NDArray[Any]] = [np.empty(int(offsets[-1]), kind) for kind in kinds.values()]
        if before:
            for column, name in zip(columns, kinds, strict=True):
                column[here] = getattr(before.spans, name)[there]
        for part, place in zip(parts, places, strict=True):
            for column, name in zip(columns, kinds, strict=True):
                column[place] = getattr(part, name)
            delattr(part, source)
        return columns

    (start,) = placed("since", start=np.int64)
    mend(start, offsets, step)
    stack, by = placed("causes", stack=np.int32, by=np.int32)
    thread, proc, state, reason = placed("facts", thread=np.int32, proc=np.int16, state=np.uint8, reason=np.uint8)
    return Spans(start, state, reason, stack, by, proc, thread), offsets


def _counts(parts: Sequence[SpanRows], n_goroutines: int) -> Int64:
    """int64 per goroutine: how many rows it has."""
    counts = np.zeros(n_goroutines, np.int64)
    for part in parts:
        counts[part.goroutine] += part.count
    return counts


def _firsts(counts: Int64, offsets: Int64) -> Bool:
    """Whether each row is one of the first `counts` of those that its goroutine has within `offsets`."""
    lengths = np.stack([counts, np.diff(offsets) - counts], axis=1).reshape(-1)
    return np.repeat(np.tile([True, False], len(counts)), lengths)


def _places(parts: Sequence[SpanRows], offsets: Int64, had: Int64) -> list[NDArray[Any]]:
    """Where each row goes: behind the rows that its goroutine `had`, and those from the blocks before."""
    size = np.int32 if offsets[-1] < 1 << 31 else np.int64
    free = offsets[:-1] + had
    places = []
    for part in parts:
        ends = np.cumsum(part.count)
        shift = free[part.goroutine] - ends + part.count
        place = np.repeat(shift.astype(size), part.count)
        place += np.arange(len(place), dtype=size)
        free[part.goroutine] += part.count
        places.append(place)
    return places


def _gone(goroutine: Int32, end: int) -> SpanRows:
    n = len(goroutine)
    none = np.full(n, -1, np.int32)
    return SpanRows.of(
        goroutine,
        np.full(n, end),
        causes(np.zeros(n, np.int32), none),
        facts(none, narrow(none), bits(State.GONE, CHANGED, 0)),
    )


def _procs(blocks: Sequence[Block], reader: Reader) -> Procs:
    every = joined([none_of(ProcRows), *(block.procs for block in blocks)])
    every = picked(every, np.argsort(every.proc, kind="stable"))
    n = len(reader.known.procs.ids)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(every.proc, minlength=n))]).astype(np.int64)
    start = every.start.copy()
    mend(start, offsets)
    return Procs(
        reader.known.procs.ids.ids(), offsets, start, every.state.astype(np.uint8), every.thread.astype(np.int32)
    )


def _series(counters: CounterRows, kind: Ev) -> Series:
    rows = np.flatnonzero(counters.type == kind)
    rows = rows[np.argsort(counters.time[rows], kind="stable")]
    return Series(counters.time[rows], counters.value[rows])


def _samples(blocks: Sequence[Block]) -> CpuSamples:
    every = joined([none_of(SampleRows), *(block.samples for block in blocks)])
    every = picked(every, np.argsort(every.time, kind="stable"))
    return CpuSamples(every.time, every.thread, every.proc, every.goroutine, every.stack)
