"""Times as they are typed."""

import pytest

from capture.moments import nanoseconds, stretch


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("0", 0),
        ("10ms", 10_000_000),
        ("1.5s", 1_500_000_000),
        ("250us", 250_000),
        ("250µs", 250_000),
        ("1m2.5s", 62_500_000_000),
        ("2h", 7_200_000_000_000),
        ("0.000000001s", 1),
        ("3.s", 3_000_000_000),
    ],
)
def test_as_go_parses_durations(text: str, ns: int) -> None:
    assert nanoseconds(text) == ns


@pytest.mark.parametrize("text", ["", "10", "s", "1.5", "1 ms", "1ms ", "-1s", "1e3s", "1d", ".5s"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time such as"):
        nanoseconds(text)


def test_a_stretch_has_two_ends() -> None:
    assert stretch("10ms..20ms") == (10_000_000, 20_000_000)
    assert stretch("0 .. 1s") == (0, 1_000_000_000)
    with pytest.raises(ValueError, match=r"not a stretch of time such as 10ms..20ms"):
        stretch("10ms")
