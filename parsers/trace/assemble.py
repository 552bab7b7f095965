"""Blocks of generations to one Trace: the spans of each goroutine behind one another, and all else by time."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    earlier = _earlier(before, parts[:n_before]) if before else None
    n_goroutines, step = len(reader.known.goroutines.ids), 1 if reader.compat else 0
    spans, offsets = _spans(earlier, parts[n_before:], n_goroutines, end, step=step)
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


@dataclass(frozen=True, eq=False, slots=True)
class _Earlier:
    """Spans that stand in an earlier trace: goroutine `goroutine[i]` has the next `count[i]` of its `rows`."""

    spans: Spans
    goroutine: Int32
    count: Int64
    rows: Bool | slice


def _earlier(before: Trace, parts: Sequence[SpanRows]) -> _Earlier:
    """The spans that `parts` were, each goroutine's first ones in `before`."""
    lengths = np.diff(before.goroutines.offsets)
    counts = _counts(parts, len(lengths))
    goroutine = np.flatnonzero(counts).astype(np.int32)
    rows: Bool | slice = slice(None)
    if (counts < lengths).any():
        rows = np.repeat(np.resize([True, False], 2 * len(counts)), np.stack([counts, lengths - counts], 1).reshape(-1))
    return _Earlier(before.spans, goroutine, counts[goroutine], rows)


def _counts(parts: Sequence[SpanRows | _Earlier], n_goroutines: int) -> Int64:
    """int64 per goroutine: how many spans it has in all parts."""
    counts = np.zeros(n_goroutines, np.int64)
    for part in parts:
        counts[part.goroutine] += part.count
    return counts


def _spans(
    earlier: _Earlier | None, parts: list[SpanRows], n_goroutines: int, end: int, *, step: int
) -> tuple[Spans, Int64]:
    """All spans by goroutine and time, `step` apart at least, and where each goroutine's begin."""
    first = [earlier] if earlier else []
    counts = _counts([*first, *parts], n_goroutines)
    # What is known by its name alone, in a damaged trace, has no state.
    if len(nothing := np.flatnonzero(counts == 0)):
        parts = [*parts, _gone(nothing.astype(np.int32), end)]
        counts[nothing] = 1
    offsets = np.concatenate([[0], np.cumsum(counts)])
    places = _places([*first, *parts], offsets)

    def placed(source: str, **kinds: type[np.generic]) -> list[NDArray[Any]]:
        """The columns that are worked out from one of the blocks', which is let go block by block."""
        columns: list[NDArray[Any]] = [np.empty(int(offsets[-1]), kind) for kind in kinds.values()]
        if earlier:
            for column, name in zip(columns, kinds, strict=True):
                column[places[0]] = getattr(earlier.spans, name)[earlier.rows]
        for part, place in zip(parts, places[len(first) :], strict=True):
            for column, name in zip(columns, kinds, strict=True):
                column[place] = getattr(part, name)
            delattr(part, source)
        return columns

    (start,) = placed("since", start=np.int64)
    mend(start, offsets, step)
    stack, by = placed("causes", stack=np.int32, by=np.int32)
    thread, proc, state, reason = placed("facts", thread=np.int32, proc=np.int16, state=np.uint8, reason=np.uint8)
    return Spans(start, state, reason, stack, by, proc, thread), offsets


def _places(parts: Sequence[SpanRows | _Earlier], offsets: Int64) -> list[NDArray[Any]]:
    """Where each row goes: behind those that its goroutine has from the blocks before."""
    size = np.int32 if offsets[-1] < 1 << 31 else np.int64
    free = offsets[:-1].copy()
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
