"""Event batches to event columns: where each event starts, its type, time and arguments.

A timed event is a type byte below 128 and then only varints, so that the bodies of many batches are one run of
varints, and a walk that steps from event to event can move in all of them at once. What does not fit this, experimental
types and damaged bytes, is taken event by event. What the events mean is `parsers.trace.context`'s business.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from parsers.trace.events import ARGUMENTS, FIRST_EXPERIMENTAL
from parsers.trace.model import Bool, Int64, UInt8
from parsers.varint import LONGEST, read_varint

Body = bytes | memoryview

_WORD = 4
# What belongs to a varint of so many bytes, in the four bytes from its first on.
_KEEP = np.array([0, 0x7F, 0x7FFF, 0x7FFFFF, 0x7FFFFFFF], np.uint32)
# No varint of four bytes has this value: it marks the longer ones, which are worked out apart.
_LONG_MARK = np.uint32(0xFFFFFFFF)
# Steps between two looks at which batches are done.
_STRIDE = 1024
# Varints from one event to the next, by its type; 0 where the walk has to stop: behind a batch, or lost.
_STEP = np.where((ARGUMENTS >= 0) & (np.arange(256) < FIRST_EXPERIMENTAL), ARGUMENTS + 2, 0).astype(np.uint8)


@dataclass(frozen=True, eq=False, slots=True)
class Events:
    """Events in the order of their batches; `counts` says how many each batch has.

    `time` is in the clock's units. `arguments` are the first three after the time, as int64, so that "none" is -1, and
    0 where a type has fewer; the fourth is `fourth[i]` for event `with_fourth[i]`. `damaged` are the batches that could
    not be read to their end.
    """

    type: UInt8
    counts: Int64
    time: Int64
    arguments: tuple[Int64, Int64, Int64]
    with_fourth: Int64
    fourth: Int64
    damaged: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.type)

    def before(self, time: int, batches: Bool) -> "Events":
        """Without those that these batches have from `time` on."""
        kept = (self.time < time) | ~np.repeat(batches, self.counts)
        ends = np.cumsum(np.append(0, kept))
        edges = np.cumsum(np.append(0, self.counts))
        first, second, third = (column[kept] for column in self.arguments)
        fourth = kept[self.with_fourth]
        return Events(
            self.type[kept],
            np.diff(ends[edges]),
            self.time[kept],
            (first, second, third),
            ends[self.with_fourth[fourth]],
            self.fourth[fourth],
            self.damaged,
        )


def decode_events(bodies: Sequence[Body], bases: Sequence[int]) -> Events:
    """The events of batches with these bodies and base times, the latter in the clock's units."""
    run, edges = _run(bodies)
    starts, lost = _starts(run, edges)
    base = np.array(bases, np.uint64).view(np.int64)
    try:
        events = _columns(run, starts, np.diff(np.searchsorted(starts, edges)), base)
    except ValueError:
        return _one_by_one(bodies, base.tolist())
    if not len(lost):
        return events
    slow = _one_by_one([bodies[batch] for batch in lost], base[lost].tolist())
    return _merged(events, slow, lost)


