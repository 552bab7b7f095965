"""A model of the scheduler that says which thread's event may go next, and what it means (order.go, event.go)."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.naive_trace.wire import NONE, Broken, Tables, Wire, signed
from tests.tracewrite import SPECS, Stack

_GO = {1: "runnable", 2: "running", 3: "syscall", 4: "waiting"}
_PROC = {1: "running", 2: "idle", 3: "running", 4: "idle"}  # as Go's API shows them
_PROC_RUNNING, _PROC_IDLE, _PROC_SYSCALL, _PROC_ABANDONED = 1, 2, 3, 4
_MARK, _ASSIST, _SWEEP, _STW = "GC concurrent mark phase", "GC mark assist", "GC incremental sweep", "stop-the-world"


class Event(NamedTuple):
    """An event in its place.

    `time` is Go's, in ns, and `raw` what its thread's clock said. `thread`, `proc` and `goroutine` are the context
    before it, as Go's API has it, `said_by` the thread that wrote it and `wire` what that wrote. What it says depends
    on its kind:

    go: id, old and new state, reason, the goroutine's own stack
    proc: id, old and new state
    begin, active, end: name, scope ("go", "proc" or ""), id, and of a sweep's end the bytes swept and reclaimed
    task begin, task end: id, parent (-1: none), name
    region begin, region end: task, name
    log: task, category, message
    metric: name, value
    label: text
    """

    time: int
    raw: int
    kind: str
    wire: str
    said_by: int
    thread: int
    proc: int
    goroutine: int
    stack: Stack
    what: tuple[Any, ...]


@dataclass(slots=True)
class _Context:
    """What a thread has."""

    thread: int = NONE
    proc: int = NONE
    goroutine: int = NONE


@dataclass(slots=True)
class _Go:
    status: str
    sequence: tuple[int, int]  # generation, number in it
    regions: list[tuple[int, str]] = field(default_factory=list)
    ranges: list[tuple[str, int]] = field(default_factory=list)  # what, and of a stop-the-world the kind's string


@dataclass(slots=True)
class _Proc:
    status: int
    sequence: tuple[int, int]
    ranges: list[tuple[str, int]] = field(default_factory=list)


class Order:
    """The scheduler as far as the events so far tell it.

    A handler returns False when its event has to wait for one of another thread, and raises Broken where no event could
    help.
    """

    def __init__(self) -> None:
        self.goroutines: dict[int, _Go] = {}
        self.procs: dict[int, _Proc] = {}
        self.threads: dict[int, _Context] = {}
        self.tasks: dict[int, tuple[int, str]] = {}  # parent, name
        self.gc_sequence = 0
        self.gc_running: bool | None = None
        self.first_generation = 0
        self.ready: deque[Event] = deque()
        self.wire = Wire(NONE, [])
        self.tables = Tables()

    def advance(self, wire: Wire, tables: Tables) -> bool:
        self.first_generation = self.first_generation or tables.number
        self.wire, self.tables = wire, tables
        context = _Context()
        if wire.thread != NONE:
            context = self.threads.setdefault(wire.thread, _Context(wire.thread))
        handler = _HANDLERS.get(wire.name)
        if not handler:
            raise Broken(f"bad event type found while ordering: {wire.name}")
        return handler(self, context, *wire.arguments)

    @property
    def _first(self) -> bool:
        return self.tables.number == self.first_generation

    def _say(self, context: _Context, kind: str, *what: Any, stack: int = 0) -> None:
        where = (self.wire.name, self.wire.thread, context.thread, context.proc, context.goroutine)
        time = self.wire.time
        self.ready.append(Event(time, time, kind, *where, stack_of(self.tables, stack), what))

    def _moved(self, context: _Context, goroutine: int, old: str, new: str, reason: int = 0, stack: int = 0) -> None:
        """A transition of the goroutine whose own stack this is."""
        self._say(
            context, "go", goroutine, old, new, _string(self.tables, reason), stack_of(self.tables, stack), stack=stack
        )

    def _sequence(self, number: int) -> tuple[int, int]:
        return self.tables.number, number

    def _succeeds(self, number: int, before: tuple[int, int]) -> bool:
        return before == (self.tables.number, number - 1)

    def _current(self, context: _Context, *statuses: str) -> _Go:
        """The context's goroutine, in one of `statuses` (in any when none is given)."""
        state = self.goroutines.get(context.goroutine)
        if not state or (statuses and state.status not in statuses):
            raise Broken(f"{self.wire.name} for a goroutine that is not {statuses}")
        return state

    def _proc_of(self, context: _Context) -> _Proc:
        state = self.procs.get(context.proc)
        if not state:
            raise Broken(f"uninitialized proc {context.proc} found during {self.wire.name}")
        return state

    # Ps

    def proc_status(self, context: _Context, proc: int, status: int) -> bool:
        if status not in (0, *_PROC):
            raise Broken(f"invalid status for proc {proc}: {status}")
        known = self.procs.get(proc)
        old = _PROC.get(status, "")
        shown = status
        if not known:
            self.procs[proc] = _Proc(status, self._sequence(0))
            old = "undetermined" if self._first else "not exist"
        else:
            if status == _PROC_ABANDONED and known.status == _PROC_SYSCALL:
                old, shown = "running", _PROC_SYSCALL  # nothing is lost: it is known whose system call that is
            elif status == _PROC_ABANDONED and known.status == _PROC_ABANDONED:
                old = "idle"
            elif known.status != status:
                raise Broken(f"inconsistent status for proc {proc}: old {known.status} vs. new {status}")
            known.sequence = self._sequence(0)
        said_by = context
        if status == _PROC_ABANDONED and old == "running":
            holders = [each for each in self.threads.values() if each.proc == proc]
            if not holders:
                raise Broken(f"failed to find sched context for proc {proc}")
            said_by = holders[-1]
        self._say(said_by, "proc", proc, old, _PROC.get(shown, ""))
        if status in (_PROC_RUNNING, _PROC_SYSCALL):
            context.proc = proc
        return True

    def proc_start(self, context: _Context, proc: int, number: int) -> bool:
        state = self.procs.get(proc)
        if (
            not state
            or state.status != _PROC_IDLE
            or not self._succeeds(number, state.sequence)
            or context.proc != NONE
        ):
            return False
        _need(context)
        state.status, state.sequence = _PROC_RUNNING, self._sequence(number)
        self._say(context, "proc", proc, "idle", "running")
        context.proc = proc
        return True

    def proc_stop(self, context: _Context) -> bool:
        state = self._proc_of(context)
        if state.status not in (_PROC_RUNNING, _PROC_SYSCALL):
            raise Broken("ProcStop for proc that's not running")
        _need(context, proc=True)
        state.status = _PROC_IDLE
        self._say(context, "proc", context.proc, "running", "idle")
        context.proc = NONE
        return True

    def proc_steal(self, context: _Context, proc: int, number: int, thread: int) -> bool:
        state = self.procs.get(proc)
        if (
            not state
            or state.status not in (_PROC_SYSCALL, _PROC_ABANDONED)
            or not self._succeeds(number, state.sequence)
        ):
            return False
        _need(context)
        known = state.status == _PROC_SYSCALL
        state.status, state.sequence = _PROC_IDLE, self._sequence(number)
        victim = self.threads.get(signed(thread))
        if known and (not victim or victim.proc != proc):
            raise Broken(f"tried to steal proc {proc} from thread {thread}")
        self._say(context, "proc", proc, "running" if known else "idle", "idle")
        if known and victim:
            victim.proc = NONE
        return True

    # Goroutines

    def go_status(self, context: _Context, goroutine: int, thread: int, status: int, stack: int = 0) -> bool:
        if status not in (0, *_GO):
            raise Broken(f"invalid status for goroutine {goroutine}: {status}")
        thread = signed(thread)
        new = _GO.get(status, "")
        old = new
        known = self.goroutines.get(goroutine)
        if known:
            if known.status != new:
                raise Broken(f"inconsistent status for goroutine {goroutine}: old {known.status} vs. new {new}")
            known.sequence = self._sequence(0)
        elif self._first:
            self.goroutines[goroutine] = _Go(new, self._sequence(0))
            old = "undetermined"
        else:
            raise Broken(f"found goroutine status for new goroutine after the first generation: {goroutine}")
        said_by = _Context(context.thread, context.proc, context.goroutine)
        if new == "running":
            context.goroutine = goroutine
        elif new == "syscall":
            self._bind_syscall(context, said_by, goroutine, thread)
        self._moved(said_by, goroutine, old, new, stack=stack)
        return True

    def _bind_syscall(self, context: _Context, said_by: _Context, goroutine: int, thread: int) -> None:
        if thread == NONE:
            raise Broken(f"found goroutine {goroutine} in syscall without a thread")
        if thread == context.thread:
            if not self._first and context.goroutine != goroutine:
                raise Broken(f"inconsistent thread for syscalling goroutine {goroutine}")
            context.goroutine = goroutine
            return
        holder = self.threads.get(thread)
        if not holder:
            self.threads[thread] = _Context(thread, NONE, goroutine)
        elif holder.goroutine != goroutine:
            raise Broken(f"inconsistent thread for syscalling goroutine {goroutine}")
        else:
            said_by.goroutine = goroutine
        said_by.thread = thread

    def go_create(self, context: _Context, goroutine: int, new_stack: int, stack: int) -> bool:
        _need(context, proc=True)
        if self.goroutines.get(context.goroutine, _Go("running", (0, 0))).status != "running":
            raise Broken("creating goroutine isn't running")
        if goroutine in self.goroutines:
            raise Broken(f"tried to create goroutine ({goroutine}) that already exists")
        status = "waiting" if self.wire.name == "GoCreateBlocked" else "runnable"
        self.goroutines[goroutine] = _Go(status, self._sequence(0))
        own = stack_of(self.tables, new_stack)
        self._say(context, "go", goroutine, "not exist", status, "", own, stack=stack)
        return True

    def go_create_syscall(self, context: _Context, goroutine: int) -> bool:
        _need(context, goroutine=False)
        if goroutine in self.goroutines:
            raise Broken(f"tried to create goroutine ({goroutine}) in syscall that already exists")
        self.goroutines[goroutine] = _Go("syscall", self._sequence(0))
        self._moved(context, goroutine, "not exist", "syscall")
        context.goroutine = goroutine
        return True

    def go_start(self, context: _Context, goroutine: int, number: int) -> bool:
        state = self.goroutines.get(goroutine)
        if not state or state.status != "runnable" or not self._succeeds(number, state.sequence):
            return False
        _need(context, proc=True, goroutine=False)
        state.status, state.sequence = "running", self._sequence(number)
        self._moved(context, goroutine, "runnable", "running")
        context.goroutine = goroutine
        return True

    def go_stop(self, context: _Context, reason: int, stack: int) -> bool:
        _need(context, proc=True, goroutine=True)
        state = self._current(context, "running")
        state.status = "waiting" if self.wire.name == "GoBlock" else "runnable"
        self._moved(context, context.goroutine, "running", state.status, reason, stack)
        context.goroutine = NONE
        return True

    def go_destroy(self, context: _Context) -> bool:
        _need(context, proc=True, goroutine=True)
        self._current(context, "running")
        self._end(context, "running")
        return True

    def _end(self, context: _Context, old: str) -> None:
        del self.goroutines[context.goroutine]
        self._moved(context, context.goroutine, old, "not exist")
        context.goroutine = NONE

    def go_destroy_syscall(self, context: _Context) -> bool:
        _need(context, goroutine=True)
        self._current(context, "syscall")
        if context.proc != NONE:
            state = self._proc_of(context)
            if state.status != _PROC_SYSCALL:
                raise Broken(f"proc {context.proc} in unexpected state during GoDestroySyscall")
            state.status = _PROC_ABANDONED
            self._say(context, "proc", context.proc, "running", "idle")
        self._end(context, "syscall")
        context.proc = NONE
        return True

    def go_unblock(self, context: _Context, goroutine: int, number: int, stack: int) -> bool:
        state = self.goroutines.get(goroutine)
        if not state or state.status != "waiting" or not self._succeeds(number, state.sequence):
            return False
        state.status, state.sequence = "runnable", self._sequence(number)
        self._say(context, "go", goroutine, "waiting", "runnable", "", (), stack=stack)
        return True

    def go_switch(self, context: _Context, goroutine: int, number: int) -> bool:
        _need(context, proc=True, goroutine=True)
        state = self._current(context, "running")
        following = self.goroutines.get(goroutine)
        if not following or following.status != "waiting" or not self._succeeds(number, following.sequence):
            return False
        self._moved(context, goroutine, "waiting", "runnable")
        if self.wire.name == "GoSwitch":
            state.status = "waiting"
            self._moved(context, context.goroutine, "running", "waiting")
            context.goroutine = NONE
        else:
            self._end(context, "running")
        following.status, following.sequence = "running", self._sequence(number)
        self._moved(context, goroutine, "runnable", "running")
        context.goroutine = goroutine
        return True

    # System calls

    def syscall_begin(self, context: _Context, number: int, stack: int) -> bool:
        _need(context, proc=True, goroutine=True)
        state, proc = self._current(context, "running"), self._proc_of(context)
        if not self._succeeds(number, proc.sequence):
            raise Broken("failed to advance GoSyscallBegin: can't make sequence")
        state.status, proc.status, proc.sequence = "syscall", _PROC_SYSCALL, self._sequence(number)
        self._moved(context, context.goroutine, "running", "syscall", stack=stack)
        return True

    def syscall_end(self, context: _Context) -> bool:
        _need(context, proc=True, goroutine=True)
        state, proc = self._current(context, "syscall"), self._proc_of(context)
        if proc.status != _PROC_SYSCALL:
            raise Broken(f"expected proc {context.proc} in a system call")
        state.status, proc.status = "running", _PROC_RUNNING
        self._moved(context, context.goroutine, "syscall", "running")
        return True

    def syscall_end_blocked(self, context: _Context) -> bool:
        if context.proc != NONE and self._proc_of(context).status == _PROC_SYSCALL:
            return False
        _need(context, goroutine=True)
        self._current(context, "syscall").status = "runnable"
        self._moved(context, context.goroutine, "syscall", "runnable")
        context.goroutine = NONE
        return True

    # Ranges

    def gc_active(self, context: _Context, number: int) -> bool:
        if self._first:
            if self.gc_running is not None:
                raise Broken("GCActive in the first generation isn't first GC event")
        elif number != self.gc_sequence + 1:
            return False
        elif not self.gc_running:
            raise Broken("encountered GCActive while GC was not in progress")
        else:
            _need(context, proc=True, goroutine=True)
        self.gc_sequence, self.gc_running = number, True
        self._say(context, "active", _MARK, "", 0)
        return True

    def gc_begin(self, context: _Context, number: int, stack: int) -> bool:
        if self.gc_running is not None:
            if number != self.gc_sequence + 1:
                return False
            if self.gc_running:
                raise Broken("encountered GCBegin while GC was already in progress")
            _need(context, proc=True, goroutine=True)
        self.gc_sequence, self.gc_running = number, True
        self._say(context, "begin", _MARK, "", 0, stack=stack)
        return True

    def gc_end(self, context: _Context, number: int) -> bool:
        if number != self.gc_sequence + 1:
            return False
        if not self.gc_running:
            raise Broken("encountered GCEnd when GC was not in progress")
        _need(context, proc=True, goroutine=True)
        self.gc_sequence, self.gc_running = number, False
        self._say(context, "end", _MARK, "", 0)
        return True

    def sweep_begin(self, context: _Context, stack: int) -> bool:
        _need(context, proc=True)
        _open(self._proc_of(context).ranges, (_SWEEP, 0))
        self._say(context, "begin", _SWEEP, "proc", context.proc, stack=stack)
        return True

    def sweep_active(self, context: _Context, proc: int) -> bool:
        if proc not in self.procs:
            raise Broken(f"encountered GCSweepActive for unknown proc {proc}")
        self._still_open(self.procs[proc].ranges, (_SWEEP, 0))
        self._say(context, "active", _SWEEP, "proc", proc)
        return True

    def sweep_end(self, context: _Context, swept: int, reclaimed: int) -> bool:
        _need(context, proc=True)
        _close(self._proc_of(context).ranges, _SWEEP)
        self._say(context, "end", _SWEEP, "proc", context.proc, swept, reclaimed)
        return True

    def assist_begin(self, context: _Context, stack: int) -> bool:
        _need(context, proc=True, goroutine=True)
        _open(self._current(context).ranges, (_ASSIST, 0))
        self._say(context, "begin", _ASSIST, "go", context.goroutine, stack=stack)
        return True

    def assist_active(self, context: _Context, goroutine: int) -> bool:
        if goroutine not in self.goroutines:
            raise Broken(f"uninitialized goroutine {goroutine} found during GCMarkAssistActive")
        self._still_open(self.goroutines[goroutine].ranges, (_ASSIST, 0))
        self._say(context, "active", _ASSIST, "go", goroutine)
        return True

    def assist_end(self, context: _Context) -> bool:
        _need(context, proc=True, goroutine=True)
        _close(self._current(context).ranges, _ASSIST)
        self._say(context, "end", _ASSIST, "go", context.goroutine)
        return True

    def stw_begin(self, context: _Context, kind: int, stack: int) -> bool:
        _need(context, proc=True, goroutine=True)
        _open(self._current(context).ranges, (_STW, kind))
        self._say(context, "begin", self._stw(kind), "go", context.goroutine, stack=stack)
        return True

    def stw_end(self, context: _Context) -> bool:
        _need(context, proc=True, goroutine=True)
        kind = _close(self._current(context).ranges, _STW)
        self._say(context, "end", self._stw(kind), "go", context.goroutine)
        return True

    def _stw(self, kind: int) -> str:
        return f"{_STW} ({_string(self.tables, kind)})"

    def _still_open(self, ranges: list[tuple[str, int]], each: tuple[str, int]) -> None:
        if self._first:
            _open(ranges, each)
        elif each not in ranges:
            raise Broken(f"resource is missing active range: {each}")

    # What users and the runtime note

    def task_begin(self, context: _Context, task: int, parent: int, name: int, stack: int) -> bool:
        if task in self.tasks:
            raise Broken(f"task ID conflict: {task}")
        self.tasks[task] = (parent or NONE, _string(self.tables, name))
        _need(context, proc=True, goroutine=True)
        self._say(context, "task begin", task, *self.tasks[task], stack=stack)
        return True

    def task_end(self, context: _Context, task: int, stack: int) -> bool:
        known = self.tasks.pop(task, (NONE, ""))
        _need(context, proc=True, goroutine=True)
        self._say(context, "task end", task, *known, stack=stack)
        return True

    def region_begin(self, context: _Context, task: int, name: int, stack: int) -> bool:
        _need(context, proc=True, goroutine=True)
        region = (task, _string(self.tables, name))
        self._current(context).regions.append(region)
        self._say(context, "region begin", *region, stack=stack)
        return True

    def region_end(self, context: _Context, task: int, name: int, stack: int) -> bool:
        _need(context, proc=True, goroutine=True)
        region = (task, _string(self.tables, name))
        regions = self._current(context).regions
        if regions and regions.pop() != region:
            raise Broken("misuse of region")
        self._say(context, "region end", *region, stack=stack)
        return True

    def log(self, context: _Context, task: int, category: int, message: int, stack: int) -> bool:
        _need(context, proc=True, goroutine=True)
        texts = (_string(self.tables, category), _string(self.tables, message))
        self._say(context, "log", task, *texts, stack=stack)
        return True

    def label(self, context: _Context, text: int) -> bool:
        _need(context, proc=True, goroutine=True)
        self._say(context, "label", _string(self.tables, text))
        return True

    def gomaxprocs(self, context: _Context, procs: int, stack: int) -> bool:
        _need(context, proc=True, goroutine=True)
        self._say(context, "metric", self.wire.name, procs, stack=stack)
        return True

    def metric(self, context: _Context, value: int) -> bool:
        _need(context, proc=True)
        self._say(context, "metric", self.wire.name, value)
        return True

    def experimental(self, context: _Context, *values: int) -> bool:
        _need(context)
        self._say(context, "experimental", self.wire.name, *values)
        return True


