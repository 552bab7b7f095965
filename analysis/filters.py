"""Filters: what is taken away from a profile before anything is worked out from it, as pprof's options do.

They apply in the reference's order whatever the order they were given in (internal/driver: tagroot.go, then
driver_focus.go). Each takes away; of several of one kind none gives back what another one took. The least share that
`minimum` tells changes nothing about a profile: it is for whoever shows it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from analysis import tagfilters
from analysis.errors import ViewError
from analysis.expressions import compiled, matching, matching_strings
from analysis.memo import memo_last
from analysis.prune import simplified
from analysis.pseudoframes import with_label_frames
from analysis.samples import total
from analysis.subset import NOWHERE, innermost, outermost, with_frames, with_samples, with_stretches, without_locations
from analysis.view import Filter, FilterKind, View
from parsers.profile.model import Bool, Profile

_BY_NAME = (FilterKind.FOCUS, FilterKind.IGNORE, FilterKind.HIDE, FilterKind.SHOW)
_BY_TAG = (FilterKind.TAGFOCUS, FilterKind.TAGIGNORE)
_OF_KEYS = (FilterKind.TAGROOT, FilterKind.TAGLEAF)
_SHARE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(%?)")

_Result = tuple[Profile, tuple[Filter, ...]]


def filtered(profile: Profile, view: View) -> Profile:
    """What the view's filters leave; the profile itself where there are none. Raises ViewError.

    Percentages stay those of the whole, unless they are to be `relative`.
    """
    return _result(profile, view)[0]


def unmatched(profile: Profile, view: View) -> tuple[Filter, ...]:
    """The view's filters that match nothing in the profile. Raises ViewError."""
    return _result(profile, view)[1]


def minimum(view: View) -> float:
    """The least share of the total, 0 to 1, that is to be shown. Raises ViewError."""
    return max((_share(each) for each in view.filters if each.kind is FilterKind.MINIMUM), default=0.0)


def check(filter: Filter) -> None:
    """Raises ViewError, with a sentence, for a filter that means nothing."""
    if filter.kind is FilterKind.MINIMUM:
        _share(filter)
    elif filter.kind in _BY_TAG:
        _of(filter, lambda: tagfilters.check(filter.text))
    elif filter.kind not in _OF_KEYS:
        _of(filter, lambda: compiled(filter.text))


def matching_functions(profile: Profile, expression: str) -> Bool:
    """Bool per function: whether its name or its file matches. Raises ViewError."""
    functions = profile.functions
    found = matching_strings(profile, expression, functions.name, functions.filename)
    named: Bool = found[functions.name] | found[functions.filename]
    return named


def _share(filter: Filter) -> float:
    found = _SHARE.fullmatch(filter.text.strip())
    share = float(found[1]) / (100 if found[2] else 1) if found else 2.0
    if share > 1:
        raise ViewError(f"“{filter.text}” is no share of a total, such as 0.5%")
    return share


def _of(filter: Filter, act: Callable[[], object]) -> None:
    """Say of which filter it is that something is wrong."""
    try:
        act()
    except ViewError as error:
        raise ViewError(f"{filter.kind}: {error}") from None


def _result(profile: Profile, view: View) -> _Result:
    active = tuple(each for each in view.filters if each.kind is not FilterKind.MINIMUM)
    if not active:
        return profile, ()
    for each in active:
        check(each)
    unit = view.unit if any(each.kind in _OF_KEYS for each in active) else ""
    return _applied(profile, active, view.relative, unit)


@memo_last(3)
def _applied(profile: Profile, filters: tuple[Filter, ...], relative: bool, unit: str) -> _Result:
    of = {kind: [each for each in filters if each.kind is kind] for kind in FilterKind}
    left, idle = _grouped(profile, of[FilterKind.TAGROOT], of[FilterKind.TAGLEAF], unit)
    whole = left.whole or tuple(total(left, index) for index in range(len(left.sample_types)))
    for stage, kinds in (
        (_by_name, _BY_NAME),
        (_shown_from, (FilterKind.SHOW_FROM,)),
        (_by_tag, _BY_TAG),
        (_pruned_from, (FilterKind.PRUNE_FROM,)),
    ):
        # Within a stage in the reference's order of kinds.
        asked = [each for kind in kinds for each in of[kind]]
        if asked:
            left = stage(left, asked, idle)
    return replace(left, whole=None if relative else whole, memo={}), tuple(each for each in filters if each in idle)


def _grouped(
    profile: Profile, roots: Sequence[Filter], leaves: Sequence[Filter], unit: str
) -> tuple[Profile, list[Filter]]:
    if not roots and not leaves:
        return profile, []
    left, there = with_label_frames(profile, _keys(roots), _keys(leaves), unit)
    idle = [each for each in (*roots, *leaves) if not any(there[key] for key in _keys([each]))]
    return left, idle


