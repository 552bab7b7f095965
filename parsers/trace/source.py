"""The bytes of a trace, piece by piece: as far as its file went when it was opened, for any thread that asks."""

from io import SEEK_END, BytesIO
from threading import Lock
from typing import BinaryIO


class Source:
    """A file of `size` bytes; what is written behind them is not seen. `bytes_read` counts what was asked for."""

    def __init__(self, file: BinaryIO | bytes) -> None:
        self._file = BytesIO(file) if isinstance(file, bytes) else file
        self._lock = Lock()
        self.size = self._file.seek(0, SEEK_END)
        self.bytes_read = 0

    def read(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` on, or as many as there are."""
        with self._lock:
            self._file.seek(offset)
            piece = self._file.read(max(min(size, self.size - offset), 0))
            self.bytes_read += len(piece)
        return piece
