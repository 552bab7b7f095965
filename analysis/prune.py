"""drop_frames and keep_frames: what a profile itself asks to be left out below the frames of interest."""

import re
from dataclasses import replace

import numpy as np

from analysis.errors import ViewError
from analysis.expressions import compiled
from parsers.profile.model import Bool, Frames, Int64, Locations, Profile

# Where a C++ argument list starts, unless the parenthesis belongs to a name.
_BRACKET = re.compile(r"\(anonymous namespace\)|operator\(\)|\(")


def prune(profile: Profile) -> Profile:
    """Apply the profile's drop_frames and keep_frames, as google/pprof's RemoveUninteresting; a bad expression is
    ignored.

    The frame that matches goes, and every frame it called, but nothing above the first frame that does not match: a
    stack never vanishes whole.
    """
    dropped = _dropped_functions(profile)
    if not dropped.any():
        return profile
    frame = np.append(dropped, False)[profile.frames.function]
    offsets = profile.locations.frame_offsets.astype(np.int64)
    location = np.repeat(np.arange(profile.n_locations), np.diff(offsets))
    # The outermost match in each location, counted in rows of frames; what is inside it goes with it.
    match = np.full(profile.n_locations, -1, np.int64)
    np.maximum.at(match, location[frame], np.flatnonzero(frame))
    touched, whole = match >= 0, match == offsets[1:] - 1
    stack_offsets, kept = _cut_stacks(profile, touched, whole)

    keep = np.arange(len(frame)) > np.where(whole, -1, match)[location]
    counts = np.bincount(location[keep], minlength=profile.n_locations)
    frames, locations = profile.frames, profile.locations
    return replace(
        profile,
        stack_offsets=stack_offsets,
        stack=profile.stack[kept],
        locations=Locations(
            locations.mapping,
            locations.address,
            locations.is_folded,
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        ),
        frames=Frames(frames.function[keep], frames.line[keep], frames.column[keep]),
        memo={},
    )


def _dropped_functions(profile: Profile) -> Bool:
    """Per function: does its name match drop_frames, and not keep_frames?"""
    none = np.zeros(len(profile.functions.name), np.bool_)
    if not profile.drop_frames:
        return none
    try:
        drop = compiled(f"^(?:{profile.drop_frames})$")
        keep = compiled(f"^(?:{profile.keep_frames})$") if profile.keep_frames else None
    except ViewError:
        return none
    verdicts: dict[int, bool] = {}
    for row in np.unique(profile.functions.name):
        name = simplified(profile.strings[row])
        verdicts[int(row)] = bool(name and drop(name) and not (keep and keep(name)))
    return np.array([verdicts[int(row)] for row in profile.functions.name], np.bool_)


def simplified(name: str) -> str:
    """A C++ symbol without its argument list, and without the dot that one ABI puts in front."""
    name = name.removeprefix(".")
    for match in _BRACKET.finditer(name):
        if match.group() == "(":
            return name[: match.start()]
    return name


def _cut_stacks(profile: Profile, touched: Bool, whole: Bool) -> tuple[Int64, Bool]:
    """New stack offsets, and which entries of the stacks stay."""
    stack, bounds = profile.stack, profile.stack_offsets
    place = np.arange(len(stack))
    sample = np.repeat(np.arange(profile.n_samples), np.diff(bounds))
    hit = touched[stack]
    # The stack lies leaf first: the frame nearest the root that nobody asked to drop, then the next one that is
    # asked for.
    user = np.full(profile.n_samples, -1, np.int64)
    np.maximum.at(user, sample[~hit], place[~hit])
    cut = np.full(profile.n_samples, -1, np.int64)
    below = hit & (place < user[sample])
    np.maximum.at(cut, sample[below], place[below])
    first = np.where(cut < 0, bounds[:-1], cut + (whole[stack[cut]] if len(stack) else 0))
    kept = place >= first[sample]
    return np.concatenate([[0], np.cumsum(np.bincount(sample[kept], minlength=profile.n_samples))]).astype(
        np.int64
    ), kept
