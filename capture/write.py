"""Files that goscope writes: whole or not at all, and never over one that is there unless that is asked for."""

import errno
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from capture.open import CaptureError

# What a file system says that has no hard links.
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)
# What a file is called that is not complete, and after how many seconds nobody writes to it any more.
_BEGIN, _END = ".goscope-", ".tmp"
_OLD = 3600.0


def write(path: Path, pieces: Iterable[bytes], *, force: bool = False) -> int:
    """Write `pieces` to `path` and return how many bytes that were.

    They are written to a file beside it, which takes the name when it is complete; on any failure, also of `pieces`,
    nothing stays behind. Raises CaptureError with one sentence where `path` exists and `force` is not given, and where
    it cannot be written.
    """
    size = 0
    with writing(path, force=force) as file:
        for piece in pieces:
            size += file.write(piece)
    return size


@contextmanager
def writing(path: Path, *, force: bool = False) -> Iterator[BinaryIO]:
    """A file that becomes `path` where the block ends, as `write` does it; if the block fails there is none."""
    # Before anything is worked out; that it is still so is for the end to see.
    if os.path.isdir(path):  # noqa: PTH112 - which Path.is_dir does not say of a name that is too long
        raise CaptureError(path, "a directory: name a file to write to")
    if not force and os.path.lexists(path):
        raise _exists(path)
    try:
        handle, name = tempfile.mkstemp(prefix=_BEGIN, suffix=_END, dir=path.parent)
    except OSError as error:
        raise CaptureError(path, _why(error, path)) from None
    beside = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(_mode(path))
        _name(beside, path, force=force)
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise CaptureError(path, _why(error, path)) from None
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def sweep(folder: Path) -> None:
    """Remove what writers have left in a directory that were killed an hour ago or more."""
    old = time.time() - _OLD
    with suppress(OSError):
        for path in folder.glob(f"{_BEGIN}*{_END}"):
            with suppress(OSError):
                if path.lstat().st_mtime < old:
                    path.unlink()


def _name(beside: Path, path: Path, *, force: bool) -> None:
    """Give the file its name. Raises FileExistsError where it is taken, unless it may be replaced."""
    if force:
        beside.replace(path)
        return
    try:
        # Unlike a rename, a link never takes the place of another file.
        os.link(beside, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # The name is taken first by an empty file, which nobody else can have made.
        with path.open("xb"):
            pass
        try:
            beside.replace(path)
        except OSError:
            path.unlink()
            raise


def _mode(path: Path) -> int:
    """The permissions of the file that is replaced, or those that a new one gets."""
    with suppress(OSError):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _exists(path: Path) -> CaptureError:
    return CaptureError(path, "it exists already: --force replaces it")


def _why(error: OSError, path: Path) -> str:
    """The end of a sentence about what could not be written."""
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return f"there is no directory “{path.parent}” to write it to"
        case errno.EACCES | errno.EPERM:
            return "no permission to write there"
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full: nothing was written"
        case errno.EROFS:
            return "the file system is read-only"
        case errno.ENAMETOOLONG:
            return "the name is too long"
    return f"it cannot be written: {(error.strerror or str(error)).lower()}"
