"""Go execution traces: bytes in, columns out."""

from io import BytesIO
from typing import BinaryIO

from parsers.errors import ParseError, Progress, no_progress
from parsers.trace.assemble import assembled
from parsers.trace.batches import Frame, Index, index
from parsers.trace.block import Block
from parsers.trace.events import FIRST_EXPERIMENTAL, NEWEST
from parsers.trace.model import Generation, Trace
from parsers.trace.outline import TraceOutline, outline
from parsers.trace.reader import Reader

__all__ = ["PEAK_PER_BYTE", "Trace", "TraceOutline", "outline", "read_trace"]

# So much of a generation's events is read in the time that anyone waits for a first look.
_GLANCE = 6 << 20

PEAK_PER_BYTE = 10
"""What reading a trace and working on it takes at its peak, for each byte of it."""


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
    if isinstance(file, bytes):
        file = BytesIO(file)
    found = index(file)
    frames = _only_whole(found) if compat or latest else found.frames
    if latest:
        frames = [frames[-1].beginning(_GLANCE)]
    frames, left_out = _fitting(frames, budget)
    reader = Reader(file, found.size, found.frames[0], progress, compat=compat)
    blocks = reader.read(frames)
    generations = [_generation(found, frame, block) for frame, block in zip(frames, blocks, strict=True)]
    notes = [*left_out, *_notes(found, frames, generations, blocks, reader)]
    return assembled(reader, blocks, generations, notes, found.version)


def _only_whole(found: Index) -> list[Frame]:
    """The generations that are not being written any more; all, if there is none."""
    return [frame for frame in found.frames if found.is_closed(frame)] or found.frames


def _fitting(frames: list[Frame], budget: int | None) -> tuple[list[Frame], list[str]]:
    """The last generations that fit the budget, and in a sentence what was left out. Raises ParseError if none does."""
    if budget is None or (need := sum(frame.size for frame in frames) * PEAK_PER_BYTE) <= budget:
        return frames, []
    kept: list[Frame] = []
    for frame in reversed(frames):
        if sum(each.size for each in (frame, *kept)) * PEAK_PER_BYTE > budget:
            break
        kept.insert(0, frame)
    sizes = f"all of it takes {need >> 20} MB of memory, {budget >> 20} MB are allowed: see --max-memory"
    if not kept:
        raise ParseError(f"too large: {sizes}")
    return kept, [f"only the last {len(kept)} of {len(frames)} generations are read: {sizes}"]


def _generation(found: Index, frame: Frame, block: Block) -> Generation:
    complete = found.is_closed(frame) and block.whole and not frame.damaged and frame.until is None
    return Generation(frame.number, frame.size, block.n_events, block.start, block.end, complete)


def _notes(
    found: Index, frames: list[Frame], generations: list[Generation], blocks: list[Block], reader: Reader
) -> list[str]:
    """What is missing or not as it should be, a sentence each."""
    notes = []
    if found.version > NEWEST:
        notes.append(f"format go 1.{found.version} is newer than go 1.{NEWEST}, the newest that is known: read as that")
    if found.problem:
        notes.append(found.problem)
    for frame, generation, block in zip(frames, generations, blocks, strict=True):
        if block.damaged:
            batches = "a damaged batch was" if block.damaged == 1 else f"{block.damaged} damaged batches were"
            notes.append(f"generation {generation.number}: {batches} read in part")
        elif frame.until is not None:
            notes.append(f"only the beginning of generation {generation.number} has been read so far")
        elif not generation.complete:
            notes.append(f"generation {generation.number} is not finished: what it says is provisional")
    if skipped := int(reader.known.counts[FIRST_EXPERIMENTAL:].sum()):
        notes.append(f"{skipped} events of an experiment were skipped")
    return notes
