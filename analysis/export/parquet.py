"""A profile as a Parquet file for DuckDB, ClickHouse and Spark: a row for each sample, its stack and labels in it.

One file tells all of a capture, and files of many captures can be read as one table. It needs pyarrow, which the
extra `fleet` brings and which is imported only when something is written. The file's columns, in this order:

    source         string            what the samples were read from
    program        string            base name of the main binary, null when unknown
    kind           string            cpu, heap, ..., as `goscope info` says
    time           timestamp[us]     when the capture was taken, UTC, null when unknown
    duration_ns    int64             how long it took, null when unknown
    sample         int64             number of the sample in the file, from 0 on
    <type>_<unit>  int64             a column for each sample type: cpu_nanoseconds
    stack          list<struct>      the frames, the leaf first; inlined calls are frames of their own
      function     string            null when nobody symbolized it
      file         string            null when unknown
      line         int64             null when unknown
      inlined      bool              it was inlined into the next one
      mapping      string            path of the binary, null when unknown
      address      uint64            of the location, the same for a call and what was inlined into it; null for 0
    labels         map<string, list<string>>
    number_labels  map<string, list<struct<value int64, unit string>>>

Stacks stand in the rows, not behind numbers of a second table: numbers mean nothing in the next file, and in small
files, as most are, that costs little (in one of a million deep samples, nearly four times the size).

A key can have several values, hence the lists. What concerns the file as a whole is in its metadata, under keys that
begin with `goscope.`: see `_metadata`.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from analysis.errors import ViewError
from analysis.info import info
from analysis.nodes import nodes
from analysis.samples import sample_index, total
from analysis.stacks import ranges
from analysis.view import Granularity, View
from parsers.profile.model import Bool, Int32, Int64, Profile

# What a row group holds at most, so that memory is bounded however many samples there are.
_SAMPLES = 1 << 17
_FRAMES = 1 << 21
# A column of more distinct texts than this many bytes is written without a dictionary.
_DICTIONARY = 1 << 24

# Arrow's own types are not known where pyarrow is not installed.
Arrow = Any


def parquet(profile: Profile, source: str, kind: str = "") -> Iterator[bytes]:
    """The file, row group by row group. `kind` is what `info` says unless it is given.

    Raises ViewError where pyarrow is missing.
    """
    arrow, writer_of = _pyarrow()
    columns = _Columns(arrow, profile, source, kind)
    sink = _Sink()
    options = {"compression": "zstd", "dictionary_pagesize_limit": _DICTIONARY}
    with writer_of(arrow.PythonFile(sink, mode="w"), columns.schema, **options) as writer:
        for first, last in _row_groups(profile, columns.frame_counts):
            writer.write_batch(columns.batch(first, last), row_group_size=last - first)
            yield sink.taken()
    yield sink.taken()


def value_columns(profile: Profile) -> tuple[str, ...]:
    """The name of each sample type's column, distinct whatever the case: `alloc_space_bytes`."""
    names: list[str] = []
    taken = {"source", "program", "kind", "time", "duration_ns", "sample", "stack", "labels", "number_labels"}
    for each in profile.sample_types:
        stem = re.sub(r"\W", "_", "_".join(filter(None, (each.type, each.unit)))) or "value"
        name, n = stem, 1
        while name.lower() in taken:
            n += 1
            name = f"{stem}_{n}"
        taken.add(name.lower())
        names.append(name)
    return tuple(names)


def _pyarrow() -> tuple[Arrow, Arrow]:
    try:
        import pyarrow
        from pyarrow.parquet import ParquetWriter
    except ImportError:
        raise ViewError("parquet needs the extra fleet: pip install 'goscope[fleet]'") from None
    return pyarrow, ParquetWriter


