"""The Runtime pane in a real terminal: what it looks like, and what its keys cost on the wire."""

import pytest

from tests.screen import check_golden
from tests.tui.running import TRACE
from tests.tui.test_screen import CURSOR_BYTES, PAGE_BYTES, SIZES, goscope

READ = "2620 goroutines"
# How far to turn to each page: from the overview.
TURNS = {"cycles": 2, "utilisation": 2, "load": 1}
PAGES = 10


@pytest.mark.parametrize("size", SIZES)
def test_screens(size: tuple[int, int], update_goldens: bool) -> None:
    def golden(name: str) -> None:
        check_golden(f"runtime-{name}-{size[0]}x{size[1]}", screen.display, update=update_goldens)

    with goscope(TRACE, size=size) as screen:
        screen.wait_for(READ)
        screen.settle()
        screen.press("9")
        golden("overview")
        screen.press("enter")
        golden("requests")
        screen.press("enter")
        golden("why")
        screen.press("escape", "escape")
        for name, turns in TURNS.items():
            screen.press(*["v"] * turns)
            golden(name)


def test_what_keys_cost() -> None:
    with goscope(TRACE) as screen:
        screen.wait_for(READ)
        screen.settle()
        assert screen.bytes_of("9") <= PAGE_BYTES
        for page in range(PAGES):
            cursor = max(screen.bytes_of(key) for key in ("down", "down", "up"))
            assert cursor <= CURSOR_BYTES, page
            turn = screen.bytes_of("v")
            assert turn <= PAGE_BYTES, page
        screen.press("enter")
        assert screen.bytes_of("enter") <= PAGE_BYTES
        assert max(screen.bytes_of(key) for key in ("down", "down", "up")) <= CURSOR_BYTES
        before = len(screen.raw)
        screen.settle()
        assert len(screen.raw) == before
