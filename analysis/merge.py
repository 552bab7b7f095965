"""Several profiles made one, as google/pprof merges what it is given together (profile/merge.go).

Sample types are those that all have, units the finest of each; equal stacks with equal labels become one sample,
whatever ids, address layout or order the files chose for them.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import ViewError
from analysis.nodes import distinct
from analysis.stacks import between, ranges
from analysis.units import compatible, scale
from parsers.profile.model import (
    Frames,
    Functions,
    Int32,
    Int64,
    Labels,
    Locations,
    Mappings,
    Profile,
    UInt64,
    ValueType,
)

_PAGE = np.uint64(4096)
_NOWHERE = np.uint64(0)
# Odd numbers without a pattern, for scattering.
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
# Entries that are scattered together.
_PIECE = 1 << 18


def merge(profiles: Sequence[Profile]) -> Profile:
    """One profile of all samples; a single one comes back as it is. Raises ViewError where they have nothing in
    common.
    """
    if len(profiles) == 1:
        return profiles[0]
    parts = alike(profiles)
    first = parts[0]
    for other in parts[1:]:
        if other.period_type != first.period_type:
            raise ViewError(
                f"profiles of different period types: {_name(first.period_type)} and {_name(other.period_type)}"
            )
    merged = concatenated(parts)
    return replace(
        combined(merged, *_mapping_numbers(merged)),
        time_ns=_time(parts),
        duration_ns=sum(part.duration_ns for part in parts),
        period=max(part.period for part in parts),
        comments=tuple(dict.fromkeys(comment for part in parts for comment in part.comments)),
        default_sample_type=next((part.default_sample_type for part in parts if part.default_sample_type), ""),
        doc_url=next((part.doc_url for part in parts if part.doc_url), ""),
    )


def alike(profiles: Sequence[Profile]) -> list[Profile]:
    """The profiles with the sample types that all have, in the first one's order, each in the finest unit of it.

    Raises ViewError where they have none in common, or units that cannot be converted.
    """
    return _same_units(_same_types(profiles))


def scaled(profile: Profile, ratios: Sequence[float]) -> Profile:
    """The values of each sample type times its ratio, rounded half away from zero (google/pprof's Profile.ScaleN).

    As there, samples without anything left in the types that change are left out.
    """
    changed = [column for column, ratio in enumerate(ratios) if ratio != 1]
    if not changed:
        return profile
    values = profile.values.copy()
    for column in changed:
        values[:, column] = _rounded(values[:, column] * ratios[column])
    kept = np.any(values[:, changed] != 0, axis=1)
    return _selected(profile, np.flatnonzero(kept), values)


def _rounded(exact: NDArray[np.floating[Any]]) -> Int64:
    """As int64(math.Round(exact)) in Go, also of what is out of range."""
    whole = np.trunc(exact)
    whole += np.copysign(np.abs(exact - whole) >= 0.5, exact)
    with np.errstate(invalid="ignore"):
        rounded: Int64 = whole.astype(np.int64)
    return rounded


def _name(value_type: ValueType | None) -> str:
    return f"{value_type.type}/{value_type.unit}" if value_type else "none"


def _time(parts: Sequence[Profile]) -> int:
    """The earliest time; as in the reference, a 0 counts unless it comes first."""
    time = 0
    for part in parts:
        if time == 0 or part.time_ns < time:
            time = part.time_ns
    return time


def _same_types(profiles: Sequence[Profile]) -> list[Profile]:
    names = [[value_type.type for value_type in profile.sample_types] for profile in profiles]
    common = [name for name in names[0] if all(name in others for others in names)]
    if not common:
        raise ViewError(
            "the profiles have no sample type in common: " + " and ".join(sorted({", ".join(n) for n in names}))
        )
    return [_with_types(profile, own, common) for profile, own in zip(profiles, names, strict=True)]


def _with_types(profile: Profile, own: list[str], wanted: list[str]) -> Profile:
    if own == wanted:
        return profile
    columns = [own.index(name) for name in wanted]
    default = profile.default_sample_type
    return replace(
        profile,
        sample_types=tuple(profile.sample_types[column] for column in columns),
        values=profile.values[:, columns],
        default_sample_type=default if default in wanted else wanted[0],
        memo={},
    )


def _same_units(profiles: list[Profile]) -> list[Profile]:
    finest = [_finest([profile.sample_types[i] for profile in profiles]) for i in range(len(profiles[0].sample_types))]
    periods = [profile.period_type for profile in profiles if profile.period_type]
    return [_rescaled(profile, finest, _finest(periods) if periods else "") for profile in profiles]


def _finest(types: list[ValueType]) -> str:
    least = types[0]
    for other in types[1:]:
        if least.type.removesuffix("s") != other.type.removesuffix("s") or not compatible(least.unit, other.unit):
            raise ViewError(f"profiles of different units: {_name(least)} and {_name(other)}")
        if scale(1, other.unit, least.unit)[0] < 1:
            least = other
    return least.unit


def _rescaled(profile: Profile, units: list[str], period_unit: str) -> Profile:
    ratios = [scale(1, own.unit, unit)[0] for own, unit in zip(profile.sample_types, units, strict=True)]
    period, period_type = profile.period, profile.period_type
    if period_type and period_unit:
        period = int(scale(period, period_type.unit, period_unit)[0])
        period_type = ValueType(period_type.type, period_unit)
    return replace(
        scaled(profile, ratios),
        sample_types=tuple(ValueType(own.type, unit) for own, unit in zip(profile.sample_types, units, strict=True)),
        period=period,
        period_type=period_type,
        memo={},
    )


def _selected(profile: Profile, samples: Int64, values: Int64) -> Profile:
    """The profile with only some of its samples, in the order given, and new values for all of the old ones."""
    if len(samples) == profile.n_samples and (samples[1:] > samples[:-1]).all():
        return replace(profile, values=values, memo={})
    offsets, entries = ranges(profile.stack_offsets, samples)
    first, last = (
        np.searchsorted(profile.labels.sample, samples),
        np.searchsorted(profile.labels.sample, samples, "right"),
    )
    rows = between(first, last)
    labels = profile.labels
    return replace(
        profile,
        values=values[samples],
        stack_offsets=offsets,
        stack=profile.stack[entries],
        labels=Labels(
            np.repeat(np.arange(len(samples), dtype=np.int32), last - first),
            labels.key[rows],
            labels.text[rows],
            labels.number[rows],
            labels.unit[rows],
        ),
        memo={},
    )


def concatenated(parts: Sequence[Profile]) -> Profile:
    """All tables behind one another, in terms of one string table; nothing is told apart or thrown together yet."""
    rows: dict[str, int] = {}
    string = [np.array([rows.setdefault(text, len(rows)) for text in part.strings], np.int32) for part in parts]

    def before(sizes: list[int]) -> list[int]:
        return [sum(sizes[:i]) for i in range(len(sizes))]

    def shifted(column: Int32, by: int) -> Int32:
        return np.where(column >= 0, column + by, column).astype(np.int32)

    mapping_base = before([len(part.mappings.start) for part in parts])
    function_base = before([len(part.functions.name) for part in parts])
    location_base = before([part.n_locations for part in parts])
    frame_base = before([len(part.frames.line) for part in parts])
    stack_base = before([len(part.stack) for part in parts])
    sample_base = before([part.n_samples for part in parts])
    each = list(zip(parts, string, strict=True))
    return replace(
        parts[0],
        values=np.concatenate([part.values for part in parts]),
        stack_offsets=np.concatenate(
            [[0], *(part.stack_offsets[1:] + base for part, base in zip(parts, stack_base, strict=True))]
        ).astype(np.int64),
        stack=np.concatenate([part.stack + np.int32(base) for part, base in zip(parts, location_base, strict=True)]),
        locations=Locations(
            np.concatenate(
                [shifted(part.locations.mapping, base) for part, base in zip(parts, mapping_base, strict=True)]
            ),
            np.concatenate([part.locations.address for part in parts]),
            np.concatenate([part.locations.is_folded for part in parts]),
            np.concatenate(
                [
                    [0],
                    *(part.locations.frame_offsets[1:] + base for part, base in zip(parts, frame_base, strict=True)),
                ]
            ).astype(np.int32),
        ),
        frames=Frames(
            np.concatenate(
                [shifted(part.frames.function, base) for part, base in zip(parts, function_base, strict=True)]
            ),
            np.concatenate([part.frames.line for part in parts]),
            np.concatenate([part.frames.column for part in parts]),
        ),
        functions=Functions(
            np.concatenate([to[part.functions.name] for part, to in each]),
            np.concatenate([to[part.functions.system_name] for part, to in each]),
            np.concatenate([to[part.functions.filename] for part, to in each]),
            np.concatenate([part.functions.start_line for part in parts]),
        ),
        mappings=Mappings(
            np.concatenate([part.mappings.start for part in parts]),
            np.concatenate([part.mappings.limit for part in parts]),
            np.concatenate([part.mappings.offset for part in parts]),
            np.concatenate([to[part.mappings.file] for part, to in each]),
            np.concatenate([to[part.mappings.build_id] for part, to in each]),
            np.concatenate([part.mappings.has_functions for part in parts]),
        ),
        labels=Labels(
            np.concatenate(
                [part.labels.sample + np.int32(base) for part, base in zip(parts, sample_base, strict=True)]
            ),
            np.concatenate([to[part.labels.key] for part, to in each]),
            np.concatenate([to[part.labels.text] for part, to in each]),
            np.concatenate([part.labels.number for part in parts]),
            np.concatenate([to[part.labels.unit] for part, to in each]),
        ),
        strings=tuple(rows),
        memo={},
    )


def combined(profile: Profile, mapping: Int64, mapping_of: Int32, *, columns: bool = False) -> Profile:
    """Equal mappings, functions, locations and samples made one; samples that come to nothing left out.

    `mapping` are the rows of mappings that stay, and `mapping_of` says of every one which of these it is. `columns`
    tells locations apart by the columns of what was inlined as well, which the reference does not.
    """
    functions = profile.functions
    function, function_of = distinct(functions.name, functions.system_name, functions.filename, functions.start_line)
    location, location_of = _location_numbers(profile, mapping_of, function_of, columns=columns)
    stack = location_of[profile.stack]
    sample, sample_of = distinct(sequences(profile.stack_offsets, stack), _label_numbers(profile))
    values = np.zeros((len(sample), profile.values.shape[1]), np.int64)
    np.add.at(values, sample_of, profile.values)

    order = np.argsort(sample, kind="stable")
    order = order[values[order].any(axis=1)]
    wide = np.zeros_like(profile.values)
    wide[sample] = values
    offsets, frames = ranges(profile.locations.frame_offsets, location)
    own = profile.frames.function[frames]
    own_mapping = profile.locations.mapping[location]
    new_mapping = np.where(own_mapping >= 0, np.append(mapping_of, 0)[own_mapping], -1).astype(np.int32)
    new_start = np.append(profile.mappings.start[mapping], _NOWHERE)[new_mapping]
    return _selected(
        replace(
            profile,
            stack=stack,
            locations=Locations(
                new_mapping,
                _offsets(profile)[location] + new_start,
                profile.locations.is_folded[location],
                offsets.astype(np.int32),
            ),
            frames=Frames(
                np.where(own >= 0, np.append(function_of, 0)[own], -1).astype(np.int32),
                profile.frames.line[frames],
                profile.frames.column[frames],
            ),
            functions=Functions(
                functions.name[function],
                functions.system_name[function],
                functions.filename[function],
                functions.start_line[function],
            ),
            mappings=_rows_of(profile.mappings, mapping),
        ),
        sample[order],
        wide,
    )


def _rows_of(mappings: Mappings, rows: Int64) -> Mappings:
    return Mappings(
        mappings.start[rows],
        mappings.limit[rows],
        mappings.offset[rows],
        mappings.file[rows],
        mappings.build_id[rows],
        mappings.has_functions[rows],
    )


def _mapping_numbers(profile: Profile) -> tuple[Int64, Int32]:
    """A row of each distinct mapping, in order of appearance, for the first is the program; and the number of every
    row.

    Mappings are equal when they have the same build id, or else the same file, and about the same size and offset.
    Those that no sample reaches appear last, as in the reference they do not at all.
    """
    mappings = profile.mappings
    reached = np.zeros(len(mappings.start) + 1, np.bool_)
    weighing = np.repeat(profile.values.any(axis=1), np.diff(profile.stack_offsets))
    reached[profile.locations.mapping[profile.stack[weighing]]] = True
    reached[0] = True
    return same_mappings(mappings, np.argsort(~reached[:-1], kind="stable"))


def same_mappings(mappings: Mappings, turn: Int64) -> tuple[Int64, Int32]:
    """The first row of each distinct mapping in the order of `turn`, and which of these every row is."""
    size = (mappings.limit - mappings.start + (_PAGE - np.uint64(1))) // _PAGE
    name = np.where(mappings.build_id != 0, mappings.build_id, mappings.file)
    rows, of_turn = distinct(size[turn], mappings.offset[turn], name[turn])
    order = np.argsort(rows)
    number = np.empty_like(of_turn)
    number[turn] = np.argsort(order)[of_turn]
    return turn[rows[order]], number


def _location_numbers(profile: Profile, mapping_of: Int32, function_of: Int32, *, columns: bool) -> tuple[Int64, Int32]:
    """A row of each distinct location, and the number of every row; addresses count from where the binary was
    mapped.
    """
    locations, frames = profile.locations, profile.frames
    function = np.where(frames.function >= 0, np.append(function_of, 0)[frames.function], -1)
    # Of the columns, the reference's key holds the last line's only.
    column = frames.column.copy() if columns else np.zeros(len(frames.column), np.int64)
    column[locations.frame_offsets[1:] - 1] = frames.column[locations.frame_offsets[1:] - 1]
    _, line = distinct(function, frames.line, column)
    own = np.where(locations.mapping >= 0, np.append(mapping_of, 0)[locations.mapping], -1)
    return distinct(
        _offsets(profile), own, sequences(locations.frame_offsets, line), locations.is_folded.astype(np.int32)
    )


def _offsets(profile: Profile) -> UInt64:
    """uint64 per location: how far it lies behind the start of its mapping; its address where it has none."""
    offsets: UInt64 = profile.locations.address - np.append(profile.mappings.start, _NOWHERE)[profile.locations.mapping]
    return offsets


def _label_numbers(profile: Profile) -> Int64:
    """The number of each sample's set of labels: texts before numbers, by key, several of one key in their order."""
    labels = profile.labels
    numeric = (labels.text == 0).astype(np.int32)
    _, number = distinct(numeric, labels.key, labels.text, labels.number, labels.unit)
    order = np.lexsort((np.arange(len(number)), labels.key, numeric, labels.sample))
    offsets = np.searchsorted(labels.sample, np.arange(profile.n_samples + 1))
    return sequences(offsets, number[order])


def sequences(offsets: Int64 | Int32, values: Int32 | Int64) -> Int64:
    """int64: the same number for equal stretches of `values`, and another for different ones."""
    hashes = _hashes(offsets, values)
    _, first, number = np.unique(hashes, return_index=True, return_inverse=True)
    # That stretches of one hash are equal is looked at: it may have been made not to be so.
    if _equal(offsets, values, first[number]):
        return number.astype(np.int64)
    return ordered_sequences(offsets, values)


def ordered_sequences(offsets: Int64 | Int32, values: Int32 | Int64) -> Int64:
    """The same, with numbers that depend on nothing but which stretches there are, whatever their order."""
    lengths = np.diff(offsets).astype(np.int64)
    number = np.zeros(len(lengths), np.int64)
    alive = np.flatnonzero(lengths > 0)
    used = 1
    for step in range(int(lengths.max(initial=0))):
        alive = alive[lengths[alive] > step]
        # Each round numbers afresh what it looks at, so that a stretch never meets the number of one that ended before.
        _, code = distinct(number[alive], values[offsets[:-1][alive] + step])
        number[alive] = code.astype(np.int64) + used
        used += int(code.max(initial=-1)) + 1
    return number


def _hashes(offsets: Int64 | Int32, values: Int32 | Int64) -> UInt64:
    """uint64 per stretch: a polynomial of its values, scattered."""
    begin, lengths = offsets[:-1].astype(np.int64), np.diff(offsets).astype(np.int64)
    hashes = lengths.astype(np.uint64)
    filled = np.flatnonzero(lengths > 0)
    if not len(filled):
        return hashes
    powers = np.full(int(lengths.max()), _PRIME)
    powers[0] = 1
    np.multiply.accumulate(powers, out=powers)
    for low, high in _pieces(lengths[filled]):
        some = filled[low:high]
        base, end = int(begin[some[0]]), int(offsets[1:][some[-1]])
        place = np.arange(end - base) - np.repeat(begin[some] - base, lengths[some])
        mixed = values[base:end].astype(np.uint64) + np.uint64(1)
        mixed = (mixed ^ (mixed << np.uint64(31))) * _MIX
        mixed ^= mixed >> np.uint64(29)
        mixed *= powers[place]
        hashes[some] += np.add.reduceat(mixed, begin[some] - base)
    return hashes


def _pieces(lengths: Int64) -> list[tuple[int, int]]:
    """Ranges of stretches that fit the cache together."""
    behind = np.cumsum(lengths)
    inner = np.searchsorted(behind, np.arange(_PIECE, int(behind[-1]) if len(behind) else 0, _PIECE))
    cuts = np.unique(np.concatenate([[0], inner, [len(lengths)]])).astype(np.int64).tolist()
    return list(pairwise(cuts))


def _equal(offsets: Int64 | Int32, values: Int32 | Int64, like: Int64) -> bool:
    """Whether every stretch equals the one that `like` names for it."""
    begin, lengths = offsets[:-1].astype(np.int64), np.diff(offsets).astype(np.int64)
    if (lengths != lengths[like]).any():
        return False
    others = np.flatnonzero(like != np.arange(len(like)))
    for low, high in _pieces(lengths[others]):
        some = others[low:high]
        mine, theirs = begin[some], begin[like[some]]
        if (values[between(mine, mine + lengths[some])] != values[between(theirs, theirs + lengths[some])]).any():
            return False
    return True
