"""The Flame pane: boxes on the canvas, moving among them, zoom, pivot and search."""

from pathlib import Path

import pytest

from analysis.flame import flame
from analysis.view import Granularity, View
from parsers.profile import read_profile
from tests import build
from tests.tui.running import CPU, HEAP, HEAVY, TRACE, Running, ready
from tui.panes.flame import FlamePane
from tui.place import PaneName, Selection
from tui.widgets.flame import FlameCanvas

STACKS = {
    "main.main;main.serve;db.Query;db.scan": 50,
    "main.main;main.serve;db.Query;db.scan;db.scan": 10,
    "main.main;main.serve;json.Marshal>json.encode": 20,
    "main.main;main.serve": 4,
    "main.main;db.Query;db.scan": 12,
    "runtime.gc": 4,
}


def written(folder: Path, stacks: dict[str, int], name: str = "made.pb") -> Path:
    path = folder / name
    path.write_bytes(build.builder(stacks).bytes())
    return path


def pane(run: Running) -> FlamePane:
    assert isinstance(run.pane, FlamePane)
    return run.pane


def canvas(run: Running) -> FlameCanvas:
    return pane(run).canvas


def lines(run: Running) -> list[str]:
    """The lines of the canvas that have something on them."""
    drawn = (canvas(run).render_line(y).text.rstrip() for y in range(canvas(run).size.height))
    return [line for line in drawn if line]


def on(run: Running) -> str:
    """The path to the box under the cursor."""
    picture = canvas(run).picture
    assert picture is not None
    return ";".join(picture.flame.path(canvas(run).box))


def zoomed(run: Running) -> tuple[str, ...]:
    return run.app.capture.place.zoom


def pivot(run: Running) -> str:
    return run.app.capture.place.pivot


async def test_boxes_are_as_wide_as_they_weigh(tmp_path: Path) -> None:
    async with ready(written(tmp_path, STACKS), size=(100, 24)) as run:
        await run.press("4")
        first, second, third, *_ = lines(run)
        assert first.split() == ["root", "100%"]
        assert second == " main.main  96.00%" + " " * 78 + " gc"
        assert third.startswith(" main.serve  84.00%" + " " * 65 + " db.Query")
        assert any("›json.encode" in line for line in lines(run))


async def test_the_cursor_is_on_what_is_selected(tmp_path: Path) -> None:
    async with ready(written(tmp_path, STACKS)) as run:
        await run.press("/")
        await run.type("Query")
        await run.press("enter", "escape", "4")
        assert on(run) == "main.main;main.serve;db.Query"
        assert run.line("detail").startswith("db.Query")
        assert "0 / 72.00%" not in run.line("detail")
        assert "60ns total" in run.line("detail")
        await run.press("l")
        assert on(run) == "main.main;main.serve;json.Marshal"
        await run.press("2")
        assert "json.Marshal" in run.row


async def test_moving(tmp_path: Path) -> None:
    async with ready(written(tmp_path, STACKS)) as run:
        await run.press("4", "g")
        assert on(run) == ""
        await run.press("j", "j", "j")
        assert on(run) == "main.main;main.serve;db.Query"
        await run.press("l", "l")
        # On to the next one of the line, whoever calls it.
        assert on(run) == "main.main;db.Query;db.scan"
        await run.press("l")
        assert on(run) == "main.main;db.Query;db.scan"
        await run.press("k", "k")
        assert on(run) == "main.main"
        # Back down where it came from.
        await run.press("j", "j")
        assert on(run) == "main.main;db.Query;db.scan"
        await run.press("g", "G")
        assert on(run) == "main.main;main.serve;db.Query;db.scan;db.scan"
        await run.press("pageup")
        assert on(run) == ""


