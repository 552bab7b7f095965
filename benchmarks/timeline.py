"""What looking at a large trace costs: until there is something to see, per key while it loads, and on the Timeline."""

import os
import re
import subprocess
import sys
import time
from math import ceil
from pathlib import Path
from statistics import median

from benchmarks.gotools import build, go
from benchmarks.report import Budget
from tests.screen import Screen

_SIZE = 100 << 20
_RUNS = 3
_KEYS = 20
# Generations as long as a quarter of a second here are as large as those of a program that writes 8 MB a second.
_PERIOD = "traceadvanceperiod=250000000"
_GROUPS = "main.handle"
# Of the cursor, in the head of the table.
_POSITION = re.compile(r"(\d+)/\d+$", re.MULTILINE)
_LOADING = re.compile(r"so far, reading")
_LANES = re.compile(r"^ P0 ", re.MULTILINE)
_MOVES = ("l", "h", "j", "k", ".", ",")
_ZOOMS = ("+", "+", "d", "a", "+", "+", "d", "-", "-", "a")


def measure(folder: Path) -> list[Budget]:
    """What the screen costs on a trace; nothing where there is no Go to record one with."""
    if not go():
        return []
    path = record(folder)
    firsts, loading = zip(*(_first_looks(path) for _ in range(_RUNS)), strict=True)
    while_loading = [each for some in loading for each in some]
    moves, zooms = _timeline(path)
    times = [seconds for seconds, _ in (*moves, *zooms)]
    return [
        Budget(f"first picture of a trace of {path.stat().st_size / 1e6:.0f} MB", median(firsts), 1.5, "s"),
        Budget(
            f"a key while it loads, 95th percentile of {len(while_loading)}", 1000 * _high(while_loading), 100, "ms"
        ),
        Budget(f"a Timeline key, 95th percentile of {len(times)}", 1000 * _high(times), 50, "ms"),
        Budget("bytes for a move on the Timeline, 120x40", max(size for _, size in moves), 6000, "B"),
        Budget("bytes for a zoom or pan, 120x40, median", median(size for _, size in zooms), 12_000, "B"),
    ]


def record(folder: Path, size: int = _SIZE) -> Path:
    """Record a dense trace of about `size` bytes in generations of a few MB."""
    path = folder / f"generations-{size}.trace"
    print(f"recording a trace of {size >> 20} MB in short generations …", flush=True)
    environment = {**os.environ, "GODEBUG": _PERIOD}
    subprocess.run([build("dense", folder), path, str(size)], check=True, env=environment)
    return path


def _open(path: Path) -> Screen:
    goscope = str(Path(sys.executable).with_name("goscope"))
    return Screen([goscope, str(path)], columns=120, lines=40)


def _first_looks(path: Path) -> tuple[float, list[float]]:
    """Seconds to the first picture, and to the answers to keys that are pressed until all is read."""
    started = time.monotonic()
    with _open(path) as screen:
        screen.wait_for(_GROUPS)
        first = time.monotonic() - started
        answers = []
        while _LOADING.search(screen.text):
            answers.append(_moved(screen))
    return first, answers[:-1]  # The last one may have been answered by what comes when all is read.


def _moved(screen: Screen) -> float:
    """Seconds until the cursor has answered a key, by its position.

    Not until the last byte: what says how far the reading is comes in between.
    """
    here = _POSITION.search(screen.text)
    row = here[1] if here else "0"
    elsewhere = rf"(?m:(?<!\d)(?!{row}/)\d+/\d+$)"
    pressed = time.monotonic()
    screen.send(b"k" if row == "2" else b"j")
    screen.wait_for(re.compile(rf"{elsewhere}|\A(?!(?s:.*){_LOADING.pattern})"))
    return time.monotonic() - pressed


def _timeline(path: Path) -> tuple[list[tuple[float, int]], list[tuple[float, int]]]:
    """Of moves of the cursor, and of zooms and pans: seconds to the last byte, and bytes."""
    with _open(path) as screen:
        screen.wait_for(_GROUPS)
        while _LOADING.search(screen.text):
            screen.settle()
        screen.send(b"8")
        screen.wait_for(_LANES)
        screen.settle()
        zooms = [screen.answer_to(key) for _ in range(2) for key in _ZOOMS]
        moves = [screen.answer_to(key) for _ in range(_KEYS // len(_MOVES) + 1) for key in _MOVES]
    return moves, zooms


def _high(times: list[float]) -> float:
    """The 95th percentile, 0 of nothing."""
    return sorted(times)[ceil(0.95 * len(times)) - 1] if times else 0.0
