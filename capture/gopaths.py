"""Where Go keeps source: on this machine, and as a recorded file name tells of the machine that built it.

Names and folders only. Which file is read, and whether it may be, is the business of `capture.sources`.
"""

import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# Searched in this order after $GOROOT and the `go` on PATH; patterns give the newest version first.
SYSTEM_GOROOTS = (
    "/usr/local/go",
    "/usr/lib/go*",
    "/usr/share/go*",
    "/opt/go*",
    "/opt/homebrew/opt/go/libexec",
    "/snap/go/current",
)
_HOME_GOROOTS = ("sdk/go*", "go", ".local/go")
# A toolchain that the go command fetched for itself lies in the module cache.
_FETCHED = "golang.org/toolchain@*"
_MOST_MATCHES = 16

# What stands before `src`: go, go-1.22, go/1.22.3/x64, golang/1.22.3/go, go_sdk and GOROOT (Bazel), $GOROOT.
_GOROOT = re.compile(
    r"(?:.*/)?(?:go|golang|go[-_.]?\d[^/]*|[^/]*go_sdk[^/]*|toolchain@[^/]*|\$?GOROOT)(?:/\d[^/]*(?:/[^/]+)?)?"
)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
# Top folders of the standard library that a program is unlikely to have right below `src`.
_STANDARD = frozenset(
    (  # noqa: SIM905 - a line each otherwise
        "archive bufio bytes cmp compress container context crypto database debug embed encoding errors "
        "expvar flag fmt go hash html image index io iter log maps math mime net os path plugin reflect "
        "regexp runtime slices sort strconv strings structs sync syscall testing text time unicode unique "
        "unsafe weak"
    ).split()
)

Parts = tuple[str, ...]


def is_absolute(name: str) -> bool:
    """Whether `name` starts at the root of some machine, a Windows one included."""
    return name.startswith("/") or bool(_DRIVE.match(name))


def split(name: str) -> Parts:
    """Return the components of a recorded name: without drive, `.`, and any `..` that cannot be undone."""
    if _DRIVE.match(name):
        name = name[2:].replace("\\", "/")
    return tuple(part for part in posixpath.normpath(name).split("/") if part not in ("", ".", ".."))


def trim(name: str, trim_path: Sequence[str], source_path: Sequence[Path]) -> str:
    """Trim a name as pprof does.

    Without prefixes to strip, everything up to a folder named as one of the source path goes.
    """
    if not trim_path:
        for folder in source_path:
            _, found, rest = name.partition(f"/{folder.name}/")
            if found and folder.name:
                return rest
    for prefix in (*trim_path, "/proc/self/cwd/./", "/proc/self/cwd/"):
        prefix = prefix if prefix.endswith("/") else prefix + "/"
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def escape(path: str) -> str:
    """Write a module path as the module cache does: `BurntSushi` is `!burnt!sushi`."""
    return re.sub("[A-Z]", lambda match: "!" + match.group().lower(), path)


def unescape(path: str) -> str:
    """Undo `escape`."""
    return re.sub("!([a-z])", lambda match: match.group(1).upper(), path)


def below_goroot(parts: Parts, absolute: bool) -> str | None:
    """Return the path below GOROOT/src that a recorded name means, if it may be of the standard library."""
    for i in range(len(parts) - 2, 0, -1):
        if parts[i] == "src" and _GOROOT.fullmatch("/".join(parts[max(0, i - 3) : i])):
            return "/".join(parts[i + 1 :])
    return None if absolute else "/".join(parts)


def is_standard(parts: Parts, absolute: bool) -> bool:
    """Whether a name is surely of another machine's GOROOT, so that only ours can have the right file."""
    below = below_goroot(parts, absolute) if absolute else None
    return below is not None and below.split("/")[0] in _STANDARD


def below_gomodcache(parts: Parts, absolute: bool) -> Iterator[str]:
    """Yield the paths below GOMODCACHE that a recorded name with `module@version` in it may mean."""
    version = _version_at(parts)
    if version is not None:
        for start in _module_starts(parts, version, absolute):
            yield "/".join((escape("/".join(parts[start : version + 1])), *parts[version + 1 :]))


def import_paths(parts: Parts, absolute: bool) -> Iterator[str]:
    """Yield what a recorded name may be as import path and file: no versions, upper case restored.

    An absolute name without version and vendor folder has none: where its module begins cannot be told.
    """
    version, vendor = _version_at(parts), _vendor_at(parts)
    if version is not None:
        for start in _module_starts(parts, version, absolute):
            module = unescape("/".join(parts[start : version + 1])).partition("@")[0]
            if module:
                yield "/".join((module, *parts[version + 1 :]))
    elif vendor is not None:
        yield "/".join(parts[vendor + 1 :])
    elif not absolute:
        yield "/".join(parts)


def least_suffix(parts: Parts) -> int:
    """Count the last parts that must stay together: a dependency's db/q.go is not the program's."""
    bounds = [at for at in (_version_at(parts), _vendor_at(parts)) if at is not None]
    return len(parts) - min(bounds) if bounds else 1


def _version_at(parts: Parts) -> int | None:
    return next((i for i, part in enumerate(parts[:-1]) if "@v" in part), None)


def _vendor_at(parts: Parts) -> int | None:
    return next((i for i in range(len(parts) - 2, -1, -1) if parts[i] == "vendor"), None)


def _module_starts(parts: Parts, version: int, absolute: bool) -> list[int]:
    """Tell where the module path may begin that ends at `version`: GOMODCACHE can have been anywhere."""
    if not absolute:
        return [0]
    for i in range(version - 1, 0, -1):
        if parts[i - 1 : i + 1] == ("pkg", "mod"):
            return [i + 1]
    # Module paths that can be fetched begin with a host name.
    return [i for i in range(version + 1) if "." in parts[i]][-6:]


def goroots(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the GOROOTs of this machine that have source, likeliest first. Nothing is run to find them."""
    found = [Path(environ["GOROOT"])] if environ.get("GOROOT") else []
    for folder in environ.get("PATH", "").split(os.pathsep):
        go = Path(folder, "go")
        if go.is_absolute() and go.is_file():
            found.append(Path(os.path.realpath(go)).parent.parent)
    for pattern in SYSTEM_GOROOTS:
        found += _newest_first(Path("/"), pattern[1:])
    if home := environ.get("HOME"):
        for pattern in _HOME_GOROOTS:
            found += _newest_first(Path(home), pattern)
    for cache in gomodcaches(environ):
        found += _newest_first(cache, _FETCHED)
    return tuple(root for root in dict.fromkeys(found) if (root / "src" / "runtime").is_dir())


def gomodcaches(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return where the go command keeps modules, as the environment has it."""
    found = [Path(environ["GOMODCACHE"])] if environ.get("GOMODCACHE") else []
    found += [Path(folder, "pkg", "mod") for folder in environ.get("GOPATH", "").split(os.pathsep) if folder]
    if home := environ.get("HOME"):
        found.append(Path(home, "go", "pkg", "mod"))
    return tuple(path for path in dict.fromkeys(found) if path.is_absolute())


def _newest_first(folder: Path, pattern: str) -> list[Path]:
    """Return what `pattern` matches below `folder`, the highest version first."""
    if not any(char in pattern for char in "*?["):
        return [folder / pattern]
    try:
        matches = list(folder.glob(pattern))
    except OSError:
        return []
    return sorted(matches, key=_version_key, reverse=True)[:_MOST_MATCHES]


def _version_key(path: Path) -> list[int]:
    return [int(digits) for digits in re.findall(r"[0-9]{1,9}", path.name)]
