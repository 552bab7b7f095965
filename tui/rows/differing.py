"""Differences of profiles, remembered as long as the profiles live."""

from analysis.diff import diff
from analysis.memo import memo_last
from parsers.profile.model import Profile


@memo_last(2)
def difference(new: Profile, base: Profile, normalized: bool) -> Profile:
    """`new` minus `base`, percentages of the base's total; `normalized`, `new` is scaled to add up to that first."""
    return diff(new, base, normalize=normalized)