_HANDLERS: dict[str, Callable[..., bool]] = {
    "ProcsChange": Order.gomaxprocs,
    "ProcStart": Order.proc_start,
    "ProcStop": Order.proc_stop,
    "ProcSteal": Order.proc_steal,
    "ProcStatus": Order.proc_status,
    "GoCreate": Order.go_create,
    "GoCreateSyscall": Order.go_create_syscall,
    "GoStart": Order.go_start,
    "GoDestroy": Order.go_destroy,
    "GoDestroySyscall": Order.go_destroy_syscall,
    "GoStop": Order.go_stop,
    "GoBlock": Order.go_stop,
    "GoUnblock": Order.go_unblock,
    "GoSyscallBegin": Order.syscall_begin,
    "GoSyscallEnd": Order.syscall_end,
    "GoSyscallEndBlocked": Order.syscall_end_blocked,
    "GoStatus": Order.go_status,
    "STWBegin": Order.stw_begin,
    "STWEnd": Order.stw_end,
    "GCActive": Order.gc_active,
    "GCBegin": Order.gc_begin,
    "GCEnd": Order.gc_end,
    "GCSweepActive": Order.sweep_active,
    "GCSweepBegin": Order.sweep_begin,
    "GCSweepEnd": Order.sweep_end,
    "GCMarkAssistActive": Order.assist_active,
    "GCMarkAssistBegin": Order.assist_begin,
    "GCMarkAssistEnd": Order.assist_end,
    "HeapAlloc": Order.metric,
    "HeapGoal": Order.metric,
    "GoLabel": Order.label,
    "UserTaskBegin": Order.task_begin,
    "UserTaskEnd": Order.task_end,
    "UserRegionBegin": Order.region_begin,
    "UserRegionEnd": Order.region_end,
    "UserLog": Order.log,
    "GoSwitch": Order.go_switch,
    "GoSwitchDestroy": Order.go_switch,
    "GoCreateBlocked": Order.go_create,
    "GoStatusStack": Order.go_status,
    **{name: Order.experimental for name, spec in SPECS.items() if spec.code >= 128},
}


