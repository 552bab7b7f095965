"""What the screen costs: the time to the first complete one, and the bytes a key sends to the terminal."""

import sys
import time
from pathlib import Path
from statistics import median

from benchmarks import bigprofile
from benchmarks.report import Budget
from tests.screen import Screen

_RUNS = 5
_KEYS = 20


def measure(folder: Path) -> list[Budget]:
    ordinary, wide = folder / "ordinary.pb.gz", folder / "wide.pb.gz"
    print("writing a profile of 50,000 functions …", flush=True)
    bigprofile.write(ordinary, samples=1500, functions=1000)
    bigprofile.write(wide, samples=120_000, functions=50_000)
    start = median(_seconds_to_complete(ordinary) for _ in range(_RUNS))
    cursor, page, idle, first = _bytes(wide)
    return [
        Budget(f"first complete screen of {ordinary.stat().st_size >> 10} KB", start, 0.6, "s"),
        Budget("bytes for the first screen, 120x40", first, 30_000, "B"),
        Budget("bytes for a cursor key, 50,000 rows, 120x40", cursor, 800, "B"),
        Budget("bytes for a page, 50,000 rows, 120x40", page, 12_000, "B"),
        Budget("bytes while idle", idle, 0, "B"),
    ]


def _open(path: Path) -> Screen:
    goscope = str(Path(sys.executable).with_name("goscope"))
    return Screen([goscope, str(path)], columns=120, lines=40)


def _seconds_to_complete(path: Path) -> float:

    started = time.monotonic()
    with _open(path) as screen:
        screen.wait_for("Method0")
        return time.monotonic() - started


def _bytes(path: Path) -> tuple[float, float, float, float]:
    with _open(path) as screen:
        screen.wait_for("Method0")
        screen.settle()
        first = len(screen.raw)
        cursor = median(screen.bytes_of("down") for _ in range(_KEYS))
        page = median(screen.bytes_of("pgdn") for _ in range(_KEYS))
        before = len(screen.raw)
        screen.settle()
        return cursor, page, len(screen.raw) - before, first
