"""Series: captures of one kind from one program in the order of time, and how their totals go.

A series is found from what is kept of each capture; reading them, and what is on the screen, is for others. How single
functions go is `analysis.trend`'s.
"""

import math
import posixpath
import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

import numpy as np

from analysis.info import Kind
from analysis.summary import TRACE, Summary, sample_of
from parsers.profile.model import Int64
from parsers.recorded import recorded

# As many names as a directory is expected to hold, twice over.
_KNOWN_NAMES = 1 << 15
_ALLOCATED = ("alloc_objects", "alloc_space")
_HEX = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}"
# What one name of a series has and another has not: an identifier, which tells no order, a number, which does.
_VARYING = re.compile(rf"(?<![0-9a-z])(?:{_HEX})(?![0-9a-z])|(\d+)", re.IGNORECASE)


class Member(Protocol):
    """A capture as a series sees it: a path, when the file was written, and what is known of it, None for nothing."""

    @property
    def name(self) -> str: ...
    @property
    def mtime_ns(self) -> int: ...
    @property
    def summary(self) -> Summary | None: ...


M = TypeVar("M", bound=Member)


@dataclass(frozen=True, eq=False, slots=True)
class Series(Generic[M]):
    """Captures of one kind from one program, the oldest first; `key` tells them from all others.

    `title` is the program's name, and where that is not known the pattern that the names of the files follow; behind an
    @ stands the process that captures were recorded of, where they were of several. `delta`
    tells that each is of a stretch of time, though captures of the kind usually are not: what
    `/debug/pprof/heap?seconds=30` gives is the difference over that time.
    """

    key: Hashable
    kind: str
    program: str
    build_id: str
    title: str
    delta: bool
    members: tuple[M, ...]

    @property
    def summaries(self) -> list[Summary]:
        return [member.summary for member in self.members if member.summary]

    def is_cumulative(self, sample_type: str) -> bool:
        """Whether only the differences of its captures are of a time; see the function."""
        return is_cumulative(self.kind, sample_type) and not self.delta


@dataclass(frozen=True, eq=False, slots=True)
class Catalogue(Generic[M]):
    """All series, by title, kind and time; `loose` are captures of which nothing is known, by name."""

    series: tuple[Series[M], ...]
    loose: tuple[M, ...]


def series_of(members: Iterable[M]) -> Catalogue[M]:
    """Group captures into series.

    What makes a series is the build id, where there is none the main binary's name, where there is neither the folder
    and the pattern of the name; and with it the kind, the sample types, and the process that `goscope record` took
    them of.

    Its order is that of the times inside the captures. Where no capture of it has one, it is that of the numbers in the
    files' names (heap.2 before heap.10), then that of when the files were written. Where some have one, those without
    stand at the time when they were written, the only one of theirs that is a time as well.
    """
    found: dict[Hashable, list[M]] = {}
    loose: list[M] = []
    for member in members:
        if member.summary:
            found.setdefault(_key(member.name, member.summary), []).append(member)
        else:
            loose.append(member)
    every = [_series(key, group) for key, group in found.items()]
    processes = {(each.program, _process(each.members[-1].name)) for each in every}
    several = [program for program, _ in processes]
    every = [_of_one(each) if several.count(each.program) > 1 else each for each in every]
    every.sort(key=_place)
    return Catalogue(tuple(every), tuple(sorted(loose, key=lambda member: (_numbers(member.name), member.name))))


def _key(name: str, capture: Summary) -> Hashable:
    origin = capture.build_id or capture.program
    types = tuple((each.type, each.unit) for each in capture.sample_types)
    return origin or _pattern(name), bool(origin), capture.kind, _is_delta(capture), types, _process(name)


@lru_cache(_KNOWN_NAMES)
def _process(path: str) -> str:
    """The process that a recorded capture is of; "" for others."""
    found = recorded(posixpath.basename(path))
    return found.process if found else ""


def _of_one(series: Series[M]) -> Series[M]:
    """The same with its process in the title."""
    process = _process(series.members[-1].name)
    return replace(series, title=f"{series.title}@{process}") if process and series.program else series


def _series(key: Hashable, group: list[M]) -> Series[M]:
    timed = any(member.summary and member.summary.time_ns for member in group)
    group.sort(key=lambda each: (_time(each) if timed else 0, _numbers(each.name), each.mtime_ns, each.name))
    newest = group[-1]
    assert newest.summary
    about = newest.summary
    title = about.program or about.build_id or _pattern(newest.name)
    return Series(key, about.kind, about.program, about.build_id, title, _is_delta(about), tuple(group))


