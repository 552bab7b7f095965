"""A profile with some of its samples, entries of its stacks and frames of its locations left out."""

from dataclasses import replace

import numpy as np

from analysis.stacks import between, chunks
from parsers.profile.model import Bool, Frames, Int32, Int64, Labels, Locations, Profile

NOWHERE = -1


def with_frames(profile: Profile, kept: Bool) -> tuple[Profile, Bool]:
    """The profile with the rows `kept` of its frames, and bool per location: whether it has lost all of them.

    None is ever without a frame: what has lost all, which is to be taken out of all stacks, keeps its first.
    """
    offsets = profile.locations.frame_offsets
    counts = np.add.reduceat(kept, offsets[:-1], dtype=np.int32) if profile.n_locations else np.zeros(0, np.int32)
    gone: Bool = counts == 0
    if kept.all():
        return profile, gone
    kept = kept.copy()
    kept[offsets[:-1][gone]] = True
    frames, locations = profile.frames, profile.locations
    behind = np.cumsum(np.maximum(counts, 1))
    return replace(
        profile,
        locations=Locations(
            locations.mapping,
            locations.address,
            locations.is_folded,
            np.concatenate([[0], behind]).astype(np.int32),
        ),
        frames=Frames(frames.function[kept], frames.line[kept], frames.column[kept]),
        memo={},
    ), gone


def with_samples(profile: Profile, kept: Bool) -> Profile:
    """The profile with the samples `kept`."""
    if kept.all():
        return profile
    depth = np.diff(profile.stack_offsets)
    samples = np.flatnonzero(kept)
    entries = np.repeat(kept, depth)
    labels, numbers = profile.labels, np.cumsum(kept, dtype=np.int32) - 1
    rows = kept[labels.sample]
    return replace(
        profile,
        values=profile.values[samples],
        stack_offsets=np.concatenate([[0], np.cumsum(depth[samples])]).astype(np.int64),
        stack=profile.stack[entries],
        labels=Labels(
            numbers[labels.sample[rows]].astype(np.int32),
            labels.key[rows],
            labels.text[rows],
            labels.number[rows],
            labels.unit[rows],
        ),
        memo={},
    )


def without_locations(profile: Profile, gone: Bool) -> Profile:
    """The profile with these locations taken out of all stacks, and without the samples that then have none."""
    if not gone.any():
        return profile
    stack: list[Int32] = []
    offsets = np.zeros(profile.n_samples + 1, np.int64)
    bounds, behind = profile.stack_offsets, 0
    for first, last in chunks(profile, 1):
        entries = profile.stack[bounds[first] : bounds[last]]
        stays = ~gone[entries]
        before = np.zeros(len(stays) + 1, np.int64)
        np.cumsum(stays, out=before[1:])
        offsets[first + 1 : last + 1] = behind + before[bounds[first + 1 : last + 1] - bounds[first]]
        behind += int(before[-1])
        stack.append(entries[stays])
    left = np.concatenate(stack) if stack else profile.stack[:0]
    cut = replace(profile, stack_offsets=offsets, stack=left, memo={})
    return with_samples(cut, np.diff(offsets) > 0)


def with_stretches(profile: Profile, first: Int64, beyond: Int64) -> Profile:
    """The profile with only the entries from `first` up to `beyond` of each stack."""
    offsets = np.concatenate([[0], np.cumsum(beyond - first)]).astype(np.int64)
    if offsets[-1] == len(profile.stack):
        return profile
    return replace(profile, stack_offsets=offsets, stack=profile.stack[between(first, beyond)], memo={})


def outermost(profile: Profile, location: Bool) -> Int64:
    """int64 per sample: the entry nearest the root that is one of these locations, NOWHERE without one."""
    return _extreme(profile, location, leaf=False)


def innermost(profile: Profile, location: Bool) -> Int64:
    """int64 per sample: the entry nearest the leaf that is one of these locations, NOWHERE without one."""
    return _extreme(profile, location, leaf=True)


def _extreme(profile: Profile, location: Bool, *, leaf: bool) -> Int64:
    found = np.full(profile.n_samples, NOWHERE, np.int64)
    bounds = profile.stack_offsets
    for first, last in chunks(profile, 1):
        # Stacks lie leaf first.
        places = np.flatnonzero(location[profile.stack[bounds[first] : bounds[last]]]) + bounds[first]
        sample = np.searchsorted(bounds[first : last + 1], places, side="right") + (first - 1)
        ends = np.ones(len(places), np.bool_)
        if leaf:
            np.not_equal(sample[1:], sample[:-1], out=ends[1:])
        else:
            np.not_equal(sample[1:], sample[:-1], out=ends[:-1])
        found[sample[ends]] = places[ends]
    return found
