"""Results kept on the capture they are of."""

import gc
import weakref

import numpy as np
import pytest

from analysis.memo import memo, memo_last
from analysis.top import top
from analysis.view import View
from parsers.profile import Profile
from tests import build


class Counted:
    """A pure function, and how often it was really called."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, str]] = []

        @memo
        def work(profile: Profile, number: int, *, name: str = "") -> list[int]:
            self.calls.append((number, name))
            return [profile.n_samples, number]

        self.work = work


def test_a_result_is_worked_out_once_for_the_same_arguments() -> None:
    counted, profile = Counted(), build.profile({"a": 1})
    first = counted.work(profile, 1)
    assert counted.work(profile, 1) is first
    assert counted.work(profile, 2) == [1, 2]
    assert counted.work(profile, 1, name="x") is not first
    assert counted.calls == [(1, ""), (2, ""), (1, "x")]


def test_each_profile_has_its_own() -> None:
    counted = Counted()
    one, two = build.profile({"a": 1}), build.profile({"a": 1, "b": 1})
    assert counted.work(one, 1) == [1, 1]
    assert counted.work(two, 1) == [2, 1]
    assert len(counted.calls) == 2


def test_two_functions_do_not_mix() -> None:
    one, two, profile = Counted(), Counted(), build.profile({"a": 1})
    assert one.work(profile, 1) is not two.work(profile, 1)


def test_results_are_bounded_and_the_oldest_go() -> None:
    counted, profile = Counted(), build.profile({"a": 1})
    for number in range(1000):
        counted.work(profile, number)
    assert len(profile.memo) <= 100
    counted.work(profile, 999)
    assert len(counted.calls) == 1000
    counted.work(profile, 0)
    assert len(counted.calls) == 1001


def test_of_heavy_results_few_are_kept_whatever_else_is() -> None:
    calls = []

    @memo_last(2)
    def heavy(profile: Profile, number: int) -> int:
        calls.append(number)
        return number

    counted, profile = Counted(), build.profile({"a": 1})
    light = counted.work(profile, 0)
    for number in (1, 2, 1, 3, 2, 3, 1):
        assert heavy(profile, number) == number
    assert calls == [1, 2, 3, 1]
    assert counted.work(profile, 0) is light


def test_an_error_is_not_kept() -> None:
    tries = []

    @memo
    def work(profile: Profile) -> int:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("once")
        return 5

    profile = build.profile({"a": 1})
    with pytest.raises(ValueError, match="once"):
        work(profile)
    assert work(profile) == 5


def test_results_go_with_their_profile() -> None:
    profile = build.profile({"a": 1})
    result = top(profile, View())
    kept = weakref.ref(result.flat)
    del profile, result
    gc.collect()
    assert kept() is None


def test_top_is_worked_out_once() -> None:
    profile = build.profile({"main;a": 1})
    assert top(profile, View()).flat is top(profile, View(unit="ms")).flat
    assert isinstance(top(profile, View()).flat, np.ndarray)
