"""Frames made of labels: tagroot and tagleaf, as google/pprof's internal/driver/tagroot.go."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.nodes import distinct
from analysis.units import label
from parsers.profile.model import Frames, Functions, Int32, Int64, Locations, Profile


def label_frames(profile: Profile, roots: Sequence[str], leaves: Sequence[str], unit: str) -> Profile:
    """Every stack with a frame for each of the keys `roots` around it, and for each of `leaves` at its end.

    The first root is outermost, the last leaf innermost. A frame's function is the sample's values of the key, with
    commas between them and numbers in `unit`, its file the key; a sample without the key has a frame of no function.
    """
    names: dict[tuple[str, str], int] = {}
    # The stack lies leaf first, and so do the frames at both its ends.
    inner = [_frames_of(profile, key, unit, names) for key in reversed(leaves)]
    outer = [_frames_of(profile, key, unit, names) for key in reversed(roots)]
    bounds = profile.stack_offsets + np.arange(profile.n_samples + 1) * (len(inner) + len(outer))
    stack = np.empty(bounds[-1], np.int32)
    old = np.ones(len(stack), np.bool_)
    for at, locations in enumerate(inner):
        stack[bounds[:-1] + at], old[bounds[:-1] + at] = locations, False
    for at, locations in enumerate(reversed(outer), start=1):
        stack[bounds[1:] - at], old[bounds[1:] - at] = locations, False
    stack[old] = profile.stack
    return replace(_with_functions(profile, list(names)), stack_offsets=bounds, stack=stack, memo={})


def _frames_of(profile: Profile, key: str, unit: str, names: dict[tuple[str, str], int]) -> Int32:
    """Per sample: the location of its frame for `key`; `names` numbers those that are added to the profile's."""
    texts, of_sample = values(profile, key, unit)
    added = [names.setdefault((text, key), len(names)) for text in texts]
    return (profile.n_locations + np.array(added, np.int32))[of_sample]


def values(profile: Profile, key: str, unit: str) -> tuple[list[str], Int64]:
    """What samples have under `key`, several values between commas, none as ""; and int64[n_samples], which of those.

    Text comes before numbers. A number is written in its own unit where the sample has one for it, else bare.
    """
    labels, strings = profile.labels, profile.strings
    found: dict[str, int] = {"": 0}
    of_sample = np.zeros(profile.n_samples, np.int64)
    if key not in strings:
        return list(found), of_sample
    rows = np.flatnonzero(labels.key == strings.index(key))
    rows = rows[np.lexsort((labels.text[rows] == 0, labels.sample[rows]))]
    with_unit = np.zeros(profile.n_samples, np.bool_)
    with_unit[labels.sample[rows[labels.unit[rows] != 0]]] = True
    united = with_unit[labels.sample[rows]].astype(np.int64)
    first, value = distinct(labels.text[rows], labels.number[rows], labels.unit[rows], united)
    written = [
        strings[labels.text[row]] or label(int(labels.number[row]), strings[labels.unit[row]], unit if own else "")
        for row, own in zip(rows[first].tolist(), united[first].tolist(), strict=True)
    ]
    samples, start, count = np.unique(labels.sample[rows], return_index=True, return_counts=True)
    for many in np.unique(count).tolist():
        of = count == many
        combined = value[start[of][:, None] + np.arange(many)]
        sets, which = np.unique(combined, axis=0, return_inverse=True)
        texts = [",".join(written[each] for each in one) for one in sets.tolist()]
        number = np.array([found.setdefault(text, len(found)) for text in texts], np.int64)
        of_sample[samples[of]] = number[which.reshape(-1)]
    return list(found), of_sample


def _with_functions(profile: Profile, names: list[tuple[str, str]]) -> Profile:
    """The profile with a location behind the others for each function name and file."""
    places = {text: row for row, text in enumerate(profile.strings)}
    name = np.array([places.setdefault(name, len(places)) for name, _ in names], np.int32)
    file = np.array([places.setdefault(file, len(places)) for _, file in names], np.int32)
    functions, frames, locations = profile.functions, profile.frames, profile.locations
    new = np.arange(len(names), dtype=np.int32)
    nothing = np.zeros(len(names), np.int64)
    return replace(
        profile,
        strings=tuple(places),
        functions=Functions(
            np.concatenate([functions.name, name]),
            np.concatenate([functions.system_name, name]),
            np.concatenate([functions.filename, file]),
            np.concatenate([functions.start_line, nothing]),
        ),
        frames=Frames(
            np.concatenate([frames.function, new + np.int32(len(functions.name))]),
            np.concatenate([frames.line, nothing]),
            np.concatenate([frames.column, nothing]),
        ),
        locations=Locations(
            np.concatenate([locations.mapping, new * 0 - 1]).astype(np.int32),
            np.concatenate([locations.address, nothing.astype(np.uint64)]),
            np.concatenate([locations.is_folded, nothing.astype(np.bool_)]),
            np.concatenate([locations.frame_offsets, new + np.int32(len(frames.function) + 1)]),
        ),
    )