def _keys(filters: Sequence[Filter]) -> list[str]:
    return [key for each in filters for key in each.text.split(",") if key]


def _names(profile: Profile, expression: str) -> tuple[Bool, Bool]:
    """Bool per frame and per location: whether function or file, and the binary, match."""
    known = profile.frames.function >= 0
    function = np.append(matching_functions(profile, expression), False)[profile.frames.function] & known
    files = profile.mappings.file
    binary = np.append(matching(expression, [profile.strings[row] for row in files.tolist()]), False)
    return function, binary[profile.locations.mapping]


def _any(profile: Profile, frame: Bool) -> Bool:
    """Bool per location: whether any of its frames is one of these."""
    if not profile.n_locations:
        return np.zeros(0, np.bool_)
    found: Bool = np.logical_or.reduceat(frame, profile.locations.frame_offsets[:-1])
    return found


def _by_name(profile: Profile, filters: Sequence[Filter], idle: list[Filter]) -> Profile:
    """Focus, ignore, hide and show, all asked of the locations as they were; samples without a stack go."""
    kept = np.diff(profile.stack_offsets) > 0
    frames = np.ones(len(profile.frames.function), np.bool_)
    location = np.repeat(np.arange(profile.n_locations), np.diff(profile.locations.frame_offsets))
    for each in filters:
        frame, binary = _names(profile, each.text)
        match = _any(profile, frame) | binary
        match_of = binary[location]
        if each.kind is FilterKind.FOCUS:
            kept &= outermost(profile, match) != NOWHERE
        elif each.kind is FilterKind.IGNORE:
            kept &= outermost(profile, match) == NOWHERE
        elif each.kind is FilterKind.HIDE:
            frames &= ~(frame | match_of)
        else:
            frames &= (frame | match_of) & (profile.frames.function >= 0)
            match = _any(profile, frames)
        if not match.any():
            idle.append(each)
    left, gone = with_frames(profile, frames)
    return without_locations(with_samples(left, kept), gone)


def _shown_from(profile: Profile, filters: Sequence[Filter], idle: list[Filter]) -> Profile:
    """Without what lies above the outermost match, and without samples that have none."""
    for each in filters:
        frame, binary = _names(profile, each.text)
        match = _any(profile, frame) | binary
        offsets = profile.locations.frame_offsets
        last = np.full(profile.n_locations, len(frame), np.int64)
        if profile.n_locations:
            rows = np.where(frame, np.arange(len(frame)), -1)
            outer = np.maximum.reduceat(rows, offsets[:-1])
            inside = ~binary & (outer >= 0)
            last[inside] = outer[inside]
        location = np.repeat(np.arange(profile.n_locations), np.diff(offsets))
        profile, _ = with_frames(profile, np.arange(len(frame)) <= last[location])
        top = outermost(profile, match)
        kept = top != NOWHERE
        cut = with_samples(profile, kept)
        depth = top[kept] - profile.stack_offsets[:-1][kept] + 1
        profile = with_stretches(cut, cut.stack_offsets[:-1], cut.stack_offsets[:-1] + depth)
        if not match.any():
            idle.append(each)
    return profile


def _by_tag(profile: Profile, filters: Sequence[Filter], idle: list[Filter]) -> Profile:
    kept = np.ones(profile.n_samples, np.bool_)
    for each in filters:
        labelled = tagfilters.labelled(profile, each.text)
        kept &= labelled if each.kind is FilterKind.TAGFOCUS else ~labelled
        if not labelled.any():
            idle.append(each)
    return with_samples(profile, kept)


def _pruned_from(profile: Profile, filters: Sequence[Filter], idle: list[Filter]) -> Profile:
    """Without what the match nearest the leaf calls."""
    for each in filters:
        functions = profile.functions
        rows = np.unique(functions.name)
        found = np.zeros(len(profile.strings), np.bool_)
        found[rows] = matching(each.text, [simplified(profile.strings[row]) for row in rows.tolist()])
        found[0] = False  # what has no name
        named = np.append(found[functions.name], False)
        frame = named[profile.frames.function]
        offsets = profile.locations.frame_offsets
        match = _any(profile, frame)
        first = np.zeros(profile.n_locations, np.int64)
        if profile.n_locations:
            numbers = np.where(frame, np.arange(len(frame)), len(frame))
            first = np.where(match, np.minimum.reduceat(numbers, offsets[:-1]), 0)
        location = np.repeat(np.arange(profile.n_locations), np.diff(offsets))
        profile, _ = with_frames(profile, np.arange(len(frame)) >= first[location])
        leaf = innermost(profile, match)
        begin = np.where(leaf == NOWHERE, profile.stack_offsets[:-1], leaf)
        profile = with_stretches(profile, begin, profile.stack_offsets[1:])
        if not match.any():
            idle.append(each)
    return profile
