"""Where captures of processes land: in the directory that is named, else in one for each, which nobody else reads."""

import glob
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from capture.listing import why
from capture.live.address import address
from capture.open import CaptureError, display_name
from tui.targets import Standing, Targets

_MODE = 0o700


def destination(label: str) -> tuple[Path, str]:
    """The directory for captures of what has this label; and where that is but a temporary one, a sentence about it."""
    from platformdirs import user_data_path

    home = user_data_path("goscope") / "captures"
    try:
        home.mkdir(mode=_MODE, parents=True, exist_ok=True)
        (home / label).mkdir(mode=_MODE, exist_ok=True)
    except OSError as error:
        return _temporary(label, f"{display_name(home)} cannot be made: {why(error)}")
    if not os.access(home / label, os.W_OK | os.X_OK):
        return _temporary(label, f"{display_name(home / label)} may not be written to")
    return home / label, ""


def named_destination(name: str) -> Path:
    """The directory that the user names, made if it is not there. Raises CaptureError where that cannot be done."""
    path = Path(name)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CaptureError(path, f"no directory can be made there: {why(error)}") from None
    return path


def targets_of(names: Sequence[str], places: Iterable[str]) -> tuple[Targets, list[str]]:
    """The targets that the user names, each once, and what is to be said of where their captures land.

    That is the first of the `places` that is a directory, no pattern. Raises CaptureError for what is no address, and
    where no directory can be made.
    """
    given = next((name for name in places if not glob.has_magic(name)), None) if names else None
    targets = Targets(given=named_destination(given) if given is not None else None)
    said = []
    for each in map(address, names):
        if targets.at(each) is None:
            into, sentence = (targets.given, "") if targets.given is not None else destination(each.label)
            targets.known.append(Standing(each, into))
            said += [sentence] if sentence else []
    return targets, said


def _temporary(label: str, reason: str) -> tuple[Path, str]:
    path = Path(tempfile.mkdtemp(prefix=f"goscope-{label}-"))
    return path, f"Captures land in {display_name(path)}, for {reason}."
