"""Captures from files, directories and standard input: which there are, and their bytes turned into a Profile or a
Trace.

Decoders, and NumPy with them, are imported when something is read: naming what there is to open waits for neither.
"""

import glob
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn, TypeVar

from capture.beside import is_why
from capture.listing import Look, listing, why
from capture.memory import PEAK_PER_BYTE, default_budget, give_back
from parsers.errors import ParseError, Progress, no_progress
from parsers.gunzip import MAGIC, gunzip
from parsers.sniff import TRACE, sniff
from parsers.text import clean

if TYPE_CHECKING:
    from parsers.profile.model import Profile
    from parsers.trace.growing import GrowingTrace
    from parsers.trace.model import Trace
    from parsers.trace.outline import TraceOutline

T = TypeVar("T")

STDIN = Path("-")
called: dict[Path, str] = {}
"""What copies of captures from elsewhere are called, rather than by their paths."""
_HEAD = 512
_PIECE = 1 << 20
# A trace up to this size is read before anyone misses it.
_QUICK = 8 << 20
# So much of a trace is read before what that took and left is given back.
_GIVE_BACK = 8 << 20


class CaptureError(Exception):
    """A capture that cannot be opened; the text is one sentence that starts with its name, `reason` is what follows it.

    `incomplete` tells that it may still be being written.
    """

    def __init__(self, path: Path, reason: str, *, incomplete: bool = False) -> None:
        super().__init__(f"{display_name(path)}: {reason}")
        self.reason = reason
        self.incomplete = incomplete

    @classmethod
    def of(cls, sentence: str, reason: str = "") -> "CaptureError":
        """An error about what has no path: the sentence is all of it."""
        error = cls.__new__(cls)
        Exception.__init__(error, sentence)
        error.reason, error.incomplete = reason or sentence, False
        return error

    def __reduce__(self) -> tuple[object, ...]:
        return CaptureError.of, (str(self), self.reason)


def display_name(path: Path) -> str:
    """The path as it may be shown: a file's name is as hostile as its contents."""
    if path in called:
        return called[path]
    return clean("standard input" if path == STDIN else os.fsencode(path).decode("utf-8", "backslashreplace"))


def captures(names: Iterable[str], *, recursive: bool = False) -> list[Path]:
    """The files that `names` stand for: files as they are, patterns expanded, and the captures in directories.

    Raises CaptureError for a directory without captures. A file that does not exist is for `read` to report.
    """
    found: list[Path] = []
    for name in names:
        inside = [path for path, named in _behind(name, recursive) if named or may_be_capture(path)]
        if not inside:
            raise CaptureError(Path(name), "a directory without a profile or trace in it")
        found += inside
    return found


def candidates(names: Iterable[str], *, recursive: bool = False) -> dict[Path, bool]:
    """All files that `names` stand for, whatever they are, and whether each was named itself and not by its directory.

    Raises CaptureError for a directory that cannot be looked into.
    """
    found: dict[Path, bool] = {}
    for path, named in (each for name in names for each in _behind(name, recursive)):
        found[path] = found.get(path, False) or named
    return found


def _behind(name: str, recursive: bool) -> list[tuple[Path, bool]]:
    """The files that one name stands for, and whether it names them: a directory does not, a pattern does."""
    path = Path(name)
    if path.is_dir():
        look = Look([name], recursive=recursive)
        if path in look.problems:
            raise CaptureError(path, look.problems[path])
        return [(each, False) for each in sorted(look.files())]
    if glob.has_magic(name) and not path.exists():
        found = sorted(each for each in listing([name], recursive=recursive) if not is_why(each))
        return [(each, True) for each in found or [path]]
    return [(path, True)]


def may_be_capture(path: Path) -> bool:
    """Whether a file found in a directory may be a capture, by its first bytes."""
    try:
        with path.open("rb") as file:
            head = _plain(file.read(_HEAD))
    except (OSError, zlib.error):
        return False
    return bool(head) and sniff(head) in (None, TRACE)


def _plain(head: bytes) -> bytes:
    """The first bytes of a file, decompressed if they are gzip; raises zlib.error."""
    return zlib.decompressobj(wbits=31).decompress(head) if head.startswith(MAGIC) else head


def read(path: Path, progress: Progress = no_progress, *, budget: int | None = None) -> "Profile":
    """Read the profile at `path` as `read_any` does; a trace is an error."""
    from parsers.trace.model import Trace

    capture = read_any(path, progress, budget=budget)
    if isinstance(capture, Trace):
        raise CaptureError(path, f"not a pprof profile but {TRACE}")
    return capture


