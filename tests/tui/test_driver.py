"""The demo in a real terminal: what the driver guards against, and what a key costs on the wire."""

import re
import signal
import sys
from collections.abc import Mapping

import pytest

from tests.screen import DEADLINE, Screen, check_golden

COMMAND = (sys.executable, "-m", "tests.tui.demo")
FIRST = "heavyCalculation"
RESTORED = b"\x1b[?1049l"
TRUECOLOR = {"COLORTERM": "truecolor"}
MODES: list[tuple[str, Mapping[str, str]]] = [
    ("truecolor", TRUECOLOR),
    ("256", {}),
    ("ansi", {"DEMO_THEME": "ansi-dark"}),
    ("none", {"NO_COLOR": "1"}),
    ("none-ansi", {"NO_COLOR": "1", "DEMO_THEME": "ansi-dark"}),
]
ALL_MODES = pytest.mark.parametrize("environ", [environ for _, environ in MODES], ids=[name for name, _ in MODES])


def demo(columns: int = 120, lines: int = 40, environ: Mapping[str, str] | None = None, **options: str) -> Screen:
    """Start the demo and wait for its first complete screen."""
    screen = Screen(COMMAND, columns=columns, lines=lines, environ=environ, **options)
    screen.wait_for(FIRST)
    screen.settle()
    return screen


def colour_codes(raw: bytearray) -> list[bytearray]:
    """Return the SGR sequences that hold a colour."""
    sequences = re.findall(rb"\x1b\[([\d;:]*)m", raw)
    return [s for s in sequences if any(30 <= int(p) <= 49 or 90 <= int(p) <= 107 for p in re.findall(rb"\d+", s))]


# What a key costs


@ALL_MODES
def test_wire_budget(environ: Mapping[str, str]) -> None:
    with demo(environ=environ) as screen:
        keys = [screen.bytes_of("down") for _ in range(6)] + [screen.bytes_of("up")]
        assert max(keys) <= 650
        assert screen.bytes_of("pgdn") <= 7_000
        assert screen.bytes_of("pgup") <= 7_000
        assert screen.bytes_of("end") <= 7_000
        assert len(screen.raw) <= 30_000


def test_idle_costs_nothing() -> None:
    with demo(environ=TRUECOLOR) as screen:
        before = len(screen.raw)
        with pytest.raises(AssertionError, match="no 'nothing'"):
            screen.wait_for("nothing", deadline=1.5)
        assert len(screen.raw) == before


def test_a_key_that_changes_nothing_costs_nothing() -> None:
    with demo() as screen:
        before = len(screen.raw)
        screen.send(b"\x1b[A")  # at the first row already
        screen.settle()
        assert len(screen.raw) == before
        screen.press("down")
        assert len(screen.raw) > before


def test_no_mouse_tracking_and_no_commands_to_the_terminal() -> None:
    with demo() as screen:
        screen.press("down", "pgdn", "end")
        assert not re.search(rb"\x1b\[\?100[0-3]h", screen.raw)
        assert not re.search(rb"\x1b[\]P^_]", screen.raw)


# What is on the screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_golden_screens(size: tuple[int, int], update_goldens: bool) -> None:
    with demo(*size) as screen:
        screen.press("down", "m")
        check_golden(f"demo-{size[0]}x{size[1]}", screen.display, update=update_goldens)


def test_golden_ascii(update_goldens: bool) -> None:
    with Screen((*COMMAND, "--ascii"), columns=80, lines=24) as screen:
        screen.wait_for(FIRST)
        screen.settle()
        check_golden("demo-ascii", screen.display, update=update_goldens)
        assert "…" not in screen.text and "▌" not in screen.text


