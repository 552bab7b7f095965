"""protobuf's wire format, many messages at a time.

The messages of one kind lie in one buffer, and each NumPy step moves all of them on by one field, so
that a million samples cost no more Python than one. What the fields mean is `parsers.profile.decode`'s business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.errors import ParseError
from parsers.profile.model import Int64, UInt64
from parsers.varint import LONGEST, read_varint

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
# A message with very many fields is finished alone: a step for all costs about as much as this many fields of one.
_ALONE = 16

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False, slots=True)
class Messages:
    """Messages of one kind: message i is `buffer[start[i]:end[i]]`; they are in order and do not overlap."""

    buffer: Bytes
    start: Int64
    end: Int64

    @classmethod
    def joined(cls, parts: Sequence[bytes]) -> "Messages":
        end = np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)))
        return cls(
            np.frombuffer(b"".join(parts), np.uint8),
            np.concatenate([end[:0], [0], end[:-1]])[: len(end)],
            end,
        )

    def __len__(self) -> int:
        return len(self.start)

    def fields(self, first: int = 0, last: int | None = None) -> "Fields":
        """The fields of messages `first` to `last`, which are numbered from 0 in the result."""
        return scan(self.buffer, self.start[first:last], self.end[first:last])


@dataclass(frozen=True, eq=False, slots=True)
class Fields:
    """One row per field, in the order of messages, and within a message as they stand there.

    `start` and `end` delimit the payload in the buffer: the varint itself, or what a length precedes, so that a
    packed and an unpacked list of integers read the same. `value` (uint64) is set for varints.
    """

    buffer: Bytes
    message: Int64
    number: Int64
    wire: Int64
    start: Int64
    end: Int64
    value: UInt64

    def of(self, number: int, *wires: int) -> "Fields":
        """The fields with this number. Raises ParseError where one has another wire type than `wires`."""
        at = np.flatnonzero(self.number == number)
        if not np.isin(self.wire[at], wires).all():
            raise ParseError(f"field {number} has the wrong wire type")
        return Fields(
            self.buffer,
            self.message[at],
            self.number[at],
            self.wire[at],
            self.start[at],
            self.end[at],
            self.value[at],
        )

    def column(self, number: int, n_messages: int) -> UInt64:
        """uint64[n_messages]: the integer with this number in each message, 0 where it is absent; the last one
        counts.
        """
        chosen = self.of(number, VARINT)
        column = np.zeros(n_messages, np.uint64)
        column[chosen.message] = chosen.value
        return column

    def inner(self, number: int) -> "Fields":
        """The fields of the messages nested under this number, numbered as `of(number, BYTES)` lists them."""
        nested = self.of(number, BYTES)
        return scan(self.buffer, nested.start, nested.end)

    def integers(self, number: int, n_messages: int) -> tuple[UInt64, Int64]:
        """A repeated integer, packed or not: all values as uint64, and how many each message has as
        int64[n_messages].
        """
        lists = self.of(number, VARINT, BYTES)
        filled = lists.end > lists.start
        message, start, end = lists.message[filled], lists.start[filled], lists.end[filled]
        if not len(start):
            return np.zeros(0, np.uint64), np.zeros(n_messages, np.int64)
        packed = _between(self.buffer, start, end)
        values, ends = varints(packed)
        upto = np.cumsum(end - start)
        if (packed[upto - 1] > 127).any():
            raise ParseError("a list of integers ends in the middle of one")
        counts = np.diff(np.searchsorted(ends, upto, side="right"), prepend=0)
        return values, np.bincount(message, counts, n_messages).astype(np.int64)


def _between(buffer: Bytes, start: Int64, end: Int64) -> Bytes:
    """The bytes of the stretches `start` to `end`, which are ascending and do not overlap, behind one another."""
    first, last = int(start[0]), int(end[-1])
    edge = np.zeros(last - first + 1, np.int8)
    edge[start - first] += 1
    edge[end - first] -= 1
    inside = np.cumsum(edge[:-1], dtype=np.int8).view(np.bool_)
    return buffer[first:last][inside]


def varints(data: Bytes) -> tuple[UInt64, Int64]:
    """Decode a run of varints: their values, and the index behind each one's last byte.

    The values are uint64, or uint32 where all fit.
    """
    ends = np.flatnonzero(data < 128)
    starts = np.empty_like(ends)
    starts[:1] = 0
    starts[1:] = ends[:-1] + 1
    lengths = ends - starts
    longest = int(lengths.max(initial=0)) + 1
    if longest > LONGEST:
        raise ParseError("an integer is longer than ten bytes")
    wide: np.dtype[Any] = np.dtype(np.uint32 if longest <= 4 else np.uint64)
    values: NDArray[Any] = (data[starts] & 127).astype(wide)
    for k in range(1, longest):
        more = np.flatnonzero(lengths >= k)
        values[more] |= (data[starts[more] + k] & 127).astype(wide) << wide.type(7 * k)
    return values, (ends + 1).astype(np.int64, copy=False)


def _varints_at(buffer: Bytes, at: Int64) -> tuple[UInt64, Int64]:
    """The varint at each place, and the place behind it."""
    # A read beyond the end finds the last byte again; that it went too far shows in the place behind.
    byte = buffer.take(at, mode="clip")
    value = (byte & 127).astype(np.uint64)
    behind = at + 1
    going = np.flatnonzero(byte > 127)
    for k in range(1, LONGEST):
        if not len(going):
            break
        byte = buffer.take(at[going] + k, mode="clip")
        value[going] |= (byte & 127).astype(np.uint64) << np.uint64(7 * k)
        behind[going] += 1
        going = going[byte > 127]
    else:
        if len(going):
            raise ParseError("an integer is longer than ten bytes")
    return value, behind


def scan(buffer: Bytes, start: Int64, end: Int64) -> Fields:
    """The fields of the messages `buffer[start[i]:end[i]]`. Raises ParseError where one does not follow the format."""
    steps: list[tuple[Int64, ...]] = []
    message = np.flatnonzero(end > start)
    at, end = start[message], end[message]
    while len(message):
        if len(steps) > _ALONE and len(message) < _ALONE:
            steps.extend(_scan_alone(buffer, int(m), int(a), int(e)) for m, a, e in zip(message, at, end, strict=True))
            break
        tag, at = _varints_at(buffer, at)
        number, wire = (tag >> np.uint64(3)).astype(np.int64), (tag & np.uint64(7)).astype(np.int64)
        value, first, at = _payload(buffer, wire, at)
        if (at > end).any() or (at < first).any():
            raise ParseError("a field reaches beyond its message")
        steps.append((message, number, wire, first, at, value.view(np.int64)))
        going = at < end
        if not going.all():
            message, at, end = message[going], at[going], end[going]
    if not steps:
        steps = [tuple(np.zeros(0, np.int64) for _ in range(6))]
    columns = [np.concatenate(parts) if len(steps) > 1 else parts[0] for parts in zip(*steps, strict=True)]
    if len(steps) > 1:
        order = np.argsort(columns[0], kind="stable")
        columns = [column[order] for column in columns]
    message, number, wire, first, behind, value = columns
    return Fields(buffer, message, number, wire, first, behind, value.view(np.uint64))


def _payload(buffer: Bytes, wire: Int64, at: Int64) -> tuple[UInt64, Int64, Int64]:
    """The integer at each place, or the payload's length there; where the payload starts, and the place behind it."""
    fixed = (wire == FIXED64) | (wire == FIXED32)
    if ((wire > FIXED32) | (wire == 3) | (wire == 4)).any():
        raise ParseError("a field has an unknown wire type")
    # What fixed-size fields hold is no varint; the tag's last byte, which ends one, is read in its place.
    value, behind = _varints_at(buffer, at - fixed)
    first = np.where(wire == BYTES, behind, at)
    # A length beyond the buffer, however large, must stay a number that the caller's check sees as too large.
    length = np.minimum(value, np.uint64(len(buffer))).astype(np.int64)
    behind = np.where(wire == BYTES, behind + length, behind)
    if fixed.any():
        behind = np.where(fixed, at + np.where(wire == FIXED64, 8, 4), behind)
    return value, first, behind


def _scan_alone(buffer: Bytes, message: int, at: int, end: int) -> tuple[Int64, ...]:
    """One message's remaining fields, in plain Python."""
    raw = buffer[at:end].tobytes()
    base, size = at, end - at
    rows: list[tuple[int, int, int, int, int, int]] = []
    at = 0
    while at < size:
        tag, at = _varint(raw, at)
        number, wire = tag >> 3, tag & 7
        first, value = at, 0
        if wire == VARINT:
            value, at = _varint(raw, at)
        elif wire == BYTES:
            value, first = _varint(raw, at)
            at = first + value
        elif wire in (FIXED64, FIXED32):
            at += 8 if wire == FIXED64 else 4
        else:
            raise ParseError("a field has an unknown wire type")
        if at > size:
            raise ParseError("a field reaches beyond its message")
        rows.append((message, number, wire, base + first, base + at, value))
    columns = np.array(rows, np.uint64).reshape(-1, 6).T
    return tuple(column.view(np.int64) for column in np.ascontiguousarray(columns))


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    try:
        return read_varint(raw, at)
    except ValueError:
        raise ParseError("an integer is longer than ten bytes") from None
