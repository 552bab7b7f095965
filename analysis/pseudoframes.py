"""tagroot and tagleaf: labels as frames, so that a tree is grouped by them (internal/driver/tagroot.go of pprof)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.merge import sequences
from analysis.nodes import distinct
from analysis.stacks import between
from analysis.units import label
from parsers.profile.model import Frames, Functions, Int32, Int64, Locations, Profile


def with_label_frames(
    profile: Profile, roots: Sequence[str], leaves: Sequence[str], unit: str
) -> tuple[Profile, dict[str, bool]]:
    """The profile with a frame for each key around every stack, and of each key whether a sample has it.

    A frame's function is called after the label's values, joined by commas, and its file after the key; the first of
    `roots` is outermost, the last of `leaves` innermost. Numbers with a unit are written in `unit`. A sample without
    the key has a frame without a name.
    """
    texts = {text: row for row, text in enumerate(profile.strings)}
    there: dict[str, bool] = {}
    columns: dict[str, Int32] = {}
    names: list[int] = []
    files: list[int] = []
    for key in (*roots, *leaves):
        if key in columns:
            continue
        values, of_sample, there[key] = _values(profile, key, unit)
        columns[key] = (of_sample + len(names)).astype(np.int32)
        names += [texts.setdefault(value, len(texts)) for value in values]
        files += [texts.setdefault(key, len(texts))] * len(values)
    made = _with_locations(replace(profile, strings=tuple(texts), memo={}), names, files)
    base = np.int32(profile.n_locations)
    inner = [columns[key] + base for key in reversed(leaves)]
    outer = [columns[key] + base for key in reversed(roots)]
    return _around(made, inner, outer), there


def _values(profile: Profile, key: str, unit: str) -> tuple[list[str], Int64, bool]:
    """The distinct values of a key, several of one sample in one text, texts before numbers; the number of every
    sample's; and whether any sample has the key.
    """
    labels, strings = profile.labels, profile.strings
    rows = np.flatnonzero(labels.key == strings.index(key)) if key in strings else np.zeros(0, np.int64)
    numeric = labels.text[rows] == 0
    rows = rows[np.lexsort((numeric, labels.sample[rows]))]
    sample, text, number, own = (column[rows] for column in (labels.sample, labels.text, labels.number, labels.unit))
    # A sample's numbers are all written with their units, or none of them is.
    united = np.zeros(profile.n_samples, np.bool_)
    united[sample[own != 0]] = True
    first, value = distinct(text, number, own, united[sample].astype(np.int32))
    shown = [
        strings[text[row]] or label(int(number[row]), *((strings[own[row]], unit) if united[sample[row]] else ("", "")))
        for row in first.tolist()
    ]
    offsets = np.searchsorted(sample, np.arange(profile.n_samples + 1))
    _, one, of_sample = np.unique(sequences(offsets, value), return_index=True, return_inverse=True)
    joined = [",".join(shown[each] for each in value[offsets[at] : offsets[at + 1]].tolist()) for at in one.tolist()]
    return joined, of_sample, bool(len(rows))


def _with_locations(profile: Profile, names: list[int], files: list[int]) -> Profile:
    """The profile with a location more for each function that is so called."""
    functions, locations, frames = profile.functions, profile.locations, profile.frames
    n = len(names)
    nothing = np.zeros(n, np.int64)
    first = len(functions.name)
    end = int(locations.frame_offsets[-1])
    return replace(
        profile,
        functions=Functions(
            np.concatenate([functions.name, names]).astype(np.int32),
            np.concatenate([functions.system_name, nothing]).astype(np.int32),
            np.concatenate([functions.filename, files]).astype(np.int32),
            np.concatenate([functions.start_line, nothing]),
        ),
        locations=Locations(
            np.concatenate([locations.mapping, nothing - 1]).astype(np.int32),
            np.concatenate([locations.address, nothing.astype(np.uint64)]),
            np.concatenate([locations.is_folded, nothing != 0]),
            np.concatenate([locations.frame_offsets, end + 1 + np.arange(n)]).astype(np.int32),
        ),
        frames=Frames(
            np.concatenate([frames.function, first + np.arange(n)]).astype(np.int32),
            np.concatenate([frames.line, nothing]),
            np.concatenate([frames.column, nothing]),
        ),
        memo={},
    )


def _around(profile: Profile, inner: list[Int32], outer: list[Int32]) -> Profile:
    """The profile with these locations, a column of one for each sample, below and above its stacks."""
    depth = np.diff(profile.stack_offsets)
    offsets = np.concatenate([[0], np.cumsum(depth + len(inner) + len(outer))]).astype(np.int64)
    stack = np.empty(int(offsets[-1]), np.int32)
    begin: Int64 = offsets[:-1] + len(inner)
    stack[between(begin, begin + depth)] = profile.stack
    for at, column in enumerate(inner):
        stack[offsets[:-1] + at] = column
    for at, column in enumerate(outer):
        stack[begin + depth + at] = column
    return replace(profile, stack_offsets=offsets, stack=stack, memo={})
