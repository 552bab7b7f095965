"""The outermost level of a profile: where its samples lie, and everything else left to protobuf.

In a large profile nearly all bytes are samples. protobuf would copy each into an object of Python's, so they are
found in place instead: many walkers start at places where a field seems to begin, all step from field to field at
once, and where every walker arrives exactly where the next one began, all of them were right. Anything odd is left
to protobuf.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet
from numpy.typing import NDArray

from parsers.errors import ParseError
from parsers.profile.model import Bool, Int64
from parsers.profile.profile_pb2 import Outline
from parsers.profile.wire import BYTES, VARINT, Bytes, Messages

_SAMPLE = 2
# Below this protobuf's own way costs a few milliseconds.
_LARGE = 1 << 20
_STRIDE = 1 << 12
_TRIES = 1 << 10
# Tags of the fields whose entries make up the bulk of a profile: sample types to strings, all of them length-delimited.
_BULK_TAGS = np.zeros(256, np.bool_)
_BULK_TAGS[[number << 3 | BYTES for number in range(1, 7)]] = True
_SURE = 4
_ROUNDS = 16


def split(data: bytes) -> tuple[Outline, Messages]:
    """The profile without its samples, and the samples. Raises ParseError where `data` does not follow the format."""
    found = _find_samples(np.frombuffer(data, np.uint8)) if len(data) >= _LARGE else None
    outline = Outline()
    try:
        outline.ParseFromString(data if found is None else _without(data, found))
    except DecodeError:
        raise ParseError("it ends in the middle of a field, or is damaged", incomplete=True) from None
    _check(outline)
    if found is None:
        return outline, Messages.joined(outline.sample)
    return outline, Messages(np.frombuffer(data, np.uint8), found.start, found.end)


def _check(outline: Outline) -> None:
    """What protobuf lets pass and the reference does not."""
    known = Outline.DESCRIPTOR.fields_by_number
    if any(number in known or wire in (3, 4) for number, wire in _unknown(outline)):
        raise ParseError("a field has the wrong wire type")
    if any(outline.time_nanos[:-1]):
        raise ParseError(
            "it is several profiles written one behind the other; split them, or merge them with `go tool pprof -proto`"
        )
    if not outline.string_table or outline.string_table[0]:
        # Go writes the strings nearly last.
        raise ParseError("its string table does not start with the empty string", incomplete=not outline.string_table)


def _unknown(outline: Outline) -> Iterator[tuple[int, int]]:
    """Number and wire type of the fields that protobuf could make nothing of."""
    fields = UnknownFieldSet(outline)
    return ((fields[i].field_number, fields[i].wire_type) for i in range(len(fields)))


@dataclass(frozen=True, eq=False, slots=True)
class _Found:
    """The samples' fields in the order of the file: where the tag is, and where the message starts and ends."""

    tag: Int64
    start: Int64
    end: Int64


def _without(data: bytes, found: _Found) -> bytes:
    """All but the samples, which usually lie behind one another."""
    behind = np.concatenate([[0], found.end])
    ahead = np.concatenate([found.tag, [len(data)]])
    gaps = np.flatnonzero(behind < ahead)
    return b"".join(data[a:b] for a, b in zip(behind[gaps].tolist(), ahead[gaps].tolist(), strict=True))


def _find_samples(buffer: Bytes) -> _Found | None:
    """All samples, or None when the walkers do not meet."""
    starts = _starts(buffer)
    place = starts.copy()
    alive = np.ones(len(starts), np.bool_)
    records: list[tuple[Int64, ...]] = []
    walking = np.arange(len(starts))
    for _ in range(_ROUNDS):
        goal = _goals(starts, alive, len(buffer))
        _walk(buffer, place, walking, goal, records)
        order = np.flatnonzero(alive)
        missed = place[order] != goal[order]
        if not missed.any():
            return _collected(records, alive)
        # Whoever is not met started in the middle of a field, unless the one that misses it did; the last that arrived
        # rightly takes over.
        wrong = np.flatnonzero(missed[:-1] & ~np.concatenate([[False], missed[:-2]])) + 1
        if not len(wrong):
            return None  # the last one runs beyond the end
        alive[order[wrong]] = False
        walking = order[wrong - 1]
    return None


