"""Mutator utilisation, held against a port of Go's own way to it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import ViewError
from analysis.utilisation import DEFAULT_FLAGS, FLAGS, Utilisation, curve, mean, mmu, mut, utilisation, worst
from tests import gommu
from tests.gommu import ASSIST, DEDICATED, IDLE, MEMSTATS, SWEEP, TERMINATION, Event, Made, collections

SOME_FLAGS = st.frozensets(st.sampled_from(FLAGS))


def every(found: Utilisation) -> list[float]:
    """The value in every nanosecond."""
    values: list[float] = np.repeat(found.value[:-1], np.diff(found.time)).tolist()
    return values


@given(collections(), SOME_FLAGS)
def test_mark_workers_count_once(made: Made, flags: frozenset[str]) -> None:
    found = utilisation(made.trace(), flags)
    assert (found.time[0], found.time[-1]) == (made.events[0].time, made.duration)
    assert every(found) == pytest.approx(gommu.utilisation(made.events, made.duration, flags, once=True))


@given(collections(), SOME_FLAGS)
def test_or_as_often_as_go_counts_them(made: Made, flags: frozenset[str]) -> None:
    found = utilisation(made.trace(compat=True), flags)
    expected = gommu.utilisation(made.events, made.duration, flags, once=False)
    if expected[-1] == 0:
        while expected and expected[-1] == 0:
            expected.pop()
    else:
        assert found.time[-1] == made.duration
    assert found.time[0] == made.events[0].time
    assert every(found) == pytest.approx(expected)


@given(collections(), SOME_FLAGS)
def test_steps_are_steps(made: Made, flags: frozenset[str]) -> None:
    found = utilisation(made.trace(), flags)
    assert (np.diff(found.time) > 0).all()
    assert (np.diff(found.value[:-1]) != 0).all()
    assert ((found.value >= 0) & (found.value <= 1)).all()
    assert found.value[-1] == found.value[-2]


COLLECTION = Made(
    [
        Event(0, "procs", number=4),
        Event(100, "start", "", 0, 0),
        Event(100, "label", DEDICATED, 0, 0),
        Event(150, "start", "", 1, 1),
        Event(150, "label", IDLE, 1, 1),
        Event(200, "start", "", 2, 2),
        Event(210, "begin", ASSIST, 2, 2),
        Event(250, "stop", "", 2, 2),
        Event(280, "start", "", 2, 3),
        Event(300, "end", ASSIST, 2, 3),
        Event(301, "stop", "", 0, 0),
        Event(320, "begin", TERMINATION, 2, 3),
        Event(340, "end", TERMINATION, 2, 3),
        Event(400, "begin", SWEEP, 2, 3),
        Event(440, "end", SWEEP, 2, 3),
        Event(500, "begin", MEMSTATS, 2, 3),
        Event(600, "end", MEMSTATS, 2, 3),
        Event(700, "start", "", 0, 0),
        Event(700, "label", DEDICATED, 0, 0),
        Event(710, "stop", "", 0, 0),
    ],
    1000,
    3,
    4,
)


def test_a_collection() -> None:
    found = utilisation(COLLECTION.trace())
    assert list(zip(found.time.tolist(), found.value.tolist(), strict=True)) == [
        (0, 1),
        (100, 0.75),
        (210, 0.5),
        (250, 0.75),
        (280, 0.5),
        (300, 0.75),
        (301, 1),
        (320, 0),
        (340, 1),
        (700, 0.75),
        (710, 1),
        (1000, 1),
    ]


def test_what_is_found_of_windows() -> None:
    made = COLLECTION.trace()
    lost = (201 + 40 + 20) / 4 + 20 + 10 / 4
    assert mean(made) == pytest.approx(1 - lost / 1000)
    assert mmu(made, np.array([20, 40, 5000])).tolist() == pytest.approx([0, 1 - 20.25 / 40, 1 - lost / 1000])
    start, least = worst(made, 20, 2)
    assert (start.tolist(), least.tolist()) == ([320, 210], [0, 0.5])
    assert mut(made, 20, (0, 1)).tolist() == pytest.approx([0, 1])
    assert mean(made, frozenset()) == 1
    assert mean(made, frozenset({"sweep"})) == pytest.approx(1 - 40 / 4 / 1000)


def test_once_is_for_ever_to_go() -> None:
    # The worker's second run is counted as it starts and as it labels itself, and ends once.
    made = COLLECTION.trace(compat=True)
    found = utilisation(made, frozenset({"mark"}))
    assert found.time.tolist() == [0, 100, 301, 700, 1000]
    assert found.value.tolist() == [1, 0.75, 1, 0.75, 0.75]
    # And all shares of windows are the least to it.
    assert mut(made, 20, (0, 0.5, 1)).tolist() == [0, 0, 0]


def test_a_curve_is_of_the_windows_that_go_plots() -> None:
    made = COLLECTION.trace()
    found = curve(made)
    # There is no stop of a microsecond: so it begins with a nanosecond, and ends with the trace.
    assert (len(found.window), found.window[0], found.window[-1]) == (100, 1, 1000)
    assert found.least.tolist() == mmu(made, found.window).tolist()
    assert found.least[-1] == pytest.approx(mean(made))


def test_nothing_is_known_of_a_trace_without_anything() -> None:
    found = utilisation(Made([], 10, 1, 0).trace())
    assert (found.time.tolist(), found.value.tolist()) == ([0, 10], [1, 1])


def test_a_flag_that_is_none() -> None:
    with pytest.raises(ViewError, match="nothing named “background”"):
        utilisation(COLLECTION.trace(), DEFAULT_FLAGS | {"background"})
