"""The driver guard: what stock Textual gets wrong in a real terminal, mended in one place.

A closed terminal ends the process and a signal restores the terminal first; input that is not UTF-8 is
survived; the size is asked of the terminal itself; NO_COLOR sends no colours; and `tui.wire` keeps what is
sent small. It overrides methods that Textual does not promise to keep (hence the pin), and
tests/tui/test_driver.py runs each through a pty.
"""

import asyncio
import codecs
import os
import selectors
import signal
import sys
import threading
from typing import Any, cast

from rich.cells import cell_len
from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.wire import Wire

# A worker busy in a parser must not keep a dead session's process alive.
_GRACE = 5.0
_POINTER_SHAPE = "\x1b]22;"
_ENDING = {signal.SIGTERM, signal.SIGHUP, signal.SIGINT}


def exit_status(app: App[Any]) -> int:
    """Return what to exit the process with: App.run() comes back as if all were well even after a crash."""
    return app.return_code if app.return_code is not None else 1


def install_signal_handlers(app: App[Any]) -> None:
    """End `app`, and so restore the terminal, on SIGTERM, SIGHUP and SIGINT: status 128 and the signal.

    Called by the driver whenever it takes the terminal.
    """
    loop = asyncio.get_running_loop()
    for number in _ENDING:
        loop.add_signal_handler(number, _end, app, 128 + number)


def _end(app: App[Any], status: int) -> None:
    timer = threading.Timer(_GRACE, os._exit, (status,))
    timer.daemon = True
    timer.start()
    app.exit(return_code=status)


class GuardedDriver(LinuxDriver):
    """Textual's driver for Linux and macOS, safe to leave on a production host."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file = cast(Any, _Terminal())
        # GNU screen erases in its own default colour, unlike tmux, which has the same TERM.
        erase = not os.environ.get("TERM", "").startswith("screen") or "TMUX" in os.environ
        self._wire = Wire(colour=not app.no_color, erase_colour=erase)
        self._stale = threading.Event()

    def forget(self) -> None:
        """Send the next frame as it is drawn: for a screen that something else has written to."""
        self._stale.set()

    def write(self, data: str) -> None:
        """Send `data`, of a frame what differs from the screen."""
        if data.startswith(_POINTER_SHAPE):
            return  # means nothing without the mouse, and old terminals print it
        if self._stale.is_set():
            self._stale.clear()
            self._wire.forget()
        if sent := self._wire.encode(data, self._size_now()[0]):
            super().write(sent)

    def start_application_mode(self) -> None:
        """Take the terminal."""
        install_signal_handlers(self._app)
        self.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def process_message(self, message: Message) -> None:
        """Pass an input message on; a resized terminal may have lost any part of what it showed."""
        if isinstance(message, events.Resize):
            self.forget()
        super().process_message(message)

    def _get_terminal_size(self) -> tuple[int, int]:
        """Ask the terminal: COLUMNS and LINES are stale, and standard output may be a file."""
        self.forget()  # Textual asks when the terminal was resized
        return self._size_now()

    def _size_now(self) -> tuple[int, int]:
        for descriptor in (self.fileno, 2):
            try:
                size = os.get_terminal_size(descriptor)
            except OSError:
                continue
            if size.columns and size.lines:
                return size.columns, size.lines
        return 80, 24

    def run_input_thread(self) -> None:
        """Read keys until told to stop or until the terminal is gone."""
        parser = XTermParser(self._debug)
        decode = codecs.getincrementaldecoder("utf-8")(errors="ignore").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(0.1):
                    data = self._read()
                    if not data:
                        self._loop.call_soon_threadsafe(_end, self._app, 128 + signal.SIGHUP)
                        return
                    # The parser takes an empty text, such as half a character, for the end of all input.
                    if text := decode(data):
                        for event in parser.feed(text):
                            self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:  # EIO: the other end of the pty is closed
            return b""


class _Terminal:
    """The file that Textual's writer thread writes to: standard error, unbuffered, never failing.

    A terminal that is gone swallows the rest; the input thread is what notices. Characters its encoding
    cannot take become question marks, as many as the cells they would have had.
    """

    def __init__(self) -> None:
        self._encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"
        self._pending: list[str] = []

    def write(self, text: str) -> int:
        self._pending.append(text)
        return len(text)

    def flush(self) -> None:
        data = memoryview("".join(self._pending).encode(self._encoding, _QUESTION_MARKS))
        self._pending.clear()
        try:
            while data:
                data = data[os.write(2, data) :]
        except OSError:
            pass

    def fileno(self) -> int:
        return 2

    def isatty(self) -> bool:
        return True


_QUESTION_MARKS = "goscope.cells"


def _question_marks(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "?" * cell_len(error.object[error.start : error.end]), error.end


codecs.register_error(_QUESTION_MARKS, _question_marks)
