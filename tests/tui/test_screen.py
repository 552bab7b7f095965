"""goscope in a real terminal: what its screens look like, and what its keys cost on the wire."""

import signal
import sys
from pathlib import Path

import pytest

from tests.screen import Screen, check_golden
from tests.tui.running import CPU, HEAP, TRACE

REPOSITORY = Path(__file__).parents[2]
SIZES = [(80, 24), (120, 40)]
CURSOR_BYTES = 800
PAGE_BYTES = 12_000
FIRST_BYTES = 30_000


def goscope(*paths: Path, size: tuple[int, int] = (120, 40)) -> Screen:
    """Goscope on `paths`, called from the repository, where it is noon in Greenwich."""
    command = f"cd '{REPOSITORY}' && exec '{sys.executable}' -m tui \"$@\""
    named = [str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path) for path in paths]
    columns, lines = size
    return Screen(["sh", "-c", command, "sh", *named], columns=columns, lines=lines, environ={"TZ": "UTC"})


@pytest.mark.parametrize("size", SIZES)
def test_screens(size: tuple[int, int], update_goldens: bool) -> None:
    def golden(name: str) -> None:
        check_golden(f"{name}-{size[0]}x{size[1]}", screen.display, update=update_goldens)

    with goscope(CPU, HEAP, size=size) as screen:
        screen.wait_for("448")
        screen.settle()
        golden("top")
        screen.press("/")
        screen.send(b"heavyCalc")
        screen.wait_for("1/1")
        screen.settle()
        golden("search")
        screen.press("enter", "escape", "3")
        golden("tree")
        screen.press("i")
        golden("tree-inverted")
        screen.press("6")
        screen.wait_for("func (c *Cleaner) heavyCalculation")
        golden("source")
        screen.press("?")
        golden("help")
        screen.press("q", ":")
        screen.send(b"rows")
        screen.wait_for(":rows_")
        screen.wait_for("1/8")
        screen.settle()
        golden("palette")
        screen.press("escape", "J")
        screen.wait_for("main.keepWorkspace")
        screen.press("m")
        golden("heap-my-code")


@pytest.mark.parametrize("size", SIZES)
def test_screens_of_a_trace(size: tuple[int, int], update_goldens: bool) -> None:
    def golden(name: str) -> None:
        check_golden(f"{name}-{size[0]}x{size[1]}", screen.display, update=update_goldens)

    with goscope(TRACE, size=size) as screen:
        screen.wait_for("1/27")
        screen.settle()
        golden("goroutines")
        screen.press("j", "j", "l", "j")
        golden("goroutines-open")
        screen.press("2", "t")
        screen.wait_for("sched ▾")
        screen.settle()
        golden("top-of-a-trace")


def test_what_keys_cost() -> None:
    with goscope(CPU) as screen:
        screen.wait_for("448")
        screen.settle()
        assert len(screen.raw) <= FIRST_BYTES
        for pane in ("2", "3", "6"):
            if pane != "2":
                assert screen.bytes_of(pane) <= PAGE_BYTES
            assert max(screen.bytes_of(key) for key in ("down", "down", "up")) <= CURSOR_BYTES
        screen.press("2")
        assert screen.bytes_of("pgdn") <= PAGE_BYTES
        assert screen.bytes_of("?") <= PAGE_BYTES
        before = len(screen.raw)
        screen.settle()
        assert len(screen.raw) == before


def test_what_keys_cost_among_goroutines() -> None:
    with goscope(TRACE) as screen:
        screen.wait_for("1/27")
        screen.settle()
        assert len(screen.raw) <= FIRST_BYTES
        assert max(screen.bytes_of(key) for key in ("down", "down", "up")) <= CURSOR_BYTES
        for key in ("down", "l", "pgdn", "o"):
            assert screen.bytes_of(key) <= PAGE_BYTES
        assert max(screen.bytes_of(key) for key in ("down", "down", "up")) <= CURSOR_BYTES


def test_quitting_gives_the_terminal_back() -> None:
    with goscope(CPU) as screen:
        screen.wait_for("448")
        screen.send(b"Q")
        assert screen.wait_ended() == 0
        assert b"\x1b[?1049l" in screen.raw


def test_a_signal_gives_the_terminal_back() -> None:
    with goscope(CPU) as screen:
        screen.wait_for("448")
        screen.signal(signal.SIGTERM)
        assert screen.wait_ended() == 128 + signal.SIGTERM
        assert b"\x1b[?1049l" in screen.raw
