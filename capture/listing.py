"""Which files the names on a command line stand for, as they are at one moment: files, directories and patterns.

What the files hold is for capture/open.py to find out, and how they change for capture/watch.py.
"""

import errno
import glob
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

NO_FILE = "no such file"
# Editors' and downloaders' unfinished files.
_UNFINISHED = ("~", ".tmp", ".part", ".swp", ".crdownload")
# A path that leads nowhere, or a link that does.
_NOWHERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}

# What is left of a pattern below the directories it has led through: the empty one has come to a file.
Tail = tuple[str, ...]


class Version(NamedTuple):
    """What tells that a path has other contents than before: bytes, nanoseconds since 1970, inode number."""

    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be a capture. Of one that cannot be read `problem` says why, and `version` is None."""

    path: Path
    version: Version | None
    problem: str = ""


class Entry(NamedTuple):
    """What a path leads to: `real` is the file's name without a link in it, `detours` how far from that the path is."""

    found: Found
    real: str
    detours: int


class Identity(NamedTuple):
    """What tells that a directory is another one now, or can be read now: device, inode number, leave to read it."""

    device: int
    inode: int
    readable: bool


class Stamp(NamedTuple):
    """A directory as it was looked at; whatever comes into it or leaves it changes `mtime_ns`."""

    identity: Identity
    mtime_ns: int


@dataclass(slots=True)
class Wanted:
    """What of one directory is wanted: files by name, and what patterns lead to.

    `real` is its name without a link in it, and without a slash at its end; `detour` that there was one.
    """

    real: str
    detour: bool
    identity: Identity | None
    names: set[str] = field(default_factory=set)
    tails: set[Tail] = field(default_factory=set)


def listing(names: Sequence[str], *, recursive: bool) -> dict[Path, Found]:
    """The files that `names` stand for, once each, by path.

    A file that is named and not there is among them, with its problem. What can be read but once is not: standard
    input and pipes.
    """
    return Look(names, recursive=recursive).files()


def why(error: OSError) -> str:
    """What the system says, in words."""
    if isinstance(error, FileNotFoundError):
        return NO_FILE
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, IsADirectoryError):
        return "a directory, not a file"
    return (error.strerror or "cannot be read").lower()


def stamp(directory: Path) -> Stamp | None:
    """The directory as it is now; None if there is none."""
    about = _stat(directory)
    if about is None or not stat.S_ISDIR(about.st_mode):
        return None
    return Stamp(Identity(about.st_dev, about.st_ino, os.access(directory, os.R_OK | os.X_OK)), about.st_mtime_ns)


