"""goscope in a real terminal: what its screens look like, and what its keys cost on the wire."""

import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.screen import Screen, check_golden
from tests.tui.landing import heap, land
from tests.tui.running import CPU, HEAP, SAMPLES, TRACE

REPOSITORY = Path(__file__).parents[2]
SIZES = [(80, 24), (120, 40)]
CURSOR_BYTES = 800
PAGE_BYTES = 12_000
FIRST_BYTES = 30_000


def goscope(*paths: Path, size: tuple[int, int] = (120, 40), environ: Mapping[str, str] | None = None) -> Screen:
    """Goscope on `paths`, called from the repository, where it is noon in Greenwich."""
    command = f"cd '{REPOSITORY}' && exec '{sys.executable}' -m tui \"$@\""
    named = [str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path) for path in paths]
    columns, lines = size
    return Screen(
        ["sh", "-c", command, "sh", *named], columns=columns, lines=lines, environ={"TZ": "UTC", **(environ or {})}
    )


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
def test_screens_of_callers_filters_and_labels(size: tuple[int, int], update_goldens: bool) -> None:
    def golden(name: str) -> None:
        check_golden(f"{name}-{size[0]}x{size[1]}", screen.display, update=update_goldens)

    with goscope(CPU, size=size) as screen:
        screen.wait_for("sha256.blockSHANI")
        screen.press("j", "c")
        screen.wait_for("called by 1")
        screen.settle()
        golden("callers")
        screen.press("2", "#")
        screen.wait_for("endpoint")
        screen.settle()
        golden("labels")
        screen.press("j", "enter")
        screen.wait_for("-l endpoint")
        screen.press("f")
        screen.send(b"!^runtime\\.")
        screen.wait_for("functions: no stacks")
        screen.settle()
        golden("filter-typed")
        screen.press("enter")
        screen.wait_for("X ✕")
        screen.press("%")
        screen.wait_for("% of these")
        screen.settle()
        golden("filtered")


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


@pytest.mark.parametrize("size", SIZES)
def test_screens_of_a_directory(size: tuple[int, int], update_goldens: bool) -> None:
    def golden(name: str) -> None:
        check_golden(f"{name}-{size[0]}x{size[1]}", screen.display, update=update_goldens)

    with goscope(SAMPLES, size=size) as screen:
        screen.wait_for("13 series")
        screen.press("j", "j", "j", "j", "l")
        screen.settle()
        golden("captures")
        screen.press("b", "j", "enter")
        screen.wait_for("main.keepWorkspace")
        screen.press("[")
        screen.wait_for(re.compile(r"-\d+\.\d+MB"))
        screen.wait_for(re.compile(r"\A(?s:(?!.*•))"))  # what has changed is marked for a while
        screen.settle()
        golden("top-in-a-series")
        screen.press("D")
        golden("diff-top")
        screen.press("3")
        golden("diff-tree")


def test_standard_input_is_read_while_keys_come_from_the_terminal() -> None:
    command = f"cd '{REPOSITORY}' && cat '{CPU}' | '{sys.executable}' -m tui -"
    with Screen(["sh", "-c", command]) as screen:
        screen.wait_for("1/448")
        screen.press("j")
        screen.wait_for("2/448")
        screen.send(b"Q")
        assert screen.wait_ended() == 0


def test_a_capture_that_lands_is_on_the_screen_with_the_cursor_where_it_was(tmp_path: Path) -> None:
    for at in range(3):
        land(tmp_path / f"heap.{at}.pb.gz", heap(60 * at, leak=100 * (at + 1)))
    with goscope(tmp_path) as screen:
        screen.wait_for("1 series")
        screen.press("enter", "j")
        screen.wait_for(re.compile(r"300B.*main\.leak"))
        on = next(line for line in screen.display if line.startswith(" main."))
        land(tmp_path / "heap.3.pb.gz", heap(180, leak=900))
        screen.wait_for(re.compile(r"900B.*main\.leak"))
        screen.settle()
        assert next(line for line in screen.display if line.startswith(" main.")).split()[0] == on.split()[0]
        before = len(screen.raw)
        land(tmp_path / "heap.4.pb.gz", heap(240, leak=901))
        screen.wait_for(re.compile(r"901B.*main\.leak"))
        screen.settle()
        assert len(screen.raw) - before <= PAGE_BYTES


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
