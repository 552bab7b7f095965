"""A flame graph laid out the slow and plain way: a dict of paths, and exact fractions."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor

from tests.naive import Key, label

Path = tuple[Key, ...]
Box = tuple[int, int, int, int, int]
"""x, width, cum, flat and size of a box, which is named by its labels."""


def layout(paths: Mapping[Path, int], width: int, least: float = 0) -> dict[tuple[str, ...], Box]:
    """Every box that is drawn of paths that begin at the top."""
    boxes: dict[tuple[str, ...], Box] = {}
    waiting: list[tuple[Path, int, int]] = [((), 0, width)] if any(paths.values()) else []
    while waiting:
        prefix, x, units = waiting.pop()
        run = {path: weight for path, weight in paths.items() if path[: len(prefix)] == prefix}
        size = sum(map(abs, run.values()))
        boxes[tuple(map(label, prefix))] = (x, units, sum(run.values()), run.get(prefix, 0), size)
        for child, share in _widths(run, prefix, units, least):
            waiting.append((child, x, share))
            x += share
    return boxes


def _widths(run: Mapping[Path, int], prefix: Path, units: int, least: float) -> Iterator[tuple[Path, int]]:
    """The children that are at least a unit wide, the heaviest first."""
    sizes: dict[Path, int] = defaultdict(int)
    for path, weight in run.items():
        if len(path) > len(prefix):
            sizes[path[: len(prefix) + 1]] += abs(weight)
    whole = sum(map(abs, run.values()))
    kept = [child for child in sizes if sizes[child] * units >= whole and sizes[child] >= least]
    kept.sort(key=lambda child: (-sizes[child], label(child[-1])))
    shares = [Fraction(sizes[child] * units, whole) for child in kept]
    yield from zip(kept, _shared_out([*shares, units - sum(shares)], units), strict=False)


def _shared_out(shares: Sequence[Fraction | int], units: int) -> list[int]:
    found = [floor(share) for share in shares]
    for at in sorted(range(len(shares)), key=lambda at: found[at] - shares[at])[: units - sum(found)]:
        found[at] += 1
    return found
