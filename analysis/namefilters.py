"""Filters by name: focus, ignore, hide, show, show_from and prune_from, as google/pprof's profile/filter.go and
prune.go.

A name is a function's or a file's as the profile has it, or that of a location's binary. Which filters there are, and
in which order they act, is `analysis.filters`' business.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.expressions import compiled
from analysis.prune import simplified
from analysis.stackcuts import cut, hits, with_frames
from analysis.view import FilterKind
from parsers.profile.model import Bool, Int32, Profile


@dataclass(frozen=True, eq=False, slots=True)
class _Match:
    """Where an expression matches: bool[n_frames] by function or file, bool[n_locations] by binary."""

    frame: Bool
    binary: Bool

    def location(self, profile: Profile) -> Bool:
        """bool[n_locations]: does anything of the location match?"""
        return self.binary | _any_frame(profile, self.frame)


def matching_functions(profile: Profile, text: str) -> Bool:
    """bool[n_functions]: does the function's name or its file match? Raises ViewError."""
    functions = profile.functions
    matching = _verdicts(profile, [functions.name, functions.filename], compiled(text))
    return matching[functions.name] | matching[functions.filename]


def by_names(
    profile: Profile, texts: dict[FilterKind, Sequence[str]]
) -> tuple[Profile, dict[FilterKind, tuple[bool, ...]]]:
    """Focus, ignore, hide and show at once, each on what the locations were, but show on what hide left.

    A sample stays if every focus matches a location of its that no ignore matches, and if no ignore matches any. Of
    each filter the result says whether it matched a location of the profile.
    """
    matches = {kind: [_match(profile, text) for text in texts[kind]] for kind in texts}
    ignored = np.zeros(profile.n_locations, np.bool_)
    for each in matches[FilterKind.IGNORE]:
        ignored |= each.location(profile)
    samples = np.diff(profile.stack_offsets) > 0
    if matches[FilterKind.IGNORE]:
        samples &= hits(profile, ignored)[0] < 0
    focused = [each.location(profile) & ~ignored for each in matches[FilterKind.FOCUS]]
    for location in focused:
        samples &= hits(profile, location)[0] >= 0

    place = _location_of_frame(profile)
    keep = np.ones(len(place), np.bool_)
    for each in matches[FilterKind.HIDE]:
        keep &= ~(each.frame | each.binary[place])
    known = profile.frames.function >= 0
    shown = [keep & known & (each.frame | each.binary[place]) for each in matches[FilterKind.SHOW]]
    for frames in shown:
        keep = keep & frames
    found = {
        kind: tuple(bool(each.location(profile).any()) for each in matches[kind])
        for kind in (FilterKind.IGNORE, FilterKind.HIDE)
    }
    found[FilterKind.FOCUS] = tuple(bool(each.any()) for each in focused)
    found[FilterKind.SHOW] = tuple(bool(each.any()) for each in shown)
    if keep.all():
        return cut(profile, samples), found
    profile, hidden = with_frames(profile, keep)
    return cut(profile, samples, hidden=hidden), found


def show_from(profile: Profile, text: str) -> tuple[Profile, bool]:
    """Every stack without what is above its outermost match; and whether a location of the profile matches."""
    match = _match(profile, text)
    position, place = np.arange(len(match.frame)), _location_of_frame(profile)
    if not len(position):
        return cut(profile, np.zeros(profile.n_samples, np.bool_)), False
    outermost = np.maximum.reduceat(np.where(match.frame, position, -1), profile.locations.frame_offsets[:-1])
    location = match.binary | (outermost >= 0)
    keep = (position <= outermost[place]) | ~location[place] | match.binary[place]
    last = hits(profile, location)[1]
    return cut(with_frames(profile, keep)[0], last >= 0, past=last + 1), bool(location.any())


def prune_from(profile: Profile, text: str) -> tuple[Profile, bool]:
    """Every stack without what is below its innermost match; and whether a location of the profile matches.

    Only names of functions count, as `drop_frames` sees them.
    """
    expression = compiled(text)
    matching = _verdicts(profile, [profile.functions.name], lambda name: bool(name) and expression(simplified(name)))
    frame = _of_function(profile, matching[profile.functions.name])
    position, place = np.arange(len(frame)), _location_of_frame(profile)
    if not frame.any():
        return profile, False
    innermost = np.minimum.reduceat(np.where(frame, position, len(frame)), profile.locations.frame_offsets[:-1])
    location = innermost < len(frame)
    first = hits(profile, location)[0]
    everyone = np.ones(profile.n_samples, np.bool_)
    first = np.where(first < 0, profile.stack_offsets[:-1], first)
    return cut(with_frames(profile, (position >= innermost[place]) | ~location[place])[0], everyone, first=first), True


def _match(profile: Profile, text: str) -> _Match:
    functions, files, mapping = profile.functions, profile.mappings.file, profile.locations.mapping
    matching = _verdicts(profile, [functions.name, functions.filename, files], compiled(text))
    return _Match(
        _of_function(profile, matching[functions.name] | matching[functions.filename]),
        np.append(matching[files], False)[mapping],
    )


def _verdicts(profile: Profile, columns: Sequence[Int32], matches: Callable[[str], bool]) -> Bool:
    """Per string of the profile, of those that `columns` have: does it match?"""
    verdicts = np.zeros(len(profile.strings), np.bool_)
    for row in np.unique(np.concatenate(columns)).tolist():
        verdicts[row] = matches(profile.strings[row])
    return verdicts


def _of_function(profile: Profile, function: Bool) -> Bool:
    """Per frame: is its function one of `function`? A frame nobody symbolized is not."""
    return np.append(function, False)[profile.frames.function]


def _any_frame(profile: Profile, frame: Bool) -> Bool:
    """Per location: is any frame of it one of `frame`?"""
    return np.logical_or.reduceat(frame, profile.locations.frame_offsets[:-1]) if len(frame) else frame


def _location_of_frame(profile: Profile) -> Int32:
    """Per frame: its location."""
    return np.repeat(np.arange(profile.n_locations, dtype=np.int32), np.diff(profile.locations.frame_offsets))
