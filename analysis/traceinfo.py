"""What a trace is: how long, of how much, and what of it is missing."""

import posixpath
from dataclasses import dataclass

import numpy as np

from analysis.goroutines import STOPPED
from analysis.memo import memo
from parsers.trace.model import Generation, Trace

GC = "GC concurrent mark phase"


@dataclass(frozen=True, slots=True)
class TraceInfo:
    """What `goscope info` prints of a trace; times in nanoseconds.

    `program` is the directory that main.main was built in, "" where no stack has it. `wall_ns` is the time of the
    first event since the Unix epoch, 0 where the format does not say. From `provisional_ns` on, what the trace tells
    may still change or is cut off; it is `duration_ns` where nothing is. `gcs` are the GC cycles that were in their
    mark phase, `stops` the stop-the-world pauses. `gomaxprocs` is the last value, 0 where the trace has none. `counts`
    are the wire's events by type, the most frequent first; `notes` says what is missing, a sentence each.
    """

    version: int
    go_version: str
    program: str
    size: int
    duration_ns: int
    wall_ns: int
    provisional_ns: int
    compat: bool
    events: int
    counts: dict[str, int]
    generations: tuple[Generation, ...]
    goroutines: int
    procs: int
    threads: int
    gomaxprocs: int
    gcs: int
    stops: int
    stw_ns: int
    longest_stw_ns: int
    heap_max: int
    cpu_samples: int
    tasks: int
    regions: int
    logs: int
    notes: tuple[str, ...]


@memo
def trace_info(trace: Trace) -> TraceInfo:
    ranges = trace.ranges
    stops = ranges.end - ranges.start
    stops = stops[np.isin(ranges.name, _rows(trace, STOPPED))]
    return TraceInfo(
        version=trace.version,
        go_version=f"go1.{trace.version}",
        program=_program(trace),
        size=trace.size,
        duration_ns=trace.duration_ns,
        wall_ns=trace.wall_ns,
        provisional_ns=trace.provisional_ns,
        compat=trace.compat,
        events=sum(trace.counts.values()),
        counts=dict(sorted(trace.counts.items(), key=lambda item: (-item[1], item[0]))),
        generations=trace.generations,
        goroutines=len(trace.goroutines),
        procs=len(trace.procs),
        threads=len(trace.threads),
        gomaxprocs=int(trace.gomaxprocs.value[-1]) if len(trace.gomaxprocs) else 0,
        gcs=int(np.isin(ranges.name, _rows(trace, GC)).sum()),
        stops=len(stops),
        stw_ns=int(stops.sum()),
        longest_stw_ns=int(stops.max(initial=0)),
        heap_max=int(trace.heap.value.max(initial=0)),
        cpu_samples=len(trace.cpu_samples),
        tasks=len(trace.tasks),
        regions=len(trace.regions),
        logs=len(trace.logs),
        notes=trace.notes,
    )


def _rows(trace: Trace, prefix: str) -> list[int]:
    return [row for row, name in enumerate(trace.range_names) if name.startswith(prefix)]


def _program(trace: Trace) -> str:
    """The name of the directory of main.main's file, or where that is not on a stack, of any function of main."""
    stacks = trace.stacks
    files = {}
    for row in np.unique(stacks.function).tolist():
        if trace.strings[row].startswith("main."):
            frame = int(np.argmax(stacks.function == row))
            files[trace.strings[row]] = trace.strings[int(stacks.file[frame])]
    return program_of(files.get("main.main") or next(iter(files.values()), ""))


def program_of(main_file: str) -> str:
    """What a program is called whose main function lies in this file: a trace does not name the binary."""
    return posixpath.basename(posixpath.dirname(main_file))
