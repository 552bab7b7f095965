"""Filters by label: texts that match, numbers in a range (internal/driver/driver_focus.go of pprof)."""

import re

import numpy as np

from analysis.errors import ViewError
from analysis.expressions import compiled, matching
from analysis.nodes import distinct
from analysis.tags import number_units
from analysis.units import scale
from parsers.profile.model import Bool, Profile

# The reference finds these anywhere and then asks for there to be nothing else.
_NUMBER = r"([+-]?[0-9]+)([A-Za-z]+)?"
_RANGE = re.compile(
    rf"(?P<one>{_NUMBER})|(?P<least>{_NUMBER}):|:(?P<most>{_NUMBER})|(?P<low>{_NUMBER}):(?P<high>{_NUMBER})"
)
_PART = re.compile(_NUMBER)
_GREATEST = 1 << 63


class _Range:
    """Numbers of one unit from `low` to `high`, None for no bound."""

    def __init__(self, low: str | None, high: str | None) -> None:
        first = low if low is not None else high
        assert first is not None
        self._low: float | None = None
        self._high: float | None = None
        value, self._unit = _scaled(first, None)
        if low is not None:
            self._low = value
        if high is not None:
            self._high, unit = _scaled(high, self._unit)
            self.sound = unit == self._unit
        else:
            self.sound = True

    def has(self, number: int, unit: str) -> bool:
        value, own = scale(number, unit, self._unit)
        return (
            own == self._unit
            and (self._low is None or value >= self._low)
            and (self._high is None or value <= self._high)
        )


def _scaled(text: str, to: str | None) -> tuple[float, str]:
    number, unit = _PART.fullmatch(text).groups("")  # type: ignore[union-attr]
    if not -_GREATEST <= int(number) < _GREATEST:
        raise ViewError(f"{number} is too large a number for a label")
    return scale(int(number), unit, unit if to is None else to)


def parsed_range(text: str) -> _Range | None:
    """The range that a text stands for; None where it is an expression. Raises ViewError for a number too large."""
    found = _RANGE.fullmatch(text)
    if not found:
        return None
    one = found["one"]
    made = _Range(one or found["least"] or found["low"], one or found["most"] or found["high"])
    return made if made.sound else None


def check(text: str) -> None:
    """Raises ViewError where a tag filter has an expression that is none."""
    value = text.partition("=")[2] if "=" in text else text
    if parsed_range(value) is None:
        for each in value.split(","):
            compiled(each)


def labelled(profile: Profile, text: str) -> Bool:
    """Bool per sample: whether its labels are as the filter `text` wants them. Raises ViewError.

    `key=value` or `value`, the latter of any key. A value is a range of numbers (`32kb`, `:64kb`, `4mb:`, `1kb:2mb`) or
    expressions between commas: with a key one of them must match, without all of them must, each some `key:value`.
    """
    key, _, value = text.partition("=") if "=" in text else ("", "", text)
    wanted = key if "=" in text else None
    if (numbers := parsed_range(value)) is not None:
        return _having(profile, _numbers_within(profile, numbers, wanted))
    found = np.full(profile.n_samples, wanted is None)
    for expression in value.split(","):
        has = _having(profile, _texts_matching(profile, expression, wanted))
        found = found & has if wanted is None else found | has
    return found


def _having(profile: Profile, rows: Bool) -> Bool:
    found = np.zeros(profile.n_samples, np.bool_)
    found[profile.labels.sample[rows]] = True
    return found


def _of_key(profile: Profile, wanted: str | None) -> Bool:
    keys = profile.labels.key
    if wanted is None:
        return np.ones(len(keys), np.bool_)
    of: Bool = keys == (profile.strings.index(wanted) if wanted in profile.strings else -1)
    return of


def _texts_matching(profile: Profile, expression: str, wanted: str | None) -> Bool:
    """Bool per label."""
    labels, strings = profile.labels, profile.strings
    rows = np.flatnonzero(_of_key(profile, wanted) & (labels.text != 0))
    first, number = distinct(labels.key[rows], labels.text[rows])
    pairs = zip(labels.key[rows[first]].tolist(), labels.text[rows[first]].tolist(), strict=True)
    texts = [strings[text] if wanted is not None else f"{strings[key]}:{strings[text]}" for key, text in pairs]
    found = np.zeros(len(labels.key), np.bool_)
    found[rows] = matching(expression, texts)[number]
    return found


def _numbers_within(profile: Profile, numbers: _Range, wanted: str | None) -> Bool:
    """Bool per label."""
    labels, strings, units = profile.labels, profile.strings, number_units(profile)
    rows = np.flatnonzero(_of_key(profile, wanted) & (labels.text == 0))
    pairs, number = np.unique(
        np.stack([labels.key[rows].astype(np.int64), labels.number[rows]]), axis=1, return_inverse=True
    )
    within = np.array([numbers.has(value, units[strings[key]]) for key, value in pairs.T.tolist()], np.bool_)
    found = np.zeros(len(labels.key), np.bool_)
    found[rows] = within[number]
    return found
