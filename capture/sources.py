"""The source files that a profile names: finds them on this machine and reads them, if they may be read.

A capture is hostile input and may name any file. One is read only when it is a regular source file below the
root that led to it, after all symbolic links. What a recorded name says of Go's folders is left to
`capture.gopaths`, how a function's declaration looks to `capture.godecl`.
"""

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path

from capture import godecl, gopaths
from parsers.text import clean

# What the go command builds, and what generators point their `//line` comments at.
SUFFIXES = frozenset(
    (  # noqa: SIM905 - a line each otherwise
        ".go .s .S .c .h .cc .cpp .cxx .hh .hpp .hxx .m .f .F .for .f90 .swig .swigcxx .rs .y .rl .peg .templ .qtpl"
    ).split()
)
MOST_BYTES = 8 << 20
_LONGEST_NAME = 4096
# Files kept in memory; a listing asks for the same few again and again.
_KEPT = 128
# Bounds on what one name may cost: folders looked through for go.mod, parts of a name tried as a suffix.
_MOST_FOLDERS = 256
_LONGEST_SUFFIX = 24
_MOST_GO_MOD = 1 << 16
_MODULE = re.compile(r'^module[ \t]+["`]?([^\s"`]+)', re.MULTILINE)
# A mere look into these can act: devices, and hosts that the automounter would call.
_UNTOUCHED = ("/dev/", "/net/", "/proc/", "/sys/")


@dataclass(frozen=True, slots=True)
class SourceText:
    """A source file's text, fit for a terminal."""

    path: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceRoots:
    """Where source may be read from.

    `explicit` tells that the user named the source path: it then comes before what is found by itself, and
    `SourceFinder.trim` guesses by it.
    """

    source_path: tuple[Path, ...]
    trim_path: tuple[str, ...]
    goroot: tuple[Path, ...]
    gomodcache: tuple[Path, ...]
    beside: tuple[Path, ...]
    explicit: bool = True

    @classmethod
    def from_environment(
        cls,
        *,
        source_path: str = "",
        trim_path: str = "",
        beside: Iterable[Path] = (),
        environ: Mapping[str, str] = os.environ,
    ) -> "SourceRoots":
        """Find this machine's roots; `source_path` and `trim_path` are lists joined by colons, as pprof's."""
        return cls(
            source_path=_folders(source_path.split(os.pathsep) if source_path else ["."]),
            trim_path=tuple(prefix for prefix in trim_path.split(os.pathsep) if prefix),
            goroot=gopaths.goroots(environ),
            gomodcache=gopaths.gomodcaches(environ),
            beside=_folders(beside),
            explicit=bool(source_path),
        )


def _folders(names: Iterable[str | Path]) -> tuple[Path, ...]:
    try:
        return tuple(dict.fromkeys(Path(os.path.normpath(Path.cwd() / name)) for name in names if str(name)))
    except OSError:  # the working directory is gone
        return ()


@dataclass(frozen=True, slots=True)
class _Place:
    """A path to try, and the root that its file must lie below; `exact`: in its very directory as well."""

    root: Path
    path: Path
    exact: bool = False


@dataclass(frozen=True, slots=True)
class _Module:
    """A folder with a go.mod that declares the module `path`; `root` and `exact` as in _Place."""

    root: Path
    folder: Path
    path: str
    exact: bool


@dataclass(frozen=True, slots=True)
class _Looked:
    text: SourceText | None
    tried: tuple[str, ...]


class _Refused(Exception):  # noqa: N818 - an answer, not an error
    """There is a file, and it is not to be read; says why."""


