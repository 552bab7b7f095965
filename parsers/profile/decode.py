"""pprof protobuf to columns: what the fields mean, and everything a valid profile must hold to.

The rules are those of google/pprof's profile package (encode.go, `CheckValid`): ids may be sparse and are distinct
and not zero, every reference resolves, every sample has a value for each sample type. What breaks one is a
ParseError.
"""

from collections.abc import Callable, Sequence
from typing import NoReturn, TypeAlias

import numpy as np

from parsers.chunks import in_order
from parsers.errors import ParseError, Progress, no_progress
from parsers.profile.model import (
    Frames,
    Functions,
    Int32,
    Int64,
    Labels,
    Locations,
    Mappings,
    Profile,
    UInt64,
    ValueType,
)
from parsers.profile.outline import split
from parsers.profile.wire import Messages
from parsers.text import clean_all

# Samples that are decoded together: enough to forget Python's share, few enough that the scratch stays in the cache.
_CHUNK = 8192


def decode_profile(data: bytes, progress: Progress = no_progress) -> Profile:
    """Decode an uncompressed profile.proto message. Raises ParseError where it is none, or an invalid one."""
    outline, samples = split(data)
    strings = _Strings(outline.string_table)
    types = tuple(ValueType(strings[t.type], strings[t.unit]) for t in outline.sample_type)
    if not types:
        raise ParseError("it has no sample types")

    mapping_ids, mappings = _mappings(Messages.joined(outline.mapping), strings)
    function_ids, functions = _functions(Messages.joined(outline.function), strings)
    location_ids, locations, frames = _locations(Messages.joined(outline.location), mapping_ids, function_ids)
    values, stack_offsets, stack, labels = _samples(samples, len(types), location_ids, strings, progress)

    period = outline.period_type
    return Profile(
        sample_types=types,
        values=values,
        stack_offsets=stack_offsets,
        stack=stack,
        locations=locations,
        frames=frames,
        functions=functions,
        mappings=mappings,
        labels=labels,
        strings=strings.distinct,
        default_sample_type=strings[outline.default_sample_type],
        drop_frames=strings[outline.drop_frames],
        keep_frames=strings[outline.keep_frames],
        time_ns=outline.time_nanos[-1] if outline.time_nanos else 0,
        duration_ns=outline.duration_nanos,
        period_type=ValueType(strings[period.type], strings[period.unit]),
        period=outline.period,
        comments=tuple(strings[i] for i in outline.comment),
        doc_url=strings[outline.doc_url],
    )


class _Strings:
    """The string table, cleaned, with equal strings made one; index it by the file's own numbers."""

    def __init__(self, table: Sequence[bytes]) -> None:
        cleaned = clean_all(table)
        rows: dict[str, int] = {}
        self._row = np.fromiter((rows.setdefault(text, len(rows)) for text in cleaned), np.int32, len(cleaned))
        self.distinct = tuple(rows)

    def __getitem__(self, index: int) -> str:
        return self.distinct[int(self.rows(np.array([index], np.int64))[0])]

    def rows(self, indices: UInt64 | Int64) -> Int32:
        """Rows of `distinct` for a column of string table indices."""
        # As unsigned numbers, negative ones are too large as well.
        if len(indices) and int(indices.view(np.uint64).max()) >= len(self._row):
            raise ParseError("a string is referred to that is not in the string table")
        return self._row[indices.view(np.int64)]


class _Ids:
    """Rows by id. Ids are what the writer chose: nearly always 1 to n, but any distinct non-zero numbers will do."""

    def __init__(self, ids: UInt64, what: str) -> None:
        self._what = what
        self._order = np.argsort(ids, kind="stable")
        self._sorted = ids[self._order]
        if len(ids) and self._sorted[0] == 0:
            raise ParseError(f"a {what} has the reserved id 0")
        if (self._sorted[1:] == self._sorted[:-1]).any():
            raise ParseError(f"two {what}s have the same id")
        self._dense = bool(
            len(ids) and ids[0] == 1 and ids[-1] == len(ids) and (self._order[1:] > self._order[:-1]).all()
        )

    def rows(self, ids: UInt64) -> Int32:
        """int32 rows, -1 where no such id is."""
        n = len(self._sorted)
        if self._dense:
            # 0 wraps to the largest number, so one comparison tells what is outside 1 to n.
            row = ids - ids.dtype.type(1)
            outside = row >= n
            rows = row.astype(np.int32)
        else:
            ids = ids.astype(np.uint64)
            at = np.minimum(np.searchsorted(self._sorted, ids), max(n - 1, 0))
            outside = self._sorted[at] != ids if n else np.ones(len(ids), np.bool_)
            rows = (self._order[at] if n else at).astype(np.int32)
        if outside.any():
            rows[outside] = -1
        return rows

    def missing(self) -> NoReturn:
        raise ParseError(f"a {self._what} is referred to that is not in the profile")


def _mappings(messages: Messages, strings: _Strings) -> tuple[_Ids, Mappings]:
    column = _columns(messages)
    return _Ids(column(1), "mapping"), Mappings(
        start=column(2),
        limit=column(3),
        offset=column(4),
        file=strings.rows(column(5)),
        build_id=strings.rows(column(6)),
        has_functions=column(7) != 0,
    )


