"""A percentile is the least value that at least that share of all do not exceed."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.percentiles import Distribution, distribution, distributions, percentiles

PERCENT = st.integers(0, 100)
# Times of every length that there is, many of them alike.
TIMES = st.integers(0, 3) | st.integers(0, 1 << 44) | st.integers(0, 1 << 55)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=300), st.lists(PERCENT, max_size=5))
def test_it_is_the_least_value_that_the_share_does_not_exceed(values: list[int], percent: list[int]) -> None:
    found = percentiles(np.array(values, np.int64), tuple(each / 100 for each in percent))
    for value, each in zip(found, percent, strict=True):
        needed = Fraction(each, 100) * len(values)
        assert value == next(v for v in sorted(values) if sum(w <= v for w in values) >= needed)


def test_shares_are_meant_as_they_are_written() -> None:
    # 0.07 * 100 is 7.000000000000001, and 0.29 * 100 is 28.999999999999996.
    values = np.arange(1, 101)
    assert percentiles(values, (0.07, 0.29, 0.5, 0.95, 0.99, 1.0, 0.0)) == [7, 29, 50, 95, 99, 100, 1]


def test_values_are_left_as_they_are() -> None:
    values = np.array([3, 1, 2])
    assert percentiles(values, (0.5,)) == [2]
    assert values.tolist() == [3, 1, 2]
    assert all(type(each) is int for each in percentiles(values, (0.1, 0.9)))


def test_of_nothing_there_is_nothing() -> None:
    assert percentiles(np.zeros(0, np.int64), (0.5, 0.99)) == [0, 0]
    assert percentiles(np.array([1]), ()) == []


def spread(values: list[int]) -> Distribution:
    """A distribution by its definition."""

    def of(percent: int) -> int:
        return next((v for v in sorted(values) if 100 * sum(w <= v for w in values) >= percent * len(values)), 0)

    return Distribution(len(values), sum(values), of(50), of(95), of(99), max(values, default=0))


@given(st.lists(TIMES, max_size=250))
def test_a_distribution_is_by_nearest_rank(values: list[int]) -> None:
    assert distribution(np.array(values, np.int64)) == spread(values)


@given(
    st.integers(1, 5), st.lists(st.tuples(st.integers(0, 4), TIMES), max_size=120), st.sampled_from([0, (1 << 19) - 2])
)
def test_each_group_has_the_distribution_of_its_own_values(
    groups: int, made: list[tuple[int, int]], before: int
) -> None:
    """Also behind more groups than there is room for beside a value."""
    made = [(before + group % groups, value) for group, value in made]
    group, value = (np.array([each[at] for each in made], np.int64) for at in (0, 1))
    found = distributions(group, value, before + groups)
    assert len(found) == before + groups
    for row in range(before, before + groups):
        assert found.row(row) == spread([value for own, value in made if own == row])
    assert (found.count[:before] == 0).all()
    assert (found.max[:before] == 0).all()


def test_no_groups_have_no_distributions() -> None:
    nothing = np.zeros(0, np.int64)
    assert len(distributions(nothing, nothing, 0)) == 0
    assert distributions(nothing, nothing, 2).row(1) == Distribution()