class Look:
    """All that `names` stand for, looked at once, and then one file after the other as they change.

    `entries` has the files by path, and `wanted` the directories that were looked into. `places` are the directories
    of which only a stamp tells that they have gone, come or changed hands. `problems` says why a directory or a name
    cannot be looked at.

    In a directory, hidden and unfinished files do not count, and links to directories do not lead further down.
    """

    def __init__(self, names: Sequence[str], *, recursive: bool) -> None:
        self.entries: dict[Path, Entry] = {}
        self.wanted: dict[Path, Wanted] = {}
        self.places: dict[Path, Stamp | None] = {}
        self.problems: dict[Path, str] = {}
        self._links: set[Path] = set()
        self._inside: Tail = ("**", "*") if recursive else ("*",)
        for name in dict.fromkeys(names):
            if name != "-":
                self._take(name)

    def files(self) -> dict[Path, Found]:
        """One path to each file: one without links if there is a choice, then the first by name."""
        best: dict[str, Entry] = {}
        for entry in self.entries.values():
            other = best.setdefault(entry.real, entry)
            if other is not entry and (entry.detours, entry.found.path) < (other.detours, other.found.path):
                best[entry.real] = entry
        return {entry.found.path: entry.found for entry in best.values()}

    def again(self, path: Path) -> bool:
        """Look again at what is wanted of `path`; True if that takes a look at everything, for it is about a directory.

        Raises KeyError if `path` lies in no wanted directory.
        """
        wanted = self.wanted[path.parent]
        named, tails = path.name in wanted.names, _below(wanted.tails, path.name)
        if path in self.wanted or ((named or any(tails)) and _is_dir(path)):
            return True
        if named:
            self._named(path, wanted)
        elif () in tails:
            self._see(path, wanted, link=_is_link(path))
        return False

    def untold(self) -> list[Path]:
        """The paths that are to be looked at again, of those whose changes no directory tells of.

        These are links, and files in a directory that may not be read.
        """
        changed = [path for path in self._links if _found(path) != self._known(path)]
        for directory, wanted in self.wanted.items():
            if wanted.identity is not None and not wanted.identity.readable:
                changed += (directory / name for name in wanted.names)
        return changed

    def _known(self, path: Path) -> Found | None:
        return self.entries[path].found if path in self.entries else None

    def _take(self, name: str) -> None:
        path = Path(name)
        if _is_dir(path):
            self._walk(path, {self._inside})
        elif glob.has_magic(name) and _stat(path) is None:
            self._pattern(path)
        else:
            wanted = self._want(path.parent)
            self.places.setdefault(path.parent, stamp(path.parent))
            wanted.names.add(path.name)
            self._named(path, wanted)

    def _pattern(self, pattern: Path) -> None:
        """A directory that a pattern leads to stands for what is in it, as if the shell had named it."""
        magic = next(n for n, part in enumerate(pattern.parts) if glob.has_magic(part))
        base, tail = Path(*pattern.parts[:magic]), pattern.parts[magic:]
        self._walk(base, {(*tail, *self._inside), tail} if tail[-1] != "**" else {(*tail, "*")})
        if self.places[base] is None:
            self.problems[base] = "no such directory yet"

    def _named(self, path: Path, wanted: Wanted) -> None:
        """See a file that was named: whatever it is called, and whether it is there or not."""
        self.problems.pop(path, None)
        self._see(path, wanted, link=_is_link(path))
        about = _stat(path)
        if about is not None and stat.S_ISFIFO(about.st_mode):
            return
        if path in self.entries:
            if about is None:
                self.problems[path] = self.entries[path].found.problem
            return
        problem = "not a file" if about is not None else NO_FILE
        self.entries[path] = Entry(Found(path, None, problem), f"{wanted.real}/{path.name}", wanted.detour)
        if about is None:
            self.problems[path] = "no such file or directory yet"

    def _see(self, path: Path, wanted: Wanted, *, link: bool) -> None:
        if link:
            self._links.add(path)
        else:
            self._links.discard(path)
        found = _found(path)
        if found is None:
            self.entries.pop(path, None)
        else:
            real = os.path.realpath(path) if link else f"{wanted.real}/{path.name}"
            self.entries[path] = Entry(found, real, link + wanted.detour)

    def _want(self, directory: Path) -> Wanted:
        if directory not in self.wanted:
            real, now = os.path.realpath(directory), stamp(directory)
            detour = real != os.path.abspath(directory)  # noqa: PTH100
            self.wanted[directory] = Wanted(real.rstrip("/"), detour, now and now.identity)
        return self.wanted[directory]

    def _walk(self, base: Path, tails: set[Tail]) -> None:
        """See the files that tails lead to, from a directory on."""
        self.places.setdefault(base, stamp(base))
        waiting = [(base, tails)]
        while waiting:
            directory, tails = waiting.pop()
            wanted = self._want(directory)
            new = tails - wanted.tails
            wanted.tails |= new
            if new and wanted.identity is not None:
                try:
                    waiting += self._scan(directory, wanted, new)
                except FileNotFoundError:
                    pass  # gone meanwhile
                except OSError as error:
                    self.problems[directory] = why(error)
                    self.places[directory] = stamp(directory)

    def _scan(self, directory: Path, wanted: Wanted, tails: set[Tail]) -> Iterator[tuple[Path, set[Tail]]]:
        """See the files of a directory; yields the directories in it that the tails lead into."""
        if wanted.identity is not None and not wanted.identity.readable:
            raise PermissionError
        with os.scandir(directory) as entries:
            for entry in entries:
                below = _below(tails, entry.name)
                if not below:
                    continue
                path, link = directory / entry.name, entry.is_symlink()
                if _is_dir(path) if link else entry.is_dir():
                    # What ** leads on in is no link: that may lead back.
                    further = {tail for tail in below if tail and not (link and tail in tails)}
                    if further:
                        yield path, further
                elif () in below:
                    self._see(path, wanted, link=link)


def _below(tails: Iterable[Tail], name: str) -> set[Tail]:
    """What is left of the tails below `name`: the empty one if a file of that name is wanted."""
    below: set[Tail] = set()
    for tail in tails:
        if tail[0] == "**":
            below |= _below([tail[1:]], name)
            if not name.startswith("."):
                below.add(tail)
        elif _matches(name, tail[0]):
            below.add(tail[1:])
    if () in below and name.endswith(_UNFINISHED) and not any(tail[-1].endswith(_UNFINISHED) for tail in tails):
        below.remove(())
    return below


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and (not name.startswith(".") or pattern.startswith("."))


def _found(path: Path) -> Found | None:
    """The file that `path` leads to; None if it leads to none."""
    try:
        about = path.stat()
    except OSError as error:
        return None if error.errno in _NOWHERE else Found(path, None, why(error))
    if not stat.S_ISREG(about.st_mode):
        return None
    if not os.access(path, os.R_OK):
        return Found(path, None, "permission denied")
    return Found(path, Version(about.st_size, about.st_mtime_ns, about.st_ino))


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _is_dir(path: Path) -> bool:
    about = _stat(path)
    return about is not None and stat.S_ISDIR(about.st_mode)


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:
        return False