class _Varints:
    """A run of varints, numbered by where they end; the first is a byte of zero, which belongs to nothing."""

    def __init__(self, buffer: UInt8) -> None:
        """Number the varints of `buffer`, which has four more bytes behind them."""
        self._bytes = buffer[:-_WORD]
        # int64, though int32 would do: NumPy gathers by it three times as fast.
        self._ends = np.flatnonzero(self._bytes < 128)
        size = self._ends[1:] - self._ends[:-1]
        self._long = np.flatnonzero(size > _WORD) + 1
        # What begins behind the end of the one before.
        word = _words(buffer[1:]).take(self._ends[:-1])
        word &= _KEEP.take(size, mode="clip")
        # Seven bits of each byte, put together in pairs and then in fours.
        pair = word & np.uint32(0x7F007F00)
        pair >>= np.uint32(1)
        word &= np.uint32(0x007F007F)
        word |= pair
        np.bitwise_and(word, np.uint32(0x3FFF0000), out=pair)
        pair >>= np.uint32(2)
        word &= np.uint32(0x00003FFF)
        self._values = np.zeros(len(self._ends), np.uint32)
        np.bitwise_or(word, pair, out=self._values[1:])
        self._values[self._long] = _LONG_MARK

    def ending_at(self, places: Int64) -> Int64:
        """The varints that end at these bytes."""
        return np.searchsorted(self._ends, places)

    def last_bytes(self) -> UInt8:
        """uint8 per varint: its last byte, which is all of a short one."""
        return self._bytes.take(self._ends)

    def are_bytes(self, which: Int64) -> Bool:
        """Whether these varints are one byte each, but for those that end in a byte of zero."""
        single: Bool = self._values.take(which) < 128
        return single

    def values(self, which: Int64) -> Int64:
        """int64: the values of these varints. Raises ValueError for one that is too long."""
        found = self._values.take(which, mode="clip")
        values = found.astype(np.int64)
        if len(self._long) and len(rows := np.flatnonzero(found == _LONG_MARK)):
            values[rows] = self._long_values(np.minimum(which[rows], len(self._ends) - 1))
        return values

    def _long_values(self, which: Int64) -> Int64:
        start = self._ends.take(which - 1) + 1
        last = self._ends.take(which) - start
        if last.max() >= LONGEST:
            raise ValueError("a varint of more than ten bytes")
        value = np.zeros(len(which), np.uint64)
        for place in range(LONGEST):
            rows = np.flatnonzero(last >= place)
            value[rows] |= (self._bytes.take(start[rows] + place) & 127).astype(np.uint64) << np.uint64(7 * place)
        return value.view(np.int64)


