"""Bytes to generations, and a thread's batches to events (generation.go, batch.go, batchcursor.go)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.tracewrite import BY_CODE, Frame, Stack

NONE = -1
"""No goroutine, P or thread."""

_EVENT_BATCH, _STACKS, _STACK, _STRINGS, _STRING, _SAMPLES, _SAMPLE, _FREQUENCY = range(1, 9)
_EXPERIMENTAL_BATCH, _SYNC, _SNAPSHOT, _END_OF_GENERATION = 49, 50, 51, 52
_STRUCTURE = dict(
    enumerate(("EventBatch", "Stacks", "Stack", "Strings", "String", "CPUSamples", "CPUSample", "Frequency"), start=1)
) | {49: "ExperimentalBatch", 50: "Sync", 52: "EndOfGeneration"}


class Broken(Exception):  # noqa: N818
    """Where Go's reader gives up."""


class Batch(NamedTuple):
    thread: int
    time: int
    data: bytes
    experiment: int


@dataclass(slots=True)
class Wire:
    """One event as it is encoded, and the cursor's place behind it."""

    thread: int
    batches: list[Batch]
    at: int = 0
    offset: int = 0
    time: int = 0
    name: str = ""
    arguments: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Tables:
    """A generation: its events by thread, and what they refer to."""

    number: int = 0
    threads: dict[int, list[Batch]] = field(default_factory=dict)
    strings: dict[int, str] = field(default_factory=lambda: {0: ""})
    stacks: dict[int, list[int]] = field(default_factory=lambda: {0: []})
    frames: dict[int, tuple[int, int, int]] = field(default_factory=dict)  # of a pc: function, file, line
    samples: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    start: int = 0  # the earliest time of a batch, in clock units
    unit: float = 0.0  # ns of a clock unit
    snapshot: tuple[int, int, int, int] | None = None  # time, monotonic ns, wall clock's s and ns
    decoded: dict[int, Stack] = field(default_factory=dict)

    def nanoseconds(self, time: int) -> int:
        return int(time * self.unit)

    def stack(self, number: int) -> Stack:
        if number not in self.decoded:
            self.decoded[number] = tuple(
                Frame(self.strings[function], self.strings[file], line)
                for function, file, line in map(self.frames.__getitem__, self.stacks[number])
            )
        return self.decoded[number]


