"""gzip with a bound: how large the result may grow is known before it does, and every way to be damaged has its
sentence.
"""

import zlib
from collections.abc import Callable

from parsers.errors import ParseError, Progress, no_progress

MAGIC = b"\x1f\x8b"
# Deflate expands at most 1,032 times, so a step never grows past 256 MB unseen.
_STEP = 1 << 18
# A member may be tiny, and there may be millions.
_FIRST_STEP = 1 << 12


def gunzip(
    data: bytes,
    limit: int,
    check: Callable[[bytes], None] = lambda head: None,
    progress: Progress = no_progress,
) -> bytes:
    """Decompress all members of a gzip file.

    `check` sees the first piece before the rest is decompressed, and may raise. Raises ParseError when the file is cut
    short, damaged, or decompresses to more than `limit` bytes.
    """
    out: list[bytes] = []
    size = at = 0
    while at < len(data):
        if not data.startswith(MAGIC[: len(data) - at], at):
            raise ParseError(f"damaged gzip: {len(data) - at} bytes of something else follow the compressed data")
        stream, step = zlib.decompressobj(wbits=31), _FIRST_STEP
        while not stream.eof:
            piece = data[at : at + step]
            step = min(2 * step, _STEP)
            if not piece:
                raise ParseError(f"truncated gzip after {len(data)} bytes (still being written?)", incomplete=True)
            try:
                out.append(stream.decompress(piece))
            except zlib.error:
                raise ParseError("damaged gzip: the compressed data or its checksum is wrong") from None
            if not size and out[-1]:
                check(out[-1])
            at += len(piece) - len(stream.unused_data)
            size += len(out[-1])
            if size > limit:
                raise ParseError(f"it decompresses to more than {limit >> 20} MB: allow more with --max-memory")
            progress(at, len(data))
    return b"".join(out)
