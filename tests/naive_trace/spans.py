"""What goroutines and Ps did from when to when, as the events' order tells it and without the summary's oddities.

True times are those of the threads' clocks: what a status repeats has no influence, what it says first was so already
when the trace began, and where two threads' clocks disagree time stands still for the goroutine rather than go back.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from tests.naive_trace.order import Event
from tests.naive_trace.wire import NONE
from tests.tracewrite import Stack


class Span(NamedTuple):
    """One state: "runnable", "running", "syscall", "blocked" (in a system call without a P), "waiting" or "gone"."""

    start: int
    state: str
    reason: str = ""
    stack: Stack = ()
    by: int = NONE
    proc: int = NONE
    thread: int = NONE


class ProcSpan(NamedTuple):
    """One state of a P: "idle", or "running" when a thread has it."""

    start: int
    state: str
    thread: int = NONE


class Spans:
    """The spans of goroutines and Ps by their ids, in Go's own times with `compat`; ns since the trace's start."""

    def __init__(self, events: Iterable[Event], *, compat: bool = False) -> None:
        self.goroutines: dict[int, list[Span]] = defaultdict(list)
        self.procs: dict[int, list[ProcSpan]] = defaultdict(list)
        self.created: set[int] = set()
        self.start = self.end = self._sync = 0
        self._calling: dict[int, int] = {}  # of a P, the goroutine that is in a system call on it
        for event in events:
            time = event.time if compat else event.raw
            if event.kind == "sync":
                self.start = self.start or time
                self._sync = time - self.start
                self.end = max(self.end, self._sync) if compat else self.end
                continue
            self.end = max(self.end, time - self.start)
            if event.kind == "go":
                self._take(event, time - self.start)
            elif event.kind == "proc":
                self._take_proc(event, time - self.start)

    def _take(self, event: Event, time: int) -> None:
        number, old, new, reason, own = event.what
        if old == new:
            return
        if old == "undetermined":
            time = self._sync
        elif old == "not exist" and number not in self.goroutines:
            self.created.add(number)
        if old == "syscall":
            self._calling = {proc: each for proc, each in self._calling.items() if each != number}
        state = {"not exist": "gone"}.get(new, new)
        has_proc = event.proc != NONE and event.said_by == event.thread
        if state == "syscall" and has_proc:
            self._calling[event.proc] = number
        elif state == "syscall" and old == "undetermined":
            state = "blocked"
        if new == "not exist" and old == "syscall" and event.proc != NONE:
            self.goroutines[number].pop()  # it had its P until now, only the end takes that away
        stack = event.stack if new == "runnable" else own
        by = event.goroutine if old in ("not exist", "waiting") and new != "syscall" else NONE
        self._add(number, Span(time, state, reason, stack, by, event.proc, event.thread))

    def _take_proc(self, event: Event, time: int) -> None:
        proc, old, new = event.what
        if old == new:
            return
        if old in ("undetermined", "not exist"):
            time = self._sync
        if new == "idle" and proc in self._calling:
            self._add(self._calling.pop(proc), Span(time, "blocked"))
        spans, thread = self.procs[proc], event.thread if new == "running" else NONE
        spans.append(ProcSpan(max(time, spans[-1].start) if spans else time, new, thread))

    def _add(self, number: int, span: Span) -> None:
        spans = self.goroutines[number]
        spans.append(span._replace(start=max(span.start, spans[-1].start)) if spans else span)

    def ends(self, number: int) -> list[int]:
        """When each span of a goroutine ends."""
        spans = self.goroutines[number]
        last = spans[-1].start if spans[-1].state == "gone" else self.end
        return [*(span.start for span in spans[1:]), max(last, spans[-1].start)]

    def times(self, number: int) -> dict[tuple[str, str], int]:
        """How long a goroutine was in each state, by reason, but for what takes no time and for gaps between lives."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for span, end in zip(self.goroutines[number], self.ends(number), strict=True):
            if span.state != "gone":
                found[span.state, span.reason if span.state == "waiting" else ""] += end - span.start
        return {key: time for key, time in found.items() if time}
