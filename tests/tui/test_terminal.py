"""What is settled before Textual is imported."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.screen import Screen
from tui import glyphs, terminal
from tui.terminal import prepare, terminal_problem


@pytest.fixture(autouse=True)
def unicode_again() -> Iterator[None]:
    yield
    glyphs.use(ascii=False)


def colours(**environ: str) -> tuple[str, str]:
    """Return the colours decided, and what Textual is told."""
    decided = prepare(environ, lean=None)
    return decided.colours, environ["TEXTUAL_COLOR_SYSTEM"]


def test_colours() -> None:
    assert colours(TERM="xterm-256color", COLORTERM="truecolor") == ("truecolor", "truecolor")
    assert colours(TERM="xterm-256color") == ("256", "256")
    assert colours(TERM="tmux-256color") == ("256", "256")
    assert colours(TERM="xterm") == ("16", "standard")
    assert colours(TERM="linux") == ("16", "standard")
    assert colours() == ("16", "standard")
    assert colours(TERM="xterm-256color", NO_COLOR="1") == ("none", "256")


def test_a_colour_system_asked_for_is_checked() -> None:
    assert colours(TEXTUAL_COLOR_SYSTEM="truecolor", TERM="xterm") == ("truecolor", "truecolor")
    assert colours(TEXTUAL_COLOR_SYSTEM="bogus", TERM="xterm-256color") == ("256", "256")


def test_inside_ssh_the_link_is_spared_unless_told_otherwise() -> None:
    remote = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "SSH_TTY": "/dev/pts/0"}
    assert prepare(dict(remote)) == terminal.Terminal("256", ascii=False, lean=True)
    assert prepare(dict(remote), lean=False).colours == "truecolor"
    assert prepare({**remote, "TEXTUAL_COLOR_SYSTEM": "truecolor"}).colours == "truecolor"


def test_stale_sizes_go_and_animations_are_off() -> None:
    environ = {"COLUMNS": "10", "LINES": "5", "TEXTUAL_ANIMATIONS": "full"}
    prepare(environ)
    assert "COLUMNS" not in environ and "LINES" not in environ
    assert environ["TEXTUAL_ANIMATIONS"] == "none"


def test_ascii_if_asked_for_or_if_the_encoding_has_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert prepare({}, ascii=True).ascii
    assert glyphs.current() is glyphs.ASCII
    assert not prepare({}).ascii
    assert glyphs.current() is glyphs.UNICODE

    class Latin:
        encoding = "latin-1"

    monkeypatch.setattr(sys, "__stderr__", Latin())
    assert prepare({}).ascii
    assert not glyphs.writable(None)
    assert not glyphs.writable("no-such-encoding")


def test_ascii_glyphs_are_ascii() -> None:
    for field in glyphs.ASCII.__slots__:
        assert getattr(glyphs.ASCII, field).isascii()
        # There are neither half cells nor cells of dots in ASCII.
        assert len(getattr(glyphs.ASCII, field)) >= 1 or field in ("halves", "dots")
    for field in ("shades", "bars", "levels", "area"):
        assert len(getattr(glyphs.ASCII, field)) == len(getattr(glyphs.UNICODE, field))


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_cannot_draw(term: str) -> None:
    assert terminal_problem({"TERM": term}) == f"TERM is {term}: this terminal cannot draw a screen"


def test_problems_through_a_pty_and_pipes() -> None:
    ask = "from tui.terminal import terminal_problem as t; print(t())"
    piped = subprocess.run(
        [sys.executable, "-c", ask], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    assert piped.stdout.startswith("standard input is not a terminal")
    with Screen([sys.executable, "-c", ask]) as screen:
        screen.wait_for("None")
    with Screen(["sh", "-c", f"{sys.executable} -c '{ask}' 2>/dev/null"]) as screen:
        screen.wait_for("standard error is not a terminal")


def test_asking_does_not_import_textual() -> None:
    ask = "import sys, tui.terminal; sys.exit('textual' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", ask], check=False).returncode == 0
