"""Curves of dots: exact pictures, and what holds for every curve."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui import glyphs
from tui.rows.braille import COLUMNS, NOBODY, ROWS, Axes, Curve, Drawing, Kind, curves, frame, room, texts

_BIT = {(0, 0): 0x01, (0, 1): 0x08, (1, 0): 0x02, (1, 1): 0x10, (2, 0): 0x04, (2, 1): 0x20, (3, 0): 0x40, (3, 1): 0x80}
_SHARES = st.floats(0, 1)
_SIZES = st.tuples(st.integers(1, 12), st.integers(1, 6))


@pytest.fixture
def ascii_glyphs() -> Iterator[None]:
    glyphs.use(ascii=True)
    yield
    glyphs.use(ascii=False)


def _values(*values: float) -> Curve:
    return Curve(np.array(values, np.float64))


def _area(*values: float) -> Curve:
    return Curve(np.array(values, np.float64), Kind.AREA)


def _dotted(*values: float) -> Curve:
    return Curve(np.array(values, np.float64), Kind.DOTTED)


def _dots(drawing: Drawing) -> np.ndarray:
    """bool[rows of dots, columns of dots] of a picture, by the bits of Unicode's braille patterns; the lowest first."""
    lines = drawing.lines()
    found = np.zeros((len(lines) * ROWS, len(lines[0]) * COLUMNS), np.bool_)
    for y, line in enumerate(lines):
        for x, char in enumerate(line):
            bits = 0 if char == " " else ord(char) - 0x2800
            assert 0 <= bits < 256 and (char == " ") == (bits == 0)
            for (row, column), bit in _BIT.items():
                found[y * ROWS + row, x * COLUMNS + column] = bool(bits & bit)
    return found[::-1]


def test_a_line_rises_a_dot_at_a_time() -> None:
    drawing = curves([_values(*(np.arange(1, 9) / 8))], 4, 2)
    assert drawing.lines() == ["  ⡠⠊", "⡠⠊  "]
    assert drawing.runs() == [[("  ", NOBODY), ("⡠⠊", 0)], [("⡠⠊", 0), ("  ", NOBODY)]]


def test_a_jump_is_a_wall_half_in_each_column() -> None:
    assert curves([_values(0, 0, 1, 1)], 2, 2).lines() == [" ⡏", "⣸ "]
    assert curves([_values(1, 1, 0, 0)], 2, 2).lines() == ["⢹ ", " ⣇"]


def test_an_area_is_filled_and_nothing_of_it_is_blank() -> None:
    assert curves([_area(0, 0.01, 0.5, 0.75, 1, 1)], 3, 2).lines() == [" ⢠⣿", "⢀⣿⣿"]


def test_a_dotted_curve_has_every_other_column_and_every_other_row_of_a_wall() -> None:
    assert curves([_dotted(1, 1, 1, 1, 0, 0)], 3, 2).lines() == ["⠁⠡ ", "  ⡂"]


def test_a_curve_is_broken_where_there_is_no_value() -> None:
    nan = float("nan")
    assert curves([_values(1, 1, nan, nan, 0, 0)], 3, 1).lines() == ["⠉ ⣀"]
    assert curves([_area(1, nan, nan, 1)], 2, 1).lines() == ["⡇⢸"]


def test_a_line_over_an_area_has_a_margin_and_its_cells() -> None:
    drawing = curves([_area(1, 1, 1, 1), _values(0.6, 0.6, 0.6, 0.6)], 2, 2)
    assert drawing.lines() == ["⣛⣛", "⣶⣶"]
    assert drawing.owner.tolist() == [[1, 1], [0, 0]]
    table = np.array([7, 8, 9], np.uint8)
    assert table[drawing.owner].tolist() == [[8, 8], [7, 7]]


def test_lines_cross_without_a_gap() -> None:
    up = np.arange(1, 9) / 8
    both = _dots(curves([_values(*up), _values(*up[::-1])], 4, 2))
    alone = _dots(curves([_values(*up)], 4, 2)) | _dots(curves([_values(*up[::-1])], 4, 2))
    assert (both == alone).all()


def test_without_braille_each_kind_has_its_character(ascii_glyphs: None) -> None:
    assert curves([_area(0, 0.01, 0.5, 0.75, 1, 1)], 3, 2).lines() == [" -#", "_##"]
    drawing = curves([_area(*[0.5] * 8), _values(*[0.4] * 4, *[0.9] * 4), _dotted(*[1.0] * 8)], 4, 2)
    assert drawing.lines() == ["oooo", "**##"]
    assert drawing.owner.tolist() == [[2, 2, 2, 2], [1, 1, 0, 0]]


def test_a_frame_has_labels_where_the_curves_are() -> None:
    axes = Axes(up=((1, "64 MB"), (0.5, "32 MB"), (0, "0")), along=((0, "0"), (0.5, "1s"), (1, "2s")))
    width, height = room(20, 5, axes)
    assert (width, height) == (14, 4)
    drawing = curves([_values(*[1.0] * 8, *[0.5] * 8, *[0.0] * 12)], width, height)
    assert texts(frame(drawing, 20, 5, axes)) == [
        "64 MB│⠉⠉⠉⢹          ",
        "     │    ⡇         ",
        "32 MB│    ⠉⠉⠉⢹      ",
        "    0│        ⣇⣀⣀⣀⣀⣀",
        "      ╷0     ╷1s 2s╷",
    ]


