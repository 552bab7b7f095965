"""Go execution traces: bytes in, columns out."""

from typing import BinaryIO

from parsers.errors import Progress, no_progress
from parsers.trace.growing import PEAK_PER_BYTE, GrowingTrace
from parsers.trace.model import Trace
from parsers.trace.outline import TraceOutline, outline

__all__ = ["PEAK_PER_BYTE", "GrowingTrace", "Trace", "TraceOutline", "outline", "read_trace"]


def read_trace(
    file: BinaryIO | bytes,
    *,
    compat: bool = False,
    latest: bool = False,
    budget: int | None = None,
    progress: Progress = no_progress,
) -> Trace:
    """Read a runtime/trace file of format v2, as Go 1.22 and later write it.

    A file that is cut off or damaged gives what can be read, and `Trace.notes` says what is missing. `compat` gives the
    times of Go's own reader, and only what that takes in; `latest` reads the last generation alone that looks
    complete, or the beginning of a large one, for a first look; `budget` bounds the memory, in bytes: of a trace that
    takes more, the last generations that fit are read. Raises ParseError, with one sentence, where there is nothing to
    be read.
    """
    return GrowingTrace(compat=compat, latest=latest).read(file, budget=budget, progress=progress)
