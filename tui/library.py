"""Which captures there are, as far as they are known, and which file is to be looked into next.

Of a capture only its summary is kept. What lands is looked into first, then what is newest. Nothing here reads a file
or knows the screen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from pathlib import Path
from typing import TYPE_CHECKING

from tui.catalogue import Entry, FileState

if TYPE_CHECKING:
    from analysis.series import Series
    from capture.watch import Changes

# A file that grows is looked into again after so many times what that took.
_REST = 5.0


@dataclass(frozen=True, eq=False, slots=True)
class Library:
    """The captures as far as they are known: by path, in series, and those in none.

    `of` tells the series that a capture is in, and its place there. `waiting` have not been looked into yet; `problems`
    says what cannot be watched, a sentence each.
    """

    entries: Mapping[Path, Entry] = field(default_factory=dict)
    series: "tuple[Series[Entry], ...]" = ()
    loose: tuple[Entry, ...] = ()
    waiting: int = 0
    problems: tuple[str, ...] = ()
    of: "Mapping[Path, tuple[Series[Entry], int]]" = field(default_factory=dict)


class Register:
    """What is known of each file, and which is to be looked into next."""

    def __init__(self, named: Sequence[Path] = (), places: Sequence[Path] = ()) -> None:
        self._named = frozenset(named)
        self._places = frozenset(places)
        self._entries: dict[Path, Entry] = {}
        self._problems: tuple[str, ...] = ()
        self._queue: list[tuple[int, Path]] = []
        self._queued: set[Path] = set()
        self._resting: dict[Path, float] = {}
        self._may: dict[Path, float] = {}

    def take(self, changes: "Changes") -> None:
        """Files have come, changed or gone."""
        self._problems = changes.problems
        for path in changes.gone:
            self._entries.pop(path, None)
            self._queued.discard(path)
            self._resting.pop(path, None)
            self._may.pop(path, None)
        for found in changes.found:
            if found.path in self._places:
                continue  # a directory that is not there yet, of which there is a problem to tell
            if found.version is None:
                self._entries[found.path] = Entry(found.path, 0, 0, FileState.UNREADABLE, found.problem)
                continue
            if found.path not in self._entries:
                size, mtime_ns, _ = found.version
                self._entries[found.path] = Entry(found.path, size, mtime_ns, FileState.WAITING)
            if found.path not in self._queued:
                self._queued.add(found.path)
                heappush(self._queue, (-found.version.mtime_ns, found.path))

    def next(self, now: float) -> Path | None:
        """The file to look into now, None if there is none."""
        for path in [path for path, until in self._resting.items() if until <= now]:
            del self._resting[path]
            heappush(self._queue, (-self._entries[path].mtime_ns, path))
        while self._queue:
            _, path = heappop(self._queue)
            if path not in self._queued:
                continue
            if self._may.get(path, 0.0) > now:
                self._resting[path] = self._may[path]
                continue
            self._queued.discard(path)
            return path
        return None

    def rest(self, now: float) -> float | None:
        """How long until there is a file to look into, if nothing happens meanwhile; None for ever."""
        if self._queue:
            return 0.0
        return max(0.0, min(self._resting.values()) - now) if self._resting else None

    def named(self, path: Path) -> bool:
        """Whether the user named this very file."""
        return path in self._named

    def looked_into(self, path: Path, entry: Entry | None, now: float, took: float) -> None:
        """What was found; None for a file that is no capture."""
        if path not in self._entries:
            return  # gone meanwhile
        self._may[path] = now + _REST * took
        if entry is None:
            del self._entries[path]
        else:
            self._entries[path] = entry

    def library(self) -> Library:
        from analysis.series import series_of

        found = series_of(self._entries.values())
        return Library(
            entries=dict(self._entries),
            series=found.series,
            loose=tuple(each for each in found.loose if each.state is not FileState.WAITING),
            waiting=len(self._queued),
            problems=self._problems,
            of={member.path: (each, at) for each in found.series for at, member in enumerate(each.members)},
        )