def _need(context: _Context, proc: bool | None = None, goroutine: bool | None = None) -> None:
    """Every event but a status needs a thread; a P or goroutine only where that is said, or must not have one."""
    if context.thread == NONE:
        raise Broken("expected a thread but didn't have one")
    if proc and context.proc == NONE:
        raise Broken("expected a proc but didn't have one")
    if goroutine is not None and goroutine != (context.goroutine != NONE):
        raise Broken("expected a goroutine but didn't have one, or had one")


def _string(tables: Tables, number: int) -> str:
    if number not in tables.strings:
        raise Broken(f"found invalid string ID {number}")
    return tables.strings[number]


def stack_of(tables: Tables, number: int) -> Stack:
    if number not in tables.stacks:
        raise Broken(f"found invalid stack ID {number}")
    return tables.stack(number)


def _open(ranges: list[tuple[str, int]], each: tuple[str, int]) -> None:
    if each in ranges:
        raise Broken(f"event already in-flight: {each}")
    ranges.append(each)


def _close(ranges: list[tuple[str, int]], what: str) -> int:
    at = next((at for at, each in enumerate(ranges) if each[0] == what), None)
    if at is None:
        raise Broken(f"tried to end {what}, but not in-flight")
    kind = ranges[at][1]
    ranges[at] = ranges[-1]
    ranges.pop()
    return kind
