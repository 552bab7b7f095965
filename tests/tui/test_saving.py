"""Export from the screen: the pane that is there, in a format that the file's ending tells."""

import json
from pathlib import Path

import pytest

from analysis.filters import filtered
from analysis.top import top
from analysis.view import Filter, FilterKind, View
from capture.open import read
from tests.tui.running import CPU, HEAP, TRACE, Running, ready


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def export(run: Running, name: str) -> str:
    """Export to `name`; what the footer says then."""
    await run.press("e", "ctrl+u")
    await run.type(name)
    await run.press("enter")
    await run.until(lambda: run.footer.startswith((" Written", " There")) or "?" in run.footer)
    return run.footer


async def test_the_name_that_is_offered_tells_pane_and_format(tmp_path: Path) -> None:
    async with ready(CPU) as run:
        await run.press("e")
        offered = run.app.bottom.prompt.value
        assert offered.startswith("dataclean-cpu-2026") and offered.endswith(".top.md") and "Markdown" in run.footer
        await run.press("up", "up", "up", "up")
        assert run.app.bottom.prompt.value.endswith(".top.speedscope.json") or "speedscope" in run.footer
        await run.press("down", "down", "down", "down", "enter")
        await run.until(lambda: "Written" in run.footer)
        text = (tmp_path / offered).read_text()
        assert "go tool pprof -symbolize=none -top" in text and "sha256.blockSHANI" in text
        await run.press("e")
        assert run.app.bottom.prompt.value == offered.replace(".top", "-2.top", 1)


async def test_an_exported_profile_is_what_the_filters_left(tmp_path: Path) -> None:
    view = View(filters=(Filter(FilterKind.FOCUS, "crypto"),))
    async with ready(CPU, view=view) as run:
        assert "Written: some.pb.gz" in await export(run, "some.pb.gz")
    found, expected = read(tmp_path / "some.pb.gz"), filtered(read(CPU), view)
    assert found.values.sum() == expected.values.sum() > 0
    assert sorted(top(found, View()).cum.tolist())[-5:] == sorted(top(expected, View()).cum.tolist())[-5:]


@pytest.mark.parametrize(("key", "pane"), [("2", "top"), ("3", "tree"), ("5", "callers"), ("6", "source")])
async def test_the_rows_of_every_pane_can_be_exported(key: str, pane: str, tmp_path: Path) -> None:
    async with ready(CPU) as run:
        await run.press(key)
        await export(run, "rows.json")
        rows = run.pane.rows.row_count
    found = json.loads((tmp_path / "rows.json").read_text())
    assert found["pane"] == pane and len(found["rows"]) == rows


async def test_panes_without_a_profile_have_their_rows(tmp_path: Path) -> None:
    async with ready(TRACE) as run:
        await run.press("7", "e")
        assert "speedscope" not in run.footer
        await run.press("escape")
        await export(run, "goroutines.csv")
        rows = run.pane.rows.row_count
    assert len((tmp_path / "goroutines.csv").read_text().splitlines()) == rows + 1


async def test_a_profile_of_a_trace_names_the_trace_command(tmp_path: Path) -> None:
    async with ready(TRACE) as run:
        await run.press("2", "t")  # from the CPU samples on to what Go's tools derive as well
        await export(run, "top.md")
    assert "go tool trace -pprof=" in (tmp_path / "top.md").read_text()


async def test_a_file_that_is_there_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "mine.svg").write_text("mine")
    async with ready(CPU, HEAP) as run:
        assert "mine.svg is there already" in await export(run, "mine.svg")
        await run.press("n")
        assert (tmp_path / "mine.svg").read_text() == "mine" and run.app.is_running
        await export(run, "mine.svg")
        await run.press("y")
        await run.until(lambda: "Written" in run.footer)
        assert "<svg" in (tmp_path / "mine.svg").read_text()


async def test_an_ending_that_tells_nothing_stays_to_be_mended() -> None:
    async with ready(CPU) as run:
        await run.press("e", "ctrl+u")
        await run.type("what.xyz")
        await run.press("enter")
        assert run.app.bottom.prompt.value == "what.xyz" and ".svg" in run.line("detail")
        await run.press("escape")
        assert "search" in run.footer


async def test_what_cannot_be_written_is_one_sentence() -> None:
    async with ready(CPU) as run:
        await run.press("e", "ctrl+u")
        await run.type("no/such/folder/x.csv")
        await run.press("enter")
        await run.until(lambda: "x.csv" in run.footer and "export to" not in run.footer)
        assert "Written" not in run.footer


async def test_from_the_flame_graph_a_picture_comes_first(tmp_path: Path) -> None:
    async with ready(CPU) as run:
        await run.press("4", "e")
        assert run.app.bottom.prompt.value.endswith(".flame.svg")
        await run.press("enter")
        await run.until(lambda: "Written" in run.footer)
    assert len(list(tmp_path.glob("*.flame.svg"))) == 1


async def test_nothing_is_offered_where_there_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.pb.gz").write_bytes(b"\x1f\x8b\x08")
    async with ready(tmp_path / "broken.pb.gz") as run:
        await run.press("e")
        assert "export" not in run.footer
