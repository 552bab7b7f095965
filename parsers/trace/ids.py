"""Numbers for ids: goroutines, Ps and threads are called by large numbers, columns want small ones."""

import numpy as np

from parsers.trace.model import Int32, Int64, UInt64

_PAGE = 1 << 16


class Ids:
    """Rows of ids, in the order they became known. A table in pages, because ids are dense in places and far apart."""

    def __init__(self) -> None:
        self._pages = np.zeros(0, np.int64)  # ascending
        self._slots = np.zeros(0, np.int64)  # the place of each page in the table
        self._table = np.zeros((0, _PAGE), np.int32)
        self._used = 0
        self._ids: list[Int64] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def ids(self) -> UInt64:
        """uint64 per row."""
        return np.concatenate([np.zeros(0, np.int64), *self._ids]).view(np.uint64)

    def known(self, ids: Int64) -> Int32:
        """int32 per id: its row, -1 for one that is not known."""
        if not len(self._pages) or not len(ids):
            return np.full(len(ids), -1, np.int32)
        page = ids >> 16
        at = np.searchsorted(self._pages, page)
        np.minimum(at, len(self._pages) - 1, out=at)
        there = self._pages.take(at) == page
        place = self._slots.take(at)
        place *= _PAGE
        place += ids & (_PAGE - 1)
        rows = self._table.reshape(-1).take(place)
        rows[~there] = -1
        return rows

    def rows(self, ids: Int64) -> Int32:
        """int32 per id: its row, a new one for an id that was not known; new ones are in ascending order."""
        rows = self.known(ids)
        if len(new := np.flatnonzero(rows < 0)):
            self._add(np.unique(ids[new]))
            rows[new] = self.known(ids[new])
        return rows

    def _add(self, ids: Int64) -> None:
        self._make_pages(np.setdiff1d(ids >> 16, self._pages))
        slot = self._slots[np.searchsorted(self._pages, ids >> 16)]
        self._table[slot, ids & (_PAGE - 1)] = np.arange(self._count, self._count + len(ids), dtype=np.int32)
        self._ids.append(ids)
        self._count += len(ids)

    def _make_pages(self, pages: Int64) -> None:
        need = self._used + len(pages)
        if need > len(self._table):
            table = np.full((max(need, 2 * len(self._table)), _PAGE), -1, np.int32)
            table[: self._used] = self._table[: self._used]
            self._table = table
        every = np.concatenate([self._pages, pages])
        order = np.argsort(every)
        self._slots = np.concatenate([self._slots, np.arange(self._used, need)])[order]
        self._pages = every[order]
        self._used = need