class SourceFinder:
    """Finds sources by their recorded names, and remembers what it found and did not find."""

    def __init__(self, roots: SourceRoots) -> None:
        self._roots = roots
        self._looked: Callable[[str], _Looked] = lru_cache(maxsize=_KEPT)(self._look)

    def find(self, recorded: str) -> SourceText | None:
        """Return the text of the file recorded under this name, or None; never raises, whatever the name."""
        return self._looked(recorded).text if _is_source(recorded) else None

    def tried(self, recorded: str) -> tuple[str, ...]:
        """Return the places looked at for this name, in order; one that was found but refused says why."""
        return self._looked(recorded).tried if _is_source(recorded) else ()

    def trim(self, recorded: str) -> str:
        """Return the name as reports show it, by pprof's trimPath: as it is unless the user gave a path."""
        source_path = self._roots.source_path if self._roots.explicit else ()
        return gopaths.trim(recorded, self._roots.trim_path, source_path)

    def _look(self, recorded: str) -> _Looked:
        tried: dict[str, None] = {}
        seen: set[Path] = set()
        for place in self._places(recorded):
            shown = clean(str(place.path))
            if place.path in seen or (place.exact and shown.startswith(_UNTOUCHED)):
                continue
            seen.add(place.path)
            try:
                lines = _read(place)
            except _Refused as why:
                tried[f"{shown} ({why})"] = None
            except (OSError, ValueError):
                tried[shown] = None
            else:
                return _Looked(SourceText(shown, lines), (*tried, shown))
        return _Looked(None, tuple(tried))

    def _places(self, recorded: str) -> Iterator[_Place]:
        """Yield every place that may have the file, the surest first."""
        trimmed = self.trim(recorded)
        parts, absolute = gopaths.split(recorded), gopaths.is_absolute(recorded)
        relative = None if gopaths.is_absolute(trimmed) else gopaths.split(trimmed)
        asked = self._roots.explicit or trimmed != recorded
        if relative and asked:
            yield from self._searched(relative)
        for name in (trimmed, recorded):
            if name.startswith("/") and ".." not in name.split("/"):
                path = Path(os.path.normpath("/" + name.lstrip("/")))
                yield _Place(path.parent, path, exact=True)
        yield from self._installed(parts, absolute)
        if gopaths.is_standard(parts, absolute):
            return
        yield from self._in_modules(parts, absolute)
        if relative and not asked:
            yield from self._searched(relative)
        yield from self._suffixes(parts, absolute)

    def _searched(self, parts: gopaths.Parts) -> Iterator[_Place]:
        """Search as pprof does: each entry of the source path, and every folder above it."""
        for entry in self._roots.source_path:
            for folder in (entry, *entry.parents):
                yield _Place(folder, folder.joinpath(*parts), exact=folder != entry)

    def _installed(self, parts: gopaths.Parts, absolute: bool) -> Iterator[_Place]:
        """Look in the module cache and the standard library of this machine."""
        for below in gopaths.below_gomodcache(parts, absolute):
            for root in self._roots.gomodcache:
                yield _Place(root, root / below)
        standard = gopaths.below_goroot(parts, absolute)
        if standard is not None:
            for root in self._goroots:
                yield _Place(root, root / "src" / standard)

    def _in_modules(self, parts: gopaths.Parts, absolute: bool) -> Iterator[_Place]:
        """Look in checkouts, known by their go.mod, then in vendor folders."""
        names = list(gopaths.import_paths(parts, absolute))
        for module in self._modules:
            for name in names:
                if name.startswith(module.path + "/"):
                    yield _Place(module.root, module.folder / name[len(module.path) + 1 :], module.exact)
            if absolute and not names:  # a checkout named by its import path, as below GOPATH
                _, found, rest = "/".join(("", *parts)).partition(f"/{module.path}/")
                if found:
                    yield _Place(module.root, module.folder / rest, module.exact)
        for name in names:
            for root, folder in self._vendored:
                yield _Place(root, folder / "vendor" / name)

    def _suffixes(self, parts: gopaths.Parts, absolute: bool) -> Iterator[_Place]:
        """Look for the longest end of the name that a source root or a capture's folder has.

        One part alone says too little, every program has a main.go: the folder's name has to agree as well.
        """
        least = gopaths.least_suffix(parts)
        # `net/http/server.go` must not become `http/server.go`; a host name is of a module, which can go.
        shortest = max(2, least if absolute or "." in parts[0] else len(parts))
        for root in self._open_roots:
            for size in range(min(len(parts), _LONGEST_SUFFIX), shortest - 1, -1):
                yield _Place(root, root.joinpath(*parts[-size:]))
            own = {root.name, *(m.path.rpartition("/")[2] for m in self._modules if m.folder == root)}
            if least == 1 and len(parts) > 1 and parts[-2] in own:
                yield _Place(root, root / parts[-1])

    @cached_property
    def _open_roots(self) -> tuple[Path, ...]:
        return tuple(dict.fromkeys((*self._roots.source_path, *self._roots.beside)))

    @cached_property
    def _goroots(self) -> tuple[Path, ...]:
        """The GOROOTs of this machine, after any that the user named as a source path."""
        named = (root for root in self._open_roots if (root / "src" / "runtime").is_dir())
        return tuple(dict.fromkeys((*named, *self._roots.goroot)))

    @cached_property
    def _modules(self) -> tuple[_Module, ...]:
        """The modules of each root and of the folders in it, and those that the source path lies in."""
        found = []
        for root in self._open_roots:
            for folder in (root, *_children(root)):
                if path := _declared_module(root, folder):
                    found.append(_Module(root, folder, path, exact=False))
        for root in self._roots.source_path:
            for above in root.parents:
                if path := _declared_module(above, above):
                    found.append(_Module(above, above, path, exact=True))
                    break
        return tuple(found)

    @cached_property
    def _vendored(self) -> tuple[tuple[Path, Path], ...]:
        """Folders that have a `vendor`, each with the root that admits it."""
        known = [(root, root) for root in self._open_roots]
        known += [(module.root, module.folder) for module in self._modules if not module.exact]
        return tuple(pair for pair in dict.fromkeys(known) if (pair[1] / "vendor").is_dir())


