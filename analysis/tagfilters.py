"""Filters by label: which samples tagfocus and tagignore are about (driver_focus.go of google/pprof)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from analysis.expressions import compiled
from analysis.nodes import distinct
from analysis.units import scale
from parsers.profile.model import Bool, Profile

_NUMBER = re.compile(r"([+-]?[0-9]+)([A-Za-z]+)?")
_INT64 = 1 << 63

Range = Callable[[int, str], bool]
"""Whether a value in a unit lies in the range."""


@dataclass(frozen=True, slots=True)
class TagFilter:
    """What a tagfocus or tagignore asks for: of one `key` or, with None, of any, a `range` or else `expressions`."""

    key: str | None
    range: Range | None
    expressions: tuple[Callable[[str], bool], ...]


def parsed(text: str) -> TagFilter:
    """`key=value` or `value`: a range of numbers, or expressions between commas. Raises ViewError for a bad one."""
    key, equals, value = text.partition("=")
    key, value = (key, value) if equals else ("", text)
    numbers = number_range(value)
    expressions = () if numbers else tuple(compiled(part) for part in value.split(","))
    # An empty key is none, in the reference.
    return TagFilter(key or None, numbers, expressions)


def number_range(text: str) -> Range | None:
    """The numbers that `32kb`, `:64kb`, `4mb:` or `12kb:64mb` stands for, both ends included; None for other text.

    A number without a unit is in no unit at all, and one in another unit is converted where that can be done.
    """
    found = list(_NUMBER.finditer(text))[:2]
    limits = [(int(each[1]), each[2] or "") for each in found]
    # Beyond 64 bits a row of digits is no number but, say, a trace's id.
    if not limits or any(not -_INT64 <= number < _INT64 for number, _ in limits):
        return None
    low, unit = scale(*limits[0], limits[0][1])
    high = low
    first = found[0].group()
    if len(found) == 2:
        high, other = scale(*limits[1], unit)
        if text != f"{first}:{found[1].group()}" or unit != other:
            return None
    elif text == f":{first}":
        low = -np.inf
    elif text == f"{first}:":
        high = np.inf
    elif text != first:
        return None

    def within(number: int, own: str) -> bool:
        scaled, name = scale(number, own, unit)
        return name == unit and low <= scaled <= high

    return within


def tagged(profile: Profile, text: str, units: dict[str, str]) -> Bool:
    """bool[n_samples]: those that the tagfocus or tagignore `text` matches, with the `units` of numeric labels by key.

    With a key any expression has to match one of its values; without, each has to match some `key:value`.
    """
    wanted = parsed(text)
    labels, strings = profile.labels, profile.strings
    rows = np.flatnonzero((labels.text == 0) == (wanted.range is not None))
    if wanted.key is not None:
        rows = rows[labels.key[rows] == (strings.index(wanted.key) if wanted.key in strings else -1)]
    first, number = distinct(labels.key[rows], labels.text[rows], labels.number[rows])
    pairs = [(strings[labels.key[row]], row) for row in rows[first].tolist()]

    def of_samples(verdicts: list[bool]) -> Bool:
        samples = np.zeros(profile.n_samples, np.bool_)
        samples[labels.sample[rows[np.array(verdicts, np.bool_)[number]]]] = True
        return samples

    if within := wanted.range:
        return of_samples([within(int(labels.number[row]), units[key]) for key, row in pairs])
    values = [strings[labels.text[row]] if wanted.key else f"{key}:{strings[labels.text[row]]}" for key, row in pairs]
    matched = [of_samples([matches(value) for value in values]) for matches in wanted.expressions]
    return reduce(np.logical_or if wanted.key else np.logical_and, matched)
