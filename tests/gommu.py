"""What Go's internal/trace makes of a trace's utilisation, step by step as `MutatorUtilizationV2` does, and made-up
traces to make it of.

`once` mends it: each run of a mark worker counts once, and not after a label that says that it is idle. Times begin
at 0 here.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import strategies as st

from parsers.trace.model import Labels, Trace
from tests.tracebuild import G, R, trace

DEDICATED, IDLE = "GC (dedicated)", "GC (idle)"
TERMINATION, MEMSTATS = "stop-the-world (GC mark termination)", "stop-the-world (read mem stats)"
ASSIST, SWEEP = "GC mark assist", "GC incremental sweep"
FOUND = "found in an assist"


@dataclass(frozen=True, slots=True)
class Event:
    """A "procs", "start", "stop", "label", "begin" or "end", of a goroutine and a P where it has any."""

    time: int
    what: str
    name: str = ""
    goroutine: int = -1
    proc: int = -1
    number: int = 0


@dataclass(slots=True)
class _Books:
    """What is known at some time: how much is done for the collector on each P, and by whom."""

    gc: list[int] = field(default_factory=list)
    stopped: int = 0
    worker: set[int] = field(default_factory=set)
    assisting: set[int] = field(default_factory=set)
    executing: set[int] = field(default_factory=set)


def utilisation(events: list[Event], duration: int, flags: frozenset[str], *, once: bool) -> list[float]:
    """The utilisation in every nanosecond, from the first event "procs" on."""
    books = _Books()
    found: list[tuple[int, float]] = []
    for event in events:
        if event.what == "procs":
            books.gc = books.gc[: event.number] + [0] * (event.number - len(books.gc))
        elif books.gc:
            _book(books, event, flags, once=once)
        if books.gc:
            busy = len(books.gc) if books.stopped else sum(each > 0 for each in books.gc)
            found.append((event.time, 1 - busy / len(books.gc)))
    values: list[float] = []
    for (time, value), (after, _) in zip(found, [*found[1:], (duration, 0.0)], strict=True):
        values += [value] * (after - time)
    return values


def _book(books: _Books, event: Event, flags: frozenset[str], *, once: bool) -> None:
    sign = {"begin": 1, "end": -1}.get(event.what, 0)
    g, p = event.goroutine, event.proc
    if event.name in (TERMINATION, MEMSTATS):
        books.stopped += sign * ("stw" in flags and "GC" in event.name)
    elif event.name == SWEEP:
        books.gc[p] += sign * ("sweep" in flags)
    elif event.name in (ASSIST, FOUND):
        if "assist" in flags:
            # One found in an assist is on no P yet, and Go books it all the same.
            books.gc[p] += 0 if once and event.name == FOUND else sign
            books.assisting = books.assisting | {g} if sign > 0 else books.assisting - {g}
    elif event.what in ("start", "stop"):
        if g in books.assisting | books.worker:
            books.gc[p] += 1 if event.what == "start" else -1
    elif event.what == "label" and "mark" in flags:
        counted = once and g in books.worker
        if event.name != IDLE:
            books.worker.add(g)
            books.gc[p] += not counted
        elif counted:
            books.worker.discard(g)
            books.gc[p] -= 1


@dataclass(frozen=True, slots=True)
class Made:
    """A made-up trace, what happened in it, and how long it lasted."""

    events: list[Event]
    duration: int
    goroutines: int
    procs: int

    def trace(self, *, compat: bool = False) -> Trace:
        """It as columns."""
        spans = [["0 waiting"] for _ in range(self.goroutines)]
        procs = [[-1] for _ in range(self.goroutines)]
        ranges: list[tuple[R, int]] = []
        open_: dict[tuple[str, int], tuple[int, int]] = {}
        for each in self.events:
            if each.what in ("start", "stop"):
                state = "running" if each.what == "start" else "waiting"
                spans[each.goroutine].append(f"{each.time} {state}")
                procs[each.goroutine].append(each.proc)
            scope = (each.name, each.proc if each.name == SWEEP else each.goroutine)
            if each.what == "begin":
                open_[scope] = (0 if each.name == FOUND else each.time, each.proc)
            elif each.what == "end":
                since_ever = each.name == ASSIST and (FOUND, each.goroutine) in open_
                start, proc = open_.pop((FOUND, each.goroutine) if since_ever else scope)
                ranges.append((R(each.name, start, each.time, each.goroutine, each.goroutine), proc))
        for (name, scope_), (start, proc) in open_.items():
            range_ = R(ASSIST if name == FOUND else name, start, self.duration, -1 if name == SWEEP else scope_)
            ranges.append((range_, proc))
        ranges.sort(key=lambda each: each[0].start)
        made = trace(
            *(G("runtime.gcBgMarkWorker", each, created=False) for each in spans),
            duration=self.duration,
            ranges=[each for each, _ in ranges],
            compat=compat,
            procs=self.procs,
            gomaxprocs=[(each.time, each.number) for each in self.events if each.what == "procs"],
        )
        labels = [each for each in self.events if each.what == "label"]
        return replace(
            made,
            strings=(*made.strings, DEDICATED, IDLE),
            spans=replace(made.spans, proc=np.array([one for each in procs for one in each], np.int16)),
            ranges=replace(made.ranges, proc=np.array([proc for _, proc in ranges], np.int16)),
            labels=Labels(
                np.array([each.time for each in labels], np.int64),
                np.array([each.goroutine for each in labels], np.int32),
                np.array([len(made.strings) + (each.name == IDLE) for each in labels], np.int32),
            ),
        )


@st.composite
def collections(draw: st.DrawFn) -> Made:
    """What collectors and programs may do. Goroutines with even rows are mark workers, which say so as they start."""
    goroutines, procs = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    time = draw(st.sampled_from([0, 7]))
    events = [Event(time, "procs", number=procs)]
    now = _Now(draw(st.sets(st.sampled_from([1, 3]))), procs)
    for _ in range(draw(st.integers(0, 40))):
        event = replace(draw(st.sampled_from(now.choices(goroutines))), time=(time := time + draw(st.integers(1, 9))))
        if event.what == "start" and event.goroutine in now.found:
            # It is said to be in one as it starts.
            now.found.remove(event.goroutine)
            now.open.add((ASSIST, event.goroutine))
            events.append(Event(time, "begin", FOUND, event.goroutine, event.proc))
        events.append(event)
        now.take(event)
        if (
            event.what == "start"
            and event.goroutine % 2 == 0
            and (name := draw(st.sampled_from((DEDICATED, IDLE, ""))))
        ):
            events.append(replace(event, what="label", name=name))
    return Made(events, time + draw(st.integers(1, 9)), goroutines, 4)


@dataclass(slots=True)
class _Now:
    """What runs, and what is open: on a goroutine, or a sweep on a P."""

    found: set[int]
    procs: int
    on: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    open: set[tuple[str, int]] = field(default_factory=set)

    def choices(self, goroutines: int) -> list[Event]:
        free = set(range(self.procs)) - set(self.on.values())
        found = [Event(0, "start", "", g, p) for g in range(goroutines) if g not in self.on for p in free]
        for g, p in self.on.items():
            if (SWEEP, p) not in self.open:
                found.append(Event(0, "stop", "", g, p))
            kinds = [(TERMINATION, g), (MEMSTATS, g), (SWEEP, p)]
            if g % 2:
                kinds.append((ASSIST, g))
            found += [Event(0, "end" if kind in self.open else "begin", kind[0], g, p) for kind in kinds]
        if not self.on:
            found += [Event(0, "procs", number=number) for number in (1, 2, 4)]
        return found

    def take(self, event: Event) -> None:
        scope = (event.name, event.proc if event.name == SWEEP else event.goroutine)
        match event.what:
            case "start":
                self.on[event.goroutine] = event.proc
            case "stop":
                del self.on[event.goroutine]
            case "begin":
                self.open.add(scope)
            case "end":
                self.open.remove(scope)
            case "procs":
                self.procs = event.number
