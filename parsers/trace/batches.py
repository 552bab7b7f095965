"""Where the batches of a trace lie: its frame, read from headers alone.

A file that ends too early or is damaged gives the batches before that place, and one that has grown since only its
new ones have to be looked for. What batches hold is for others to know.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from itertools import accumulate

from parsers.errors import ParseError
from parsers.trace.events import Ev
from parsers.trace.source import Source
from parsers.varint import read_varint

HEADER = 16
END_EVENT_SINCE = 26
"""The format from which on an event ends each generation; before, the next one's first batch does."""
SYNC_SINCE = 25
"""The format from which on clocks are told in a Sync batch instead of one of Frequency."""
_FIRST_V2 = 22
# Type, experiment, and four varints of at most ten bytes.
_LONGEST_HEADER = 42
# The runtime's limit (tracev2.MaxBatchSize).
_LARGEST = 64 << 10
NO_THREAD = (1 << 64) - 1
_PIECE = 1 << 20
# A batch's header, as the runtime writes it: it pads the size to ten bytes.
_HEADER = re.compile(rb"\x01(?:[\x80-\xff]{0,9}[\x00-\x7f]){3}[\x80-\xff]{9}\x00")


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch; its body is `size` bytes from `offset` on and begins with the byte `kind`, -1 if it is empty."""

    generation: int
    thread: int
    time: int  # in the clock's units
    offset: int
    size: int
    kind: int
    experimental: bool = False


@dataclass(slots=True)
class Frame:
    """The batches of one generation; `closed` tells that nothing more can come.

    Where only its beginning is wanted, `until` is when that ends, in the clock's units.
    """

    number: int
    batches: list[Batch] = field(default_factory=list)
    closed: bool = False
    ended: bool = False  # by an EndOfGeneration event
    damaged: bool = False
    until: int | None = None

    @property
    def size(self) -> int:
        return sum(batch.size for batch in self.batches)

    @property
    def start(self) -> int:
        """The time of the first batch, in the clock's units."""
        return min((batch.time for batch in self.batches), default=0)

    def beginning(self, size: int) -> "Frame":
        """So much of the generation as about `size` bytes of its threads' events tell of, from its start on."""
        told = sorted((batch for batch in self.batches if batch.thread != NO_THREAD), key=lambda batch: batch.time)
        ends = list(accumulate(batch.size for batch in told))
        if not ends or ends[-1] <= size:
            return self
        until = max(told[bisect_right(ends, size)].time, self.start + 1)
        kept = [batch for batch in self.batches if batch.thread == NO_THREAD or batch.time < until]
        return replace(self, batches=kept, until=until)


@dataclass(slots=True)
class Index:
    """All generations of a file of `size` bytes, and in a sentence what is wrong with it.

    Where a longer file may tell otherwise of something, `sure` is what was found before that.
    """

    version: int
    size: int
    frames: list[Frame] = field(default_factory=list)
    problem: str = ""
    cut: bool = False  # the file ends too early, and may still be being written
    end: int = HEADER  # of what was looked through
    sure: "Index | None" = None

    def is_closed(self, frame: Frame) -> bool:
        """Whether a generation can be whole: before Go 1.26 nothing marks the last one's end but that all is there."""
        tables = {Ev.Strings, Ev.Sync if self.version >= SYNC_SINCE else Ev.Frequency}
        return frame.closed or (self.version < END_EVENT_SINCE and tables <= {batch.kind for batch in frame.batches})

    @property
    def over(self) -> int:
        """The number of the last generation that nothing can be added to, however the file grows; 0 for none."""
        frames = (self.sure or self).frames
        return max((frame.number for frame in frames if frame is not frames[-1] or frame.ended), default=0)

    def copy(self) -> "Index":
        """One that can be added to by itself: to all generations but the last one, nothing is."""
        last = [replace(frame, batches=[*frame.batches]) for frame in self.frames[-1:]]
        return replace(self, frames=[*self.frames[:-1], *last])


class _CutError(ValueError):
    def __init__(self, size: int) -> None:
        super().__init__(f"truncated after {size} bytes (still being written?)")


