"""What is kept of scrapes, and for how long."""

import math

import pytest

from capture.live.rules.exposition import Labels
from capture.live.rules.samples import Samples
from capture.open import CaptureError


def kept(samples: Samples, name: str = "a") -> dict[Labels, list[tuple[float, float]]]:
    found = samples.series(name)
    return {labels: list(zip(each.times, each.values, strict=True)) for labels, each in found.items()}


def test_only_wanted_metrics_are_kept_as_far_as_rules_look_back() -> None:
    samples = Samples({"a"}, 10)
    for turn in range(5):
        samples.take(turn * 5, f'a{{x="y"}} {turn}\nb 1\n')
    assert kept(samples) == {(("x", "y"),): [(15, 3), (20, 4)]}
    assert not samples.series("b")


def test_without_looking_back_there_is_what_is_now() -> None:
    samples = Samples({"a"}, 0)
    for now in (1e9, 1e9 + 5):
        samples.take(now, "a 1\n")
    assert kept(samples) == {(): [(1e9 + 5, 1)]}


def test_series_that_are_no_more_are_forgotten() -> None:
    samples = Samples({"a"}, 10)
    samples.take(0, 'a{x="1"} 1\na{x="2"} 1\n')
    samples.take(5, 'a{x="1"} 1\n')
    assert len(kept(samples)) == 2
    samples.take(10, 'a{x="1"} 1\n')
    assert list(kept(samples)) == [(("x", "1"),)]


def test_there_are_so_many_series_and_no_more() -> None:
    samples = Samples({"a"}, 10, most_series=2)
    samples.take(0, 'a{x="1"} 1\na{x="2"} 1\na{x="3"} 1\n')
    assert len(kept(samples)) == 2
    assert samples.trouble == "more than 2 series: rules see no more of them"
    samples.take(10, 'a{x="3"} 1\na{x="4"} 1\n')
    assert len(kept(samples)) <= 2
    samples.take(20, 'a{x="3"} 1\na{x="4"} 1\n')
    assert list(kept(samples)) == [(("x", "3"),), (("x", "4"),)]


def test_where_there_is_too_much_rules_look_back_less() -> None:
    samples = Samples({"a"}, 100, most_points=50)
    for now in range(100):
        samples.take(now, 'a{x="1"} 1\na{x="2"} 1\n')
    assert sum(map(len, kept(samples).values())) <= 50
    assert all(len(each) > 10 for each in kept(samples).values())
    assert "look back 24 s and no farther" in samples.trouble


def test_a_series_that_is_there_twice_has_its_first_value() -> None:
    samples = Samples({"a"}, 10)
    samples.take(0, "a 1\na 2\n")
    assert kept(samples) == {(): [(0, 1)]}


def test_nothing_is_added_of_what_cannot_be_read() -> None:
    samples = Samples({"a"}, 10)
    with pytest.raises(CaptureError):
        samples.take(0, "a 1\na x\n")
    assert not samples.series("a")
    assert samples.newest == -math.inf


def test_names_are_looked_for_where_one_is_missing() -> None:
    samples = Samples({"a"}, 10)
    samples.take(0, "a 1\nb 1\n")
    assert not samples.exposed
    samples.take(5, "b 1\nc 1\n")
    samples.take(50, "b 1\nc 1\n")
    assert samples.exposed == {"b", "c"}
