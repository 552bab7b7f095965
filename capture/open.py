"""Captures from files, directories and standard input: which there are, and their bytes turned into a Profile."""

import glob
import os
import stat
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NoReturn

from capture.memory import PEAK_PER_BYTE, default_budget
from parsers.errors import ParseError, Progress, no_progress
from parsers.gunzip import MAGIC
from parsers.profile import Profile, read_profile
from parsers.sniff import sniff
from parsers.text import clean

STDIN = Path("-")
_HEAD = 512
_PIECE = 1 << 20
# Editors' and downloaders' unfinished files.
_UNFINISHED = ("~", ".tmp", ".part", ".swp", ".crdownload")


class CaptureError(Exception):
    """A capture that cannot be opened; the text is one sentence that starts with its name.

    `incomplete` tells that it may still be being written.
    """

    def __init__(self, path: Path, reason: str, *, incomplete: bool = False) -> None:
        super().__init__(f"{display_name(path)}: {reason}")
        self.incomplete = incomplete


def display_name(path: Path) -> str:
    """The path as it may be shown: a file's name is as hostile as its contents."""
    return clean("standard input" if path == STDIN else os.fsencode(path).decode("utf-8", "backslashreplace"))


def captures(names: Iterable[str], *, recursive: bool = False) -> list[Path]:
    """The files that `names` stand for: files as they are, patterns expanded, and the profiles in directories.

    Raises CaptureError for a directory without profiles. A file that does not exist is for `read` to report.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = [each for each in _files(path, recursive) if _looks_right(each)]
            if not inside:
                raise CaptureError(path, "a directory without a profile in it")
            found += inside
        elif glob.has_magic(name) and not path.exists():
            found += (Path(each) for each in sorted(glob.glob(name, recursive=True)) or [name])  # noqa: PTH207
        else:
            found.append(path)
    return found


def _files(directory: Path, recursive: bool) -> list[Path]:
    try:
        entries = sorted(directory.rglob("*") if recursive else directory.iterdir())
    except OSError as error:
        raise CaptureError(directory, _reason(error)) from None
    hidden = len(directory.parts)
    return [
        each
        for each in entries
        if not any(part.startswith(".") for part in each.parts[hidden:])
        and not each.name.endswith(_UNFINISHED)
        and each.is_file()
    ]


def _looks_right(path: Path) -> bool:
    """Whether a file found in a directory may be a profile; one that may still become one counts."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    if head.startswith(MAGIC):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head)
        except zlib.error:
            return False
    return bool(head) and sniff(head) is None


def read(path: Path, progress: Progress = no_progress, *, budget: int | None = None) -> Profile:
    """Read the profile at `path`, or from standard input for "-"; `budget` bounds the memory it may take, in bytes.

    Raises CaptureError with one sentence, and Cancelled when `progress` does.
    """
    limit = (default_budget() if budget is None else budget) // PEAK_PER_BYTE
    try:
        return read_profile(_bytes(path, limit), limit=limit, progress=progress)
    except ParseError as error:
        raise CaptureError(path, str(error), incomplete=error.incomplete) from None
    except OSError as error:
        raise CaptureError(path, _reason(error)) from None


def _bytes(path: Path, limit: int) -> bytes:
    if path == STDIN:
        return _piped(sys.stdin.buffer, limit)
    with path.open("rb") as file:
        about = os.fstat(file.fileno())
        # A pipe is what the shell's <(curl ...) gives; a device may never end.
        if stat.S_ISFIFO(about.st_mode):
            return _piped(file, limit)
        if not stat.S_ISREG(about.st_mode):
            raise ParseError("not a file")
        if about.st_size > limit:
            _refuse(limit)
        return file.read()


def _piped(file: BinaryIO, limit: int) -> bytes:
    data = bytearray()
    while piece := file.read(_PIECE):
        data += piece
        if len(data) > limit:
            _refuse(limit)
    return bytes(data)


def _refuse(limit: int) -> NoReturn:
    raise ParseError(
        f"more than {limit >> 20} MB, which takes more than {limit * PEAK_PER_BYTE >> 20} MB of memory to open: "
        "allow more with --max-memory"
    )


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, IsADirectoryError):
        return "a directory, not a file"
    return (error.strerror or "cannot be read").lower()
