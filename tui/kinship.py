"""Which captures are of the same program and time: what of a trace's there is to look at beside it.

NumPy and the decoders are imported by what needs them, away from the screen.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.catalogue import Entry, examined
from tui.opencapture import OpenCapture

if TYPE_CHECKING:
    from parsers.trace.model import Trace

ALLOCATORS = ("allocs", "heap")
# Captures further apart in time are not of the same moment.
_TOGETHER_NS = 15 * 60 * 10**9
# Files of a directory that are looked into for a profile.
_LOOKED = 500


@dataclass(frozen=True, slots=True)
class Kin:
    """What captures have in common: the program, "" where it is not known, and the time (ns since the epoch)."""

    program: str
    time_ns: int


def kin_of(trace: "Trace", path: Path) -> Kin:
    """The program and the time of a trace; where it does not tell the time, that of its file."""
    from analysis.traceinfo import trace_info

    try:
        written = path.stat().st_mtime_ns
    except OSError:
        written = 0
    return Kin(trace_info(trace).program, trace.wall_ns or written)


def nearest(entries: Iterable[Entry], wanted: Kin) -> Entry | None:
    """The profile of allocations of that program that was taken nearest to that time; None where there is none.

    Of which program a profile is, it may not tell: then one that does goes before it.
    """
    found = [each for each in _allocating(entries) if _same(_program(each), wanted.program)]

    def far(each: Entry) -> tuple[bool, int, bool]:
        assert each.summary is not None
        # What was allocated is the same in both kinds; of two of one time the one that is about that.
        other = each.summary.program != wanted.program
        return other, abs(each.time_ns - wanted.time_ns), each.summary.kind != ALLOCATORS[0]

    return min(found, key=far, default=None)


def look_around(directory: Path, known: Mapping[Path, Entry], wanted: Kin, budget: int | None) -> Entry | None:
    """The same among the files of a directory, of which those that are not known are looked into.

    A trace knows the directory of its main package, where a profile has the name of the executable: where there are
    profiles of one program alone, that is taken for it.
    """
    try:
        paths = sorted((path for path in directory.iterdir() if path not in known), key=_age(wanted.time_ns))
    except OSError:
        return None
    looked = (examined(path, budget=budget) for path in paths[:_LOOKED])
    entries = _allocating([*known.values(), *(entry for entry in looked if entry is not None)])
    programs = {_program(each) for each in entries}
    return nearest(entries, wanted) or (nearest(entries, Kin("", wanted.time_ns)) if len(programs) == 1 else None)


def _allocating(entries: Iterable[Entry]) -> list[Entry]:
    return [each for each in entries if each.summary is not None and each.summary.kind in ALLOCATORS]


def _program(entry: Entry) -> str:
    return entry.summary.program if entry.summary is not None else ""


def _age(time_ns: int) -> Callable[[Path], int]:
    def age(path: Path) -> int:
        try:
            return abs(path.stat().st_mtime_ns - time_ns)
        except OSError:
            return 1 << 62

    return age


def linked(one: OpenCapture, other: OpenCapture) -> bool:
    """Whether one is a trace and the other a profile, of the same program and about the same time."""
    if (one.trace is None) == (other.trace is None) or not (one.is_read and other.is_read):
        return False
    (name, time), (other_name, other_time) = _of(one), _of(other)
    together = not time or not other_time or abs(time - other_time) <= _TOGETHER_NS
    return together and _same(name, other_name)


def _of(capture: OpenCapture) -> tuple[str, int]:
    from analysis.info import info
    from analysis.traceinfo import trace_info

    if capture.trace is not None:
        return trace_info(capture.trace).program, capture.trace.wall_ns
    assert capture.profile is not None
    return info(capture.profile).program, capture.profile.time_ns


def _same(one: str, other: str) -> bool:
    """Whether two programs may be the same; a trace knows only where its main package lies."""
    return not one or not other or one == other
