"""Thousands of profiles made one, piece by piece and in any order: the same, to the byte, whatever came first.

`analysis.merge` makes what the reference makes of profiles in the order they are given in. Here what a result says must
not depend on that, nor on which were put together before: a Part is what is known of some captures, `combined` puts
parts together, and `finished` decides what can be decided only in the end. Where captures lie, and who works on them,
is the caller's to know.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from analysis import merge
from analysis.errors import ViewError
from analysis.nodes import distinct
from analysis.stackcuts import cut
from analysis.stacks import ranges
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
    ValueType,
)

T = TypeVar("T", str, tuple[str, ...], tuple[str, str])


@dataclass(frozen=True, eq=False, slots=True)
class Facts:
    """What captures say about themselves, until it can be decided what holds of all.

    Counters have what each of them says and how many say it: the order of its sample types, the program (its build id,
    else its file), and the texts of the header. `units` are those of a sample type, by its name.
    """

    orders: Counter[tuple[str, ...]]
    units: dict[str, frozenset[str]]
    mains: Counter[str]
    defaults: Counter[str]
    pruned: Counter[tuple[str, str]]
    docs: Counter[str]
    comments: frozenset[str]
    time_ns: int
    duration_ns: int
    period: int


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """Some captures in one: their samples as a profile whose sample types are in the order of their names."""

    profile: Profile
    facts: Facts


def part(profile: Profile) -> Part:
    """One capture. Raises ViewError for one without sample types, or with two of one name."""
    names = [each.type for each in profile.sample_types]
    if not names or len(set(names)) < len(names):
        raise ViewError("no sample types" if not names else f"two sample types of one name: {', '.join(names)}")
    columns = sorted(range(len(names)), key=names.__getitem__)
    main = _identity(profile, 0) if len(profile.mappings.start) else ""
    facts = Facts(
        Counter([tuple(names)]),
        {each.type: frozenset([each.unit]) for each in profile.sample_types},
        Counter([main]),
        Counter(filter(None, [profile.default_sample_type])),
        Counter([(profile.drop_frames, profile.keep_frames)]),
        Counter(filter(None, [profile.doc_url])),
        frozenset(profile.comments),
        profile.time_ns,
        profile.duration_ns,
        profile.period,
    )
    return Part(_bare(profile, columns), facts)


def combined(parts: Sequence[Part]) -> Part:
    """Several parts in one. Raises ViewError where they have no sample type in common, or units that differ in kind."""
    if len(parts) == 1:
        return parts[0]
    common = sorted(set.intersection(*({each.type for each in part.profile.sample_types} for part in parts)))
    if not common:
        kinds = sorted({", ".join(each.type for each in part.profile.sample_types) for part in parts})
        raise ViewError(f"the profiles have no sample type in common: {' and '.join(kinds)}")
    facts = _together([each.facts for each in parts])
    types = [ValueType(name, _finest(name, facts.units[name])) for name in common]
    periods = _period_type([each.profile for each in parts])
    alike = [_scaled(each.profile, types, periods) for each in parts]
    profile = _merged(merge.concatenated(alike))
    period = max(_period(each.profile, periods) for each in parts)
    return Part(replace(profile, period_type=periods, period=period, memo={}), facts)


def finished(whole: Part) -> Profile:
    """The profile of all captures, everything in an order that only its contents decide."""
    facts, profile = whole.facts, whole.profile
    names = [each.type for each in profile.sample_types]
    wanted = _order(names, facts.orders)
    # A capture that was alone has not been merged with itself yet.
    profile = _merged(_bare(profile, [names.index(name) for name in wanted]))
    profile = cut(profile, np.any(profile.values != 0, axis=1))
    default = sorted(name for name in facts.defaults if name in wanted)
    drop, keep = _most(facts.pruned)
    return _canonical(
        replace(
            profile,
            default_sample_type=default[0] if default else "",
            drop_frames=drop,
            keep_frames=keep,
            time_ns=facts.time_ns,
            duration_ns=facts.duration_ns,
            comments=tuple(sorted(facts.comments)),
            doc_url=min(facts.docs, default=""),
        ),
        _most(facts.mains),
    )


# What is said about them


def _together(facts: Sequence[Facts]) -> Facts:
    def counted(field: str) -> Counter[object]:
        return sum((getattr(each, field) for each in facts), Counter())

    names = {name for each in facts for name in each.units}
    times = [each.time_ns for each in facts if each.time_ns]
    return Facts(
        counted("orders"),  # type: ignore[arg-type]
        {name: frozenset().union(*(each.units.get(name, frozenset()) for each in facts)) for name in names},
        counted("mains"),  # type: ignore[arg-type]
        counted("defaults"),  # type: ignore[arg-type]
        counted("pruned"),  # type: ignore[arg-type]
        counted("docs"),  # type: ignore[arg-type]
        frozenset().union(*(each.comments for each in facts)),
        min(times, default=0),
        sum(each.duration_ns for each in facts),
        max(each.period for each in facts),
    )


def _most(counts: Counter[T]) -> T:
    """What most say; of equals the least."""
    return min(counts, key=lambda each: (-counts[each], each))


def _order(names: Iterable[str], orders: Counter[tuple[str, ...]]) -> list[str]:
    """The sample types in the order that most captures have them in."""
    left = set(names)
    return list(_most(Counter(tuple(name for name in order if name in left) for order in orders.elements())))


def _finest(name: str, units: frozenset[str]) -> str:
    """The unit that all values can be told in without a rest."""
    ordered = sorted(units)
    for other in ordered:
        if not compatible(ordered[0], other):
            raise ViewError(f"profiles of different units: {name}/{ordered[0]} and {name}/{other}")
    return min(ordered, key=lambda unit: (scale(1, unit, ordered[0])[0], unit))


def _period_type(profiles: Sequence[Profile]) -> ValueType | None:
    types = {each.period_type for each in profiles}
    found = [each for each in types if each is not None]
    if not found:
        return None
    names = {each.type.removesuffix("s") for each in found}
    if len(names) > 1 or len(found) < len(types):
        said = sorted(f"{each.type}/{each.unit}" if each else "none" for each in types)
        raise ViewError(f"profiles of different period types: {' and '.join(said)}")
    return ValueType(min(each.type for each in found), _finest(min(names), frozenset(each.unit for each in found)))


def _period(profile: Profile, to: ValueType | None) -> int:
    if profile.period_type is None or to is None:
        return profile.period
    return profile.period * _factor(profile.period_type.unit, to.unit)


def _factor(unit: str, finer: str) -> int:
    """How many of the finer unit make one: whole for all units that there are, so that nothing is ever rounded."""
    return round(scale(1, unit, finer)[0]) if unit != finer else 1


# Their columns


def _identity(profile: Profile, row: int) -> str:
    """What tells a mapping from others of its size: its build id, else its file."""
    mappings, strings = profile.mappings, profile.strings
    return strings[int(mappings.build_id[row])] or strings[int(mappings.file[row])]


def _bare(profile: Profile, columns: Sequence[int]) -> Profile:
    """The profile with these sample types, and nothing said about it."""
    return replace(
        profile,
        sample_types=tuple(profile.sample_types[column] for column in columns),
        values=profile.values[:, columns],
        default_sample_type="",
        drop_frames="",
        keep_frames="",
        time_ns=0,
        duration_ns=0,
        comments=(),
        doc_url="",
        whole=None,
        memo={},
    )


def _scaled(profile: Profile, types: Sequence[ValueType], period: ValueType | None) -> Profile:
    """The profile with exactly these sample types in these units."""
    names = [each.type for each in profile.sample_types]
    columns = [names.index(each.type) for each in types]
    factors = [_factor(profile.sample_types[at].unit, each.unit) for at, each in zip(columns, types, strict=True)]
    values = profile.values[:, columns]
    if any(factor != 1 for factor in factors):
        values = values * np.array(factors, np.int64)
    return replace(profile, sample_types=tuple(types), values=values, period_type=period, memo={})


def _merged(profile: Profile) -> Profile:
    """What is equal made one; of equal mappings the one that starts lowest stays, whichever came first."""
    order = _by_content(profile, profile.mappings)
    return merge.combined(profile, *merge.same_mappings(profile.mappings, order), columns=True)


def _ranks(strings: Sequence[str]) -> Int32:
    """int32 per string: its place in the order of all."""
    order = sorted(range(len(strings)), key=strings.__getitem__)
    ranks = np.empty(len(strings), np.int32)
    ranks[order] = np.arange(len(strings), dtype=np.int32)
    return ranks


def _by_content(profile: Profile, mappings: Mappings) -> Int64:
    """The rows of mappings in an order that only what they say decides."""
    used = np.unique(np.concatenate([mappings.file, mappings.build_id]))
    ranks = np.zeros(len(profile.strings), np.int32)
    ranks[used] = _ranks([profile.strings[row] for row in used.tolist()])
    keys = (mappings.has_functions, mappings.limit, mappings.start, mappings.offset)
    return np.lexsort((*keys, ranks[mappings.build_id], ranks[mappings.file]))


def _canonical(profile: Profile, main: str) -> Profile:
    """The same profile with only what its samples refer to, and each table in an order of its contents."""
    profile = _in_order_of_strings(profile)
    functions, rank = profile.functions, np.arange(len(profile.functions.name), dtype=np.int32)
    order = np.lexsort((functions.start_line, functions.system_name, functions.filename, functions.name))
    rank[order] = np.arange(len(order), dtype=np.int32)
    profile = replace(
        profile,
        functions=Functions(
            functions.name[order],
            functions.system_name[order],
            functions.filename[order],
            functions.start_line[order],
        ),
        frames=replace(profile.frames, function=np.append(rank, np.int32(-1))[profile.frames.function]),
    )
    return _samples_in_order(_locations_in_order(_mappings_in_order(profile, main)))


def _in_order_of_strings(profile: Profile) -> Profile:
    ranks = _ranks(profile.strings)
    functions, mappings, labels = profile.functions, profile.mappings, profile.labels
    return replace(
        profile,
        strings=tuple(sorted(profile.strings)),
        functions=replace(
            functions,
            name=ranks[functions.name],
            system_name=ranks[functions.system_name],
            filename=ranks[functions.filename],
        ),
        mappings=replace(mappings, file=ranks[mappings.file], build_id=ranks[mappings.build_id]),
        labels=replace(labels, key=ranks[labels.key], text=ranks[labels.text], unit=ranks[labels.unit]),
        memo={},
    )


def _mappings_in_order(profile: Profile, main: str) -> Profile:
    """The program's mapping first, of several the one that starts lowest; those that nothing refers to left out."""
    mappings = profile.mappings
    reached = np.zeros(len(mappings.start) + 1, np.bool_)
    reached[profile.locations.mapping[profile.stack]] = True
    order = _by_content(profile, mappings).tolist()
    first = [row for row in order if _identity(profile, row) == main][:1]
    kept = np.array(first + [row for row in order if reached[row] and row not in first], np.int64)
    number = np.full(len(mappings.start) + 1, -1, np.int32)
    number[kept] = np.arange(len(kept), dtype=np.int32)
    return replace(
        profile,
        mappings=Mappings(
            mappings.start[kept],
            mappings.limit[kept],
            mappings.offset[kept],
            mappings.file[kept],
            mappings.build_id[kept],
            mappings.has_functions[kept],
        ),
        locations=replace(profile.locations, mapping=number[profile.locations.mapping]),
    )


