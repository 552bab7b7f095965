"""Means over windows, held against those of every window there is, a nanosecond apart."""

from itertools import pairwise
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import windows as module
from analysis.windows import Steps
from parsers.trace.model import Int64

# Sums of these are exact.
VALUES = (0.0, 0.25, 0.5, 0.75, 1.0)


@st.composite
def steps(draw: st.DrawFn, most: int = 20) -> Steps:
    pieces = draw(st.lists(st.tuples(st.integers(1, 12), st.sampled_from(VALUES)), min_size=1, max_size=most))
    lengths, values = zip(*pieces, strict=True)
    time = np.cumsum([draw(st.sampled_from([0, 1000])), *lengths]).astype(np.int64)
    return Steps(time, np.array([*values, 0.0]))


def means(some: Steps, window: int) -> list[float]:
    """The mean of every window."""
    lost = np.repeat(1 - some.value[:-1], np.diff(some.time)).tolist()
    return [1 - sum(lost[begin : begin + window]) / window for begin in range(len(lost) - window + 1)]


WINDOWS = st.integers(1, 60)


@given(steps(), WINDOWS)
def test_the_least_mean(some: Steps, window: int) -> None:
    inside = min(window, some.length)
    assert some.least(np.array([window]))[0] == pytest.approx(min(means(some, inside)))


@given(steps(most=60), st.lists(WINDOWS, min_size=1))
def test_blocks_change_nothing(some: Steps, lengths: list[int]) -> None:
    windows: Int64 = np.array(lengths)
    expected = some.least(windows)
    with patch.object(module, "_BLOCK", 3), patch.object(module, "_AT_A_TIME", 1):
        assert some.least(windows).tolist() == expected.tolist()


@given(steps(), WINDOWS, st.integers(1, 5))
def test_the_worst_windows(some: Steps, window: int, count: int) -> None:
    inside = min(window, some.length)
    every = dict(enumerate(means(some, inside)))
    expected: list[tuple[int, float]] = []
    while every and len(expected) < count and min(every.values()) < 1:
        begin = min(every, key=lambda each: (every[each], each))
        expected.append((begin, every[begin]))
        every = {each: mean for each, mean in every.items() if abs(each - begin) >= inside}
    start, mean = some.worst(window, count)
    assert list(zip((start - some.time[0]).tolist(), mean.tolist(), strict=True)) == expected


@given(steps(), WINDOWS, st.floats(0, 1))
def test_shares_of_windows(some: Steps, window: int, share: float) -> None:
    inside = min(window, some.length)
    every = means(some, inside)
    (found,) = some.shares(window, (share,))

    def below(limit: float) -> float:
        """How much of the way from the first window to the last lies at or below a mean."""
        way = 0.0
        for one, other in pairwise(every):
            low, high = min(one, other), max(one, other)
            way += float(low <= limit) if low == high else min(max((limit - low) / (high - low), 0), 1)
        return way

    assert min(every) - 1e-9 <= found <= max(every) + 1e-9
    assert below(found + 1e-8) >= share * (len(every) - 1) - 1e-4
    if found > min(every) + 1e-8:
        assert below(found - 1e-8) <= share * (len(every) - 1) + 1e-4


@given(steps())
def test_the_mean(some: Steps) -> None:
    assert some.mean() == pytest.approx(means(some, some.length)[0])


def test_more_of_the_windows_are_at_or_below_more() -> None:
    some = Steps(np.array([0, 100, 200, 1000]), np.array([1.0, 0.0, 1.0, 0.0]))
    # Of 901 places of a window of 100 ns it meets the stop in 200, half of which lie at or below a half.
    assert some.shares(100, (0, 50 / 900, 100 / 900, 200 / 900, 1)).tolist() == pytest.approx([0, 0.25, 0.5, 1, 1])


def test_no_time_at_all() -> None:
    some = Steps(np.array([5]), np.array([1.0]))
    assert (some.mean(), some.least(np.array([1, 10])).tolist()) == (1, [1, 1])
    assert [each.tolist() for each in some.worst(10, 3)] == [[], []]
    assert some.shares(10, (0, 0.5)).tolist() == [1, 1]


@pytest.mark.parametrize("window", [-5, 0, 1])
def test_a_window_has_a_nanosecond_at_least(window: int) -> None:
    some = Steps(np.array([0, 3, 4, 9]), np.array([1.0, 0.25, 0.5, 0.0]))
    assert some.least(np.array([window])).tolist() == [0.25]
    assert [each.tolist() for each in some.worst(window, 1)] == [[3], [0.25]]


def test_very_many_steps_are_gone_through_block_by_block() -> None:
    count = 4 * module._BLOCK * module._AT_A_TIME
    value = np.tile([1.0, 0.5], count)
    value[2 * count // 3 | 1] = 0.0
    some = Steps(np.arange(2 * count + 1) * 10, np.append(value, 0.0))
    # Half of ten is lost in every twenty, and in one place all of it.
    lost = np.array([10, 10, 15, 50 * 5 + 5])
    assert some.least(np.array([10, 11, 30, 1000])) == pytest.approx(1 - lost / [10, 11, 30, 1000])
