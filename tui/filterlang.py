"""Filters as people type them, and as the chips write them: `foo`, `!foo`, `-h foo`, `-l key=value`, `1%`.

It knows the words and nothing of what they do; an expression that is none is found out where it is used.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.errors import ViewError
from analysis.view import Filter, FilterKind
from tui import glyphs

_LETTERS = {
    "f": FilterKind.FOCUS,
    "i": FilterKind.IGNORE,
    "h": FilterKind.HIDE,
    "o": FilterKind.SHOW,
    "s": FilterKind.SHOW_FROM,
    "p": FilterKind.PRUNE_FROM,
    "l": FilterKind.TAGFOCUS,
    "L": FilterKind.TAGIGNORE,
    "r": FilterKind.TAGROOT,
    "e": FilterKind.TAGLEAF,
}
_LETTER_OF = {kind: letter for letter, kind in _LETTERS.items()}
MEANINGS = {
    FilterKind.FOCUS: "only stacks through it",
    FilterKind.IGNORE: "no stacks through it",
    FilterKind.HIDE: "without its frames, what they weigh goes to their callers",
    FilterKind.SHOW: "only its frames",
    FilterKind.SHOW_FROM: "nothing that calls it",
    FilterKind.PRUNE_FROM: "nothing that it calls",
    FilterKind.TAGFOCUS: "only samples with this label",
    FilterKind.TAGIGNORE: "no samples with this label",
    FilterKind.TAGROOT: "the label's values as callers of all",
    FilterKind.TAGLEAF: "the label's values as callees of all",
    FilterKind.MINIMUM: "nothing that weighs less",
}
HELP = (
    ("foo", "only stacks through foo (focus)"),
    ("!foo", "no stacks through foo (ignore)"),
    ("=foo  !=foo", "the same of exactly this name"),
    *((f"-{letter} foo", f"{MEANINGS[kind]} ({kind})") for letter, kind in _LETTERS.items() if letter not in "fi"),
    ("1%", "nothing that weighs less than that share of the total"),
    ("-focus=foo", "any of pprof's options, as they are written there; several, with spaces between them"),
)

_SHARE = re.compile(r"(?:>=?|≥)?\s*(\d+(?:\.\d+)?|\.\d+)\s*%")
_LETTER = re.compile(r"-([A-Za-z])\s+(.+)")
_OPTION = re.compile(r"--?([a-z][a-z_-]+)[= ](.+)")
# As Go's regexp.QuoteMeta.
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
_QUOTED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: filters, and whether percentages are to be of what they leave (None: as before)."""

    filters: tuple[Filter, ...] = ()
    relative: bool | None = None


def parsed(text: str) -> Typed:
    """The filters that `text` asks for. Raises ViewError for a word that is none of the language's."""
    text = text.strip()
    if pasted := _pasted(text):
        return pasted
    if share := _SHARE.fullmatch(text):
        return Typed((Filter(FilterKind.MINIMUM, f"{share[1]}%"),))
    if text.startswith("-"):
        return Typed((_flagged(text),))
    kind = FilterKind.IGNORE if text.startswith("!") else FilterKind.FOCUS
    return Typed((_named(kind, text.removeprefix("!").strip()),))


def _pasted(text: str) -> Typed | None:
    """The reference's own options, all of them with `=`; None where it is something else."""
    if not re.match(r"--?[a-z_-]+(=|$)", text):
        return None
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ViewError(f"a quotation does not end: {text}") from error
    filters: list[Filter] = []
    relative = None
    for word in words:
        name, _, value = word.lstrip("-").partition("=")
        if name in ("relative_percentages", "relative-percentages"):
            relative = value in ("", "true", "1")
        else:
            filters.append(_option(name, value))
    return Typed(tuple(filters), relative)


def _flagged(text: str) -> Filter:
    if letter := _LETTER.fullmatch(text):
        if letter[1] not in _LETTERS:
            raise ViewError(f"there is no filter -{letter[1]}: {known()}")
        return _named(_LETTERS[letter[1]], letter[2].strip())
    if option := _OPTION.fullmatch(text):
        return _option(option[1], option[2].strip())
    raise ViewError(f"of what? {known()}")


def _option(name: str, value: str) -> Filter:
    try:
        kind = FilterKind(name.replace("-", "_"))
    except ValueError:
        raise ViewError(f"there is no filter “{name}”: {', '.join(FilterKind)}") from None
    return Filter(kind, _filled(value))


def _named(kind: FilterKind, text: str) -> Filter:
    return exactly(kind, _filled(text[1:])) if text.startswith("=") else Filter(kind, _filled(text))


def _filled(text: str) -> str:
    if not text:
        raise ViewError(f"of what? {known()}")
    return text


def known() -> str:
    """The language in one line."""
    letters = " ".join(f"-{letter}" for letter in _LETTERS if letter not in "fi")
    return f"foo, !foo, {letters} foo, 1%"


def quoted(name: str) -> str:
    """An expression that is found in `name` as it stands."""
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", name)


def exactly(kind: FilterKind, name: str) -> Filter:
    """A filter for what is called `name`, and nothing else."""
    return Filter(kind, f"^{quoted(name)}$")


def written(filter: Filter) -> str:
    """A filter as it is typed, in as few words as read as the same."""
    if filter.kind is FilterKind.MINIMUM:
        return f"{glyphs.current().least}{filter.text}"
    lead = {FilterKind.FOCUS: "", FilterKind.IGNORE: "!"}.get(filter.kind, f"-{_LETTER_OF[filter.kind]} ")
    short = lead + (_exact(filter.text) or filter.text)
    return short if _reads_as(short, filter) else f"-{filter.kind}={shlex.quote(filter.text)}"


def _reads_as(text: str, filter: Filter) -> bool:
    try:
        return parsed(text).filters == (filter,)
    except ViewError:
        return False


def nothing_left(idle: Sequence[Filter]) -> str:
    """Why filters leave nothing; `idle` are those that match nothing."""
    if not idle:
        return "These filters leave nothing."
    return f"These filters leave nothing: {', '.join(map(written, idle))} match{'es' * (len(idle) == 1)} nothing."


def matching_nothing(idle: Sequence[Filter]) -> str:
    """Which filters match nothing."""
    return f"{', '.join(map(written, idle))} match{'es' * (len(idle) == 1)} nothing."


def _exact(text: str) -> str:
    """`=name` for an expression that is one name, else ""."""
    name = _QUOTED.sub(r"\1", text[1:-1])
    return f"={name}" if name and exactly(FilterKind.FOCUS, name).text == text else ""
