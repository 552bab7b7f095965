"""Small traces, written down as what each goroutine did, and such ones made up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

from parsers.trace.model import (
    CpuSamples,
    Generation,
    Goroutines,
    Labels,
    Logs,
    Procs,
    ProcState,
    Ranges,
    Regions,
    Series,
    Spans,
    Stacks,
    State,
    Tasks,
    Trace,
)

STATES = {
    "gone": State.GONE,
    "runnable": State.RUNNABLE,
    "running": State.RUNNING,
    "syscall": State.SYSCALL,
    "waiting": State.WAITING,
    "blocked": State.SYSCALL_BLOCKED,
}


@dataclass(frozen=True)
class G:
    """A goroutine: what it runs, and its spans as `100 runnable by:2` or `250 waiting:chan receive @main.f;main.main`.

    Behind `by:` stands the row of whoever made it runnable, behind `#` its P, as in `300 running #1`, and behind the @
    the span's stack, the root first.
    """

    name: str
    spans: Sequence[str]
    created: bool = True


@dataclass(frozen=True)
class R:
    """A range: its name, start and end, the row of the goroutine that began it and of the one that ended it."""

    name: str
    start: int
    end: int
    goroutine: int = -1
    ended_by: int = -2


@dataclass(frozen=True)
class Task:
    """A user task: -1 for a start or end that is not in the trace, and for who began or ended it then."""

    id: int
    name: str
    start: int
    end: int
    goroutine: int = -1
    ended_by: int = -1
    parent: int = 0


@dataclass(frozen=True)
class Region:
    """A user region of a goroutine: the id of its task, 0 for none, its name, start and end, -1 as above."""

    goroutine: int
    task: int
    name: str
    start: int
    end: int


@dataclass
class _Texts:
    rows: dict[str, int] = field(default_factory=lambda: {"": 0})

    def row(self, text: str) -> int:
        return self.rows.setdefault(text, len(self.rows))


class _Stacks:
    """Distinct stacks; a frame's line is told by its function, and its address by both."""

    def __init__(self, texts: _Texts) -> None:
        self.texts = texts
        self.rows: dict[str, int] = {"": 0}
        self.frames: dict[str, int] = {}
        self.lists: list[list[int]] = [[]]

    def row(self, stack: str) -> int:
        if stack not in self.rows:
            names = reversed(stack.split(";"))
            self.lists.append([self.frames.setdefault(name, len(self.frames)) for name in names])
            self.rows[stack] = len(self.rows)
        return self.rows[stack]

    def columns(self) -> Stacks:
        count = len(self.frames)
        return Stacks(
            offsets=np.cumsum([0, *map(len, self.lists)]).astype(np.int64),
            frame=np.array([frame for each in self.lists for frame in each], np.int32),
            pc=(np.arange(count) + 0x1000).astype(np.uint64),
            function=np.array([self.texts.row(name) for name in self.frames], np.int32),
            file=np.array([self.texts.row(f"/src/{name.split('.')[0]}.go") for name in self.frames], np.int32),
            line=np.arange(10, 10 + count, dtype=np.int64),
        )


