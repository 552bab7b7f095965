"""Columns to pprof protobuf: what `parsers.profile.decode` reads, the other way round.

Everything in a profile but the texts of its string table is a varint: tags, lengths, ids and values. So each piece is
put together as one column of integers, and a single NumPy step turns them into bytes, whatever the number of samples.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.chunks import in_order
from parsers.profile.model import Bool, Int64, Profile, UInt64, ValueType
from parsers.profile.wire import BYTES, VARINT

# Samples that are encoded together: few enough that the scratch stays small.
_CHUNK = 8192
# What Go's own profiles are compressed with: three times as fast as zlib's default, and a tenth larger.
_LEVEL = 1
_GZIP = 31


def encode(profile: Profile) -> bytes:
    """The profile as gzip'd profile.proto; equal profiles give equal bytes.

    `parsers.profile.read_profile` gives it back column by column, but for `whole`, which the format has no place for,
    and for locations, functions and strings that nothing refers to, which are left out.
    """
    return b"".join(encoded(profile))


def encoded(profile: Profile) -> Iterator[bytes]:
    """The same, piece by piece."""
    # No time and no name is in zlib's own gzip header.
    packer = zlib.compressobj(_LEVEL, wbits=_GZIP)
    for piece in _pieces(profile):
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _pieces(profile: Profile) -> Iterator[bytes]:
    """The uncompressed message, piece by piece."""
    used = _Used.of(profile)
    strings = _Strings(profile, used)
    yield b"".join(_value_type(1, each, strings) for each in profile.sample_types)

    def chunk(first: int) -> bytes:
        return _samples(profile, first, min(first + _CHUNK, profile.n_samples), used, strings)

    yield from in_order(chunk, range(0, profile.n_samples, _CHUNK))
    yield _mappings(profile, strings)
    yield _locations(profile, used)
    yield _functions(profile, used, strings)
    head = _head(profile, strings)
    # Behind everything that may have added to it.
    yield strings.encoded()
    yield head


# Which rows of which table are written, and their ids


@dataclass(frozen=True, eq=False, slots=True)
class _Used:
    """Of a table a mask of the rows that are written, and uint64 the id of every row, 0 for those that are not."""

    location: Bool
    frame: Bool  # also False where it has no function: that is no line at all
    function: Bool
    location_id: UInt64
    function_id: UInt64

    @classmethod
    def of(cls, profile: Profile) -> "_Used":
        locations, frames = profile.locations, profile.frames
        location = _mask(profile.n_locations, profile.stack)
        frame = np.repeat(location, np.diff(locations.frame_offsets)) & (frames.function >= 0)
        function = _mask(len(profile.functions.name), frames.function[frame])
        return cls(location, frame, function, _ids(location), _ids(function))


def _mask(n: int, rows: NDArray[np.integer[Any]]) -> Bool:
    mask = np.zeros(n, np.bool_)
    mask[rows] = True
    return mask


def _ids(mask: Bool) -> UInt64:
    """1 to n for the rows of the mask; one 0 more at the end, so that row -1 has it."""
    return np.append(np.where(mask, np.cumsum(mask), 0), 0).astype(np.uint64)


class _Strings:
    """The string table to write: index it by a text; `rows` has the new number of each row of `Profile.strings`."""

    def __init__(self, profile: Profile, used: _Used) -> None:
        functions, mappings, labels = profile.functions, profile.mappings, profile.labels
        mask = np.zeros(len(profile.strings) or 1, np.bool_)
        mask[0] = True
        for rows in (
            functions.name[used.function],
            functions.system_name[used.function],
            functions.filename[used.function],
            mappings.file,
            mappings.build_id,
            labels.key,
            labels.text,
            labels.unit,
        ):
            mask[rows] = True
        own = _named(profile)
        mask[[row for row, text in enumerate(profile.strings) if text in own]] = True
        self._number = np.where(mask, np.cumsum(mask) - 1, 0).astype(np.uint64)
        kept = [profile.strings[row] for row in np.flatnonzero(mask).tolist()] if profile.strings else [""]
        self._rows = {text: row for row, text in enumerate(kept)}

    def __getitem__(self, text: str) -> int:
        return self._rows.setdefault(text, len(self._rows))

    def rows(self, rows: NDArray[np.int32]) -> UInt64:
        return self._number[rows]

    def encoded(self) -> bytes:
        return b"".join(_text(6, text) for text in self._rows)


def _named(profile: Profile) -> set[str]:
    """The texts that the profile itself refers to, not one of its tables."""
    types = [*profile.sample_types, *([profile.period_type] if profile.period_type else [])]
    return {
        *(text for each in types for text in (each.type, each.unit)),
        *profile.comments,
        profile.default_sample_type,
        profile.drop_frames,
        profile.keep_frames,
        profile.doc_url,
    }


# The tables


def _samples(profile: Profile, first: int, last: int, used: _Used, strings: _Strings) -> bytes:
    n, offsets, labels = last - first, profile.stack_offsets, profile.labels
    stack = used.location_id[profile.stack[offsets[first] : offsets[last]]]
    values = profile.values[first:last]
    begin, end = np.searchsorted(labels.sample, [first, last])
    of_label = slice(int(begin), int(end))
    label = _beside(
        _field(1, strings.rows(labels.key[of_label])),
        _field(2, strings.rows(labels.text[of_label])),
        _field(3, labels.number[of_label].view(np.uint64)),
        _field(4, strings.rows(labels.unit[of_label])),
    )
    counts = np.bincount(labels.sample[of_label] - first, minlength=n).astype(np.int64)
    return _message(
        2,
        _beside(
            _packed(1, np.diff(offsets[first : last + 1]), stack),
            _packed(2, np.full(n, values.shape[1], np.int64), np.ascontiguousarray(values).reshape(-1).view(np.uint64)),
            _together(_message(3, label), counts),
        ),
    ).encoded()


def _mappings(profile: Profile, strings: _Strings) -> bytes:
    """All of them: the first is the program, and there are never many."""
    mappings = profile.mappings
    return _table(
        3,
        np.arange(1, len(mappings.start) + 1, dtype=np.uint64),
        mappings.start,
        mappings.limit,
        mappings.offset,
        strings.rows(mappings.file),
        strings.rows(mappings.build_id),
        mappings.has_functions.astype(np.uint64),
    )


def _locations(profile: Profile, used: _Used) -> bytes:
    locations, frames = profile.locations, profile.frames
    kept, lines = used.location, used.frame
    line = _beside(
        _field(1, used.function_id[frames.function[lines]]),
        _field(2, frames.line[lines].view(np.uint64)),
        _field(3, frames.column[lines].view(np.uint64)),
    )
    counts = np.add.reduceat(np.append(lines, False), locations.frame_offsets[:-1], dtype=np.int64)[kept]
    return _message(
        4,
        _beside(
            _field(1, used.location_id[:-1][kept]),
            _field(2, (locations.mapping[kept] + 1).astype(np.uint64)),
            _field(3, locations.address[kept]),
            _together(_message(4, line), counts),
            _field(5, locations.is_folded[kept].astype(np.uint64)),
        ),
    ).encoded()


def _functions(profile: Profile, used: _Used, strings: _Strings) -> bytes:
    functions, kept = profile.functions, used.function
    return _table(
        5,
        used.function_id[:-1][kept],
        strings.rows(functions.name[kept]),
        strings.rows(functions.system_name[kept]),
        strings.rows(functions.filename[kept]),
        functions.start_line[kept].view(np.uint64),
    )


def _table(number: int, *columns: UInt64) -> bytes:
    """Messages whose fields 1, 2, 3 … are these columns."""
    return _message(number, _beside(*(_field(i, column) for i, column in enumerate(columns, 1)))).encoded()


def _head(profile: Profile, strings: _Strings) -> bytes:
    """The fields that a profile has once."""
    comments = [strings[text] for text in profile.comments]
    period = profile.period_type
    return b"".join(
        [
            _single(7, strings[profile.drop_frames]),
            _single(8, strings[profile.keep_frames]),
            _single(9, profile.time_ns),
            _single(10, profile.duration_ns),
            _value_type(11, period, strings) if period and (period.type or period.unit) else b"",
            _single(12, profile.period),
            _packed(13, np.array([len(comments)]), np.array(comments, np.uint64)).encoded(),
            _single(14, strings[profile.default_sample_type]),
            _single(15, strings[profile.doc_url]),
        ]
    )


def _value_type(number: int, value_type: ValueType, strings: _Strings) -> bytes:
    return _table(number, *(np.array([strings[text]], np.uint64) for text in (value_type.type, value_type.unit)))


def _single(number: int, value: int) -> bytes:
    return _field(number, np.array([value], np.int64).view(np.uint64)).encoded()


def _text(number: int, text: str) -> bytes:
    raw = text.encode("utf-8", "backslashreplace")
    return bytes(_varints(np.array([number << 3 | BYTES, len(raw)], np.uint64))) + raw


# The wire format: columns of integers that end up as varints


@dataclass(frozen=True, eq=False, slots=True)
class _Ints:
    """Integers of n owners, behind one another: owner i has the next `counts[i]` (int64) of `values` (uint64)."""

    counts: Int64
    values: UInt64

    def sizes(self) -> Int64:
        """int64: how many bytes each owner's take."""
        behind = _summed(_lengths(self.values))[_summed(self.counts)]
        return behind[1:] - behind[:-1]

    def encoded(self) -> bytes:
        return _varints(self.values).tobytes()