def _goals(starts: Int64, alive: Bool, end: int) -> Int64:
    """Where the next living walker starts, for each."""
    goal = np.full(len(starts), end, np.int64)
    order = np.flatnonzero(alive)
    goal[order[:-1]] = starts[order[1:]]
    return goal


def _starts(buffer: Bytes) -> Int64:
    """The beginning, and behind every stride a place that several fields in a row lead to.

    Fields inside a sample look like those around it, but from the inside a few steps lead out.
    """
    place = np.arange(_STRIDE, len(buffer), _STRIDE)
    found = [np.zeros(1, np.int64)]
    for _ in range(_TRIES):
        likely = np.flatnonzero(_BULK_TAGS[buffer.take(place, mode="clip")])
        good, behind = _follow(buffer, place[likely])
        sure = likely[good]
        found.append(behind[good])
        keep = np.ones(len(place), np.bool_)
        keep[sure] = False
        place = place[keep] + 1
        if not len(place):
            break
    return np.unique(np.concatenate(found))


def _follow(buffer: Bytes, place: Int64) -> tuple[Bool, Int64]:
    """Whether several fields follow each other from each place, and the place behind them."""
    good = np.ones(len(place), np.bool_)
    for _ in range(_SURE):
        tag, _, place = _step(buffer, place)
        good &= _BULK_TAGS[tag] & (place < len(buffer))
    return good & _BULK_TAGS[buffer.take(place, mode="clip")], place


def _walk(
    buffer: Bytes, place: Int64, walking: NDArray[np.intp], goal: Int64, records: list[tuple[Int64, ...]]
) -> None:
    """Move the walkers on until each is at its goal or beyond, and note the samples they pass; `place` is changed."""
    walking = walking[place[walking] < goal[walking]]
    at, end = place[walking], goal[walking]
    while len(walking):
        tag, start, behind = _step(buffer, at)
        sample = np.flatnonzero(tag == (_SAMPLE << 3 | BYTES))
        records.append((walking[sample], at[sample], start[sample], behind[sample]))
        at = behind
        going = at < end
        if not going.all():
            place[walking[~going]] = at[~going]
            walking, at, end = walking[going], at[going], end[going]


def _step(buffer: Bytes, at: Int64) -> tuple[Bytes, Int64, Int64]:
    """The tag at each place, where the field's payload starts, and the place behind it; beyond the end if it is odd."""
    beyond = len(buffer) + 1
    tag = buffer.take(at, mode="clip")
    wire = tag & 7
    value = np.zeros(len(at), np.int64)
    start = at + 1
    going = np.arange(len(at))
    # No length that fits the buffer takes more than six bytes; how much longer one is does not matter.
    for shift in range(0, 70, 7):
        byte = buffer.take(start[going], mode="clip").astype(np.int64)
        bits = byte & 127
        value[going] |= bits << shift if shift < 42 else (bits != 0).astype(np.int64) << 42
        start[going] += 1
        going = going[byte > 127]
        if not len(going):
            break
    behind = np.where(wire == BYTES, start + value, start)
    odd = ((wire != BYTES) & (wire != VARINT)) | (tag > 127) | (behind > len(buffer))
    odd[going] = True
    behind[odd] = beyond
    return tag, start, behind


def _collected(records: list[tuple[Int64, ...]], alive: Bool) -> _Found:
    walker, tag, start, end = (np.concatenate(column) for column in zip(*records, strict=True))
    real = alive[walker]
    # The stretches do not overlap, so each column sorted by itself keeps the rows together.
    return _Found(np.sort(tag[real]), np.sort(start[real]), np.sort(end[real]))
