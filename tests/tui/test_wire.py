"""What the terminal shows is what Textual drew, whatever was left out on the way."""

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.wire import SYNC_END, SYNC_START, Wire, without_colour

WIDTH, HEIGHT = 30, 5

_SGR = st.sampled_from(
    [
        "0", "1", "2", "7", "1;38;2;1;2;3;48;2;9;9;9", "38;5;9", "48;5;32", "31;44", "4", "3;97;100", "39;49",
        "38;2;1;2;3;48;2;9;9;9", "22", "27;24",
    ]
)  # fmt: skip
_TEXT = st.text("  ab0▌▆…é", min_size=1, max_size=WIDTH)
_RUN = st.tuples(_SGR, _TEXT)
_PATCH = st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.lists(_RUN, min_size=1, max_size=4))
_FRAMES = st.lists(st.lists(_PATCH, min_size=1, max_size=4), min_size=1, max_size=6)


def frame(patches: list[tuple[int, int, list[tuple[str, str]]]]) -> str:
    """Write a frame as Textual writes them: each patch within its line."""
    out = ""
    for y, x, runs in patches:
        out += f"\x1b[{y + 1};{x + 1}H"
        for sgr, text in runs:
            text = text[: WIDTH - x]
            x += len(text)
            out += f"\x1b[{sgr}m{text}\x1b[0m" if text else ""
    return out + "\x1b[1;1H"


class Terminal:
    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.screen.reset_mode(pyte.modes.DECAWM)
        self.stream = pyte.Stream(self.screen)

    def cells(self) -> list[list[object]]:
        """Return what can be seen: a blank has no letter's colour."""
        rows = []
        for y in range(HEIGHT):
            row: list[object] = []
            for x in range(WIDTH):
                cell = self.screen.buffer[y][x]
                visible = cell.data != " " or cell.underscore or cell.reverse
                row.append(cell if visible else ("blank", cell.bg))
            rows.append(row)
        return rows


@settings(max_examples=300)
@given(_FRAMES, st.booleans())
def test_the_same_screen(frames: list[list[tuple[int, int, list[tuple[str, str]]]]], erase: bool) -> None:
    wire, whole, spared = Wire(erase_colour=erase), Terminal(), Terminal()
    for patches in frames:
        drawn = frame(patches)
        sent = wire.encode(drawn, WIDTH)
        whole.stream.feed(drawn)
        spared.stream.feed(sent)
        assert spared.cells() == whole.cells()
        assert wire.encode(drawn, WIDTH) == ""


def test_sends_only_the_cells_that_differ() -> None:
    wire = Wire()
    wire.encode("\x1b[1;1H\x1b[31mflat 12.86s main.work" + " " * 9 + "\x1b[0m\x1b[1;1H", WIDTH)
    sent = wire.encode("\x1b[1;1H\x1b[31mflat 12.87s main.work" + " " * 9 + "\x1b[0m\x1b[1;1H", WIDTH)
    assert sent == "\x1b[1;10H7"  # the colour is still that of the frame before


def test_blanks_at_the_end_are_erased() -> None:
    wire = Wire()
    wire.encode("\x1b[1;1H" + "x" * WIDTH + "\x1b[1;1H", WIDTH)
    assert wire.encode("\x1b[1;1Hab" + " " * (WIDTH - 2) + "\x1b[1;1H", WIDTH) == "\x1b[Hab\x1b[K"


def test_but_not_in_a_colour_that_the_terminal_does_not_erase_in() -> None:
    wire = Wire(erase_colour=False)
    assert "\x1b[K" not in wire.encode("\x1b[1;1H\x1b[44mab" + " " * (WIDTH - 2) + "\x1b[0m\x1b[1;1H", WIDTH)


