"""Whether what a target sends is a whole capture: looked at as it comes, so that nothing else is ever kept."""

import zlib
from typing import BinaryIO

from parsers.errors import ParseError
from parsers.gunzip import MAGIC
from parsers.sniff import TRACE, sniff

_HEAD = 512
_PIECE = 1 << 20
_FIRST_WITH_BATCHES = b"go 1.22 trace"
# What a profile unpacks to at most: one of a gigabyte is the largest that anybody was seen to have.
_MOST = 8 << 30


class Whole:
    """Looks at the bytes of one capture, a trace or else a profile. Raises ParseError, as far as it says what it is."""

    def __init__(self, *, trace: bool) -> None:
        self._trace = trace
        self._head = b""
        self._unpacking: zlib._Decompress | None = None
        self._size = self._unpacked = 0
        self._sniffed = False

    def take(self, piece: bytes) -> None:
        """Look at what comes next."""
        if not self._size and piece:
            self._unpacking = zlib.decompressobj(wbits=31) if piece.startswith(MAGIC[: len(piece)]) else None
        self._size += len(piece)
        if self._unpacking is None:
            self._see(piece)
            return
        try:
            while piece:
                if self._unpacking.eof:
                    self._unpacking = _next_member(piece)
                self._see(self._unpacking.decompress(piece, _PIECE))
                piece = self._unpacking.unconsumed_tail or self._unpacking.unused_data
        except zlib.error:
            raise ParseError("damaged gzip") from None

    def finish(self, file: BinaryIO) -> None:
        """Look at the end of it, and at all of it in `file` where that is needed."""
        if not self._size:
            raise ParseError("it answered with nothing")
        if self._unpacking is not None and not self._unpacking.eof:
            raise ParseError(f"half a gzip, cut off after {self._size:,} bytes")
        self._sniff()
        if self._unpacking is not None:
            return  # its end and its checksum have been seen
        file.seek(0)
        if not self._trace:
            from parsers.profile import read_profile

            read_profile(file.read())
        # Older traces tell nothing of their end.
        elif self._head >= _FIRST_WITH_BATCHES:
            from parsers.trace.outline import outline

            if problem := outline(file).problem:
                raise ParseError(f"half a trace: {problem}")

    def _see(self, plain: bytes) -> None:
        self._unpacked += len(plain)
        if self._unpacked > _MOST:
            raise ParseError(f"a gzip of more than {_MOST >> 30} GB")
        if not self._sniffed:
            self._head += plain
            if len(self._head) >= _HEAD:
                self._sniff()

    def _sniff(self) -> None:
        """What it is, from its beginning."""
        if self._sniffed:
            return
        self._sniffed = True
        found = sniff(self._head[:_HEAD])
        wanted = "a trace" if self._trace else "a profile"
        if (found == TRACE) != self._trace or found not in (None, TRACE):
            raise ParseError(f"it answered with {found or 'a profile'} instead of {wanted}")
        if not self._head:
            raise ParseError(f"it answered with an empty gzip instead of {wanted}")


def _next_member(piece: bytes) -> "zlib._Decompress":
    """What unpacks behind the end of a gzip, where only another may follow."""
    if not piece.startswith(MAGIC[: len(piece)]):
        raise ParseError("damaged gzip: something else follows the compressed data")
    return zlib.decompressobj(wbits=31)