def trace(
    *goroutines: G,
    duration: int,
    ranges: Sequence[R] = (),
    cpu: Sequence[tuple[int, str]] = (),
    tasks: Sequence[Task] = (),
    regions: Sequence[Region] = (),
    logs: Sequence[tuple[int, int, int]] = (),
    compat: bool = False,
    procs: int | Sequence[Sequence[str]] = 1,
    threads: int = 1,
    gomaxprocs: Sequence[tuple[int, int]] = (),
    heap: Sequence[tuple[int, int]] = (),
    heap_goal: Sequence[tuple[int, int]] = (),
    generations: Sequence[Generation] = (),
    counts: Mapping[str, int] | None = None,
    notes: Sequence[str] = (),
    wall_ns: int = 0,
) -> Trace:
    """The trace in which `goroutines` did what they say; goroutine number i has id i + 1 and row i.

    `cpu` are samples of the CPU profiler, each with its time and its stack, `logs` user logs: time, goroutine, task.
    `procs` says how many Ps there are, or what each of them did: `0 idle`, `10 running`.
    """
    texts, reasons, names = _Texts(), _Texts(), _Texts({})
    stacks = _Stacks(texts)
    start, state, reason, stack, waker, proc = [], [], [], [], [], []
    for each in goroutines:
        for span in each.spans:
            what, _, where = span.partition(" @")
            what, _, on = what.partition(" #")
            what, _, by = what.partition(" by:")
            time, _, kind = what.partition(" ")
            kind, _, why = kind.partition(":")
            start.append(int(time))
            state.append(STATES[kind])
            reason.append(reasons.row(why))
            stack.append(stacks.row(where))
            proc.append(int(on or -1))
            waker.append(int(by or -1))
    n = len(start)
    entry = np.array([texts.row(each.name) for each in goroutines], np.int32)
    sampled = np.array([stacks.row(where) for _, where in cpu], np.int32)
    task_names = np.array([texts.row(each.name) for each in tasks], np.int32)
    region_names = np.array([texts.row(each.name) for each in regions], np.int32)
    nothing = np.zeros(0, np.int32)
    none = np.zeros(0, np.int64)
    return Trace(
        version=26,
        duration_ns=duration,
        wall_ns=wall_ns,
        compat=compat,
        size=1000,
        counts=dict(counts or {}),
        generations=tuple(generations) or (Generation(1, 1000, n, 0, duration, complete=True),),
        notes=tuple(notes),
        range_names=tuple(dict.fromkeys(each.name for each in ranges)),
        threads=np.arange(100, 100 + threads, dtype=np.uint64),
        goroutines=Goroutines(
            id=np.arange(1, len(goroutines) + 1, dtype=np.uint64),
            offsets=np.cumsum([0, *(len(each.spans) for each in goroutines)]).astype(np.int64),
            name=entry,
            created=np.array([each.created for each in goroutines], np.bool_),
        ),
        spans=Spans(
            np.array(start, np.int64),
            np.array(state, np.uint8),
            np.array(reason, np.uint8),
            np.array(stack, np.int32),
            np.array(waker, np.int32),
            np.array(proc, np.int16),
            np.full(n, -1, np.int32),
        ),
        procs=_procs([[]] * procs if isinstance(procs, int) else procs),
        ranges=Ranges(
            np.array([names.row(each.name) for each in ranges], np.uint8),
            np.array([each.start for each in ranges], np.int64),
            np.array([each.end for each in ranges], np.int64),
            np.array([each.goroutine for each in ranges], np.int32),
            np.array([each.ended_by for each in ranges], np.int32),
            np.full(len(ranges), -1, np.int16),
            np.zeros(len(ranges), np.int32),
            np.zeros(len(ranges), np.int64),
            np.zeros(len(ranges), np.int64),
        ),
        gomaxprocs=_series(gomaxprocs),
        heap=_series(heap),
        heap_goal=_series(heap_goal),
        cpu_samples=CpuSamples(
            np.array([time for time, _ in cpu], np.int64),
            np.full(len(cpu), -1, np.int32),
            np.full(len(cpu), -1, np.int16),
            np.full(len(cpu), -1, np.int32),
            sampled,
        ),
        tasks=Tasks(
            np.array([each.id for each in tasks], np.uint64),
            np.array([each.parent for each in tasks], np.uint64),
            task_names,
            np.array([each.start for each in tasks], np.int64),
            np.array([each.end for each in tasks], np.int64),
            np.array([each.goroutine for each in tasks], np.int32),
            np.zeros(len(tasks), np.int32),
            np.array([each.ended_by for each in tasks], np.int32),
        ),
        regions=Regions(
            np.array([each.goroutine for each in regions], np.int32),
            np.array([each.task for each in regions], np.uint64),
            region_names,
            np.array([each.start for each in regions], np.int64),
            np.array([each.end for each in regions], np.int64),
            np.zeros(len(regions), np.int32),
        ),
        logs=Logs(
            np.array([time for time, _, _ in logs], np.int64),
            np.array([goroutine for _, goroutine, _ in logs], np.int32),
            np.array([task for _, _, task in logs], np.uint64),
            *np.zeros((3, len(logs)), np.int32),
        ),
        labels=Labels(none, nothing, nothing),
        stacks=stacks.columns(),
        reasons=tuple(reasons.rows),
        strings=tuple(texts.rows),
    )


