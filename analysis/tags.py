"""Labels: how much of the total the samples with each value of each key carry, as `go tool pprof -tags`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.expressions import compiled
from analysis.samples import sample_index, weights
from analysis.units import AUTO, label
from analysis.view import View
from parsers.profile.model import Profile

# Keys of numbers that C++ allocators write without a unit.
_BYTES = ("alignment", "request")


@dataclass(frozen=True, slots=True)
class Tag:
    """A label key: the weight of the samples that have it, and of those with each value, the heaviest first.

    A sample counts once for every value it has under the key. `numbers` has of a value that is one, in `unit`, the
    least and the greatest that are written so.
    """

    key: str
    weight: int
    values: tuple[tuple[str, int], ...]
    unit: str = field(default="", compare=False)
    numbers: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False)


def tags(profile: Profile, view: View, unit: str = AUTO) -> tuple[Tag, ...]:
    """All label keys, by name; numbers are written in `unit`. Raises ViewError for an unknown sample type."""
    labels, strings = profile.labels, profile.strings
    weight = weights(profile, sample_index(profile, view.sample))[labels.sample]
    units = number_units(profile)
    totals: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    numeric = labels.text == 0
    distinct, row_of = np.unique(
        np.stack([labels.key, labels.text, labels.number], axis=1), axis=0, return_inverse=True
    )
    sums = np.zeros(len(distinct), np.int64)
    np.add.at(sums, row_of, weight)
    of_number = np.zeros(len(distinct), np.bool_)
    of_number[row_of[numeric]] = True
    numbers: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for (key, text, number), carried, is_number in zip(distinct.tolist(), sums.tolist(), of_number, strict=True):
        name = strings[key]
        value = label(number, units[name], unit) if is_number else strings[text]
        totals[name][value] += carried
        if is_number:
            low, high = numbers[name].get(value, (number, number))
            numbers[name][value] = min(low, number), max(high, number)
    return tuple(
        Tag(
            key,
            sum(values.values()),
            tuple(sorted(values.items(), key=lambda pair: (-abs(pair[1]), pair[0]))),
            units.get(key, ""),
            numbers[key],
        )
        for key, values in sorted(totals.items())
    )


def named(found: Sequence[Tag], show: str, hide: str) -> tuple[Tag, ...]:
    """The keys that the expression `show` finds and `hide` does not; "" asks for nothing. Raises ViewError."""
    shows, hides = compiled(show), compiled(hide)
    return tuple(tag for tag in found if (not show or shows(tag.key)) and not (hide and hides(tag.key)))


def number_units(profile: Profile) -> dict[str, str]:
    """The unit of every numeric label key: the first that a sample names, else what the key suggests."""
    labels, strings = profile.labels, profile.strings
    units: dict[str, str] = {}
    numeric = np.flatnonzero(labels.text == 0)
    with_unit = numeric[labels.unit[numeric] != 0]
    keys, first = np.unique(labels.key[with_unit], return_index=True)
    for key, row in zip(keys, with_unit[first], strict=True):
        units[strings[key]] = strings[labels.unit[row]]
    for key in np.unique(labels.key[numeric]):
        name = strings[key]
        units.setdefault(name, "bytes" if name in _BYTES else name)
    return units
