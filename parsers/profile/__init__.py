"""pprof profiles: bytes in, columns out."""

from parsers.errors import ParseError, Progress, no_progress
from parsers.gunzip import MAGIC, gunzip
from parsers.profile.decode import decode_profile
from parsers.profile.model import Profile
from parsers.sniff import sniff

__all__ = ["DEFAULT_LIMIT", "Profile", "read_profile"]

DEFAULT_LIMIT = 4 << 30
_HEAD = 4096


def read_profile(data: bytes, *, limit: int = DEFAULT_LIMIT, progress: Progress = no_progress) -> Profile:
    """Read a pprof protobuf, gzip or plain. `limit` bounds its decompressed size in bytes.

    Raises ParseError with one sentence that says what the bytes are instead, or what is wrong with them.
    """
    if not data:
        raise ParseError("empty file (still being written?)", incomplete=True)
    if data.startswith(MAGIC):
        data = gunzip(data, limit, _check, progress)
        if not data:
            raise ParseError("a gzip of nothing (still being written?)", incomplete=True)
    else:
        _check(data)
    try:
        return decode_profile(data, progress)
    except ParseError as error:
        raise ParseError(f"not a valid profile: {error}", incomplete=error.incomplete) from None


def _check(head: bytes) -> None:
    what = sniff(head[:_HEAD])
    if what:
        raise ParseError(f"not a pprof profile but {what}")