def test_a_line_with_characters_of_doubtful_width_is_sent_whole_again() -> None:
    wire = Wire()
    drawn = "\x1b[2;1Hab図cd\x1b[1;1H"
    assert "ab図cd" in wire.encode(drawn, WIDTH)
    assert "ab図cd" in wire.encode(drawn, WIDTH)
    assert "plain" in wire.encode("\x1b[2;1Hplain \x1b[1;1H", WIDTH)
    assert wire.encode("\x1b[2;1Hplain \x1b[1;1H", WIDTH) == ""


@pytest.mark.parametrize("unknown", ["\x1b[2J", "\x1b[?1049h", "\x1b[1;1H\x1b[3Gx", "plain words"])
def test_what_it_does_not_understand_passes_and_is_not_trusted(unknown: str) -> None:
    wire = Wire()
    drawn = "\x1b[1;1Habc\x1b[1;1H"
    first = wire.encode(drawn, WIDTH)
    assert wire.encode(drawn, WIDTH) == ""
    assert wire.encode(unknown, WIDTH) == unknown
    assert wire.encode(drawn, WIDTH) == first


def test_the_style_is_plain_again_when_anything_else_takes_over() -> None:
    wire = Wire()
    wire.encode("\x1b[1;1H\x1b[31mabc\x1b[0m\x1b[1;1H", WIDTH)
    assert wire.encode("\x1b[?1049l", WIDTH) == "\x1b[m\x1b[?1049l"


def test_the_cursor_rests_where_an_input_wants_it() -> None:
    wire = Wire()
    assert wire.encode("\x1b[2;1Habc\x1b[3;5H", WIDTH) == "\x1b[2;1Habc\x1b[3;5H"
    assert wire.encode("\x1b[2;1Habc\x1b[3;5H", WIDTH) == ""
    assert wire.encode("\x1b[2;1Habc\x1b[3;6H", WIDTH) == "\x1b[1C"


@pytest.mark.parametrize("harmless", ["\x1b[?25l", "\x1b]52;c;aGk=\x07", "\x1b[?2026$p", "\a"])
def test_what_touches_no_cell_passes_and_changes_nothing(harmless: str) -> None:
    wire = Wire()
    drawn = "\x1b[1;1Habc\x1b[1;1H"
    wire.encode(drawn, WIDTH)
    assert wire.encode(harmless, WIDTH) == harmless
    assert wire.encode(drawn, WIDTH) == ""


def test_another_width_is_another_screen() -> None:
    wire = Wire()
    drawn = "\x1b[1;1Habc\x1b[1;1H"
    first = wire.encode(drawn, WIDTH)
    assert wire.encode(drawn, WIDTH + 1) == first


def test_synchronised_updates_only_around_long_frames() -> None:
    wire = Wire()

    def update(text: str) -> str:
        return "".join(wire.encode(data, 3000) for data in (SYNC_START, f"\x1b[1;1H{text}\x1b[1;1H", SYNC_END))

    assert update("short") == "\x1b[Hshort"
    assert update("short") == ""
    assert update("long " * 400).startswith(SYNC_START + "\x1b[")
    assert update("LONG " * 400).endswith(SYNC_END)


@pytest.mark.parametrize(
    ("sgr", "kept"),
    [
        ("1;31", "1"), ("38;5;9;4", "4"), ("7;38;2;1;2;3;48;2;4;5;6", "7"), ("38:2::1:2:3;3", "3"),
        ("97;100", None), ("", ""), ("0", "0"), ("48:5:9", None), ("39;49;22", "22"), ("4;58;5;9", "4"),
    ],
)  # fmt: skip
def test_without_colour(sgr: str, kept: str | None) -> None:
    assert without_colour(f"a\x1b[{sgr}mb") == ("ab" if kept is None else f"a\x1b[{kept}mb")
    drawn = Wire(colour=False).encode(f"\x1b[1;1H\x1b[{sgr}mab\x1b[0m\x1b[1;1H", WIDTH)
    assert drawn == Wire().encode(f"\x1b[1;1H\x1b[{kept or 0}mab\x1b[0m\x1b[1;1H", WIDTH)
