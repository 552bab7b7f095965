"""A small Go scheduler that is traced while it runs: what it writes, and what was true.

Threads, Ps and goroutines do what a list of choices tells them, as far as they can; the events are those that the
runtime would write, with a status before the first mention in each generation (runtime/traceruntime.go, traceevent.go
and trace.go). Each thread has its own clock: only the sequence numbers tell the order of what different threads did.

Where C calls into Go, the wire has no number for the end of a call, and some of what may happen cannot be told apart.
It does not happen here: a P that a call has left behind is taken before the next call, and a call whose P another
thread took does not end in a later generation.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.naive_trace.spans import ProcSpan, Span
from tests.parsers.trace.truth import UNTOLD, UNTOLD_STACK, Choices, Label, Log, Range, Region, Sample, Task, Truth
from tests.tracewrite import GO_STATUS, NONE, PROC_STATUS, UNIT, Argument, Generation, Stack, header, stack

REASONS = ("chan receive", "select", "sync", "network", "sleep", "forever")
_STOPS = ("preempted", "runtime.Gosched")
_PAUSES = ("GC mark termination", "read mem stats")
_LABELS = ("GC (dedicated)", "GC (idle)")
_LEAVES = ("runtime.gopark", "sync.(*Mutex).Lock", "net.(*conn).Read", "os.(*File).Write")
_TEXTS = ("request", "query", "")
_START = 1 << 20  # of the trace, in clock units
# What the runtime registers in every generation before anything else.
_KNOWN = (
    "Not worker",
    "GC (dedicated)",
    "GC (fractional)",
    "GC (idle)",
    "unspecified",
    "forever",
    "network",
    "select",
    "sync.(*Cond).Wait",
    "sync",
    "chan send",
    "chan receive",
    "GC mark assist wait for work",
    "GC background sweeper wait",
    "system goroutine wait",
    "preempted",
    "wait for debug call",
    "wait until GC ends",
    "sleep",
)
_LONG = 256  # beside what clocks disagree


@dataclass(eq=False, slots=True)
class Go:
    id: int
    state: str
    foreign: bool = False  # C started its thread
    coroutine: bool = False
    reason: str = ""
    sequence: int = 0
    traced: bool = False  # in this generation
    assist: int = -1  # row of its open range, and so on
    pause: int = -1
    regions: list[int] = field(default_factory=list)

    @property
    def entry(self) -> str:
        return f"main.goroutine{self.id}"


@dataclass(eq=False, slots=True)
class Proc:
    id: int
    state: str = "idle"
    sequence: int = 0
    traced: bool = False
    sweep: int = -1
    caller: "Thread | None" = None  # the thread in whose system call it may be stolen
    lost: bool = False  # the trace has only heard of it as one that is being stolen


@dataclass(eq=False, slots=True)
class Thread:
    id: int
    skew: int = 0
    last: int = 0  # time of its last event
    proc: Proc | None = None
    goroutine: Go | None = None
    foreign: Go | None = None  # what runs here when C calls
    robbed: bool = False  # the system call that it is in lost its P
    robbed_in: int = 0  # the generation in which another thread took it


Action = Callable[[Thread], None]


class World:
    """Everything that runs, and the generation that is being written."""

    def __init__(self, choices: Choices, *, version: int, skews: Sequence[int], procs: int) -> None:
        self.choices, self.version, self.now = choices, version, _START
        self.truth = Truth()
        self.threads = [Thread(100 + at, skew) for at, skew in enumerate(skews)]
        self.clocks_agree = not any(skews)
        self.procs = [Proc(at) for at in range(procs)]
        self.goroutines: list[Go] = []  # that are alive
        self.generations: list[Generation] = []
        self.gc_sequence, self.gc = 1, -1
        self.next_id = self.next_task = 1
        self._populate()
        self._open_generation()

    def _populate(self) -> None:
        """What is there before the trace begins: one running goroutine, and some others."""
        for state in ("waiting", "runnable"):
            for _ in range(self.choices.below(4)):
                self._new(state).assist = -2 * self.choices.below(2) - 1
        for at, thread in enumerate(self.threads):
            what = 2 if at == 0 else self.choices.below(4) if at < len(self.procs) else 0
            if what == 0 and at > 1:
                thread.foreign = Go(1000 + at, "gone", foreign=True)
            if what > 0:
                thread.proc = self.procs[at]
                thread.proc.state = "running"
            if what > 1:
                thread.goroutine = self._new("running")
            if what > 2 and thread.goroutine and thread.proc:
                thread.goroutine.state = thread.proc.state = "syscall"
                thread.proc.caller = thread

    def _new(self, state: str) -> Go:
        goroutine = Go(self.next_id, state)
        self.goroutines.append(goroutine)
        self.next_id += 1
        return goroutine

    # Generations

    def _open_generation(self) -> None:
        generation = Generation(len(self.generations) + 7, known=_KNOWN)
        generation.snapshot = (self.now, self.now * UNIT, 1_700_000_000, self.now * UNIT)
        self.generations.append(generation)
        foreign = [each.foreign for each in self.threads if each.foreign]
        everything: list[Go | Proc] = [*self.goroutines, *self.procs, *foreign]
        for each in everything:
            each.traced, each.sequence = False, 0
        running = next((each for each in self.threads if each.goroutine and each.goroutine.state == "running"), None)
        if running:
            self.change_procs(running)
            if self.gc >= 0:
                self._write(running, "GCActive", self._gc_number())

    def advance(self, *, stop: bool = False) -> None:
        """End the generation, and begin another one unless the trace stops.

        What has not been mentioned is told by no thread, at a time when others may be in the next one already.
        """
        for thread in self.threads:
            if thread.goroutine and thread.goroutine.pause >= 0:
                self.stw_end(thread)
            if thread.goroutine and thread.goroutine.state == "running" and not thread.goroutine.traced:
                self.heap(thread)
        for proc in self.procs:
            if not proc.traced:
                self._tell_proc(proc)
        late = self.now + self.choices.of((20, 0, 3000))
        for go in self.goroutines:
            if not go.traced:
                where = next((each.id for each in self.threads if each.goroutine is go), NONE)
                own = self._own_stack(go) if self.version >= 23 else ()
                self._say_go(None, go, go.state, where, late, own)
                late += 2
        self.truth.mark()
        self._pause()
        if not stop:
            self._open_generation()

    def _tell_proc(self, proc: Proc) -> None:
        holder = next((each for each in self.threads if each.proc is proc), self.threads[0])
        if proc.caller:
            self._steal(next(each for each in self.threads if each is not proc.caller), proc)
        else:
            self._say_proc(holder, proc, proc.state)

    # Writing

    def _raw(self, thread: Thread, name: str, *arguments: Argument) -> int:
        thread.last = max(self.now + thread.skew, thread.last + 1)
        self.truth.reach(thread.last)
        self.generations[-1].event(thread.id, thread.last, name, *arguments)
        return thread.last

    def _write(
        self, thread: Thread, name: str, *arguments: Argument, go: str = "running", proc: str = "running"
    ) -> int:
        """An event of a thread, behind the statuses that its P and goroutine had before; its time."""
        if thread.proc and not thread.proc.traced:
            self._say_proc(thread, thread.proc, proc)
        if thread.goroutine and not thread.goroutine.traced:
            self._say_go(thread, thread.goroutine, go, thread.id)
        return self._raw(thread, name, *arguments)

    def _say_proc(self, thread: Thread, proc: Proc, status: str) -> None:
        self._raw(thread, "ProcStatus", proc.id, PROC_STATUS[status])
        if proc.sweep != -1:
            self._raw(thread, "GCSweepActive", proc.id)
        proc.lost = status == "abandoned" and proc.id not in self.truth.procs
        self.truth.find_proc(proc.id, "idle" if status == "abandoned" else status, thread.id)
        proc.traced, proc.sequence = True, 0

    def _say_go(self, thread: Thread | None, go: Go, status: str, where: int, time: int = 0, own: Stack = ()) -> None:
        """A goroutine's status, by a thread, or at `time` by none."""
        arguments: tuple[Argument, ...] = (go.id, where, GO_STATUS[status])
        if own:
            arguments = (*arguments, own)
        events = [("GoStatusStack" if own else "GoStatus", arguments)]
        if go.assist != -1:
            events.append(("GCMarkAssistActive", (go.id,)))
        for name, values in events:
            if thread:
                self._raw(thread, name, *values)
            else:
                self.generations[-1].event(NONE, time, name, *values)
                self.truth.reach(time)
        here = thread.proc if thread and thread.id == where else None
        held = here is not None and here.caller is thread and not here.lost
        state = "blocked" if status == "syscall" and not held else status
        told = (here.id, where) if here and state in ("running", "syscall") else (UNTOLD, UNTOLD)
        self.truth.find_go(go.id, state, own, *told)
        self.truth.tell(go.id, own)
        if go.assist < -1:
            go.assist = self.truth.begin(Range("GC mark assist", 0, goroutine=go.id, proc=UNTOLD))
        go.traced, go.sequence = True, 0

    def _own_stack(self, go: Go) -> Stack:
        leaf = self.choices.below(len(_LEAVES) + 1)
        return stack(_LEAVES[leaf], "main.work", go.entry) if leaf < len(_LEAVES) else ()

    def _some_stack(self, thread: Thread) -> Stack:
        """What an event on a thread has for a stack: of its goroutine, or of the runtime's own."""
        return self._own_stack(thread.goroutine) if thread.goroutine else self.choices.of(((), stack("runtime.mstart")))

    def _number(self, what: Go | Proc) -> int:
        what.sequence += 1
        return what.sequence

    def _become(
        self, go: Go, thread: Thread, time: int, state: str, reason: str = "", own: Stack = (), by: int = -1
    ) -> None:
        go.state, go.reason = {"blocked": "syscall"}.get(state, state), reason
        proc = thread.proc.id if thread.proc else -1
        self.truth.change_go(go.id, Span(time, state, reason, own, by, proc, thread.id))

    def _become_proc(self, proc: Proc, time: int, state: str, thread: Thread | None = None) -> None:
        proc.state = state
        self.truth.change_proc(proc.id, ProcSpan(time, "running", thread.id) if thread else ProcSpan(time, "idle"))

    def _pause(self) -> None:
        """Let so much time pass that no two clocks disagree on what was before and what is behind it."""
        self.now = max(self.now, *(each.last for each in self.threads)) + _LONG

    # What a thread can do

    def step(self) -> None:
        self.now += self.choices.of((1, 0, 2, 50, 1000))
        if self.clocks_agree:
            # Only time tells one life of a goroutine from another, so then no two threads do anything at once.
            apart = any(each.foreign for each in self.threads)
            self.now = max(self.now, *(each.last + apart for each in self.threads))
        thread = self.choices.of(self.threads)
        if actions := list(self._actions(thread)):
            self.choices.of(actions)(thread)

    def _actions(self, thread: Thread) -> Iterator[Action]:
        go, proc = thread.goroutine, thread.proc
        if go and go.state == "syscall":
            yield from self._actions_in_syscall(thread, go)
        elif go and proc:
            yield from self._actions_running(go, proc)
        elif proc:
            if self._startable(thread):
                yield from (self.go_start, self.go_start, self.go_start)
            yield from (self.proc_stop, self.sweep_begin) if proc.sweep == -1 else (self.sweep_end, self.heap)
        elif thread.foreign and thread.foreign.state == "gone":
            left_behind = any(each.caller is thread for each in self.procs)
            if not left_behind and (self.clocks_agree or not thread.foreign.traced):
                yield self.go_create_syscall
        elif self._idle():
            yield from (self.proc_start, self.proc_start)
        if not (go and go.state == "syscall"):
            if self._wakeable():
                yield from (self.go_unblock, self.go_unblock)
            yield self.sample
        if self._stealable(thread):
            yield self.proc_steal

    def _actions_running(self, go: Go, proc: Proc) -> Iterator[Action]:
        yield from (self.note, self.note, self.go_create)
        if proc.sweep != -1 or go.pause >= 0:
            return
        yield from (self.go_stop, self.go_block, self.go_block, self.syscall_begin, self.syscall_begin)
        ends = go.assist == -1 and not go.regions and not go.foreign
        if ends:
            yield self.go_destroy
        if self.version >= 23:
            yield self.go_create_blocked
            if any(each.coroutine for each in self._wakeable()):
                yield from (self.go_switch, self.go_switch_destroy) if ends else (self.go_switch, self.go_switch)

    def note(self, thread: Thread) -> None:
        """Something that changes nobody's state."""
        go, proc = thread.goroutine, thread.proc
        assert go
        assert proc
        notes: list[Action] = [self.heap, self.log, self.label, self.sample, self.change_procs]
        notes += [self.experiment] if self.version >= 23 else []
        notes += [self.region_begin, *([self.region_end] * 2 if go.regions else [])]
        notes += [self.task_begin, *([self.task_end] if any(each.end < 0 for each in self.truth.tasks) else [])]
        notes += [
            self.gc_end if self.gc >= 0 else self.gc_begin,
            self.assist_end if go.assist != -1 else self.assist_begin,
        ]
        notes += [
            self.sweep_end if proc.sweep != -1 else self.sweep_begin,
            self.stw_end if go.pause >= 0 else self.stw_begin,
        ]
        self.choices.of(notes)(thread)

    def _actions_in_syscall(self, thread: Thread, go: Go) -> Iterator[Action]:
        if thread.proc and not thread.robbed:
            yield from (self.syscall_end, self.syscall_end, self.proc_stop, self.steal_from_itself)
        else:
            yield from (self.syscall_end_blocked, self.syscall_end_blocked)
            if not thread.proc and self._idle():
                yield self.proc_start
        told = not thread.robbed or (not thread.proc and thread.robbed_in in (0, len(self.generations)))
        if go.foreign and go.assist == -1 and not go.regions and told:
            yield self.go_destroy_syscall

    def _in_state(self, state: str) -> list[Go]:
        return [each for each in self.goroutines if each.state == state]

    def _startable(self, thread: Thread) -> list[Go]:
        return [each for each in self._in_state("runnable") if not each.foreign or each is thread.foreign]

    def _wakeable(self) -> list[Go]:
        return [each for each in self._in_state("waiting") if each.reason != "forever"]

    def _idle(self) -> list[Proc]:
        return [each for each in self.procs if each.state == "idle"]

    def _stealable(self, thread: Thread) -> list[Proc]:
        if thread.proc and thread.proc.caller is thread:
            return []
        # What a callback has left behind, its own thread takes back the same way.
        return [each for each in self.procs if each.caller and (each.caller is not thread or each.state == "abandoned")]

    # Ps

    def proc_start(self, thread: Thread) -> None:
        proc = thread.proc = self.choices.of(self._idle())
        time = self._write(thread, "ProcStart", proc.id, self._number_after(thread, proc), go="syscall", proc="idle")
        self._become_proc(proc, time, "running", thread)

    def _number_after(self, thread: Thread, proc: Proc) -> int:
        """The P's next number, behind a status."""
        if not proc.traced:
            self._say_proc(thread, proc, "idle")
        return self._number(proc)

    def proc_stop(self, thread: Thread) -> None:
        assert thread.proc
        self._lose(thread.proc, self._write(thread, "ProcStop", go="syscall", proc=thread.proc.state))

    def proc_steal(self, thread: Thread) -> None:
        self._steal(thread, self.choices.of(self._stealable(thread)))

    def steal_from_itself(self, thread: Thread) -> None:
        assert thread.proc
        self._steal(thread, thread.proc)

    def _steal(self, thread: Thread, proc: Proc) -> None:
        assert proc.caller
        if not proc.traced:
            self._say_proc(thread, proc, "abandoned")
        go = "syscall" if thread.goroutine and thread.goroutine.state == "syscall" else "running"
        own = thread.proc.state if thread.proc else ""
        arguments = (proc.id, self._number(proc), proc.caller.id)
        if proc.caller is not thread:
            proc.caller.robbed_in = len(self.generations)
        self._lose(proc, self._write(thread, "ProcSteal", *arguments, go=go, proc=own))

    def _lose(self, proc: Proc, time: int) -> None:
        """A P becomes idle; the system call that it was in is blocked from now on."""
        caller = proc.caller
        if caller and caller.proc is proc:
            caller.robbed = True
            if caller.goroutine and not proc.lost:
                self.truth.change_go(caller.goroutine.id, Span(time, "blocked", "", UNTOLD_STACK, -1, UNTOLD, UNTOLD))
        for thread in self.threads:
            if thread.proc is proc:
                thread.proc = None
        if proc.state != "abandoned" and not proc.lost:
            self._become_proc(proc, time, "idle")
        proc.state, proc.caller, proc.lost = "idle", None, False

    # Goroutines

    def go_create(self, thread: Thread) -> None:
        self._create(thread, "GoCreate", "runnable")

    def go_create_blocked(self, thread: Thread) -> None:
        self._create(thread, "GoCreateBlocked", "waiting").coroutine = True

    def _create(self, thread: Thread, name: str, state: str) -> Go:
        creator = thread.goroutine
        assert creator
        go = self._new(state)
        go.traced = True
        own = self._own_stack(creator)
        time = self._write(thread, name, go.id, stack(go.entry), own)
        self.truth.tell(go.id, stack(go.entry))
        self.truth.create(go.id)
        self._become(go, thread, time, state, "", own, creator.id)
        return go

    def go_start(self, thread: Thread) -> None:
        go = thread.goroutine = self.choices.of(self._startable(thread))
        if not go.traced:
            if thread.proc and not thread.proc.traced:
                self._say_proc(thread, thread.proc, "running")
            self._say_go(thread, go, "runnable", thread.id)
        self._become(go, thread, self._write(thread, "GoStart", go.id, self._number(go)), "running")

    def go_stop(self, thread: Thread) -> None:
        self._leave(thread, "GoStop", "runnable", self.choices.of(_STOPS))

    def go_block(self, thread: Thread) -> None:
        assert thread.goroutine
        reasons = REASONS if thread.goroutine.assist == -1 else REASONS[:-1]  # nobody assists "forever"
        self._leave(thread, "GoBlock", "waiting", self.choices.of(reasons))

    def _leave(self, thread: Thread, name: str, state: str, reason: str) -> None:
        go = thread.goroutine
        assert go
        own = self._own_stack(go)
        self._become(go, thread, self._write(thread, name, reason, own), state, reason, own)
        self.truth.tell(go.id, own)
        thread.goroutine = None

    def go_destroy(self, thread: Thread) -> None:
        assert thread.goroutine
        self._end(thread, thread.goroutine, self._write(thread, "GoDestroy"))
        thread.goroutine = None

    def _end(self, thread: Thread, go: Go, time: int) -> None:
        self._become(go, thread, time, "gone")
        self.goroutines.remove(go)

    def go_unblock(self, thread: Thread) -> None:
        go = self.choices.of(self._wakeable())
        if not go.traced:
            self._say_go(thread, go, "waiting", NONE)
        own, by = self._some_stack(thread), thread.goroutine.id if thread.goroutine else -1
        time = self._write(thread, "GoUnblock", go.id, self._number(go), own)
        self._become(go, thread, time, "runnable", "", own, by)

    def go_switch(self, thread: Thread) -> None:
        self._switch(thread, "GoSwitch")

    def go_switch_destroy(self, thread: Thread) -> None:
        self._switch(thread, "GoSwitchDestroy")

    def _switch(self, thread: Thread, name: str) -> None:
        go, following = thread.goroutine, self.choices.of([each for each in self._wakeable() if each.coroutine])
        assert go
        if not following.traced:
            self._say_go(thread, following, "waiting", NONE)
        time = self._write(thread, name, following.id, self._number(following))
        if name == "GoSwitch":
            self._become(go, thread, time, "waiting")
            go.coroutine = True
        else:
            self._end(thread, go, time)
        self._become(following, thread, time, "runnable", by=go.id)
        self._become(following, thread, time, "running", by=go.id)
        thread.goroutine = following

    # System calls

    def syscall_begin(self, thread: Thread) -> None:
        go, proc = thread.goroutine, thread.proc
        assert go
        assert proc
        own = self._own_stack(go)
        if not proc.traced:
            self._say_proc(thread, proc, "running")
        time = self._write(thread, "GoSyscallBegin", self._number(proc), own)
        self._become(go, thread, time, "syscall", "", own)
        self.truth.tell(go.id, own)
        self._become_proc(proc, time, "syscall", thread)
        proc.caller, thread.robbed, thread.robbed_in = thread, False, 0

    def syscall_end(self, thread: Thread) -> None:
        assert thread.goroutine
        assert thread.proc
        time = self._write(thread, "GoSyscallEnd", go="syscall", proc="syscall")
        self._become(thread.goroutine, thread, time, "running")
        self._become_proc(thread.proc, time, "running", thread)
        thread.proc.caller = None

    def syscall_end_blocked(self, thread: Thread) -> None:
        go = thread.goroutine
        assert go
        self._become(go, thread, self._write(thread, "GoSyscallEndBlocked", go="syscall"), "runnable")
        thread.goroutine = None

    def go_create_syscall(self, thread: Thread) -> None:
        go = thread.goroutine = thread.foreign
        assert go
        time = self._raw(thread, "GoCreateSyscall", go.id)
        self.truth.create(go.id)
        self.goroutines.append(go)
        go.traced, go.sequence, thread.robbed, thread.robbed_in = True, 0, True, 0
        self._become(go, thread, time, "syscall")

    def go_destroy_syscall(self, thread: Thread) -> None:
        go, proc = thread.goroutine, thread.proc
        assert go
        if not go.traced:
            self._say_go(thread, go, "syscall", thread.id)
        # No number tells on which side of this its P is stolen, so let all clocks agree on it.
        self._pause()
        time = self._raw(thread, "GoDestroySyscall")
        self._pause()
        self._end(thread, go, time)
        thread.goroutine = thread.proc = None
        last = self.truth.goroutines[go.id].pop()
        self.truth.goroutines[go.id].append(last._replace(proc=UNTOLD))
        if proc:
            self._become_proc(proc, time, "abandoned")

    # What goroutines and the runtime note

    def heap(self, thread: Thread) -> None:
        name, value = self.choices.of(("HeapAlloc", "HeapGoal")), self.choices.below(1 << 16) << 10
        self.truth.numbers[name].append((self._write(thread, name, value), value))

    def change_procs(self, thread: Thread) -> None:
        value = len(self.procs) + self.choices.below(2)
        time = self._write(thread, "ProcsChange", value, self._some_stack(thread))
        self.truth.numbers["ProcsChange"].append((time, value))

    def gc_begin(self, thread: Thread) -> None:
        own = self._some_stack(thread)
        time = self._write(thread, "GCBegin", self._gc_number(), own)
        self.gc = self.truth.begin(Range("GC concurrent mark phase", time, proc=UNTOLD, stack=own))

    def gc_end(self, thread: Thread) -> None:
        self._close(self.gc, self._write(thread, "GCEnd", self._gc_number()), thread)
        self.gc = -1

    def _gc_number(self) -> int:
        self.gc_sequence += 1
        return self.gc_sequence - 1

    def assist_begin(self, thread: Thread) -> None:
        go = thread.goroutine
        assert go
        own = self._own_stack(go)
        time = self._write(thread, "GCMarkAssistBegin", own)
        go.assist = self.truth.begin(Range("GC mark assist", time, goroutine=go.id, proc=UNTOLD, stack=own))

    def assist_end(self, thread: Thread) -> None:
        assert thread.goroutine
        self._close(thread.goroutine.assist, self._write(thread, "GCMarkAssistEnd"), thread)
        thread.goroutine.assist = -1

    def stw_begin(self, thread: Thread) -> None:
        go, kind = thread.goroutine, self.choices.of(_PAUSES)
        assert go
        own = self._own_stack(go)
        time = self._write(thread, "STWBegin", kind, own)
        go.pause = self.truth.begin(Range(f"stop-the-world ({kind})", time, goroutine=go.id, proc=UNTOLD, stack=own))

    def stw_end(self, thread: Thread) -> None:
        assert thread.goroutine
        self._close(thread.goroutine.pause, self._write(thread, "STWEnd"), thread)
        thread.goroutine.pause = -1

    def sweep_begin(self, thread: Thread) -> None:
        proc, own = thread.proc, self._some_stack(thread)
        assert proc
        self._pause()  # nothing else tells that this is behind the last one, if that was on another thread
        time = self._write(thread, "GCSweepBegin", own)
        by = thread.goroutine.id if thread.goroutine else -1
        proc.sweep = self.truth.begin(Range("GC incremental sweep", time, goroutine=by, proc=proc.id, stack=own))

    def sweep_end(self, thread: Thread) -> None:
        proc = thread.proc
        assert proc
        swept = self.choices.below(1 << 12) << 13
        time = self._write(thread, "GCSweepEnd", swept, swept // 2)
        row = self._close(proc.sweep, time, thread)
        self.truth.ranges[row] = self.truth.ranges[row]._replace(swept=swept, reclaimed=swept // 2)
        proc.sweep = -1

    def _close(self, row: int, time: int, thread: Thread) -> int:
        by = thread.goroutine.id if thread.goroutine and row != self.gc else -1
        self.truth.ranges[row] = self.truth.ranges[row]._replace(end=time, ended_by=by)
        return row

    def task_begin(self, thread: Thread) -> None:
        go, task = thread.goroutine, self.next_task
        assert go
        self.next_task += 1
        parent, name, own = self.choices.below(task), self.choices.of(_TEXTS), self._own_stack(go)
        time = self._write(thread, "UserTaskBegin", task, parent, name, own)
        self.truth.tasks.append(Task(task, parent, name, time, -1, go.id, own))

    def task_end(self, thread: Thread) -> None:
        row = self.choices.of([row for row, task in enumerate(self.truth.tasks) if task.end < 0])
        task = self.truth.tasks[row]
        self._pause()  # nothing else tells that this is behind the beginning
        time = self._write(thread, "UserTaskEnd", task.id, self._some_stack(thread))
        self.truth.tasks[row] = task._replace(end=time, ended_by=thread.goroutine.id if thread.goroutine else -1)

    def region_begin(self, thread: Thread) -> None:
        go, task, name = thread.goroutine, self.choices.below(self.next_task), self.choices.of(_TEXTS)
        assert go
        own = self._own_stack(go)
        time = self._write(thread, "UserRegionBegin", task, name, own)
        go.regions.append(len(self.truth.regions))
        self.truth.regions.append(Region(go.id, task, name, time, -1, own))

    def region_end(self, thread: Thread) -> None:
        go = thread.goroutine
        assert go
        row = go.regions.pop()
        region = self.truth.regions[row]
        time = self._write(thread, "UserRegionEnd", region.task, region.name, self._own_stack(go))
        self.truth.regions[row] = region._replace(end=time)

    def log(self, thread: Thread) -> None:
        go, task = thread.goroutine, self.choices.below(self.next_task)
        assert go
        texts, own = (self.choices.of(_TEXTS), self.choices.of(_TEXTS)), self._own_stack(go)
        time = self._write(thread, "UserLog", task, *texts, own)
        self.truth.logs.append(Log(time, go.id, task, *texts, own))

    def label(self, thread: Thread) -> None:
        assert thread.goroutine
        text = self.choices.of(_LABELS)
        self.truth.labels.append(Label(self._write(thread, "GoLabel", text), thread.goroutine.id, text))

    def sample(self, thread: Thread) -> None:
        """The CPU profiler's signal: it is no event of the thread's."""
        go, proc, own = thread.goroutine, thread.proc, self._some_stack(thread)
        self.truth.reach(self.now)
        here = (thread.id, proc.id if proc else NONE, go.id if go else 0)
        self.generations[-1].sample(self.now, *here, own)
        self.truth.samples.append(Sample(self.now, thread.id, proc.id if proc else -1, go.id if go else -1, own))

    def experiment(self, thread: Thread) -> None:
        """Events and batches that only an experiment writes."""
        self._write(thread, "HeapObjectAlloc", 1 << self.choices.below(60), 130)
        self.generations[-1].experiment(1, thread.id, bytes([200, 7]))


@dataclass(frozen=True, slots=True)
class Recording:
    """A trace and what was true; `parts` are its generations, bytes each. `how` is the call that makes it."""

    version: int
    parts: tuple[bytes, ...] = field(repr=False)
    truth: Truth = field(repr=False)
    how: str

    @property
    def data(self) -> bytes:
        return header(self.version) + b"".join(self.parts)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """As Hypothesis shows it."""
        printer.text(self.how)


def record(
    numbers: Sequence[int], *, version: int = 26, skews: Sequence[int] = (0, 0, 0), procs: int = 2, generations: int = 2
) -> Recording:
    """Let the numbers decide what happens, and record it."""
    how = f"record({list(numbers)}, {version=}, {skews=}, {procs=}, {generations=})"
    choices = Choices(numbers)
    world = World(choices, version=version, skews=skews, procs=procs)
    whole = len(choices)
    for left in range(generations - 1, -1, -1):
        while len(choices) > whole * left // generations:
            world.step()
        world.advance(stop=not left)
    truth = world.truth
    truth.settle(world.generations[0].start)
    most = 1 << 9 if len(numbers) % 2 else 1 << 16  # many batches, or few
    for each in world.generations:
        each.most_bytes = most
    return Recording(version, tuple(each.encode(version) for each in world.generations), truth, how)
