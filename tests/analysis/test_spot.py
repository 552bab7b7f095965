"""Moving about on a Timeline is arithmetic: nothing is lost by it, and it never leaves the trace."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.spot import LaneKind, LaneSort, Spot, window_text
from analysis.timetext import duration, moment
from analysis.view import Window

SECOND = 1_000_000_000


@st.composite
def spots(draw: st.DrawFn) -> tuple[Spot, int]:
    """A spot in a trace, and how long that is."""
    whole = draw(st.integers(1, 100 * SECOND))
    spot = Spot(at=draw(st.none() | st.integers(0, whole - 1)))
    for step in draw(st.lists(st.integers(-3, 6), max_size=8)):
        spot = spot.zoomed(step, whole) if step % 2 else spot.panned(step, whole)
    return spot, whole


@given(spots(), st.integers(-20, 20), st.integers(-9, 9), st.integers(-10, 200 * SECOND))
def test_whatever_is_done_the_window_is_in_the_trace_and_the_cursor_in_the_window(
    there: tuple[Spot, int], steps: int, quarters: int, at: int
) -> None:
    spot, whole = there
    for moved in (
        spot.zoomed(steps, whole),
        spot.panned(quarters, whole),
        spot.to(at, whole),
        spot.fitted(0, 1, whole),
    ):
        seen = moved.seen(whole)
        assert seen.start >= 0
        assert seen.end <= max(whole, 2000)
        assert seen.start < seen.end
        assert seen.start <= moved.time(whole) < seen.end


@given(spots())
def test_zooming_in_and_out_again_keeps_the_moment(there: tuple[Spot, int]) -> None:
    spot, whole = there
    at = spot.time(whole)
    assert spot.zoomed(1, whole).time(whole) == at
    assert spot.zoomed(3, whole).zoomed(-3, whole).time(whole) == at
    assert spot.zoomed(-60, whole).window is None


def test_zooming_around_the_cursor() -> None:
    spot = Spot(at=250, window=Window(0, 8000)).zoomed(1, 100_000)
    assert spot.window == Window(125, 4125)
    # At the ends of the trace it is the window that gives way.
    assert Spot(at=100, window=Window(0, 8000)).zoomed(-1, 100_000).window == Window(0, 16_000)


def test_panning() -> None:
    spot = Spot(at=30_000, window=Window(20_000, 40_000))
    assert spot.panned(1, 100_000) == replace(spot, window=Window(25_000, 45_000))
    assert spot.panned(4, 100_000).at == 40_000
    assert spot.panned(-9, 100_000).window == Window(0, 20_000)
    assert Spot().panned(1, 100_000).window is None


def test_going_to_a_moment_moves_the_window_only_if_it_must() -> None:
    spot = Spot(at=30_000, window=Window(20_000, 40_000))
    assert spot.to(39_999, 100_000) == replace(spot, at=39_999)
    assert spot.to(40_000, 100_000).window == Window(30_000, 50_000)
    assert spot.to(200_000, 100_000).at == 99_999


def test_all_of_a_span_in_view() -> None:
    spot = Spot(at=5).fitted(100_000, 180_000, 1_000_000)
    assert spot.window == Window(95_000, 185_000)
    assert spot.at == 100_000
    assert Spot(at=150_000).fitted(100_000, 180_000, 1_000_000).at == 150_000


def test_every_moment_is_shifted() -> None:
    spot = Spot(at=5, window=Window(3, 9), lane=7)
    assert spot.shifted(10) == Spot(at=15, window=Window(13, 19), lane=7)
    assert Spot().shifted(10) == Spot()


def test_how_it_is_looked_at_in_words() -> None:
    assert Spot().facts() == ("lanes: procs",)
    assert Spot(lanes=LaneKind.GOROUTINES, sort=LaneSort.NAME, reverse=True, group="main.f").facts() == (
        "lanes: goroutines",
        "by name, reversed",
        "only main.f",
    )


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0ns"), (1, "1ns"), (999, "999ns"), (1000, "1us"), (1500, "1.5us"), (999_400, "999us"), (999_600, "1ms"),
        (1_840_000, "1.84ms"), (11_234_567, "11.2ms"), (999_999_999, "1s"), (12_345_678_901, "12.3s"),
        (5_000 * SECOND, "5000s"), (-1500, "-1.5us"),
    ],
)  # fmt: skip
def test_lengths_of_time(ns: int, text: str) -> None:
    assert duration(ns) == text


@pytest.mark.parametrize(
    ("step", "text"),
    [(SECOND, "2s"), (500_000_000, "2.1s"), (22_000_000, "2.14s"), (180_000, "2.1437s"), (1, "2.143789999s")],
)
def test_moments_are_as_exact_as_the_step(step: int, text: str) -> None:
    assert moment(2_143_789_999, step) == text


@given(st.integers(0, 1000 * SECOND), st.integers(1, 10 * SECOND))
def test_moments_a_step_apart_are_written_differently(ns: int, step: int) -> None:
    assert moment(ns, step) != moment(ns + step, step)


def test_a_window_in_words() -> None:
    assert window_text(Window(2_143_700_000, 2_143_880_000)) == "2.1437s +180us"
