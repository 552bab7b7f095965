"""What a trace is, without reading it: from its batches' headers, its clocks, and the last words of its threads.

A directory may hold many traces of which one is ever opened. What happened in them is `parsers.trace.read_trace`'s to
say.
"""

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from parsers.trace.batches import Batch, Frame, Index, index
from parsers.trace.events import Ev
from parsers.trace.generation import USUAL_FREQUENCY, Clock, read_batch, sync
from parsers.trace.source import Source
from parsers.trace.tables import main_file
from parsers.trace.wire import decode_events, read_varints

_SAMPLE = 6


@dataclass(frozen=True, slots=True)
class TraceOutline:
    """A trace file of `size` bytes in format `version`, and its number of generations.

    `wall_ns` and `duration_ns` are those of Trace. `main_file` is the file of main.main, else of any function of
    package main, "" where no stack has one. `problem` says in a sentence why what is there is not all, "" when it is;
    `growing` that the file looks as if it were still being written.
    """

    version: int
    size: int
    generations: int
    wall_ns: int
    duration_ns: int
    main_file: str
    problem: str
    growing: bool


def outline(file: BinaryIO | bytes) -> TraceOutline:
    """What a runtime/trace file of format v2 is. Raises ParseError as `read_trace` does.

    Its end is looked for in the last two generations: none lasts longer than those behind it. The time that takes
    grows with the number of batches and of threads, not with that of events.
    """
    source = Source(file)
    found = index(source)
    wall_ns, clock = _clocks(source, found)
    problem, growing = _state(found)
    return TraceOutline(
        found.version,
        found.size,
        len(found.frames),
        wall_ns,
        max(clock.at(found.frames[-1].start), *(_end(source, frame, clock) for frame in found.frames[-2:])),
        _main_file(source, found),
        problem,
        growing,
    )


def _bodies(source: Source, frame: Frame, *kinds: Ev) -> tuple[list[bytes], list[int]]:
    """The batches of these kinds, and when they began."""
    batches = [batch for batch in frame.batches if batch.kind in kinds and not batch.experimental]
    return [read_batch(source, batch) for batch in batches], [batch.time for batch in batches]


def _clocks(source: Source, found: Index) -> tuple[int, Clock]:
    """When the trace began, since the Unix epoch, and the clock of its last generation."""
    frequency = wall_ns = 0
    clock = Clock(USUAL_FREQUENCY, found.frames[0].start)
    for frame in found.frames:
        said = sync(*_bodies(source, frame, Ev.Sync, Ev.Frequency))
        frequency = said.frequency or frequency or USUAL_FREQUENCY
        clock = Clock(frequency, clock.origin)
        if said.wall_ns and not wall_ns:
            wall_ns = said.wall_ns - clock.at(said.units)
    return wall_ns, clock


def _end(source: Source, frame: Frame, clock: Clock) -> int:
    """When the last event of a generation happened, or the last sample was taken."""
    tables = (Ev.Strings, Ev.Stacks, Ev.CPUSamples, Ev.Frequency, Ev.Sync)
    last: dict[int, Batch] = {}
    for batch in frame.batches:
        if not batch.experimental and batch.kind not in tables:
            last[batch.thread] = batch
    events = decode_events(
        [read_batch(source, batch) for batch in last.values()], [batch.time for batch in last.values()]
    )
    samples = [read_varints(body, 1)[0] for body in _bodies(source, frame, Ev.CPUSamples)[0]]
    taken = [values[: len(values) // _SAMPLE * _SAMPLE].reshape(-1, _SAMPLE)[:, 1] for values in samples]
    times = clock.ns(np.concatenate([events.time, *taken]))
    return int(times.max(initial=0))


def _main_file(source: Source, found: Index) -> str:
    """As the first generation with a stack of package main has it."""
    for frame in found.frames:
        stacks, strings = (_bodies(source, frame, kind)[0] for kind in (Ev.Stacks, Ev.Strings))
        if stacks and strings and (main := main_file(strings, stacks)):
            return main
    return ""


def _state(found: Index) -> tuple[str, bool]:
    last = found.frames[-1]
    if found.problem:
        return found.problem, found.cut
    if not found.is_closed(last):
        return f"generation {last.number} is not finished: what it says is provisional", True
    return "", False
