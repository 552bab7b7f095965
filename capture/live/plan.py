"""What is to be recorded: what is taken, how often, for how long, how much is kept, and what sets it off."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from capture.live import USUAL_TAKE
from capture.live.rules.language import Rule, rule
from capture.live.take import Take, takes
from capture.memory import parse_size
from capture.moments import nanoseconds
from capture.open import CaptureError
from parsers.text import clean

EVERY = 60.0
MOST = 1 << 30
KEEP = 200
SCRAPE = 5.0
_QUICKEST = 0.1
_DIGITS = 15

_WORDS = ("every", "take", "for", "keep", "max")
_USUAL = tuple(takes(USUAL_TAKE))


@dataclass(frozen=True, slots=True)
class Plan:
    """A recording. Times are seconds.

    `every` is 0 where nothing but a rule has captures taken; `lasting` is 0 for until it is stopped. `keep` captures of
    each kind of each target stay, 0 for all, and of all together `most` bytes. When one of `rules` fires, there are
    `burst` rounds of captures, `gap` apart, and not again before `cool_down` is over; `metrics` is where these are
    looked for, every `scrape`.
    """

    takes: tuple[Take, ...] = _USUAL
    every: float = EVERY
    lasting: float = 0.0
    keep: int = KEEP
    most: int = MOST
    rules: tuple[Rule, ...] = field(default=())
    burst: int = 3
    gap: float = 10.0
    cool_down: float = 600.0
    scrape: float = SCRAPE
    metrics: str = "/metrics"

    def __post_init__(self) -> None:
        """Raises CaptureError where a rule could never come true."""
        for each in self.rules:
            if each.shortest < 2 * self.scrape:
                raise CaptureError.of(
                    f"“{each.text}”: in {each.shortest:g}s metrics are not looked at twice, for that is done every "
                    f"{self.scrape:g}s: write more, or --scrape {each.shortest / 3:.2g}s"
                )

    def __str__(self) -> str:
        """What will be done, in words."""
        parts = [f"every {self.every:g} s" if self.every else "at first", ", ".join(map(str, self.takes))]
        parts += [f"when {each.text}" for each in self.rules]
        parts.append(f"the newest {self.keep} of each kind stay" if self.keep else "all stay")
        if self.most:
            parts[-1] += f", {self.most >> 20:,} MB at most"
        return "; ".join(parts)


def scraping(rules: Iterable[Rule]) -> float:
    """How often metrics are looked at unless something else is said: so that functions of a short time have enough."""
    return max(_QUICKEST, min([SCRAPE, *(each.shortest / 3 for each in rules)]))


def seconds(text: str, what: str, least: float = 0.0) -> float:
    """The time that a text stands for. Raises CaptureError with a sentence that begins with `what`."""
    try:
        found = nanoseconds(text) / 1e9
    except ValueError as error:
        raise CaptureError.of(clean(f"{what}: {error}")) from None
    if found < least:
        raise CaptureError.of(f"{what}: {clean(text)} is too little: at least {least:g}s")
    return found


def plan_of(text: str) -> tuple[list[str], Plan]:
    """Addresses and plan of `http://localhost:6060 every 60s take cpu=10s,heap for 1h keep 200 max 1GB when RULE`.

    What is left out is as usual; `when` comes last, for a rule has words of its own. Without `every`, a rule alone has
    captures taken. Raises CaptureError with one sentence.
    """
    text, *conditions = re.split(r"(?:^|\s+)when(?:\s+|$)", text.strip())
    words = text.split()
    places = [at for at, word in enumerate(words) if word in _WORDS]
    addresses = words[: places[0]] if places else words
    said: dict[str, str] = {}
    for at, end in pairwise([*places, len(words)]):
        if end - at != 2 or words[at] in said:
            raise CaptureError.of(f"“{clean(words[at])}” wants one word behind it, once: {_example(words[at])}")
        said[words[at]] = words[at + 1]
    rules = tuple(rule(each) for each in conditions)
    plan = Plan(
        takes=takes(said["take"]) if "take" in said else _USUAL,
        every=seconds(said["every"], "every", 1.0) if "every" in said else 0.0 if rules else EVERY,
        lasting=seconds(said["for"], "for", 1.0) if "for" in said else 0.0,
        keep=count(said["keep"], "keep") if "keep" in said else KEEP,
        most=size(said["max"], "max") if "max" in said else MOST,
        rules=rules,
        scrape=scraping(rules),
    )
    return addresses, plan


def written(addresses: Iterable[str], plan: Plan) -> str:
    """The text that `plan_of` makes these of."""
    parts = [*addresses]
    if plan.every:
        parts.append(f"every {_time(plan.every)}")
    parts.append(f"take {','.join(map(str, plan.takes))}")
    if plan.lasting:
        parts.append(f"for {_time(plan.lasting)}")
    if plan.keep != KEEP:
        parts.append(f"keep {plan.keep}")
    if plan.most != MOST:
        parts.append(f"max {plan.most}")
    return " ".join([*parts, *(f"when {each.text}" for each in plan.rules)])


def _time(seconds: float) -> str:
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + "s"


def _example(word: str) -> str:
    usual = {"every": "60s", "take": USUAL_TAKE, "for": "1h", "keep": "200", "max": "1GB"}
    return f"{word} {usual[word]}"


def count(text: str, what: str) -> int:
    """The number that a text stands for. Raises CaptureError with a sentence that begins with `what`."""
    if not text.isdecimal() or len(text) > _DIGITS:
        raise CaptureError.of(f"{what}: “{clean(text)}” is not a number")
    return int(text)


def size(text: str, what: str) -> int:
    """The bytes that a text stands for. Raises CaptureError with a sentence that begins with `what`."""
    try:
        return parse_size(text)
    except ValueError as error:
        raise CaptureError.of(clean(f"{what}: {error}")) from None
