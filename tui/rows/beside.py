"""What the rows of Top are set beside: the same rows in the base of diffs or the capture before, and over time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.earlier import Weights, aligned, weights
from analysis.errors import ViewError
from analysis.filters import filtered
from analysis.series import differences, is_cumulative, sparkline
from analysis.view import View
from capture.open import CaptureError
from parsers.profile.model import Int64, Profile
from tui import glyphs
from tui.basis import SPAN, Earlier


@dataclass(frozen=True, eq=False, slots=True)
class Beside:
    """The weights of the base of diffs, or of the capture before; those of all captures before, the oldest first.

    None stands for what is not known yet.
    """

    reference: Weights | None
    before: tuple[Weights | None, ...]

    def delta(self, labels: Sequence[str], now: Int64, *, by_cum: bool) -> Int64 | None:
        """int64 per row: what it weighs more than in the reference; None where that is not known."""
        return None if self.reference is None else now - aligned(self.reference, labels)[by_cum]

    def trends(self, labels: Sequence[str], now: Int64, total: int, *, by_cum: bool, counted: bool) -> list[str]:
        """Per row, its weight over time as levels, now at the right; "" for each while something is not known yet.

        Of what is counted since the program's start, what has come between captures.
        """
        known = [each for each in self.before if each is not None]
        if not known or len(known) < len(self.before):
            return [""] * len(labels)
        values = np.stack([*(aligned(each, labels)[by_cum] for each in known), now], axis=1)
        if counted:
            values = differences(values, np.array([*(each.total for each in known), total]))
        return [glyphs.sparkline(sparkline(row, SPAN + 1)) if any(row) else "" for row in values.tolist()]


def beside(earlier: Earlier, view: View) -> Beside:
    """What is known of it by now."""
    before = tuple(earlier.recall(entry, view) for entry in earlier.entries)
    if earlier.base is None:
        return Beside(before[-1], before)
    try:
        base = earlier.base.read()
        return Beside(weights(filtered(base, view), view) if isinstance(base, Profile) else None, before)
    except (CaptureError, ViewError):
        return Beside(None, before)


def is_counted(kind: str, sample_type: str, profile: Profile) -> bool:
    """Whether a profile's weights are counted since the program's start, and not over a time that it tells."""
    return is_cumulative(kind, sample_type) and not profile.duration_ns
