"""The Flame pane in a real terminal: what it looks like, and what its keys cost on the wire."""

import pytest

from tests.screen import check_golden
from tests.tui.running import CPU
from tests.tui.test_screen import PAGE_BYTES, SIZES, goscope

MOVE_BYTES = 1_500
# For all of the screen, at worst: inverted, most of it is cells in two colours of their own.
REPAINT_BYTES = 15_000


@pytest.mark.parametrize("size", SIZES)
def test_screens(size: tuple[int, int], update_goldens: bool) -> None:
    def golden(name: str) -> None:
        check_golden(f"flame-{name}-{size[0]}x{size[1]}", screen.display, update=update_goldens)

    with goscope(CPU, size=size) as screen:
        screen.wait_for("448")
        screen.settle()
        screen.press("4")
        golden("whole")
        screen.press("g", "j", "j", "j", "j", "j", "j", "j", "j", "j", "j", "j", "j", "enter")
        golden("zoomed")
        screen.press("escape", "v")
        golden("pivot")
        screen.press("escape", "i")
        golden("inverted")


def test_what_keys_cost() -> None:
    with goscope(CPU) as screen:
        screen.wait_for("448")
        screen.settle()
        assert screen.bytes_of("4") <= PAGE_BYTES
        screen.press("g")
        moves = [screen.bytes_of(key) for key in ("j", "l", "h", "j", "j", "k", "j", "j", "j", "j", "j", "j")]
        assert max(moves) <= MOVE_BYTES
        assert max(screen.bytes_of(key) for key in ("enter", "escape", "v", "escape", "i", "r")) <= REPAINT_BYTES


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"LANG": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}])
def test_boxes_have_edges_without_colours_and_in_ascii(environ: dict[str, str]) -> None:
    with goscope(CPU, environ=environ) as screen:
        screen.wait_for("448")
        screen.settle()
        screen.press("4", "g")
        edge = "|" if "LANG" in environ else "▏"
        lines = [line for line in screen.display if line.lstrip().startswith(f"{edge}net/http.(*conn).serve")]
        assert len(lines) == 1
        assert lines[0].count(edge) > 2
        assert screen.style_at(screen.display.index(next(x for x in screen.display if "root" in x)), 3).reverse == (
            "LANG" not in environ
        )


def test_a_package_has_one_colour_and_the_cursor_another() -> None:
    with goscope(CPU) as screen:
        screen.wait_for("448")
        screen.settle()
        screen.press("4", "g")

        def colour(text: str) -> str:
            line = next(at for at, shown in enumerate(screen.display) if text in shown)
            return str(screen.style_at(line, screen.display[line].index(text)).bg)

        serve = colour("net/http.serverHandler.ServeHTTP")
        assert serve == colour("net/http.(*ServeMux).ServeHTTP") != colour("main.labelled.func1  ")
        before = colour("root")
        screen.press("j")
        assert colour("root") != before == colour("net/http.(*conn).serve")