def _locations_in_order(profile: Profile) -> Profile:
    locations, frames = profile.locations, profile.frames
    used = np.unique(profile.stack)
    offsets, rows = ranges(locations.frame_offsets, used)
    _, frame = distinct(frames.function[rows] + np.int32(1), frames.line[rows], frames.column[rows])
    lines = merge.ordered_sequences(offsets, frame)
    keys = (locations.is_folded[used], lines, locations.address[used], locations.mapping[used])
    order = used[np.lexsort(keys)]
    number = np.zeros(profile.n_locations, np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    offsets, rows = ranges(locations.frame_offsets, order)
    return replace(
        profile,
        stack=number[profile.stack],
        locations=Locations(
            locations.mapping[order],
            locations.address[order],
            locations.is_folded[order],
            offsets.astype(np.int32),
        ),
        frames=Frames(frames.function[rows], frames.line[rows], frames.column[rows]),
    )


def _samples_in_order(profile: Profile) -> Profile:
    """Samples by their stacks and labels; of each one texts before numbers, by key, several of one key as they were."""
    labels = profile.labels
    numeric = labels.text == 0
    turn = np.lexsort((np.arange(len(numeric)), labels.key, numeric, labels.sample))
    sample, key, text, unit = (column[turn] for column in (labels.sample, labels.key, labels.text, labels.unit))
    number = labels.number[turn]
    _, label = distinct(numeric[turn].astype(np.int32), key, text, number, unit)
    bounds = np.searchsorted(sample, np.arange(profile.n_samples + 1))
    order = np.lexsort(
        (merge.ordered_sequences(bounds, label), merge.ordered_sequences(profile.stack_offsets, profile.stack))
    )
    offsets, entries = ranges(profile.stack_offsets, order)
    label_offsets, rows = ranges(bounds, order)
    return replace(
        profile,
        values=profile.values[order],
        stack_offsets=offsets,
        stack=profile.stack[entries],
        labels=Labels(
            np.repeat(np.arange(len(order), dtype=np.int32), np.diff(label_offsets)),
            key[rows],
            text[rows],
            number[rows],
            unit[rows],
        ),
    )
