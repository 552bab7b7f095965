"""What following a directory costs: from a capture's landing to the screen, per key in a burst of them, and idle.

Among ten thousand other captures, through a pty as its user sees it.
"""

import os
import re
import sys
import time
from math import ceil
from pathlib import Path
from statistics import median

from analysis.units import label
from benchmarks.report import Budget
from tests.screen import Screen
from tests.tui.landing import heap

_OTHERS = 10_000
_LANDINGS = 50
_BURST, _BURST_SECONDS = 1000, 10
_IDLE_SECONDS = 20
_KEEP = 64
_TICKS = os.sysconf("SC_CLK_TCK")
_POSITION = re.compile(r"(\d+)/\d+$", re.MULTILINE)


def measure(folder: Path) -> list[Budget]:
    dumps = folder / "dumps"
    dumps.mkdir()
    print(f"writing {_OTHERS:,} captures …", flush=True)
    for at in range(_OTHERS):
        (dumps / f"heap.{at:05}.pb.gz").write_bytes(heap(at, leak=1000 + at))
    with _open(dumps) as screen:
        screen.wait_for(f"{_OTHERS:,} files")
        looked = time.monotonic()
        screen.send(b"g")
        screen.wait_for(re.compile(rf"heap +\S+ \S+ +{_OTHERS} "), deadline=300)
        looked = time.monotonic() - looked
        screen.send(b"\r")
        screen.wait_for("main.leak")
        screen.settle()
        idle, quiet = _idle(screen)
        renamed = [_landed(screen, dumps, _OTHERS + at, slowly=False) for at in range(_LANDINGS)]
        written = [_landed(screen, dumps, _OTHERS + _LANDINGS + at, slowly=True) for at in range(_LANDINGS)]
        before = _resident(screen)
        keys = _burst(screen, dumps, _OTHERS + 2 * _LANDINGS)
        grown = _resident(screen) - before
        last = _OTHERS + 2 * _LANDINGS + _BURST
        screen.send(b"0")
        screen.wait_for(re.compile(rf"heap +\S+ \S+ +{last} "))
    return [
        Budget(f"looking into {_OTHERS:,} captures", looked, 120, "s"),
        Budget("CPU while idle, of one", 100 * idle, 1, "%"),
        Budget("bytes while idle", quiet, 0, "B"),
        Budget(
            f"from a rename to the screen, among {_OTHERS:,}, median of {_LANDINGS}", 1000 * median(renamed), 500, "ms"
        ),
        Budget("from the end of a slow write to the screen, median", 1000 * median(written), 500, "ms"),
        Budget(
            f"a key while {_BURST / _BURST_SECONDS:.0f} land a second, 95th percentile", 1000 * _high(keys), 100, "ms"
        ),
        Budget(f"memory for {_BURST} captures more", grown / 1e6, _KEEP, "MB"),
    ]


def _open(path: Path) -> Screen:
    goscope = str(Path(sys.executable).with_name("goscope"))
    return Screen([goscope, str(path)], columns=120, lines=40)


def _idle(screen: Screen) -> tuple[float, float]:
    """The part of a core that is used while nothing happens, and the bytes that are sent."""
    used, sent = _cpu(screen), len(screen.raw)
    end = time.monotonic() + _IDLE_SECONDS
    while (left := end - time.monotonic()) > 0:
        screen.watch(left)
    return (_cpu(screen) - used) / _IDLE_SECONDS, len(screen.raw) - sent


def _landed(screen: Screen, dumps: Path, at: int, *, slowly: bool) -> float:
    """Seconds from a capture's last byte, or its renaming into place, to its weight on the screen."""
    data, path = heap(at, leak=_leak(at)), dumps / f"heap.{at:05}.pb.gz"
    if slowly:
        with path.open("wb", buffering=0) as file:
            for piece in range(5):
                file.write(data[len(data) * piece // 6 : len(data) * (piece + 1) // 6])
                screen.watch(0.05)
            file.write(data[len(data) * 5 // 6 :])
        landed = time.monotonic()
    else:
        beside = dumps / ".landing"
        beside.write_bytes(data)
        landed = time.monotonic()
        beside.rename(path)
    screen.wait_for(_weighing(at))
    seconds = time.monotonic() - landed
    screen.settle()
    return seconds


def _leak(at: int) -> int:
    """Bytes that a capture's main.leak has: other ones for each, as they are written."""
    return at * 20972


def _weighing(at: int) -> re.Pattern[str]:
    return re.compile(rf" {re.escape(label(_leak(at), 'bytes', 'MB'))} .* main\.leak")


def _burst(screen: Screen, dumps: Path, first: int) -> list[float]:
    """Seconds until keys were answered, by where the cursor is, while captures land."""
    answers: list[float] = []
    begun = time.monotonic()
    for at in range(_BURST):
        (dumps / f"heap.{first + at:05}.pb.gz").write_bytes(heap(first + at, leak=_leak(first + at)))
        if at % 10 == 0:
            here = _POSITION.search(screen.text)
            row = here[1] if here else "0"
            pressed = time.monotonic()
            screen.send(b"j" if row == "1" else b"k")
            screen.wait_for(re.compile(rf"(?m:(?<!\d)(?!{row}/)\d+/\d+$)"))
            answers.append(time.monotonic() - pressed)
        if (ahead := begun + (at + 1) * _BURST_SECONDS / _BURST - time.monotonic()) > 0:
            screen.watch(ahead)
    screen.wait_for(_weighing(first + _BURST - 1))
    screen.settle()
    return answers


def _high(times: list[float]) -> float:
    return sorted(times)[ceil(0.95 * len(times)) - 1]


def _cpu(screen: Screen) -> float:
    """Seconds of CPU that the process has used."""
    fields = Path(f"/proc/{screen.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident(screen: Screen) -> int:
    """Bytes of memory that the process has."""
    return int(Path(f"/proc/{screen.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
