"""What a flame graph costs: until it is there, and for each key, on a million samples as on a thousand."""

import sys
import time
from math import ceil
from pathlib import Path

from benchmarks import bigprofile
from benchmarks.report import Budget
from tests.screen import Screen

_SAMPLES = 1_000_000
# Nearly a second stack for each; and stacks that share most of their frames, whose tree has two million nodes.
_SHAPES = {"deep": {"depth": 40, "functions": 50_000}, "two million nodes": {"depth": 8, "functions": 300}}
# From the root and back; Backspace rather than Esc, of which a terminal cannot tell at once that it is alone.
_MOVES = ("G", "k", "j", "g")
_ZOOMS = ("j", "enter", "j", "enter", "\x7f", "\x7f", "g")
_ROUNDS = 6


def measure(folder: Path) -> list[Budget]:
    budgets: list[Budget] = []
    small = folder / "small.pb.gz"
    bigprofile.write(small, samples=1000, functions=300, depth=8)
    _, moves, zooms = _keys(small)
    print(f"{'a thousand samples':>20}: {_told(moves, zooms)}")
    for name, shape in _SHAPES.items():
        path = folder / "flame.pb.gz"
        print(f"writing a million samples, {name} …", flush=True)
        bigprofile.write(path, samples=_SAMPLES, **shape)
        first, moves, zooms = _keys(path)
        times = [seconds for seconds, _ in (*moves, *zooms)]
        print(f"{name:>20}: {first:.2f} s from the key to the first picture, {_told(moves, zooms)}")
        budgets += [
            Budget(f"flame, {name}: until it is there", first, 5.0, "s"),
            Budget(f"flame, {name}: a key, 95th percentile of {len(times)}", 1000 * _high(times), 50, "ms"),
            Budget(f"flame, {name}: bytes for a move, 120x40", max(size for _, size in moves), 1500, "B"),
        ]
    return budgets


def _keys(path: Path) -> tuple[float, list[tuple[float, int]], list[tuple[float, int]]]:
    """Seconds until the picture is there; of moves and of zooms, seconds to the last byte, and bytes."""
    goscope = str(Path(sys.executable).with_name("goscope"))
    with Screen([goscope, str(path)], columns=120, lines=40) as screen:
        screen.wait_for("Method0")
        screen.settle()
        pressed = time.monotonic()
        screen.send(b"4")
        screen.wait_for("root  100%")
        first = time.monotonic() - pressed
        screen.settle()
        screen.answer_to("g")
        moves = [screen.answer_to(key) for _ in range(_ROUNDS) for key in _MOVES]
        zooms = [screen.answer_to(key) for _ in range(_ROUNDS) for key in _ZOOMS]
    return first, moves, zooms


def _high(times: list[float]) -> float:
    return sorted(times)[ceil(0.95 * len(times)) - 1]


def _told(moves: list[tuple[float, int]], zooms: list[tuple[float, int]]) -> str:
    parts = []
    for name, keys in (("moves", moves), ("zooms", zooms)):
        times, sizes = [1000 * seconds for seconds, _ in keys], [size for _, size in keys]
        parts.append(
            f"{name}: median {sorted(times)[len(times) // 2]:.0f} ms, 95 % {_high(times):.0f} ms, most {max(sizes):,} B"
        )
    return "; ".join(parts)
