"""Blocks of generations to one Trace: the spans of each goroutine behind one another, and all else by time."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.trace.annotations import labels, logs, regions, tasks
from parsers.trace.block import Block, CounterRows, Moments, ProcRows, SampleRows, SpanRows
from parsers.trace.columns import joined, none_of, picked
from parsers.trace.events import Ev, named
from parsers.trace.model import CpuSamples, Generation, Goroutines, Int32, Int64, Procs, Series, Spans, Stacks, State, Trace
from parsers.trace.ranges import ranges
from parsers.trace.reader import Reader


def assembled(
    reader: Reader, blocks: Sequence[Block], generations: Sequence[Generation], notes: Sequence[str], version: int
) -> Trace:
    """The trace that `blocks` are the generations of; their spans are used up."""
    end = reader.end(blocks)
    stacks, strings = reader.shared.stacks(), reader.shared.strings()
    moments = joined([none_of(Moments), *(block.moments for block in blocks)])
    starts = np.repeat([block.start for block in blocks], [len(block.moments.type) for block in blocks])
    found, range_names = ranges(moments, starts, end, strings)
    spans, offsets = _spans(blocks, len(reader.goroutines.ids), end)
    counters = joined([none_of(CounterRows), *(block.counters for block in blocks)])
    goroutines = reader.goroutines
    return Trace(
        version=version,
        duration_ns=end,
        wall_ns=reader.wall_ns,
        compat=reader.compat,
        size=reader.size,
        counts=named(dict(enumerate(reader.counts.tolist()))),
        generations=tuple(generations),
        notes=tuple(notes),
        strings=strings,
        reasons=tuple(strings[row] for row in reader.reasons),
        range_names=range_names,
        threads=reader.threads.ids(),
        stacks=stacks,
        goroutines=Goroutines(
            goroutines.ids.ids(), offsets, _outermost(goroutines.entry, stacks), goroutines.created
        ),
        spans=spans,
        procs=_procs(blocks, reader),
        ranges=found,
        gomaxprocs=_series(counters, Ev.ProcsChange),
        heap=_series(counters, Ev.HeapAlloc),
        heap_goal=_series(counters, Ev.HeapGoal),
        cpu_samples=_samples(blocks),
        tasks=tasks(moments),
        regions=regions(moments),
        logs=logs(moments),
        labels=labels(moments),
    )


def _spans(blocks: Sequence[Block], n_goroutines: int, end: int) -> tuple[Spans, Int64]:
    """All spans by goroutine and time, and where each goroutine's begin."""
    parts = [block.spans for block in blocks]
    counts = sum(np.bincount(part.goroutine, minlength=n_goroutines) for part in parts)
    counts = np.asarray(counts, np.int64) if parts else np.zeros(n_goroutines, np.int64)
    # What is known by its name alone, in a damaged trace, has no state.
    if len(nothing := np.flatnonzero(counts == 0)):
        parts.append(_gone(nothing.astype(np.int32), end))
        counts[nothing] = 1
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    places = _places(parts, offsets)
    # A column of all blocks is made before the next one, and what it was made of let go.
    columns = [_placed(parts, field.name, places, int(offsets[-1])) for field in fields(Spans)]
    spans = Spans(*columns)
    _mend_order(spans.start, offsets)
    return spans, offsets


def _places(parts: Sequence[SpanRows], offsets: Int64) -> list[NDArray[Any]]:
    """Where each row goes: behind those that its goroutine has from the blocks before."""
    size = np.int32 if offsets[-1] < 1 << 31 else np.int64
    free = offsets[:-1].copy()
    places = []
    for part in parts:
        goroutine = part.goroutine
        starts = np.flatnonzero(np.append(True, goroutine[1:] != goroutine[:-1])[: len(goroutine)])
        lengths = np.diff(np.append(starts, len(goroutine)))
        owner = goroutine[starts]
        place = np.arange(len(goroutine))
        place += np.repeat(free[owner] - starts, lengths)
        free[owner] += lengths
        places.append(place.astype(size))
        del part.goroutine
    return places


def _placed(parts: Sequence[SpanRows], name: str, places: Sequence[NDArray[Any]], size: int) -> NDArray[Any]:
    kinds = {"start": np.int64, "state": np.uint8, "reason": np.uint8, "proc": np.int16}
    column: NDArray[Any] = np.empty(size, kinds.get(name, np.int32))
    for part, place in zip(parts, places, strict=True):
        column[place] = getattr(part, name)
        delattr(part, name)
    return column


def _gone(goroutine: Int32, end: int) -> SpanRows:
    n = len(goroutine)
    none = np.full(n, -1, np.int32)
    nothing = np.zeros(n, np.int32)
    return SpanRows(goroutine, np.full(n, end), np.full(n, State.GONE), nothing, nothing, none, none, none)


def _mend_order(start: Int64, offsets: Int64) -> None:
    """Let no goroutine go back in time from one generation to the next: clocks of threads may disagree."""
    back = np.flatnonzero(start[1:] < start[:-1]) + 1
    owner = np.searchsorted(offsets, back, side="right") - 1
    for goroutine in np.unique(owner[offsets[owner] != back]).tolist():
        rows = start[offsets[goroutine] : offsets[goroutine + 1]]
        np.maximum.accumulate(rows, out=rows)


def _outermost(entry: Int32, stacks: Stacks) -> Int32:
    """The function of the outermost frame of each of these stacks, 0 for none."""
    empty = stacks.offsets[entry] == stacks.offsets[entry + 1]
    last = np.where(empty, 0, stacks.offsets[entry + 1] - 1)
    if not len(stacks.frame):
        return np.zeros(len(entry), np.int32)
    return np.where(empty, 0, stacks.function[stacks.frame[last]]).astype(np.int32)


def _procs(blocks: Sequence[Block], reader: Reader) -> Procs:
    every = joined([none_of(ProcRows), *(block.procs for block in blocks)])
    every = picked(every, np.argsort(every.proc, kind="stable"))
    n = len(reader.procs.ids)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(every.proc, minlength=n))]).astype(np.int64)
    start = every.start.copy()
    _mend_order(start, offsets)
    return Procs(reader.procs.ids.ids(), offsets, start, every.state.astype(np.uint8), every.thread.astype(np.int32))


def _series(counters: CounterRows, kind: Ev) -> Series:
    rows = np.flatnonzero(counters.type == kind)
    rows = rows[np.argsort(counters.time[rows], kind="stable")]
    return Series(counters.time[rows], counters.value[rows])


def _samples(blocks: Sequence[Block]) -> CpuSamples:
    every = joined([none_of(SampleRows), *(block.samples for block in blocks)])
    every = picked(every, np.argsort(every.time, kind="stable"))
    return CpuSamples(every.time, every.thread, every.proc, every.goroutine, every.stack)