class Bytes:
    """A cursor over bytes."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def __bool__(self) -> bool:
        return self.at < len(self.data)

    def byte(self) -> int:
        if not self:
            raise Broken("unexpected end")
        self.at += 1
        return self.data[self.at - 1]

    def uvarint(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            if byte < 128:
                break
            shift += 7
        if shift > 63 or value >> 64:
            raise Broken("varint overflows 64 bits")
        return value

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise Broken(f"wanted {size} bytes")
        self.at += size
        return self.data[self.at - size : self.at]


def signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def next_batch(file: Bytes) -> tuple[int, Batch]:
    """The next batch and its generation; the end of a generation is a batch of its own, of generation 0."""
    kind = file.byte()
    if kind == _END_OF_GENERATION:
        return 0, Batch(NONE, 0, b"\x34", 0)
    if kind not in (_EVENT_BATCH, _EXPERIMENTAL_BATCH):
        raise Broken(f"expected batch event, got event {kind}")
    experiment = file.byte() if kind == _EXPERIMENTAL_BATCH else 0
    generation, thread, time, size = (file.uvarint() for _ in range(4))
    if size > 64 << 10:
        raise Broken(f"invalid batch size {size}")
    return generation, Batch(signed(thread), time, file.take(size), experiment)


def _add(tables: Tables, batch: Batch, version: int) -> None:
    kind = batch.data[0] if batch.data and not batch.experiment else None
    cursor = Bytes(batch.data, 1)
    if kind == _STRINGS:
        while cursor:
            _expect(cursor, _STRING)
            number, size = cursor.uvarint(), cursor.uvarint()
            if size > 1024 or number in tables.strings:
                raise Broken(f"invalid string {number}")
            tables.strings[number] = cursor.take(size).decode("utf-8", "surrogateescape")
    elif kind == _STACKS:
        while cursor:
            _expect(cursor, _STACK)
            number, depth = cursor.uvarint(), cursor.uvarint()
            if depth > 128 or number in tables.stacks:
                raise Broken(f"invalid stack {number}")
            tables.stacks[number] = []
            for _ in range(depth):
                pc, *rest = (cursor.uvarint() for _ in range(4))
                tables.frames.setdefault(pc, (rest[0], rest[1], rest[2]))
                tables.stacks[number].append(pc)
    elif kind == _SAMPLES:
        while cursor:
            _expect(cursor, _SAMPLE)
            time, thread, proc, goroutine, stack = (cursor.uvarint() for _ in range(5))
            tables.samples.append((time, signed(thread), signed(proc), signed(goroutine) or NONE, stack))
    elif kind == (_SYNC if version >= 25 else _FREQUENCY):
        _synchronise(tables, batch, Bytes(batch.data, 1 if version >= 25 else 0), version)
    elif not batch.experiment:
        tables.threads.setdefault(batch.thread, []).append(batch)


def _synchronise(tables: Tables, batch: Batch, cursor: Bytes, version: int) -> None:
    time = batch.time
    while cursor:
        kind = cursor.byte()
        if kind == _FREQUENCY:
            if tables.unit:
                raise Broken("found multiple frequency events")
            rate = cursor.uvarint()
            tables.unit = 1.0 / (rate / 1e9) if rate else float("inf")
        elif kind == _SNAPSHOT and version >= 25:
            if tables.snapshot:
                raise Broken("found multiple clock snapshot events")
            time += cursor.uvarint()
            mono, seconds, nanoseconds = (cursor.uvarint() for _ in range(3))
            tables.snapshot = (time, mono, seconds, nanoseconds)
        else:
            raise Broken(f"expected frequency or clock snapshot event, got {kind}")


def _expect(cursor: Bytes, kind: int) -> None:
    if (found := cursor.byte()) != kind:
        raise Broken(f"expected event {kind}, got {found}")


def generations(data: bytes) -> Iterator[Tables | Broken]:
    """The generations of a trace, and last, if so, why there are no more of them."""
    if data[:5] != b"go 1." or data[7:16] != b" trace\0\0\0" or data[5:7] not in (b"22", b"23", b"25", b"26"):
        raise Broken("bad file format: not a Go execution trace?")
    version = int(data[5:7])
    file = Bytes(data, 16)
    ahead: tuple[int, Batch] | None = None
    while True:
        tables = Tables()
        failure: Broken | None = None
        closed = False
        try:
            if ahead:
                tables.number, tables.start = ahead[0], ahead[1].time
                _add(tables, ahead[1], version)
            ahead = None
            while file:
                try:
                    number, batch = next_batch(file)
                except Broken as broken:
                    if version >= 26 or not tables.number:
                        raise
                    failure = broken
                    break
                if version >= 26 and batch.data == b"\x34" and number == 0:
                    closed = True
                    break
                if number == 0:
                    raise Broken("invalid generation number 0")
                tables.number = tables.number or number
                if number == tables.number + 1 and version < 26:
                    ahead = number, batch
                    break
                if number != tables.number:
                    raise Broken("generations out of order")
                if tables.start == 0 or batch.time < tables.start:
                    tables.start = batch.time
                _add(tables, batch, version)
            if version >= 26 and not closed:
                if tables.threads:
                    raise Broken("incomplete generation found; trace likely truncated")
                return
            _check(tables, version)
        except Broken as broken:
            yield broken
            return
        yield tables
        if failure:
            yield failure
            return
        if version < 26 and ahead is None:
            return


def _check(tables: Tables, version: int) -> None:
    if not tables.unit:
        raise Broken("no frequency event found")
    if version >= 25 and not tables.snapshot:
        raise Broken("no clock snapshot event found")
    for number, pcs in tables.stacks.items():
        for function, file, _ in map(tables.frames.__getitem__, pcs):
            if function not in tables.strings or file not in tables.strings:
                raise Broken(f"found invalid string for stack {number}")


def counts(data: bytes) -> Counter[str]:
    """The wire's events by name, as far as the file's batches are whole, without a look at their order."""
    found: Counter[str] = Counter()
    file = Bytes(data, 16)
    while file:
        try:
            _, batch = next_batch(file)
        except Broken:
            break
        if batch.data == b"\x34":
            found["EndOfGeneration"] += 1
            continue
        found["ExperimentalBatch" if batch.experiment else "EventBatch"] += 1
        if not batch.experiment:
            _count(Bytes(batch.data), found)
    return found


def _count(cursor: Bytes, found: Counter[str]) -> None:
    while cursor:
        kind = cursor.byte()
        if kind not in BY_CODE and kind not in _STRUCTURE:
            return
        found[_STRUCTURE.get(kind) or BY_CODE[kind].name] += 1
        if kind in (_STACKS, _STRINGS, _SAMPLES, _SYNC):
            continue
        size = {_EVENT_BATCH: 4, _FREQUENCY: 1, _STRING: 2, _STACK: 2, _SAMPLE: 5, _EXPERIMENTAL_BATCH: 5}.get(kind)
        arguments = [cursor.uvarint() for _ in range(1 + len(BY_CODE[kind].arguments) if size is None else size)]
        if kind == _STRING:
            cursor.take(arguments[1])
        elif kind == _STACK:
            for _ in range(4 * arguments[1]):
                cursor.uvarint()


def advance(wire: Wire, tables: Tables) -> bool:
    """The thread's next event; False when there is none."""
    while wire.at < len(wire.batches) and wire.offset == len(wire.batches[wire.at].data):
        wire.at, wire.offset, wire.time = wire.at + 1, 0, 0
    if wire.at == len(wire.batches):
        return False
    batch = wire.batches[wire.at]
    wire.time = wire.time or tables.nanoseconds(batch.time)
    cursor = Bytes(batch.data, wire.offset)
    spec = BY_CODE.get(cursor.byte())
    if not spec:
        raise Broken("found invalid event type")
    wire.time += tables.nanoseconds(cursor.uvarint())
    wire.name = spec.name
    wire.arguments = [cursor.uvarint() for _ in spec.arguments]
    wire.offset = cursor.at
    return True
