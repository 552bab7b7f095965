"""A terminal for tests: runs a command in a pty, shows what its screen says, and counts every byte it sends.

Nothing here sleeps and hopes: every wait is for an event on the pty, bounded by a deadline that fails the
test.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

GOLDENS = Path(__file__).parent / "goldens"

DEADLINE = 30.0  # seconds; generous, because nobody waits for it but a failing test
QUIET = 0.25  # silence after which a burst of output is taken to be over

_KEYS = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pgup": "\x1b[5~",
    "pgdn": "\x1b[6~",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "enter": "\r",
    "escape": "\x1b",
    "space": " ",
    "backspace": "\x7f",
    "f1": "\x1bOP",
    "ctrl+c": "\x03",
}
# What a terminal with synchronised updates, as tmux and most others now are, answers when asked.
_ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[?2048$p": b"\x1b[?2048;0$y"}
# pyte takes these for text.
_NOT_FOR_PYTE = re.compile(rb"\x1b\[[<>=]\d*u|\x1b\[\?\d+\$p")


class NotSeenError(AssertionError):
    """What was waited for did not come; the message shows the screen."""


class Screen:
    """A command in a pty of `columns` by `lines`, and its screen. A context manager: it ends the command."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        lines: int = 40,
        term: str = "xterm-256color",
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = bytearray()
        self.status: int | None = None
        inherited = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH"}}
        self._pid, self._fd = _spawn(command, (columns, lines), {**inherited, "TERM": term, **(environ or {})})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def display(self) -> list[str]:
        """The screen's lines, without blanks at their ends."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.display)

    def style_at(self, line: int, column: int) -> pyte.screens.Char:
        """Return a cell with its colours and attributes."""
        return self._screen.buffer[line][column]

    def wait_for(self, wanted: str | re.Pattern[str], deadline: float = DEADLINE) -> None:
        """Read until the screen shows `wanted`, a text or a pattern."""
        pattern = re.compile(re.escape(wanted)) if isinstance(wanted, str) else wanted
        end = time.monotonic() + deadline
        while not pattern.search(self.text):
            if not self._read(end - time.monotonic()):
                raise NotSeenError(f"no {pattern.pattern!r} on the screen:\n{self.text}")

    def settle(self, deadline: float = DEADLINE) -> None:
        """Read until the output pauses."""
        end = time.monotonic() + deadline
        while self._read(QUIET):
            if time.monotonic() > end:
                raise NotSeenError(f"output never pauses:\n{self.text}")

    @property
    def pid(self) -> int:
        """The command's process."""
        return self._pid

    def watch(self, seconds: float) -> None:
        """Show what comes within so many seconds, or sooner, if something comes."""
        self._read(seconds)

    def send(self, data: bytes) -> None:
        """Type `data`."""
        os.write(self._fd, data)

    def press(self, *keys: str) -> None:
        """Press `keys` one after the other, each when the answer to the one before is complete."""
        for key in keys:
            self.bytes_of(key)

    def bytes_of(self, key: str) -> int:
        """Press `key`, wait for an answer and its end, and return how many bytes it took."""
        return self.answer_to(key)[1]

    def answer_to(self, key: str) -> tuple[float, int]:
        """Press `key`; seconds until the last byte of the answer came, and how many bytes it took."""
        before, sent = len(self.raw), time.monotonic()
        self.send(_KEYS.get(key, key).encode())
        answer, wait, last = b"", DEADLINE, sent
        while data := self._take(wait):
            # What the screen makes of it must not be waited for.
            answer, wait, last = answer + data, QUIET, time.monotonic()
            if last > sent + DEADLINE:
                raise NotSeenError(f"output never pauses:\n{self.text}")
        self._show(answer)
        if not answer:
            raise NotSeenError(f"no answer to {key}:\n{self.text}")
        return last - sent, len(self.raw) - before

    def resize(self, columns: int, lines: int) -> None:
        """Change the terminal's size, as its user would."""
        self._screen.resize(lines, columns)
        _set_size(self._fd, columns, lines)

    def signal(self, number: signal.Signals) -> None:
        """Send the command a signal."""
        os.kill(self._pid, number)

    def hang_up(self) -> None:
        """Close the terminal's side of the pty."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def wait_ended(self, deadline: float = DEADLINE) -> int:
        """Read until the command ends and return its exit status, negative for the signal that ended it."""
        end = time.monotonic() + deadline
        while self.status is None:
            if time.monotonic() > end:
                raise NotSeenError(f"still running:\n{self.text}")
            if self._fd < 0 or not self._read(0.05):
                self._reap(0.02)
        return self.status

    def close(self) -> None:
        """End the command, the hard way if it does not listen."""
        self.hang_up()
        if self.status is None:
            os.kill(self._pid, signal.SIGKILL)
            _, status = os.waitpid(self._pid, 0)
            self.status = os.waitstatus_to_exitcode(status)

    def _reap(self, pause: float) -> None:
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid:
            self.status = os.waitstatus_to_exitcode(status)
        elif self._fd < 0:
            select.select([], [], [], pause)

    def _read(self, wait: float) -> bool:
        """Read what comes within `wait` seconds; False if nothing does."""
        data = self._take(wait)
        self._show(data)
        return bool(data)

    def _take(self, wait: float) -> bytes:
        """What comes within `wait` seconds."""
        ready, _, _ = select.select([self._fd], [], [], max(0.0, wait))
        if not ready:
            return b""
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:  # the command's side is closed
            return b""
        self.raw += data
        for question, answer in _ANSWERS.items():
            if question in data:
                self.send(answer)
        return data

    def _show(self, data: bytes) -> None:
        self._stream.feed(_NOT_FOR_PYTE.sub(b"", data))


def check_golden(name: str, lines: Sequence[str], *, update: bool) -> None:
    """Compare `lines` with tests/goldens/NAME.txt, or write them there."""
    path = GOLDENS / f"{name}.txt"
    text = "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"
    if update:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    assert path.exists(), f"no {path.name} yet: run pytest --update-goldens and read what it writes"
    assert text == path.read_text(encoding="utf-8"), f"differs from {path.name}; --update-goldens if it should"


def _spawn(command: Sequence[str], size: tuple[int, int], environ: dict[str, str]) -> tuple[int, int]:
    """Start `command` on a pty that has its size before the command can ask for it."""
    go_read, go_write = os.pipe()
    pid, fd = pty.fork()
    if pid == 0:
        try:
            os.read(go_read, 1)
            os.closerange(3, 64)
            os.execvpe(command[0], list(command), environ)
        finally:
            os._exit(127)
    _set_size(fd, *size)
    os.close(go_read)
    os.write(go_write, b".")
    os.close(go_write)
    return pid, fd


def _set_size(fd: int, columns: int, lines: int) -> None:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