class _Sink:
    """A file that keeps what is written until it is taken."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self._size += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _row_groups(profile: Profile, frame_counts: Int64) -> Iterator[tuple[int, int]]:
    """Ranges of samples with no more than `_SAMPLES` and, unless it is one alone, `_FRAMES` frames."""
    first = 0
    while first < profile.n_samples:
        most = min(first + _SAMPLES, profile.n_samples)
        bounds = profile.stack_offsets[first : most + 1]
        behind = np.append(0, np.cumsum(frame_counts[profile.stack[bounds[0] : bounds[-1]]]))[bounds - bounds[0]]
        last = first + max(1, int(np.searchsorted(behind, _FRAMES, side="right")) - 1)
        yield first, last
        first = last


class _Columns:
    """The profile's columns as Arrow's: strings, frames and labels once, of which every row group takes its rows."""

    def __init__(self, arrow: Arrow, profile: Profile, source: str, kind: str) -> None:
        self._arrow, self._profile = arrow, profile
        self.frame_counts: Int64 = np.diff(profile.locations.frame_offsets).astype(np.int64)
        self._frames = _frames(arrow, profile)
        about = info(profile)
        kind = kind or str(about.kind)
        text = arrow.string()
        self._constants = {
            "source": arrow.scalar(source, text),
            "program": arrow.scalar(about.program or None, text),
            "kind": arrow.scalar(kind, text),
            "time": arrow.scalar(profile.time_ns // 1000 if profile.time_ns else None, arrow.timestamp("us", "UTC")),
            "duration_ns": arrow.scalar(profile.duration_ns or None, arrow.int64()),
        }
        numeric = profile.labels.text == 0
        labels, strings = profile.labels, profile.strings
        self._key = _texts(arrow, strings, labels.key, required=True)
        self._text = _texts(arrow, strings, labels.text)
        self._number = arrow.StructArray.from_arrays(
            [arrow.array(labels.number), _texts(arrow, strings, labels.unit)], ["value", "unit"]
        )
        self._of_text, self._of_number = _keys(profile, ~numeric), _keys(profile, numeric)
        empty = self._columns(0, 0)
        fields = [arrow.field(name, column.type) for name, column in empty.items()]
        self.schema = arrow.schema(fields, metadata=_metadata(profile, source, kind))

    def batch(self, first: int, last: int) -> Arrow:
        """The samples `first` to `last`."""
        return self._arrow.record_batch(list(self._columns(first, last).values()), schema=self.schema)

    def _columns(self, first: int, last: int) -> dict[str, Arrow]:
        arrow, profile = self._arrow, self._profile
        columns = {name: arrow.repeat(value, last - first) for name, value in self._constants.items()}
        columns["sample"] = arrow.array(np.arange(first, last, dtype=np.int64))
        for index, name in enumerate(value_columns(profile)):
            columns[name] = arrow.array(np.ascontiguousarray(profile.values[first:last, index]))
        columns["stack"] = self._stacks(first, last)
        columns["labels"] = self._map(self._of_text, self._text, first, last)
        columns["number_labels"] = self._map(self._of_number, self._number, first, last)
        return columns

    def _stacks(self, first: int, last: int) -> Arrow:
        bounds = self._profile.stack_offsets[first : last + 1]
        location = self._profile.stack[bounds[0] : bounds[-1]]
        behind, rows = ranges(self._profile.locations.frame_offsets, location)
        offsets = behind[bounds - bounds[0]].astype(np.int32)
        return self._arrow.ListArray.from_arrays(offsets, self._frames.take(self._arrow.array(rows)))

    def _map(self, keys: "_Keys", values: Arrow, first: int, last: int) -> Arrow:
        """The values of each key of each sample; `values` has a row for each label of the profile."""
        arrow = self._arrow
        of_sample = np.searchsorted(keys.sample, np.arange(first, last + 1))
        begin, end = int(of_sample[0]), int(of_sample[-1])
        bounds = keys.offsets[begin : end + 1]
        rows = keys.rows[bounds[0] : bounds[-1]]
        lists = arrow.ListArray.from_arrays((bounds - bounds[0]).astype(np.int32), values.take(arrow.array(rows)))
        heads = self._key.take(arrow.array(keys.rows[bounds[:-1]]))
        return arrow.MapArray.from_arrays(arrow.array((of_sample - begin).astype(np.int32)), heads, lists)


@dataclass(frozen=True, eq=False, slots=True)
class _Keys:
    """The labels of a sort by sample and key, in columns that have a row for each key that a sample has: its labels are
    `rows[offsets[i]:offsets[i + 1]]`, rows of `Profile.labels`, in the order of the file.
    """

    sample: Int32
    offsets: Int64
    rows: Int64


def _keys(profile: Profile, chosen: Bool) -> _Keys:
    rows = np.flatnonzero(chosen)
    sample, key = profile.labels.sample[rows], profile.labels.key[rows]
    order = np.lexsort((key, sample))
    rows, sample, key = rows[order], sample[order], key[order]
    new = np.ones(len(rows), np.bool_)
    new[1:] = (sample[1:] != sample[:-1]) | (key[1:] != key[:-1])
    starts = np.flatnonzero(new)
    return _Keys(sample[starts], np.append(starts, len(rows)).astype(np.int64), rows)


def _frames(arrow: Arrow, profile: Profile) -> Arrow:
    """The struct of each row of `Profile.frames`."""
    found = nodes(profile, View(granularity=Granularity.LINES))
    of_frame, bounds = found.of_frame, profile.locations.frame_offsets
    location = np.repeat(np.arange(profile.n_locations), np.diff(bounds))
    inlined = np.ones(len(of_frame), np.bool_)
    inlined[bounds[1:] - 1] = False
    mapping = profile.locations.mapping[location]
    binary = np.where(mapping >= 0, np.append(profile.mappings.file, 0)[mapping], 0)
    line, address = found.lines[of_frame], profile.locations.address[location]
    columns = {
        "function": _texts(arrow, found.texts, found.names[of_frame]),
        "file": _texts(arrow, found.texts, found.files[of_frame]),
        "line": arrow.array(line, mask=line == 0),
        "inlined": arrow.array(inlined),
        "mapping": _texts(arrow, found.texts, binary),
        "address": arrow.array(address, mask=address == 0),
    }
    return arrow.StructArray.from_arrays(list(columns.values()), list(columns))


def _texts(arrow: Arrow, texts: Sequence[str], rows: Int32, *, required: bool = False) -> Arrow:
    """The texts of `rows`, as a dictionary of those that occur; null for the empty one, which is row 0.

    With `required` there are no nulls, as the keys of a map must not be.
    """
    distinct, number = np.unique(rows, return_inverse=True)
    known = [texts[row] for row in distinct.tolist()]
    return arrow.DictionaryArray.from_arrays(
        arrow.array(number.astype(np.int32), mask=None if required else rows == 0), arrow.array(known, arrow.string())
    )


def _metadata(profile: Profile, source: str, kind: str) -> dict[str, str]:
    """What is of the whole file: plain text, and JSON for what has parts.

    `goscope.sample_types` has for each value column, with its type and unit, the total that percentages are of, which
    is not the sum of the column where a filter left samples out, or values are negative.
    """
    about, columns = info(profile), value_columns(profile)
    types = [
        {"column": column, "type": each.type, "unit": each.unit, "total": total(profile, index)}
        for index, (column, each) in enumerate(zip(columns, profile.sample_types, strict=True))
    ]
    default = columns[sample_index(profile)] if columns else ""
    facts = {
        "version": _version(),
        "source": source,
        "program": about.program,
        "build_id": about.build_id,
        "kind": kind,
        "time_ns": str(profile.time_ns),
        "duration_ns": str(profile.duration_ns),
        "period_type": about.period_type.type,
        "period_unit": about.period_type.unit,
        "period": str(profile.period),
        "sample_types": json.dumps(types),
        "default_column": default,
        "comments": json.dumps(profile.comments),
        "doc_url": profile.doc_url,
    }
    return {f"goscope.{key}": value for key, value in facts.items()}


def _version() -> str:
    try:
        return version("goscope")
    except PackageNotFoundError:
        return ""
