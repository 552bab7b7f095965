"""Nodes: what the rows of a report stand for at a granularity, numbered, and which node each frame belongs to."""

import posixpath
import re
from dataclasses import dataclass

import numpy as np

from analysis.memo import memo
from analysis.ownership import own_functions
from analysis.view import Granularity, View
from parsers.profile.model import Bool, Int32, Int64, Profile, UInt64

_UNCLEAN = re.compile(r"//|/\.\.?(/|$)|^\.\.?/|./$")


@dataclass(frozen=True, eq=False, slots=True)
class Nodes:
    """The distinct functions, lines, files or addresses of a profile under a view; the columns have a row per node.

    A node that nothing is known of but its binary has neither name nor file, and is called by `binary`.
    """

    of_frame: Int32  # node of each row of Profile.frames, -1 for a frame the view hides
    names: Int32  # rows of texts
    files: Int32
    binaries: Int32
    lines: Int64
    columns: Int64  # 0 but at addresses
    addresses: UInt64
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def name(self, node: int) -> str:
        return self.texts[int(self.names[node])]

    def file(self, node: int) -> str:
        return self.texts[int(self.files[node])]

    def line(self, node: int) -> int:
        return int(self.lines[node])

    def address(self, node: int) -> int:
        return int(self.addresses[node])

    def label(self, node: int) -> str:
        """The node as a report prints it: address, name and file:line, as far as the granularity has them."""
        address, name, file, line = self.address(node), self.name(node), self.file(node), self.line(node)
        parts = [f"{address:016x}"] if address else []
        if name:
            parts.append(name)
        if line:
            column = self.columns[node]
            parts.append(f"{file}:{line}:{column}" if column else f"{file}:{line}")
        elif file:
            parts.append(file)
        elif not name:
            binary = self.texts[self.binaries[node]]
            parts.append(f"[{posixpath.basename(binary)}]" if binary else "<unknown>")
        return " ".join(parts)

    def labels(self) -> list[str]:
        return [self.label(node) for node in range(len(self))]

    def title(self, node: int) -> str:
        """The shortest name that tells what the row stands for: the function, else what `label` says."""
        return self.name(node) or self.label(node)


def nodes(profile: Profile, view: View) -> Nodes:
    """The nodes of `profile` at `view`'s granularity, as google/pprof's graph.CreateNodes tells them apart.

    Where that keeps functions of one file apart at granularity files, because their first lines differ, there is
    one node.
    """
    return _nodes(profile, view.granularity, view.inlines, view.mine)


@memo
def _nodes(profile: Profile, granularity: Granularity, inlines: bool, mine: bool) -> Nodes:
    frames, locations = profile.frames, profile.locations
    n = len(frames.function)
    known = frames.function >= 0
    function = np.where(known, frames.function, 0)
    texts, file_rows = _clean_files(profile)
    nothing = np.zeros(n, np.int32)

    def of_function(column: Int32) -> Int32:
        return np.where(known, column[function], 0).astype(np.int32) if len(column) else nothing

    names = nothing if granularity is Granularity.FILES else of_function(profile.functions.name)
    files = nothing if granularity is Granularity.FUNCTIONS else of_function(file_rows)
    precise = granularity in (Granularity.LINES, Granularity.ADDRESSES)
    lines = frames.line if precise else np.zeros(n, np.int64)
    # The reference aggregates nothing at all at addresses, unless it has inlined calls to book elsewhere.
    exact = granularity is Granularity.ADDRESSES and inlines
    columns = frames.column if exact else np.zeros(n, np.int64)
    location = np.repeat(np.arange(profile.n_locations), np.diff(locations.frame_offsets))
    addresses = locations.address[location] if granularity is Granularity.ADDRESSES else np.zeros(n, np.uint64)
    mapping = locations.mapping[location]
    binaries = np.where((names == 0) & (files == 0) & (mapping >= 0), np.append(profile.mappings.file, 0)[mapping], 0)

    first, of_frame = distinct(names, files, binaries, lines, columns, addresses)
    of_frame[_hidden(profile, function, known, inlines=inlines, mine=mine)] = -1
    return Nodes(
        of_frame,
        names[first],
        files[first],
        binaries[first],
        lines[first],
        columns[first],
        addresses[first],
        texts,
    )


def _hidden(profile: Profile, function: Int32, known: Bool, *, inlines: bool, mine: bool) -> Bool:
    hidden = np.zeros(len(function), np.bool_)
    if not inlines:
        hidden[:] = True
        hidden[profile.locations.frame_offsets[1:] - 1] = False
    if mine:
        own = own_functions(profile)
        hidden |= ~(known & own[function]) if len(own) else True
    return hidden


def distinct(*columns: Int32 | Int64 | UInt64) -> tuple[Int64, Int32]:
    """Number the distinct rows: a row of each one, and int32 the number of every row."""
    code = np.zeros(len(columns[0]), np.int64)
    size = 1
    for column in columns:
        if not column.any():
            continue
        values, number = np.unique(column, return_inverse=True)
        if size * len(values) >= 1 << 62:
            known, code = np.unique(code, return_inverse=True)
            size = len(known)
        code = code * len(values) + number
        size *= len(values)
    _, first, number = np.unique(code, return_index=True, return_inverse=True)
    return first.astype(np.int64), number.astype(np.int32)


def _clean_files(profile: Profile) -> tuple[tuple[str, ...], Int32]:
    """The profile's strings with cleaned paths behind them, and the row of every function's cleaned file."""
    rows = profile.functions.filename.copy()
    texts = profile.strings
    unclean = [int(row) for row in np.unique(rows) if _UNCLEAN.search(texts[row])]
    if not unclean:
        return texts, rows
    places = {text: row for row, text in enumerate(texts)}
    for row in unclean:
        # Unlike Go, POSIX lets two leading slashes mean something.
        path = re.sub("^//", "/", posixpath.normpath(texts[row]))
        rows[profile.functions.filename == row] = places.setdefault(path, len(places))
    return tuple(places), rows
