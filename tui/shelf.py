"""The profiles that were read last, so that going to and fro among captures reads none of them twice.

What is on the screen is held by its tab; the shelf keeps a few more, bounded in number and in memory. Traces are never
kept: they are too large. It is asked from several threads.
"""

import stat
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from parsers.errors import Progress, no_progress
from tui.finder import Finder

if TYPE_CHECKING:
    from parsers.profile.model import Profile
    from parsers.trace import GrowingTrace
    from parsers.trace.model import Trace

_MOST = 16
_BYTES = 64 << 20


class How(NamedTuple):
    """What `capture.open.read_any` is asked for."""

    budget: int | None = None
    compat: bool = False


class Growth(NamedTuple):
    """What goes on reading a trace where it left off."""

    budget: int
    reader: "GrowingTrace"


_Key = tuple[Path, int, int]


class Shelf:
    """Reads captures, prepared as the panes want them."""

    def __init__(self, finder: Finder, how: How) -> None:
        self.how = how
        self._finder = finder
        self._kept: OrderedDict[_Key, Profile] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, path: Path, progress: Progress = no_progress, growth: "Growth | None" = None) -> "Profile | Trace":
        """The capture at `path`, read if it is not at hand as it is now; a trace from where `growth` left it.

        Raises CaptureError, and Cancelled when `progress` does.
        """
        from capture.open import read_any
        from parsers.profile.model import Profile

        version = version_of(path)
        key = None if version is None else (path, *version)
        with self._lock:
            if key is not None and key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        budget, growing = growth or (self.how.budget, None)
        capture = self.prepared(read_any(path, progress, budget=budget, compat=self.how.compat, growing=growing))
        if key is not None and isinstance(capture, Profile):
            self._keep(key, capture)
        return capture

    def growth(self) -> "Growth":
        """What a trace is to be read with that may grow: always with the same budget, for that decides what is read."""
        from capture.memory import default_budget
        from parsers.trace import GrowingTrace

        budget = default_budget() if self.how.budget is None else self.how.budget
        return Growth(budget, GrowingTrace(compat=self.how.compat))

    def forget(self, path: Path) -> None:
        """Let go of what was read from `path`."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == path]:
                del self._kept[key]

    def prepared(self, capture: "Profile | Trace") -> "Profile | Trace":
        """The capture as the panes want it, with what the summary says worked out, so that it only is looked up."""
        from analysis.info import info
        from analysis.paths import with_files
        from analysis.prune import prune
        from analysis.traceinfo import trace_info
        from parsers.trace.model import Trace

        if isinstance(capture, Trace):
            trace_info(capture)
            return capture
        profile = prune(capture)
        if self._finder.asked:
            profile = with_files(profile, self._finder.sources.trim)
        info(profile)
        return profile

    def _keep(self, key: _Key, profile: "Profile") -> None:
        with self._lock:
            self._kept[key] = profile
            weights = [_weight(each) for each in self._kept.values()]
            while len(weights) > _MOST or (sum(weights) > _BYTES and len(weights) > 1):
                self._kept.popitem(last=False)
                del weights[0]


def version_of(path: Path) -> tuple[int, int] | None:
    """The size of a file and when it was written (in nanoseconds), which tell one state of it from another.

    None for what is no regular file, such as a pipe, or is not there.
    """
    try:
        about = path.stat()
    except OSError:
        return None
    return (about.st_size, about.st_mtime_ns) if stat.S_ISREG(about.st_mode) else None


def _weight(profile: "Profile") -> int:
    """About how much memory its columns take, in bytes."""
    return profile.values.nbytes + profile.stack.nbytes + profile.stack_offsets.nbytes + 13 * len(profile.labels.key)
