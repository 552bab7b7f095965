"""What there is in a directory: each file looked into once, so that it can be listed and put into its series.

NumPy and the decoders are imported when a file is looked into, for the screen is there before.
"""

import re
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from capture.beside import is_why, why_beside
from capture.listing import NO_FILE, why
from capture.open import CaptureError, may_be_capture, survey

if TYPE_CHECKING:
    from analysis.summary import Summary

# What captures are called: heap.pb.gz, cpu.pprof, mem.prof, trace.out, gateway.trace, and curl's `-o heap`.
_CALLED_SO = re.compile(
    r"(^|\.)(pb|pprof|prof|profile|trace|out|cpu|heap|mem|allocs|block|mutex|goroutine(leak)?|threadcreate)(\.gz)?$",
    re.IGNORECASE,
)


class FileState(StrEnum):
    """How far a file has got."""

    WAITING = "not read yet"
    COMPLETE = "complete"
    INCOMPLETE = "still being written"
    UNREADABLE = "unreadable"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, its version, and what it is; a `Member` for `analysis.series`.

    `reason` says in one sentence why it cannot be read, or what is missing of it. A trace that is still being written
    has a summary of what is there so far. `why` is what lies beside it of why it was taken, its first line a sentence.
    """

    path: Path
    size: int
    mtime_ns: int
    state: FileState
    reason: str = ""
    summary: "Summary | None" = None
    why: str = ""

    @property
    def version(self) -> tuple[int, int]:
        """What tells one state of the file from another, as `tui.shelf.version_of`."""
        return self.size, self.mtime_ns

    @property
    def time_ns(self) -> int:
        """When it was taken, or where it does not tell, written."""
        return (self.summary.time_ns if self.summary else 0) or self.mtime_ns

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def because(self) -> str:
        """Why it was taken, in one sentence; "" where nothing says."""
        return self.why.partition("\n")[0]


def examined(path: Path, *, budget: int | None = None, named: bool = False) -> Entry | None:
    """Look into one file; what is wrong with it, the entry says. `budget` bounds the memory that may take, in bytes.

    None for a file that was not `named` but found in a directory, and is no capture nor called like one: a README, a
    binary; and always for the text beside a capture that says why it was taken.
    """
    if is_why(path):
        return None
    try:
        about = path.stat()
    except OSError as error:
        return _failed(path, why(error))
    # A pipe in a directory would wait for whoever writes to it.
    if not named and not (stat.S_ISREG(about.st_mode) and (_CALLED_SO.search(path.name) or may_be_capture(path))):
        return None
    try:
        return _entry(path, about.st_size, about.st_mtime_ns, budget)
    except CaptureError as error:
        return _failed(path, error.reason, about.st_size, about.st_mtime_ns, incomplete=error.incomplete)
    except MemoryError:
        return _failed(path, "there is not enough memory for this", about.st_size, about.st_mtime_ns)


def _failed(path: Path, reason: str, size: int = 0, mtime_ns: int = 0, *, incomplete: bool = False) -> Entry:
    state = FileState.INCOMPLETE if incomplete else FileState.UNREADABLE
    return Entry(path, size, mtime_ns, FileState.GONE if reason == NO_FILE else state, reason)


def _entry(path: Path, size: int, mtime_ns: int, budget: int | None) -> Entry:
    from analysis.summary import summary, trace_summary
    from parsers.profile.model import Profile

    found, said = survey(path, budget=budget), why_beside(path)
    if isinstance(found, Profile):
        return Entry(path, size, mtime_ns, FileState.COMPLETE, summary=summary(found), why=said)
    state = FileState.INCOMPLETE if found.growing else FileState.COMPLETE
    return Entry(path, size, mtime_ns, state, found.problem, trace_summary(found), said)
