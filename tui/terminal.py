"""What the terminal can do, settled before Textual is imported because Textual reads its environment then.

The command line asks `terminal_problem` first and falls back to printed text; `prepare` then puts the
environment right. Drawing, and what can only be mended while it runs, is `tui.driver`'s.
"""

import os
import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Literal, TextIO

from tui import glyphs

Colours = Literal["truecolor", "256", "16", "none"]

_NO_SCREEN_TERMS = {"dumb", "unknown"}
_COLOUR_SYSTEMS = {"auto", "truecolor", "256", "standard"}


@dataclass(frozen=True, slots=True)
class Terminal:
    """How to draw here: the colours sent, plain ASCII or not, and whether to spare a slow link."""

    colours: Colours
    ascii: bool
    lean: bool


def terminal_problem(environ: MutableMapping[str, str] | None = None) -> str | None:
    """Return why no screen can be drawn here, in one plain sentence, or None if it can."""
    term = (os.environ if environ is None else environ).get("TERM", "")
    if term.lower() in _NO_SCREEN_TERMS:
        return f"TERM is {term}: this terminal cannot draw a screen"
    if not _is_tty(sys.__stdin__):
        return "standard input is not a terminal: keys cannot be read"
    # Textual draws on standard error, so that standard output stays free for data.
    if not _is_tty(sys.__stderr__):
        return "standard error is not a terminal: the screen is drawn there"
    return None


def keys_from_terminal() -> None:
    """Where standard input is a capture, leave it to `sys.stdin` and read keys from the terminal itself, if it has one.

    To be called before anything is read from either.
    """
    if _is_tty(sys.__stdin__):
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return
    sys.stdin = os.fdopen(os.dup(0))
    os.dup2(terminal, 0)
    os.close(terminal)


def prepare(
    environ: MutableMapping[str, str] | None = None, *, ascii: bool = False, lean: bool | None = None
) -> Terminal:
    """Put the environment right for Textual, choose the glyphs, and return how to draw.

    To be called before textual is imported. `lean` spares the link: 256 colours rather than 16 million; by
    default it is on inside an SSH session.
    """
    environ = os.environ if environ is None else environ
    # Exported sizes would win over the terminal's own, and are stale after the first resize.
    environ.pop("COLUMNS", None)
    environ.pop("LINES", None)
    environ["TEXTUAL_ANIMATIONS"] = "none"
    if lean is None:
        lean = bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))
    colours = _colours(environ, lean)
    ascii = ascii or not glyphs.writable(getattr(sys.__stderr__, "encoding", None))
    glyphs.use(ascii)
    return Terminal(colours, ascii, lean)


def _colours(environ: MutableMapping[str, str], lean: bool) -> Colours:
    """Decide the colours and tell Textual, which answers a name it does not know with a traceback."""
    wanted = environ.get("TEXTUAL_COLOR_SYSTEM", "auto").lower()
    if wanted not in _COLOUR_SYSTEMS:
        wanted = "auto"
    if wanted == "auto":
        wanted = _detected(environ)
        if lean and wanted == "truecolor":
            wanted = "256"
    environ["TEXTUAL_COLOR_SYSTEM"] = wanted
    if "NO_COLOR" in environ:
        return "none"
    return {"truecolor": "truecolor", "256": "256"}.get(wanted, "16")  # type: ignore[return-value]


def _detected(environ: MutableMapping[str, str]) -> str:
    if environ.get("COLORTERM", "").strip().lower() in {"truecolor", "24bit"}:
        return "truecolor"
    term = environ.get("TERM", "").lower()
    if term.endswith(("256color", "-direct", "kitty", "ghostty", "alacritty", "foot")):
        return "256"
    return "standard"


def _is_tty(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False