def index(source: Source, so_far: Index | None = None) -> Index:
    """Find the batches of a trace of format v2. Raises ParseError for what is none, and where there is not one batch.

    Behind damage it goes on with the next batch that can be made out. `so_far` is the index of the same file when it
    was shorter: only what is behind that is looked through then.
    """
    if so_far:
        found = (so_far.sure or so_far).copy()
        found.size = source.size
    else:
        found = Index(_version(source.read(0, HEADER), source.size), source.size)
    while found.end < found.size:
        at = found.end
        try:
            batch = _batch(source.read(at, _LONGEST_HEADER), at, found.size)
            _add(found, batch)
        except ValueError as error:
            further, sure = _next_batch(source, at + 1, found)
            cut = isinstance(error, _CutError)
            if cut or not sure:
                found.sure = found.sure or found.copy()
            found.problem = found.problem or (
                f"damaged at byte {at}: {further - at} bytes skipped" if further else str(error)
            )
            found.cut = not further and cut
            if found.frames:
                found.frames[-1].damaged |= not found.cut
            found.end = further or found.size
        else:
            found.end = batch.offset + batch.size if batch else at + 1
    if not found.frames:
        problem = found.problem or "nothing follows its header (still being written?)"
        raise ParseError(f"a trace without events: {problem}", incomplete=found.cut or not found.problem)
    return found


def _next_batch(source: Source, at: int, found: Index) -> tuple[int, bool]:
    """The next place where a batch begins that may follow what was found, 0 for none; and whether that is sure.

    It is not if in a longer file one may begin before.
    """
    last = found.frames[-1].number if found.frames else 0
    sure = True
    while at < found.size:
        piece = source.read(at, _PIECE)
        for match in _HEADER.finditer(piece):
            place = at + match.start()
            try:
                batch = _batch(piece[match.start() : match.start() + _LONGEST_HEADER], place, found.size)
            except _CutError:
                sure = False
                continue
            except ValueError:
                continue
            if batch and last <= batch.generation <= last + 2:
                return place, sure
        at += max(len(piece) - _LONGEST_HEADER, 1)
    return 0, False


def _version(header: bytes, size: int) -> int:
    """The format's number. Raises ParseError."""
    match = re.fullmatch(rb"go 1\.(\d{1,4}) trace\0*", header)
    if not match or len(header) < HEADER:
        if size == 0:
            raise ParseError("empty file (still being written?)", incomplete=True)
        if b"go 1.".startswith(header[:5]) and size < HEADER:
            raise ParseError(f"truncated trace after {size} bytes (still being written?)", incomplete=True)
        raise ParseError("not a Go execution trace")
    version = int(match[1])
    if version < _FIRST_V2:
        raise ParseError(
            f"a Go execution trace in the format of Go 1.{version}: goscope reads those that Go 1.22 and later write"
        )
    return version


def _batch(head: bytes, at: int, size: int) -> Batch | None:
    """The batch whose header `head` begins with; None for the event that ends a generation. Raises ValueError."""
    if head[0] == Ev.EndOfGeneration:
        return None
    experimental = head[0] == Ev.ExperimentalBatch
    if head[0] != Ev.EventBatch and not experimental:
        raise ValueError(f"damaged at byte {at}: no batch of events begins there; what follows was not read")
    place = 2 if experimental else 1
    impossible = f"damaged at byte {at}: a batch that cannot be; what follows was not read"
    values = []
    for _ in range(4):
        try:
            value, place = read_varint(head, place)
        except ValueError:
            raise _CutError(size) if len(head) < _LONGEST_HEADER else ValueError(impossible) from None
        values.append(value)
    generation, thread, time, length = values
    if length > _LARGEST or not generation:
        raise ValueError(impossible)
    if at + place + length > size:
        raise _CutError(size)
    kind = head[place] if length and place < len(head) else -1
    return Batch(generation, thread, time, at + place, length, kind, experimental)


def _add(found: Index, batch: Batch | None) -> None:
    """Put a batch into its generation. Raises ValueError where generations are out of order."""
    frames = found.frames
    if batch is None:
        if frames:
            frames[-1].closed = frames[-1].ended = True
        return
    if not frames or frames[-1].ended or batch.generation != frames[-1].number:
        if frames:
            if batch.generation <= frames[-1].number:
                raise ValueError("damaged: its generations are out of order; what follows was not read")
            frames[-1].closed |= found.version < END_EVENT_SINCE
        frames.append(Frame(batch.generation))
    frames[-1].batches.append(batch)
