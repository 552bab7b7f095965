"""A trace read once, or again and again while it is written: of what was there before, nothing is decoded twice.

Nothing can be added to a generation once the next one has begun. So what a read finds of those that are over, the next
one goes on from; the last one is read anew until it is over too, from where they left the state of everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from parsers.errors import ParseError, Progress, no_progress
from parsers.trace.assemble import assembled
from parsers.trace.batches import Frame, Index, index
from parsers.trace.block import Block
from parsers.trace.events import FIRST_EXPERIMENTAL, NEWEST
from parsers.trace.model import Generation, Trace
from parsers.trace.reader import Reader
from parsers.trace.source import Source

PEAK_PER_BYTE = 10
"""What reading a trace and working on it takes at its peak, for each byte of it."""

# So much of a generation's events is read in the time that anyone waits for a first look.
_GLANCE = 6 << 20
# So many bytes of a file, at its beginning and elsewhere, tell it from another one.
_MARK = 128


@dataclass(frozen=True, eq=False, slots=True)
class _Read:
    """What a read leaves for the next one.

    `frames` were read; the first of them, those that were over, gave `blocks`, and `reader` is where these leave off.
    `left_out` says what was not read, and `marks` are some of the file's bytes, by their places.
    """

    marks: list[tuple[int, bytes]]
    found: Index
    frames: list[Frame]
    left_out: list[str]
    reader: Reader
    blocks: list[Block]
    trace: Trace

    def is_of(self, source: Source) -> bool:
        """Whether a file is the one that was read, or goes on from it, as far as a few of its bytes tell."""
        return all(source.read(place, len(mark)) == mark for place, mark in self.marks)

    def is_all(self, found: Index, frames: list[Frame], left_out: list[str]) -> bool:
        """Whether this is all that these would give."""
        return (self.found.size, _numbers(self.frames), self.left_out) == (found.size, _numbers(frames), left_out)

    def begins(self, frames: list[Frame]) -> bool:
        """Whether the generations that were over are the first of these."""
        n = len(self.blocks)
        return n > 0 and _numbers(self.frames[:n]) == _numbers(frames[:n])


class GrowingTrace:
    """Reads a trace again and again while it is written.

    From read to read it keeps the last Trace, which whoever asked for that has as well, and what the trace's ranges,
    annotations, series and samples were made of. With the Trace before still there, a read takes about 12 bytes for
    each byte of the file at its peak.
    """

    def __init__(self, *, compat: bool = False, latest: bool = False) -> None:
        """`compat` and `latest` are those of `read_trace`."""
        self.events_decoded = 0
        """By the last read."""
        self.bytes_read = 0
        """Of the file, by the last read; the headers of batches are among them."""
        self._compat = compat
        self._latest = latest
        self._last: _Read | None = None

    def read(self, file: BinaryIO | bytes, *, budget: int | None = None, progress: Progress = no_progress) -> Trace:
        """The Trace of the file as it is now, as `read_trace` gives it; the same one where there is nothing new.

        Generations are decoded that are new, or were not over at the last read. All are when the file is another one
        than before, as its size, its first bytes or a few others show, or when another generation than before is the
        first that fits the budget. Raises ParseError, and what `progress` raises; the next read goes on all the same.
        """
        self.events_decoded = 0
        source = Source(file)
        try:
            last = self._last = self._last if self._last and self._last.is_of(source) else None
            found = index(source, last.found if last else None)
            frames, left_out = self._wanted(found, budget)
            if not last or not last.is_all(found, frames, left_out):
                last = self._last = self._read(source, found, frames, left_out, progress)
            return last.trace
        finally:
            self.bytes_read = source.bytes_read

    def _wanted(self, found: Index, budget: int | None) -> tuple[list[Frame], list[str]]:
        """The generations to be read, and in a sentence what is left out."""
        frames = _only_whole(found) if self._compat or self._latest else found.frames
        if self._latest:
            frames = [frames[-1].beginning(_GLANCE)]
        return _fitting(frames, budget)

    def _read(
        self, source: Source, found: Index, frames: list[Frame], left_out: list[str], progress: Progress
    ) -> _Read:
        """Read what the last read has not."""
        over = [frame for frame in frames if frame.number <= found.over and frame.until is None]
        last = self._last = self._last if self._last and self._last.begins(over) else None
        # Nobody sees how far this has come until all is read: it may be stopped at any time.
        reader = last.reader.copy() if last else Reader(found.frames[0].start, compat=self._compat)
        known = last.blocks if last else []
        blocks = [*known, *reader.read(source, over[len(known) :], progress)]
        open_ = frames[len(over) :]
        ahead = reader.copy() if open_ else reader
        every = [*blocks, *ahead.read(source, open_, progress)]
        progress(source.size, source.size)
        generations = [_generation(found, frame, block) for frame, block in zip(frames, every, strict=True)]
        notes = [*left_out, *_notes(found, frames, generations, every, ahead)]
        trace = assembled(ahead, every, generations, notes, found, last.trace if last else None, len(known))
        self.events_decoded = sum(block.n_events for block in every[len(known) :])
        return _Read(_marks(source, found), found, frames, left_out, reader, blocks, trace)


def _numbers(frames: Sequence[Frame]) -> list[int]:
    return [frame.number for frame in frames]


def _marks(source: Source, found: Index) -> list[tuple[int, bytes]]:
    """Bytes of the file's beginning, of its last generation that is over, and of its end."""
    over = [frame.batches[0].offset for frame in found.frames if frame.number <= found.over]
    places = (0, *over[-1:], max(source.size - _MARK, 0))
    return [(place, source.read(place, _MARK)) for place in places]


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