def read_any(
    path: Path,
    progress: Progress = no_progress,
    *,
    budget: int | None = None,
    compat: bool = False,
    growing: "GrowingTrace | None" = None,
) -> "Profile | Trace":
    """Read the capture at `path`, or from standard input for "-"; `budget` bounds the memory it may take, in bytes.

    `compat` gives a trace the times of Go's own reader. `growing` is what reads the trace of a file that is neither
    compressed nor a pipe, in its own way: from read to read of the same path only what is new. Raises CaptureError with
    one sentence, and Cancelled when `progress` does.
    """
    budget = default_budget() if budget is None else budget

    def traced(source: BinaryIO | bytes, left: int) -> "Trace":
        if growing and not isinstance(source, bytes):
            return _giving_back(progress, lambda told: growing.read(source, budget=left, progress=told))
        return _trace(source, progress, left, compat=compat)

    return _opened(path, progress, budget, traced)


def survey(path: Path, *, budget: int | None = None) -> "Profile | TraceOutline":
    """What there is at `path`, as `read_any` reads it; of a trace no more than what its batches' headers tell."""
    from parsers.trace.outline import outline

    budget = default_budget() if budget is None else budget
    return _opened(path, no_progress, budget, lambda source, left: outline(source))


def _opened(path: Path, progress: Progress, budget: int, traced: Callable[[BinaryIO | bytes, int], T]) -> "Profile | T":
    """The profile at `path`, or what `traced` makes of a trace and of the memory that is left for it."""

    def parsed(data: bytes) -> "Profile | T":
        from parsers.profile import read_profile

        limit = budget // PEAK_PER_BYTE
        if not _is_trace(data[:_HEAD]):
            return read_profile(data, limit=limit, progress=progress)
        data = gunzip(data, limit, progress=progress) if data.startswith(MAGIC) else data
        return traced(data, max(budget - len(data), 0))

    try:
        if path == STDIN:
            return parsed(_piped(sys.stdin.buffer, budget))
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            # A pipe is what the shell's <(curl ...) gives; a device may never end.
            if stat.S_ISFIFO(about.st_mode):
                return parsed(_piped(file, budget))
            if not stat.S_ISREG(about.st_mode):
                raise ParseError("not a file")
            if _begins_trace(file):
                return traced(file, budget)
            if about.st_size > budget // PEAK_PER_BYTE:
                _refuse(budget)
            return parsed(file.read())
    except ParseError as error:
        raise CaptureError(path, str(error), incomplete=error.incomplete) from None
    except OSError as error:
        raise CaptureError(path, why(error)) from None


def glimpse(path: Path, progress: Progress = no_progress, *, budget: int | None = None) -> "Trace | None":
    """The last complete generation of a trace so large that reading it whole takes a while; None for all else.

    What is wrong with the file is left for `read_any` to say. Raises Cancelled when `progress` does.
    """
    try:
        if path == STDIN or not path.is_file() or path.stat().st_size <= _QUICK:
            return None
        with path.open("rb") as file:
            budget = default_budget() if budget is None else budget
            return _trace(file, progress, budget, latest=True) if _begins_trace(file) else None
    except (ParseError, OSError):
        return None


def _trace(source: BinaryIO | bytes, progress: Progress, budget: int, **how: bool) -> "Trace":
    from parsers.trace import read_trace

    return _giving_back(progress, lambda told: read_trace(source, budget=budget, progress=told, **how))


def _giving_back(progress: Progress, reading: Callable[[Progress], "Trace"]) -> "Trace":
    """What `reading` gives, which tells how far it is; memory that it needs no more is given back meanwhile."""
    given = 0

    def giving_back(done: int, total: int) -> None:
        nonlocal given
        progress(done, total)
        if done - given >= _GIVE_BACK or done == total:
            given = done
            give_back()

    give_back()
    trace = reading(giving_back)
    give_back()
    return trace


def _begins_trace(file: BinaryIO) -> bool:
    head = file.read(_HEAD)
    file.seek(0)
    return sniff(head) == TRACE


def _is_trace(head: bytes) -> bool:
    """Whether a capture that is a trace, or a compressed one, begins with `head`."""
    try:
        return sniff(_plain(head)) == TRACE
    except zlib.error:
        return False


def _piped(file: BinaryIO, budget: int) -> bytes:
    data = bytearray()
    while piece := file.read(_PIECE):
        data += piece
        if len(data) > budget // PEAK_PER_BYTE:
            _refuse(budget)
    return bytes(data)


def _refuse(budget: int) -> NoReturn:
    raise ParseError(
        f"more than {budget // PEAK_PER_BYTE >> 20} MB, which takes more than {budget >> 20} MB of memory to open: "
        "allow more with --max-memory"
    )