def _words(buffer: UInt8) -> NDArray[np.uint32]:
    """uint32 per byte but the last three, at least: the four bytes from it on, the first one lowest."""
    words = np.empty((len(buffer) // _WORD, _WORD), np.uint32)
    for phase in range(_WORD):
        at_phase = buffer[phase : phase + _WORD * ((len(buffer) - phase) // _WORD)].view("<u4")
        words[: len(at_phase), phase] = at_phase
    return words.reshape(-1)


def _run(bodies: Sequence[Body]) -> tuple[_Varints, Int64]:
    """All bodies as one run, and the varint before each of them and behind the last: a zero, which stops the walk."""
    buffer = np.frombuffer(b"\0".join((b"", *bodies, b"\0\0\0\0")), np.uint8)
    run = _Varints(buffer)
    return run, run.ending_at(np.cumsum([0, *(len(body) + 1 for body in bodies)]))


def _starts(run: _Varints, edges: Int64) -> tuple[Int64, Int64]:
    """The varints that events start with, in batches that hold nothing else; and the batches that do."""
    stop = edges[1:]
    starts, reached = _walk(_STEP.take(run.last_bytes()), edges[:-1] + 1, stop)
    lost = np.flatnonzero(reached != stop)
    # What looked like a type but is the end of a longer varint: experimental, or damaged.
    if not (whole := run.are_bytes(starts)).all():
        lost = np.union1d(lost, np.searchsorted(stop, starts[~whole]))
    if len(lost):
        starts = starts[~np.isin(np.searchsorted(stop, starts), lost)]
    return starts, lost


def _walk(step: UInt8, first: Int64, stop: Int64) -> tuple[Int64, Int64]:
    """Step through all batches at once: the varints that events start with, and how far each batch was read."""
    found = [np.zeros(0, np.int64)]
    reached = first.copy()
    going = np.flatnonzero(first < stop)
    at = first[going]
    while len(going):
        trail = np.empty((_STRIDE, len(going)), np.int64)
        trail[0] = at
        stride = np.empty(len(going), np.uint8)
        for here, there in pairwise(trail):
            step.take(here, out=stride, mode="clip")
            np.add(here, stride, out=there)
        at = trail[-1] + step.take(trail[-1], mode="clip")
        found.append(trail[(step.take(trail, mode="clip") != 0) & (trail < stop[going])])
        reached[going] = at
        further = (at < stop[going]) & (step.take(at, mode="clip") != 0)
        going, at = going[further], at[further]
    starts = np.concatenate(found)
    # A batch's varints lie behind those of the batches before it.
    starts.sort()
    return starts, reached


def _columns(run: _Varints, starts: Int64, counts: Int64, base: Int64) -> Events:
    kind = run.last_bytes().take(starts)
    arity = ARGUMENTS.take(kind)

    def argument(number: int) -> Int64:
        column = run.values(starts + (number + 2))
        column[arity <= number] = 0
        return column

    with_fourth = np.flatnonzero(arity > 3)
    return Events(
        kind,
        counts,
        _times(run.values(starts + 1), counts, base),
        (argument(0), argument(1), argument(2)),
        with_fourth,
        run.values(starts[with_fourth] + 5),
    )


def _times(since: Int64, counts: Int64, base: Int64) -> Int64:
    """Absolute times of events from those since the event before; `counts` events of each batch."""
    time = np.cumsum(since)
    first = np.cumsum(counts) - counts
    before = np.append(0, time)[first]
    time += np.repeat(base - before, counts)
    return time


def _one_by_one(bodies: Sequence[Body], base: Sequence[int]) -> Events:
    """The events of batches that need care, as far as each of them can be read."""
    rows: list[tuple[int, int, int, int, int, int, int]] = []
    damaged = []
    for batch, (body, start) in enumerate(zip(bodies, base, strict=True)):
        try:
            rows.extend((batch, *event) for event in _carefully(bytes(body), start))
        except ValueError:
            damaged.append(batch)
    columns = np.array(rows, np.uint64).reshape(-1, 7).T.copy().view(np.int64)
    owner, kind, times, *arguments, fourth = columns
    with_fourth = np.flatnonzero(ARGUMENTS[kind] > 3)
    return Events(
        kind.astype(np.uint8),
        np.bincount(owner, minlength=len(bodies)),
        times,
        (arguments[0], arguments[1], arguments[2]),
        with_fourth,
        fourth[with_fourth],
        tuple(damaged),
    )


def _carefully(body: bytes, time: int) -> Iterator[tuple[int, int, int, int, int, int]]:
    """Type, time and four arguments of each event. Raises ValueError where there is none to be read."""
    at = 0
    while at < len(body):
        kind, at = body[at], at + 1
        if ARGUMENTS[kind] < 0:
            raise ValueError(f"event type {kind} is not known")
        values = [0] * 5
        for number in range(int(ARGUMENTS[kind]) + 1):
            values[number], at = read_varint(body, at)
        time = time + values[0] & 0xFFFF_FFFF_FFFF_FFFF
        yield kind, time, values[1], values[2], values[3], values[4]


def _merged(events: Events, slow: Events, lost: Int64) -> Events:
    """All events in the order of their batches; the `slow` ones are of the batches `lost`."""
    counts = events.counts.copy()
    counts[lost] = slow.counts
    batch = np.repeat(np.concatenate([np.arange(len(counts)), lost]), np.concatenate([events.counts, slow.counts]))
    order = np.argsort(batch, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    with_fourth = place[np.concatenate([events.with_fourth, slow.with_fourth + len(events)])]
    ascending = np.argsort(with_fourth)
    first, second, third = (
        np.concatenate([one, other])[order] for one, other in zip(events.arguments, slow.arguments, strict=True)
    )
    return Events(
        np.concatenate([events.type, slow.type])[order],
        counts,
        np.concatenate([events.time, slow.time])[order],
        (first, second, third),
        with_fourth[ascending],
        np.concatenate([events.fourth, slow.fourth])[ascending],
        tuple(lost[list(slow.damaged)].tolist()),
    )


def read_varints(data: Body, at: int) -> tuple[Int64, bool]:
    """int64: all varints from a place on, and whether the data ends with one."""
    buffer = np.frombuffer(b"".join((b"\0", data[at:], b"\0\0\0\0")), np.uint8)
    run = _Varints(buffer)
    last = int(run.ending_at(np.array([len(buffer) - _WORD]))[0])
    try:
        return run.values(np.arange(1, last)), len(data) <= at or data[-1] < 128
    except ValueError:
        return np.zeros(0, np.int64), False