def _field(number: int, column: UInt64) -> _Ints:
    """A varint field of each owner, left out where it is 0."""
    given = column != 0
    values = np.empty((int(given.sum()), 2), np.uint64)
    values[:, 0], values[:, 1] = number << 3 | VARINT, column[given]
    return _Ints(2 * given.astype(np.int64), values.reshape(-1))


def _packed(number: int, counts: Int64, values: UInt64) -> _Ints:
    """A packed list of each owner, left out where it is empty."""
    return _message(number, _Ints(counts, values), empty=False)


def _message(number: int, inside: _Ints, *, empty: bool = True) -> _Ints:
    """`inside` of each owner as a length-delimited field; where there is nothing inside, none unless `empty`."""
    given = np.full(len(inside.counts), True) if empty else inside.counts > 0
    head = np.empty((int(given.sum()), 2), np.uint64)
    head[:, 0], head[:, 1] = number << 3 | BYTES, inside.sizes()[given]
    return _beside(_Ints(2 * given.astype(np.int64), head.reshape(-1)), inside)


def _beside(*parts: _Ints) -> _Ints:
    """All parts' integers of the first owner, then all of the second, and so on."""
    counts: Int64 = np.stack([part.counts for part in parts]).sum(axis=0)
    values = np.empty(int(counts.sum()), np.uint64)
    place = np.cumsum(counts) - counts
    for part in parts:
        before = np.cumsum(part.counts) - part.counts
        values[np.repeat(place - before, part.counts) + np.arange(len(part.values))] = part.values
        place = place + part.counts
    return _Ints(counts, values)


