"""Writes execution traces of format v2, event by event, for tests.

Only the encoding is known here (`internal/trace/tracev2`); whether the events make sense is the test's business. An
argument that is a string or a stack is given as it is and put in its generation's table.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

NONE = (1 << 64) - 1
"""No thread, no P."""

FREQUENCY = 15_625_000
"""Clock units per second, as on Linux: one is 64 ns."""

UNIT = 64
"""Nanoseconds of a clock unit at FREQUENCY."""

MOST_BYTES = 64 << 10
"""What a batch may hold."""

# Code, name and the arguments behind the time of every timed event. What ends in "stack" or "string" is an id.
_TIMED = """
9 ProcsChange procs stack
10 ProcStart p seq
11 ProcStop
12 ProcSteal p seq m
13 ProcStatus p status
14 GoCreate g new_stack stack
15 GoCreateSyscall g
16 GoStart g seq
17 GoDestroy
18 GoDestroySyscall
19 GoStop reason_string stack
20 GoBlock reason_string stack
21 GoUnblock g seq stack
22 GoSyscallBegin p_seq stack
23 GoSyscallEnd
24 GoSyscallEndBlocked
25 GoStatus g m status
26 STWBegin kind_string stack
27 STWEnd
28 GCActive seq
29 GCBegin seq stack
30 GCEnd seq
31 GCSweepActive p
32 GCSweepBegin stack
33 GCSweepEnd swept reclaimed
34 GCMarkAssistActive g
35 GCMarkAssistBegin stack
36 GCMarkAssistEnd
37 HeapAlloc bytes
38 HeapGoal bytes
39 GoLabel label_string
40 UserTaskBegin task parent name_string stack
41 UserTaskEnd task stack
42 UserRegionBegin task name_string stack
43 UserRegionEnd task name_string stack
44 UserLog task key_string value_string stack
45 GoSwitch g seq
46 GoSwitchDestroy g seq
47 GoCreateBlocked g new_stack stack
48 GoStatusStack g m status stack
51 ClockSnapshot mono sec nsec
128 Span id npages kindclass
129 SpanAlloc id npages kindclass
130 SpanFree id
131 HeapObject id type
132 HeapObjectAlloc id type
133 HeapObjectFree id
134 GoroutineStack id order
135 GoroutineStackAlloc id order
136 GoroutineStackFree id
"""


class Spec(NamedTuple):
    code: int
    name: str
    arguments: tuple[str, ...]


SPECS = {
    name: Spec(int(code), name, tuple(arguments))
    for code, name, *arguments in (line.split() for line in _TIMED.split("\n") if line)
}
BY_CODE = {spec.code: spec for spec in SPECS.values()}

GO_STATUS = {"runnable": 1, "running": 2, "syscall": 3, "waiting": 4}
PROC_STATUS = {"running": 1, "idle": 2, "syscall": 3, "abandoned": 4}


class Frame(NamedTuple):
    function: str
    file: str
    line: int

    @property
    def pc(self) -> int:
        return zlib.crc32(repr(tuple(self)).encode()) + 1


Stack = tuple[Frame, ...]
"""Frames, leaf first."""

Argument = int | str | Stack


def stack(*functions: str) -> Stack:
    """A stack of functions, leaf first, each at the one place it is ever seen at."""
    return tuple(Frame(name, f"/src/{name.partition('.')[0]}.go", 10 + len(name)) for name in functions)


def uvarint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def header(version: int = 26) -> bytes:
    return b"go 1.%d trace\0\0\0" % version


def batch(generation: int, thread: int, time: int, data: bytes, *, experiment: int = 0) -> bytes:
    """A batch; the size is padded to ten bytes, as the runtime writes it."""
    kind = bytes([49, experiment]) if experiment else b"\x01"
    size = bytes(len(data) >> shift & 127 | 128 for shift in range(0, 63, 7)) + b"\0"
    return kind + uvarint(generation) + uvarint(thread) + uvarint(time) + size + data


@dataclass(slots=True)
class Generation:
    """One generation to be written: events by thread, at absolute times in clock units, and what they refer to.

    `known` strings get the first ids, in their order, as the runtime's own constants do.
    """

    number: int = 1
    frequency: int = FREQUENCY
    snapshot: tuple[int, int, int, int] = (0, 0, 0, 0)  # time, monotonic ns, wall clock's s and ns
    known: tuple[str, ...] = ()
    most_bytes: int = MOST_BYTES
    threads: dict[int, list[tuple[int, bytes]]] = field(default_factory=dict)
    samples: list[bytes] = field(default_factory=list)
    experiments: list[tuple[int, int, bytes]] = field(default_factory=list)
    strings: dict[str, int] = field(default_factory=dict)
    stacks: dict[Stack, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for text in self.known:
            self.string(text)

    @property
    def start(self) -> int:
        """The time of the first batch."""
        return max(min((events[0][0] for events in self.threads.values()), default=1) - 1, 0)

    def string(self, text: str) -> int:
        return self.strings.setdefault(text, len(self.strings) + 1) if text else 0

    def stack(self, frames: Stack) -> int:
        return self.stacks.setdefault(frames, len(self.stacks) + 1) if frames else 0

    def event(self, thread: int, time: int, name: str, *arguments: Argument) -> None:
        """One event of a thread; its times must not go back."""
        spec = SPECS[name]
        assert len(arguments) == len(spec.arguments), name
        self.threads.setdefault(thread, []).append((time, bytes([spec.code]) + self._encoded(arguments)))

    def sample(self, time: int, thread: int, proc: int, goroutine: int, frames: Stack) -> None:
        """One sample of the CPU profiler."""
        self.samples.append(b"\x07" + self._encoded((time, thread, proc, goroutine, frames)))

    def experiment(self, number: int, thread: int, data: bytes) -> None:
        self.experiments.append((number, thread, data))

    def _encoded(self, arguments: Sequence[Argument]) -> bytes:
        ids = (
            self.string(each) if isinstance(each, str) else self.stack(each) if isinstance(each, tuple) else each
            for each in arguments
        )
        return b"".join(map(uvarint, ids))

    def encode(self, version: int = 26) -> bytes:
        """The generation's batches, in the order in which a runtime of `version` writes them."""
        return b"".join(self.parts(version))

    def parts(self, version: int = 26) -> list[bytes]:
        """What `encode` joins: a batch each, and the end of the generation from 1.26 on."""
        events, first = self._event_batches(), self.start
        rate = b"\x08" + uvarint(self.frequency)
        time, *clocks = self.snapshot
        snapshot = b"\x33" + uvarint(max(time - first, 0)) + b"".join(map(uvarint, clocks))
        tables = [b"\x06" + data for data in self._joined(self.samples)]
        tables += [b"\x02" + data for data in self._joined(map(self._stack_entry, self.stacks))]
        tables += [b"\x04" + data for data in self._joined(map(self._string_entry, self.strings))]
        sync = b"\x32" + rate + snapshot if version >= 25 else rate
        out = [batch(self.number, thread, start, data) for start, thread, data in events]
        out.insert(0 if version >= 25 else len(out), batch(self.number, NONE, first, sync))
        out += [batch(self.number, thread, first, data, experiment=kind) for kind, thread, data in self.experiments]
        out += [batch(self.number, NONE, first, data) for data in tables]
        return [*out, b"\x34"] if version >= 26 else out

    def _event_batches(self) -> list[tuple[int, int, bytes]]:
        """Time, thread and content of each, in order of time, so that the threads' batches are mixed."""
        out: list[tuple[int, int, bytes]] = []
        for thread, events in self.threads.items():
            data, start, last = bytearray(), 0, 0
            for time, encoded in events:
                if data and len(data) + len(encoded) + 10 > self.most_bytes:
                    out.append((start, thread, bytes(data)))
                    data.clear()
                if not data:
                    start = last = max(time - 1, 0)
                data += encoded[:1] + uvarint(time - last) + encoded[1:]
                last = time
            if data:
                out.append((start, thread, bytes(data)))
        return sorted(out, key=lambda each: each[0])

    def _joined(self, entries: Iterable[bytes]) -> list[bytes]:
        out: list[bytes] = []
        for entry in entries:
            if out and len(out[-1]) + len(entry) < self.most_bytes:
                out[-1] += entry
            else:
                out.append(entry)
        return out

    def _stack_entry(self, frames: Stack) -> bytes:
        entry = b"\x03" + uvarint(self.stacks[frames]) + uvarint(len(frames))
        for frame in frames:
            numbers = (frame.pc, self.string(frame.function), self.string(frame.file), frame.line)
            entry += b"".join(map(uvarint, numbers))
        return entry

    def _string_entry(self, text: str) -> bytes:
        data = text.encode("utf-8", "surrogateescape")
        return b"\x05" + uvarint(self.strings[text]) + uvarint(len(data)) + data


def trace(*generations: Generation, version: int = 26) -> bytes:
    """A whole file."""
    return header(version) + b"".join(each.encode(version) for each in generations)
