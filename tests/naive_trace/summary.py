"""What Go's tools make of a trace's events: internal/trace's summary (summary.go) and cmd/trace's profiles (pprof.go).

Their oddities are theirs: a goroutine that waits "forever" has ended, a system call still blocked at the end is counted
twice, the end of one system call makes another's on the same P forget that P, and only the last life of a goroutine id
is told.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.naive_trace.order import Event
from tests.naive_trace.reader import events
from tests.naive_trace.wire import NONE, Broken
from tests.tracewrite import Stack


@dataclass(slots=True)
class Goroutine:
    """Figures of one goroutine, in ns; a `start` or `end` of 0 is none. `since` is when what is open began."""

    id: int
    creation: int
    name: str = ""
    start: int = 0
    end: int = 0
    total: int = 0
    execution: int = 0
    sched_wait: int = 0
    syscall: int = 0
    syscall_block: int = 0
    block: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    range: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    running_since: int = 0
    runnable_since: int = 0
    blocked_since: int = 0
    blocked_on: str = ""
    syscall_since: int = 0
    syscall_blocked_since: int = 0
    ranges_since: dict[str, int] = field(default_factory=dict)

    def close(self, now: int) -> None:
        """Count what is open up to now, and open nothing."""
        self.total = self.total or now - self.creation
        self.execution += now - self.running_since if self.running_since else 0
        self.sched_wait += now - self.runnable_since if self.runnable_since else 0
        if self.blocked_since:
            self.block[self.blocked_on] += now - self.blocked_since
        self.syscall += now - self.syscall_since if self.syscall_since else 0
        self.sched_wait += now - self.syscall_blocked_since if self.syscall_blocked_since else 0
        for name, since in self.ranges_since.items():
            self.range[name] += now - since
        self.running_since = self.runnable_since = self.blocked_since = 0
        self.syscall_since = self.syscall_blocked_since = 0
        self.ranges_since = {}


@dataclass(slots=True)
class Task:
    """A user task; a `start` or `end` of 0 and a `parent` of -1 are none."""

    id: int
    parent: int = NONE
    name: str = ""
    start: int = 0
    end: int = 0
    logs: int = 0
    regions: int = 0
    goroutines: set[int] = field(default_factory=set)


class Summary:
    """What Go's summarizer says when it has seen all events; `error` is where its reader gave up.

    Unless `forgetful`, the end of a system call leaves alone what it knows of another one's P.
    """

    def __init__(self, data: bytes, *, forgetful: bool = True) -> None:
        self._forgetful = forgetful
        self.events: list[Event] = []
        self.error = ""
        self.goroutines: dict[int, Goroutine] = {}
        self.tasks: dict[int, Task] = {}
        self._sync = 0
        self._syscalling: dict[int, int] = {}  # of a P, the goroutine
        self._syscalling_on: dict[int, int] = {}  # and the other way round
        self._sweeping: dict[tuple[int, str], int] = {}  # of a P and a range, the goroutine
        self._regions: dict[int, int] = defaultdict(int)  # how many each goroutine has open
        try:
            for event in events(data):
                self.events.append(event)
        except Broken as broken:
            self.error = str(broken)
        for event in self.events:
            self._take(event)
        for goroutine in self.goroutines.values():
            goroutine.close(self.last)

    @property
    def first(self) -> int:
        return self.events[0].time if self.events else 0

    @property
    def last(self) -> int:
        return self.events[-1].time if self.events else 0

    def _take(self, event: Event) -> None:
        self._sync = self._sync or event.time
        if event.kind == "sync":
            self._sync = event.time
        elif event.kind == "go":
            _, old, new, *_ = event.what
            if old != new:
                self._leave(event)
                self._enter(event)
        elif event.kind == "proc":
            proc, old, new = event.what
            if old != new and new == "idle" and proc in self._syscalling:
                self.goroutines[self._syscalling.pop(proc)].syscall_blocked_since = event.time
        elif event.kind in ("begin", "active", "end"):
            self._take_range(event)
        elif event.kind in ("region begin", "region end"):
            self._take_region(event)
        elif event.kind in ("task begin", "task end"):
            number, parent, name = event.what
            task = self._task(number)
            task.name = name
            task.goroutines.add(event.goroutine)
            if event.kind == "task begin":
                task.start = event.time
            else:
                task.end = event.time
            if parent != NONE and task.parent == NONE:
                task.parent = self._task(parent).id
        elif event.kind == "log":
            task = self._task(event.what[0])
            task.goroutines.add(event.goroutine)
            task.logs += 1

    def _leave(self, event: Event) -> None:
        number, old, new, reason, stack = event.what
        now = event.time
        if old == "undetermined":
            goroutine = self.goroutines[number] = Goroutine(number, self._sync)
            before = now - self._sync
            if new == "running":
                goroutine.execution += before
            elif new == "waiting":
                goroutine.block[reason] += before
            elif new == "runnable":
                goroutine.sched_wait += before
            elif event.proc == NONE:
                goroutine.syscall_block += before
            else:
                goroutine.syscall += before
        elif old == "not exist":
            goroutine = self.goroutines[number] = Goroutine(number, now)
            self._regions[number] = int(self._regions[event.goroutine] > 0)  # it inherits a nameless one
        goroutine = self.goroutines[number]
        if old == "running":
            goroutine.execution += now - goroutine.running_since
            goroutine.running_since = 0
        elif old == "waiting" and goroutine.blocked_since:
            goroutine.block[goroutine.blocked_on] += now - goroutine.blocked_since
            goroutine.blocked_since = 0
        elif old == "runnable" and goroutine.runnable_since:
            goroutine.sched_wait += now - goroutine.runnable_since
            goroutine.runnable_since = 0
        elif old == "syscall" and goroutine.syscall_since:
            blocked = goroutine.syscall_blocked_since
            goroutine.syscall += (blocked or now) - goroutine.syscall_since
            goroutine.syscall_block += now - blocked if blocked else 0
            goroutine.syscall_since = goroutine.syscall_blocked_since = 0
            proc = self._syscalling_on.pop(number, 0)
            if self._forgetful or self._syscalling.get(proc) == number:
                self._syscalling.pop(proc, None)
        if not goroutine.name and stack:
            goroutine.name = stack[-1].function

    def _enter(self, event: Event) -> None:
        number, _, new, reason, _ = event.what
        now = event.time
        goroutine = self.goroutines[number]
        if new == "running":
            goroutine.running_since = now
            goroutine.start = goroutine.start or now
        elif new == "runnable":
            goroutine.runnable_since = now
        elif new == "waiting" and reason != "forever":
            goroutine.blocked_since, goroutine.blocked_on = now, reason
        elif new in ("waiting", "not exist"):
            goroutine.end = now
            goroutine.close(now)
            self._regions[number] = 0
        else:
            self._syscalling[event.proc] = number
            self._syscalling_on[number] = event.proc
            goroutine.syscall_since = now

    def _take_range(self, event: Event) -> None:
        name, scope, number, *_ = event.what
        if scope == "":
            return
        holder = number if scope == "go" else event.goroutine
        if scope == "proc" and event.kind == "end":
            began = self._sweeping.pop((number, name), None)
            holder = holder if began == holder else NONE
        goroutine = self.goroutines.get(holder)
        if not goroutine:
            return
        if event.kind == "end":
            if since := goroutine.ranges_since.pop(name, 0):
                goroutine.range[name] += event.time - since
            return
        if scope == "proc":
            self._sweeping[number, name] = holder
        if event.kind == "active":
            if since := goroutine.ranges_since.get(name, 0):
                goroutine.range[name] += self._sync - since
            goroutine.ranges_since[name] = self._sync
        else:
            goroutine.ranges_since[name] = event.time

    def _take_region(self, event: Event) -> None:
        ends = event.kind == "region end"
        if ends and self._regions[event.goroutine]:
            self._regions[event.goroutine] -= 1
            return
        task = self._task(event.what[0])
        task.regions += 1
        task.goroutines.add(event.goroutine)
        if not ends:
            self._regions[event.goroutine] += 1

    def _task(self, number: int) -> Task:
        return self.tasks.setdefault(number, Task(number))


_TRACKED: dict[str, tuple[str, Callable[[str], bool]]] = {
    "net": ("waiting", lambda reason: reason == "network"),
    "sync": ("waiting", lambda reason: any(each in reason for each in ("chan", "sync", "select"))),
    "syscall": ("syscall", lambda reason: True),
    "sched": ("runnable", lambda reason: True),
}


def profile(summary: Summary, kind: str) -> dict[Stack, list[int]]:
    """What `go tool trace -pprof=kind` counts: of each stack how often, and ns.

    A state counts while its goroutine is between its first run and its end, and only once it is over. Of a broken trace
    only whole generations do.
    """
    state, tracked = _TRACKED[kind]
    syncs = [at for at, event in enumerate(summary.events) if event.kind == "sync"]
    whole = summary.events[: syncs[-1] + 1] if summary.error else summary.events
    found: dict[Stack, list[int]] = defaultdict(lambda: [0, 0])
    since: dict[int, Event] = {}
    for event in whole:
        if event.kind != "go":
            continue
        number, _, new, reason, _ = event.what
        began = since.get(number)
        if not began:
            if new == state and tracked(reason):
                since[number] = event
        elif new != state:
            del since[number]
            goroutine = summary.goroutines[number]
            end = goroutine.end or whole[-1].time
            if (duration := min(event.time, end) - max(began.time, goroutine.start)) > 0:
                found[began.stack][0] += 1
                found[began.stack][1] += duration
    return dict(found)


def rows(stacks: Iterable[tuple[Stack, int]]) -> dict[str, tuple[int, int]]:
    """Flat and cum by function, as `go tool pprof -top` has them; what has no name is left out."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for stack, value in stacks:
        for name in {frame.function for frame in stack}:
            found[name][1] += value
        if stack:
            found[stack[0].function][0] += value
    return {name: (flat, cum) for name, (flat, cum) in found.items() if name and (flat or cum)}