def _together(parts: _Ints, counts: Int64) -> _Ints:
    """The owners made fewer: the first `counts[0]` become one, then the next `counts[1]`, and so on."""
    behind = _summed(parts.counts)[_summed(counts)]
    return _Ints(behind[1:] - behind[:-1], parts.values)


def _summed(counts: Int64) -> Int64:
    """int64[n + 1]: how much is before each place."""
    sums = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=sums[1:])
    return sums


def _lengths(values: UInt64) -> Int64:
    """int64: how many bytes each varint takes, 1 to 10."""
    lengths = np.ones(len(values), np.int64)
    large = np.flatnonzero(values > 127)
    rest = values[large] >> np.uint64(7)
    while len(large):
        lengths[large] += 1
        going = rest > 127
        large, rest = large[going], rest[going] >> np.uint64(7)
    return lengths


def _varints(values: UInt64) -> NDArray[np.uint8]:
    """The values as varints, behind one another."""
    lengths = _lengths(values)
    ends = np.cumsum(lengths)
    out = np.empty(int(ends[-1]) if len(ends) else 0, np.uint8)
    at, rest, left = ends - lengths, values, lengths
    while len(at):
        more = left > 1
        out[at] = (rest & np.uint64(127)).astype(np.uint8) | (more.astype(np.uint8) << 7)
        at, rest, left = at[more] + 1, rest[more] >> np.uint64(7), left[more] - 1
    return out