def _place(series: Series[M]) -> tuple[str, str, bool, int, str]:
    first = series.members[0]
    return series.title, series.kind, series.delta, _time(first), first.name


def _time(member: Member) -> int:
    return member.summary.time_ns if member.summary and member.summary.time_ns else member.mtime_ns


@lru_cache(_KNOWN_NAMES)
def _pattern(path: str) -> str:
    """The path with everything out of its last part that tells one capture of a series from another."""
    folder, name = posixpath.split(path)
    return posixpath.join(folder, re.sub(r"#([-_:.TZ]?#)*", "#", _VARYING.sub("#", name)))


@lru_cache(_KNOWN_NAMES)
def _numbers(path: str) -> tuple[tuple[str, int], ...]:
    """A name as it is sorted: text, and a number behind it. What tells no order is left out."""
    name = posixpath.basename(path)
    parts, at = [], 0
    for match in _VARYING.finditer(name):
        parts.append((name[at : match.start()], int(match[1]) if match[1] else 0))
        at = match.end()
    return (*parts, (name[at:], 0))


def _is_delta(capture: Summary) -> bool:
    """Whether it is a difference over a stretch of time: only of these do both profiles say how long that was.

    The runtime writes a duration into CPU profiles alone (runtime/pprof, profileBuilder.build), net/http/pprof one into
    what it was asked for with `?seconds=` (collectProfile).
    """
    return capture.duration_ns > 0 and capture.kind not in (Kind.CPU, Kind.OTHER, TRACE)


def is_cumulative(kind: str, sample_type: str) -> bool:
    """Whether values are counted since the program's start, so that only the difference of two captures is of a time.

    So are allocations (runtime.MemProfileRecord), and what block and mutex profiles count (runtime.BlockProfileRecord).
    What is in use, goroutines and threads are a state: the runtime forgets a thread when it ends (runtime.mexit). CPU
    profiles and traces are of a stretch of time to begin with.
    """
    if kind in (Kind.HEAP, Kind.ALLOCS):
        return sample_type in _ALLOCATED
    return kind in (Kind.BLOCK, Kind.MUTEX)


def differences(values: Int64, totals: Int64) -> Int64:
    """int64[..., n - 1]: what each capture has more than the one before, of int64[..., n] of cumulative `values`.

    Where the `totals` (int64[n]) of the captures fall, the program was started again, and all that the capture has came
    since.
    """
    anew = totals[1:] < totals[:-1]
    return np.where(anew, values[..., 1:], values[..., 1:] - values[..., :-1])


@dataclass(frozen=True, eq=False, slots=True)
class Totals:
    """How the total of a sample type goes: int64[n] of `times`, in nanoseconds since the Unix epoch, and `values`.

    They are those of the series' captures, in its order. With `differences`, a value is what has come since the capture
    before, and the first capture has none. Times are 0 where captures do not tell.
    """

    sample: str
    unit: str
    times: Int64
    values: Int64
    differences: bool

    def __len__(self) -> int:
        return len(self.values)


def totals(series: Series[M], sample: str = "") -> Totals:
    """How the total of `sample` (see `analysis.samples.chosen`) goes. Raises ViewError where there is none such."""
    every = series.summaries
    index = sample_of(every[-1], sample)
    about = every[-1].sample_types[index]
    times = np.array([capture.time_ns for capture in every], np.int64)
    values = np.array([capture.sample_types[index].total for capture in every], np.int64)
    if counted := series.is_cumulative(about.type):
        times, values = times[1:], differences(values, values)
    return Totals(about.type, about.unit, times, values, counted)


def sparkline(values: Sequence[int], width: int, levels: int = 8) -> list[int]:
    """At most `width` levels, 0 to `levels` - 1, one for each value, or for the greatest of each few where there are
    more.

    The lowest level is 0, or the least value where that is below; whatever is more than that is at least level 1.
    """
    n = min(len(values), width)
    edges = [len(values) * i // n for i in range(n + 1)] if n else [0]
    tops = [max(values[first:last]) for first, last in pairwise(edges)]
    low, high = min([0, *tops]), max([0, *tops])
    return [math.ceil((value - low) * (levels - 1) / (high - low)) if value > low else 0 for value in tops]
