"""The corpus' profiles through filters of every kind and several kinds at once, by goscope and by `go tool pprof`.

`python -m tests.conformance.filters` compares them all, and takes some minutes; `test_filters.py` a few of them.
"""

import argparse
import os
import random
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np

from analysis.errors import ViewError
from analysis.filters import filtered, unmatched
from analysis.prune import prune
from analysis.view import Filter, FilterKind, Granularity, View
from parsers.profile import Profile
from tests.conformance.corpus import is_legacy, profile_answers
from tests.conformance.diffs import GRANULARITIES, answered, asked, first_difference, read

KINDS = [kind for kind in FilterKind if kind is not FilterKind.MINIMUM]
_SEVERAL = 14  # random sets of kinds for each profile
_SPECIAL = frozenset(".*+?()[]{}|^$\\")


@dataclass(frozen=True, slots=True)
class Case:
    """A profile of the corpus, and how to look at it: with one filter of a kind at most, as the reference has them."""

    path: str
    view: View

    def __str__(self) -> str:
        return f"{self.path} {' '.join(flags(self.view))}"


def flags(view: View) -> list[str]:
    """The reference's flags for a view."""
    return [
        f"-{view.granularity}",
        f"-unit={view.unit}",
        f"-sample_index={view.sample}",
        *([] if view.inlines else ["-noinlines"]),
        *(["-relative_percentages"] if view.relative else []),
        *(f"-{each.kind}={each.text}" for each in view.filters),
    ]


def cases(path: str) -> list[Case]:
    """Each kind by itself, then sets of two to four of them; what they look for is taken out of the profile."""
    profile = read(path)
    chance = random.Random(path)
    sets = [(kind,) for kind in KINDS] + [tuple(chance.sample(KINDS, chance.randint(2, 4))) for _ in range(_SEVERAL)]
    return [Case(path, _view(profile, kinds, chance)) for kinds in sets]


def paths() -> list[str]:
    """The corpus' binary profiles."""
    return [path for path, answer in profile_answers().items() if answer.get("types") and not is_legacy(path)]


def _view(profile: Profile, kinds: tuple[FilterKind, ...], chance: random.Random) -> View:
    index = chance.randrange(len(profile.sample_types))
    return View(
        sample=str(index),
        granularity=Granularity(chance.choice(GRANULARITIES)),
        inlines=chance.random() < 0.8,
        unit=profile.sample_types[index].unit or "auto",
        filters=tuple(Filter(kind, _text(profile, kind, chance)) for kind in kinds),
        relative=chance.random() < 0.3,
    )


def _text(profile: Profile, kind: FilterKind, chance: random.Random) -> str:
    labels, strings = profile.labels, profile.strings
    keys = sorted({strings[row] for row in np.unique(labels.key).tolist()}) or ["nokey"]
    if kind in (FilterKind.TAGROOT, FilterKind.TAGLEAF):
        return ",".join(chance.choice([*keys, "nokey"]) for _ in range(chance.randint(1, 2)))
    if kind in (FilterKind.TAGFOCUS, FilterKind.TAGIGNORE):
        return _tag(profile, chance)
    functions = profile.functions
    columns = (
        [functions.name] if kind is FilterKind.PRUNE_FROM else [functions.name, functions.name, functions.filename]
    )
    rows = np.concatenate([*columns, profile.mappings.file])
    used = [text for text in (strings[row] for row in rows.tolist()) if text.isascii() and "\\" not in text and text]
    return _expression(chance.choice(used or ["main"]), chance)


def _tag(profile: Profile, chance: random.Random) -> str:
    labels, strings = profile.labels, profile.strings
    if not len(labels.key):
        return "nothing"
    row = chance.randrange(len(labels.key))
    key, text, number = strings[labels.key[row]], strings[labels.text[row]], int(labels.number[row])
    unit = chance.choice([strings[labels.unit[row]], "", "b", "kb"])
    if text or chance.random() < 0.2:
        value = _quoted(text) if text.isascii() and "\\" not in text else "."
        if chance.random() < 0.3:
            value += f",{chance.choice(['1', 'a', '.', 'e$'])}"
        return chance.choice(["", f"{key}="]) + (value or ".")
    value = chance.choice([f"{number}{unit}", f"{number}{unit}:", f":{number}{unit}", f"0{unit}:{number}{unit}"])
    return chance.choice(["", f"{key}="]) + value


def _expression(text: str, chance: random.Random) -> str:
    """Something that matches this text: all of it, its end, its start, or a few of its letters."""
    at, length = chance.randrange(len(text)), chance.randint(2, 6)
    return chance.choice(
        [
            f"^{_quoted(text)}$",
            f"{_quoted(text[at:])}$",
            f"^{_quoted(text[: at + 1])}",
            _quoted(text[at : at + length]),
            f"{_quoted(text[at : at + length])}|{_quoted(text[:length])}",
        ]
    )


def _quoted(text: str) -> str:
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in text)


# What the reference calls those that it says of when they match nothing.
_SAYS = {kind: kind.replace("_", "") for kind in KINDS if kind is not FilterKind.PRUNE_FROM}


def differing(case: Case) -> str:
    """A sentence where the two do not say the same of a case, else ""."""
    profile = prune(read(case.path))
    other, said = asked([*flags(case.view), case.path])
    try:
        left, missed = filtered(profile, case.view), unmatched(profile, case.view)
    except ViewError as error:
        return "" if other.refused else f"{case}: refused, {error}"
    if other.refused:
        return f"{case}: refused by the reference alone, {said.strip().splitlines()[-1]}"
    mine = answered(left, case.view)
    if mine != other:
        return f"{case}: {first_difference(mine, other)}"
    named = set(re.findall(r"(\w+) expression matched no samples", said.lower()))
    theirs = {kind for kind, name in _SAYS.items() if name in named}
    ours = {each.kind for each in missed if each.kind in _SAYS}
    return "" if ours == theirs else f"{case}: nothing matched for {ours} and not {theirs}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so manieth case")
    parser.add_argument("--start", type=int, default=0)
    arguments = parser.parse_args()
    every = list(islice((case for path in paths() for case in cases(path)), arguments.start, None, arguments.every))
    print(f"{len(every):,} cases", flush=True)
    wrong = 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for sentence in pool.map(differing, every, chunksize=20):
            if sentence:
                wrong += 1
                print(sentence, flush=True)
    print(f"{len(every):,} cases compared, {wrong} not as in the reference")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
