"""Units and percentages, held against google/pprof's published expectations and against output of `go tool pprof`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.units import AUTO, MINIMUM, compatible, label, percent, report_unit, scale


# The cases of the reference's own TestScale, in the names that its units have in Go 1.27.
@pytest.mark.parametrize(
    ("value", "unit", "to", "expected", "name"),
    [
        (1, "s", "ms", 1000, "ms"),
        (1, "kb", "b", 1024, "B"),
        (1, "kbyte", "b", 1024, "B"),
        (1, "kilobyte", "b", 1024, "B"),
        (1, "mb", "kb", 1024, "kB"),
        (1, "gb", "mb", 1024, "MB"),
        (1024, "gb", "tb", 1, "TB"),
        (1024, "tb", "pb", 1, "PB"),
        (2048, "mb", AUTO, 2, "GB"),
        (31536000, "s", AUTO, 8760, "hrs"),
        (-1, "s", "ms", -1000, "ms"),
        (1, "foo", "count", 1, ""),
        (1, "foo", "bar", 1, "bar"),
        (2000, "count", "count", 2000, ""),
        (2000, "count", AUTO, 2000, ""),
        (2000, "count", MINIMUM, 2000, ""),
        (80_000_000_000, "nanogcu", "petagcus", 8e-14, "P*GCU"),
        (15_000_000_000, "microGCU", "teraGCU", 1.5e-8, "T*GCU"),
        (1000, "kilogcu", "megagcu", 1, "M*GCU"),
        (2000, "GCU", "kiloGCU", 2, "k*GCU"),
        (7, "teragcus", "microGCU", 7e18, "u*GCU"),
        (100, "NanoGCU", AUTO, 100, "n*GCU"),
        (5000, "nanogcu", AUTO, 5, "u*GCU"),
        (4000, "MilliGCU", AUTO, 4, "GCU"),
        (9000, "PetaGCU", AUTO, 9000, "P*GCU"),
    ],
)
def test_scale(value: int, unit: str, to: str, expected: float, name: str) -> None:
    scaled, found = scale(value, unit, to)
    assert scaled == pytest.approx(expected, rel=1e-4)
    assert found == name


@pytest.mark.parametrize(
    ("value", "unit", "to", "text"),
    [
        # One trailing ".00" goes, and nothing else does.
        (1_860_000_000, "nanoseconds", AUTO, "1.86s"),
        (150_000_000, "nanoseconds", AUTO, "150ms"),
        (1_500_000_000, "nanoseconds", AUTO, "1.50s"),
        (2_000_000_000, "nanoseconds", AUTO, "2s"),
        (999_999_999, "nanoseconds", AUTO, "1000ms"),
        (-559_360_000, "nanoseconds", AUTO, "-559.36ms"),
        (60, "seconds", AUTO, "60s"),
        (3599, "seconds", AUTO, "3599s"),
        (5400, "s", AUTO, "1.50hrs"),
        (83_886_080, "bytes", AUTO, "80MB"),
        (8192, "bytes", AUTO, "8kB"),
        (1023, "bytes", AUTO, "1023B"),
        (1536, "bytes", "kB", "1.50kB"),
        (1 << 62, "bytes", AUTO, "4096PB"),
        # Nothing is 0, in whatever unit, and so is what rounds to it.
        (0, "nanoseconds", AUTO, "0"),
        (0, "bytes", "MB", "0"),
        (1, "nanoseconds", "s", "0"),
        (-1, "nanoseconds", "s", "0"),
        # A unit of another family gives the family's default.
        (540_000_000, "nanoseconds", "MB", "0.54s"),
        (540_000_000, "nanoseconds", "minutes", "0.54s"),
        (8192, "bytes", "ms", "8192B"),
        # A value without a known unit takes any name that says something.
        (69, "count", "ms", "69ms"),
        (69, "count", AUTO, "69"),
        (69, "widgets", AUTO, "69"),
        (69, "widgets", "widgets", "69widgets"),
        (69, "", "count", "69"),
        # Plural and case of a unit do not matter, and there are no minutes.
        (5, "MILLISECONDS", AUTO, "5ms"),
        (5, "Bytes", AUTO, "5B"),
        (90, "minutes", AUTO, "90"),
        (1, "hours", "minute", "3600s"),
        (1, "hour", "sec", "3600s"),
        (2, "kilobytes", AUTO, "2kB"),
    ],
)
def test_label(value: int, unit: str, to: str, text: str) -> None:
    assert label(value, unit, to) == text


@pytest.mark.parametrize(
    ("value", "total", "text"),
    [
        (690, 1900, "36.32%"),
        (270, 1900, "14.21%"),
        (1, 1, "  100%"),
        (9995, 10000, "  100%"),
        (10005, 10000, "  100%"),
        (99949, 100000, "99.95%"),
        (100051, 100000, "100.05%"),
        (7310, 1900, "384.74%"),
        (36018800, 100, "36018800.00%"),
        (0, 5, "    0%"),
        (5, 0, "    0%"),
        (0, 0, "    0%"),
        (42, 10000, " 0.42%"),
        (998, 100000, "    1%"),
        (13, 100_000_000, "1.3e-05%"),
        (1, 100, " 1.00%"),
        # Always positive, also of a negative total.
        (-29, 100, "29.00%"),
        (29, -100, "29.00%"),
        (-1, -1, "  100%"),
    ],
)
def test_percent(value: int, total: int, text: str) -> None:
    assert percent(value, total) == text


@pytest.mark.parametrize(
    ("smallest", "total", "unit", "expected"),
    [
        # main.fib is 540ms among ten rows and 0.54s among all: the smallest row decides (30ms, 10ms of 1.90s).
        (30_000_000, 1_900_000_000, "nanoseconds", "ms"),
        (19_000_000, 1_900_000_000, "nanoseconds", "ms"),
        (10_000_000, 1_900_000_000, "nanoseconds", "s"),
        # The same unit as the total's, whatever the distance.
        (1_000_000, 999_000_000, "nanoseconds", "ms"),
        # Never finer than a hundred times the smallest.
        (1, 1 << 40, "bytes", "B"),
        (1 << 10, 1 << 40, "bytes", "kB"),
        (1 << 17, 1 << 40, "bytes", "MB"),
        (0, 3_000_000_000, "nanoseconds", "s"),
        (0, 0, "nanoseconds", "s"),
        # A unit of no family is its own.
        (1, 1000, "count", "count"),
        (1, 1000, "widgets", "widgets"),
    ],
)
def test_a_report_is_written_in_one_unit(smallest: int, total: int, unit: str, expected: str) -> None:
    assert report_unit(smallest, total, unit) == expected


def test_a_unit_that_is_asked_for_is_taken() -> None:
    assert report_unit(1, 1 << 40, "bytes", "MB") == "MB"
    assert report_unit(1, 1 << 40, "bytes", AUTO) == AUTO


@pytest.mark.parametrize(
    ("unit", "other", "fit"),
    [
        ("nanoseconds", "ms", True),
        ("bytes", "KB", True),
        ("bytes", "seconds", False),
        ("count", "count", True),
        ("count", "widgets", False),
        ("count", "bytes", False),
        ("GCU", "nanogcu", True),
        ("minutes", "seconds", False),
    ],
)
def test_which_units_convert(unit: str, other: str, fit: bool) -> None:
    assert compatible(unit, other) is compatible(other, unit) is fit


@given(st.integers(-(1 << 62), 1 << 62), st.sampled_from(["ns", "bytes", "GCU", "count"]))
def test_the_unit_that_fits_leaves_at_least_one(value: int, unit: str) -> None:
    scaled, _ = scale(value, unit)
    assert value == 0 or abs(scaled) >= 1 or unit == "ns"
    assert (scaled > 0) == (value > 0)
    assert scale(-value, unit)[0] == -scaled
