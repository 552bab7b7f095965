"""Captures from URLs, copied here for as long as goscope runs: everything then works on them as on any file."""

import shutil
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

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
            if isinstance(named, str) and is_url(named):
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
    if not is_url(name):
        return [name]
    folder.mkdir()
    return _copies(name, folder, recursive=arguments.recursive)


def _copies(url: str, folder: Path, *, recursive: bool) -> list[str]:
    copies: list[str] = []
    for each, named in inside(url, recursive=recursive):
        path = fetch(each, folder, shutil.disk_usage(folder).free // _SHARE)
        if named or may_be_capture(path):
            copies.append(str(path))
    if not copies:
        raise CaptureError.of(f"{shown(url)}: a directory without a profile or trace in it")
    return copies
