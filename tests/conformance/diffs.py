"""Pairs of the corpus' profiles, subtracted by goscope and by `go tool pprof`.

`python -m tests.conformance.diffs` compares all pairs in every way, and takes many minutes; `test_diffs.py`
a few of them.
"""

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import islice, product

from analysis.diff import Against, diff
from analysis.edges import inline_marks
from analysis.errors import ViewError
from analysis.prune import prune
from analysis.top import ranked, top
from analysis.view import Granularity, View
from benchmarks.gotools import go
from parsers.profile import Profile, read_profile
from tests.conformance.corpus import ROOT, Rows, as_printed, cleaned, cut, is_legacy, profile_answers

WAYS = (("-diff_base",), ("-base",), ("-diff_base", "-normalize"))
# At files the reference has several rows for one.
GRANULARITIES = [each for each in Granularity if each is not Granularity.FILES]
_ROW = re.compile(r" *(-?[\d.]+)(\S*?) +\S+% +\S+% +(-?[\d.]+)\S*? +\S+%  (.*)")
_TOTAL = re.compile(r"Showing nodes accounting for .*% of (-?[\d.]+)\S* total")
_NOWHERE = {"TZ": "UTC", "HOME": "/nonexistent", "PPROF_BINARY_PATH": "/nonexistent", "PPROF_TMPDIR": "/nonexistent"}


@dataclass(frozen=True, slots=True)
class Answer:
    """The total and the rows of a difference, or that there is none."""

    total: float = 0
    rows: tuple[tuple[tuple[str, float, float], int], ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Two profiles of the corpus, the number of a sample type among those that both have, and what rows stand for."""

    new: str
    base: str
    index: int = 0
    granularity: Granularity = Granularity.FUNCTIONS

    def __str__(self) -> str:
        return f"{self.new} less {self.base}, sample type {self.index}, {self.granularity}"


@cache
def pprof() -> str:
    """The pprof of the Go distribution, which there must be."""
    found = go()
    assert found
    command, environment = found
    # `go tool` builds it when it is first run.
    subprocess.run([command, "tool", "pprof", "-help"], env=environment, capture_output=True, check=False)
    asked = subprocess.run(
        [command, "tool", "-n", "pprof"], env=environment, capture_output=True, check=True, text=True
    )
    return asked.stdout.strip()


@cache
def read(path: str) -> Profile:
    return read_profile((ROOT / path).read_bytes())


def pairs() -> list[Pair]:
    """All ordered pairs of binary profiles with a sample type in common; sample types and granularities take turns."""
    types = {
        path: [each["type"] for each in answer["types"]]
        for path, answer in profile_answers().items()
        if "types" in answer and not is_legacy(path)
    }
    found: list[Pair] = []
    for at, (new, base) in enumerate(product(types, repeat=2)):
        if common := [name for name in types[new] if name in types[base]]:
            found.append(Pair(new, base, at % len(common), GRANULARITIES[at // 5 % len(GRANULARITIES)]))
    return found


def ours(pair: Pair, way: tuple[str, ...]) -> Answer:
    against = Against(way[0][1:])
    try:
        profile = prune(diff(read(pair.new), read(pair.base), against=against, normalize="-normalize" in way))
    except ViewError:
        return Answer(refused=True)
    return answered(profile, View(sample=str(pair.index), granularity=pair.granularity))


def answered(profile: Profile, view: View) -> Answer:
    """What goscope's Top says, trimmed of nothing."""
    result = top(profile, view)
    order = ranked(result)
    marks = inline_marks(profile, view, result, order)
    rows: Rows = Counter()
    for node in order.tolist():
        mark = f" ({marks[node]})" if node in marks else ""
        flat, cum = as_printed(int(result.flat[node])), as_printed(int(result.cum[node]))
        rows[result.nodes.label(node) + mark, flat, cum] += 1
    return _answer(result.total, rows)


def theirs(pair: Pair, way: tuple[str, ...], unit: str) -> Answer:
    """What `go tool pprof` says; in its own unit a value is printed as the integer that it is."""
    return asked(
        [
            f"-{pair.granularity}",
            f"-unit={unit or 'auto'}",
            f"-sample_index={pair.index}",
            f"{way[0]}={pair.base}",
            *way[1:],
            pair.new,
        ]
    )[0]


def asked(arguments: list[str]) -> tuple[Answer, str]:
    """What `go tool pprof -top` says, trimmed of nothing, and what it says on stderr."""
    done = subprocess.run(
        [pprof(), "-top", "-trim=false", "-symbolize=none", *arguments],
        cwd=ROOT,
        env=_NOWHERE,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )
    found = _TOTAL.search(done.stdout)
    if not found:
        return Answer(refused=True), done.stderr
    rows: Rows = Counter()
    for line in done.stdout.split("\n"):
        if row := _ROW.fullmatch(line):
            flat, _, cum, name = row.groups()
            rows[cleaned(name), as_printed(int(flat)), as_printed(int(cum))] += 1
    return _answer(int(found[1]), rows), done.stderr


def _answer(total: int, rows: Rows) -> Answer:
    return Answer(as_printed(total), tuple(sorted(cut(rows).items())))


def unit(pair: Pair) -> str:
    """The unit of the sample type in the difference."""
    try:
        return diff(read(pair.new), read(pair.base)).sample_types[pair.index].unit
    except ViewError:
        return ""


def ways(pair: Pair) -> tuple[tuple[str, ...], ...]:
    """All of WAYS; but the reference does not normalize where it has to drop or convert sample types first."""
    new, base = read(pair.new), read(pair.base)
    alike = new.sample_types == base.sample_types and new.period_type == base.period_type
    return WAYS if alike else WAYS[:2]


def differing(pair: Pair) -> tuple[int, list[str]]:
    """In how many ways a pair was looked at, and a sentence for each in which the two do not say the same."""
    found: list[str] = []
    for way in ways(pair):
        mine, other = ours(pair, way), theirs(pair, way, unit(pair))
        if mine != other:
            found.append(f"{pair} {' '.join(way)}: {first_difference(mine, other)}")
    return len(ways(pair)), found


def first_difference(mine: Answer, other: Answer) -> str:
    if mine.refused or other.refused:
        return f"refused by {'goscope' if mine.refused else 'the reference'} alone"
    if mine.total != other.total:
        return f"total {mine.total} and not {other.total}"
    return f"rows {list(set(mine.rows) - set(other.rows))[:3]} and not {list(set(other.rows) - set(mine.rows))[:3]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so manieth pair")
    parser.add_argument("--start", type=int, default=0)
    arguments = parser.parse_args()
    every = list(islice(pairs(), arguments.start, None, arguments.every))
    print(f"{len(every):,} pairs", flush=True)
    compared = wrong = 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for count, sentences in pool.map(differing, every, chunksize=50):
            compared += count
            wrong += len(sentences)
            for sentence in sentences:
                print(sentence, flush=True)
    print(f"{compared:,} differences compared, {wrong} not as in the reference")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
