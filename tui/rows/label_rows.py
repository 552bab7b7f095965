"""Which rows the labels in Top have: the keys, under each its values, and what has none.

What is written in a row is `tui.rows.labels`' to know.
"""

from analysis.memo import memo
from analysis.tags import Tag, tags
from analysis.units import is_known
from analysis.view import Filter, FilterKind, View
from parsers.profile.model import Profile
from tui.filterlang import quoted

_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
KEY = -1
"""In place of a value's number: the row of the key itself."""
NONE = -2
"""The row of the samples that do not have the key."""


class Labels:
    """The rows of a profile's labels: `at(row)` is a key's Tag, and the number of a value of it, KEY or NONE."""

    def __init__(self, found: tuple[Tag, ...], total: int) -> None:
        self.total = total
        self._rows: list[tuple[Tag, int]] = []
        for tag in found:
            self._rows += [(tag, KEY), *((tag, value) for value in range(len(tag.values)))]
            if self.rest(tag):
                self._rows.append((tag, NONE))

    def __len__(self) -> int:
        return len(self._rows)

    def at(self, row: int) -> tuple[Tag, int]:
        return self._rows[row]

    def rest(self, tag: Tag) -> int:
        """What weighs without the key; where samples have several values of it that is not known, and 0."""
        return max(self.total - tag.weight, 0)

    def weight(self, row: int) -> int:
        tag, value = self.at(row)
        return tag.weight if value == KEY else self.rest(tag) if value == NONE else tag.values[value][1]

    def is_key(self, row: int) -> bool:
        return self.at(row)[1] == KEY

    def filters(self, row: int, kind: FilterKind) -> tuple[Filter, ...]:
        """What leaves the samples of a row, or with IGNORE takes them away; of a key, what groups all by it.

        Nothing, where no filter does that: for those with any value of a key that has texts as well as numbers.
        """
        tag, value = self.at(row)
        without = kind is FilterKind.IGNORE
        if value == NONE:
            found = _any_value(tag)
            # Filters have no way to ask for a text or a number.
            some = found if not without or len(found) == 1 else []
            return tuple(Filter(_tag_kind(not without), text) for text in some)
        if value == KEY:
            if without:
                return tuple(Filter(FilterKind.TAGIGNORE, text) for text in _any_value(tag))
            return (Filter(FilterKind.TAGROOT, tag.key),)
        text = tag.values[value][0]
        if text in tag.numbers:
            return (Filter(_tag_kind(without), f"{tag.key}={_range(*tag.numbers[text], tag.unit)}"),)
        return (Filter(_tag_kind(without), f"{tag.key}=^{_one_of_list(quoted(text))}$"),)


def _tag_kind(without: bool) -> FilterKind:
    return FilterKind.TAGIGNORE if without else FilterKind.TAGFOCUS


def _any_value(tag: Tag) -> list[str]:
    """What any value of a key matches: texts, and numbers."""
    found = [f"{tag.key}="] if len(tag.numbers) < len(tag.values) else []
    return found + ([f"{tag.key}={_range(_LEAST, _MOST, tag.unit)}"] if tag.numbers else [])


def _range(low: int, high: int, unit: str) -> str:
    """Numbers as a filter has them; a unit that is in no family says nothing there."""
    unit = unit if is_known(unit) else ""
    return f"{low}{unit}" if low == high else f"{low}{unit}:{high}{unit}"


def _one_of_list(expression: str) -> str:
    """An expression without commas: these would part it from the next one."""
    return expression.replace(",", r"\x2c")


@memo
def labels(profile: Profile, view: View, total: int) -> Labels:
    """The labels of a profile, of which all samples weigh `total`. Raises ViewError for an unknown sample type."""
    return Labels(tags(profile, view), total)