def test_the_screen_is_the_same_after_many_keys_as_drawn_afresh() -> None:
    """What the wire leaves out must be on the screen already."""
    with demo(80, 24, TRUECOLOR) as screen:
        screen.press("down", "pgdn", "down", "right", "left", "end", "up", "home", "down", "down")
        after_keys = screen.display
        screen.resize(81, 24)
        screen.settle()
        screen.resize(80, 24)
        screen.settle()
        assert screen.display == after_keys


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"NO_COLOR": "1", **TRUECOLOR, "DEMO_THEME": "ansi-dark"}])
def test_no_color_sends_no_colours_and_still_shows_cursor_and_match(environ: Mapping[str, str]) -> None:
    with demo(environ=environ) as screen:
        screen.press("down", "m", "pgdn", "pgup")
        assert colour_codes(screen.raw) == []
        assert [screen.style_at(2 + row, 5).reverse for row in range(3)] == [False, True, False]
        column = screen.display[5].index("runtime.mallocgc")
        assert screen.style_at(5, column).underscore


def test_colours_are_sent_otherwise() -> None:
    with demo() as screen:
        assert colour_codes(screen.raw)


def test_characters_the_encoding_lacks_do_not_break_the_line() -> None:
    with demo(environ={"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}) as screen:
        assert "\\u" not in screen.text
        assert "? main.(*Cleaner)" not in screen.text  # the ASCII mark, not a Unicode one that failed
        screen.send(b"\x1b[200~" + "図ab".encode() + b"\x1b[201~")
        screen.wait_for("??ab")


# Size


def test_the_size_is_the_terminal_s_whatever_is_exported() -> None:
    with demo(100, 30, {"COLUMNS": "60", "LINES": "20"}) as screen:
        assert len(screen.display[1]) > 90
        assert "callers" in screen.display[29]
        screen.resize(80, 24)
        screen.wait_for(re.compile(r"callers\s*\Z"))
        screen.settle()
        assert "callers" in screen.display[23]


def test_the_size_is_asked_of_the_terminal_and_not_of_standard_output() -> None:
    with Screen(("sh", "-c", f"exec {' '.join(COMMAND)} > /dev/null"), columns=100, lines=30) as screen:
        screen.wait_for("callers")
        screen.press("down", "pgdn")
        assert [line for line, text in enumerate(screen.display) if "callers" in text] == [29]


# Input


@pytest.mark.parametrize("garbage", [b"\xff\xfe", b"\xc3", b"\x1b[M \xf0\x21", b"\x80" * 50], ids=repr)
def test_input_that_is_not_utf8_is_survived(garbage: bytes) -> None:
    with demo() as screen:
        screen.send(garbage)
        screen.settle()
        screen.press("end")
        screen.wait_for("50000/50000")


# Ending


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_restores_the_terminal(number: signal.Signals) -> None:
    with demo() as screen:
        screen.signal(number)
        assert screen.wait_ended() == 128 + number
        assert RESTORED in screen.raw
        assert b"\x1b[?25h" in screen.raw


def test_a_closed_terminal_ends_the_process() -> None:
    with demo() as screen:
        screen.hang_up()
        assert screen.wait_ended() in {128 + signal.SIGHUP, -signal.SIGHUP}


def test_even_without_a_signal() -> None:
    """As under nohup, or some ways of sudo: nothing tells but the end of input."""
    apart = (
        "import signal, subprocess, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
        # A demo that does not end is killed before the harness loses sight of it.
        f"sys.exit(subprocess.run({COMMAND!r}, start_new_session=True, timeout={DEADLINE / 2}).returncode)"
    )
    with Screen((sys.executable, "-c", apart)) as screen:
        screen.wait_for(FIRST)
        screen.settle()
        screen.hang_up()
        assert screen.wait_ended() == 128 + signal.SIGHUP


def test_quitting_is_success_and_restores_the_terminal() -> None:
    with demo() as screen:
        screen.send(b"q")
        assert screen.wait_ended() == 0
        assert RESTORED in screen.raw


def test_a_crash_is_an_exit_status() -> None:
    with demo() as screen:
        screen.send(b"x")
        assert screen.wait_ended() == 1
        assert RESTORED in screen.raw
