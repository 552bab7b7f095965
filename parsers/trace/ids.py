"""Numbers for ids: goroutines, Ps and threads are called by large numbers, columns want small ones."""

from copy import copy
from threading import RLock

import numpy as np

from parsers.trace.model import Int32, Int64, UInt64

NONE = -1
_NEW = -2
_PAGE_BITS = 12
_PAGE = 1 << _PAGE_BITS
# A table with this many places more than it has ids is no good: damage, or malice, has strewn them about.
_SPARE = 64
_SMALL = 1 << 22


class Ids:
    """Rows of ids, in the order they became known.

    The rows stand in a table in pages, because ids are dense in places that are far apart; strewn ones are searched.
    One thread may ask while another adds.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._pages = np.zeros(0, np.int64)  # ascending
        self._slots = np.zeros(0, np.int64)  # the place of each page in the table
        self._table = np.zeros((0, _PAGE), np.int32)
        self._used = 0
        self._sorted: tuple[Int64, Int32] | None = None
        self._ids: list[Int64] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def copy(self) -> "Ids":
        """The same ids, to which others can be added."""
        other = copy(self)
        # All else is replaced when it changes.
        other._lock, other._ids, other._table = RLock(), self._ids.copy(), self._table[: self._used].copy()
        return other

    def ids(self) -> UInt64:
        """uint64 per row."""
        return np.concatenate([np.zeros(0, np.int64), *self._ids]).view(np.uint64)

    def known(self, ids: Int64) -> Int32:
        """int32 per id: its row, -1 for one that is not known, as the id -1 never is."""
        with self._lock:
            return self._known(ids)

    def _known(self, ids: Int64) -> Int32:
        if not self._count or not len(ids):
            return np.full(len(ids), NONE, np.int32)
        if self._sorted:
            every, rows = self._sorted
            at = np.minimum(np.searchsorted(every, ids), len(every) - 1)
            return np.where(every[at] == ids, rows[at], np.int32(NONE))
        page = ids >> _PAGE_BITS
        first = self._pages[0]
        in_a_row = self._pages[-1] - first == len(self._pages) - 1
        at = page - first if in_a_row else np.searchsorted(self._pages, page)
        place = self._slots.take(at, mode="clip")
        place <<= _PAGE_BITS
        place += ids & (_PAGE - 1)
        found = self._table.reshape(-1).take(place)
        there = self._pages.take(at, mode="clip") == page
        if not there.all():
            found[~there] = NONE
        return found

    def rows(self, ids: Int64) -> Int32:
        """int32 per id: its row, a new one for an id that was not known; -1 for the id -1."""
        with self._lock:
            rows = self._known(ids)
            new = np.flatnonzero(rows < 0)
            new = new[ids[new] != NONE]
            if len(new):
                self._add(ids[new])
                rows[new] = self._known(ids[new])
            return rows

    def _add(self, ids: Int64) -> None:
        """Give rows to ids that have none, in ascending order."""
        pages = np.setdiff1d(ids >> _PAGE_BITS, self._pages)
        if self._sorted or (self._used + len(pages)) * _PAGE > _SMALL + _SPARE * (self._count + len(ids)):
            self._append(np.unique(ids))
            every = self.ids().view(np.int64)
            order = np.argsort(every)
            self._sorted = every[order], order.astype(np.int32)
            return
        self._make(pages)
        touched = np.searchsorted(self._pages, ids >> _PAGE_BITS)
        self._table[self._slots[touched], ids & (_PAGE - 1)] = _NEW
        # A look through the pages in question is faster than a sort of what may be many times the same.
        at = np.flatnonzero(np.bincount(touched))
        page, place = np.nonzero(self._table[self._slots[at]] == _NEW)
        self._table[self._slots[at[page]], place] = np.arange(self._count, self._count + len(page))
        self._append((self._pages[at[page]] << _PAGE_BITS) + place)

    def _append(self, ids: Int64) -> None:
        self._ids.append(ids)
        self._count += len(ids)

    def _make(self, pages: Int64) -> None:
        """Make room for more pages."""
        need = self._used + len(pages)
        if need > len(self._table):
            table = np.full((max(need, 2 * len(self._table)), _PAGE), NONE, np.int32)
            table[: self._used] = self._table[: self._used]
            self._table = table
        every = np.concatenate([self._pages, pages])
        order = np.argsort(every)
        self._slots = np.concatenate([self._slots, np.arange(self._used, need)])[order]
        self._pages = every[order]
        self._used = need
