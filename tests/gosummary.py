"""What Go's own tools say of a trace, step by step as they do: internal/trace's Summarizer and cmd/trace's pprof.go.

A plain port of both, run over the spans of a trace that tests/tracebuild.py describes.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.tracebuild import G, R


@dataclass
class Summary:
    """Of one goroutine; 0 stands for a moment that never came, as in Go, so times begin at 1 here."""

    creation: int
    start: int = 0
    end: int = 0
    total: int = 0
    exec: int = 0
    sched_wait: int = 0
    syscall: int = 0
    syscall_block: int = 0
    block: Counter[str] = field(default_factory=Counter)
    range: Counter[str] = field(default_factory=Counter)
    last_start: int = 0
    last_runnable: int = 0
    last_block: int = 0
    last_block_reason: str = ""
    last_syscall: int = 0
    last_syscall_block: int = 0
    last_range: dict[str, int] = field(default_factory=dict)

    def finalize(self, time: int) -> None:
        self.total = self.total or time - self.creation
        if self.last_start:
            self.exec += time - self.last_start
        if self.last_runnable:
            self.sched_wait += time - self.last_runnable
        if self.last_block:
            self.block[self.last_block_reason] += time - self.last_block
        if self.last_syscall:
            self.syscall += time - self.last_syscall
        if self.last_syscall_block:
            self.sched_wait += time - self.last_syscall_block
        for name, begun in self.last_range.items():
            self.range[name] += time - begun
        self.last_start = self.last_runnable = self.last_block = self.last_syscall = self.last_syscall_block = 0
        self.last_range = {}


@dataclass(frozen=True)
class Event:
    time: int
    row: int
    what: str
    name: str = ""  # a reason, or a range
    stack: str = ""
    other: int = -1


def events(goroutines: Sequence[G], ranges: Sequence[R], duration: int) -> list[Event]:
    """What happened, in order, every moment one later than in the trace."""
    found: list[Event] = []
    for row, each in enumerate(goroutines):
        for span in each.spans:
            what, _, stack = span.partition(" @")
            time, _, kind = what.partition(" ")
            state, _, reason = kind.partition(":")
            found.append(Event(int(time) + 1, row, state, reason, stack))
    for each_range in ranges:
        found.append(Event(each_range.start + 1, each_range.goroutine, "begin", each_range.name))
        if each_range.ended_by != -2:
            found.append(
                Event(each_range.end + 1, each_range.goroutine, "end", each_range.name, other=each_range.ended_by)
            )
    return sorted(found, key=lambda each: each.time)


def summary(goroutines: Sequence[G], ranges: Sequence[R], duration: int) -> dict[int, Summary]:
    """As the Summarizer's Event and Finalize."""
    found: dict[int, Summary] = {}
    state: dict[int, str] = {}
    for event in events(goroutines, ranges, duration):
        if event.what in ("begin", "end"):
            _range(found, event)
            continue
        old = state.get(event.row, "")
        state[event.row] = event.what
        if old in ("", "gone"):
            found[event.row] = Summary(event.time)
        one = found[event.row]
        if event.what == "blocked":
            one.last_syscall_block = event.time
            continue
        _leave(one, event.time)
        if event.what == "running":
            one.last_start = event.time
            one.start = one.start or event.time
        elif event.what == "runnable":
            one.last_runnable = event.time
        elif event.what == "waiting" and event.name != "forever":
            one.last_block, one.last_block_reason = event.time, event.name
        elif event.what == "syscall":
            one.last_syscall = event.time
        else:
            one.end = event.time
            one.finalize(event.time)
    for one in found.values():
        one.finalize(duration + 1)
    return found


def _leave(one: Summary, time: int) -> None:
    if one.last_start:
        one.exec += time - one.last_start
    if one.last_block:
        one.block[one.last_block_reason] += time - one.last_block
    if one.last_runnable:
        one.sched_wait += time - one.last_runnable
    if one.last_syscall and one.last_syscall_block:
        one.syscall_block += time - one.last_syscall_block
        one.syscall += one.last_syscall_block - one.last_syscall
    elif one.last_syscall:
        one.syscall += time - one.last_syscall
    one.last_start = one.last_block = one.last_runnable = one.last_syscall = one.last_syscall_block = 0


def _range(found: dict[int, Summary], event: Event) -> None:
    one = found[event.row]
    if event.what == "begin":
        one.last_range[event.name] = event.time
    elif event.other == event.row and event.name in one.last_range:
        one.range[event.name] += event.time - one.last_range.pop(event.name)


def profile(
    goroutines: Sequence[G], duration: int, state: str, tracked: Callable[[str], bool]
) -> dict[str, tuple[int, int]]:
    """As makeComputePprofFunc, without a filter: by stack, how often and how long goroutines were in a state."""
    alive = summary(goroutines, (), duration)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for event, after in _waits(goroutines, duration, state, tracked):
        one = alive[event.row]
        begin, end = max(event.time, one.start), min(after, one.end or duration + 1)
        if end > begin:
            counts[event.stack][0] += 1
            counts[event.stack][1] += end - begin
    return {stack: (count, time) for stack, (count, time) in counts.items()}


def _waits(
    goroutines: Sequence[G], duration: int, state: str, tracked: Callable[[str], bool]
) -> Iterator[tuple[Event, int]]:
    tracking: dict[int, Event] = {}
    for event in events(goroutines, (), duration):
        if event.what == "blocked":
            continue  # a P's event, not the goroutine's
        if (begun := tracking.get(event.row)) is None:
            if event.what == state and tracked(event.name):
                tracking[event.row] = event
        elif event.what != state:
            del tracking[event.row]
            yield begun, event.time
