"""What a parser says when it cannot go on, and how it is told to stop."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all) while a capture is read; raises `Cancelled` to stop the reader."""


class ParseError(Exception):
    """The bytes are not a capture that goscope reads; the text is one sentence for the user.

    `incomplete` tells that the capture may still be being written: it ends too early, and what there is looks right.
    """

    def __init__(self, message: str, *, incomplete: bool = False) -> None:
        super().__init__(message)
        self.incomplete = incomplete


class Cancelled(Exception):  # noqa: N818 - not an error: the user pressed Esc
    """The reader was told to stop."""


def no_progress(done: int, total: int) -> None:
    """The `Progress` of a reader that nobody watches."""
