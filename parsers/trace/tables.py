"""The tables of a generation, strings and stacks, and the one table that all generations share.

Ids mean something within their generation only; here they become rows of `Trace.strings` and `Trace.stacks`, in which
everything stands once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from parsers.text import clean_all, clean_bytes
from parsers.trace.events import Ev
from parsers.trace.model import Int32, Int64, Stacks
from parsers.trace.wire import Body, read_varints
from parsers.varint import read_varint

# The runtime's limit (tracev2.MaxEventTrailerDataSize, MaxFramesPerStack); a longer string is damage.
_LONGEST_STRING = 1024
_DEEPEST_STACK = 128
# An id table with this much room for each id is looked up directly.
_SPARE = 8
REASON_IDS = 256
"""Reasons are among the strings that the runtime registers first, with ids below this."""

# What the runtime registers first in each generation, whatever its version: for one whose strings are still to come.
STABLE_STRINGS = {
    2: "GC (dedicated)",
    3: "GC (fractional)",
    4: "GC (idle)",
    5: "unspecified",
    6: "forever",
    7: "network",
    8: "select",
    9: "sync.(*Cond).Wait",
    10: "sync",
    11: "chan send",
    12: "chan receive",
    13: "GC mark assist wait for work",
    15: "system goroutine wait",
    16: "preempted",
    19: "sleep",
}


class Lookup:
    """Ids of one generation to rows: -1 for one that is not there."""

    def __init__(self, ids: Iterable[int], rows: Iterable[int]) -> None:
        self._ids = np.fromiter(ids, np.uint64).view(np.int64)
        self._rows = np.fromiter(rows, np.int32)
        order = np.argsort(self._ids, kind="stable")
        self._ids, self._rows = self._ids[order], self._rows[order]
        self._direct: Int32 | None = None
        if len(self._ids) and self._ids[0] >= 0 and self._ids[-1] < _SPARE * len(self._ids) + 4096:
            # The last place is that of all ids beyond.
            self._direct = np.full(int(self._ids[-1]) + 2, -1, np.int32)
            self._direct[self._ids] = self._rows

    def rows(self, ids: Int64) -> Int32:
        """int32 per id."""
        if self._direct is not None:
            last = len(self._direct) - 1
            inside = (ids >= 0) & (ids < last)
            return self._direct.take(np.where(inside, ids, last))
        if not len(self._ids):
            return np.full(len(ids), -1, np.int32)
        at = np.minimum(np.searchsorted(self._ids, ids), len(self._ids) - 1)
        return np.where(self._ids[at] == ids, self._rows[at], np.int32(-1))


@dataclass(frozen=True, eq=False, slots=True)
class Tables:
    """What one generation's ids mean: rows of the shared tables. `whole` tells that every stack's names are there.

    `reasons` are the strings with the lowest ids, which those that events give as reasons have.
    """

    strings: Lookup
    stacks: Lookup
    n_strings: int
    n_stacks: int
    whole: bool
    reasons: dict[int, str]


class Shared:
    """The strings and stacks of all generations, each once; row 0 of both is the empty one."""

    def __init__(self) -> None:
        self._strings: dict[str, int] = {"": 0}
        self._stacks: dict[bytes, int] = {b"": 0}
        self._frames: dict[tuple[int, int, int, int], int] = {}
        self._entry: list[int] = []

    def copy(self) -> "Shared":
        other = Shared()
        other._strings, other._stacks = self._strings.copy(), self._stacks.copy()
        other._frames, other._entry = self._frames.copy(), self._entry.copy()
        return other

    def read(self, strings: Sequence[Body], stacks: Sequence[Body]) -> Tables:
        """Take in the string and stack batches of a generation, as far as they can be read."""
        names, ok_names = _strings(strings)
        texts = dict(zip(names, clean_all(list(names.values())), strict=True))
        rows = (self._strings.setdefault(text, len(self._strings)) for text in texts.values())
        lookup = Lookup((0, *texts), (0, *rows))
        found, frames, ok_stacks = _stacks(stacks)
        known = self._frame_rows(frames, lookup)
        whole = ok_names and ok_stacks and (known is not None)
        stack_rows = self._stack_rows(found, known) if known is not None else [0] * len(found)
        return Tables(
            lookup,
            Lookup((0, *(id for id, _, _ in found)), (0, *stack_rows)),
            len(names),
            len(found),
            whole and bool(names),
            {id: text for id, text in texts.items() if 0 < id < REASON_IDS},
        )

    def strings(self) -> tuple[str, ...]:
        return tuple(self._strings)

    def entry_functions(self) -> Int32:
        """int32 per stack: the function of its outermost frame, 0 for none."""
        # The next generation's may be taken in meanwhile; frames are, before the stacks that they are in.
        stacks = list(self._stacks)
        functions = [function for _, function, _, _ in list(self._frames)]
        for key in stacks[len(self._entry) :]:
            self._entry.append(functions[np.frombuffer(key[-4:], np.int32)[0]] if key else 0)
        return np.array(self._entry, np.int32)

    def stacks(self) -> Stacks:
        """All of them."""
        rows = [np.frombuffer(key, np.int32) for key in self._stacks]
        columns = np.array(list(self._frames), np.uint64).reshape(-1, 4).T
        pc, function, file, line = (column.copy() for column in columns)
        return Stacks(
            np.cumsum([0, *map(len, rows)]),
            np.concatenate(rows) if rows else np.zeros(0, np.int32),
            pc,
            function.astype(np.int32),
            file.astype(np.int32),
            line.view(np.int64),
        )

    def _frame_rows(self, frames: Int64, strings: Lookup) -> Int32 | None:
        """int32 per row of (pc, function, file, line): its row among all frames; None where a string is missing."""
        if not len(frames):
            return np.zeros(0, np.int32)
        function, file = strings.rows(frames[:, 1]), strings.rows(frames[:, 2])
        if (function < 0).any() or (file < 0).any():
            return None
        frames = np.stack([frames[:, 0], function, file, frames[:, 3]], axis=1)
        _, first, place = np.unique(frames[:, 0], return_index=True, return_inverse=True)
        if not np.array_equal(frames[first][place], frames):  # one address, two meanings
            distinct, place = np.unique(frames, axis=0, return_inverse=True)
        else:
            distinct = frames[first]
        rows = [self._frames.setdefault(tuple(frame), len(self._frames)) for frame in distinct.view(np.uint64).tolist()]
        return np.array(rows, np.int32)[place.reshape(-1)]

    def _stack_rows(self, found: list[tuple[int, int, int]], frames: Int32) -> list[int]:
        table, raw, size = self._stacks, frames.tobytes(), frames.itemsize
        return [table.setdefault(raw[first * size : (first + depth) * size], len(table)) for _, first, depth in found]


def main_file(strings: Sequence[Body], stacks: Sequence[Body]) -> str:
    """The file of main.main, or where no stack has that, of any function of package main; "" for none."""
    names, _ = _strings(strings)
    _, frames, _ = _stacks(stacks)
    files = {names.get(function, b""): file for _, function, file, _ in frames.tolist()}
    mains = [name for name in files if name.startswith(b"main.")]
    file = files[b"main.main" if b"main.main" in files else mains[0]] if mains else 0
    return clean_bytes(names.get(file, b""))


def _strings(bodies: Sequence[Body]) -> tuple[dict[int, bytes], bool]:
    """Strings by id, and whether all batches could be read."""
    found: dict[int, bytes] = {}
    for body in bodies:
        raw, at = bytes(body), 1
        try:
            while at < len(raw):
                if raw[at] != Ev.String:
                    return found, False
                id, at = read_varint(raw, at + 1)
                length, at = read_varint(raw, at)
                if length > _LONGEST_STRING or at + length > len(raw):
                    return found, False
                found[id] = raw[at : at + length]
                at += length
        except ValueError:
            return found, False
    return found, True


def _stacks(bodies: Sequence[Body]) -> tuple[list[tuple[int, int, int]], Int64, bool]:
    """Stacks as (id, first frame, depth), the frames int64[n, 4], and whether all batches could be read."""
    found: list[tuple[int, int, int]] = []
    frames = [np.zeros((0, 4), np.int64)]
    first, whole = 0, True
    for body in bodies:
        values, complete = read_varints(body, 1)
        whole &= complete
        heads = values.tolist()
        at, taken = 0, np.zeros(len(heads), np.bool_)
        while at + 3 <= len(heads):
            kind, id, depth = heads[at : at + 3]
            if kind != Ev.Stack or not 0 <= depth <= _DEEPEST_STACK or at + 3 + 4 * depth > len(heads):
                break
            found.append((id & 0xFFFF_FFFF_FFFF_FFFF, first, depth))
            taken[at + 3 : at + 3 + 4 * depth] = True
            first += depth
            at += 3 + 4 * depth
        whole &= at == len(heads)
        frames.append(values[taken].reshape(-1, 4))
    return found, np.concatenate(frames), whole
