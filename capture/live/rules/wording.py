"""A rule's text taken apart: the condition, how long it must hold, when it is armed again, and sizes made numbers.

What a condition means is PromQL's, and capture/live/rules/language.py's to find out. Nothing here goes into quotes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from capture.memory import parse_size

LONGEST = 2000
"""So many characters a rule may have: PromQL's parser goes down with what is nested as deep as the stack."""
DEEPEST = 50
"""So many brackets, or operations, within each other."""

LONGEST_BACK = 86_400.0
"""So many seconds a rule may look back, and so long it may have to hold."""

_PIECE = re.compile(
    r"""(?P<quoted>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    |(?P<quote>["'`])
    |(?P<space>(?:\s|\#[^\n]*)+)
    |(?P<size>\d+(?:\.\d+)?[ ]*[kmgt]?i?b(?![\w:.]))
    |(?P<word>[a-z_:][\w:]*|\d[\w.]*)
    |(?P<open>[(\[{])|(?P<close>[)\]}])
    |(?P<comparison>[=!]=|[<>]=?)
    |(?P<other>.)""",
    re.VERBOSE | re.IGNORECASE | re.ASCII | re.DOTALL,
)
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_TIME = re.compile(r"(?:\d{1,9}(?:ms|[smhdwy]))+", re.ASCII)
_PART = re.compile(r"(\d+)(ms|[smhdwy])", re.ASCII)
_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0, "y": 365 * 86400.0}
_TAILS = ("for", "until")


class WordingError(ValueError):
    """A text that is no rule; the message is what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a rule's text: its kind as `_PIECE` names it, and the brackets it is in, outermost first."""

    kind: str
    text: str
    within: str

    @property
    def is_tail(self) -> bool:
        return self.kind == "word" and not self.within and self.text.lower() in _TAILS


@dataclass(frozen=True, slots=True)
class Wording:
    """A rule's parts. `until` is "" where there is none, and begins with an operator where it is short."""

    condition: tuple[Piece, ...]
    hold: str
    until: tuple[Piece, ...]


def taken_apart(text: str) -> Wording:
    """The parts of a rule. Raises WordingError."""
    if len(text) > LONGEST:
        raise WordingError(f"it is longer than {LONGEST:,} characters")
    pieces = tuple(_pieces(text.strip()))
    at = [number for number, piece in enumerate(pieces) if piece.is_tail]
    ends = [*at, len(pieces)]
    tails: dict[str, tuple[Piece, ...]] = {}
    for begin, end in zip(at, ends[1:], strict=True):
        word = pieces[begin].text.lower()
        if word in tails:
            raise WordingError(f"“{word}” is said twice")
        tails[word] = pieces[begin + 1 : end]
        if not promql(tails[word]):
            raise WordingError(f"“{word}” wants something behind it: “for 30s”, “until < 4000”")
    if not promql(pieces[: ends[0]]):
        raise WordingError("there is no condition: write one such as go_goroutines > 5000")
    return Wording(pieces[: ends[0]], promql(tails.get("for", ())).replace(" ", ""), tails.get("until", ()))


def _pieces(text: str) -> Iterator[Piece]:
    within = ""
    for match in _PIECE.finditer(text):
        kind, piece = match.lastgroup or "", match.group()
        if kind == "quote":
            raise WordingError(f"a quotation that {piece} begins has no end")
        if kind == "close":
            if not within or _CLOSES[within[-1]] != piece:
                raise WordingError(f"a “{piece}” closes nothing")
            within = within[:-1]
        yield Piece(kind, " " if kind == "space" else piece, within)
        if kind == "open":
            within += piece
            if len(within) > DEEPEST:
                raise WordingError(f"brackets are nested more than {DEEPEST} deep")
    if within:
        raise WordingError(f"a “{within[-1]}” is not closed")


def as_typed(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces).strip()


def promql(pieces: Sequence[Piece]) -> str:
    """The same with numbers for sizes. Raises WordingError for what PromQL's parser had better not be given."""
    for piece in pieces:
        if (piece.kind, piece.text.lower()) in (("word", "offset"), ("other", "@")) and "{" not in piece.within:
            raise WordingError(f"“{piece.text}” is not understood: a rule is about now")
    for about in re.findall(r"\[([^]]*)]", "".join(piece.text for piece in pieces if piece.kind != "quoted")):
        if ":" in about:
            raise WordingError(f"[{about}] is a subquery, which goscope does not know")
        # Without a unit, it is seconds.
        back = seconds(f"{about}s" if about.isdecimal() else about.strip())
        if not 0 < (back or 0.0) <= LONGEST_BACK:
            raise WordingError(f"[{about}] is no time to look back, a day at most, such as [30s] or [5m]")
    return "".join(map(_in_numbers, pieces)).strip()


def _in_numbers(piece: Piece) -> str:
    if piece.kind != "size" or piece.within.strip("("):
        return piece.text
    try:
        return str(parse_size(piece.text))
    except (ValueError, OverflowError):
        raise WordingError(f"“{piece.text}” is no size such as 500MB or 2GiB") from None


def seconds(text: str) -> float | None:
    """Seconds of `30s` or `1m30s`, in PromQL's units; None for what is no such time."""
    if not _TIME.fullmatch(text):
        return None
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


def compared(condition: Sequence[Piece]) -> tuple[str, str]:
    """What is on the left and the right side of a condition that is one comparison, in PromQL."""
    found = [(len(piece.within), at) for at, piece in enumerate(condition) if piece.kind == "comparison"]
    around = min(found)[0]
    at = max(at for deep, at in found if deep == around)
    opened = [at for at, piece in enumerate(condition) if piece.kind == "open"][:around]
    closed = [at for at, piece in enumerate(condition) if piece.kind == "close"][::-1][:around]
    begin, end = (opened[-1] + 1, closed[-1]) if around else (0, len(condition))
    return promql(condition[begin:at]), promql(condition[at + 1 : end])
