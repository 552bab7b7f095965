"""The Source pane: with the text, with the wrong text, and with none."""

from pathlib import Path

import pytest

from tests import build
from tests.tui.running import CPU, HEAP, ready

SOURCE = "package main\n\nfunc main() {\n\twork()\n}\n\nfunc work() {\n\tfor {\n\t\tspin()\n\t}\n}\n"
WEIGHTS = {8: 10, 9: 80, 10: 9}


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    made = build.builder(
        {f"main.main@/build/x/main.go:4;main.work@/build/x/main.go:{line}": value for line, value in WEIGHTS.items()},
        start_lines={"main.main": 3, "main.work": 7},
    )
    (tmp_path / "x").mkdir()
    path = tmp_path / "x" / "cpu.pb"
    path.write_bytes(made.bytes())
    return path


async def test_lines_with_their_text_and_the_cursor_on_the_hottest(capture: Path) -> None:
    (capture.parent / "main.go").write_text(SOURCE)
    async with ready(capture) as run:
        await run.press("6")
        assert run.heading.endswith("main.work")
        assert "80ns       80ns      9" in run.row and run.row.endswith("        spin()")
        assert "main.go:9  80ns self  80ns total  of 99ns in main.work" in run.line("detail")


async def test_no_source_says_where_it_was_looked_for_and_shows_the_lines_all_the_same(capture: Path) -> None:
    async with ready(capture) as run:
        await run.press("6")
        assert run.heading.startswith(
            "/build/x/main.go not found (--source-path tells where it is); tried /build/x/main.go"
        )
        assert [line.split()[:3] for line in run.rows[1:4]] == [
            ["10ns", "10ns", "8"],
            ["80ns", "80ns", "9"],
            ["9ns", "9ns", "10"],
        ]


async def test_source_that_is_not_what_was_built(capture: Path) -> None:
    (capture.parent / "main.go").write_text(SOURCE.replace("func work", "// moved\n\nfunc work"))
    async with ready(capture) as run:
        await run.press("6")
        assert "not the source that was built: line 7 does not declare work (line 9 does)" in run.heading


async def test_hot_lines() -> None:
    async with ready(CPU) as run:
        await run.press("/", *"heavyCalc", "enter", "6", "escape")
        await run.press("2", "enter")
        assert "cleaner.go:83" in run.line("detail")
        seen = []
        for key in ("}", "}", "}", "{", "{", "H", "H", "H"):
            await run.press(key)
            seen.append(run.line("detail").split()[0].rpartition(":")[2])
        # 83 has 3.84s, 84 has 1.85s and 85 has 0.55s of the 6.43s.
        assert seen == ["84", "85", "85", "84", "83", "84", "85", "83"]


async def test_the_leak_is_under_the_cursor() -> None:
    async with ready(HEAP) as run:
        await run.press("6")
        assert "127.22MB" in run.row and "workspaces.byOrder[id] = append" in run.row


async def test_long_lines_scroll_sideways() -> None:
    async with ready(HEAP, size=(60, 20)) as run:
        await run.press("6")
        before = run.row
        await run.press("l", "l", "l")
        assert run.row != before and "yOrder[id] = append(make" in run.row
        await run.press("h", "h", "h", "h")
        assert run.row == before


async def test_the_selected_line_is_kept_through_the_other_panes() -> None:
    async with ready(HEAP) as run:
        await run.press("6", "k", "k")
        line = run.line("detail")
        await run.press("2", "3", "6")
        assert run.line("detail") == line


async def test_a_frame_without_symbols_has_no_lines(tmp_path: Path) -> None:
    made = build.Builder()
    made.sample([made.location(mapping=made.mapping("/lib/libc.so.6"))], 5)
    path = tmp_path / "cpu.pb"
    path.write_bytes(made.bytes())
    async with ready(path) as run:
        assert run.row.endswith("[libc.so.6]")
        await run.press("6")
        assert run.reason == "Nobody knows the functions of [libc.so.6]: there are no lines to show."
        await run.press("3")
        assert run.row.endswith("[libc.so.6]")
