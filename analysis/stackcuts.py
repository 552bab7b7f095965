"""Samples and ends of stacks taken out of a profile, chunk by chunk, as filters decide."""

from dataclasses import replace

import numpy as np

from analysis.stacks import between, chunks
from parsers.chunks import in_order
from parsers.profile.model import Bool, Frames, Int32, Int64, Labels, Locations, Profile

_Part = tuple[Int32, Int32, Bool]


def hits(profile: Profile, location: Bool) -> tuple[Int64, Int64]:
    """Of each sample's stack the first and the last entry whose location is one of `location` (bool[n_locations]).

    Both are int64[n_samples], rows of `Profile.stack`, -1 where there is none; the first one is nearest the leaf.
    """
    first, last = np.full(profile.n_samples, -1, np.int64), np.full(profile.n_samples, -1, np.int64)
    if not location.any():
        return first, last

    def work(chunk: tuple[int, int]) -> None:
        low, high = chunk
        offsets = profile.stack_offsets[low : high + 1]
        found = np.flatnonzero(location[profile.stack[offsets[0] : offsets[-1]]])
        before = np.searchsorted(found, offsets - offsets[0])
        some = np.flatnonzero(before[1:] > before[:-1])
        first[low + some] = found[before[some]] + offsets[0]
        last[low + some] = found[before[some + 1] - 1] + offsets[0]

    for _ in in_order(work, chunks(profile, 1)):
        pass
    return first, last


def cut(
    profile: Profile,
    samples: Bool,
    *,
    first: Int64 | None = None,
    past: Int64 | None = None,
    hidden: Bool | None = None,
) -> Profile:
    """The profile with only some `samples` (bool[n_samples]), their stacks cut short, and their labels.

    A stack goes from the entry `first` up to `past` (int64[n_samples], rows of `Profile.stack`, all of it where they
    are not given), without `hidden` locations (bool[n_locations]); a sample of which those were all goes too.
    """
    bounds = profile.stack_offsets
    whole = first is None and past is None and hidden is None
    if whole and samples.all():
        return profile
    first = bounds[:-1] if first is None else first
    past = bounds[1:] if past is None else past

    def work(chunk: tuple[int, int]) -> _Part:
        low, high = chunk
        rows = low + np.flatnonzero(samples[low:high])
        lengths = past[rows] - first[rows]
        entries = profile.stack[between(first[rows], past[rows])]
        if hidden is None:
            return entries, lengths.astype(np.int32), samples[low:high]
        visible = ~hidden[entries]
        before = np.concatenate([[0], np.cumsum(visible)])
        ends = np.cumsum(lengths)
        counts = before[ends] - before[ends - lengths]
        kept = samples[low:high].copy()
        kept[rows - low] = counts > 0
        return entries[visible], counts[counts > 0].astype(np.int32), kept

    parts = list(in_order(work, chunks(profile, 1)))
    kept = np.concatenate([part[2] for part in parts]) if parts else samples
    lengths = np.concatenate([np.zeros(1, np.int32), *(part[1] for part in parts)])
    return replace(
        profile,
        values=profile.values[kept],
        stack_offsets=np.cumsum(lengths, dtype=np.int64),
        stack=np.concatenate([np.zeros(0, np.int32), *(part[0] for part in parts)]),
        labels=_of_samples(profile.labels, kept),
        memo={},
    )


def with_frames(profile: Profile, keep: Bool) -> tuple[Profile, Bool]:
    """The profile with only the frames `keep` (bool[n_frames]), and which locations have none left.

    Those keep one that says nothing, for no location is without a frame.
    """
    frames, locations = profile.frames, profile.locations
    offsets = locations.frame_offsets
    empty = ~np.logical_or.reduceat(keep, offsets[:-1]) if len(keep) else np.zeros(0, np.bool_)
    heads = offsets[:-1][empty]
    function, line, column = frames.function.copy(), frames.line.copy(), frames.column.copy()
    function[heads], line[heads], column[heads] = -1, 0, 0
    keep = keep.copy()
    keep[heads] = True
    before = np.zeros(len(keep) + 1, np.int32)
    np.cumsum(keep, out=before[1:])
    return replace(
        profile,
        locations=Locations(locations.mapping, locations.address, locations.is_folded, before[offsets]),
        frames=Frames(function[keep], line[keep], column[keep]),
        memo={},
    ), empty


def _of_samples(labels: Labels, kept: Bool) -> Labels:
    """The labels of the samples `kept`, whose rows they become."""
    rows = np.flatnonzero(kept[labels.sample])
    number = np.cumsum(kept, dtype=np.int32) - 1
    return Labels(
        number[labels.sample[rows]].astype(np.int32),
        labels.key[rows],
        labels.text[rows],
        labels.number[rows],
        labels.unit[rows],
    )