def mismatch(text: SourceText, function: str, start_line: int, last_line: int) -> str | None:
    """Say in one sentence how `text` is not the source that was built; None when it fits or cannot be told.

    `start_line` is the function's, `last_line` the last that the profile names; 0 where it has none.
    """
    last = max(start_line, last_line)
    if last > len(text.lines):
        return f"not the source that was built: it ends at line {len(text.lines)}, the profile names line {last}"
    suffix = _suffix(text.path)
    if suffix not in (".go", ".s"):
        return None
    if godecl.fits(text.lines, function, start_line, assembly=suffix == ".s") is not False:
        return None
    where = godecl.declared_at(text.lines, function)
    name = clean(godecl.bare_name(function) or godecl.short_name(function))
    now = f" (line {where} does)" if where else ""
    return f"not the source that was built: line {start_line} does not declare {name}{now}"


def _is_source(recorded: str) -> bool:
    # The length first: what is longer shall not even be a key of the cache.
    return len(recorded) <= _LONGEST_NAME and _suffix(recorded) in SUFFIXES


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1]  # noqa: PTH122 - any string, not only what can be a path


def _children(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                Path(entry)
                for entry in islice(entries, _MOST_FOLDERS)
                if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
            )
    except OSError:
        return []


def _declared_module(root: Path, folder: Path) -> str | None:
    try:
        text = _read_file(_Place(root, folder / "go.mod"), _MOST_GO_MOD, {".mod"})
    except (OSError, ValueError, _Refused):
        return None
    found = _MODULE.search(text.decode("utf-8", "replace"))
    return found.group(1) if found else None


def _read(place: _Place) -> tuple[str, ...]:
    text = _read_file(place, MOST_BYTES, SUFFIXES).decode("utf-8-sig", "replace").replace("\r\n", "\n")
    lines = text.removesuffix("\n").split("\n") if text else []
    # Nearly no file has anything to clean: one pass tells.
    bare = text.replace("\n", "").replace("\t", "")
    if clean(bare) != bare:
        lines = ["\t".join(map(clean, line.split("\t"))) for line in lines]
    return tuple(lines)


def _read_file(place: _Place, most: int, suffixes: Iterable[str]) -> bytes:
    """Read a regular file that its root admits; raises OSError, ValueError or _Refused."""
    path = str(place.path)
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - before anything is opened: a device may act
        raise _Refused("not a regular file")
    real = os.path.realpath(path)
    if _suffix(real) not in suffixes:
        raise _Refused("a link to a file that is no source")
    if place.exact and os.path.dirname(real) != os.path.realpath(place.path.parent):  # noqa: PTH120
        raise _Refused("a link out of its directory")
    if not real.startswith(os.path.realpath(place.root).rstrip("/") + "/"):
        raise _Refused(f"a link out of {clean(str(place.root))}")
    # Should the file be exchanged after the checks: through no link, and not waiting for a pipe's other end.
    opened = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(opened, "rb") as file:  # noqa: PTH123 - a descriptor
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise _Refused("not a regular file")
        data = file.read(most + 1)
    if len(data) > most:
        raise _Refused(f"larger than {most >> 20} MB" if most >> 20 else "too large")
    return data
