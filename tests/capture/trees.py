"""Makes folders of sources for the tests of the source finder, and watches what it touches."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from capture.sources import SourceFinder, SourceRoots


def write(path: Path, text: str = "") -> Path:
    """Make a file that says where it lies, or has `text`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or f"// {path}\n")
    return path


def finder(
    *,
    source_path: Iterable[Path] = (),
    trim_path: Iterable[str] = (),
    goroot: Iterable[Path] = (),
    gomodcache: Iterable[Path] = (),
    beside: Iterable[Path] = (),
    explicit: bool = False,
) -> SourceFinder:
    """Make a finder with these roots and no others."""
    return SourceFinder(
        SourceRoots(tuple(source_path), tuple(trim_path), tuple(goroot), tuple(gomodcache), tuple(beside), explicit)
    )


def found(where: SourceFinder, recorded: str) -> Path | None:
    """Return the path of what was found, after checking that it has that path's text."""
    text = where.find(recorded)
    if text is None:
        return None
    assert text.lines == (f"// {text.path}",)
    return Path(text.path)


@contextmanager
def watched(function: str) -> Iterator[list[str]]:
    """Record the paths that `os.stat` or `os.open` is called with."""
    paths: list[str] = []
    real = getattr(os, function)

    def record(path: Any, *args: Any, **options: Any) -> Any:
        paths.append(str(path))
        return real(path, *args, **options)

    with mock.patch.object(os, function, record):
        yield paths
