"""A trace that grows by a generation at a time: what an update costs beside reading all of it."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import BinaryIO

from benchmarks.gotools import go
from benchmarks.measure import run
from benchmarks.report import Budget
from benchmarks.timeline import record
from capture.open import read_any
from parsers.trace import GrowingTrace, Trace
from parsers.trace.batches import index
from parsers.trace.source import Source

_SIZE = 60 << 20
_RUNS = 3


@dataclass(frozen=True, slots=True)
class Update:
    """A read of a trace that has grown to `size` bytes and so many events."""

    size: int
    events: int
    decoded: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.size / 1e6:5.1f} MB, {self.events / 1e6:4.1f} million events: "
            f"{self.decoded / 1e6:4.2f} million decoded, {1000 * self.seconds:5.0f} ms"
        )


def measure(folder: Path) -> list[Budget]:
    """What a growing trace costs; nothing where there is no Go to record one with."""
    if not go():
        return []
    path = record(folder, _SIZE)
    size = path.stat().st_size
    runs = [(grow(path), once(path)) for _ in range(_RUNS)]
    updates, whole = runs[0]
    print(*updates, f"all at once:\n{whole}", sep="\n")
    peak = run([sys.executable, "-m", "benchmarks.growing", str(path)]).peak
    path.unlink()
    return [
        Budget("a growing trace, events decoded by events", sum(each.decoded for each in updates) / whole.events, 1.0),
        Budget(
            "the longest update by a generation, by all at once",
            median(max(each.seconds for each in grown) / whole.seconds for grown, whole in runs),
            0.5,
        ),
        Budget("a growing trace, peak memory by its size", peak * 2**20 / size, 14.0),
    ]


def grow(path: Path) -> list[Update]:
    """Read a copy of the trace each time that a generation has been added to it."""
    growing = GrowingTrace()
    updates = []
    with TemporaryDirectory(dir=path.parent) as folder, path.open("rb") as source:
        copy = Path(folder) / path.name
        begin = 0
        for end in _ends(source):
            with copy.open("ab") as file:
                source.seek(begin)
                file.write(source.read(end - begin))
            begin = end
            updates.append(_timed(copy, growing))
    return updates


def once(path: Path) -> Update:
    """Read the trace as a whole."""
    return _timed(path, GrowingTrace())


def _timed(path: Path, growing: GrowingTrace) -> Update:
    started = time.monotonic()
    trace = read_any(path, growing=growing)
    seconds = time.monotonic() - started
    assert isinstance(trace, Trace)
    return Update(trace.size, sum(each.events for each in trace.generations), growing.events_decoded, seconds)


def _ends(file: BinaryIO) -> list[int]:
    """Where the generations of a trace end: with an event of one byte, behind the last batch."""
    last = [frame.batches[-1] for frame in index(Source(file)).frames]
    return [batch.offset + batch.size + 1 for batch in last]


if __name__ == "__main__":
    grow(Path(sys.argv[1]))
