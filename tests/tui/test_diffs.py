"""Captures compared on the screen: the base, signed rows in every pane, both sides."""

from pathlib import Path

import pytest

from tests.tui.landing import cpu, heap, land
from tests.tui.running import CPU, HEAP, SAMPLES, Running, listed, ready

AFTER = SAMPLES / "dataclean.cpu-after.pb.gz"


@pytest.fixture
def heaps(tmp_path: Path) -> list[Path]:
    """Of three functions one grows, one shrinks and one stays."""
    before = land(tmp_path / "before.pb.gz", heap(0, leak=100, steady=500))
    after = land(tmp_path / "after.pb.gz", heap(60, leak=400, steady=200))
    return [before, after]


def rows(run: Running) -> dict[str, list[str]]:
    return {row.split()[-1]: row.replace("▌", " ").split()[:-1] for row in run.rows[1:] if row.strip()}


def number_style(run: Running, function: str) -> str:
    """The colour of a row's numbers, by the name of its style."""
    table = run.pane.rows
    y = next(at for at, row in enumerate(run.rows) if row.endswith(function))
    first = next(segment for segment in table.render_line(y) if segment.text.strip())
    assert first.style
    colour = first.style.color
    return next(
        name for name in ("grown", "shrunk") if table.get_component_rich_style(f"virtual-table--{name}").color == colour
    )


async def test_the_difference_from_the_base(heaps: list[Path]) -> None:
    async with ready(*heaps) as run:
        await run.press("b")
        assert "before is the base now" in run.footer
        await run.press("J", "D")
        assert "after minus before" in run.line("summary")
        assert rows(run)["main.leak"] == ["+300B", "50.00%", "50.00%", "+300B", "50.00%"]
        assert rows(run)["main.steady"] == ["-300B", "50.00%", "0%", "-300B", "50.00%"]
        await run.press("G")
        assert number_style(run, "main.leak") == "grown"
        await run.press("g")
        assert number_style(run, "main.steady") == "shrunk"
        await run.press("D")
        assert rows(run)["main.leak"][0] == "400B" and "minus" not in run.line("summary")


async def test_escape_leaves_a_diff(heaps: list[Path]) -> None:
    async with ready(*heaps) as run:
        await run.press("b", "J", "D", "x", "escape")
        assert "after minus before" in run.line("summary")
        await run.press("escape")
        assert rows(run)["main.leak"][0] == "400B"


async def test_the_sides_can_be_swapped(heaps: list[Path]) -> None:
    async with ready(*heaps) as run:
        await run.press("b", "J", "D", "x")
        assert "before minus after" in run.line("summary")
        assert rows(run)["main.leak"][0] == "-300B"
        await run.press("x")
        assert rows(run)["main.leak"][0] == "+300B"


async def test_tree_and_source_are_signed_too() -> None:
    async with ready(CPU, AFTER) as run:
        await run.press("b", "J", "D", "3", "g")
        assert run.rows[1].split()[0].startswith("-") and run.rows[1].endswith("net/http.(*conn).serve")
        await run.press("/")
        await run.type("heavyCalculation")
        await run.press("enter", "6")
        assert any("-" in row[:24] for row in run.rows[1:])
        assert not any(row[:24].strip().startswith("+-") for row in run.rows)


async def test_without_a_base_it_is_the_capture_before(tmp_path: Path) -> None:
    for at in range(3):
        land(tmp_path / f"heap.{at}.pb.gz", heap(60 * at, leak=100 * 2**at))
    async with listed(tmp_path) as run:
        await run.press("enter")
        await run.until(lambda: "main.leak" in rows(run))
        await run.press("D")
        assert rows(run)["main.leak"][0] == "+200B"
        await run.press("[")
        assert rows(run)["main.leak"][0] == "+100B" and "heap.1 minus heap.0" in run.line("summary")
        await run.press("[")
        assert run.reason == "There is nothing to compare this capture with. D shows it as it is."
        await run.press("D")
        assert rows(run)["main.leak"][0] == "100B"


async def test_a_diff_goes_along_with_what_lands(tmp_path: Path) -> None:
    for at in range(2):
        land(tmp_path / f"heap.{at}.pb.gz", heap(60 * at, leak=100 * (at + 1)))
    async with listed(tmp_path) as run:
        await run.press("enter")
        await run.until(lambda: "main.leak" in rows(run))
        await run.press("[", "b", "L", "D")
        assert rows(run)["main.leak"][0] == "+100B"
        land(tmp_path / "heap.2.pb.gz", heap(120, leak=1000))
        await run.until(lambda: rows(run).get("main.leak", [""])[0] == "+900B")


async def test_each_kind_has_its_own_base() -> None:
    async with ready(CPU, HEAP, AFTER) as run:
        await run.press("b", "J", "D")
        assert "nothing to compare with" in run.footer
        await run.press("J", "D")
        assert "minus dataclean.cpu" in run.line("summary")


async def test_what_does_not_differ_says_so(tmp_path: Path) -> None:
    paths = [land(tmp_path / f"{name}.pb.gz", cpu({"main.main": 5})) for name in ("a", "b")]
    async with ready(*paths) as run:
        await run.press("b", "J", "D")
        assert run.reason == "Nothing differs."


async def test_a_base_that_is_gone_is_still_the_base(heaps: list[Path]) -> None:
    async with ready(*heaps) as run:
        await run.press("b")
        heaps[0].unlink()
        await run.press("J", "D")
        assert rows(run)["main.leak"][0] == "+300B"


async def test_a_base_from_the_list(tmp_path: Path) -> None:
    for at in range(3):
        land(tmp_path / f"heap.{at}.pb.gz", heap(60 * at, leak=100 * (at + 1)))
    async with listed(tmp_path) as run:
        await run.press("l", "G", "b")
        assert "heap.0 is the base now" in run.footer
        await run.press("g", "enter")
        await run.until(lambda: "main.leak" in rows(run))
        await run.press("D")
        assert rows(run)["main.leak"][0] == "+200B"


async def test_a_base_from_the_list_that_is_gone_says_so(tmp_path: Path) -> None:
    for at in range(3):
        land(tmp_path / f"heap.{at}.pb.gz", heap(60 * at))
    async with listed(tmp_path) as run:
        await run.press("l", "G", "b", "g", "enter")
        await run.until(lambda: "main.leak" in rows(run))
        (tmp_path / "heap.0.pb.gz").unlink()
        run.app.shelf.forget(tmp_path / "heap.0.pb.gz")
        await run.press("D")
        assert "no such file" in run.reason.lower()
        await run.press("D")
        assert "main.leak" in rows(run)


async def test_rates_are_not_offered_of_a_difference() -> None:
    async with ready(CPU, AFTER) as run:
        await run.press("b", "J", "D")
        seen = set()
        for _ in range(4):
            await run.press("u")
            seen.add(str(run.app.capture.amounts))
        assert seen == {"value", "percent"}
        await run.until(lambda: run.app.capture.amounts == "value")


async def test_the_side_can_be_scaled_to_the_base(heaps: list[Path]) -> None:
    small = land(heaps[0].with_name("small.pb.gz"), heap(0, leak=10, steady=50))
    async with ready(heaps[0], small) as run:
        await run.press("b", "J", "D")
        assert rows(run)["main.leak"][0] == "-90B"
        run.app.action_look("normalize")
        await run.settled()
        assert run.reason == "Nothing differs." and "(scaled)" in run.line("summary")