async def test_zooming_and_back(tmp_path: Path) -> None:
    async with ready(written(tmp_path, STACKS), size=(100, 24)) as run:
        await run.press("4", "g", "j", "j", "enter")
        assert zoomed(run) == ("main.main", "main.serve")
        assert run.heading == "Zoomed into main.serve"
        assert on(run) == "main.main;main.serve"
        assert lines(run)[2] == " main.serve  84.00%"
        await run.press("j", "enter")
        assert zoomed(run) == ("main.main", "main.serve", "db.Query")
        await run.press("escape")
        assert zoomed(run) == ("main.main", "main.serve")
        assert on(run) == "main.main;main.serve;db.Query"
        await run.press("escape")
        assert zoomed(run) == ()
        assert run.heading == ""
        # Up the way to a box above, and from what is zoomed into already to its source.
        await run.press("g", "j", "j", "enter", "k", "enter")
        assert zoomed(run) == ("main.main",)
        await run.press("enter")
        assert run.app.capture.place.pane is PaneName.SOURCE


async def test_a_zoom_survives_another_capture(tmp_path: Path) -> None:
    path = written(tmp_path, STACKS)
    async with ready(path) as run:
        await run.press("4", "g", "j", "j", "j", "enter")
        other = read_profile(build.builder({"main.main;main.serve;db.Exec": 5, "x": 1}).bytes())
        run.app.capture.loaded(other)
        run.app.refresh_pane()
        await run.settled()
        assert run.heading == "Zoomed into main.serve"
        assert zoomed(run) == ("main.main", "main.serve", "db.Query")


async def test_recursion_is_merged(tmp_path: Path) -> None:
    async with ready(written(tmp_path, STACKS)) as run:
        await run.press("4", "g", "G")
        assert on(run).endswith("db.scan;db.scan")
        await run.press("r")
        assert on(run) == "main.main;main.serve;db.Query;db.scan"
        assert "recursion drawn once" in run.heading
        await run.press("r")
        assert run.heading == ""


async def test_the_other_way_round(tmp_path: Path) -> None:
    async with ready(written(tmp_path, STACKS)) as run:
        await run.press("4", "g", "j", "i")
        await run.press("g", "j")
        assert on(run) == "db.scan"
        await run.press("j")
        assert on(run) == "db.scan;db.Query"
        assert pane(run).stack() == ("db.Query", "db.scan")


async def test_around_a_pivot(tmp_path: Path) -> None:
    async with ready(written(tmp_path, STACKS), size=(100, 24)) as run:
        await run.press("4", "g", "j", "j", "j", "v")
        assert pivot(run) == "db.Query"
        assert run.heading == "Callers of db.Query above, callees below"
        assert on(run) == ""
        assert run.line("detail").startswith("db.Query")
        assert [line.split()[0] for line in lines(run)] == ["main.main", "main.serve", "db.Query", "db.scan", "db.scan"]
        await run.press("k")
        assert on(run) == "main.serve"
        await run.press("k")
        assert on(run) == "main.serve;main.main"
        assert pane(run).stack() == ("main.main", "main.serve", "db.Query")
        await run.press("j", "j", "j")
        assert on(run) == "db.scan"
        assert pane(run).stack() == ("db.Query", "db.scan")
        await run.press("enter")
        assert pivot(run) == "db.scan"
        await run.press("v")
        assert pivot(run) == ""
        await run.press("escape", "escape")
        assert pivot(run) == "db.Query"
        assert on(run) == "db.scan"


async def test_search_says_the_share_of_the_total(tmp_path: Path) -> None:
    async with ready(written(tmp_path, STACKS)) as run:
        await run.press("4", "g", "/")
        await run.type("scan")
        assert "1/3 72.00%" in run.footer
        assert on(run) == "main.main;db.Query;db.scan"
        await run.press("enter", "n")
        assert "2/3 72.00%" in run.footer
        assert on(run) == "main.main;main.serve;db.Query;db.scan"
        assert "/scan" in run.footer
        await run.press("escape", "/")
        await run.type("nothing")
        assert "no match" in run.footer


async def test_what_is_too_narrow_is_found_as_a_pivot(tmp_path: Path) -> None:
    async with ready(written(tmp_path, {"main;big": 100_000, "main;small": 1})) as run:
        await run.press("4", "/")
        await run.type("small")
        assert "too narrow 0.001%" in run.footer
        await run.press("enter")
        assert pivot(run) == "small"
        assert [line.split()[0] for line in lines(run)] == ["main", "small"]


