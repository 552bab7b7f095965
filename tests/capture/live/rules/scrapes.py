"""Scrapes for tests, written as Prometheus's own tests have them: `0+10x3 _ 7` is 0, 10, 20, 30, none, 7."""

import re
from collections.abc import Mapping

import promql_parser

from capture.live.rules.evaluate import Value, value
from capture.live.rules.exposition import Labels
from capture.live.rules.samples import Samples

MINUTE = 60.0


def numbers(text: str) -> list[float | None]:
    found: list[float | None] = []
    for word in text.split():
        run = re.fullmatch(r"(-?[\d.]+)([+-][\d.]+)x(\d+)", word)
        if run:
            found += [float(run[1]) + float(run[2]) * turn for turn in range(int(run[3]) + 1)]
        else:
            found.append(None if word == "_" else float(word))
    return found


def series(text: str) -> tuple[str, Labels]:
    """Name and labels of `name{a="b"}`."""
    name, _, rest = text.partition("{")
    return name, tuple(sorted(re.findall(r'(\w+)="([^"]*)"', rest)))


def load(every: float, lines: Mapping[str, str], at: float = 0.0, until: float | None = None) -> Samples:
    """What there is after scrapes that begin at `at` and give these series, none later than `until`."""
    known = {series(text): numbers(values) for text, values in lines.items()}
    samples = Samples({name for name, _ in known}, 1e9, every)
    for turn in range(max(map(len, known.values()))):
        rows = [(*key, v) for key, values in known.items() if turn < len(values) and (v := values[turn]) is not None]
        if until is None or at + turn * every <= until:
            samples.add(at + turn * every, rows)
    return samples


def evaluated(text: str, samples: Samples, now: float, wall: float = 0.0) -> Value:
    return value(promql_parser.parse(text), samples, now, lambda: wall)


def vector(lines: Mapping[str, float]) -> dict[Labels, float]:
    """What `name{a="b"}` and the like stand for in a result."""
    found = {}
    for text, number in lines.items():
        name, labels = series(text)
        found[((("__name__", name),) if name else ()) + labels] = number
    return found
