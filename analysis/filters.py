"""The filters of a view, applied to a profile in google/pprof's order (internal/driver/driver.go, applyFocus).

What comes out is a profile again, so that no report has to know of them. What each kind does to frames, labels and
samples is in `namefilters`, `tagfilters` and `pseudoframes`.
"""

import re
from dataclasses import replace

import numpy as np

from analysis.errors import ViewError
from analysis.expressions import compiled
from analysis.memo import memo_last
from analysis.namefilters import by_names, prune_from, show_from
from analysis.pseudoframes import label_frames, values
from analysis.samples import total
from analysis.stackcuts import cut
from analysis.tagfilters import parsed, tagged
from analysis.tags import number_units
from analysis.units import MINIMUM
from analysis.view import Filter, FilterKind, View
from parsers.profile.model import Profile

_ORDER: list[FilterKind] = [kind for kind in FilterKind if kind is not FilterKind.MINIMUM]
_OF_NAMES = (FilterKind.FOCUS, FilterKind.IGNORE, FilterKind.HIDE, FilterKind.SHOW)
_OF_LABELS = (FilterKind.TAGROOT, FilterKind.TAGLEAF)
_SHARE = re.compile(r"(\d+\.?\d*|\.\d+)(%?)", re.ASCII)

_Texts = dict[FilterKind, tuple[str, ...]]


def filtered(profile: Profile, view: View) -> Profile:
    """The profile as the view's filters leave it; the very same where they change nothing. Raises ViewError.

    However the filters are ordered, labels become frames first, then come focus, ignore, hide and show at once,
    show_from, tagfocus and tagignore, and prune_from. Of several of a kind each takes something more away. Unless the
    view is `relative`, percentages remain of all there was.
    """
    filters = _changing(view)
    return _applied(profile, filters, view.relative, _unit(view))[0] if filters else profile


def unmatched(profile: Profile, view: View) -> tuple[Filter, ...]:
    """The filters that matched nothing in the profile: a mistyped name, most likely. Raises ViewError."""
    filters = _changing(view)
    return _applied(profile, filters, view.relative, _unit(view))[1] if filters else ()


def minimum(view: View) -> float:
    """The least share of the total, 0 to 1, that the view's filters ask a row to have. Raises ViewError."""
    return max((share(each.text) for each in view.filters if each.kind is FilterKind.MINIMUM), default=0.0)


def share(text: str) -> float:
    """A share as it is written: `0.5%` or `0.005`. Raises ViewError for anything else."""
    found = _SHARE.fullmatch(text.strip())
    value = float(found[1]) / (100 if found[2] else 1) if found else -1.0
    if not 0 <= value <= 1:
        raise ViewError(f"{FilterKind.MINIMUM}: “{text}” is no share of the total, such as 0.5% or 0.005")
    return value


def check(filter: Filter) -> None:
    """Raises ViewError, with a sentence for the user, where a filter's text is not what its kind takes."""
    if filter.kind is FilterKind.MINIMUM:
        share(filter.text)
        return
    if filter.kind in _OF_LABELS:
        return
    try:
        parsed(filter.text) if filter.kind in (FilterKind.TAGFOCUS, FilterKind.TAGIGNORE) else compiled(filter.text)
    except ViewError as error:
        raise ViewError(f"{filter.kind}: {error}") from None


def _changing(view: View) -> tuple[Filter, ...]:
    """The filters that say anything and change the profile, in an order of their own."""
    found = [each for each in view.filters if each.text and each.kind in _ORDER]
    return tuple(sorted(found, key=lambda each: _ORDER.index(each.kind)))


def _unit(view: View) -> str:
    """The unit that numeric labels are written in, as far as it matters."""
    return view.unit if any(each.kind in _OF_LABELS for each in view.filters) else MINIMUM


@memo_last(3)
def _applied(
    profile: Profile, filters: tuple[Filter, ...], relative: bool, unit: str
) -> tuple[Profile, tuple[Filter, ...]]:
    """The profile that is left, and the filters that matched nothing."""
    for each in filters:
        check(each)
    texts: _Texts = {kind: tuple(each.text for each in filters if each.kind is kind) for kind in _ORDER}
    units = number_units(profile)
    missed: list[Filter] = []

    def saw(kind: FilterKind, text: str, *, matched: bool) -> None:
        if not matched:
            missed.append(Filter(kind, text))

    if texts[FilterKind.TAGROOT] or texts[FilterKind.TAGLEAF]:
        roots, leaves = (_keys(texts[kind]) for kind in _OF_LABELS)
        for kind in _OF_LABELS:
            for text in texts[kind]:
                saw(kind, text, matched=any(values(profile, key, unit)[1].any() for key in _keys((text,))))
        profile = label_frames(profile, roots, leaves, unit)
    whole = None if relative else tuple(total(profile, index) for index in range(len(profile.sample_types)))
    if any(texts[kind] for kind in _OF_NAMES):
        profile, found = by_names(profile, {kind: texts[kind] for kind in _OF_NAMES})
        for kind in _OF_NAMES:
            for text, matched in zip(texts[kind], found[kind], strict=True):
                saw(kind, text, matched=matched)
    for text in texts[FilterKind.SHOW_FROM]:
        profile, matched = show_from(profile, text)
        saw(FilterKind.SHOW_FROM, text, matched=matched)
    profile = _by_tags(profile, texts, units, missed)
    for text in texts[FilterKind.PRUNE_FROM]:
        profile, matched = prune_from(profile, text)
        saw(FilterKind.PRUNE_FROM, text, matched=matched)
    return replace(profile, whole=whole, memo={}), tuple(missed)


def _keys(texts: tuple[str, ...]) -> list[str]:
    """The label keys that tagroots or tagleaves name, between commas."""
    return [key for text in texts for key in text.split(",") if key]


def _by_tags(profile: Profile, texts: _Texts, units: dict[str, str], missed: list[Filter]) -> Profile:
    """The samples that every tagfocus matches and no tagignore; those that match nothing are added to `missed`."""
    samples = np.ones(profile.n_samples, np.bool_)
    for kind in (FilterKind.TAGFOCUS, FilterKind.TAGIGNORE):
        for text in texts[kind]:
            matched = tagged(profile, text, units)
            if not matched.any():
                missed.append(Filter(kind, text))
            samples &= matched if kind is FilterKind.TAGFOCUS else ~matched
    return cut(profile, samples)