def test_of_labels_in_one_place_the_first_is_there() -> None:
    axes = Axes(up=((1, "a"), (0.99, "b")), along=((0.5, "mid"), (0.55, "near"), (0, "first")))
    width, height = room(30, 3, axes)
    labels = texts(frame(curves([], width, height), 30, 3, axes))
    assert labels == ["a│" + " " * 28, " │" + " " * 28, "  ╷first" + " " * 8 + "╷mid" + " " * 10]


def test_the_wrong_number_of_values_is_an_error() -> None:
    with pytest.raises(ValueError, match="3 values for 4 columns of dots"):
        curves([_values(1, 1, 1)], 2, 1)


@st.composite
def _drawn(draw: st.DrawFn) -> tuple[list[Curve], int, int]:
    width, height = draw(_SIZES)
    value = st.one_of(st.just(float("nan")), st.floats(-0.5, 1.5), st.sampled_from((0.0, 1.0)))
    columns = st.lists(value, min_size=width * COLUMNS, max_size=width * COLUMNS)
    drawn = draw(st.lists(st.builds(Curve, columns.map(np.array), st.sampled_from(Kind)), max_size=3))
    return drawn, width, height


@given(_drawn(), st.booleans())
def test_a_drawing_is_as_large_as_asked_for(made: tuple[list[Curve], int, int], plain: bool) -> None:
    drawn, width, height = made
    glyphs.use(ascii=plain)
    try:
        drawing = curves(drawn, width, height)
    finally:
        glyphs.use(ascii=False)
    lines = drawing.lines()
    assert [cell_len(line) for line in lines] == [width] * height
    assert texts(drawing.runs()) == lines
    assert drawing.owner.shape == (height, width)
    for line, owner in zip(lines, drawing.owner.tolist(), strict=True):
        assert [char == " " for char in line] == [number == NOBODY for number in owner]
        assert not plain or line.isascii()


@given(
    st.integers(1, 40),
    st.integers(1, 8),
    st.lists(st.tuples(_SHARES, st.text("0123456789.µsMB ", max_size=12)), max_size=5),
    st.lists(st.tuples(_SHARES, st.text("0123456789.µs", min_size=1, max_size=12)), max_size=5),
)
def test_a_frame_is_as_large_as_asked_for(
    width: int, height: int, up: list[tuple[float, str]], along: list[tuple[float, str]]
) -> None:
    axes = Axes(tuple(up), tuple(along))
    inner, rows = room(width, height, axes)
    assert inner > 0 and rows > 0
    lines = texts(frame(curves([Curve(np.linspace(0, 1, inner * COLUMNS))], inner, rows), width, height, axes))
    assert [cell_len(line) for line in lines] == [width] * height


@given(_SIZES, _SHARES)
def test_a_constant_curve_is_a_straight_line(size: tuple[int, int], value: float) -> None:
    width, height = size
    dots = _dots(curves([Curve(np.full(width * COLUMNS, value))], width, height))
    (row,) = np.flatnonzero(dots.any(axis=1))
    assert dots[row].all()
    # A value is in the row of dots that it reaches into.
    assert row / len(dots) <= value + 1e-9 and value <= (row + 1) / len(dots) + 1e-9


@given(_drawn())
def test_one_is_the_highest_row_and_nothing_the_lowest(made: tuple[list[Curve], int, int]) -> None:
    _, width, height = made
    assert _dots(curves([Curve(np.ones(width * COLUMNS))], width, height))[-1].all()
    assert _dots(curves([Curve(np.zeros(width * COLUMNS))], width, height))[0].all()
    assert not _dots(curves([Curve(np.zeros(width * COLUMNS), Kind.AREA)], width, height)).any()


@given(_SIZES, st.data())
def test_a_curve_that_rises_is_drawn_so_and_in_one_piece(size: tuple[int, int], data: st.DataObject) -> None:
    width, height = size
    columns = width * COLUMNS
    values = np.sort(data.draw(st.lists(_SHARES, min_size=columns, max_size=columns)))
    dots = _dots(curves([Curve(values)], width, height))
    low, high = dots.argmax(axis=0), len(dots) - 1 - dots[::-1].argmax(axis=0)
    assert (np.diff(low) >= 0).all() and (np.diff(high) >= 0).all()
    assert (low[1:] - high[:-1] <= 1).all()
    assert (dots.sum(axis=0) == high - low + 1).all()
    # Falling is the same, seen from the other side.
    assert (_dots(curves([Curve(values[::-1])], width, height)) == dots[:, ::-1]).all()


@given(_SIZES, st.data())
def test_a_line_is_connected(size: tuple[int, int], data: st.DataObject) -> None:
    width, height = size
    columns = width * COLUMNS
    values = np.array(data.draw(st.lists(_SHARES, min_size=columns, max_size=columns)))
    dots = _dots(curves([Curve(values)], width, height))
    high = np.maximum(np.ceil(values * len(dots) - 1e-9), 1).astype(int) - 1
    assert dots[high, np.arange(columns)].all()
    for before, after in zip(dots.T, dots.T[1:], strict=False):
        near = np.flatnonzero(before)
        assert np.abs(near[:, None] - np.flatnonzero(after)[None, :]).min() <= 1
        assert (np.diff(near) == 1).all()