async def test_a_difference_tells_growth_from_shrinking(tmp_path: Path) -> None:
    base = written(tmp_path, {"main;same": 50, "main;grown": 30, "main;shrunk": 10}, "base.pb")
    new = written(tmp_path, {"main;same": 50, "main;grown": 40, "main;shrunk": 5, "main;new": 5}, "new.pb")
    async with ready(base, new) as run:
        await run.press("b", "J", "D", "4")
        picture = canvas(run).picture
        assert picture is not None
        drawn = {picture.flame.label(box): picture.boxes.width[box] for box in range(len(picture.boxes))}
        assert drawn == {"root": 240, "main": 240, "grown": 120, "new": 60, "shrunk": 60}
        assert any("+10ns" in line for line in lines(run))
        await run.press("g", "j")
        assert "15ns more, 5ns less" in run.line("detail").replace("+", "").replace("-", "")


async def test_what_weighs_too_little_is_left_out(tmp_path: Path) -> None:
    async with ready(written(tmp_path, STACKS)) as run:
        await run.press("4", "f")
        await run.type("5%")
        await run.press("enter")
        assert not any("gc" in line for line in lines(run))
        assert any("json" in line for line in lines(run))


async def test_the_cursor_is_kept_on_the_screen(tmp_path: Path) -> None:
    names = [f"main.f{n}" for n in range(300)]
    async with ready(written(tmp_path, {";".join(names): 3}), size=(80, 24)) as run:
        await run.press("4", "g")
        assert lines(run)[0].split()[0] == "root"
        await run.press("G")
        assert any("f299" in line for line in lines(run))
        await run.press("pageup")
        assert on(run).endswith(f"main.f{299 - canvas(run).size.height + 1}")
        assert any(f"f{299 - canvas(run).size.height + 1}" in line for line in lines(run))


@pytest.mark.parametrize("granularity", Granularity)
async def test_at_every_granularity(granularity: Granularity) -> None:
    async with ready(CPU, view=View(granularity=granularity)) as run:
        await run.press("4", "j", "l", "v", "k", "escape", "i", "r", "m", "I", "u", "t")
        assert canvas(run).picture is not None


async def test_a_trace_has_flames_too() -> None:
    async with ready(TRACE) as run:
        await run.press("4", "t")
        assert lines(run)
        await run.press("g", "j", "enter")
        assert run.app.capture.place.zoom


async def test_why_there_is_nothing(tmp_path: Path) -> None:
    async with ready(written(tmp_path, {"": 5})) as run:
        await run.press("4")
        assert run.reason == "No sample has a stack."
        await run.press("j", "enter", "v", "H", "G")
        assert run.reason == "No sample has a stack."


async def test_another_width_is_another_layout() -> None:
    async with ready(CPU, size=(120, 40)) as run:
        await run.press("4")
        await run.pilot.resize_terminal(80, 24)
        await run.settled()
        picture = canvas(run).picture
        assert picture is not None
        assert picture.boxes.width[0] == 160


async def test_other_panes_are_on_the_same_function() -> None:
    async with ready(CPU, HEAP) as run:
        await run.press("/")
        await run.type(HEAVY)
        await run.press("enter", "escape", "4")
        assert on(run).endswith(HEAVY)
        await run.press("3")
        assert HEAVY in run.row
        await run.press("4", "s")
        assert run.app.capture.place.selection == Selection(
            HEAVY, run.app.capture.place.selection.file, run.app.capture.place.selection.line, HEAVY
        )


async def test_boxes_weigh_what_the_layout_says() -> None:
    async with ready(CPU) as run:
        await run.press("4", "g", "j")
        picture = canvas(run).picture
        assert picture is not None
        profile = run.app.capture.profile
        assert profile is not None
        expected = flame(profile, View(), 240)
        assert picture.boxes.cum.tolist() == expected.boxes.cum.tolist()