def _functions(messages: Messages, strings: _Strings) -> tuple[_Ids, Functions]:
    column = _columns(messages)
    return _Ids(column(1), "function"), Functions(
        name=strings.rows(column(2)),
        system_name=strings.rows(column(3)),
        filename=strings.rows(column(4)),
        start_line=column(5).view(np.int64),
    )


def _columns(messages: Messages) -> Callable[[int], UInt64]:
    fields = messages.fields()
    return lambda number: fields.column(number, len(messages))


def _locations(messages: Messages, mapping_ids: _Ids, function_ids: _Ids) -> tuple[_Ids, Locations, Frames]:
    fields, n = messages.fields(), len(messages)
    lines = fields.inner(4)
    owner = fields.of(4, 2).message
    function = function_ids.rows(lines.column(1, len(owner)))
    if (function < 0).any():
        function_ids.missing()

    counts = np.bincount(owner, minlength=n)
    offsets = np.zeros(n + 1, np.int32)
    np.cumsum(np.maximum(counts, 1), out=offsets[1:])
    # A location without lines has one frame that nothing is known of.
    given = np.repeat(counts > 0, np.maximum(counts, 1))
    frames = Frames(
        function=np.full(offsets[-1], -1, np.int32),
        line=np.zeros(offsets[-1], np.int64),
        column=np.zeros(offsets[-1], np.int64),
    )
    frames.function[given] = function
    frames.line[given] = lines.column(2, len(owner)).view(np.int64)
    frames.column[given] = lines.column(3, len(owner)).view(np.int64)
    locations = Locations(
        # A mapping that is not there is no error: the address then belongs to none.
        mapping=mapping_ids.rows(fields.column(2, n)),
        address=fields.column(3, n),
        is_folded=fields.column(5, n) != 0,
        frame_offsets=offsets,
    )
    return _Ids(fields.column(1, n), "location"), locations, frames


_Part: TypeAlias = tuple[Int64, Int64, Int32, Labels]


def _samples(
    messages: Messages, n_types: int, location_ids: _Ids, strings: _Strings, progress: Progress
) -> tuple[Int64, Int64, Int32, Labels]:
    """Values, stack offsets, stacks and labels of all samples."""
    n = len(messages)

    def part(first: int) -> _Part:
        return _sample_chunk(messages, first, min(first + _CHUNK, n), n_types, location_ids, strings)

    values = np.empty((n, n_types), np.int64)
    offsets = np.zeros(n + 1, np.int64)
    # No sample has more stack entries than bytes. What stays unused is never touched, and so never takes memory.
    stack = np.empty(int((messages.end - messages.start).sum()), np.int32)
    labels: list[Labels] = []
    firsts = range(0, n, _CHUNK)
    for first, (some, depths, entries, tagged) in zip(firsts, in_order(part, firsts), strict=True):
        progress(int(messages.start[first] - messages.start[0]), int(messages.end[-1] - messages.start[0]))
        last = first + len(some)
        values[first:last] = some
        np.cumsum(depths, out=offsets[first + 1 : last + 1])
        offsets[first + 1 : last + 1] += offsets[first]
        stack[offsets[first] : offsets[last]] = entries
        labels.append(tagged)
    return values, offsets, stack[: offsets[-1]], _concatenated(labels)


def _sample_chunk(
    messages: Messages, first: int, last: int, n_types: int, location_ids: _Ids, strings: _Strings
) -> _Part:
    """Values int64[n, n_types], stack depths, stacks and labels of the samples `first` to `last`."""
    fields, n = messages.fields(first, last), last - first
    ids, depths = fields.integers(1, n)
    stack = location_ids.rows(ids)
    if len(stack) and stack.min() < 0:
        location_ids.missing()
    values, counts = fields.integers(2, n)
    if (counts != n_types).any():
        raise ParseError("a sample has more or fewer values than there are sample types")
    labels = fields.inner(3)
    owner = fields.of(3, 2).message
    key, text, number, unit = (labels.column(field, len(owner)) for field in (1, 2, 3, 4))
    # A label with a text is not a number, whatever else it holds.
    number[text != 0] = unit[text != 0] = 0
    kept = (text != 0) | (number != 0) | (unit != 0)
    return (
        values.astype(np.uint64, copy=False).view(np.int64).reshape(n, n_types),
        depths,
        stack,
        Labels(
            sample=(owner[kept] + first).astype(np.int32),
            key=strings.rows(key[kept]),
            text=strings.rows(text[kept]),
            number=number[kept].view(np.int64),
            unit=strings.rows(unit[kept]),
        ),
    )


def _concatenated(parts: Sequence[Labels]) -> Labels:
    empty = np.zeros(0, np.int32)

    def column(of: Callable[[Labels], Int32]) -> Int32:
        return np.concatenate([of(part) for part in parts]) if parts else empty

    return Labels(
        sample=column(lambda labels: labels.sample),
        key=column(lambda labels: labels.key),
        text=column(lambda labels: labels.text),
        number=np.concatenate([part.number for part in parts]) if parts else empty.astype(np.int64),
        unit=column(lambda labels: labels.unit),
    )
