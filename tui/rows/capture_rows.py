"""Which captures the rows of Captures are: series, the captures of those that are open, and what is in none."""

from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from analysis.series import Series
from tui.catalogue import Entry
from tui.library import Library

LOOSE = -1


class _Row(NamedTuple):
    """A series by its number, or LOOSE; and which of its captures, None for the series itself."""

    series: int
    member: int | None


class CaptureRows:
    """The rows; `opened` are the series whose captures are listed, the newest first."""

    def __init__(self, library: Library, order: tuple[str, bool], opened: frozenset[Hashable]) -> None:
        self.library = library
        self.by, self.reverse = order
        self.opened = opened
        self.series = sorted(library.series, key=_SORTED_BY[self.by], reverse=self.reverse)
        self.loose = sorted(library.loose, key=lambda entry: (str(entry.state), str(entry.path)))
        self._several = _with_several_builds(self.series)
        self._rows = list(self._all())
        self._place = {identity: row for row, identity in enumerate(map(self._identity, self._rows))}

    def __len__(self) -> int:
        return len(self._rows)

    def _all(self) -> Iterator[_Row]:
        for number, series in enumerate(self.series):
            yield _Row(number, None)
            if series.key in self.opened:
                yield from (_Row(number, member) for member in reversed(range(len(series.members))))
        yield from (_Row(LOOSE, member) for member in range(len(self.loose)))

    def is_series(self, row: int) -> bool:
        return self._rows[row].member is None

    def is_open(self, row: int) -> bool:
        return self.key(row) in self.opened

    def series_at(self, row: int) -> "Series[Entry] | None":
        """The series of this row, or that this row's capture is in."""
        at = self._rows[row].series
        return None if at == LOOSE else self.series[at]

    def entry(self, row: int) -> Entry:
        """The capture of this row, of a series the newest."""
        at, member = self._rows[row]
        if at == LOOSE:
            assert member is not None
            return self.loose[member]
        return self.series[at].members[-1 if member is None else member]

    def path(self, row: int) -> Path:
        return self.entry(row).path

    def key(self, row: int) -> Hashable | None:
        """What names the series, None where there is none."""
        series = self.series_at(row)
        return None if series is None else series.key

    def build(self, row: int) -> str:
        """The build of the series, where there are several of its program; else ""."""
        series = self.series_at(row)
        return series.build_id if series is not None and series.title in self._several else ""

    def row_of_series(self, key: Hashable) -> int:
        return self._place[key, None]

    def identity(self, row: int) -> Hashable:
        """What a row is, whatever lands."""
        return self._identity(self._rows[row])

    def find(self, identity: Hashable) -> int | None:
        return self._place.get(identity)

    def _identity(self, row: _Row) -> Hashable:
        if row.series == LOOSE:
            assert row.member is not None
            return None, self.loose[row.member].path
        series = self.series[row.series]
        return series.key, None if row.member is None else series.members[row.member].path


def _with_several_builds(series: "Sequence[Series[Entry]]") -> frozenset[str]:
    """The programs of which there are several builds."""
    builds: dict[str, set[str]] = {}
    for each in series:
        builds.setdefault(each.title, set()).add(each.build_id)
    return frozenset(title for title, found in builds.items() if len(found - {""}) > 1)


def size_of(series: "Series[Entry]") -> int:
    return sum(entry.size for entry in series.members)


def _newest(series: "Series[Entry]") -> int:
    return series.members[-1].time_ns


# Names go up, what is large or new comes first; equals stand by their names.
_SORTED_BY = {
    "program": lambda each: (each.title, each.kind, str(each.key)),
    "kind": lambda each: (each.kind, each.title, str(each.key)),
    "newest": lambda each: (-_newest(each), each.title, str(each.key)),
    "count": lambda each: (-len(each.members), each.title, str(each.key)),
    "size": lambda each: (-size_of(each), each.title, str(each.key)),
}
