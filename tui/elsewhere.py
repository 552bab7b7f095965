"""Captures from URLs, copied here for as long as goscope runs: everything then works on them as on any file."""

import os
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from capture.live.address import address, is_address
from capture.live.once import fetch as fetch_one
from capture.live.once import seconds_of
from capture.open import CaptureError, called, may_be_capture
from capture.remote import fetch, inside, is_url, shown

# Of what is free where temporary files lie, a copy may take so much.
_SHARE = 2


@contextmanager
def copied(arguments: Namespace) -> Iterator[Namespace]:
    """The arguments with paths of copies in place of URLs. Raises CaptureError.

    For the screen, several captures at one URL are a directory: a list, and not a tab for each.
    """
    with TemporaryDirectory(prefix="goscope-") as folder:
        changed = Namespace(**vars(arguments))
        listed = hasattr(arguments, "poll")
        for option in ("files", "diff_base", "base"):
            named = getattr(arguments, option, None)
            if isinstance(named, str) and elsewhere(named):
                setattr(changed, option, _copies(named, Path(folder), recursive=False)[0])
            elif isinstance(named, list):
                setattr(changed, option, [])
                for number, name in enumerate(named):
                    place = Path(folder) / f"{option}-{number}"
                    copies = _here(name, place, arguments)
                    if listed and len(copies) > 1:
                        called[place] = shown(name)
                        copies, changed.recursive = [str(place)], True
                    getattr(changed, option).extend(copies)
        yield changed


def _here(name: str, folder: Path, arguments: Namespace) -> list[str]:
    # The screen asks a process itself, again and again.
    if not elsewhere(name) or (hasattr(arguments, "poll") and is_address(name) and not address(name).is_capture):
        return [name]
    folder.mkdir()
    return _copies(name, folder, recursive=arguments.recursive)


def elsewhere(name: str) -> bool:
    """Whether a name is of something that has to be fetched, not of a file."""
    return is_url(name) or (is_address(name) and not os.path.lexists(name))


def _asked(name: str, folder: Path) -> Path:
    """A copy of the capture that an address names."""
    where = address(name)
    if not where.is_capture:
        raise CaptureError.of(f"{where.shown}: names no profile: write {where.shown}/debug/pprof/heap, for one")
    if sys.stderr.isatty() and (seconds := seconds_of(where)) > 1:
        print(f"goscope: {where.shown}: this takes {seconds:g} s", file=sys.stderr)
    place = folder / f"live-{sum(1 for _ in folder.iterdir())}"
    place.mkdir()
    return fetch_one(where, place, shutil.disk_usage(folder).free // _SHARE)


def _copies(url: str, folder: Path, *, recursive: bool) -> list[str]:
    copies: list[str] = []
    if is_address(url):
        return [str(_asked(url, folder))]
    for each, named in inside(url, recursive=recursive):
        path = fetch(each, folder, shutil.disk_usage(folder).free // _SHARE)
        if named or may_be_capture(path):
            copies.append(str(path))
    if not copies:
        raise CaptureError.of(f"{shown(url)}: a directory without a profile or trace in it")
    return copies