def _procs(each: Sequence[Sequence[str]]) -> Procs:
    spans = [span.partition(" ") for own in each for span in own]
    return Procs(
        id=np.arange(len(each), dtype=np.uint64),
        offsets=np.cumsum([0, *map(len, each)]).astype(np.int64),
        start=np.array([int(time) for time, _, _ in spans], np.int64),
        state=np.array([ProcState[state.upper()] for _, _, state in spans], np.uint8),
        thread=np.full(len(spans), -1, np.int32),
    )


def _series(points: Sequence[tuple[int, int]]) -> Series:
    return Series(np.array([time for time, _ in points], np.int64), np.array([value for _, value in points], np.int64))


# What a goroutine can do next.
_NEXT = {
    "runnable": ("running",),
    "running": ("runnable", "waiting", "syscall", "gone"),
    "waiting": ("runnable",),
    "syscall": ("running", "blocked", "gone"),
    "blocked": ("runnable",),
    "gone": ("runnable", "syscall"),
}
_FOUND = ("runnable", "running", "waiting", "syscall")
REASONS = ("", "chan receive", "sync", "network", "select", "sleep")
_STACKS = ("", "main.main", "main.main;main.work", "main.main;main.send", "net.serve")
_RANGES = ("GC mark assist", "GC incremental sweep", "stop-the-world (read mem stats)")


@st.composite
def doings(draw: st.DrawFn) -> tuple[tuple[G, ...], tuple[R, ...], int]:
    """Goroutines and ranges as a trace may have them, no two events at one time, and how long the trace is."""
    time = 0
    states: list[list[str]] = []
    goroutines: list[tuple[str, bool]] = []
    steps: list[tuple[int, str]] = []
    for row in range(draw(st.integers(1, 4))):
        created = draw(st.booleans())
        state = draw(st.sampled_from(("runnable", "waiting", "syscall") if created else _FOUND))
        goroutines.append((draw(st.sampled_from(("main.main", "main.work", "net.serve", ""))), created))
        states.append([])
        steps.append((row, state))
    ranges: list[R] = []
    open_ranges: dict[tuple[int, str], int] = {}
    now: dict[int, str] = {}
    forever: set[int] = set()
    steps += [(row, "") for row in draw(st.lists(st.integers(0, len(goroutines) - 1), max_size=30))]
    for row, first in steps:
        time += draw(st.integers(1, 50))
        if not first and row not in forever and draw(st.integers(0, 4)) == 0:
            name = draw(st.sampled_from(_RANGES))
            begun = open_ranges.pop((row, name), None)
            if begun is None and now[row] != "gone":
                open_ranges[row, name] = time
            elif begun is not None:
                other = draw(st.integers(0, len(goroutines) - 1)) if "sweep" in name else row
                ranges.append(R(name, begun, time, row, -1 if now[other] == "gone" else other))
            continue
        if row in forever:
            continue
        state = first or draw(st.sampled_from(_NEXT[now[row]]))
        now[row] = state
        if state == "gone":
            # Whoever is gone can only have left a sweep to its P.
            open_ranges = {key: begun for key, begun in open_ranges.items() if key[0] != row or "sweep" in key[1]}
        text = f"{time} {state}"
        if state == "waiting":
            # Why one was waiting already, the wire does not say.
            reason = "" if first else draw(st.sampled_from((*REASONS, "forever")))
            if reason == "forever":
                forever.add(row)
            text += f":{reason}" if reason else ""
        states[row].append(f"{text} @{draw(st.sampled_from(_STACKS))}")
    end = time + draw(st.integers(1, 50))
    ranges += [R(name, begun, end, row) for (row, name), begun in open_ranges.items()]
    made = tuple(G(name, own, created) for (name, created), own in zip(goroutines, states, strict=True))
    return made, tuple(sorted(ranges, key=lambda each: each.start)), end
