"""What a capture is compared with: the base of a diff, and the captures before it in its series."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

# Its functions need NumPy, which only the working threads import.
from analysis.view import View

if TYPE_CHECKING:
    from analysis.earlier import Weights
    from parsers.profile.model import Profile
    from parsers.trace.model import Trace
    from tui.catalogue import Entry

TRACES = "trace"
SPAN = 8
"""Captures that a trend goes back over."""


@dataclass(frozen=True, eq=False, slots=True)
class Basis:
    """A capture to compare with, called `name`; `read` gives it to another thread, and may raise CaptureError."""

    path: Path
    name: str
    read: "Callable[[], Profile | Trace]"

    def trace(self) -> "Trace":
        """The trace to compare a trace with. Raises ViewError where it is none any more."""
        from analysis.errors import ViewError
        from parsers.trace.model import Trace

        found = self.read()
        if not isinstance(found, Trace):
            raise ViewError(f"{self.name} is no trace to compare a trace with")
        return found

    def compared(
        self, profile: "Profile", of_trace: "Callable[[Trace], Profile]", *, swapped: bool, normalized: bool
    ) -> "Profile":
        """`profile` with this taken away, or `swapped` the other way round; percentages are of what is taken away.

        `normalized`, what the rest is taken from is scaled to the same total, as where one was longer than the other.
        `of_trace` derives from a trace the profile that `profile` is of its own. Raises ViewError where the two have
        no sample type in common.
        """
        from parsers.trace.model import Trace
        from tui.rows.differing import difference

        found = self.read()
        base = of_trace(found) if isinstance(found, Trace) else found
        return difference(base, profile, normalized) if swapped else difference(profile, base, normalized)


def comparable(sample_types: Iterable[str] | None) -> str:
    """What is in common between captures that can be compared: their sample types, or None that they are traces."""
    return TRACES if sample_types is None else " ".join(sorted(sample_types))


@dataclass(frozen=True, eq=False, slots=True)
class Earlier:
    """What a capture's rows are set beside: the `base` of diffs, else the last of `entries`, which are those before it
    in its series, the oldest first.
    """

    entries: "tuple[Entry, ...]"
    recall: "Callable[[Entry, View], Weights | None]"
    base: "Basis | None" = None
