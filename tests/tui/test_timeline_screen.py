"""The Timeline in a real terminal: what it looks like, and what its keys cost on the wire."""

import pytest

from tests.screen import check_golden
from tests.tui.running import TRACE
from tests.tui.test_screen import PAGE_BYTES, SIZES, goscope

CROSSHAIR_BYTES = 6_000
READ = "2620 goroutines"


@pytest.mark.parametrize("size", SIZES)
def test_screens(size: tuple[int, int], update_goldens: bool) -> None:
    def golden(name: str) -> None:
        check_golden(f"timeline-{name}-{size[0]}x{size[1]}", screen.display, update=update_goldens)

    with goscope(TRACE, size=size) as screen:
        screen.wait_for(READ)
        screen.settle()
        screen.press("8")
        golden("procs")
        # The longest request: all of it, then how its first wait ended.
        screen.press("V", "z")
        golden("tail")
        screen.press(".", "U")
        golden("unblocker")
        screen.press("enter")
        golden("stack")
        screen.press("escape", "v", "v")
        golden("groups")
        screen.press("enter", "z")
        golden("goroutines")


def test_what_keys_cost() -> None:
    with goscope(TRACE) as screen:
        screen.wait_for(READ)
        screen.settle()
        assert screen.bytes_of("8") <= PAGE_BYTES
        for lanes in ("procs", "groups", "goroutines"):
            keys = ("right", "right", "left", "down", "down", "up")
            assert max(screen.bytes_of(key) for key in keys) <= CROSSHAIR_BYTES, lanes
            assert max(screen.bytes_of(key) for key in ("w", "w", "d", "a", "s")) <= PAGE_BYTES, lanes
            screen.press("v")
        before = len(screen.raw)
        screen.settle()
        assert len(screen.raw) == before
