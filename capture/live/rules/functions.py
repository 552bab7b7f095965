"""The functions and operators of PromQL that rules may use, over numbers: labels are capture/live/rules/evaluate.py's.

Definitions are Prometheus's (promql/functions.go, of version 3). A window is the moments, in seconds, and the values of
one series in `(begin, end]`, oldest first; functions of windows give None where there is too little to tell.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple


class Window(NamedTuple):
    """A series from `begin`, which is not within, to `end`; never empty."""

    times: Sequence[float]
    values: Sequence[float]
    begin: float
    end: float


OfWindow = Callable[[Window], float | None]


def _increase(window: Window, *, counter: bool = True) -> float | None:
    """What is added in the whole window, by what is added between its first sample and its last.

    To each end that is not 1.1 times as far away as samples are apart on average, the increase goes on as it was; else
    for half of such a distance. A counter goes back no farther than to where it was 0, and one that falls began anew.
    """
    times, values, begin, end = window
    if len(times) < 2:
        return None
    added = values[-1] - values[0]
    if counter:
        added += sum(before for before, after in pairwise(values) if after < before)
    sampled = times[-1] - times[0]
    apart = sampled / (len(times) - 1)
    before, after = times[0] - begin, end - times[-1]
    before = before if before < 1.1 * apart else apart / 2
    after = after if after < 1.1 * apart else apart / 2
    if counter and added > 0 and values[0] >= 0:
        before = min(before, sampled * (values[0] / added))
    return added * (sampled + before + after) / sampled


def _rate(window: Window) -> float | None:
    added = _increase(window)
    return None if added is None else added / (window.end - window.begin)


def _last_step(window: Window, *, rate: bool) -> float | None:
    """From the last sample but one to the last; a counter that fell began anew."""
    if len(window.times) < 2:
        return None
    before, after = window.values[-2:]
    if not rate:
        return after - before
    added = after if after < before else after - before
    return added / (window.times[-1] - window.times[-2])


def line(window: Window) -> tuple[float, float] | None:
    """The slope, for a second, of the line of least squares, and its height at the window's end."""
    times, values, _, end = window
    count = len(times)
    if count < 2:
        return None
    if all(each == values[0] for each in values):
        return (0.0, values[0]) if math.isfinite(values[0]) else (math.nan, math.nan)
    # About the means, for moments may be large and close together.
    middle, height = sum(times) / count, sum(values) / count
    across = sum((x - middle) ** 2 for x in times)
    slope = sum((x - middle) * (y - height) for x, y in zip(times, values, strict=True)) / across
    return slope, height + slope * (end - middle)


def _slope(window: Window) -> float | None:
    found = line(window)
    return found and found[0]


def known(pick: Callable[[Sequence[float]], float]) -> Callable[[Sequence[float]], float]:
    """`pick` of those that are numbers, NaN where none is."""

    def picked(values: Sequence[float]) -> float:
        return pick([each for each in values if not math.isnan(each)] or [math.nan])

    return picked


def mean(values: Sequence[float]) -> float:
    # Each divided first where their sum would be too large.
    total = sum(values)
    return total / len(values) if math.isfinite(total) else sum(each / len(values) for each in values)


def _over_time(pick: Callable[[Sequence[float]], float]) -> OfWindow:
    return lambda window: float(pick(window.values))


OF_WINDOW: dict[str, OfWindow] = {
    "rate": _rate,
    "irate": lambda window: _last_step(window, rate=True),
    "increase": _increase,
    "delta": lambda window: _increase(window, counter=False),
    "idelta": lambda window: _last_step(window, rate=False),
    "deriv": _slope,
    "avg_over_time": _over_time(mean),
    "min_over_time": _over_time(known(min)),
    "max_over_time": _over_time(known(max)),
    "sum_over_time": _over_time(sum),
    "count_over_time": _over_time(len),
    "last_over_time": _over_time(lambda values: values[-1]),
    "changes": _over_time(lambda values: sum(_differs(*each) for each in pairwise(values))),
    "resets": _over_time(lambda values: sum(after < before for before, after in pairwise(values))),
}
"""Of a window of one series."""

KEEPS_NAME = frozenset({"last_over_time"})


def _differs(before: float, after: float) -> bool:
    return before != after and not (math.isnan(before) and math.isnan(after))


def _whole(to: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: float(to(value)) if math.isfinite(value) else value


def _clamp(value: float, least: float, most: float) -> float:
    return math.nan if math.isnan(value) else max(least, min(most, value))


OF_VALUE: dict[str, Callable[..., float]] = {
    "abs": abs,
    "ceil": _whole(math.ceil),
    "floor": _whole(math.floor),
    "clamp_min": lambda value, least: _clamp(value, least, math.inf),
    "clamp_max": lambda value, most: _clamp(value, -math.inf, most),
    "clamp": _clamp,
}
"""Of one value, and of numbers behind it."""

OF_GROUP: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": lambda values: float(sum(values)),
    "min": known(min),
    "max": known(max),
    "avg": mean,
    "count": lambda values: float(len(values)),
}
"""Of all values of a group."""

SPECIAL = ("absent", "histogram_quantile", "predict_linear", "scalar", "time", "vector")
"""What takes more than values to tell."""


def divided(a: float, b: float) -> float:
    """As IEEE 754 has it."""
    if b:
        return a / b
    return math.nan if not a or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)


def remainder(a: float, b: float) -> float:
    return math.nan if not b or math.isinf(a) else math.fmod(a, b)


def power(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and b % 2 == 1 else math.inf
    except ValueError:
        return math.copysign(math.inf, a) if not a and b % 2 == 1 else math.inf if not a else math.nan


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": divided,
    "%": remainder,
    "^": power,
}

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}

SETS = ("and", "or", "unless")


def quantile(share: float, buckets: Sequence[tuple[float, float]]) -> float:
    """A quantile of a histogram of cumulative counts by upper bounds, interpolated within a bucket; NaN without one.

    `buckets` are sorted by their bounds.
    """
    if math.isnan(share):
        return math.nan
    if not 0 <= share <= 1:
        return math.copysign(math.inf, share)
    counts: list[float] = []
    for _, count in buckets:
        # Buckets are scraped one after the other while they are counted in.
        counts.append(max(count, counts[-1] if counts else count))
    if len(buckets) < 2 or buckets[-1][0] != math.inf or not 0 < counts[-1] < math.inf:
        return math.nan
    rank = share * counts[-1]
    at = next(at for at, count in enumerate(counts) if count >= rank)
    if at == len(buckets) - 1:
        return buckets[-2][0]
    top = buckets[at][0]
    if at == 0 and top <= 0:
        return top
    bottom, below = (buckets[at - 1][0], counts[at - 1]) if at else (0.0, 0.0)
    return bottom + (top - bottom) * divided(rank - below, counts[at] - below)
