"""Where the captures' sources are looked for, settled when the first one is wanted."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

# Looking for Go's folders on this machine has no place before the first paint.
if TYPE_CHECKING:
    from capture.sources import SourceFinder


class Finder:
    """Looks where the user said, with `source_path` and `trim_path`, and beside the captures."""

    def __init__(self, paths: Sequence[Path] = (), source_path: str = "", trim_path: str = "") -> None:
        self._beside = tuple(dict.fromkeys(path.absolute().parent for path in paths))
        self._source_path = source_path
        self._trim_path = trim_path

    @cached_property
    def sources(self) -> "SourceFinder":
        """The finder itself; for the threads."""
        from capture.sources import SourceFinder, SourceRoots

        return SourceFinder(
            SourceRoots.from_environment(source_path=self._source_path, trim_path=self._trim_path, beside=self._beside)
        )

    @property
    def asked(self) -> bool:
        """Whether the user named a path, so that file names are to be rewritten by it."""
        return bool(self._source_path or self._trim_path)
