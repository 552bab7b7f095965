"""How much of what is recorded stays: the newest of each kind, in so many bytes; other files are never touched.

Captures that an event had taken go last.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from capture.beside import WHY
from capture.listing import why
from capture.open import CaptureError
from parsers.recorded import recorded


@dataclass(frozen=True, slots=True)
class _Kept:
    path: Path
    series: str
    size: int
    event: bool


class Retention:
    """The captures in `folder` that come from targets with these `labels`, the oldest first.

    Those that were there before are in the order of their names; those that land come behind them, whatever the clock
    says by then. `keep` of each kind stay, 0 for all, and `most` bytes, 0 for any number. Raises CaptureError for a
    directory that cannot be read.
    """

    def __init__(self, folder: Path, labels: Iterable[str], keep: int, most: int) -> None:
        self._folder, self._keep, self._most = folder, keep, most
        begins = tuple(f"{label}." for label in labels)
        try:
            found = sorted(_stamped(path) for path in folder.iterdir() if path.name.startswith(begins))
        except OSError as error:
            raise CaptureError(folder, why(error)) from None
        self._kept = [each for _, path in found if (each := _kept(path)) is not None]

    def landed(self, path: Path) -> None:
        """There is one more."""
        if (each := _kept(path)) is not None:
            self._kept.append(each)

    def trim(self) -> tuple[int, int]:
        """Remove what is too much; how many captures that were, and how many bytes."""
        if self._going():
            # What somebody else has removed makes room as well.
            there = _names(self._folder)
            self._kept = [each for each in self._kept if each.path.name in there]
        removed = {each for each in self._going() if _removed(each.path)}
        self._kept = [each for each in self._kept if each not in removed]
        return len(removed), sum(each.size for each in removed)

    def _going(self) -> set[_Kept]:
        """What is too much."""
        going = self._too_many()
        left = [each for each in self._kept if each not in going]
        over = sum(each.size for each in left) - self._most if self._most else 0
        # The newest stays, however large it is.
        for each in sorted(left[:-1], key=lambda each: each.event):
            if over <= 0:
                break
            going.add(each)
            over -= each.size
        return going

    def _too_many(self) -> set[_Kept]:
        """All but the newest `keep` of each kind, of those that events had taken and of the others."""
        counts: dict[tuple[str, bool], int] = {}
        going = set()
        for each in reversed(self._kept):
            group = each.series, each.event
            counts[group] = counts.get(group, 0) + 1
            if self._keep and counts[group] > self._keep:
                going.add(each)
        return going


def _stamped(path: Path) -> tuple[str, Path]:
    """By the time in its name first."""
    found = recorded(path.name)
    return (path.name.removeprefix(found.series) if found else "", path)


def _names(folder: Path) -> set[str]:
    with suppress(OSError):
        return set(os.listdir(folder))  # noqa: PTH208 - which makes no Path of each
    return set()


def _removed(path: Path) -> bool:
    """Whether a capture is removed, and what lies beside it."""
    try:
        path.unlink()
    except OSError:
        return False
    with suppress(OSError):
        path.with_name(path.name + WHY).unlink()
    return True


def _kept(path: Path) -> _Kept | None:
    """A file, if it is one that a recorder wrote and is still there."""
    found = recorded(path.name)
    if found is None:
        return None
    try:
        return _Kept(path, found.series, path.stat().st_size, path.with_name(path.name + WHY).exists())
    except OSError:
        return None
